Feature: Notes

  What customer and staff wrote, each in its own place.

  @NOT-1 @must
  Rule: NOT-1 · CustomerNotes is what the customer wrote at checkout
    Source: S19

    @truth
    Scenario: NOT-1, What the customer wrote
      Given the exported orders beside the store's own records
      And only those with notes of the customer
      Then CustomerNotes is what the customer wrote

    @truth
    Scenario: NOT-1, Nothing where nothing was written
      Given the exported orders beside the store's own records
      Then CustomerNotes is what the customer wrote

    @notify
    Scenario: NOT-1, After a notification
      When ShipStation notifies of a whole order
      Then what the customer wrote is still there

  @NOT-2 @must
  Rule: NOT-2 · InternalNotes is what the staff wrote
    Source: S18

    @truth
    Scenario: NOT-2, What the staff wrote
      Given the exported orders beside the store's own records
      And only those with notes of the staff
      Then InternalNotes is what the staff wrote

    @truth
    Scenario: NOT-2, Nothing in place of nothing
      Given the exported orders beside the store's own records
      Then InternalNotes is what the staff wrote

  @NOT-3 @must
  Rule: NOT-3 · Staff notes never show in CustomerNotes, GiftMessage or anything else the customer may see
    Source: B

    @truth
    Scenario: NOT-3, Not for the customer
      Given the exported orders beside the store's own records
      And only those with notes of the staff
      Then nothing of them shows where the customer may see it

  @NOT-4 @must
  Rule: NOT-4 · Line breaks and special characters in notes survive
    Source: B

    @truth
    Scenario: NOT-4, Line breaks and special characters
      Given the exported orders beside the store's own records
      And only those with special characters in notes
      Then line breaks and special characters in notes survive

  @NOT-5 @should
  Rule: NOT-5 · Notes over 1000 characters are cut to 1000 without breaking a character
    Source: G

    @truth
    Scenario: NOT-5, Long notes
      Given the exported orders beside the store's own records
      And only those with notes over 1000 characters
      Then the notes are cut to 1000 characters

    @truth
    Scenario: NOT-5, Orders with long notes arrive
      Given the store's orders with notes over 1000 characters
      Then none of them is missing from the export
