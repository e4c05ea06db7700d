"""Other servers of the same page, to compare the mock store with."""

from __future__ import annotations

import json
import os
import pwd
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


def _mockoon_program() -> list[str]:
    """Return the command of Mockoon's CLI. If necessary, npm installs it in the user's cache.

    Raises:
        NotAvailable: if it can't be installed.
    """
    if program := shutil.which("mockoon-cli"):
        return [program]
    npm = shutil.which("npm")
    if npm is None:
        raise NotAvailable("npm is not installed")
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "shipstation-cscart-conformance"
    program_file = home / "node_modules" / ".bin" / "mockoon-cli"
    if not program_file.exists():
        home.mkdir(parents=True, exist_ok=True)
        install = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(home), "@mockoon/cli@^9"]
        try:
            done = subprocess.run(install, capture_output=True, timeout=120, check=False)
        except subprocess.TimeoutExpired:
            raise NotAvailable("npm did not install @mockoon/cli within two minutes") from None
        if done.returncode or not program_file.exists():
            raise NotAvailable("npm can't install @mockoon/cli")
    return [str(program_file)]


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
        command = [*program, "start", "--data", str(file), "--disable-log-to-file"]
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
