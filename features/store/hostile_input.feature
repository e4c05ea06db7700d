Feature: Hostile input

  Input that could do harm does none. The suite sends it only where that is allowed.

  @SEC-1 @must
  Rule: SEC-1 · External entities in a notification are not resolved
    Source: add-on, it doesn't load external entities

    @notify @hostile
    Scenario: SEC-1, Entities that read files
      When ShipStation notifies with external entities
      Then they are not resolved

  @SEC-2 @must
  Rule: SEC-2 · An entity bomb is refused within seconds, and the store answers afterwards
    Source: beyond the sources

    @notify @hostile
    Scenario: SEC-2, An entity bomb
      When ShipStation notifies with an entity bomb
      Then it is refused, and the store answers afterwards
      And it is answered within 10 seconds

  @SEC-3 @should
  Rule: SEC-3 · A body of 32 MB or nesting 10,000 deep is refused, and the store answers afterwards
    Source: beyond the sources

    @notify @hostile
    Scenario Outline: SEC-3, Bodies that are too large or too deep
      When ShipStation sends a notification of <body>
      Then it is refused, and the store answers afterwards

      Examples:
        | body                              |
        | a body of 32 MB                   |
        | 10,000 elements inside each other |

  @SEC-4 @must
  Rule: SEC-4 · Quotes, SQL, path, shell and NUL characters in any parameter give 4xx or correct orders, never 5xx or other orders
    Source: beyond the sources

    @hostile
    Scenario Outline: SEC-4, In the parameters of an export
      When ShipStation puts <value> into each parameter of a request for orders
      Then the answer is 4xx or correct orders

      Examples:
        | value                |
        | quotes               |
        | SQL                  |
        | a union              |
        | a path               |
        | shell                |
        | a NUL                |
        | line ends            |
        | a percent sign alone |
        | 8000 characters      |
        | no UTF-8             |

    @notify @hostile
    Scenario Outline: SEC-4, In the number of an order
      When ShipStation puts <value> behind the order number of a notification
      Then no order is touched and nothing fails

      Examples:
        | value                |
        | quotes               |
        | SQL                  |
        | a union              |
        | a path               |
        | shell                |
        | a NUL                |
        | line ends            |
        | a percent sign alone |
        | 8000 characters      |
        | no UTF-8             |

    @notify @hostile
    Scenario Outline: SEC-4, In carrier, service and tracking number
      When ShipStation puts <value> into carrier, service and tracking number of a notification
      Then nothing fails

      Examples:
        | value                |
        | quotes               |
        | SQL                  |
        | a union              |
        | a path               |
        | shell                |
        | a NUL                |
        | line ends            |
        | a percent sign alone |
        | 8000 characters      |
        | no UTF-8             |

  @SEC-5 @should
  Rule: SEC-5 · Error replies show no stack trace, file path or query
    Source: beyond the sources

    @wire
    Scenario: SEC-5, Error replies to requests for orders
      When ShipStation asks for what cannot be answered
      Then the replies show nothing internal of the store

    @notify
    Scenario: SEC-5, Refused notifications
      When ShipStation notifies of what cannot be booked
      Then the replies show nothing internal of the store

  @SEC-6 @must
  Rule: SEC-6 · Nothing of an order is in a reply to a request that wasn't authenticated
    Source: S8 "the user name and password entered in the add-on authenticate the connection"

    @wire
    Scenario: SEC-6, Replies to requests for orders
      When ShipStation asks for orders without the right credentials
      Then nothing of an order is in the replies

    @notify
    Scenario: SEC-6, Replies to notifications
      When ShipStation notifies without credentials
      Then nothing of an order is in the reply
