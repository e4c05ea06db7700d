Feature: Hostile input

  What nobody should send does no harm. Sent only where that is allowed.

  @SEC-1 @must
  Rule: SEC-1 · External entities in a notification are not resolved
    Source: A

    @notify @hostile
    Scenario: SEC-1, Entities that read files
      When ShipStation notifies with external entities
      Then they are not resolved

  @SEC-6 @must
  Rule: SEC-6 · Nothing of an order is in a reply to a request that wasn't authenticated
    Source: S8

    @wire
    Scenario: SEC-6, Exports
      When ShipStation asks for orders without the right credentials
      Then nothing of an order is in the replies

    @notify
    Scenario: SEC-6, Notifications
      When ShipStation notifies without credentials
      Then nothing of an order is in the reply
