Feature: Imported orders

  What an importer says it imported, beside what the store holds.

  @IMP-5 @must
  Rule: IMP-5 · What it imported is what the store holds: e-mail, phone, both addresses, statuses, shipping and payment method, notes, gift, discounts, options, images, weights, locations, totals
    Source: S11 S12 S13 S14 S15 S16 S17 S18 S19 S20 S21 S22 S23 S24

    @truth
    Scenario: IMP-5, Every order arrives
      When the importer imports an order for each hard case
      Then every order is imported

    @truth
    Scenario: IMP-5, Orders on several pages
      When the importer imports a window with many pages
      Then the orders of every page are imported

    @truth
    Scenario Outline: IMP-5, Part by part
      When the importer imports an order for each hard case
      Then what was imported of <part> is what the store holds

      Examples:
        | part                        |
        | e-mail address              |
        | phone numbers               |
        | addresses                   |
        | status                      |
        | shipping and payment method |
        | notes                       |
        | gift flag and message       |
        | discounts and coupons       |
        | lines                       |
        | options                     |
        | images                      |
        | weights                     |
        | locations                   |
        | totals                      |
        | times                       |

  @IMP-6 @must
  Rule: IMP-6 · An order seen twice is imported once; a changed one is updated
    Source: G

    @truth
    Scenario: IMP-6, An order changed between two imports
      When an order is changed between two imports
      Then the order is imported as it is now, and once

    @truth
    Scenario Outline: IMP-6, An order on two pages
      When <what> comes while the importer imports
      Then no order is imported twice

      Examples:
        | what                                |
        | a page that repeats the one before  |
        | an order that changes between pages |

    @truth
    Scenario: IMP-6, The newer of two versions
      When an order that changes between pages comes while the importer imports
      Then the order is imported as it is now, and once

    @truth @command
    Scenario: IMP-6, Windows that share a minute
      When the importer imports windows that follow each other
      Then no order is imported twice

    @truth
    Scenario Outline: IMP-6, A window that was asked for again
      When <trouble> befalls page <page> of an import
      Then no order is imported twice

      Examples:
        | trouble         | page |
        | status 503      | 2    |
        | a reply cut off | 2    |

  @IMP-7 @must
  Rule: IMP-7 · CDATA or escaped text, any order of elements, missing optional elements, 12- or 24-hour dates, every accepted unit spelling: all read alike
    Source: G X

    @truth
    Scenario Outline: IMP-7, Other ways to say the same
      When the importer imports from stores that write <what> otherwise
      Then everything is read as from a plain store, in the variant

      Examples:
        | what         |
        | the document |
        | the values   |
        | the answer   |

    @truth
    Scenario: IMP-7, The real add-on
      When the importer imports from a store with the real add-on
      Then everything is read as from a plain store, in the profile

    @truth
    Scenario: IMP-7, Every version of CS-Cart
      When the importer imports from stores of every version
      Then everything is read as from a plain store, in version

  @IMP-8 @must
  Rule: IMP-8 · An order without shipping address is left out and said so; the others arrive
    Source: S7

    @truth
    Scenario: IMP-8, One order without a shipping address
      When the importer imports from a store that exports an order without a shipping address
      Then the order without a shipping address is left out and said so, and the others arrive

  @IMP-9 @must
  Rule: IMP-9 · Custom statuses are mapped as configured; an unmapped one is reported, not guessed
    Source: S11

    @truth
    Scenario: IMP-9, An order of every status
      When the importer imports an order for each hard case
      Then every status is mapped as configured, and an unmapped one is reported
