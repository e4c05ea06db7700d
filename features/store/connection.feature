Feature: Connection and authentication

  Only a client with the add-on's user name and password gets orders.

  @CON-1 @must
  Rule: CON-1 · With the right user name and password, an export over an empty window answers 2xx with a valid, empty Orders document (Test Connection)
    Source: S5 "the user name and password of CS-Cart are needed";
      S8 "the user name and password entered in the add-on authenticate the connection";
      S10 "the credentials and the store's URL are entered in ShipStation"; guide, Test Connection;
      bug, Test Connection gets an empty reply

    @wire
    Scenario: CON-1, Test Connection
      When ShipStation asks for the orders of an empty window
      Then it gets a valid, empty Orders document

  @CON-2 @must
  Rule: CON-2 · A wrong password gets no order data and no success: wrong text, wrong case, empty, trailing blank, another user's name
    Source: S5 "the user name and password of CS-Cart are needed";
      S8 "the user name and password entered in the add-on authenticate the connection"; guide, authentication

    @wire
    Scenario Outline: CON-2, Wrong credentials
      When ShipStation asks for orders with <credentials>
      Then it gets no order data and no success

      Examples:
        | credentials                             |
        | a wrong password                        |
        | the password in another case            |
        | an empty password                       |
        | the password and a blank                |
        | the password without its last character |
        | the password 0                          |
        | another user's name                     |
        | a token in place of a password          |
        | a wrong password in SS-AUTH headers     |

  @CON-3 @must
  Rule: CON-3 · A request without credentials gets no order data and no success
    Source: S8 "the user name and password entered in the add-on authenticate the connection"; guide, authentication;
      bug, a header pair with an empty half is let in

    @wire
    Scenario Outline: CON-3, No credentials
      When ShipStation asks for orders with <credentials>
      Then it gets no order data and no success

      Examples:
        | credentials               |
        | no credentials            |
        | no credentials for page 2 |
        | no credentials, by POST   |

  @CON-4 @must
  Rule: CON-4 · A notification with a wrong or missing password is refused and changes nothing
    Source: S8 "the user name and password entered in the add-on authenticate the connection"; guide, authentication;
      add-on, version 1.0.10 takes notifications without credentials; bug, notifications need no credentials

    @notify
    Scenario Outline: CON-4, Notifications without the right credentials
      When ShipStation sends a notification with <credentials>
      Then it is refused and changes nothing

      Examples:
        | credentials            |
        | no credentials         |
        | no credentials, by GET |
        | a wrong password       |
        | an empty password      |
        | another user's name    |

  @CON-5 @should
  Rule: CON-5 · The refusal is status 401 with a WWW-Authenticate challenge, or 403
    Source: guide, authentication; add-on, it answers wrong credentials with 200 and a sentence

    @wire
    Scenario: CON-5, The form of a refusal
      When ShipStation asks for orders without the right credentials
      Then every refusal is 401 with a challenge, or 403

  @CON-6 @should
  Rule: CON-6 · An unknown or missing action is refused with 4xx
    Source: add-on, it answers an unknown action with 200 and nothing

    @wire
    Scenario Outline: CON-6, Unknown and missing actions
      When ShipStation sends a request with <action>
      Then the request is refused with 4xx

      Examples:
        | action            |
        | an unknown action |
        | no action         |

  @CON-7 @must
  Rule: CON-7 · A reply that carries orders is well-formed XML with an XML content type: no byte, blank line or HTML before the prolog, declared encoding true
    Source: guide, form of the reply; bug, an HTML error page comes with status 200

    @wire
    Scenario: CON-7, Every reply with orders
      When ShipStation asks for orders
      Then every reply that carries orders is well-formed XML of an XML content type

  @CON-8 @should
  Rule: CON-8 · Replies with order data forbid caching
    Source: bug, a cache answers with yesterday's reply

    @wire
    Scenario: CON-8, Headers
      When ShipStation asks for orders
      Then the replies with orders forbid caching

    @write
    Scenario: CON-8, The same request after a change
      When an order is changed and the same request is made again
      Then the reply is not the old one

  @CON-9 @must
  Rule: CON-9 · A request that can't be answered is not answered 2xx (a bad window, a failure inside)
    Source: guide, request for orders; bug, every error is answered 200

    @wire
    Scenario: CON-9, A window without dates
      When ShipStation asks for a window whose bounds are no dates
      Then the request is not answered as a success

  @CON-10 @must
  Rule: CON-10 · A store URL that already holds a query works; parameters in any order and encoded either way (%20/+, %2F//) mean the same
    Source: add-on, its URL already has a query, ?dispatch=shipstation; guide, request for orders

    @wire
    Scenario Outline: CON-10, The same request in another spelling
      When ShipStation sends the same request with <spelling>
      Then it gets the same orders

      Examples:
        | spelling                           |
        | parameters in another order        |
        | blanks as %20, slashes as they are |
        | lower-case percent signs           |

  @CON-11 @info
  Rule: CON-11 · Which credentials it takes besides Basic (SS-AUTH-* headers), the add-on version it states, whether the URL is HTTPS
    Source: add-on, it takes SS-AUTH headers, and states its version in Plugin-Version

    @wire
    Scenario: CON-11, Ways in
      When ShipStation asks for orders with the right credentials in SS-AUTH headers
      Then the accepted credentials, the add-on's version and HTTPS are noted
