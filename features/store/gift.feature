Feature: Gift

  Whether an order is a gift, and the message that the customer wrote for it.

  @GIF-1 @must
  Rule: GIF-1 · A gift order has Gift true
    Source: S17 "ShipStation can tell whether an order is a gift"

    @truth
    Scenario: GIF-1, Gifts
      Given the exported orders and the store's own records of them
      And only those that are gifts
      Then Gift is true

    @truth
    Scenario: GIF-1, Orders with the gift flag arrive
      Given the store's orders with the gift flag
      Then none of the orders is missing because of this property

    @notify
    Scenario: GIF-1, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those that are gifts
      Then Gift is true

  @GIF-2 @must
  Rule: GIF-2 · An order that is not a gift has Gift false or no Gift, and never an empty Gift element
    Source: S17 "ShipStation can tell whether an order is a gift"; schema, element Gift; bug, Gift is an empty element

    @wire
    Scenario: GIF-2, Never empty
      Given the exported orders
      Then Gift is never an empty element

    @truth
    Scenario: GIF-2, No gifts
      Given the exported orders and the store's own records of them
      And only those that are not gifts
      Then Gift is false or missing

    @notify
    Scenario: GIF-2, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those that are not gifts
      Then Gift is false or missing

  @GIF-3 @must
  Rule: GIF-3 · GiftMessage is the message that the customer wrote
    Source: S17 "ShipStation can tell whether an order is a gift"; guide, order fields

    @truth
    Scenario: GIF-3, The message
      Given the exported orders and the store's own records of them
      And only those with a gift message
      Then GiftMessage is what the customer wrote

    @truth
    Scenario: GIF-3, Gifts with a message and without
      Given the exported orders and the store's own records of them
      And only those that are gifts
      Then GiftMessage is what the customer wrote

    @truth
    Scenario: GIF-3, Orders with a gift message arrive
      Given the store's orders with a gift message
      Then none of the orders is missing because of this property

    @notify
    Scenario: GIF-3, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with a gift message
      Then GiftMessage is what the customer wrote

  @GIF-4 @should
  Rule: GIF-4 · There is no GiftMessage unless Gift is true
    Source: guide, order fields

    @wire
    Scenario: GIF-4, No message without the flag
      Given the exported orders
      Then there is no GiftMessage unless Gift is true
