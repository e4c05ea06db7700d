// Import the orders of a store, and notify it of shipments. Needs Node 18 and fast-xml-parser (npm install).
//
//     node connector.mjs pull --url URL --user NAME --since TIME --until TIME --state DIR --statuses FILE --result FILE
//     node connector.mjs ship --url URL --user NAME --shipment FILE --state DIR
//
// The password is in the environment variable STORE_PASSWORD. The state folder has
//
// - orders.json: the orders by their number,
// - window.json: the end of the last window that was imported completely,
// - outbox.json: the notifications that the store has not accepted yet,
// - accepted.json: the notifications that the store has accepted.

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { XMLBuilder, XMLParser, XMLValidator } from "fast-xml-parser";

const CALL_LIMIT_MS = 20_000; // a call of this program sends no request after this time
const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 500;
const MAX_REDIRECTS = 5;

const GRAMS = {
  ...Object.fromEntries(["pound", "pounds", "lb", "lbs"].map((name) => [name, 453.59237])),
  ...Object.fromEntries(["ounce", "ounces", "oz"].map((name) => [name, 28.349523125])),
  ...Object.fromEntries(["gram", "grams", "gm", "gms", "g"].map((name) => [name, 1])),
};

/** The store did not do what was asked. The next call tries again. */
class Failed extends Error {}

/** The same request may succeed after a pause. */
class TryAgain extends Failed {
  constructor(message, pauseMs = null) {
    super(message);
    this.pauseMs = pauseMs;
  }
}

/** The store refused user name or password. A person has to correct them. */
class Refused extends Failed {}

// ---------------------------------------------------------------------- requests

