Feature: Gift

  Whether an order is a gift, and what the customer wrote for it.

  @GIF-1 @must
  Rule: GIF-1 · A gift order has Gift true
    Source: S17 "ShipStation can tell whether an order is a gift"

    @truth
    Scenario: GIF-1, Gifts
      Given the exported orders beside the store's own records
      And only those that are gifts
      Then Gift is true

    @truth
    Scenario: GIF-1, Orders with the gift flag arrive
      Given the store's orders with the gift flag
      Then none of the orders is missing because of it

  @GIF-2 @must
  Rule: GIF-2 · Any other order has Gift false or none, never an empty element
    Source: S17 "ShipStation can tell whether an order is a gift"; schema, element Gift; bug, Gift is an empty element

    @wire
    Scenario: GIF-2, Never empty
      Given the exported orders
      Then Gift is never an empty element

    @truth
    Scenario: GIF-2, No gifts
      Given the exported orders beside the store's own records
      And only those that are no gifts
      Then Gift is false or not there

  @GIF-3 @must
  Rule: GIF-3 · GiftMessage is the message the customer wrote
    Source: S17 "ShipStation can tell whether an order is a gift"; guide, order fields

    @truth
    Scenario: GIF-3, The message
      Given the exported orders beside the store's own records
      And only those with a gift message
      Then GiftMessage is what the customer wrote

    @truth
    Scenario: GIF-3, Gifts with a message and without
      Given the exported orders beside the store's own records
      And only those that are gifts
      Then GiftMessage is what the customer wrote

    @truth
    Scenario: GIF-3, Orders with a gift message arrive
      Given the store's orders with a gift message
      Then none of the orders is missing because of it

  @GIF-4 @should
  Rule: GIF-4 · No GiftMessage without Gift
    Source: guide, order fields

    @wire
    Scenario: GIF-4, No message without the flag
      Given the exported orders
      Then there is no GiftMessage without Gift
