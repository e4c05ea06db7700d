Feature: Trouble

  Stores are refused, slow and broken now and then. What counts is that nothing is lost by it.

  @IMP-10 @must
  Rule: IMP-10 · A refusal (401) is reported as such, and not repeated in a tight loop
    Source: S5

    @wire
    Scenario: IMP-10, Reported as a refusal
      When the importer is given a wrong password
      Then the refusal is reported as one

    @wire
    Scenario: IMP-10, Not again and again
      When the importer is given a wrong password
      Then the request is not repeated in a tight loop
      And refusals are not answered by more requests

  @IMP-11 @must
  Rule: IMP-11 · A failed, slow, cut-off or non-XML reply loses no order: the window is asked again
    Source: G B

    @truth
    Scenario Outline: IMP-11, The store comes back
      When <trouble> befalls page <page> of an import
      Then no order is lost when the store is back

      Examples:
        | trouble              | page |
        | status 500           | 2    |
        | status 503           | 1    |
        | status 503           | 2    |
        | status 429           | 1    |
        | no reply             | 1    |
        | no reply             | 2    |
        | a slow first byte    | 1    |
        | a slow body          | 2    |
        | a reply cut off      | 2    |
        | a connection reset   | 1    |
        | a connection reset   | 2    |
        | HTML with status 200 | 1    |
        | HTML with status 200 | 2    |
        | truncated XML        | 1    |
        | truncated XML        | 2    |
        | a wrong content type | 1    |
        | a redirect elsewhere | 2    |
        | a clock that is off  | 1    |
