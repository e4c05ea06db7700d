"""Replaces secrets in texts: a pure function from text to text, and one from bytes to bytes.

A secret is found in every form in which an echo of a request may have it: as it is, encoded for a URL, escaped for
JSON, HTML, XML or a shell, one inside the other, and inside base64. Hashes and encryption are not undone.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from urllib.parse import unquote_plus

from conformance.core.finding import Finding
from conformance.core.verdict import Outcome

MASK = "…"
"""Stands in the place of a secret."""
MIN_CHARS = 4
"""A shorter secret is replaced only inside the base64 of Basic credentials: elsewhere it occurs by chance."""
MIN_UNBOUNDED_CHARS = 8
"""A shorter secret of letters alone is replaced only where it is a whole word; so is any number."""
MIN_BASE64_CHARS = 6
"""Fewer characters of base64 occur by chance."""
MIN_PART = 6
"""Of a secret that a message cuts, at least this many characters are recognised."""
MAX_QUOTED = 2000
"""Characters at the end of a message in which cut secrets are searched."""
MAX_ESCAPED = 24
"""No escaped character is longer, if it is escaped once."""
SHIPSTATION_PARAMETERS = frozenset(
    {"action", "start_date", "end_date", "page", "order_number", "carrier", "service", "tracking_number"}
)
"""Parameters that ShipStation adds to a URL; they never hold credentials."""

_CREDENTIAL = re.compile(
    r"ss[-_]?user|pass(?:w|phrase|$)|pwd|secret|token|credential|signature|(?:api|access)[-_]?key"
    r"|(?:^|[-_])(?:auth|key|sig)$",
    re.IGNORECASE,
)
"""Is found in the names of parameters that hold credentials."""
_USER_INFO = re.compile(r"(?<=//)[^\s\"'<>?#/]*@")
_PARAMETER = re.compile(r"(?<=[?&;])([^\s=&;#?\"'<>]+)=([^\s&;#\"'<>]*)")
_BASE64 = "[A-Za-z0-9+/_-]"
_NUMBER = re.compile(r"[\d.,:/ +-]*")
_LETTERS_AND_DIGITS = re.compile(r"[A-Za-z0-9]+")
_WORD_BEGINS = (
    r"(?:(?<![A-Za-z0-9_])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrtbf])|(?<=\\u[0-9A-Fa-f]{4}))"
    r"(?<!\d[.,])(?<!<)(?<!</)(?<!\":)(?<!\": )"
)
"""A place at which a word can begin: also after an escaped character, but not after ``<`` or before a JSON number."""
_CUT = re.compile(
    r"(?:%[0-9A-Fa-f]?|&#?\w{0,9}|\\{1,8}(?:[ux][0-9A-Fa-f]{0,3})?)?" rf"(?=[)\]}}\"'”.,;\s]{{0,20}}(?:{MASK}|\Z))"
)
"""The place at which a quotation ends: perhaps with a part of an escape."""
_OPENING = "([{\"'“ \n\t"
"""Characters that may stand before a quotation."""


@lru_cache(maxsize=1024)  # a run asks for the same few names at each request
def is_credential(name: str) -> bool:
    """True if a parameter of this name holds credentials, like ``SS-Password``."""
    return _CREDENTIAL.search(unquote_plus(name)) is not None


def credentials_in(url: str) -> dict[str, str]:
    """Return the parameters of a URL that hold credentials: name → value, decoded."""
    found = ((unquote_plus(each[1]), unquote_plus(each[2])) for each in _PARAMETER.finditer(url))
    return {name: value for name, value in found if is_credential(name)}


@lru_cache(maxsize=256)  # the key, the recording and the findings of an exchange mask its URL
def mask_url(url: str) -> str:
    """Return a URL with user name, password, and the parameters that hold credentials replaced."""
    if "//" not in url and "=" not in url:
        return url
    return _PARAMETER.sub(
        lambda found: f"{found[1]}={MASK}" if found[2] and is_credential(found[1]) else found[0],
        _USER_INFO.sub(f"{MASK}@", url),
    )


@dataclass(frozen=True)
class Secrets:
    """The secrets of a target. ``basic`` are the pairs of user name and password that Basic authentication sends."""

    values: frozenset[str] = frozenset()
    basic: frozenset[tuple[str, str]] = frozenset()

    def __repr__(self) -> str:
        return f"Secrets({len(self.values)} values, {len(self.basic)} pairs)"

    def text(self, text: str) -> str:
        """Return a text with every secret replaced."""
        for form in self._forms:
            if form.anchor in text:
                text = form.whole.sub(MASK, text)
        return text

    def message(self, text: str) -> str:
        """Return a text with every secret replaced, also one of which its end quotes only the beginning or end."""
        text = self.text(text)
        beginning, text = text[:-MAX_QUOTED], text[-MAX_QUOTED:]
        ends = 0
        kept = [beginning]
        for start, end in sorted(span for form in self._forms for span in form.cut_parts(text)):
            if start >= ends:
                kept += [text[ends:start], MASK]
            ends = max(ends, end)
        return "".join([*kept, text[ends:]])

    def body(self, body: bytes) -> bytes:
        """Return a body with every secret replaced; a body without a secret stays the same, byte for byte."""
        if b"\0" in body:
            for literal in self._wide:
                body = body.replace(*literal)
        if not any(form.anchor_bytes in body for form in self._forms):
            return body
        text = body.decode("utf-8", "surrogateescape")
        masked = self.text(text)
        return body if masked == text else masked.encode("utf-8", "surrogateescape")

    def url(self, url: str) -> str:
        """Return a URL without credentials and secrets. The parameters that ShipStation adds stay as they are."""
        place, mark, query = mask_url(url).partition("?")

        def parameter(found: re.Match[str]) -> str:
            if found[1] in SHIPSTATION_PARAMETERS:
                return found[0]
            return f"{found[1]}={MASK if unquote_plus(found[2]) in self.values else self.text(found[2])}"

        return self.text(place) + _PARAMETER.sub(parameter, f"{mark}{query}")

    def outcome(self, outcome: Outcome) -> Outcome:
        """Return the outcome of a scenario with every secret replaced."""
        if not self._forms:
            return outcome
        return replace(
            outcome,
            findings=tuple(map(self._finding, outcome.findings)),
            shared=tuple(replace(each, name=self.message(each.name)) for each in outcome.shared),
            notes=tuple(map(self.message, outcome.notes)),
            reason=self.message(outcome.reason),
            error=self.message(outcome.error),
        )

    def _finding(self, finding: Finding) -> Finding:
        def value(text: str | None) -> str | None:
            return None if text is None else self.message(text)

        return replace(
            finding,
            message=self.message(finding.message),
            order=value(finding.order),
            xpath=value(finding.xpath),
            expected=value(finding.expected),
            actual=value(finding.actual),
            shared=value(finding.shared),
        )

    @cached_property
    def _forms(self) -> tuple[_Form, ...]:
        pairs = (_base64(f"{name}:{password}") for name, password in self.basic)
        forms = [_base64_form(pair) for pair in sorted(pairs, key=len, reverse=True)]
        for value in sorted(filter(None, self.values), key=len, reverse=True):
            forms += _forms_inside_base64(value)
            if len(value) >= MIN_CHARS:
                forms.append(_plain_form(value))
        return tuple(forms)

    @cached_property
    def _literals(self) -> tuple[str, ...]:
        """The secrets as they are and as Basic authentication sends them, the longest first."""
        pairs = (_base64(f"{name}:{password}") for name, password in self.basic)
        return tuple(sorted({*pairs, *filter(_is_distinctive, self.values)}, key=len, reverse=True))

    @cached_property
    def _wide(self) -> tuple[tuple[bytes, bytes], ...]:
        """Secret and mask in UTF-16."""
        return tuple(
            (literal.encode(encoding, "surrogatepass"), MASK.encode(encoding))
            for encoding in ("utf-16-le", "utf-16-be")
            for literal in self._literals
        )


NO_SECRETS = Secrets()


@dataclass(frozen=True)
class _Form:
    """A form of a secret. Only a text that contains ``anchor``, which is ASCII, can contain the ``whole``."""

    whole: re.Pattern[str]
    anchor: str
    units: tuple[str, ...] = ()
    """A pattern for each character; empty if parts of the secret are not recognised."""
    value: str = ""
    """The text of the form; empty if parts of the secret are not recognised."""

    @cached_property
    def anchor_bytes(self) -> bytes:
        """The anchor in UTF-8."""
        return self.anchor.encode()

    @cached_property
    def _first(self) -> re.Pattern[str]:
        return re.compile("".join(self.units[:MIN_PART]))

    @cached_property
    def _first_anchor(self) -> str:
        return _anchor(self.value[:MIN_PART])

    @cached_property
    def _last_anchor(self) -> str:
        return _anchor(self.value[-MIN_PART:])

    @cached_property
    def _last(self) -> re.Pattern[str]:
        return re.compile("".join(self.units[-MIN_PART:]))

    def cut_parts(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield begin and end of each place that has the beginning of the secret before a cut, or its end after one."""
        if len(self.units) <= MIN_PART:
            return
        for found in self._first.finditer(text) if self._first_anchor in text else ():
            end = found.end()
            for unit in self.units[MIN_PART:]:
                if (more := re.compile(unit).match(text, end)) is None:
                    break
                end = more.end()
            if cut := _CUT.match(text, end):
                yield found.start(), cut.end()
        for found in self._last.finditer(text) if self._last_anchor in text else ():
            start = found.start()
            for unit in reversed(self.units[:-MIN_PART]):
                size = _size_before(re.compile(unit), text, start)
                start -= size
                if not size:
                    break
            if text[max(0, start - MAX_ESCAPED) : start].rstrip(_OPENING)[-1:] in ("", MASK):
                yield start, found.end()


