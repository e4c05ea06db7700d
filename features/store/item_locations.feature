Feature: Product location

  Where in the warehouse a product lies.

  @LOC-1 @must
  Rule: LOC-1 · Location is the product's place in the warehouse
    Source: S24 "ShipStation imports a product location for each line"

    @truth
    Scenario: LOC-1, Locations
      Given the exported orders and the store's own records of them
      And only those with a location
      Then Location is the product's place in the warehouse

    @notify
    Scenario: LOC-1, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with a location
      Then Location is the product's place in the warehouse

  @LOC-2 @must
  Rule: LOC-2 · Each line has its own Location, and a product without a location has none
    Source: S24 "ShipStation imports a product location for each line"

    @truth
    Scenario: LOC-2, Each line's own location
      Given the exported orders and the store's own records of them
      And only those with several lines
      Then each line has its own Location, or none

    @notify
    Scenario: LOC-2, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with several lines
      Then each line has its own Location, or none
