Feature: Notifications

  The importer notifies the store of each shipment, and repeats the notification until the store accepts it.

  @IMP-12 @must
  Rule: IMP-12 · A notification is valid against shipnotice.xsd, its query agrees with its body, and it carries tracking number, carrier, service, cost, buyer notes and items
    Source: S25 "the status update has tracking number, carrier, service and the carrier's fee";
      S26 "the status update has the notes to the buyer"; S27 "the status update has item information";
      guide, shipment notification

    @notify
    Scenario: IMP-12, Body is valid and agrees with the query
      When the importer notifies the store of a shipment
      Then the notification's body is valid
      And the notification's query and body agree

    @notify
    Scenario: IMP-12, A service with special characters
      When the importer notifies the store of a shipment whose service has special characters
      Then the notification's body is valid
      And the notification's query and body agree
      And the notification carries the service

    @notify
    Scenario Outline: IMP-12, The parts of the shipment
      When the importer notifies the store of a shipment
      Then the notification carries the <part>

      Examples:
        | part            |
        | tracking number |
        | carrier         |
        | service         |
        | cost            |
        | notes           |
        | items           |

  @IMP-13 @must
  Rule: IMP-13 · A notification that is answered with an error or not at all is sent again; a notification that is answered 2xx is not sent again
    Source: guide, shipment notification

    @notify
    Scenario Outline: IMP-13, The store does not accept the notification
      When the importer notifies the store, and the reply is <reply>
      Then the notification is sent again until the store accepts it
      And an accepted notification is not sent again

      Examples:
        | reply                            |
        | status 500                       |
        | status 503                       |
        | no reply                         |
        | a connection reset               |
        | a connection reset after booking |

    @notify
    Scenario Outline: IMP-13, The store accepts the notification
      When the importer notifies the store, and the reply is status <status>
      Then an accepted notification is not sent again

      Examples:
        | status |
        | 200    |
        | 201    |
        | 204    |
