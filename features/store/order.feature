Feature: The order

  The order as a whole: its number, when it was placed, what it costs.

  @ORD-1 @must
  Rule: ORD-1 · Every export document is valid against orders.xsd
    Source: schema, orders.xsd

    @wire
    Scenario: ORD-1, Every document
      Given the documents that the store exported
      Then each document is valid against orders.xsd

    @notify
    Scenario: ORD-1, After a change
      Given the documents that the store exported after shipments and changes
      Then each document is valid against orders.xsd

  @ORD-2 @must
  Rule: ORD-2 · OrderID has 1 to 50 characters, is unique, and is the same in every export
    Source: guide, order fields

    @wire
    Scenario: ORD-2, Present and unique
      Given the exported orders
      Then each order has an OrderID of 1 to 50 characters
      And no two orders share an OrderID

    @wire
    Scenario: ORD-2, Stable
      When ShipStation asks for the same windows twice
      Then each order has the same OrderID both times

    @write
    Scenario: ORD-2, Stable after a change
      When staff change orders after each export, in every sequence of kinds of changes
      Then each changed order keeps its OrderID

  @ORD-3 @must
  Rule: ORD-3 · OrderNumber has 1 to 50 characters, is unique, is the same in every export, and is the number that people see in the store
    Source: guide, order fields; bug, OrderNumber is the internal id

    @wire
    Scenario: ORD-3, Present and unique
      Given the exported orders
      Then each order has an OrderNumber of 1 to 50 characters
      And no two orders share an OrderNumber

    @wire
    Scenario: ORD-3, Stable
      When ShipStation asks for the same windows twice
      Then each order has the same OrderNumber both times

    @truth
    Scenario: ORD-3, The number that people see
      Given the exported orders and the store's own records of them
      Then OrderNumber is the number that people see

  @ORD-4 @must
  Rule: ORD-4 · OrderDate and LastModified are real dates and times
    Source: guide, order fields; schema, type DateTime

    @wire
    Scenario: ORD-4, Real dates
      Given the exported orders
      Then OrderDate and LastModified are real dates and times

  @ORD-5 @must
  Rule: ORD-5 · OrderDate is the UTC time at which the order was placed
    Source: guide, order fields; bug, dates are in the shop's time zone

    @truth
    Scenario: ORD-5, The time of placing
      Given the exported orders and the store's own records of them
      Then OrderDate is the UTC time at which the order was placed

    @notify
    Scenario: ORD-5, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      Then OrderDate is the UTC time at which the order was placed

  @ORD-6 @must
  Rule: ORD-6 · LastModified is the UTC time of the last change, and is not before OrderDate
    Source: guide, order fields; bug, dates are in the shop's time zone

    @wire
    Scenario: ORD-6, Not before OrderDate
      Given the exported orders, and the store's own records as far as they are known
      Then LastModified is not before OrderDate

    @truth
    Scenario: ORD-6, The time of the last change
      Given the exported orders and the store's own records of them
      And exporting left those records unchanged
      Then LastModified is the UTC time of the last change

    @notify
    Scenario: ORD-6, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      Then LastModified is the UTC time of the last change

  @ORD-7 @must
  Rule: ORD-7 · OrderTotal is what the customer was charged, as a plain decimal (no thousands separator, no decimal comma, no currency sign)
    Source: guide, order fields

    @wire
    Scenario: ORD-7, A plain decimal
      Given the exported orders
      Then OrderTotal is a plain decimal

    @truth
    Scenario: ORD-7, What was charged
      Given the exported orders and the store's own records of them
      Then OrderTotal is what the customer was charged

    @notify
    Scenario: ORD-7, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      Then OrderTotal is what the customer was charged

  @ORD-8 @must
  Rule: ORD-8 · TaxAmount and ShippingAmount are the amounts of the order
    Source: guide, order fields; bug, TaxAmount is always 0

    @truth
    Scenario: ORD-8, Tax and shipping
      Given the exported orders and the store's own records of them
      Then TaxAmount and ShippingAmount are the amounts of the order

    @notify
    Scenario: ORD-8, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      Then TaxAmount and ShippingAmount are the amounts of the order

  @ORD-9 @should
  Rule: ORD-9 · Lines, adjustments, shipping and tax add up to OrderTotal (prices may include tax)
    Source: bug, discounts are missing, so that the sum is wrong

    @wire
    Scenario: ORD-9, The sum of the amounts
      Given the exported orders, and the store's own records as far as they are known
      Then lines, adjustments, shipping and tax add up to OrderTotal

  @ORD-10 @must
  Rule: ORD-10 · ShippingMethod is the method chosen at checkout, by its name in the store
    Source: S14 "ShipStation imports the shipping method that the customer chose at checkout"

    @truth
    Scenario: ORD-10, The method chosen at checkout
      Given the exported orders and the store's own records of them
      Then ShippingMethod is the method chosen at checkout

    @notify
    Scenario: ORD-10, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      Then ShippingMethod is the method chosen at checkout

  @ORD-11 @must
  Rule: ORD-11 · PaymentMethod is the method with which the order was paid
    Source: S15 "ShipStation imports the payment method with which the order was paid"

    @truth
    Scenario: ORD-11, The payment method
      Given the exported orders and the store's own records of them
      Then PaymentMethod is the method with which the order was paid

    @notify
    Scenario: ORD-11, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      Then PaymentMethod is the method with which the order was paid

  @ORD-12 @should
  Rule: ORD-12 · CurrencyCode is stated and is the order's own currency, not the store's default
    Source: guide, order fields; bug, CurrencyCode is the store's default

    @truth
    Scenario: ORD-12, The order's own currency
      Given the exported orders and the store's own records of them
      Then CurrencyCode is the order's own currency

    @notify
    Scenario: ORD-12, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      Then CurrencyCode is the order's own currency

  @ORD-13 @must
  Rule: ORD-13 · Text arrives as it was typed (& < > " ', ]]>, accents, Chinese and Japanese, right-to-left scripts, emoji, line breaks), without HTML entities or double escaping; CRLF and LF count as the same, and spaces at the ends do not count
    Source: guide, order fields; bug, ]]> in a text ends the CDATA section

    @truth
    Scenario: ORD-13, Special characters
      Given the exported orders and the store's own records of them
      And only those with special characters
      Then text is as it was typed

    @notify
    Scenario: ORD-13, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with special characters
      Then text is as it was typed

    @truth
    Scenario: ORD-13, Orders with special characters arrive
      Given the store's orders with special characters
      Then none of the orders is missing because of this property

  @ORD-14 @should
  Rule: ORD-14 · A value that is longer than its field is cut to the field's length
    Source: guide, order fields

    @wire
    Scenario: ORD-14, Fields and their limits
      Given the exported orders
      Then no value is longer than its field

  @ORD-15 @must
  Rule: ORD-15 · An order without a shipping address does not prevent the export of other orders, and is not exported with an invented address
    Source: S7 "an order must have a shipping address"

    @truth
    Scenario: ORD-15, No invented address
      Given the store's orders without a shipping address
      Then none of these orders is exported with an address that is not its own
      And the other orders are exported

  @ORD-16 @must
  Rule: ORD-16 · An order without optional data (phone, company, image, notes, options) does not prevent the export of other orders
    Source: bug, an order without lines ends the export

    @truth
    Scenario: ORD-16, Orders with optional data missing arrive
      Given the store's orders with optional data missing
      Then none of the orders is missing because of this property

    @truth
    Scenario: ORD-16, Orders without lines
      Given the store's orders without lines
      Then the other orders are exported

  @ORD-17 @should
  Rule: ORD-17 · Every export document is valid against orders-strict.xsd
    Source: guide, order fields

    @wire
    Scenario: ORD-17, Every document
      Given the documents that the store exported
      Then each document is valid against orders-strict.xsd
