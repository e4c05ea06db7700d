"""Broken importers of the feature *Requests*: IMP-1, IMP-2, IMP-14."""

import base64
from datetime import UTC, timedelta
from urllib.parse import quote, urlsplit

import correct
from registry import broken


@broken("local-time", "Writes window bounds in its own time zone.", "IMP-2")
def local_time():
    correct.bound = lambda moment: moment.astimezone().strftime("%m/%d/%Y %H:%M")


@broken("bounds-unpadded", "Writes window bounds without leading zeros.", "IMP-2")
def bounds_unpadded():
    def bound(moment):
        utc = moment.astimezone(correct.UTC)
        return f"{utc.month}/{utc.day}/{utc.year} {utc.hour}:{utc.minute:02}"

    correct.bound = bound


@broken("bounds-of-twelve-hours", "Writes the hours of window bounds by a 12-hour clock.", "IMP-2")
def bounds_of_twelve_hours():
    correct.bound = lambda moment: moment.astimezone(UTC).strftime("%m/%d/%Y %I:%M")


@broken("bounds-with-seconds", "Writes window bounds with seconds.", "IMP-2")
def bounds_with_seconds():
    correct.bound = lambda moment: moment.astimezone(UTC).strftime("%m/%d/%Y %H:%M:%S")


@broken("loses-query", "Drops unknown parameters from the store URL's query.", "IMP-2")
def loses_query():
    def target(shop, parameters):
        more = [f"{name}={quote(value, safe='')}" for name, value in parameters]
        return "/?" + "&".join(["dispatch=shipstation", *more])

    correct.Shop.target = target


@broken("credentials-in-url", "Puts user name and password into the URL as well.", "IMP-1")
def credentials_in_url():
    target = correct.Shop.target

    def more(shop, parameters):
        user, _, password = base64.b64decode(shop.headers["Authorization"].split()[1]).decode().partition(":")
        return target(shop, [*parameters, ("auth_user", user), ("auth_pass", password)])

    correct.Shop.target = more


@broken("waits-for-challenge", "Sends credentials only after the store has refused a request.", "IMP-1")
def waits_for_challenge():
    ask = correct.Shop.ask

    def twice(shop, method, parameters, body=None):
        headers = shop.headers
        shop.headers = {name: value for name, value in headers.items() if name != "Authorization"}
        try:
            came = ask(shop, method, parameters, body)
        finally:
            shop.headers = headers
        refused = came[0].status == 401 or b"denied" in came[1][:100]
        return ask(shop, method, parameters, body) if refused else came

    correct.Shop.ask = twice


@broken("password-escaped", "Escapes the password as in a URL.", "IMP-1")
def password_escaped():
    start = correct.Shop.__init__

    def escaped(shop, url, user, password, timeout):
        start(shop, url, user, quote(password, safe=""), timeout)

    correct.Shop.__init__ = escaped


@broken("minute-left-out", "Starts a window one minute after the end of the last one.", "IMP-2", "IMP-4")
def minute_left_out():
    def since(options, since):
        return since + timedelta(minutes=1)

    correct.open_since = since


@broken("no-compression", "Accepts no compressed replies.", "IMP-14")
def no_compression():
    start = correct.Shop.__init__

    def plain(shop, *given):
        start(shop, *given)
        shop.headers["Accept-Encoding"] = "identity"

    correct.Shop.__init__ = plain


@broken("new-connections", "Opens a new connection for each page.", "IMP-14")
def new_connections():
    ask = correct.Shop.ask

    def alone(shop, *given):
        came = ask(shop, *given)
        shop.connection.close()
        shop.connection = None
        return came

    correct.Shop.ask = alone


@broken("hammers", "Repeats a request at once after status 429.", "IMP-14")
def hammers():
    ask = correct.Shop.ask

    def again(shop, *given):
        came = ask(shop, *given)
        return ask(shop, *given) if came[0].status == 429 else came

    correct.Shop.ask = again


def for_later_pages(change):
    """Change the parameters of requests for later pages, and the shop for as long as they last."""
    ask = correct.Shop.ask

    def changed(shop, method, parameters, body=None):
        if dict(parameters).get("page", "1") == "1":
            return ask(shop, method, parameters, body)
        parts, headers = shop.parts, shop.headers
        try:
            change(shop)
            return ask(shop, method, parameters, body)
        finally:
            shop.parts, shop.headers = parts, headers

    correct.Shop.ask = changed


@broken(
    "query-lost-on-page-2",
    "Leaves out the URL's own query from page 2 on.",
    "IMP-2",
    "IMP-3",
    "IMP-5",
    "IMP-6",
)
def query_lost_on_page_2():
    def without_query(shop):
        shop.parts = shop.parts._replace(query="")

    for_later_pages(without_query)


@broken(
    "credentials-lost-on-page-2",
    "Leaves out the credentials from page 2 on.",
    "IMP-1",
    "IMP-3",
    "IMP-5",
    "IMP-6",
)
def credentials_lost_on_page_2():
    def without_credentials(shop):
        shop.headers = {name: value for name, value in shop.headers.items() if name != "Authorization"}

    for_later_pages(without_credentials)


@broken("credentials-lost-on-retry", "Leaves out the credentials when it repeats a failed request.", "IMP-1")
def credentials_lost_on_retry():
    ask = correct.Shop.ask

    def again(shop, method, parameters, body=None):
        reply, came = ask(shop, method, parameters, body)
        if reply.status != 503 or method != "GET":
            return reply, came
        headers = shop.headers
        shop.headers = {name: value for name, value in headers.items() if name != "Authorization"}
        try:
            ask(shop, method, parameters, body)
        finally:
            shop.headers = headers
        return ask(shop, method, parameters, body)

    correct.Shop.ask = again


@broken("dates-of-other-form-on-retry", "Writes the bounds in ISO form when it repeats a failed request.", "IMP-2")
def dates_of_other_form_on_retry():
    ask = correct.Shop.ask

    def again(shop, method, parameters, body=None):
        reply, came = ask(shop, method, parameters, body)
        if reply.status != 503 or method != "GET":
            return reply, came
        written = [(name, value.replace("/", "-") if name.endswith("_date") else value) for name, value in parameters]
        ask(shop, method, written, body)
        return ask(shop, method, parameters, body)

    correct.Shop.ask = again


@broken("credentials-to-another-host", "Sends its password to hosts to which it is redirected.", "IMP-1", "IMP-11")
def credentials_to_another_host():
    ask = correct.Shop.ask

    def follow(shop, method, parameters, body=None):
        reply, came = ask(shop, method, parameters, body)
        to = urlsplit(reply.headers.get("Location") or "")
        if method != "GET" or reply.status != 302 or to.netloc in ("", shop.parts.netloc):
            return reply, came
        other = object.__new__(correct.Shop)
        other.parts, other.timeout, other.headers, other.connection = to, shop.timeout, shop.headers, None
        return ask(other, method, parameters, body)

    correct.Shop.ask = follow
