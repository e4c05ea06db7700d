Feature: Weight

  What a unit of each line weighs, in a unit that ShipStation knows: postage depends on it.

  @WGT-1 @must
  Rule: WGT-1 · Weight is that of one unit of the line
    Source: S21 "ShipStation imports the weight of each line"; guide, item fields

    @truth
    Scenario: WGT-1, The weight of one unit
      Given the exported orders beside the store's own records
      And only those with a weight
      Then Weight is that of one unit

  @WGT-2 @must
  Rule: WGT-2 · A weight comes with a unit that ShipStation knows
    Source: guide, item fields; schema, element WeightUnits

    @wire
    Scenario: WGT-2, Units
      Given the exported orders
      And only those that state a weight
      Then the unit is one that ShipStation knows

  @WGT-3 @must
  Rule: WGT-3 · Value and unit agree with the store's, to the precision of two decimals in the unit sent: kilograms, or any other unit ShipStation lacks, are converted, not relabelled
    Source: add-on, it sends kilograms under the label grams

    @truth
    Scenario: WGT-3, Value and unit as in the store
      Given the exported orders beside the store's own records
      And only those with a weight
      Then value and unit agree with the store's

  @WGT-4 @must
  Rule: WGT-4 · The total weight of the order follows: Σ quantity × (weight + option weights) is the store's total
    Source: S20 "ShipStation imports the total weight of the order"

    @truth
    Scenario: WGT-4, The whole order
      Given the exported orders beside the store's own records
      And only those with a weight
      Then lines and options together weigh what the order weighs

  @WGT-5 @should
  Rule: WGT-5 · A line without weight says 0 or leaves Weight out; no negative weight
    Source: guide, item fields

    @wire
    Scenario: WGT-5, Never negative
      Given the exported orders
      Then no weight is negative

    @truth
    Scenario: WGT-5, Without weight
      Given the exported orders beside the store's own records
      And only those with a line that weighs nothing
      Then its weight is 0 or not there
