Feature: Pages and windows

  An order that lies on a page or in a minute that nobody asks for is never shipped.

  @IMP-3 @must
  Rule: IMP-3 · Every page is asked for, and none past the last
    Source: G

    @wire
    Scenario Outline: IMP-3, Windows of every size
      When the importer imports a window with <orders>
      Then every page is asked for, and none past the last

      Examples:
        | orders                     |
        | no order                   |
        | one order                  |
        | exactly one full page      |
        | one order more than a page |
        | exactly two full pages     |
        | many pages                 |

    @wire
    Scenario Outline: IMP-3, Pages that are stated otherwise
      When from a store of the variant <variant> comes a window with <orders>
      Then every page is asked for, and none past the last

      Examples:
        | variant             | orders                     |
        | pages-when-several  | one order                  |
        | pages-when-several  | one order more than a page |
        | pages-on-first-only | exactly one full page      |
        | pages-on-first-only | many pages                 |
        | no-pages-of-nothing | no order                   |
        | single-quotes       | one order more than a page |

  @IMP-4 @must
  Rule: IMP-4 · Following windows leave no gap, also after a failed poll
    Source: G

    @wire @command
    Scenario: IMP-4, Three windows
      When the importer imports windows that follow each other
      Then no time between the windows is left out

    @wire @command
    Scenario: IMP-4, A store whose windows end before their last minute
      When the importer imports windows that follow each other from a store that takes their end as exclusive
      Then no time between the windows is left out

    @wire
    Scenario Outline: IMP-4, After a failed poll
      When <trouble> befalls page <page> of an import
      Then the windows leave no gap after the failed poll

      Examples:
        | trouble            | page |
        | status 503         | 1    |
        | a reply cut off    | 2    |
        | a clock that is off | 1   |
