Feature: Items

  The lines of an order: each comes once, with its own values.

  @ITM-1 @must
  Rule: ITM-1 · Every line of the order arrives exactly once
    Source: S1 "ShipStation imports orders automatically"; guide, item fields

    @truth
    Scenario: ITM-1, Every line
      Given the lines of the exported orders
      Then every line arrives once

    @notify
    Scenario: ITM-1, After a change
      Given the lines of the orders that were exported again after a change
      Then every line arrives once

  @ITM-2 @must
  Rule: ITM-2 · SKU is the code of the product or of the chosen variant, special characters included
    Source: S28 "ShipStation can report shipments only of products with SKUs";
      bug, the SKU of the product is sent instead of the variant's

    @truth
    Scenario: ITM-2, SKUs
      Given the exported orders and the store's own records of them
      And only those with a SKU
      Then SKU is the product's code

    @notify
    Scenario: ITM-2, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with a SKU
      Then SKU is the product's code

  @ITM-3 @must
  Rule: ITM-3 · Name is the product's name at the time of the order
    Source: guide, item fields; bug, today's name of the product is sent

    @truth
    Scenario: ITM-3, Names
      Given the exported orders and the store's own records of them
      And only those with lines
      Then Name is the product's name

    @notify
    Scenario: ITM-3, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with lines
      Then Name is the product's name

  @ITM-4 @must
  Rule: ITM-4 · Quantity is the quantity ordered, a whole number from 1 to 99999
    Source: guide, item fields; bug, a quantity like 0.375 is sent

    @wire
    Scenario: ITM-4, Whole numbers
      Given the exported orders
      Then every Quantity is a whole number from 1 to 99999

    @truth
    Scenario: ITM-4, What was ordered
      Given the exported orders and the store's own records of them
      And only those with lines
      Then Quantity is what was ordered

    @notify
    Scenario: ITM-4, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with lines
      Then Quantity is what was ordered

  @ITM-5 @must
  Rule: ITM-5 · UnitPrice is the price of one unit
    Source: guide, item fields; bug, the price of the whole line is sent

    @truth
    Scenario: ITM-5, Prices
      Given the exported orders and the store's own records of them
      And only those with lines
      Then UnitPrice is the price of one unit

    @notify
    Scenario: ITM-5, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with lines
      Then UnitPrice is the price of one unit

  @ITM-6 @must
  Rule: ITM-6 · A free line (price 0) arrives
    Source: bug, an order with a free line is not exported

    @truth
    Scenario: ITM-6, Free lines
      Given the lines of the exported orders that are free
      Then none of the lines is missing because of this property

    @truth
    Scenario: ITM-6, Orders with a free line arrive
      Given the store's orders with a free line
      Then none of the orders is missing because of this property

  @ITM-7 @must
  Rule: ITM-7 · Two lines with the same SKU and different options are exported as two lines
    Source: add-on, it treats two lines with the same SKU as one

    @truth
    Scenario: ITM-7, Two lines of one SKU
      Given the lines of the exported orders that are one of several with the same SKU
      Then none of the lines is missing because of this property

  @ITM-8 @should
  Rule: ITM-8 · LineItemID is present and unique in the order
    Source: guide, item fields

    @wire
    Scenario: ITM-8, Ids of the lines
      Given the exported orders
      Then every line has a LineItemID of its own

  @ITM-9 @should
  Rule: ITM-9 · A product without a SKU arrives all the same, with an empty SKU or a placeholder
    Source: S28 "ShipStation can report shipments only of products with SKUs"

    @truth
    Scenario: ITM-9, Products without a SKU
      Given the lines of the exported orders that are without a SKU
      Then none of the lines is missing because of this property

    @truth
    Scenario: ITM-9, Orders with a product without a SKU arrive
      Given the store's orders with a product without a SKU
      Then none of the orders is missing because of this property

  @ITM-10 @must
  Rule: ITM-10 · An order with many lines (200) arrives complete
    Source: bug, lines beyond a limit are lost

    @truth
    Scenario: ITM-10, 200 lines
      Given the lines of the exported orders that are in an order with 200 or more lines
      Then none of the lines is missing because of this property

    @truth
    Scenario: ITM-10, Orders with 200 lines arrive
      Given the store's orders with 200 lines
      Then none of the orders is missing because of this property

  @ITM-11 @must
  Rule: ITM-11 · In an order with several lines, each line has its own values, never those of another line
    Source: bug, a line has values of another line

    @truth
    Scenario: ITM-11, Values of each line
      Given the exported orders and the store's own records of them
      And only those with several lines
      Then no line shows the value of another line

    @notify
    Scenario: ITM-11, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with several lines
      Then no line shows the value of another line
