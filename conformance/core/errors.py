"""The exceptions of the suite. Every one derives from :class:`ConformanceError`, and its message is for people.

* ConformanceError

  * Inconclusive

    * NotExercised

      * ReplyTooLarge (client.parsing.limits)
      * RequestRefused (importer.harness)

    * TooManyRequests
    * TooManyBytes
    * Overloaded
    * NotRecorded
    * Abandoned

  * TruthUnavailable (truth.source)

    * AccessRefused (truth.source)
    * OrderRefused (truth.source)
    * BatchRefused (truth.source)
    * ApiUnavailable (truth.cscart_client)

  * Deviation
  * TargetError

    * ImporterError (importer.program)

      * CallFailed (importer.program)

  * NotStarted (importer.process)
  * BadResult (importer.result)
  * WrongCommand (importer.command)
  * WrongMapping (importer.mapping)
  * WorksheetError (truth.worksheet.form)
  * BaselineError (report.baseline)
  * FeatureError (contract.requirements)
  * NoRecord (runner.run_record)
  * CheckStopped (truth.control_check.calls)
  * _Enough (client.parsing.places)
  * UnreadableTape (client.recording.tape)
  * UnreadableTraffic (client.recording.traffic)
  * UnreadableHar (client.recording.har)
  * UnreadableReport (report.views)
  * UnwritableReport (report.views)
  * WrongAttestation (report.attestation)
  * ReferenceDeviates (runner.mutants.judge)

The steps, the errors that they raise, and the effects of these errors:

=================================  ====================================  =============================================
step                               error                                 effect
=================================  ====================================  =============================================
read options and their files       click.UsageError, WrongCommand,       no run, exit status 2
                                   WrongMapping, WorksheetError,
                                   BaselineError
read the feature files             FeatureError                          no run, exit status 2
read a report or a recording       NoRecord, UnreadableTape,             no run, exit status 2
                                   UnreadableTraffic, UnreadableHar,
                                   UnreadableReport
make or check a statement          WrongAttestation, UnreadableReport    nothing is written, exit status 2
check the target before a run      Inconclusive, TruthUnavailable,       no scenario is judged, exit status 3
                                   AccessRefused
check an adapter                   CheckStopped, Inconclusive            the rest is not checked, exit status 3
create or change an order          OrderRefused                          becomes NotExercised
create several orders at once      BatchRefused                          the orders are created one by one
judge mutants                      ReferenceDeviates                     no mutant is judged, exit status 2
read an optional list of CS-Cart   TruthUnavailable, ApiUnavailable      the list counts as empty
read an order of the store         TruthUnavailable                      the order is left out and named in a notice
judge a scenario                   NotExercised, ReplyTooLarge,          the requirement is "not exercised":
                                   RequestRefused,
                                   TooManyRequests, TooManyBytes,        exit status 3 if it is a MUST in scope
                                   Overloaded,
                                   NotRecorded, Abandoned,
                                   TruthUnavailable
call an importer                   NotStarted, BadResult                 becomes ImporterError or CallFailed
call an importer                   CallFailed, RequestRefused            becomes Deviation if the importer works with
                                                                         plain orders
judge a scenario                   Deviation                             the requirement deviates: exit status 1 if
                                                                         it is a MUST
judge a scenario                   TargetError, ImporterError,           the requirement has the verdict "error":
                                   any other exception                   exit status 2
open or check a target, judge,     any other exception                   what was not judged by then has the verdict
build the report                                                         "error": exit status 2; the suite deletes its
                                                                         orders, and writes the report
judge in several processes         a worker process ends early           what it was to judge has the verdict "error":
                                                                         exit status 2; the other results count
find the place of a fault          _Enough                               the report shows no place
write or print the report          UnwritableReport, any other           exit status 2; the other views are written,
                                   exception                             and the verdict is printed
SIGINT (Ctrl-C), SIGTERM, SIGHUP,  KeyboardInterrupt                     a report of what was judged, exit status 3
or ``--deadline`` is reached                                             unless a requirement deviates
anything else                      any other exception                   exit status 2
=================================  ====================================  =============================================

Exit status 1 only means that a requirement deviates.
"""

from __future__ import annotations

import traceback
from pathlib import Path

from conformance.core.finding import Finding, shorten


def describe_fault(error: BaseException) -> str:
    """Return an error that nobody expected in one sentence: what it is, and where it was raised."""
    place = traceback.extract_tb(error.__traceback__)
    where = f" ({Path(place[-1].filename).name}, line {place[-1].lineno})" if place else ""
    what = shorten(" ".join(str(error).split()))
    return f"an error of the suite itself, please report it: {type(error).__name__}: {what}{where}"


class ConformanceError(Exception):
    """The base class of every exception of the suite."""


class Inconclusive(ConformanceError):
    """Something can't be judged here. Neither the target nor the suite is at fault; the message names the reason."""


class NotExercised(Inconclusive):
    """The situation that a requirement is about does not occur here."""


class TooManyRequests(Inconclusive):
    """The run has made as many requests as ``--max-requests`` allows."""


class TooManyBytes(Inconclusive):
    """The run has received as many bytes as a run may receive."""


class Overloaded(Inconclusive):
    """The endpoint asks the suite to wait longer than a run waits."""


class NotRecorded(Inconclusive):
    """The recording has no reply to this request."""


class Abandoned(Inconclusive):
    """The suite no longer waits for a reply: the run was stopped, or the clean-up takes too long."""


class Deviation(ConformanceError):
    """What the target did while its evidence was obtained is itself a deviation; ``finding`` is what to report."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


class TargetError(ConformanceError):
    """The target failed, and the scenario has nothing left to judge. Its verdict is "error"."""
