"""``conformance attest`` and ``conformance verify``: an in-toto statement about a report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from conformance.report.attestation import Subject

SUBJECT = "NAME@sha256:DIGEST"


def subject_of(text: str) -> Subject:
    """Return the subject that an option names.

    Raises:
        click.UsageError: it has another form.
    """
    from conformance.report.attestation import parse_subject

    try:
        return parse_subject(text)
    except ValueError as error:
        raise click.UsageError(f"{error} (--subject)") from None


@click.command(short_help="State in in-toto's form what a report proves.")
@click.argument("directory", metavar="DIR", type=click.Path())
@click.option("--subject", metavar=SUBJECT, required=True, help="What was judged, for example a container image.")
@click.option(
    "-o", "--output", metavar="FILE", type=click.Path(dir_okay=False), help="Write to this file. [default: print it]"
)
def attest(directory: str, subject: str, output: str | None) -> None:
    """State in in-toto's form what the report in DIR proves about a subject.

    The statement has the predicate test-result v0.1: suite version, scope, settings, the requirements that passed,
    warned and failed, and digests of the evidence. An incomplete run is FAILED. The same folder and subject make the
    same statement. Sign it with cosign (docs/how-to/attestation.md).
    """
    from conformance.core.files import write_whole
    from conformance.report import attestation

    folder = Path(directory)
    content = attestation.encode(attestation.statement_of(folder, subject_of(subject)))
    if output is None:
        click.echo(content.decode(), nl=False)
        return
    if Path(output).resolve() in {(folder / name).resolve() for name in attestation.FILES}:
        raise click.UsageError(f"{output} is evidence: choose another file with --output")
    write_whole(Path(output), content)


@click.command(short_help="Check that a statement matches a report.")
@click.argument("file", metavar="FILE", type=click.Path())
@click.argument("directory", metavar="DIR", type=click.Path())
@click.option("--subject", metavar=SUBJECT, help="The subject that it must be about. [default: any]")
def verify(file: str, directory: str, subject: str | None) -> None:
    """Check that the statement in FILE is about the report in DIR, and that nothing of the evidence has changed.

    Exit status 0 if it matches, else 2, and one line says what differs. The signature is not checked: cosign does that.
    """
    from conformance.report.attestation import check_statement
    from conformance.report.wording import one_line

    found = check_statement(Path(file), Path(directory), subject_of(subject) if subject is not None else None)
    click.echo(one_line(f"{file} matches the report in {directory}. It is about {found}."))
