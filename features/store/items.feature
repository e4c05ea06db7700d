Feature: Items

  The lines of an order: each comes once, with its own values.

  @ITM-1 @must
  Rule: ITM-1 · Every line of the order arrives, once
    Source: S1 "ShipStation imports orders automatically"; guide, item fields

    @truth
    Scenario: ITM-1, Every line
      Given the lines of the exported orders
      Then every line arrives once

  @ITM-2 @must
  Rule: ITM-2 · SKU is the product's (the chosen variant's) code, special characters included
    Source: S28 "ShipStation can report shipments only of products with SKUs";
      bug, the SKU of the product is sent instead of the variant's

    @truth
    Scenario: ITM-2, SKUs
      Given the exported orders beside the store's own records
      And only those with a SKU
      Then SKU is the product's code

  @ITM-3 @must
  Rule: ITM-3 · Name is the product's name at the time of the order
    Source: guide, item fields; bug, today's name of the product is sent

    @truth
    Scenario: ITM-3, Names
      Given the exported orders beside the store's own records
      And only those with lines
      Then Name is the product's name

  @ITM-4 @must
  Rule: ITM-4 · Quantity is a whole number 1–99999 and the quantity ordered
    Source: guide, item fields; bug, a quantity like 0.375 comes

    @wire
    Scenario: ITM-4, Whole numbers
      Given the exported orders
      Then every Quantity is a whole number from 1 to 99999

    @truth
    Scenario: ITM-4, What was ordered
      Given the exported orders beside the store's own records
      And only those with lines
      Then Quantity is what was ordered

  @ITM-5 @must
  Rule: ITM-5 · UnitPrice is the price of one unit
    Source: guide, item fields; bug, the price of the whole line is sent

    @truth
    Scenario: ITM-5, Prices
      Given the exported orders beside the store's own records
      And only those with lines
      Then UnitPrice is the price of one unit

  @ITM-6 @must
  Rule: ITM-6 · A free line (price 0) arrives
    Source: bug, a free line makes its order vanish

    @truth
    Scenario: ITM-6, Free lines
      Given the lines of the exported orders that are free
      Then none of the lines is missing because of it

    @truth
    Scenario: ITM-6, Orders with a free line arrive
      Given the store's orders with a free line
      Then none of the orders is missing because of it

  @ITM-7 @must
  Rule: ITM-7 · Two lines of one SKU with different options stay two lines
    Source: add-on, it takes two lines of one SKU for one

    @truth
    Scenario: ITM-7, Two lines of one SKU
      Given the lines of the exported orders that are one of two of one SKU
      Then none of the lines is missing because of it

  @ITM-8 @should
  Rule: ITM-8 · LineItemID is present and unique in the order
    Source: guide, item fields

    @wire
    Scenario: ITM-8, Ids of the lines
      Given the exported orders
      Then every line has a LineItemID of its own

  @ITM-9 @should
  Rule: ITM-9 · A product without SKU still arrives, and the lack is visible
    Source: S28 "ShipStation can report shipments only of products with SKUs"

    @truth
    Scenario: ITM-9, Products without SKU
      Given the lines of the exported orders that are without SKU
      Then none of the lines is missing because of it

    @truth
    Scenario: ITM-9, Orders with a product without SKU arrive
      Given the store's orders with a product without SKU
      Then none of the orders is missing because of it

  @ITM-10 @must
  Rule: ITM-10 · Orders of many lines (200) arrive whole
    Source: bug, lines past a limit are lost

    @truth
    Scenario: ITM-10, 200 lines
      Given the lines of the exported orders that are one of 200 or more
      Then none of the lines is missing because of it

    @truth
    Scenario: ITM-10, Orders with 200 lines arrive
      Given the store's orders with 200 lines
      Then none of the orders is missing because of it

  @ITM-11 @must
  Rule: ITM-11 · A multi-line order keeps each line's own values (no value of another line)
    Source: bug, values of one line stand in another

    @truth
    Scenario: ITM-11, Values of each line
      Given the exported orders beside the store's own records
      And only those with several lines
      Then no line shows the value of another
