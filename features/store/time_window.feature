Feature: Time window

  ShipStation asks again and again for the orders modified since it last asked. An order that falls between two windows
  is never shipped.

  @WIN-1 @must
  Rule: WIN-1 · An order modified inside the window is exported
    Source: S1 "ShipStation imports orders automatically"; guide, time window

    @truth
    Scenario: WIN-1, Orders with any content arrive
      Given the store's orders
      Then every missing order is missing for a reason that another rule reports

    @truth
    Scenario: WIN-1, Windows over midnight, the end of a month and of a year, and of more than a year
      When ShipStation asks for windows over midnight and the end of a month or year, and for a long one
      Then every order comes in the windows around its last change

    @write
    Scenario: WIN-1, Orders of the last minute
      When staff change orders after each export, in every sequence of kinds of changes
      Then each order that was placed just before is exported, too

    @truth
    Scenario: WIN-1, Several windows at the same moment
      When ShipStation asks for several windows at the same moment
      Then each reply has the orders of its own window

  @WIN-2 @must
  Rule: WIN-2 · An order that was neither placed nor modified inside the window is not exported
    Source: guide, time window

    @wire
    Scenario: WIN-2, Windows with other orders around them
      When ShipStation asks for windows that have other orders before and after them
      Then every order that comes was placed or modified in the window

    @truth
    Scenario: WIN-2, Several windows at the same moment
      When ShipStation asks for several windows at the same moment
      Then no reply has orders of another window

  @WIN-3 @must
  Rule: WIN-3 · The window selects orders by their last modification, not by their order date: an old order that is changed now is in the window of the change
    Source: guide, time window; bug, the window is on the order date

    @truth
    Scenario: WIN-3, Orders changed days after they were placed
      When ShipStation asks for the windows in which orders were changed days after they were placed
      Then every order comes in the window of its last change

  @WIN-4 @must
  Rule: WIN-4 · Window bounds are UTC, whatever the store's time zone
    Source: guide, time window; bug, window bounds are read in the server's time zone

    @truth
    Scenario: WIN-4, Minutes around an order, in winter and in summer
      When ShipStation asks for the minutes around the last change of an order in winter and of one in summer
      Then the bounds are read as UTC

  @WIN-5 @must
  Rule: WIN-5 · Window bounds are exact to the minute, not only to the day or hour
    Source: guide, time window; bug, window bounds are read to the day

    @truth
    Scenario: WIN-5, Minutes around, before and after an order
      When ShipStation asks for the minutes around, before and after the last change of an order
      Then the bounds are exact to the minute

  @WIN-6 @must
  Rule: WIN-6 · Adjoining windows leave no order out
    Source: guide, time window

    @truth
    Scenario: WIN-6, Two windows that meet in the minute of an order
      When ShipStation asks for two windows that meet in the minute of an order's last change
      Then one of the two windows holds the order

    @wire
    Scenario: WIN-6, A window split in two
      When ShipStation asks for a window and for its two halves
      Then the halves hold the orders of the whole window

  @WIN-7 @must
  Rule: WIN-7 · Orders of every status are exported: unpaid, paid, shipped, cancelled, on hold, custom
    Source: guide, time window

    @truth
    Scenario: WIN-7, Orders with any status arrive
      Given the store's orders
      Then none of the orders is missing because of its status

  @WIN-8 @must
  Rule: WIN-8 · Exporting changes nothing: the same window, requested twice, gives the same orders with the same LastModified
    Source: bug, exporting changes LastModified

    @wire
    Scenario: WIN-8, The same windows twice
      When ShipStation asks for the same windows twice
      Then the same orders come with the same LastModified

  @WIN-9 @should
  Rule: WIN-9 · A window whose start lies after its end gives no orders or 4xx, and not a failure or all orders
    Source: bug, a window whose start lies after its end gives everything

    @wire
    Scenario: WIN-9, Start after end
      When ShipStation asks for a window whose start lies after its end
      Then no orders come, or the request is refused with 4xx

  @WIN-10 @should
  Rule: WIN-10 · A missing or unreadable date is refused with 4xx
    Source: bug, every error is answered 200

    @wire
    Scenario Outline: WIN-10, Dates that are missing or unreadable
      When ShipStation asks for a window with <bounds>
      Then the request is refused with 4xx

      Examples:
        | bounds                         |
        | no start_date                  |
        | no end_date                    |
        | an empty start_date            |
        | an end_date that is not a date |
        | an end_date in month 13        |

  @WIN-12 @should
  Rule: WIN-12 · An order that was placed inside the window and last modified outside it is not exported
    Source: guide, time window; add-on, it exports orders placed or modified in the window

    @wire @truth
    Scenario: WIN-12, Orders placed in the window and changed later
      When ShipStation asks for windows that have other orders before and after them
      Then every order that comes was modified in the window

  @WIN-11 @must
  Rule: WIN-11 · An order that was changed after it was exported (status, notes, shipment) is exported again in the window of the change
    Source: S1 "ShipStation imports orders automatically"; guide, time window

    @write
    Scenario: WIN-11, Orders changed, exported, and changed again
      When staff change orders after each export, in every sequence of kinds of changes
      Then each changed order is exported again in the window of the change

    @write
    Scenario: WIN-11, Notes edited, exported, and edited again
      When staff change orders after each export, in every sequence of kinds of changes
      Then each new note shows in the next export

    @notify
    Scenario: WIN-11, In sequences of actions
      When ShipStation and staff act on orders, one action after the other, and ShipStation asks for the changed orders
      Then each action has the effect that WIN-11 demands
