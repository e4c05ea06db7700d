Feature: Imported orders

  The orders that the importer reports, compared with those that the store holds.

  @IMP-5 @must
  Rule: IMP-5 · The imported orders have the store's values: e-mail, phone, both addresses, statuses, shipping and payment method, notes, gift, discounts, options, images, weights, locations, totals
    Source: S11 "a store may have custom statuses, and each is mapped to a ShipStation status";
      S12 "ShipStation imports the customer's e-mail address"; S13 "ShipStation imports the customer's phone number";
      S14 "ShipStation imports the shipping method that the customer chose at checkout";
      S15 "ShipStation imports the payment method with which the order was paid";
      S16 "ShipStation imports the discounts and coupons of the order";
      S17 "ShipStation can tell whether an order is a gift"; S18 "ShipStation imports internal notes";
      S19 "ShipStation imports the notes that the customer wrote";
      S20 "ShipStation imports the total weight of the order"; S21 "ShipStation imports the weight of each line";
      S22 "ShipStation imports an image URL for each line";
      S23 "ShipStation imports the options of each line, like colour or size";
      S24 "ShipStation imports a product location for each line"

    @truth
    Scenario: IMP-5, Every order is imported
      When the importer imports one order for each hard case
      Then every order is imported

    @truth
    Scenario Outline: IMP-5, Orders on pages
      When the importer imports a window with <orders>
      Then the orders of every page are imported

      Examples:
        | orders                     |
        | one order                  |
        | exactly one full page      |
        | one order more than a page |
        | exactly two full pages     |
        | many pages                 |

    @truth
    Scenario: IMP-5, Pages that are not full
      When the importer imports a window whose pages are not full
      Then the orders of every page are imported

    @truth
    Scenario Outline: IMP-5, Part by part
      When the importer imports one order for each hard case
      Then the imported orders have the store's <part>

      Examples:
        | part                         |
        | e-mail addresses             |
        | phone numbers                |
        | addresses                    |
        | statuses                     |
        | shipping and payment methods |
        | notes                        |
        | gift flags and messages      |
        | discounts and coupons        |
        | lines                        |
        | options                      |
        | images                       |
        | weights                      |
        | locations                    |
        | totals                       |
        | times                        |

  @IMP-6 @must
  Rule: IMP-6 · An order exported twice is imported once; a changed order is updated
    Source: guide, time window

    @truth
    Scenario: IMP-6, Orders changed between two imports
      When orders are changed between two imports
      Then each changed order is imported once, with its new values

    @truth
    Scenario: IMP-6, An order that gets its shipping address between two imports
      When an order without a shipping address gets one between two imports
      Then each changed order is imported once, with its new values

    @truth
    Scenario Outline: IMP-6, An order on two pages
      When <event> while the importer imports
      Then no order is imported twice

      Examples:
        | event                          |
        | page 2 repeats page 1          |
        | an order changes before page 2 |

    @truth
    Scenario: IMP-6, An order that changes during an import
      When an order changes before page 2 while the importer imports
      Then the changed order is imported once, with its new values

    @truth @command
    Scenario: IMP-6, Windows that share a minute
      When the importer imports three consecutive windows
      Then no order is imported twice

    @truth
    Scenario Outline: IMP-6, A window requested again
      When the importer gets <trouble> on page <page>
      Then no order is imported twice

      Examples:
        | trouble         | page |
        | status 503      | 2    |
        | a reply cut off | 2    |

    @truth @command
    Scenario: IMP-6, A window requested again after a call that failed
      When the importer gets status 503 on every try of page 2
      Then no order is imported twice

  @IMP-7 @must
  Rule: IMP-7 · Orders are imported alike in every accepted form: text in CDATA or escaped, elements in any order, optional elements missing, 12- or 24-hour times, every accepted spelling of a weight unit
    Source: guide, form of the reply; schema, orders.xsd

    @truth
    Scenario Outline: IMP-7, The same orders written differently
      When the importer imports from stores that write <part> differently
      Then the orders are imported as from a plain store

      Examples:
        | part         |
        | the document |
        | the values   |
        | the reply    |

    @truth
    Scenario: IMP-7, The real add-on
      When the importer imports from a store with the real add-on
      Then the orders are imported as from a plain store

    @truth
    Scenario: IMP-7, Every version of CS-Cart
      When the importer imports from stores of every version
      Then the orders are imported as from a plain store

    @truth @command
    Scenario: IMP-7, A URL that redirects within the store
      When the importer imports from a store whose URL redirects within the store
      Then every order is imported

  @IMP-8 @must
  Rule: IMP-8 · An order without a shipping address is left out and reported; the others are imported
    Source: S7 "an order must have a shipping address"

    @truth
    Scenario: IMP-8, One order without a shipping address
      When the importer imports from a store that exports an order without a shipping address
      Then the order without a shipping address is left out and reported, and the others are imported

  @IMP-9 @must
  Rule: IMP-9 · Custom statuses are mapped as configured; an unmapped status is reported, not guessed
    Source: S11 "a store may have custom statuses, and each is mapped to a ShipStation status"

    @truth
    Scenario: IMP-9, An order of every status
      When the importer imports one order for each hard case
      Then every status is mapped as configured, and an unmapped status is reported

    @truth
    Scenario: IMP-9, Statuses that resemble each other
      When the importer imports from a store whose statuses resemble each other
      Then every status is mapped as configured, and an unmapped status is reported
