Feature: Statuses

  Every status of the store, also one that the merchant added, can be mapped to a ShipStation status.

  @STA-1 @must
  Rule: STA-1 · OrderStatus is the order's status in the store, in any letter case (STA-2 judges the letter case)
    Source: S9 "the merchant chooses the statuses that mean paid, shipped and cancelled";
      S11 "a store may have custom statuses, and each is mapped to a ShipStation status"

    @truth
    Scenario: STA-1, The status
      Given the exported orders and the store's own records of them
      Then OrderStatus is the order's status in the store, in any letter case

    @notify
    Scenario: STA-1, In sequences of actions
      When ShipStation and staff act on orders, one action after the other, and ShipStation asks for the changed orders
      Then each action has the effect that STA-1 demands

  @STA-2 @must
  Rule: STA-2 · A status is always spelled the same way, and two statuses never have the same spelling (ShipStation's mapping is case-sensitive)
    Source: guide, status mapping

    @truth
    Scenario: STA-2, One spelling each
      Given the exported orders and the store's own records of them
      Then each status has one spelling of its own

    @wire
    Scenario: STA-2, One spelling, judged by replies alone
      Given the exported orders, and the store's own records as far as they are known
      Then no two statuses differ only in letter case

  @STA-3 @must
  Rule: STA-3 · A status that the merchant added is exported by its own name, and does not prevent the export
    Source: S11 "a store may have custom statuses, and each is mapped to a ShipStation status";
      bug, a custom status is exported empty

    @truth
    Scenario: STA-3, Its own name
      Given the exported orders and the store's own records of them
      And only those with a status that the merchant added
      Then the status is exported by its own name

    @truth
    Scenario: STA-3, Orders with a status that the merchant added arrive
      Given the store's orders with a status that the merchant added
      Then none of the orders is missing because of this property

  @STA-4 @must
  Rule: STA-4 · A change of status shows in the next export
    Source: S11 "a store may have custom statuses, and each is mapped to a ShipStation status"

    @write
    Scenario: STA-4, Orders that staff gave another status
      When staff change orders after each export, in every sequence of kinds of changes
      Then each new status shows in the next export

    @notify
    Scenario: STA-4, In sequences of actions
      When ShipStation and staff act on orders, one action after the other, and ShipStation asks for the changed orders
      Then each action has the effect that STA-4 demands

  @STA-5 @info
  Rule: STA-5 · The report lists the statuses seen, as text to paste into ShipStation's mapping fields
    Source: S9 "the merchant chooses the statuses that mean paid, shipped and cancelled"

    @wire
    Scenario: STA-5, To paste into ShipStation
      Given the exported orders
      Then the statuses seen are noted
