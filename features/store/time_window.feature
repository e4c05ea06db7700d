Feature: Time window

  ShipStation asks again and again for what was modified since it last asked. What falls between
  two windows is never shipped.

  @WIN-1 @must
  Rule: WIN-1 · An order modified inside the window is exported
    Source: S1 G

    @truth
    Scenario: WIN-1, Orders with any content arrive
      Given the store's orders with any content
      Then none of them is missing from the export

    @truth
    Scenario: WIN-1, Windows over midnight, the end of a month and of a year
      When ShipStation asks for a window over midnight or the end of a month or year
      Then every order comes in it

  @WIN-2 @must
  Rule: WIN-2 · An order neither placed nor modified inside the window is not exported
    Source: G

    @wire
    Scenario: WIN-2, Windows with other orders around them
      When ShipStation asks for orders of the survey
      Then no order comes that was neither placed nor modified in the window

  @WIN-3 @must
  Rule: WIN-3 · The window is on the last modification, not on the order date: an old order changed now is in, a new order changed later is in the later window
    Source: G B

    @truth
    Scenario: WIN-3, Orders changed days after they were placed
      When ShipStation asks for the windows in which orders were changed
      Then every order comes in the window of its last change

  @WIN-4 @must
  Rule: WIN-4 · Window bounds are UTC, whatever the store's time zone
    Source: G B

    @truth
    Scenario: WIN-4, Minutes around an order, in winter and in summer
      When ShipStation asks for the minutes around an order
      Then the bounds are taken as UTC

  @WIN-5 @must
  Rule: WIN-5 · Bounds hold to the minute, not to the day or hour
    Source: G B

    @truth
    Scenario: WIN-5, Minutes around, before and after an order
      When ShipStation asks for the minutes around an order
      Then the bounds hold to the minute

  @WIN-6 @must
  Rule: WIN-6 · Adjoining windows leave no order out
    Source: G

    @truth
    Scenario: WIN-6, Two windows that meet in the minute of an order
      When ShipStation asks for the minutes around an order
      Then adjoining windows leave no order out

    @wire
    Scenario: WIN-6, A window split in two
      When ShipStation asks for orders of the survey
      Then a window split in two gives the same orders

  @WIN-7 @must
  Rule: WIN-7 · Orders of every status are exported: unpaid, paid, shipped, cancelled, on hold, custom
    Source: G

    @truth
    Scenario: WIN-7, Orders with any status arrive
      Given the store's orders with any status
      Then none of them is missing from the export

  @WIN-8 @must
  Rule: WIN-8 · Exporting changes nothing: the same window asked twice gives the same orders with the same LastModified
    Source: B

    @wire
    Scenario: WIN-8, The same windows twice
      When ShipStation asks for orders of the survey
      Then asking again gives the same orders with the same LastModified

  @WIN-9 @should
  Rule: WIN-9 · A window whose start lies after its end gives no orders or 4xx, not a failure or everything
    Source: B

    @wire
    Scenario: WIN-9, Start after end
      When ShipStation asks for orders of the survey
      Then a window whose start lies after its end gives no orders or 4xx

  @WIN-10 @should
  Rule: WIN-10 · A missing or unreadable date is refused with 4xx
    Source: B

    @wire
    Scenario Outline: WIN-10, Dates that are missing or unreadable
      When ShipStation asks with <bounds>
      Then the date is refused with 4xx

      Examples:
        | bounds                      |
        | no start_date               |
        | no end_date                 |
        | an empty start_date         |
        | an end_date that is no date |
        | an end_date in month 13     |

  @WIN-12 @should
  Rule: WIN-12 · An order placed inside the window but last modified outside it is not exported
    Source: G A

    @wire @truth
    Scenario: WIN-12, Orders placed in the window and changed later
      When ShipStation asks for orders of the survey
      Then no order comes that was only placed in the window

  @WIN-11 @must
  Rule: WIN-11 · An order changed after it was exported (status, notes, shipment) is exported again in the window of the change
    Source: S1 G

    @write
    Scenario: WIN-11, An order that staff changed
      When an order is changed after it was exported
      Then it is exported again in the window of the change

    @write
    Scenario: WIN-11, An order on which staff only wrote a note
      When an order is changed after it was exported
      Then a note alone is enough to export it again
