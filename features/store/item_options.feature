Feature: Item options

  What the customer chose: size, colour, engraving.

  @OPT-1 @must
  Rule: OPT-1 · Each chosen option arrives with the Name and Value that people see, not with ids
    Source: S23 "ShipStation imports the options of each line, like colour or size"

    @truth
    Scenario: OPT-1, Options
      Given the exported orders and the store's own records of them
      And only those with options
      Then each chosen option arrives with the name and value that people see

    @truth
    Scenario: OPT-1, Orders with more than ten options on a line arrive
      Given the store's orders with more than ten options on a line
      Then none of the orders is missing because of this property

    @notify
    Scenario: OPT-1, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with options
      Then each chosen option arrives with the name and value that people see

  @OPT-2 @must
  Rule: OPT-2 · A line without options has no Option
    Source: guide, item fields

    @truth
    Scenario: OPT-2, No options
      Given the exported orders and the store's own records of them
      And only those with a line without options
      Then that line has no Option

    @notify
    Scenario: OPT-2, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with a line without options
      Then that line has no Option

  @OPT-3 @should
  Rule: OPT-3 · A line has at most 10 options
    Source: guide, item fields

    @wire
    Scenario: OPT-3, Number of options
      Given the exported orders
      And only those that state options
      Then no line has more than 10 options

  @OPT-4 @must
  Rule: OPT-4 · Special characters in the names and values of options are preserved
    Source: bug, options are escaped twice

    @truth
    Scenario: OPT-4, Special characters
      Given the exported orders and the store's own records of them
      And only those with special characters in options
      Then the options are as they were typed

    @notify
    Scenario: OPT-4, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with special characters in options
      Then the options are as they were typed