def _size_before(unit: re.Pattern[str], text: str, end: int) -> int:
    """Return how many characters before a place are the character of this pattern; 0 if it isn't there."""
    return next((size for size in range(1, min(MAX_ESCAPED, end) + 1) if unit.fullmatch(text, end - size, end)), 0)


def _anchor(text: str) -> str:
    """Return the longest run of letters and digits, which nothing escapes."""
    return max(_LETTERS_AND_DIGITS.findall(text), key=len, default="")


def _plain_form(value: str) -> _Form:
    units = tuple(map(_spellings, re.findall(r"\\+|[^\\]", value, re.DOTALL)))
    spelled = "".join(units)
    if not _is_distinctive(value):
        return _Form(re.compile(_whole_word(spelled)), _anchor(value))
    return _Form(re.compile(spelled), _anchor(value), units, value)


def _base64_form(text: str, before: str = "") -> _Form:
    """Return the form of base64 in both alphabets, with what follows it up to the end of its last byte."""
    other = {"+": "[ -]", "/": "_"}
    units = tuple(f"(?:{_spellings(c)}|{other[c]})" if c in other else c for c in text)
    pattern = f"{before}{''.join(units)}{_BASE64}?(?:=|%(?:25){{0,4}}3[dD]){{0,2}}"
    return _Form(re.compile(pattern), _anchor(text), units, text)


