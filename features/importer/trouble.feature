Feature: Trouble

  A store may refuse the importer, be slow, or fail. No order may be lost because of that.

  @IMP-10 @must
  Rule: IMP-10 · A refusal (401) is reported as a refusal, and the request is not repeated in a tight loop
    Source: S5 "the user name and password of CS-Cart are needed"

    @wire
    Scenario: IMP-10, The report of a refusal
      When the importer imports with a wrong password
      Then the importer reports that it was refused

    @wire
    Scenario: IMP-10, Repeated requests
      When the importer imports with a wrong password
      Then the importer gives up
      And the refused request is not repeated in a tight loop

  @IMP-11 @must
  Rule: IMP-11 · No order is lost because of a failed, slow, cut-off or non-XML reply: the importer requests the window again
    Source: guide, request for orders; bug, an order is lost if a reply fails

    @truth
    Scenario Outline: IMP-11, The store works again
      When the importer gets <trouble> on page <page>
      Then no order is lost once the store works again

      Examples:
        | trouble                                  | page |
        | status 500                               | 2    |
        | status 503                               | 1    |
        | status 503                               | 2    |
        | status 429                               | 1    |
        | no reply                                 | 1    |
        | no reply                                 | 2    |
        | a slow first byte                        | 1    |
        | a slow body                              | 2    |
        | a reply cut off                          | 2    |
        | a connection reset                       | 1    |
        | a connection reset                       | 2    |
        | HTML with status 200                     | 1    |
        | HTML with status 200                     | 2    |
        | truncated XML                            | 1    |
        | truncated XML                            | 2    |
        | a wrong content type                     | 1    |
        | a redirect to a URL that does not answer | 2    |
        | a wrong Date header                      | 1    |

    @truth @command
    Scenario Outline: IMP-11, The store stays bad until the call has ended
      When the importer gets <trouble>
      Then no order is lost once the store works again

      Examples:
        | trouble                           |
        | status 503 on every try           |
        | status 503 on every try of page 2 |
        | no reply on every try             |
        | a reply cut off on every try      |
        | a connection reset on every try   |
        | HTML with status 200 on every try |

    @truth @command
    Scenario: IMP-11, A redirect to another host
      When the store redirects the importer to another host
      Then no order is lost once the store works again
