Feature: Notes

  The notes of the customer and of the staff, each in its own field.

  @NOT-1 @must
  Rule: NOT-1 · CustomerNotes is what the customer wrote at checkout
    Source: S19 "ShipStation imports the notes that the customer wrote"

    @truth
    Scenario: NOT-1, What the customer wrote
      Given the exported orders beside the store's own records
      And only those with notes of the customer
      Then CustomerNotes is what the customer wrote

    @truth
    Scenario: NOT-1, No notes where the customer wrote none
      Given the exported orders beside the store's own records
      Then CustomerNotes is what the customer wrote

    @notify
    Scenario: NOT-1, After a notification
      When ShipStation notifies of a whole order
      Then what the customer wrote is still there

  @NOT-2 @must
  Rule: NOT-2 · InternalNotes is what the staff wrote
    Source: S18 "ShipStation imports internal notes"

    @truth
    Scenario: NOT-2, What the staff wrote
      Given the exported orders beside the store's own records
      And only those with notes of the staff
      Then InternalNotes is what the staff wrote

    @truth
    Scenario: NOT-2, No notes where the staff wrote none
      Given the exported orders beside the store's own records
      Then InternalNotes is what the staff wrote

  @NOT-3 @must
  Rule: NOT-3 · Staff notes never show in CustomerNotes, GiftMessage or anything else the customer may see
    Source: bug, staff notes and customer notes share one field

    @truth
    Scenario: NOT-3, Staff notes only for the staff
      Given the exported orders beside the store's own records
      And only those with notes of the staff
      Then staff notes appear nowhere but in InternalNotes

  @NOT-4 @must
  Rule: NOT-4 · Line breaks and special characters in notes survive
    Source: bug, HTML entities are left in notes

    @truth
    Scenario: NOT-4, Line breaks and special characters
      Given the exported orders beside the store's own records
      And only those with special characters in notes
      Then line breaks and special characters in notes survive

  @NOT-5 @should
  Rule: NOT-5 · Notes over 1000 characters are cut to 1000 without breaking a character
    Source: guide, order fields

    @truth
    Scenario: NOT-5, Long notes
      Given the exported orders beside the store's own records
      And only those with notes over 1000 characters
      Then the notes are cut to 1000 characters

    @truth
    Scenario: NOT-5, Orders with long notes arrive
      Given the store's orders with long notes
      Then none of the orders is missing because of it
