"""Secrets are replaced in every form, and nothing else is."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.core.finding import Finding
from conformance.core.masking import NO_SECRETS, Secrets, credentials_in, is_credential, mask_url
from conformance.core.verdict import Outcome
from conformance.runner.known_secrets import is_hidden, secrets_of, with_masked_urls
from conformance.runner.settings import EmbeddedTarget, UrlTarget
from conformance.truth.settings import ControlAccess, CsCartAccess, Secret
from tests.support.echoing import forms_of

PASSWORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=8, max_size=20)


def hiding(*values: str) -> Secrets:
    """Secrets with these values."""
    return Secrets(frozenset(values))


def target(password: str, url: str = "https://shop.example/?dispatch=shipstation", **more: object) -> UrlTarget:
    """A target with this password."""
    return UrlTarget(url=url, username="ship-user", password=Secret(password), **more)  # type: ignore[arg-type]


@settings(max_examples=50)
@given(PASSWORDS.filter(lambda text: any(c.isalpha() for c in text)), st.text(max_size=5), st.text(max_size=5))
def test_a_secret_is_replaced_in_every_form(password: str, before: str, after: str) -> None:
    """In texts and in bytes, whatever is around it."""
    secrets = hiding(password)
    for form in forms_of(password).values():
        assert form not in secrets.text(f"{before} {form} {after}")
        text = f"{before} {form} {after}".encode("utf-8", "surrogateescape" if form.isascii() else "replace")
        assert form.encode() not in secrets.body(text)


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), min_size=8, max_size=20), st.binary(max_size=4))
def test_a_secret_inside_base64_is_replaced(password: str, before: bytes) -> None:
    """It may begin at any place of the encoded text; at most the first and last byte around it are left."""
    secrets = hiding(password)
    for encode in (b64encode, urlsafe_b64encode):
        encoded = encode(before + password.encode() + b"{}").decode()
        shown = secrets.text(encoded)
        if not password.isdigit():
            assert len(shown) <= len(encoded) - len(password) + 2


@given(st.binary(max_size=200))
def test_a_body_without_a_secret_stays_byte_for_byte(body: bytes) -> None:
    """Bytes that are no UTF-8 do, too, also beside a secret."""
    secrets = hiding("Correct-Horse-9")
    assert secrets.body(body) == body
    assert secrets.body(body + b" Correct-Horse-9") == body + " …".encode()
    assert NO_SECRETS.body(body) == body


def test_other_encodings_of_a_body() -> None:
    """UTF-16 with or without a byte order mark, and Latin-1."""
    secrets = hiding("Grün-Horse-9")
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        assert "Horse" not in secrets.body("<a>Grün-Horse-9</a>".encode(encoding)).decode(encoding)
    assert b"Horse" not in secrets.body("Grün-Horse-9".encode("latin-1"))


@pytest.mark.parametrize(
    ("secret", "text", "masked"),
    [
        ("abc", "abc", "abc"),
        ("geheim", "ein geheim=1, geheimnis", "ein …=1, geheimnis"),
        ("geheim", r"a\ngeheim%20geheim \u0022geheim", r"a\n…%20… \u0022…"),
        ("geheim", '<geheim>geheim</geheim> {"geheim": "geheim"}', '<geheim>…</geheim> {"geheim": "…"}'),
        ("1234", '{"order": 1234, "n": "1234"} 12345 1234.50 pw=1234', '{"order": 1234, "n": "…"} 12345 1234.50 pw=…'),
        ("geheimniskraemer", "xgeheimniskraemerx", "x…x"),
        ("a1b2", "xa1b2y", "x…y"),
    ],
)
def test_a_short_or_plain_secret_is_replaced_only_as_a_word(secret: str, text: str, masked: str) -> None:
    """Inside other words and numbers it occurs by chance; names of elements and members stay, so that XML stays XML."""
    assert hiding(secret).text(text) == masked


def test_the_pair_is_replaced_however_short_the_password_is() -> None:
    """The base64 of user name and password is never there by chance."""
    secrets = secrets_of(target("x"))
    pair = b64encode(b"ship-user:x").decode()
    assert secrets.text(f"Basic {pair} {quote(pair, safe='')} x") == "Basic … … x"
    document = '<Orders pages="1"><Order>x</Order></Orders>'
    assert secrets.text(document) == document


@pytest.mark.parametrize(
    ("password", "hidden"),
    [
        ("", False),
        ("abc", False),
        ("shipping", False),
        ("Password", False),
        ("shipstation", False),
        ("example", False),
        ("ship-user", False),
        ("geheim", True),
        ("shipping-1", True),
        ("12345", False),
        ("123456", True),
    ],
)
def test_an_ordinary_word_is_not_replaced(password: str, hidden: bool) -> None:
    """Words of the requirements, of the store's record and of the URL are everywhere in a report, and so is a name."""
    assert is_hidden(password, ("ship-user",), target(password).url) is hidden


