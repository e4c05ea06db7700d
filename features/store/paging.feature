Feature: Paging

  A window with many orders comes on several pages, and ShipStation asks for each of them.

  @PAG-1 @must
  Rule: PAG-1 · If the result has several pages, page 1 states their number in the attribute pages
    Source: guide, paging; add-on, it states pages only on page 1, if there are several;
      bug, pages is missing on page 1

    @wire
    Scenario: PAG-1, The first page
      When ShipStation asks for the first of several pages
      Then page 1 states how many pages there are

    @truth
    Scenario: PAG-1, Exactly one full page
      When ShipStation asks for a window with exactly one full page of orders
      Then the store does not state more than one page

  @PAG-2 @must
  Rule: PAG-2 · Over all pages, every order of the window comes exactly once
    Source: guide, paging

    @truth
    Scenario: PAG-2, All pages together
      When ShipStation asks for all pages, and for the minute of each order that is on none of them
      Then every order of the window comes exactly once

    @write
    Scenario: PAG-2, Orders of one second
      When ShipStation asks for a window in which a page ends between orders of the same second
      Then orders of the same second come exactly once

    @write
    Scenario: PAG-2, One order on the last page
      When ShipStation asks for a window in which a page ends between orders of the same second
      Then every other order of this window comes exactly once

    @truth
    Scenario: PAG-2, A full page with deleted orders
      When ShipStation asks for a window with exactly one full page of orders
      Then no order of the window is lost

    @truth
    Scenario: PAG-2, A full page beside orders that are left out
      When ShipStation asks for a window with one full page of orders, and others that the store leaves out
      Then no order of the window is lost

  @PAG-3 @must
  Rule: PAG-3 · A page that is requested again has the same orders
    Source: add-on, it does not sort its pages

    @wire
    Scenario: PAG-3, Each page twice
      When ShipStation asks for each page twice
      Then each page holds the same orders both times

  @PAG-4 @must
  Rule: PAG-4 · A request for a page past the last one gets no orders and does not fail: the reply is an empty document or 4xx
    Source: bug, a page past the last fails

    @wire
    Scenario: PAG-4, Pages past the last
      When ShipStation asks for pages past the last
      Then each reply is an empty document or 4xx

  @PAG-5 @should
  Rule: PAG-5 · A page parameter that is 0, negative, not a number or missing is treated as page 1, or refused with 4xx
    Source: bug, page 0 becomes a negative offset and fails

    @wire
    Scenario Outline: PAG-5, Invalid page numbers
      When ShipStation asks for orders with <page>
      Then ShipStation gets page 1 or 4xx

      Examples:
        | page          |
        | page=0        |
        | page=-1       |
        | page=abc      |
        | page=1.5      |
        | page=²        |
        | an empty page |
        | no page       |

  @PAG-6 @must
  Rule: PAG-6 · The attribute pages is a whole number from 0 to 32767, and the same on every page that states it
    Source: schema, attribute pages

    @wire
    Scenario: PAG-6, The number on every page
      When ShipStation asks for all pages
      Then pages is a whole number from 0 to 32767, the same on every page

  @PAG-7 @info
  Rule: PAG-7 · The report notes orders, bytes and time per page
    Source: add-on, the size of its pages is a setting of the shop

    @wire
    Scenario: PAG-7, Sizes
      When ShipStation asks for all pages
      Then the sizes of pages are noted
