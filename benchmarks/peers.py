"""Other servers of the same page, to compare the mock store with."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import NotAvailable, Server, free_port, running

BARE = """
import sys
from pathlib import Path
from aiohttp import web
page = Path(sys.argv[1]).read_bytes()
async def handle(request):
    return web.Response(body=page, headers={"Content-Type": "text/xml; charset=utf-8", "Cache-Control": "no-store"})
app = web.Application()
app.router.add_route("*", "/", handle)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[2]), access_log=None, print=None)
"""

BARE_POST = """
import sqlite3, sys
from aiohttp import web
database = sqlite3.connect(sys.argv[2], isolation_level=None) if len(sys.argv) > 2 else None
if database:
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    database.execute("CREATE TABLE orders (row INTEGER PRIMARY KEY, body BLOB)")
async def handle(request):
    await request.read()
    if database:
        database.execute("BEGIN IMMEDIATE")
        database.execute("INSERT INTO orders (body) VALUES (?)", (b"x" * 2000,))
        database.execute("COMMIT")
    return web.Response(body=b"", headers={"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"})
app = web.Application()
app.router.add_post("/", handle)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
"""

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log crit; {user}
events {{ worker_connections 64; }}
http {{
  access_log off; sendfile on; keepalive_requests 1000000; default_type "text/xml; charset=utf-8";
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {folder}; location = / {{ try_files /page.xml =404; }} }}
}}
"""


@contextmanager
def bare(page: bytes) -> Iterator[Server]:
    """Run an aiohttp server that replies with these bytes and does nothing else."""
    port = free_port()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "page.xml"
        file.write_bytes(page)
        with running([sys.executable, "-c", BARE, str(file), str(port)], port) as server:
            yield server


@contextmanager
def bare_post(database: Path | None = None) -> Iterator[Server]:
    """Run an aiohttp server that reads a body and replies, and commits a row to an SQLite file if one is given."""
    port = free_port()
    files = [] if database is None else [str(database)]
    with running([sys.executable, "-c", BARE_POST, str(port), *files], port) as server:
        yield server


@contextmanager
def nginx(page: bytes) -> Iterator[Server]:
    """Run nginx, which serves these bytes from a file.

    Raises:
        NotAvailable: if nginx isn't installed.
    """
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        raise NotAvailable("nginx is not installed")
    port = free_port()
    with TemporaryDirectory() as folder:
        (Path(folder) / "page.xml").write_bytes(page)
        user = f"user {pwd.getpwuid(os.getuid()).pw_name};" if os.getuid() == 0 else ""
        configuration = Path(folder) / "nginx.conf"
        configuration.write_text(NGINX.format(folder=folder, port=port, user=user))
        with running([program, "-c", str(configuration), "-p", folder], port) as server:
            yield server


