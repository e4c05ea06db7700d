Feature: Weight

  What one piece of each line weighs, in a weight unit that ShipStation knows. The postage depends on it.

  @WGT-1 @must
  Rule: WGT-1 · Weight is the weight of one unit of the line
    Source: S21 "ShipStation imports the weight of each line"; guide, item fields

    @truth
    Scenario: WGT-1, The weight of one unit
      Given the exported orders and the store's own records of them
      And only those with a weight
      Then Weight is the weight of one unit

    @notify
    Scenario: WGT-1, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with a weight
      Then Weight is the weight of one unit

  @WGT-2 @must
  Rule: WGT-2 · A weight has a weight unit that ShipStation knows
    Source: guide, item fields; schema, element WeightUnits

    @wire
    Scenario: WGT-2, Units
      Given the exported orders
      And only those that state a weight
      Then the unit is one that ShipStation knows

  @WGT-3 @must
  Rule: WGT-3 · Weight and WeightUnits agree with the store's weight, to two decimals of the unit sent; a unit that ShipStation does not know, like kilograms, is converted and not only renamed
    Source: add-on, it sends kilograms under the label grams

    @truth
    Scenario: WGT-3, Value and unit as in the store
      Given the exported orders and the store's own records of them
      And only those with a weight
      Then Weight and WeightUnits agree with the store's weight

    @notify
    Scenario: WGT-3, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with a weight
      Then Weight and WeightUnits agree with the store's weight

  @WGT-4 @must
  Rule: WGT-4 · The weights of lines and options add up to the order's total weight: Σ quantity × (weight + option weights)
    Source: S20 "ShipStation imports the total weight of the order"

    @truth
    Scenario: WGT-4, The whole order
      Given the exported orders and the store's own records of them
      And only those with a weight
      Then lines and options together weigh what the order weighs

    @notify
    Scenario: WGT-4, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with a weight
      Then lines and options together weigh what the order weighs

  @WGT-5 @should
  Rule: WGT-5 · A line without a weight has Weight 0 or no Weight, and no weight is negative
    Source: guide, item fields

    @wire
    Scenario: WGT-5, Never negative
      Given the exported orders
      Then no weight is negative

    @truth
    Scenario: WGT-5, Without weight
      Given the exported orders and the store's own records of them
      And only those with a line that weighs nothing
      Then the weight of that line is 0 or missing

    @notify
    Scenario: WGT-5, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with a line that weighs nothing
      Then the weight of that line is 0 or missing
