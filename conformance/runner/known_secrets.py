"""The secrets of a target: what its settings hold, and the wrong credentials that the suite makes from them."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from functools import cache, lru_cache

import msgspec

from conformance.client.recording.traffic import Traffic
from conformance.core.masking import MIN_CHARS, NO_SECRETS, Secrets, credentials_in, is_credential
from conformance.runner.results import SessionResult
from conformance.runner.settings import TargetSettings, UrlTarget
from conformance.truth.settings import ControlAccess, CsCartAccess

MIN_DIGITS = 6
"""A shorter number is also a year, an order number or a postal code."""
MIN_ENVIRONMENT_CHARS = 8
"""A shorter value of the environment is a switch or a number rather than a secret."""


@cache
def ordinary_words() -> frozenset[str]:
    """Return the words of the requirements and of the store's record, in lower case.

    A report is full of these words. To replace one of them would spoil the report, and would also show which word is
    the secret.
    """
    from conformance.contract.fields import ALL
    from conformance.contract.paths import FEATURES
    from conformance.contract.requirements import features

    texts = ["true false null"]
    for role in ("store", "importer"):
        found = features(FEATURES / role)
        texts += [f"{each.feature} {each.title}" for each in found.requirements]
        texts += [step.sentence for scenario in found.scenarios for step in scenario.steps]
    texts += [f"{each.element} {each.record}" for each in ALL]
    return frozenset(word.lower() for text in texts for word in re.findall(r"[A-Za-z]+", text))


def is_hidden(secret: str, usernames: Container[str], url: str) -> bool:
    """True if a secret is replaced wherever it occurs; False if it is too short or too common for that."""
    if len(secret) < (MIN_DIGITS if secret.isdecimal() else MIN_CHARS) or secret in usernames:
        return False
    if not secret.isalpha():
        return True
    words = ordinary_words() | set(re.findall(r"[a-z]+", url.lower()))
    return secret.lower() not in words


@lru_cache(maxsize=64)
def secrets_of(target: TargetSettings) -> Secrets:
    """Return the secrets of a target. The credentials of embedded stores are public, and recordings hold none."""
    if not isinstance(target, UrlTarget):
        return NO_SECRETS
    password, basic = target.password.value, set(_credentials_sent(target))
    values = [password, *credentials_in(target.url).values()]
    match target.truth:
        case ControlAccess(url=url, token=token):
            values += [token.value, *credentials_in(url).values()]
        case CsCartAccess(url=url, user=user, key=key):
            values += [key.value, *credentials_in(url).values()]
            basic.add((user, key.value))
        case _:
            pass
    hidden = {value for value in values if is_hidden(value, (target.username,), target.url)}
    if password in hidden:  # else these would show it
        hidden |= {wrong for _, wrong in basic if password not in wrong and len(wrong) >= MIN_CHARS}
    return Secrets(frozenset(hidden), frozenset(basic))


def secrets_of_traffic(traffic: Traffic) -> Secrets:
    """Return the secrets that recorded traffic shows."""
    usernames = {name for name, _ in traffic.pairs}
    hidden = {value for value in traffic.secrets if is_hidden(value, usernames, traffic.url)}
    return Secrets(frozenset(hidden), traffic.pairs)


def _credentials_sent(target: UrlTarget) -> Iterator[tuple[str, str]]:
    """Yield every pair of user name and password that the suite sends."""
    from conformance.client.shipstation import Credentials
    from conformance.core.errors import NotExercised
    from conformance.probes.connection import WRONG_CREDENTIALS, wrong_credentials

    right = Credentials(target.username, target.password.value)
    yield target.username, target.password.value
    for kind in WRONG_CREDENTIALS:
        try:
            wrong = wrong_credentials(right, kind)
        except NotExercised:
            continue
        if wrong.scheme != "Bearer":
            yield wrong.username or "", wrong.password or ""


def secrets_of_importer(passwords: Iterable[str], username: str, results_url: str = "") -> Secrets:
    """Return the secrets that an importer knows: those of its stores, and those of the environment it inherits."""
    known = [password for password in passwords if len(password) >= MIN_CHARS]
    inherited = [
        value for name, value in os.environ.items() if is_credential(name) and len(value) >= MIN_ENVIRONMENT_CHARS
    ]
    return Secrets(
        frozenset([*known, *inherited, *credentials_in(results_url).values()]),
        frozenset((username, password) for password in passwords),
    )


def secrets_of_all(targets: Iterable[TargetSettings]) -> Secrets:
    """Return the secrets of several targets."""
    every = [secrets_of(target) for target in targets]
    return Secrets(
        frozenset(value for each in every for value in each.values),
        frozenset(pair for each in every for pair in each.basic),
    )


def hide_in_result(result: SessionResult, secrets: Secrets) -> SessionResult:
    """Return a result whose faults, errors and notices show no secret: an exception may quote any text.

    Findings and exchanges show none, because each target hides its own.
    """
    return replace(
        result,
        outcomes=tuple(secrets.outcome(each) if each.error else each for each in result.outcomes),
        notices=tuple(map(secrets.message, result.notices)),
        faults=tuple(map(secrets.message, result.faults)),
    )


def with_masked_urls(target: UrlTarget) -> UrlTarget:
    """Return the settings of a target with its URLs as reports and recordings show them."""
    secrets, truth = secrets_of(target), target.truth
    if isinstance(truth, ControlAccess | CsCartAccess):
        truth = msgspec.structs.replace(truth, url=secrets.url(truth.url))
    return msgspec.structs.replace(target, url=secrets.url(target.url), truth=truth)


def advice_about(url: str) -> str:
    """Return advice to move the credentials out of a URL; empty if it has none."""
    if not (names := sorted(credentials_in(url))):
        return ""
    return (
        f"the URL has credentials in its query ({', '.join(names)}), and web servers and proxies log URLs: "
        "give --username, and the password in the environment variable CONFORMANCE_PASSWORD, instead"
    )
