Feature: Connection and authentication

  Only a client with the add-on's user name and password gets orders.

  @CON-1 @must
  Rule: CON-1 · With the right user name and password, an export of a time window without orders is answered 2xx with a valid, empty Orders document (ShipStation's Test Connection)
    Source: S5 "the user name and password of CS-Cart are needed";
      S8 "the user name and password entered in the add-on authenticate the connection";
      S10 "the credentials and the store's URL are entered in ShipStation"; guide, Test Connection;
      bug, Test Connection gets an empty reply

    @wire
    Scenario: CON-1, Test Connection
      When ShipStation asks for the orders of an empty window
      Then ShipStation gets a valid, empty Orders document

  @CON-2 @must
  Rule: CON-2 · A request with a wrong user name or password gets no order data and no 2xx status (wrong text, wrong letter case, empty, trailing space, with more behind it, another user name), in every form in which the store takes credentials
    Source: S5 "the user name and password of CS-Cart are needed";
      S8 "the user name and password entered in the add-on authenticate the connection"; guide, authentication;
      bug, the right password with a colon and more behind it is accepted

    @wire
    Scenario Outline: CON-2, Wrong credentials
      When ShipStation asks for orders with <credentials>
      Then ShipStation gets no order data and no 2xx status

      Examples:
        | credentials                             |
        | a wrong password                        |
        | an empty password                       |
        | no password                             |
        | an empty user name                      |
        | another user name                       |
        | the password in another letter case     |
        | the password without its last character |
        | the password, a colon and more          |
        | the password and a space                |
        | the password 0                          |
        | a space and the password                |
        | the password and a line break           |
        | credentials in base64 that breaks off   |
        | credentials in bytes that are not UTF-8 |
        | a bearer token instead of a password    |
        | a wrong password on a new connection    |

    @wire
    Scenario Outline: CON-2, Wrong credentials in SS-AUTH headers
      When ShipStation asks for orders with <credentials>
      Then ShipStation gets no order data and no 2xx status

      Examples:
        | credentials                                                             |
        | a wrong password in the add-on's SS-AUTH headers                        |
        | an empty password in the add-on's SS-AUTH headers                       |
        | no password in the add-on's SS-AUTH headers                             |
        | an empty user name in the add-on's SS-AUTH headers                      |
        | another user name in the add-on's SS-AUTH headers                       |
        | the password in another letter case in the add-on's SS-AUTH headers     |
        | the password without its last character in the add-on's SS-AUTH headers |
        | the password, a colon and more in the add-on's SS-AUTH headers          |
        | no user name in the add-on's SS-AUTH headers                            |
        | a right user name and a right password of two wrong pairs, in two forms |

    @wire
    Scenario Outline: CON-2, Wrong credentials in the query
      When ShipStation asks for orders with <credentials>
      Then ShipStation gets no order data and no 2xx status

      Examples:
        | credentials                                                      |
        | a wrong password in the query of the URL                         |
        | an empty password in the query of the URL                        |
        | no password in the query of the URL                              |
        | an empty user name in the query of the URL                       |
        | another user name in the query of the URL                        |
        | the password in another letter case in the query of the URL      |
        | the password without its last character in the query of the URL  |
        | the password, a colon and more in the query of the URL           |
        | the password and a space in the query of the URL                 |
        | no user name in the query of the URL                             |
        | the password, a NUL character and more in the query of the URL   |
        | a list in place of the password in the query of the URL          |
        | lists in place of user name and password in the query of the URL |

  @CON-3 @must
  Rule: CON-3 · A request without credentials gets no order data and no 2xx status
    Source: S8 "the user name and password entered in the add-on authenticate the connection"; guide, authentication;
      bug, a pair of SS-AUTH headers is accepted although one is empty

    @wire
    Scenario Outline: CON-3, No credentials
      When ShipStation asks for orders with <credentials>
      Then ShipStation gets no order data and no 2xx status

      Examples:
        | credentials                                            |
        | no credentials                                         |
        | no credentials for page 2                              |
        | no credentials, by POST                                |
        | no credentials, in the name of the store's own machine |
        | no credentials, with action=EXPORT                     |
        | no credentials, with Action=export                     |

  @CON-4 @must
  Rule: CON-4 · A notification with a wrong or missing password is refused and changes nothing
    Source: S8 "the user name and password entered in the add-on authenticate the connection"; guide, authentication;
      add-on, version 1.0.10 accepts notifications without credentials; bug, notifications need no credentials

    @notify
    Scenario Outline: CON-4, Notifications without the right credentials
      When ShipStation sends a notification with <credentials>
      Then the notification is refused and changes nothing

      Examples:
        | credentials                                                      |
        | no credentials                                                   |
        | no credentials, by GET                                           |
        | a wrong password                                                 |
        | an empty password                                                |
        | no password                                                      |
        | an empty user name                                               |
        | another user name                                                |
        | the password in another letter case                              |
        | the password without its last character                          |
        | the password, a colon and more                                   |
        | the password and a space                                         |
        | the password 0                                                   |
        | a space and the password                                         |
        | the password and a line break                                    |
        | a wrong password in the add-on's SS-AUTH headers                 |
        | no password in the add-on's SS-AUTH headers                      |
        | an empty user name in the add-on's SS-AUTH headers               |
        | a wrong password in the query of the URL                         |
        | an empty password in the query of the URL                        |
        | no password in the query of the URL                              |
        | an empty user name in the query of the URL                       |
        | another user name in the query of the URL                        |
        | the password in another letter case in the query of the URL      |
        | the password without its last character in the query of the URL  |
        | the password, a colon and more in the query of the URL           |
        | the password and a space in the query of the URL                 |
        | no user name in the query of the URL                             |
        | the password, a NUL character and more in the query of the URL   |
        | a list in place of the password in the query of the URL          |
        | lists in place of user name and password in the query of the URL |
        | credentials in bytes that are not UTF-8                          |
        | a bearer token instead of a password                             |
        | a wrong password, for a parcel that is recorded                  |

  @CON-5 @should
  Rule: CON-5 · A request with wrong credentials is refused with status 401 and a WWW-Authenticate challenge, or with 403
    Source: guide, authentication; add-on, it answers wrong credentials with 200 and a sentence

    @wire
    Scenario: CON-5, The form of a refusal
      When ShipStation asks for orders without the right credentials
      Then every refusal has status 401 with a WWW-Authenticate challenge, or status 403

  @CON-6 @should
  Rule: CON-6 · A request whose action is unknown or missing is refused with 4xx
    Source: add-on, it answers an unknown action with 200 and an empty body

    @wire
    Scenario Outline: CON-6, Unknown and missing actions
      When ShipStation sends a request with <action>
      Then the request is refused with 4xx

      Examples:
        | action            |
        | an unknown action |
        | no action         |

  @CON-7 @must
  Rule: CON-7 · A reply with orders is well-formed XML with an XML content type; the declared encoding is true, and nothing but a byte order mark stands before the XML (no blank line, no HTML)
    Source: guide, form of the reply; bug, an HTML error page comes with status 200;
      bug, a cache gives the compressed reply of another client

    @wire
    Scenario: CON-7, Every reply with orders
      When ShipStation asks for orders
      Then every reply with orders is well-formed XML with an XML content type

    @wire
    Scenario: CON-7, Replies without compression
      When ShipStation asks for orders again, and accepts no compression
      Then no reply is compressed for another client

    @wire @last
    Scenario: CON-7, The replies of all other scenarios
      When ShipStation has got whole replies in all other scenarios
      Then every one of these replies was well-formed XML

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
  Rule: CON-9 · A request that cannot be answered (an invalid window, an internal failure) is not answered 2xx
    Source: guide, request for orders; bug, every error is answered 200

    @wire
    Scenario: CON-9, A window without dates
      When ShipStation asks for a window whose bounds are not dates
      Then the request is not answered 2xx

  @CON-10 @must
  Rule: CON-10 · A store URL that already has a query works, and parameters mean the same in any order and in either encoding (%20 or +, %2F or /)
    Source: add-on, its URL already has a query, ?dispatch=shipstation; guide, request for orders

    @wire
    Scenario Outline: CON-10, The same request in another spelling
      When ShipStation sends the same request with <spelling>
      Then ShipStation gets the same orders

      Examples:
        | spelling                                                   |
        | parameters in another order, header names in small letters |
        | spaces as %20, slashes not encoded                         |
        | percent-encoding in lower case, and of letters             |

  @CON-11 @info
  Rule: CON-11 · The report notes whether the store accepts SS-AUTH headers or credentials in the query besides Basic authentication, which add-on version it states, and whether the URL is HTTPS
    Source: add-on, it accepts SS-AUTH headers, and states its version in Plugin-Version

    @wire
    Scenario: CON-11, Accepted credentials, version and HTTPS
      When ShipStation asks for orders with the right credentials in SS-AUTH headers
      Then the accepted credentials, the add-on's version and HTTPS are noted

  @CON-12 @must
  Rule: CON-12 · Every valid request for orders is answered with its document, however many orders the window holds and whatever is in them: no 5xx, no time-out, no reply that breaks off
    Source: guide, request for orders; bug, a page of many orders exhausts memory or time and is answered 500

    @wire
    Scenario: CON-12, All orders of a window
      When ShipStation asks for the orders of every window
      Then every request is answered with its orders

    @wire @last
    Scenario: CON-12, The requests for orders of all other scenarios
      When ShipStation has asked for orders in all other scenarios
      Then every one of these requests was answered with its orders
