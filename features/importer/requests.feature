Feature: Requests

  The importer's requests: credentials, window bounds, and the load on the store.

  @IMP-1 @must
  Rule: IMP-1 · Every request carries the credentials in its header, never in its URL
    Source: S5 "the user name and password of CS-Cart are needed"; guide, authentication

    @wire
    Scenario: IMP-1, Every request of an import
      When the importer imports three plain orders
      Then every request carries the credentials in its header
      And no request carries credentials in its URL

    @wire @command
    Scenario: IMP-1, A password with special characters
      When the importer imports from a store whose password has special characters
      Then the store accepts the credentials

    @notify
    Scenario: IMP-1, Every notification
      When the importer notifies the store of a shipment
      Then every request carries the credentials in its header
      And no request carries credentials in its URL

    @wire @command
    Scenario: IMP-1, A redirect to another host
      When the store redirects the importer to another host
      Then the other host gets no credentials

    @wire @last
    Scenario: IMP-1, The requests of all other scenarios
      When the importer has sent its requests in all other scenarios
      Then each of these requests carries credentials that the store accepts, in its header only

  @IMP-2 @must
  Rule: IMP-2 · Window bounds are UTC in MM/dd/yyyy HH:mm, and the store URL's own query is kept
    Source: guide, request for orders

    @wire
    Scenario: IMP-2, The form of the window bounds
      When the importer imports three plain orders
      Then the window bounds are written MM/dd/yyyy HH:mm
      And every request keeps the query of the store's URL

    @wire @command
    Scenario Outline: IMP-2, Bounds with numbers of one digit
      When the importer imports a window that starts <start>
      Then the window bounds are written MM/dd/yyyy HH:mm
      And the importer requests the window to be imported, in UTC

      Examples:
        | start                                               |
        | early in the morning in the first days of a month   |
        | early in the afternoon in the first days of a month |

    @wire @command
    Scenario Outline: IMP-2, An importer in another time zone
      When the importer imports in the time zone <zone>
      Then the importer requests the window to be imported, in UTC

      Examples:
        | zone             |
        | America/New_York |
        | Asia/Kolkata     |
        | UTC              |

    @wire
    Scenario Outline: IMP-2, A store in another time zone
      When the importer imports from a store in the time zone <zone>
      Then the importer requests the window to be imported, in UTC

      Examples:
        | zone             |
        | Europe/Berlin    |
        | Pacific/Auckland |

    @wire @command
    Scenario: IMP-2, A store URL with further query parameters
      When the importer imports from a store whose URL has further query parameters
      Then every request keeps the query of the store's URL

    @notify
    Scenario: IMP-2, The query of a notification
      When the importer notifies the store of a shipment
      Then every request keeps the query of the store's URL

    @wire @last
    Scenario: IMP-2, The requests of all other scenarios
      When the importer has sent its requests in all other scenarios
      Then each of these requests is one that the store understands

  @IMP-14 @should
  Rule: IMP-14 · The importer paces its requests, reuses one connection, and accepts compressed replies
    Source: guide, request for orders

    @wire
    Scenario: IMP-14, Compressed replies
      When the importer imports a window with many pages
      Then the importer accepts compressed replies

    @wire
    Scenario: IMP-14, One connection
      When the importer imports a window with many pages
      Then the importer reuses its connection

    @wire @command
    Scenario: IMP-14, Repeated pages
      When the importer imports a window with many pages
      Then no page is requested repeatedly

    @wire
    Scenario: IMP-14, Retry-After
      When the importer gets status 429 on page 1
      Then the importer waits as long as Retry-After says

    @wire @command
    Scenario: IMP-14, Tries while the store stays bad
      When the importer gets status 503 on every try
      Then the importer pauses between its tries

    @notify
    Scenario: IMP-14, Tries of a notification while the store stays bad
      When the importer notifies the store, and the reply is status 503 on every try
      Then the importer pauses between its tries
