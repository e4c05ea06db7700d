Feature: Requests

  What an importer's requests look like: who asks, for which time, and how considerately.

  @IMP-1 @must
  Rule: IMP-1 · Credentials go with every request, and never in the URL
    Source: S5 G

    @wire
    Scenario: IMP-1, Every request of an import
      When the importer imports a few plain orders
      Then every request carries the credentials in its header
      And no request carries credentials in its URL

    @wire @command
    Scenario: IMP-1, A password with special characters
      When the importer imports from a store whose password has special characters
      Then every request is let in

    @notify
    Scenario: IMP-1, Every notification
      When the importer tells of a shipment
      Then every request carries the credentials in its header
      And no request carries credentials in its URL

  @IMP-2 @must
  Rule: IMP-2 · Window bounds are UTC in MM/dd/yyyy HH:mm, and the store URL's own query is kept
    Source: G

    @wire
    Scenario: IMP-2, How bounds are written
      When the importer imports a few plain orders
      Then the bounds are written as agreed
      And the query of the store's URL is kept

    @wire @command
    Scenario Outline: IMP-2, An importer in another time zone
      When the importer imports in the time zone <zone>
      Then the window asked for is the one to be imported, in UTC

      Examples:
        | zone             |
        | America/New_York |
        | Asia/Kolkata     |
        | UTC              |

    @wire
    Scenario Outline: IMP-2, A store in another time zone
      When the importer imports from a store in the time zone <zone>
      Then the window asked for is the one to be imported, in UTC

      Examples:
        | zone             |
        | Europe/Berlin    |
        | Pacific/Auckland |

    @wire @command
    Scenario: IMP-2, A store URL with more in its query
      When the importer imports from a store whose URL has more in its query
      Then the query of the store's URL is kept

    @notify
    Scenario: IMP-2, The query of notifications
      When the importer tells of a shipment
      Then the query of the store's URL is kept

  @IMP-14 @should
  Rule: IMP-14 · Polls are paced, use one connection again, and accept compressed replies
    Source: G

    @wire
    Scenario: IMP-14, Compressed replies
      When the importer imports a window with many pages
      Then compressed replies are accepted

    @wire
    Scenario: IMP-14, One connection
      When the importer imports a window with many pages
      Then the connection is used again

    @wire @command
    Scenario: IMP-14, Not again and again
      When the importer imports a window with many pages
      Then what came is not asked for again at once

    @wire
    Scenario: IMP-14, Told to come back later
      When status 429 befalls page 1 of an import
      Then the importer comes back no sooner than it was told