def test_a_cut_secret_is_replaced() -> None:
    """A message that quotes 200 bytes may end in the middle of a secret, plain or encoded, or begin there."""
    secrets = hiding("Correct-Horse/Battery9")
    encoded = b64encode(b"Correct-Horse/Battery9").decode()
    for cut in ("Correct-Horse/Bat", "Correct-Horse%2FBat", "Correct-Horse%2", encoded[:15]):
        assert secrets.message(f"failed: {cut}") == "failed: …"
        assert secrets.message(f'failed: "{cut}… (2000 characters)') == 'failed: "…… (2000 characters)'
    assert secrets.message("… Horse/Battery9 and more") == "… … and more"
    assert secrets.message("se%2FBattery9, and more") == "…, and more"
    assert secrets.message("Correct order") == "Correct order"


@pytest.mark.parametrize("repeated", ["\\", "%25", "&amp;", "Correct", "Correct-Horse/\\", "…", "0", "&#0", " ", "))"])
def test_no_text_takes_long(repeated: str) -> None:
    """A shop knows the password, and can send what a careless pattern would compare for hours."""
    values = frozenset({"/\\\\\\ Correct-Horse/\\9", "%\\%\\%\\é/&/ 9"})
    secrets = Secrets(values, frozenset({("a", "Correct-Horse/9")}))
    text = f"Correct é {repeated * 100_000} 9"
    assert secrets.message(secrets.body(text.encode()).decode())


def test_several_backslashes_in_a_row() -> None:
    """As they are, and escaped once or twice."""
    secret = "a\\\\b-\\9 xyz"
    for form in (secret, json.dumps(secret)[1:-1], json.dumps(json.dumps(secret))[3:-3], quote(secret)):
        assert hiding(secret).text(f"<{form}>") == "<…>"


def test_an_outcome_has_no_secret_in_any_text() -> None:
    """Findings, notes, reason and error; the rest stays."""
    told = "is Correct-Horse-9"
    finding = Finding(message=told, order=told, xpath=told, expected=told, actual=told, exchange=3)
    outcome = Outcome(
        requirement="CON-1", scenario="s", target="t", findings=(finding,), notes=(told,), reason=told, error=told
    )
    masked = hiding("Correct-Horse-9").outcome(outcome)
    assert "Horse" not in repr(masked)
    assert (masked.requirement, masked.findings[0].exchange) == ("CON-1", 3)
    assert NO_SECRETS.outcome(outcome) is outcome


def test_credentials_in_a_url() -> None:
    """The add-on's own parameters in any letter case, other common names, and user:password@."""
    url = "http://ann:p%40w@shop.example:80/x?dispatch=shipstation&SS-UserName=a&ss-PASSWORD=b+c&token=&page=2"
    assert mask_url(url) == (
        "http://…@shop.example:80/x?dispatch=shipstation&SS-UserName=…&ss-PASSWORD=…&token=&page=2"
    )
    assert mask_url(mask_url(url)) == mask_url(url)
    assert credentials_in(url) == {"SS-UserName": "a", "ss-PASSWORD": "b c", "token": ""}
    for name in (
        "password",
        "passwd",
        "pass",
        "pwd",
        "api_key",
        "apikey",
        "access-key",
        "auth",
        "client_secret",
        "sig",
    ):
        assert is_credential(name), name
    for name in ("dispatch", "action", "page", "passenger", "author", "keyword", "order_number", "sort_key_order"):
        assert not is_credential(name), name


def test_the_urls_of_a_target_are_masked_by_value_too() -> None:
    """A parameter with another name that holds the password, and a path with the token."""
    given_target = target(
        "Correct-Horse/9",
        "http://shop.example/t0k-9876543/?dispatch=shipstation&k=Correct-Horse%2F9&SS-Password=old",
        truth=ControlAccess("http://shop.example/control?access_token=abc", Secret("t0k-9876543")),
    )
    masked = with_masked_urls(given_target)
    assert masked.url == "http://shop.example/…/?dispatch=shipstation&k=…&SS-Password=…"
    assert isinstance(masked.truth, ControlAccess)
    assert masked.truth.url == "http://shop.example/control?access_token=…"
    with_api = target(
        "Correct-Horse/9", truth=CsCartAccess("http://shop.example/api", "a@b.example", Secret("k3y-123"))
    )
    pair = b64encode(b"a@b.example:k3y-123").decode()
    assert secrets_of(with_api).text(f"{pair} k3y-123") == "… …"


def test_wrong_passwords_are_secrets_if_the_password_is_one() -> None:
    """They differ from it by little. If it is an ordinary word, they are not replaced either."""
    assert secrets_of(target("Correct-Horse-9")).values == {"Correct-Horse-9", "Correct-Horse-", "cORRECT-hORSE-9"}
    assert not secrets_of(target("Shipping")).values
    assert len(secrets_of(target("Shipping")).basic) > 5


def test_embedded_stores_have_no_secrets() -> None:
    """Their credentials are in the documentation."""
    assert secrets_of(EmbeddedTarget("4.3.4")) == NO_SECRETS


def test_no_secret_is_in_the_text_form() -> None:
    """A traceback may show it."""
    assert "Horse" not in repr(Secrets(frozenset({"Correct-Horse-9"}), frozenset({("a", "Correct-Horse-9")})))


def test_json_stays_json() -> None:
    """A member's value is replaced, and the document can still be read."""
    told = json.dumps({"password": 'Corr"ct-Horse\\9', "items": [1, 2]})
    assert json.loads(hiding('Corr"ct-Horse\\9').body(told.encode())) == {"password": "…", "items": [1, 2]}