def _is_distinctive(value: str) -> bool:
    """True if a secret does not occur by chance, so that it is replaced wherever it occurs."""
    if len(value) < MIN_CHARS or _NUMBER.fullmatch(value):
        return False
    return len(value) >= MIN_UNBOUNDED_CHARS or not value.isalpha()


def _whole_word(spelled: str) -> str:
    """Return a pattern of a value where it is a whole word or number, but no name of an element or JSON member."""
    return rf"{_WORD_BEGINS}{spelled}(?![A-Za-z0-9_]|[.,]\d|\"\s*:)"


def _forms_inside_base64(value: str) -> Iterator[_Form]:
    """Yield the forms of a value inside the base64 of a longer text, in which it may begin at any of three places."""
    size = len(value.encode("utf-8", "surrogateescape"))
    for before, first in ((0, 0), (1, 2), (2, 3)):
        inside = _base64("\0" * before + value)[first : (before + size) * 8 // 6]
        if len(inside) >= MIN_BASE64_CHARS:
            # the characters beside these hold bits of the value, too
            yield _base64_form(inside, _BASE64 if before else "")


def _base64(text: str) -> str:
    return b64encode(text.encode("utf-8", "surrogateescape")).decode().rstrip("=")


@cache
def _spellings(character: str, *, misread: bool = True) -> str:
    """Return a pattern of a character as it is, and escaped for a URL, JSON, HTML, XML or a shell, up to four times.

    With ``misread``, the pattern includes its bytes in UTF-8 if they were read as Latin-1. Several backslashes are one
    character. Every repetition is bounded, so that no text takes long.
    """
    if character.isascii() and character.isalnum():
        return character  # nothing escapes these
    if len(character) > 1:
        encoded = "|".join((*_references(character[0]), *_escapes(character[0])))
        return rf"(?:\\{{{len(character)},{8 * len(character)}}}|(?:{encoded}){{{len(character)}}})"
    code = ord(character)
    escaped = _escapes(character)
    plain = [re.escape(character), *_references(character)]
    if character == " ":
        plain.append(r"\+")
    if 0x80 <= code < 256:
        plain.append(chr(0xDC00 + code))  # a byte of Latin-1 that was read as UTF-8
    if character == "\\":
        escaped.append(r"\\{1,8}")
    if code >= 0x80 and misread:
        bytes_read = character.encode("utf-8", "surrogateescape").decode("latin-1")
        escaped.append("".join(_spellings(each, misread=False) for each in bytes_read))
    return f"(?:{'|'.join(escaped)}|\\\\{{0,8}}(?:{'|'.join(plain)}))"


def _references(character: str) -> list[str]:
    """Return patterns of a character in a URL, and of its references in HTML and XML."""
    code = ord(character)
    found = [f"&(?:amp;){{0,4}}#(?:0{{0,6}}{code}|[xX]0{{0,6}}{_hexadecimal(code)});?"]
    found += [f"&(?:amp;){{0,4}}{name}" for name in _entity_names().get(character, ())]
    encoded = {character.encode("utf-8", "surrogateescape")}
    if code < 256:
        encoded.add(character.encode("latin-1"))
    return found + ["".join(f"%(?:25){{0,4}}{_hexadecimal(byte, 2)}" for byte in each) for each in sorted(encoded)]


def _escapes(character: str) -> list[str]:
    """Return patterns of a character's escapes in JSON and in programming languages."""
    units = character.encode("utf-16-be", "surrogatepass")
    pairs = (int.from_bytes(units[at : at + 2], "big") for at in range(0, len(units), 2))
    found = ["".join(rf"\\{{1,8}}u{_hexadecimal(unit, 4)}" for unit in pairs)]
    return found + ([rf"\\{{1,8}}x{_hexadecimal(ord(character), 2)}"] if ord(character) < 256 else [])


def _hexadecimal(number: int, digits: int = 1) -> str:
    """Return a pattern of a hexadecimal number in any letter case."""
    return "".join(f"[{d}{d.upper()}]" if d.isalpha() else d for d in f"{number:0{digits}x}")


@cache
def _entity_names() -> dict[str, list[str]]:
    """Return character → the names of its HTML entities, like ``amp;``."""
    from html.entities import html5

    found: dict[str, list[str]] = {}
    for name, text in html5.items():
        if len(text) == 1 and name.endswith(";"):
            found.setdefault(text, []).append(name)
    return found
