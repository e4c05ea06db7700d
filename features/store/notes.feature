Feature: Notes

  The notes of the customer and of the staff, each in its own field.

  @NOT-1 @must
  Rule: NOT-1 · CustomerNotes is what the customer wrote at checkout
    Source: S19 "ShipStation imports the notes that the customer wrote"

    @truth
    Scenario: NOT-1, What the customer wrote
      Given the exported orders and the store's own records of them
      And only those with notes of the customer
      Then CustomerNotes is what the customer wrote

    @truth
    Scenario: NOT-1, No notes where the customer wrote none
      Given the exported orders and the store's own records of them
      Then CustomerNotes is what the customer wrote

    @notify
    Scenario: NOT-1, After a notification
      When ShipStation sends a notification for a whole order
      Then the customer's notes are still there

    @notify
    Scenario: NOT-1, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with notes of the customer
      Then CustomerNotes is what the customer wrote

    @notify
    Scenario: NOT-1, After a change, no notes where the customer wrote none
      Given the orders that were exported again after a change, and what the store should hold of them
      Then CustomerNotes is what the customer wrote

    @notify
    Scenario: NOT-1, In sequences of actions
      When ShipStation and staff act on orders, one action after the other
      Then each action has the effect that NOT-1 demands

  @NOT-2 @must
  Rule: NOT-2 · InternalNotes is what the staff wrote
    Source: S18 "ShipStation imports internal notes"

    @truth
    Scenario: NOT-2, What the staff wrote
      Given the exported orders and the store's own records of them
      And only those with notes of the staff
      Then InternalNotes is what the staff wrote

    @notify
    Scenario: NOT-2, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with notes of the staff
      Then InternalNotes is what the staff wrote

    @notify
    Scenario: NOT-2, After a change, no notes where the staff wrote none
      Given the orders that were exported again after a change, and what the store should hold of them
      Then InternalNotes is what the staff wrote

    @notify
    Scenario: NOT-2, After a change, no text that nobody wrote
      Given the notes of the orders that were exported again after a change
      Then InternalNotes has nothing besides what the staff wrote

    @truth
    Scenario: NOT-2, No notes where the staff wrote none
      Given the exported orders and the store's own records of them
      Then InternalNotes is what the staff wrote

    @notify
    Scenario: NOT-2, In sequences of actions
      When ShipStation and staff act on orders, one action after the other
      Then each action has the effect that NOT-2 demands

  @NOT-3 @must
  Rule: NOT-3 · Staff notes never show in CustomerNotes, GiftMessage or anything else that the customer may see
    Source: bug, staff notes and customer notes share one field

    @truth
    Scenario: NOT-3, Staff notes only for the staff
      Given the exported orders and the store's own records of them
      And only those with notes of the staff
      Then staff notes appear only in InternalNotes

    @notify
    Scenario: NOT-3, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with notes of the staff
      Then staff notes appear only in InternalNotes

  @NOT-4 @must
  Rule: NOT-4 · Line breaks and special characters in notes are preserved
    Source: bug, HTML entities are left in notes

    @truth
    Scenario: NOT-4, Line breaks and special characters
      Given the exported orders and the store's own records of them
      And only those with special characters in notes
      Then line breaks and special characters in notes are preserved

    @notify
    Scenario: NOT-4, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with special characters in notes
      Then line breaks and special characters in notes are preserved

  @NOT-5 @should
  Rule: NOT-5 · Notes over 1000 characters are cut to 1000, and no character is cut in two
    Source: guide, order fields

    @truth
    Scenario: NOT-5, Long notes
      Given the exported orders and the store's own records of them
      And only those with notes over 1000 characters
      Then the notes are cut to 1000 characters

    @truth
    Scenario: NOT-5, Orders with long notes arrive
      Given the store's orders with long notes
      Then none of the orders is missing because of this property
