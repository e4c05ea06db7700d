Feature: Status update with tracking

  ShipStation notifies the store of each parcel. The store records the parcel, and the last one makes the order shipped.

  @SHP-1 @must
  Rule: SHP-1 · A valid notification is answered 2xx, and the order gets the store's shipped status
    Source: S2 "ShipStation notifies the store of each shipment as soon as its label exists";
      S25 "the status update has tracking number, carrier, service and the carrier's fee";
      guide, shipment notification

    @notify
    Scenario: SHP-1, A whole order
      When ShipStation sends a notification for a whole order
      Then the notification is answered 2xx, and the order is shipped

    @notify
    Scenario: SHP-1, One parcel with two orders
      When ShipStation sends a notification for a second order in the same parcel
      Then the parcel is recorded on the second order, too

    @notify
    Scenario: SHP-1, Orders of many kinds
      When ShipStation sends notifications for orders of many kinds
      Then none is refused because of the kind of its order, and whole orders are shipped

    @notify
    Scenario: SHP-1, In sequences of actions
      When ShipStation and staff act on orders, one action after the other
      Then each action has the effect that SHP-1 demands

  @SHP-2 @must
  Rule: SHP-2 · The tracking number is recorded as sent
    Source: S25 "the status update has tracking number, carrier, service and the carrier's fee"

    @notify
    Scenario Outline: SHP-2, Numbers of every form
      When ShipStation sends a notification whose tracking number has <form>
      Then the tracking number is recorded as sent

      Examples:
        | form                      |
        | capital letters           |
        | capital and small letters |
        | digits with leading zeros |
        | 50 characters             |
        | letters and punctuation   |

    @notify
    Scenario: SHP-2, At the same moment
      When ShipStation sends several notifications at the same moment
      Then no tracking number that was answered 2xx is lost

    @notify
    Scenario: SHP-2, Orders of many kinds
      When ShipStation sends notifications for orders of many kinds
      Then each tracking number is recorded as sent

    @notify
    Scenario: SHP-2, In sequences of actions
      When ShipStation and staff act on orders, one action after the other
      Then each action has the effect that SHP-2 demands

  @SHP-3 @must
  Rule: SHP-3 · The carrier is recorded, also one that the store does not know
    Source: S25 "the status update has tracking number, carrier, service and the carrier's fee";
      add-on, it drops carriers that the shop doesn't know

    @notify
    Scenario Outline: SHP-3, Carriers known and unknown
      When ShipStation sends a notification with the carrier <carrier>
      Then the carrier is recorded

      Examples:
        | carrier               |
        | UPS                   |
        | USPS                  |
        | Bring Parcels AS & Co |
        | Österreichische Post  |

    @notify
    Scenario: SHP-3, Orders of many kinds
      When ShipStation sends notifications for orders of many kinds
      Then each carrier is recorded

    @notify
    Scenario: SHP-3, In sequences of actions
      When ShipStation and staff act on orders, one action after the other
      Then each action has the effect that SHP-3 demands

  @SHP-4 @must
  Rule: SHP-4 · The service is recorded
    Source: S25 "the status update has tracking number, carrier, service and the carrier's fee"

    @notify
    Scenario Outline: SHP-4, Services of short and long names
      When ShipStation sends a notification with the service <service>
      Then the service is recorded

      Examples:
        | service                                        |
        | Ground & Home                                  |
        | Päckchen International & Économique – Priority |

    @notify
    Scenario: SHP-4, Orders of many kinds
      When ShipStation sends notifications for orders of many kinds
      Then each service is recorded

    @notify
    Scenario: SHP-4, In sequences of actions
      When ShipStation and staff act on orders, one action after the other
      Then each action has the effect that SHP-4 demands

  @SHP-5 @must
  Rule: SHP-5 · The carrier's fee (ShippingCost) is recorded
    Source: S25 "the status update has tracking number, carrier, service and the carrier's fee"

    @notify
    Scenario Outline: SHP-5, Fees small and large
      When ShipStation sends a notification with a fee of <amount>
      Then the carrier's fee is recorded

      Examples:
        | amount  |
        | 12.34   |
        | 1234.50 |

    @notify
    Scenario: SHP-5, Orders of many kinds
      When ShipStation sends notifications for orders of many kinds
      Then each fee is recorded

    @notify
    Scenario: SHP-5, In sequences of actions
      When ShipStation and staff act on orders, one action after the other
      Then each action has the effect that SHP-5 demands

  @SHP-6 @must
  Rule: SHP-6 · NotesToCustomer is recorded where the buyer sees it, as written
    Source: S26 "the status update has the notes to the buyer"

    @notify
    Scenario Outline: SHP-6, Notes to the buyer
      When ShipStation sends a notification whose notes to the buyer have <text>
      Then the notes to the buyer are recorded as written

      Examples:
        | text               |
        | special characters |
        | 1000 characters    |

    @notify
    Scenario: SHP-6, Orders of many kinds
      When ShipStation sends notifications for orders of many kinds
      Then all notes to the buyer are recorded as written

    @notify
    Scenario: SHP-6, In sequences of actions
      When ShipStation and staff act on orders, one action after the other
      Then each action has the effect that SHP-6 demands

  @SHP-7 @must
  Rule: SHP-7 · The shipped items and quantities are recorded
    Source: S27 "the status update has item information"

    @notify
    Scenario: SHP-7, A whole order
      When ShipStation sends a notification for a whole order
      Then the items and quantities are recorded

    @notify
    Scenario: SHP-7, A part of an order
      When ShipStation sends notifications for two parcels of an order
      Then the items of the first parcel are recorded, and no others

    @notify
    Scenario: SHP-7, Orders of many kinds
      When ShipStation sends notifications for orders of many kinds
      Then the items and quantities of whole orders are recorded

    @notify
    Scenario: SHP-7, In sequences of actions
      When ShipStation and staff act on orders, one action after the other
      Then each action has the effect that SHP-7 demands

  @SHP-8 @must
  Rule: SHP-8 · A partial shipment does not make the order shipped; the shipment that completes the order does
    Source: S27 "the status update has item information"; bug, the first parcel makes the order shipped

    @notify
    Scenario: SHP-8, Line after line
      When ShipStation sends notifications for one line after the other
      Then only the second notification makes the order shipped

    @notify
    Scenario: SHP-8, All but a free line
      When ShipStation sends a notification for all lines except a free one
      Then the order is not shipped yet

    @notify
    Scenario: SHP-8, In sequences of actions
      When ShipStation and staff act on orders, one action after the other
      Then each action has the effect that SHP-8 demands

  @SHP-9 @must
  Rule: SHP-9 · A notification that is sent again is answered 2xx and recorded once
    Source: guide, shipment notification; add-on, it records the first repetition again, and answers the next one 404;
      bug, a repeated notification records its items again

    @notify
    Scenario: SHP-9, A part of an order
      When ShipStation sends the notification for a parcel again
      Then the notification is answered 2xx and recorded once

    @notify
    Scenario: SHP-9, A whole order
      When ShipStation sends the notification for a whole order again
      Then the notification is answered 2xx and recorded once
      And the order stays shipped

    @notify
    Scenario: SHP-9, After the order was completed
      When ShipStation sends the notification for the first parcel of a shipped order again
      Then the order stays shipped

    @notify
    Scenario: SHP-9, In sequences of actions
      When ShipStation and staff act on orders, one action after the other
      Then each action has the effect that SHP-9 demands

  @SHP-10 @must
  Rule: SHP-10 · Two parcels of one order are recorded as two shipments
    Source: guide, shipment notification

    @notify
    Scenario: SHP-10, Two parcels
      When ShipStation sends notifications for two parcels of an order
      Then the store records two shipments

    @notify
    Scenario: SHP-10, Two parcels with the same values
      When ShipStation sends notifications for two parcels of an order
      Then the second shipment has the values that it shares with the first

    @notify
    Scenario: SHP-10, In sequences of actions
      When ShipStation and staff act on orders, one action after the other
      Then each action has the effect that SHP-10 demands

  @SHP-11 @must
  Rule: SHP-11 · A notification for an unknown order is answered with an error (not 2xx)
    Source: add-on, it answers an unknown order with 404; bug, an unknown order is answered 200

    @notify
    Scenario Outline: SHP-11, Unknown order numbers
      When ShipStation sends a notification for <number>
      Then the notification is answered with an error

      Examples:
        | number                                 |
        | a number that no order has             |
        | the beginning of an order number       |
        | an order number, a hyphen and a letter |
        | an order number behind a zero          |
        | an order number and .0                 |
        | an order number with sign and exponent |

  @SHP-12 @must
  Rule: SHP-12 · A notification with a malformed or empty body is answered 4xx and changes nothing
    Source: bug, an empty body causes an error that is answered 200

    @notify
    Scenario Outline: SHP-12, Invalid bodies
      When ShipStation sends a notification whose body is <body>
      Then the notification is refused with 4xx and changes nothing

      Examples:
        | body                      |
        | an empty body             |
        | text that isn't XML       |
        | XML cut off in the middle |
        | another XML document      |
        | JSON                      |

  @SHP-13 @must
  Rule: SHP-13 · If a notification names an item that is not in the order, the tracking number is not lost and the store does not fail (5xx)
    Source: add-on, it answers 200 and records nothing

    @notify
    Scenario: SHP-13, An unknown item
      When ShipStation sends a notification for items of the order and one that is not in it
      Then the tracking number is recorded, or the notification is refused

    @notify
    Scenario: SHP-13, In sequences of actions
      When ShipStation and staff act on orders, one action after the other
      Then each action has the effect that SHP-13 demands

  @SHP-14 @must
  Rule: SHP-14 · The order is found by its OrderNumber, also if that is not its OrderID
    Source: bug, OrderNumber is looked up as the internal id

    @notify
    Scenario: SHP-14, A number that is not the id
      When ShipStation sends a notification for an order whose number is not its id
      Then the order with that number is found

    @notify
    Scenario: SHP-14, Special characters in the number
      When ShipStation sends a notification for an order whose number has special characters
      Then the order with that number is found

    @notify
    Scenario: SHP-14, A number that is the id of another order
      When ShipStation sends a notification for an order whose number is the id of another order
      Then the other order is unchanged

    @notify
    Scenario: SHP-14, In sequences of actions
      When ShipStation and staff act on orders, one action after the other
      Then each action has the effect that SHP-14 demands

  @SHP-15 @must
  Rule: SHP-15 · After a notification, the order is exported in the window of the change, with its shipped status
    Source: S11 "a store may have custom statuses, and each is mapped to a ShipStation status";
      guide, shipment notification

    @notify
    Scenario: SHP-15, The next export
      When ShipStation sends a notification for a whole order and asks for the window of the change
      Then the order is exported as shipped

    @notify
    Scenario: SHP-15, In sequences of actions
      When ShipStation and staff act on orders, one action after the other, and ShipStation asks for the changed orders
      Then each action has the effect that SHP-15 demands

  @SHP-16 @must
  Rule: SHP-16 · An order becomes shipped without its adjustments and the lines that cannot be shipped
    Source: bug, lines that cannot be shipped are waited for

    @notify
    Scenario: SHP-16, A coupon and a download
      When ShipStation sends a notification for all lines that can be shipped
      Then the notification is answered 2xx, and the order is shipped

    @notify
    Scenario: SHP-16, In sequences of actions
      When ShipStation and staff act on orders, one action after the other
      Then each action has the effect that SHP-16 demands

  @SHP-17 @must
  Rule: SHP-17 · A notification without items ("mark as shipped") ships everything that is not shipped yet
    Source: guide, shipment notification

    @notify
    Scenario: SHP-17, Marked as shipped
      When ShipStation sends a notification with an empty Items element
      Then the notification is answered 2xx, and the order is shipped

    @notify
    Scenario: SHP-17, In sequences of actions
      When ShipStation and staff act on orders, one action after the other
      Then each action has the effect that SHP-17 demands

  @SHP-18 @must
  Rule: SHP-18 · If two lines have the same SKU, quantities are recorded on the right line by LineItemID, never twice on one line
    Source: add-on, it records both lines with the same SKU on the first one

    @notify
    Scenario: SHP-18, Two lines of one SKU
      When ShipStation sends a notification for one of two lines with the same SKU
      Then the quantity is recorded on the right line

    @notify
    Scenario: SHP-18, Both in one parcel
      When ShipStation sends a notification for two lines with the same SKU in one parcel
      Then the quantity of each line is recorded

    @notify
    Scenario: SHP-18, In sequences of actions
      When ShipStation and staff act on orders, one action after the other
      Then each action has the effect that SHP-18 demands

  @SHP-19 @should
  Rule: SHP-19 · A quantity above the ordered one is refused, or recorded up to what was ordered
    Source: bug, more than was ordered is recorded

    @notify
    Scenario: SHP-19, In sequences of actions
      When ShipStation and staff act on orders, one action after the other
      Then each action has the effect that SHP-19 demands

  @SHP-20 @should
  Rule: SHP-20 · A notification by GET is refused
    Source: guide, shipment notification

    @notify
    Scenario: SHP-20, A notification by GET
      When ShipStation sends a notification by GET
      Then the notification is refused and changes nothing

  @SHP-21 @should
  Rule: SHP-21 · Notifications sent at the same moment are each recorded once
    Source: bug, simultaneous notifications are recorded twice

    @notify
    Scenario: SHP-21, At the same moment
      When ShipStation sends several notifications at the same moment
      Then each notification is recorded once

  @SHP-23 @should
  Rule: SHP-23 · A notification without a tracking number ("mark as shipped") is accepted, and the order is shipped
    Source: guide, shipment notification; add-on, it answers a notification without a tracking number with 404

    @notify
    Scenario: SHP-23, Without a tracking number
      When ShipStation sends a notification without a tracking number
      Then the notification is answered 2xx, and the order is shipped

    @notify
    Scenario: SHP-23, In sequences of actions
      When ShipStation and staff act on orders, one action after the other
      Then each action has the effect that SHP-23 demands

  @SHP-22 @must
  Rule: SHP-22 · ShipDate is recorded as the day sent, in every time zone
    Source: add-on, it stores the day as midnight of the shop's time zone

    @notify
    Scenario Outline: SHP-22, Days of every form
      When ShipStation sends a notification for a parcel that was shipped on <day>
      Then ShipDate is recorded as the day sent

      Examples:
        | day                   |
        | a day after the 12th  |
        | a day before the 13th |

    @notify
    Scenario: SHP-22, Orders of many kinds
      When ShipStation sends notifications for orders of many kinds
      Then each ShipDate is recorded as the day sent

    @notify
    Scenario: SHP-22, In sequences of actions
      When ShipStation and staff act on orders, one action after the other
      Then each action has the effect that SHP-22 demands
