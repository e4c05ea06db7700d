Feature: The order

  The order as a whole: its number, when it was placed, what it costs.

  @ORD-1 @must
  Rule: ORD-1 · Every export document is valid against orders.xsd
    Source: schema, orders.xsd

    @wire
    Scenario: ORD-1, Every document
      Given the documents that the store exported
      Then each is valid against orders.xsd

  @ORD-2 @must
  Rule: ORD-2 · OrderID is present, 1–50, unique and stable between exports
    Source: guide, order fields

    @wire
    Scenario: ORD-2, Present and unique
      Given the exported orders
      Then each has an OrderID of 1 to 50 characters
      And no two share an OrderID

    @wire
    Scenario: ORD-2, Stable
      When ShipStation asks for the same windows twice
      Then each keeps its OrderID

    @write
    Scenario: ORD-2, Stable after a change
      When staff give an order another status after it was exported
      Then the order keeps its OrderID

  @ORD-3 @must
  Rule: ORD-3 · OrderNumber is present, 1–50, unique, stable, and the number people see in the store
    Source: guide, order fields; bug, OrderNumber is the internal id

    @wire
    Scenario: ORD-3, Present and unique
      Given the exported orders
      Then each has an OrderNumber of 1 to 50 characters
      And no two share an OrderNumber

    @wire
    Scenario: ORD-3, Stable
      When ShipStation asks for the same windows twice
      Then each keeps its OrderNumber

    @truth
    Scenario: ORD-3, The number that people see
      Given the exported orders beside the store's own records
      Then OrderNumber is the number that people see

  @ORD-4 @must
  Rule: ORD-4 · OrderDate and LastModified name a real date and time
    Source: guide, order fields; schema, type DateTime

    @wire
    Scenario: ORD-4, Real dates
      Given the exported orders
      Then OrderDate and LastModified name a real date and time

  @ORD-5 @must
  Rule: ORD-5 · OrderDate is the UTC time at which the order was placed
    Source: guide, order fields; bug, dates are in the shop's time zone

    @truth
    Scenario: ORD-5, The time of placing
      Given the exported orders beside the store's own records
      Then OrderDate is the UTC time at which the order was placed

  @ORD-6 @must
  Rule: ORD-6 · LastModified is the UTC time of the last change, and isn't before OrderDate
    Source: guide, order fields; bug, dates are in the shop's time zone

    @wire
    Scenario: ORD-6, Not before OrderDate
      Given the exported orders, and the store's own records as far as they are known
      Then LastModified is not before OrderDate

    @truth
    Scenario: ORD-6, The time of the last change
      Given the exported orders beside the store's own records
      And exporting left those records unchanged
      Then LastModified is the UTC time of the last change

  @ORD-7 @must
  Rule: ORD-7 · OrderTotal is what the customer was charged, as a plain decimal (no thousands mark, no decimal comma, no currency sign)
    Source: guide, order fields

    @wire
    Scenario: ORD-7, A plain decimal
      Given the exported orders
      Then OrderTotal is a plain decimal

    @truth
    Scenario: ORD-7, What was charged
      Given the exported orders beside the store's own records
      Then OrderTotal is what the customer was charged

  @ORD-8 @must
  Rule: ORD-8 · TaxAmount and ShippingAmount are the order's
    Source: guide, order fields; bug, TaxAmount is always 0

    @truth
    Scenario: ORD-8, Tax and shipping
      Given the exported orders beside the store's own records
      Then TaxAmount and ShippingAmount are the order's

  @ORD-9 @should
  Rule: ORD-9 · Lines, adjustments, shipping and tax add up to OrderTotal (tax-inclusive prices recognised)
    Source: bug, discounts are missing, so that the sum is wrong

    @wire
    Scenario: ORD-9, The sum of the amounts
      Given the exported orders
      Then lines, adjustments, shipping and tax add up to OrderTotal

  @ORD-10 @must
  Rule: ORD-10 · ShippingMethod is the one chosen at checkout, by the store's name for it
    Source: S14 "ShipStation imports the shipping method that the customer chose at checkout"

    @truth
    Scenario: ORD-10, The method chosen at checkout
      Given the exported orders beside the store's own records
      Then ShippingMethod is the one chosen at checkout

  @ORD-11 @must
  Rule: ORD-11 · PaymentMethod is the one the order was paid with
    Source: S15 "ShipStation imports the payment method with which the order was paid"

    @truth
    Scenario: ORD-11, The method paid with
      Given the exported orders beside the store's own records
      Then PaymentMethod is the one the order was paid with

  @ORD-12 @should
  Rule: ORD-12 · CurrencyCode is stated and is the order's own currency, not the store's default
    Source: guide, order fields; bug, CurrencyCode is the store's default

    @truth
    Scenario: ORD-12, The order's own currency
      Given the exported orders beside the store's own records
      Then CurrencyCode is the order's own currency

  @ORD-13 @must
  Rule: ORD-13 · Text arrives as it was typed: & < > " ', ]]>, accents, CJK, right-to-left, emoji, line breaks; no HTML entities or doubled escapes (CRLF and LF are the same; blanks at the ends don't count)
    Source: guide, order fields; bug, ]]> in a text ends the CDATA section

    @truth
    Scenario: ORD-13, Special characters
      Given the exported orders beside the store's own records
      And only those with special characters
      Then text is as it was typed

    @truth
    Scenario: ORD-13, Orders with special characters arrive
      Given the store's orders with special characters
      Then none of the orders is missing because of it

  @ORD-14 @should
  Rule: ORD-14 · Values longer than their field are cut, not sent too long
    Source: guide, order fields

    @wire
    Scenario: ORD-14, Fields and their limits
      Given the exported orders
      Then no value is longer than its field

  @ORD-15 @must
  Rule: ORD-15 · An order without a shipping address doesn't spoil the export of the others, and doesn't come with an invented one
    Source: S7 "an order must have a shipping address"

    @truth
    Scenario: ORD-15, No invented address
      Given the store's orders without a shipping address
      Then none comes with an address that is not its own
      And the other orders are exported

  @ORD-16 @must
  Rule: ORD-16 · An order that is missing optional things (no phone, company, image, notes, option) doesn't spoil the export of the others
    Source: bug, an order without lines ends the export

    @truth
    Scenario: ORD-16, Orders with something optional left out arrive
      Given the store's orders with something optional left out
      Then none of the orders is missing because of it

    @truth
    Scenario: ORD-16, Orders without lines
      Given the store's orders without lines
      Then the other orders are exported

  @ORD-17 @should
  Rule: ORD-17 · The document meets orders-strict.xsd
    Source: guide, order fields

    @wire
    Scenario: ORD-17, Every document
      Given the documents that the store exported
      Then each meets orders-strict.xsd
