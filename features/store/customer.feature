Feature: Customer

  The customer, their e-mail address and phone number, and the address of the parcel.

  @CUS-1 @must
  Rule: CUS-1 · BillTo/Email is the e-mail address that the customer gave in the order
    Source: S12 "ShipStation imports the customer's e-mail address"

    @truth
    Scenario: CUS-1, The e-mail address
      Given the exported orders and the store's own records of them
      Then BillTo/Email is the order's e-mail address

    @notify
    Scenario: CUS-1, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      Then BillTo/Email is the order's e-mail address

  @CUS-2 @must
  Rule: CUS-2 · Phone is the customer's number: in ShipTo the shipping phone, in BillTo the billing phone, and the account's number if the order has none
    Source: S13 "ShipStation imports the customer's phone number"

    @truth
    Scenario: CUS-2, Phone numbers
      Given the exported orders and the store's own records of them
      Then the phone numbers are the customer's

    @notify
    Scenario: CUS-2, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      Then the phone numbers are the customer's

  @CUS-3 @must
  Rule: CUS-3 · CustomerCode has 1 to 50 characters, and a customer always has the same one
    Source: guide, customer fields

    @wire
    Scenario: CUS-3, Present
      Given the exported orders
      Then each order has a CustomerCode

    @wire
    Scenario: CUS-3, Stable
      When ShipStation asks for the same windows twice
      Then each customer has the same CustomerCode both times

    @truth
    Scenario: CUS-3, Orders of one customer
      Given the exported orders and the store's own records of them
      Then orders of one customer have one CustomerCode

    @write
    Scenario: CUS-3, Stable after a change
      When staff change orders after each export, in every sequence of kinds of changes
      Then each changed order keeps its CustomerCode

  @CUS-4 @must
  Rule: CUS-4 · ShipTo is the shipping address, line by line, not the billing address
    Source: S7 "an order must have a shipping address"; guide, customer fields;
      bug, the billing address is sent as ShipTo

    @truth
    Scenario: CUS-4, Line by line
      Given the exported orders and the store's own records of them
      And only those with a shipping address
      Then ShipTo is the shipping address, line by line

    @notify
    Scenario: CUS-4, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      And only those with a shipping address
      Then ShipTo is the shipping address, line by line

  @CUS-5 @must
  Rule: CUS-5 · ShipTo has Name, Address1, City, PostalCode and a two-letter ISO 3166-1 country
    Source: guide, customer fields

    @wire
    Scenario: CUS-5, Complete addresses
      Given the exported orders
      And only those with a shipping address, as far as the store's records say
      Then ShipTo has Name, Address1, City, PostalCode and a two-letter country

  @CUS-6 @must
  Rule: CUS-6 · US and Canadian addresses have the two-letter code of the state or province
    Source: guide, customer fields

    @wire
    Scenario: CUS-6, States and provinces
      Given the exported orders
      And only those with a shipping address, as far as the store's records say
      And only those to the US or Canada
      Then State is the two-letter code of a state or province

  @CUS-7 @must
  Rule: CUS-7 · BillTo/Name is the billing name, and never empty: without one, it is the account's or the recipient's name
    Source: guide, customer fields; bug, the billing name of guests is empty

    @wire
    Scenario: CUS-7, A name is present
      Given the exported orders
      Then BillTo/Name is not empty

    @truth
    Scenario: CUS-7, The right name
      Given the exported orders and the store's own records of them
      Then BillTo/Name is the billing name, if there is one

    @truth
    Scenario: CUS-7, Orders with no billing name arrive
      Given the store's orders with no billing name
      Then none of the orders is missing because of this property

    @notify
    Scenario: CUS-7, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      Then BillTo/Name is the billing name, if there is one

  @CUS-8 @should
  Rule: CUS-8 · Customer values have no spaces around them
    Source: bug, values are sent with spaces around them

    @wire
    Scenario: CUS-8, Spaces around values
      Given the exported orders
      Then customer values have no spaces around them

  @CUS-9 @must
  Rule: CUS-9 · In BillTo and in ShipTo, Company is the company of the same address
    Source: guide, customer fields

    @truth
    Scenario: CUS-9, Companies
      Given the exported orders and the store's own records of them
      Then Company is the company of the same address

    @notify
    Scenario: CUS-9, After a change
      Given the orders that were exported again after a change, and what the store should hold of them
      Then Company is the company of the same address