def _npm_file(package: str, pattern: str) -> Path:
    """Return a file of a package of npm. If necessary, npm installs the package in the user's cache.

    Raises:
        NotAvailable: if it can't be installed.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise NotAvailable("npm is not installed")
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "shipstation-cscart-conformance"
    home = cache / re.sub(r"\W+", "-", package).strip("-")
    if found := list(home.glob(pattern)):
        return found[0]
    home.mkdir(parents=True, exist_ok=True)
    install = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(home), package]
    try:
        subprocess.run(install, capture_output=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        raise NotAvailable(f"npm did not install {package} within two minutes") from None
    if found := list(home.glob(pattern)):
        return found[0]
    raise NotAvailable(f"npm can't install {package}")


def _mockoon_program() -> str:
    """Return the program of Mockoon's CLI.

    Raises:
        NotAvailable: if it can't be installed.
    """
    return shutil.which("mockoon-cli") or str(_npm_file("@mockoon/cli@^9", "node_modules/.bin/mockoon-cli"))


@contextmanager
def wiremock(orders: int, lines: int) -> Iterator[Server]:
    """Run WireMock, which makes a document with this number of orders and line items from a template.

    Raises:
        NotAvailable: if it can't be installed, or Java isn't.
    """
    java = shutil.which("java")
    if java is None:
        raise NotAvailable("Java is not installed")
    archive = _npm_file("wiremock@^3", "node_modules/wiremock/build/wiremock-standalone-*.jar")
    template = WIREMOCK_TEMPLATE.replace("ORDERS", str(orders)).replace("LINES", str(lines))
    stub = {
        "request": {"method": "GET", "urlPath": "/"},
        "response": {
            "status": 200, "body": template, "headers": {"Content-Type": "text/xml; charset=utf-8"},
            "transformers": ["response-template"],
        },
    }  # fmt: skip
    port = free_port()
    with TemporaryDirectory() as folder:
        (Path(folder) / "mappings").mkdir()
        (Path(folder) / "mappings" / "page.json").write_text(json.dumps(stub))
        options = ["--no-request-journal", "--disable-request-logging", "--disable-banner", "--disable-gzip"]
        place = ["--port", str(port), "--bind-address", "127.0.0.1", "--root-dir", folder]
        with running([java, "-jar", str(archive), *place, *options], port) as server:
            yield server


@contextmanager
def mockoon(orders: int, lines: int) -> Iterator[Server]:
    """Run Mockoon, which makes a document with this number of orders and line items from a template.

    Raises:
        NotAvailable: if it can't be installed.
    """
    program = _mockoon_program()
    port = free_port()
    template = TEMPLATE.replace("ORDERS", str(orders)).replace("LINES", str(lines))
    response = {
        "uuid": "3", "body": template, "latency": 0, "statusCode": 200, "label": "", "bodyType": "INLINE",
        "headers": [{"key": "Content-Type", "value": "text/xml; charset=utf-8"}], "filePath": "", "rules": [],
        "sendFileAsBody": False, "rulesOperator": "OR", "disableTemplating": False, "fallbackTo404": False,
        "default": True, "databucketID": "", "crudKey": "id", "callbacks": [],
    }  # fmt: skip
    route = {
        "uuid": "2", "type": "http", "documentation": "", "method": "get", "endpoint": "", "responses": [response],
        "responseMode": None, "streamingMode": None, "streamingInterval": 0,
    }  # fmt: skip
    environment = {
        "uuid": "1", "lastMigration": 33, "name": "orders", "endpointPrefix": "", "latency": 0, "port": port,
        "hostname": "127.0.0.1", "folders": [], "routes": [route], "proxyMode": False, "cors": False, "headers": [],
        "rootChildren": [{"type": "route", "uuid": "2"}], "proxyReqHeaders": [], "proxyResHeaders": [], "data": [],
        "callbacks": [], "tlsOptions": {"enabled": False, "type": "CERT", "pfxPath": "", "certPath": "",
        "keyPath": "", "caPath": "", "passphrase": ""},
    }  # fmt: skip
    with TemporaryDirectory() as folder:
        file = Path(folder) / "environment.json"
        file.write_text(json.dumps(environment))
        command = [program, "start", "--data", str(file), "--disable-log-to-file"]
        with running(command, port, environment={"MOCKOON_TELEMETRY_ENABLED": "false"}) as server:
            yield server


TEMPLATE = """<?xml version="1.0" encoding="utf-8"?>
<Orders pages="10000">{{#repeat ORDERS}}<Order><OrderID>{{faker 'number.int' min=1000 max=999999}}</OrderID>\
<OrderNumber>{{faker 'number.int' min=1000 max=999999}}</OrderNumber><OrderDate>11/02/2026 10:15</OrderDate>\
<OrderStatus>{{oneOf (array 'Processed' 'Complete' 'Open')}}</OrderStatus>\
<LastModified>11/02/2026 10:15</LastModified><ShippingMethod>{{oneOf (array 'UPS Ground' 'DHL Paket')}}\
</ShippingMethod><PaymentMethod>Credit card</PaymentMethod><CurrencyCode>USD</CurrencyCode>\
<OrderTotal>{{faker 'commerce.price'}}</OrderTotal><TaxAmount>{{faker 'commerce.price'}}</TaxAmount>\
<ShippingAmount>{{faker 'commerce.price'}}</ShippingAmount><CustomerNotes>{{faker 'lorem.sentence'}}</CustomerNotes>\
<InternalNotes></InternalNotes><Gift>false</Gift><Customer><CustomerCode>{{faker 'internet.email'}}</CustomerCode>\
<BillTo><Name>{{faker 'person.fullName'}}</Name><Company>{{faker 'company.name'}}</Company>\
<Phone>{{faker 'phone.number'}}</Phone><Email>{{faker 'internet.email'}}</Email></BillTo>\
<ShipTo><Name>{{faker 'person.fullName'}}</Name><Company>{{faker 'company.name'}}</Company>\
<Address1>{{faker 'location.streetAddress'}}</Address1><Address2></Address2><City>{{faker 'location.city'}}</City>\
<State>{{faker 'location.state'}}</State><PostalCode>{{faker 'location.zipCode'}}</PostalCode>\
<Country>US</Country><Phone>{{faker 'phone.number'}}</Phone></ShipTo></Customer><Items>\
{{#repeat LINES}}<Item><LineItemID>{{faker 'number.int' min=1000 max=999999}}</LineItemID>\
<SKU>{{faker 'string.alphanumeric' 8}}</SKU><Name>{{faker 'commerce.productName'}}</Name>\
<ImageUrl>http://127.0.0.1/images/{{faker 'string.alphanumeric' 8}}.png</ImageUrl>\
<Weight>{{faker 'number.float' min=0 max=9 fractionDigits=2}}</Weight><WeightUnits>Pounds</WeightUnits>\
<Quantity>{{int 1 5}}</Quantity><UnitPrice>{{faker 'commerce.price'}}</UnitPrice><Location>A1-L02</Location>\
<Options><Option><Name>Size</Name><Value>{{oneOf (array 'S' 'M' 'L')}}</Value></Option></Options></Item>{{/repeat}}\
</Items></Order>
{{/repeat}}</Orders>
"""
"""The same elements as in the mock store's document, with Mockoon's helpers for the values."""

WIREMOCK_TEMPLATE = """<?xml version="1.0" encoding="utf-8"?>
<Orders pages="10000">{{#each (range 1 ORDERS) as |order|}}<Order><OrderID>{{randomInt lower=1000 upper=999999}}\
</OrderID><OrderNumber>{{randomInt lower=1000 upper=999999}}</OrderNumber><OrderDate>11/02/2026 10:15</OrderDate>\
<OrderStatus>{{pickRandom 'Processed' 'Complete' 'Open'}}</OrderStatus><LastModified>11/02/2026 10:15</LastModified>\
<ShippingMethod>{{pickRandom 'UPS Ground' 'DHL Paket'}}</ShippingMethod><PaymentMethod>Credit card</PaymentMethod>\
<CurrencyCode>USD</CurrencyCode><OrderTotal>{{randomDecimal lower=1 upper=999}}</OrderTotal>\
<TaxAmount>{{randomDecimal lower=1 upper=99}}</TaxAmount>\
<ShippingAmount>{{randomDecimal lower=1 upper=20}}</ShippingAmount>\
<CustomerNotes>{{randomValue length=40 type='ALPHABETIC'}}</CustomerNotes><InternalNotes></InternalNotes>\
<Gift>false</Gift><Customer><CustomerCode>{{randomValue length=12 type='ALPHABETIC'}}@mail.example</CustomerCode>\
<BillTo><Name>{{pickRandom 'Ada' 'Max' 'Uli'}} {{randomValue length=8 type='ALPHABETIC'}}</Name>\
<Company>{{randomValue length=12 type='ALPHABETIC'}}</Company><Phone>{{randomValue length=10 type='NUMERIC'}}</Phone>\
<Email>{{randomValue length=12 type='ALPHABETIC'}}@mail.example</Email></BillTo>\
<ShipTo><Name>{{pickRandom 'Ada' 'Max' 'Uli'}} {{randomValue length=8 type='ALPHABETIC'}}</Name>\
<Company>{{randomValue length=12 type='ALPHABETIC'}}</Company>\
<Address1>{{randomValue length=12 type='ALPHABETIC'}} {{randomInt lower=1 upper=99}}</Address1><Address2></Address2>\
<City>{{randomValue length=8 type='ALPHABETIC'}}</City><State>{{pickRandom 'NY' 'CA' 'TX'}}</State>\
<PostalCode>{{randomValue length=5 type='NUMERIC'}}</PostalCode><Country>US</Country>\
<Phone>{{randomValue length=10 type='NUMERIC'}}</Phone></ShipTo></Customer><Items>\
{{#each (range 1 LINES) as |line|}}<Item><LineItemID>{{randomInt lower=1000 upper=999999}}</LineItemID>\
<SKU>{{randomValue length=8 type='ALPHANUMERIC'}}</SKU><Name>{{randomValue length=20 type='ALPHABETIC'}}</Name>\
<ImageUrl>http://127.0.0.1/images/{{randomValue length=8 type='ALPHANUMERIC'}}.png</ImageUrl>\
<Weight>{{randomDecimal lower=0 upper=9}}</Weight><WeightUnits>Pounds</WeightUnits>\
<Quantity>{{randomInt lower=1 upper=5}}</Quantity><UnitPrice>{{randomDecimal lower=1 upper=99}}</UnitPrice>\
<Location>A1-L02</Location>\
<Options><Option><Name>Size</Name><Value>{{pickRandom 'S' 'M' 'L'}}</Value></Option></Options></Item>{{/each}}\
</Items></Order>
{{/each}}</Orders>
"""
"""The same elements with WireMock's helpers. It has none that make up names, so the names are random letters."""
