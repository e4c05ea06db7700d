"""The base class of all exceptions of the mock store, and where each of them is raised.

==========================  ==============================  ========================================
step                        exception                       what the user or client gets
==========================  ==============================  ========================================
read the command line       cli.errors.UsageError           exit status 2, one sentence
choose the version          shop.versions.UnknownVersion    exit status 2
choose the behaviour        behaviours.registry.            exit status 2
                            UnknownBehaviour
choose the locales          orders.locales.UnknownLocale    exit status 2
read or write orders        orders.order_files.             exit status 2; a line for each order
in files                    UnreadableOrders
read a part of such a file  orders.order_files.WrongPlace   none: read_orders raises UnreadableOrders
open the state              store.errors.StateMismatch,     exit status 2
                            store.errors.UnreadableState
make a certificate          server.tls.TlsUnavailable       exit status 2
start worker processes      server.workers.WorkerFailed     exit status 2
read or write the ledger    store.database.DatabaseFailed,  none: the ledger raises LedgerError
                            store.database.AlreadyTaken     or Duplicate
use the store               store.errors.LedgerError        503 (add-on), 507 (control protocol),
                                                            503 (REST API), exit status 2 (start)
create an order             store.errors.Duplicate          none: the store tries again;
                                                            after 20 attempts LedgerError
create an order             store.errors.OrderExists        422 (control protocol)
record a shipment           store.errors.OrderChanged       the step is repeated; after
                                                            20 attempts 503
look up an order            store.errors.NoSuchOrder        404
a step of the add-on        endpoint.message.Refusal        the status that it carries
a step of a defect          endpoint.message.               500; nothing is logged
                            SimulatedCrash
read a control message      orders.draft.InvalidField       422 with the path of the field
read a body                 traffic.incoming.           413, 400 or 408
                            BodyRefused
open the console            console.keys.LinkRefused        403, a page that tells how to get a link
find a page of the console  console.visits.PageNotFound     404, a page
read a form                 console.forms.UnreadableForm    400, a page
answer a REST request       rest.message.RestError,         the status that it carries
                            rest.message.MissingField,
                            rest.message.NoSuchRow
==========================  ==============================  ========================================
"""

from __future__ import annotations


class MockStoreError(Exception):
    """Base class of every exception that the mock store defines."""
