Feature: Item images

  The image of each product, for the person who packs the parcel.

  @IMG-1 @must
  Rule: IMG-1 · ImageUrl is the line's product image (the variant's own where it has one)
    Source: S22 "ShipStation imports an image URL for each line"

    @truth
    Scenario: IMG-1, Images
      Given the exported orders beside the store's own records
      And only those with an image
      Then ImageUrl is the line's product image

  @IMG-2 @must
  Rule: IMG-2 · It is an absolute http(s) URL of at most 500 characters
    Source: S22 "ShipStation imports an image URL for each line"; guide, item fields

    @wire
    Scenario: IMG-2, Absolute URLs
      Given the exported orders
      And only those that state an image
      Then every ImageUrl is an absolute http URL of at most 500 characters

  @IMG-3 @must
  Rule: IMG-3 · A product without image gives an empty or no ImageUrl, and the order arrives
    Source: bug, a product without image stops the export

    @truth
    Scenario: IMG-3, No image
      Given the exported orders beside the store's own records
      And only those with a product without image
      Then there is no ImageUrl for it

    @truth
    Scenario: IMG-3, Orders with a product without image arrive
      Given the store's orders with a product without image
      Then none of the orders is missing because of it

  @IMG-4 @should
  Rule: IMG-4 · The URL answers with an image
    Source: S22 "ShipStation imports an image URL for each line"

    @wire
    Scenario: IMG-4, Fetching images
      When ShipStation fetches images of the exported orders
      Then each URL answers with an image
