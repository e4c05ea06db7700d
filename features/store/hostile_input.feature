Feature: Hostile input

  Input that could do harm does no harm. The suite sends it only with --allow-hostile or --allow-writes.

  @SEC-1 @must
  Rule: SEC-1 · External entities in a notification are not resolved
    Source: add-on, it doesn't load external entities

    @notify @hostile
    Scenario: SEC-1, Entities that read files
      When ShipStation sends a notification with external entities
      Then the entities are not resolved

  @SEC-2 @must
  Rule: SEC-2 · An entity bomb (a small document that expands to gigabytes) is refused within seconds, and the store answers afterwards
    Source: beyond the sources

    @notify @hostile
    Scenario: SEC-2, An entity bomb
      When ShipStation sends a notification with an entity bomb
      Then the notification is refused, and the store answers afterwards
      And the notification is answered within 10 seconds

  @SEC-3 @should
  Rule: SEC-3 · A body of 32 MB or with 10,000 nested elements is refused, and the store answers afterwards
    Source: beyond the sources

    @notify @hostile
    Scenario Outline: SEC-3, Bodies that are too large or too deep
      When ShipStation sends a notification with <load>
      Then the notification is refused, and the store answers afterwards

      Examples:
        | load                   |
        | a body of 32 MB        |
        | 10,000 nested elements |

  @SEC-4 @must
  Rule: SEC-4 · Quotes, SQL, paths, shell commands and NUL characters in any parameter are answered 4xx or with correct orders, never 5xx or with other orders
    Source: beyond the sources

    @hostile
    Scenario Outline: SEC-4, In the parameters of an export
      When ShipStation puts <value> into each parameter of a request for orders
      Then the store answers 4xx or with correct orders

      Examples:
        | value                    |
        | quotes                   |
        | SQL                      |
        | an SQL UNION             |
        | a path                   |
        | shell commands           |
        | a NUL character          |
        | line breaks              |
        | a single percent sign    |
        | 8000 characters          |
        | bytes that are not UTF-8 |

    @notify @hostile
    Scenario Outline: SEC-4, In the number of an order
      When ShipStation appends <value> to the order number of a notification
      Then no order changes, and the store does not fail

      Examples:
        | value                    |
        | quotes                   |
        | SQL                      |
        | an SQL UNION             |
        | a path                   |
        | shell commands           |
        | a NUL character          |
        | line breaks              |
        | a single percent sign    |
        | 8000 characters          |
        | bytes that are not UTF-8 |

    @notify @hostile
    Scenario Outline: SEC-4, In carrier, service and tracking number
      When ShipStation puts <value> into carrier, service and tracking number of a notification
      Then the store does not fail

      Examples:
        | value                    |
        | quotes                   |
        | SQL                      |
        | an SQL UNION             |
        | a path                   |
        | shell commands           |
        | a NUL character          |
        | line breaks              |
        | a single percent sign    |
        | 8000 characters          |
        | bytes that are not UTF-8 |

    @notify @hostile
    Scenario Outline: SEC-4, In the quantity of an item
      When ShipStation sends a notification with an item whose quantity is <quantity>
      Then the store does not fail, and records no negative quantity

      Examples:
        | quantity              |
        | 0                     |
        | -1                    |
        | 1.5                   |
        | many                  |
        | 100000000000000000000 |
        | empty                 |
        | left out              |

  @SEC-5 @should
  Rule: SEC-5 · Error replies show no stack trace, file path or database query
    Source: beyond the sources

    @wire
    Scenario: SEC-5, Error replies to requests for orders
      When ShipStation sends requests that cannot be answered
      Then the replies show no internals of the store

    @notify
    Scenario: SEC-5, Refused notifications
      When ShipStation sends notifications that cannot be recorded
      Then the replies show no internals of the store

  @SEC-6 @must
  Rule: SEC-6 · A reply to a request without the right credentials contains no order data
    Source: S8 "the user name and password entered in the add-on authenticate the connection"

    @wire
    Scenario: SEC-6, Replies to requests for orders
      When ShipStation asks for orders without the right credentials
      Then the replies contain no order data

    @notify
    Scenario: SEC-6, Replies to notifications
      When ShipStation sends a notification without credentials
      Then the reply contains no order data
