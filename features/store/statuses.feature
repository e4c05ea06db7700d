Feature: Statuses

  Every status of the store, also one that the merchant added, can be mapped to one of ShipStation's.

  @STA-1 @must
  Rule: STA-1 · OrderStatus is the store's status for the order (letter case apart: STA-2)
    Source: S9 "the merchant chooses the statuses that mean paid, shipped and cancelled";
      S11 "a store may have custom statuses, and each is mapped to a ShipStation status"

    @truth
    Scenario: STA-1, The status
      Given the exported orders beside the store's own records
      Then OrderStatus is the store's status, letter case apart

  @STA-2 @must
  Rule: STA-2 · One status is always spelled the same, and two statuses never alike (mapping is case-sensitive)
    Source: guide, status mapping

    @truth
    Scenario: STA-2, One spelling each
      Given the exported orders beside the store's own records
      Then each status has one spelling of its own

    @wire
    Scenario: STA-2, One spelling, seen in replies
      Given the exported orders, and the store's own records as far as they are known
      Then no two statuses differ in letter case alone

  @STA-3 @must
  Rule: STA-3 · A status that the merchant added is exported by its own name and doesn't spoil the export
    Source: S11 "a store may have custom statuses, and each is mapped to a ShipStation status";
      bug, a custom status goes out empty

    @truth
    Scenario: STA-3, Its own name
      Given the exported orders beside the store's own records
      And only those with a status that the merchant added
      Then it is exported by its own name

    @truth
    Scenario: STA-3, Orders with a status that the merchant added arrive
      Given the store's orders with a status that the merchant added
      Then none of the orders is missing because of it

  @STA-4 @must
  Rule: STA-4 · A change of status shows in the next export
    Source: S11 "a store may have custom statuses, and each is mapped to a ShipStation status"

    @write
    Scenario: STA-4, An order that staff gave another status
      When staff give an order another status after it was exported
      Then the new status shows in the export

  @STA-5 @info
  Rule: STA-5 · The statuses seen, as text to paste into ShipStation's mapping fields
    Source: S9 "the merchant chooses the statuses that mean paid, shipped and cancelled"

    @wire
    Scenario: STA-5, To paste into ShipStation
      Given the exported orders
      Then the statuses seen are noted
