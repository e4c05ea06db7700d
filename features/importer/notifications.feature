Feature: Notifications

  As soon as there is a label, the store is told: once, and until it has heard.

  @IMP-12 @must
  Rule: IMP-12 · A notification is valid against shipnotice.xsd, its query agrees with its body, and it carries tracking number, carrier, service, cost, buyer notes and items
    Source: S25 S26 S27 G

    @notify
    Scenario: IMP-12, Valid, and of one mind
      When the importer tells of a shipment
      Then the notification is valid
      And query and body agree

    @notify
    Scenario: IMP-12, A service with special characters
      When the importer tells of a shipment whose service has special characters
      Then the notification is valid
      And query and body agree
      And the notification carries the service

    @notify
    Scenario Outline: IMP-12, What it carries
      When the importer tells of a shipment
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
  Rule: IMP-13 · A notification answered with an error or not at all is sent again; one answered 2xx is not
    Source: G

    @notify
    Scenario Outline: IMP-13, Not answered with success
      When the importer tells of a shipment and the answer is <answer>
      Then the notification is sent again until it is answered with success
      And it is not sent again once it was answered with success

      Examples:
        | answer                                 |
        | status 500                             |
        | status 503                             |
        | no reply                               |
        | a connection reset                     |
        | a connection reset after it was booked |

    @notify
    Scenario Outline: IMP-13, Answered with success
      When the importer tells of a shipment and is answered <status>
      Then it is not sent again once it was answered with success

      Examples:
        | status |
        | 200    |
        | 201    |
        | 204    |
