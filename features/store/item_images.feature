Feature: Item images

  The image of each product, for the person who packs the parcel.

  @IMG-1 @must
  Rule: IMG-1 · ImageUrl is the image of the line's product, or of the chosen variant if that has its own
    Source: S22 "ShipStation imports an image URL for each line"

    @truth
    Scenario: IMG-1, Images
      Given the exported orders and the store's own records of them
      And only those with an image
      Then ImageUrl is the line's product image

    @notify
    Scenario: IMG-1, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with an image
      Then ImageUrl is the line's product image

  @IMG-2 @must
  Rule: IMG-2 · ImageUrl is an absolute http or https URL of at most 500 characters
    Source: S22 "ShipStation imports an image URL for each line"; guide, item fields

    @wire
    Scenario: IMG-2, Absolute URLs
      Given the exported orders
      And only those that state an image
      Then every ImageUrl is an absolute http URL of at most 500 characters

  @IMG-3 @must
  Rule: IMG-3 · For a product without an image, ImageUrl is empty or missing, and the order arrives
    Source: bug, a product without an image stops the export

    @truth
    Scenario: IMG-3, No image
      Given the exported orders and the store's own records of them
      And only those with a product without an image
      Then that product has an empty ImageUrl or none

    @notify
    Scenario: IMG-3, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with a product without an image
      Then that product has an empty ImageUrl or none

    @truth
    Scenario: IMG-3, Orders with a product without an image arrive
      Given the store's orders with a product without an image
      Then none of the orders is missing because of this property

  @IMG-4 @should
  Rule: IMG-4 · ImageUrl leads to an image
    Source: S22 "ShipStation imports an image URL for each line"

    @wire
    Scenario: IMG-4, Fetching images
      When ShipStation fetches images of the exported orders
      Then each URL leads to an image
