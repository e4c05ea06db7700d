Feature: Pages and windows

  An order on a page or in a minute that the importer does not request is never shipped.

  @IMP-3 @must
  Rule: IMP-3 · Every page is requested, and no page past the last
    Source: guide, paging

    @wire
    Scenario Outline: IMP-3, Windows of every size
      When the importer imports a window with <orders>
      Then every page is requested, and no page past the last

      Examples:
        | orders                     |
        | no order                   |
        | one order                  |
        | exactly one full page      |
        | one order more than a page |
        | exactly two full pages     |
        | many pages                 |

    @wire
    Scenario: IMP-3, Pages that are not full
      When the importer imports a window whose pages are not full
      Then every page is requested, and no page past the last

    @wire
    Scenario Outline: IMP-3, The number of pages stated differently
      When the importer imports a window with <orders> from a store of the variant <variant>
      Then every page is requested, and no page past the last

      Examples:
        | variant             | orders                     |
        | pages-when-several  | one order                  |
        | pages-when-several  | one order more than a page |
        | pages-on-first-only | exactly one full page      |
        | pages-on-first-only | many pages                 |
        | no-pages-of-nothing | no order                   |
        | single-quotes       | one order more than a page |

  @IMP-4 @must
  Rule: IMP-4 · Consecutive windows leave no gap, also after a failed poll
    Source: guide, time window

    @wire @command
    Scenario: IMP-4, Three windows
      When the importer imports three consecutive windows
      Then the windows leave no gap, and no order at their bounds is lost

    @wire @command
    Scenario: IMP-4, A store that excludes the last minute of a window
      When the importer imports three consecutive windows from a store that excludes their last minute
      Then the windows leave no gap, and no order at their bounds is lost

    @wire
    Scenario Outline: IMP-4, After a failed poll
      When the importer gets <trouble> on page <page>
      Then the windows leave no gap after the failed poll

      Examples:
        | trouble             | page |
        | status 503          | 1    |
        | a reply cut off     | 2    |
        | a wrong Date header | 1    |

    @wire @command
    Scenario: IMP-4, After a call that failed
      When the importer gets status 503 on every try
      Then the windows leave no gap after the failed poll
