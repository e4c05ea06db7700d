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
        | ship date       |

    @notify
    Scenario: IMP-12, The order of each parcel
      When the importer notifies the store of parcels with hard values
      Then the store is notified of every parcel, each under the number of its order

    @notify
    Scenario Outline: IMP-12, Parcels with hard values
      When the importer notifies the store of parcels with hard values
      Then the notification of each parcel carries its <part>

      Examples:
        | part            |
        | tracking number |
        | carrier         |
        | service         |
        | cost            |
        | notes           |
        | items           |
        | ship date       |

    @notify
    Scenario: IMP-12, A store that reads the query
      When the importer notifies a store with the real add-on of a shipment
      Then the store books the shipment

    @notify
    Scenario: IMP-12, Mark as shipped
      When the importer notifies the store of an order that was marked as shipped
      Then the notification's body is valid
      And the notification names the order
      And the notification has nothing that the importer was not given

    @notify @last
    Scenario: IMP-12, The notifications of all other scenarios
      When the importer has sent its requests in all other scenarios
      Then each of these notifications is valid, and its query and body agree

  @IMP-13 @must
  Rule: IMP-13 · A notification that is answered with an error or not at all is sent again; a notification that is answered 2xx is not sent again
    Source: guide, shipment notification

    @notify
    Scenario Outline: IMP-13, The store does not accept the notification
      When the importer notifies the store, and the reply is <reply>
      Then the notification is sent again until the store accepts it
      And each of its tries is the same message
      And an accepted notification is not sent again

      Examples:
        | reply                            |
        | status 500                       |
        | status 503                       |
        | status 429                       |
        | no reply                         |
        | a connection reset               |
        | a connection reset after booking |
        | status 503 on every try          |
        | no reply on every try            |
        | a connection reset on every try  |

    @notify
    Scenario: IMP-13, Two parcels while the store stays bad
      When the importer notifies the store of two parcels while it stays bad
      Then each notification is sent again until the store accepts it

    @notify
    Scenario Outline: IMP-13, The store accepts the notification
      When the importer notifies the store, and the reply is status <status>
      Then an accepted notification is not sent again

      Examples:
        | status |
        | 200    |
        | 201    |
        | 204    |