class Store {
  constructor(url, user, password, timeoutS) {
    this.url = url;
    this.timeoutMs = timeoutS * 1000;
    this.giveUpAt = Date.now() + CALL_LIMIT_MS;
    this.authorization = `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
  }

  /** Return what `read` makes of the reply. Trouble that may pass is waited for. */
  async request(method, parameters, read, body) {
    let pause = FIRST_PAUSE_MS;
    for (let attempt = 1; ; attempt++) {
      try {
        return read(await this.send(method, parameters, body));
      } catch (trouble) {
        if (!(trouble instanceof TryAgain)) throw trouble;
        const wait = trouble.pauseMs ?? pause;
        if (attempt === ATTEMPTS || Date.now() + wait > this.giveUpAt) throw trouble;
        console.error(`${trouble.message}; next attempt in ${wait / 1000} s`);
        await sleep(wait);
        pause *= 2;
      }
    }
  }

  /** Return the body of a successful reply, as bytes. */
  async send(method, parameters, body) {
    let url = new URL(this.url);
    const origin = url.origin;
    for (const [name, value] of Object.entries(parameters)) url.searchParams.append(name, value);
    for (let hop = 0; hop < MAX_REDIRECTS; hop++) {
      let reply, content;
      try {
        reply = await fetch(url, {
          method,
          body,
          headers: { Authorization: this.authorization, ...(body && { "Content-Type": "application/xml; charset=utf-8" }) },
          redirect: "manual",
          signal: AbortSignal.timeout(this.timeoutMs), // for the headers and the body together
        });
        content = Buffer.from(await reply.arrayBuffer()); // always read, so that the connection can be used again
      } catch (error) {
        throw new TryAgain(`the store did not answer: ${error.cause?.message ?? error.message}`);
      }
      if (![301, 302, 303, 307, 308].includes(reply.status)) return accepted(reply, content);
      const target = new URL(reply.headers.get("location") ?? "", url);
      if (target.origin !== origin) {
        throw new TryAgain(`the store redirects to another server, which must not see the password: ${target.origin}`);
      }
      if (method === "POST" && ![307, 308].includes(reply.status)) {
        throw new Failed(`the store redirects a notification with status ${reply.status}`);
      }
      url = target;
    }
    throw new TryAgain("the store redirects again and again");
  }
}

function accepted(reply, content) {
  if (reply.status === 401 || reply.status === 403) {
    throw new Refused(`the store refused user name or password (status ${reply.status})`);
  }
  if (reply.status === 429 || reply.status >= 500) {
    const pause = reply.headers.get("retry-after") ?? "";
    throw new TryAgain(`the store answered with status ${reply.status}`, /^\d+$/.test(pause) ? pause * 1000 : null);
  }
  if (!reply.ok) throw new Failed(`the store answered with status ${reply.status}`);
  return content;
}

const parser = new XMLParser({
  ignoreAttributes: false, // Orders has the attribute pages
  parseTagValue: false, // a SKU 00123 is no number
  parseAttributeValue: false,
  trimValues: false, // text() trims, but not between a CDATA section and its neighbours
  htmlEntities: true, // also decodes &#233;
  isArray: (name) => ["Order", "Item", "Option"].includes(name), // also if there is only one
});

/** Return the text of a document: the XML declaration or a byte order mark says which encoding it has. */
function decode(content) {
  const utf16 = content[0] === 0xff || content[0] === 0xfe;
  const declared = content.subarray(0, 200).toString("latin1").match(/^[^<]*<\?xml[^>]*encoding=["']([\w.-]+)["']/);
  const encoding = utf16 ? (content[0] === 0xff ? "utf-16le" : "utf-16be") : (declared?.[1] ?? "utf-8");
  return new TextDecoder(encoding, { fatal: true }).decode(content);
}

/** Return the number of pages and the orders of a document. */
function readOrders(content) {
  let document;
  try {
    const text = decode(content);
    const valid = XMLValidator.validate(text); // the parser itself accepts half a document
    if (valid !== true) throw new Error(valid.err.msg);
    document = parser.parse(text);
  } catch (error) {
    if (/denied/i.test(content.subarray(0, 500).toString())) throw new Refused("the store refused user name or password");
    throw new TryAgain(`the reply is not XML: ${error.message}`);
  }
  if (document.Orders === undefined) throw new TryAgain("the reply is not an Orders document");
  const orders = document.Orders; // the text "" if it has neither attributes nor orders
  return { pages: Number(orders["@_pages"] || 1), orders: orders.Order ?? [] };
}

// ---------------------------------------------------------------------- orders

/** Return the text at a path: empty if an element of the path is missing or empty. */
function text(element, ...path) {
  for (const name of path) element = element?.[name];
  if (typeof element === "object") element = element["#text"]; // an element with attributes
  return (element ?? "").trim();
}

/** Return the repeated elements, none if the outer element is missing or empty. */
const rows = (element, outer, inner) => element[outer]?.[inner] ?? [];

/** Return a time in RFC 3339. The store writes UTC, with 12 or with 24 hours. */
function moment(written) {
  const found = written.match(/^(\d{1,2})\/(\d{1,2})\/(\d{2,4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([AaPp][Mm])?$/);
  if (!found) return null;
  const [month, day, year, hours, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0));
  const half = (found[7] ?? "").toUpperCase();
  let hour = hours;
  if (half === "PM" && hour < 12) hour += 12;
  if (half === "AM" && hour === 12) hour = 0;
  return new Date(Date.UTC(year < 100 ? year + 2000 : year, month - 1, day, hour, minute, second)).toISOString();
}

const isTrue = (written) => ["true", "1"].includes(written.toLowerCase());

function weight(element, unit) {
  const value = text(element, "Weight");
  return value && unit ? { value, unit } : null;
}

const grams = (measured) => (measured ? Number(measured.value) * (GRAMS[measured.unit.toLowerCase()] ?? 0) : 0);

function address(element) {
  const tags = {
    name: "Name", company: "Company", phone: "Phone", address1: "Address1", address2: "Address2",
    city: "City", state: "State", postal_code: "PostalCode", country: "Country",
  };
  return Object.fromEntries(Object.entries(tags).map(([name, tag]) => [name, text(element, tag)]));
}

function makeItem(element) {
  const unit = text(element, "WeightUnits");
  return {
    line_id: text(element, "LineItemID"),
    sku: text(element, "SKU"),
    name: text(element, "Name"),
    quantity: Number(text(element, "Quantity") || 1),
    unit_price: text(element, "UnitPrice") || "0", // as text: a number would lose decimals
    weight: weight(element, unit),
    image_url: text(element, "ImageUrl"),
    location: text(element, "Location"),
    options: rows(element, "Options", "Option").map((each) => ({
      name: text(each, "Name"), value: text(each, "Value"), weight: weight(each, unit),
    })),
  };
}

function makeOrder(element, meanings) {
  const items = [];
  const discounts = [];
  let total = 0;
  for (const each of rows(element, "Items", "Item")) {
    const item = makeItem(each);
    if (isTrue(text(each, "Adjustment"))) { // a discount or coupon among the lines
      const amount = Math.abs(Number(item.unit_price) * item.quantity).toFixed(2);
      discounts.push({ name: item.name, coupon: item.sku, amount });
      continue;
    }
    items.push(item);
    total += item.quantity * [item.weight, ...item.options.map((option) => option.weight)].reduce((sum, part) => sum + grams(part), 0);
  }
  const billing = address(element.Customer?.BillTo);
  const shipping = address(element.Customer?.ShipTo);
  const status = text(element, "OrderStatus");
  return {
    order_number: text(element, "OrderNumber"),
    order_id: text(element, "OrderID"),
    status,
    state: meanings.get(status) ?? null, // null: nobody has said what this status means
    placed_at: moment(text(element, "OrderDate")),
    modified_at: moment(text(element, "LastModified")),
    currency: text(element, "CurrencyCode") || null,
    customer: {
      code: text(element, "Customer", "CustomerCode"),
      email: text(element, "Customer", "BillTo", "Email"),
      phone: billing.phone || shipping.phone,
      billing,
      shipping,
    },
    shipping_method: text(element, "ShippingMethod"),
    payment_method: text(element, "PaymentMethod"),
    total: text(element, "OrderTotal"),
    tax: text(element, "TaxAmount") || "0",
    shipping_amount: text(element, "ShippingAmount") || "0",
    discounts,
    gift: isTrue(text(element, "Gift")),
    gift_message: text(element, "GiftMessage"),
    customer_notes: text(element, "CustomerNotes"),
    internal_notes: text(element, "InternalNotes"),
    weight: { value: total.toFixed(3), unit: "g" },
    items,
  };
}

const hasAddress = ({ customer: { shipping } }) => Boolean(shipping.name && shipping.address1 && shipping.city);

// ---------------------------------------------------------------------- pull

function load(folder, name, otherwise) {
  const path = join(folder, name);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : otherwise;
}

/** Write a file so that a crash leaves the old one or the new one. */
function save(folder, name, value) {
  writeFileSync(join(folder, `${name}.new`), JSON.stringify(value));
  renameSync(join(folder, `${name}.new`), join(folder, name));
}

/** Return a bound of a window: UTC, MM/dd/yyyy HH:mm. */
function bound(date) {
  const [, year, month, day, time] = date.toISOString().match(/^(\d+)-(\d+)-(\d+)T(\d+:\d+)/);
  return `${month}/${day}/${year} ${time}`;
}

/** Yield the orders of a window, page by page. */
async function* pagesOf(store, since, until) {
  const window = { action: "export", start_date: bound(since), end_date: bound(until) };
  for (let page = 1, pages = 1; page <= pages; page++) {
    const found = await store.request("GET", { ...window, page }, readOrders);
    if (page === 1) pages = found.pages; // some stores state it on the first page only
    yield found.orders;
  }
}

async function pull(options, store) {
  const orders = new Map(load(options.state, "orders.json", [])); // an object would sort its keys 10, 9 as numbers
  const meanings = new Map(Object.entries(JSON.parse(readFileSync(options.statuses, "utf8"))));
  const leftOut = [];
  const unmapped = new Set();
  let problem = "";
  // A window that failed is requested again, together with the next one.
  const starts = [options.since, load(options.state, "window.json", options.since)].map((each) => new Date(each));
  const since = starts[0] < starts[1] ? starts[0] : starts[1];
  try {
    for await (const elements of pagesOf(store, since, new Date(options.until))) {
      for (const element of elements) {
        const order = makeOrder(element, meanings);
        if (!hasAddress(order)) {
          leftOut.push({ order_number: order.order_number, reason: "no shipping address" });
          continue;
        }
        if (order.state === null) unmapped.add(order.status);
        orders.set(order.order_number, order); // the same order again is an update
      }
    }
    save(options.state, "window.json", options.until);
  } catch (trouble) {
    if (!(trouble instanceof Failed)) throw trouble;
    problem = trouble instanceof Refused ? "refused" : trouble.message;
    console.error(trouble.message);
  }
  save(options.state, "orders.json", [...orders]);
  const result = { orders: [...orders.values()], left_out: leftOut, unmapped_statuses: [...unmapped], problem };
  writeFileSync(options.result, JSON.stringify(result));
  if (problem) return 1;
  await sendOutbox(options, store);
  return 0;
}

// ---------------------------------------------------------------------- ship

/** Return the body of a notification. It has only the elements for which there is a value. */
function notice(shipment) {
  const [year, month, day] = (shipment.shipped_on ?? "").split("-");
  const fields = {
    OrderID: shipment.order_id,
    OrderNumber: shipment.order_number,
    NotesToCustomer: shipment.notes,
    ShipDate: day && `${month}/${day}/${year}`, // a day, not a time: no time zone may move it
    Carrier: shipment.carrier,
    Service: shipment.service,
    TrackingNumber: shipment.tracking_number,
    ShippingCost: shipment.cost,
  };
  const stated = Object.entries(fields).filter(([, value]) => value);
  const content = Object.fromEntries(stated.map(([name, value]) => [name, inXml(value)]));
  const items = shipment.items.map((each) => ({
    SKU: inXml(each.sku), Quantity: each.quantity, LineItemID: inXml(each.line_id),
  }));
  return `<?xml version="1.0" encoding="utf-8"?>${new XMLBuilder().build({ ShipNotice: { ...content, Items: { Item: items } } })}`;
}

/** Return the text without the characters that no XML may have. */
const inXml = (value) => value.replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "");

/** Send the notifications that the store has not accepted yet. Return true if it has accepted all. */
async function sendOutbox(options, store) {
  let waiting = load(options.state, "outbox.json", []);
  const done = load(options.state, "accepted.json", []);
  for (const shipment of waiting) {
    const { order_number, carrier, service, tracking_number } = shipment;
    const parameters = { action: "shipnotify", order_number, carrier, service, tracking_number };
    try {
      await store.request("POST", parameters, () => null, notice(shipment));
    } catch (trouble) {
      if (!(trouble instanceof Failed)) throw trouble;
      console.error(`the notification for order ${order_number} waits: ${trouble.message}`);
      if (trouble instanceof Refused) break;
      continue;
    }
    waiting = waiting.filter((each) => each !== shipment);
    done.push(shipment);
    save(options.state, "accepted.json", done);
    save(options.state, "outbox.json", waiting);
  }
  return waiting.length === 0;
}

async function ship(options, store) {
  const shipment = JSON.parse(readFileSync(options.shipment, "utf8"));
  const waiting = load(options.state, "outbox.json", []);
  const known = [...waiting, ...load(options.state, "accepted.json", [])];
  if (!known.some((each) => isDeepStrictEqual(each, shipment))) {
    save(options.state, "outbox.json", [...waiting, shipment]); // before it is sent, so that it is never lost
  }
  return (await sendOutbox(options, store)) ? 0 : 1;
}

const names = ["url", "user", "since", "until", "state", "statuses", "result", "shipment", "timeout"];
const { values: options, positionals: [action] } = parseArgs({
  allowPositionals: true,
  options: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
});
const store = new Store(options.url, options.user, process.env.STORE_PASSWORD, Number(options.timeout ?? 30));
process.exitCode = await (action === "ship" ? ship : pull)(options, store);
