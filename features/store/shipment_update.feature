Feature: Status update with tracking

  ShipStation notifies the store of each parcel. The store records it, and the order is shipped.

  @SHP-1 @must
  Rule: SHP-1 · A valid notification is answered 2xx, and the order has the store's shipped status
    Source: S2 "ShipStation notifies the store of each shipment as soon as its label exists";
      S25 "the status update has tracking number, carrier, service and the carrier's fee";
      guide, shipment notification

    @notify
    Scenario: SHP-1, A whole order
      When ShipStation notifies of a whole order
      Then it is answered 2xx and the order is shipped

  @SHP-2 @must
  Rule: SHP-2 · The tracking number is recorded as sent
    Source: S25 "the status update has tracking number, carrier, service and the carrier's fee"

    @notify
    Scenario Outline: SHP-2, Numbers of every form
      When ShipStation notifies of a tracking number of <form>
      Then the tracking number is recorded as sent

      Examples:
        | form                         |
        | capital letters              |
        | letters of both cases        |
        | digits that begin with zeros |
        | 50 characters                |
        | letters and signs            |

  @SHP-3 @must
  Rule: SHP-3 · The carrier is recorded (a carrier the store doesn't know is kept, not dropped)
    Source: S25 "the status update has tracking number, carrier, service and the carrier's fee";
      add-on, it drops carriers that the shop doesn't know

    @notify
    Scenario Outline: SHP-3, Carriers known and unknown
      When ShipStation notifies of a parcel with the carrier <carrier>
      Then the carrier is recorded

      Examples:
        | carrier               |
        | UPS                   |
        | USPS                  |
        | Bring Parcels AS & Co |
        | Österreichische Post  |

  @SHP-4 @must
  Rule: SHP-4 · The service is recorded
    Source: S25 "the status update has tracking number, carrier, service and the carrier's fee"

    @notify
    Scenario Outline: SHP-4, Services of short and long names
      When ShipStation notifies of a parcel by the service <service>
      Then the service is recorded

      Examples:
        | service                                        |
        | Ground & Home                                  |
        | Päckchen International & Économique – Priority |

  @SHP-5 @must
  Rule: SHP-5 · The carrier's fee (ShippingCost) is recorded
    Source: S25 "the status update has tracking number, carrier, service and the carrier's fee"

    @notify
    Scenario Outline: SHP-5, Fees small and large
      When ShipStation notifies of a fee of <amount>
      Then the carrier's fee is recorded

      Examples:
        | amount  |
        | 12.34   |
        | 1234.50 |

  @SHP-6 @must
  Rule: SHP-6 · NotesToCustomer is recorded where the buyer sees it, as written
    Source: S26 "the status update has the notes to the buyer"

    @notify
    Scenario Outline: SHP-6, Notes to the buyer
      When ShipStation notifies with notes to the buyer of <text>
      Then the notes to the buyer are recorded as written

      Examples:
        | text               |
        | special characters |
        | 1000 characters    |

  @SHP-7 @must
  Rule: SHP-7 · The shipped items and quantities are recorded
    Source: S27 "the status update has item information"

    @notify
    Scenario: SHP-7, A whole order
      When ShipStation notifies of a whole order
      Then the items and quantities are recorded

    @notify
    Scenario: SHP-7, A part of an order
      When ShipStation notifies of two parcels
      Then the items of the first are recorded, and no others

  @SHP-8 @must
  Rule: SHP-8 · A partial shipment does not make the order shipped; the one that completes it does
    Source: S27 "the status update has item information"; bug, the first parcel makes the order shipped

    @notify
    Scenario: SHP-8, Line after line
      When ShipStation notifies of one line after the other
      Then only the second makes the order shipped

    @notify
    Scenario: SHP-8, Part of a line
      When ShipStation notifies of part of a line, and then of the rest
      Then only the second makes the order shipped

    @notify
    Scenario: SHP-8, All but a free line
      When ShipStation notifies of the lines that cost something
      Then the order is not shipped yet

  @SHP-9 @must
  Rule: SHP-9 · The same notification again is answered 2xx and recorded once
    Source: guide, shipment notification; add-on, it records the first repeat again, and answers the next with 404;
      bug, a repeated notification books its items again

    @notify
    Scenario: SHP-9, A part of an order
      When ShipStation notifies of the same parcel again
      Then it is answered 2xx and recorded once

    @notify
    Scenario: SHP-9, A whole order
      When ShipStation notifies of the same whole order again
      Then it is answered 2xx and recorded once
      And the order stays shipped

    @notify
    Scenario: SHP-9, After the order was completed
      When ShipStation notifies again of the first parcel of a shipped order
      Then the order stays shipped

    @notify
    Scenario: SHP-9, One parcel with two orders
      When ShipStation notifies of the same parcel for another order
      Then it is recorded there, too

  @SHP-10 @must
  Rule: SHP-10 · Two parcels of one order are two shipments
    Source: guide, shipment notification

    @notify
    Scenario: SHP-10, Two parcels
      When ShipStation notifies of two parcels
      Then they are two shipments

  @SHP-11 @must
  Rule: SHP-11 · An unknown order is answered with an error (not 2xx)
    Source: add-on, it answers an unknown order with 404; bug, an unknown order is answered 200

    @notify
    Scenario Outline: SHP-11, Unknown order numbers
      When ShipStation notifies of an order by <number>
      Then it is answered with an error

      Examples:
        | number                             |
        | a number that no order has         |
        | the beginning of an order's number |
        | an order's number and letters      |

  @SHP-12 @must
  Rule: SHP-12 · A malformed or empty body is answered with 4xx and changes nothing
    Source: bug, an empty body ends in an error answered 200

    @notify
    Scenario Outline: SHP-12, Invalid bodies
      When ShipStation sends a notification whose body is <body>
      Then it is refused with 4xx and changes nothing

      Examples:
        | body                      |
        | an empty body             |
        | text that isn't XML       |
        | XML cut off in the middle |
        | XML of another kind       |
        | JSON                      |

  @SHP-13 @must
  Rule: SHP-13 · An item the order doesn't hold doesn't lose the tracking number or fail inside (5xx)
    Source: add-on, it answers 200 and records nothing

    @notify
    Scenario Outline: SHP-13, An unknown item
      When ShipStation notifies of <items>
      Then the tracking number is kept, or the notification refused

      Examples:
        | items                                         |
        | an item the order does not hold               |
        | an item the order does not hold among its own |

  @SHP-14 @must
  Rule: SHP-14 · The order is found by OrderNumber also where that isn't the OrderID
    Source: bug, OrderNumber is looked up as the internal id

    @notify
    Scenario: SHP-14, Another number than the id
      When ShipStation notifies of an order whose number is not its id
      Then the order of that number is found

    @notify
    Scenario: SHP-14, Special characters in the number
      When ShipStation notifies of an order whose number has special characters
      Then the order of that number is found

    @notify
    Scenario: SHP-14, A number that is the id of another order
      When ShipStation notifies of an order whose number is the id of another
      Then the other order is left alone

  @SHP-15 @must
  Rule: SHP-15 · After it, the order is exported in the window of the update with its shipped status
    Source: S11 "a store may have custom statuses, and each is mapped to a ShipStation status";
      guide, shipment notification

    @notify
    Scenario: SHP-15, The next export
      When ShipStation notifies of a whole order and asks for the window of the update
      Then the order is exported as shipped

  @SHP-16 @must
  Rule: SHP-16 · Adjustment and non-shippable lines don't keep an order from being shipped
    Source: bug, lines that aren't shipped are counted

    @notify
    Scenario: SHP-16, A coupon and a download
      When ShipStation notifies of all that can be shipped
      Then it is answered 2xx and the order is shipped

  @SHP-17 @must
  Rule: SHP-17 · A notification without items (mark as shipped) ships what is left
    Source: guide, shipment notification

    @notify
    Scenario Outline: SHP-17, Marked as shipped
      When ShipStation notifies with <items>
      Then it is answered 2xx and the order is shipped

      Examples:
        | items                  |
        | no Items element       |
        | an empty Items element |

    @notify
    Scenario: SHP-17, After a first parcel
      When ShipStation notifies without items after a first parcel
      Then it is answered 2xx and the order is shipped
      And no more is recorded than was ordered

  @SHP-18 @must
  Rule: SHP-18 · The same SKU on two lines: quantities are booked on the right lines by LineItemID, never twice on one
    Source: add-on, it books both lines of one SKU on the first

    @notify
    Scenario: SHP-18, Two lines of one SKU
      When ShipStation notifies of one of two lines of one SKU
      Then the right line is booked

    @notify
    Scenario: SHP-18, Both in one parcel
      When ShipStation notifies of two lines of one SKU in one parcel
      Then each line is booked

  @SHP-19 @should
  Rule: SHP-19 · More than was ordered is refused, or booked up to what was ordered
    Source: bug, more than was ordered is booked

    @notify
    Scenario: SHP-19, More than was ordered
      When ShipStation notifies of more than was ordered
      Then no more is recorded than was ordered

  @SHP-20 @should
  Rule: SHP-20 · shipnotify by GET is refused
    Source: guide, shipment notification

    @notify
    Scenario: SHP-20, A notification by GET
      When ShipStation notifies by GET
      Then it is refused and changes nothing

  @SHP-21 @should
  Rule: SHP-21 · Notifications sent at the same moment are each recorded once
    Source: bug, simultaneous notifications are recorded twice

    @notify
    Scenario: SHP-21, At the same moment
      When ShipStation sends several notifications at the same moment
      Then each is recorded once

  @SHP-23 @should
  Rule: SHP-23 · A notification without a tracking number (mark as shipped) is accepted and the order shipped
    Source: guide, shipment notification; add-on, it answers a notification without tracking number with 404

    @notify
    Scenario: SHP-23, Without a tracking number
      When ShipStation notifies without a tracking number
      Then it is answered 2xx and the order is shipped

  @SHP-22 @must
  Rule: SHP-22 · ShipDate is recorded as the day sent, in every time zone
    Source: add-on, it stores the day as midnight of the shop's time zone

    @notify
    Scenario Outline: SHP-22, Days of every form
      When ShipStation notifies of a parcel that was shipped on <day>
      Then ShipDate is recorded as the day sent

      Examples:
        | day                   |
        | a day after the 12th  |
        | a day before the 13th |
