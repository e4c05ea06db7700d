// A small shop with an endpoint for ShipStation that conforms. It uses only the standard library of Node 18 or later.
//
//     STORE_PASSWORD=… CONTROL_TOKEN=… node store.mjs --port 8000
//
// The URL for ShipStation is then http://127.0.0.1:8000/shipstation, the user name "ship-user". The control protocol
// in control.mjs makes the shop testable: offer it in a test build, never in production.

import { createHash, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { parseArgs } from "node:util";

import * as control from "./control.mjs";
import { childText, escaped, parseXml, XmlFault } from "./xml.mjs";

export const PER_PAGE = 50;
export const STATUSES = [
  { name: "Open", maps_to: "unpaid" },
  { name: "Processed", maps_to: "paid" },
  { name: "Complete", maps_to: "shipped", shipped: true },
  { name: "Canceled", maps_to: "cancelled" },
  { name: "Waiting for parts", maps_to: null },
];
const SHIPPED = "Complete";
const USERNAME = "ship-user";
const BODY_LIMIT = 1 << 20;
const MAX_DEPTH = 20;
const NANOGRAMS = { g: 1_000_000_000n, kg: 1_000_000_000_000n, oz: 28_349_523_125n, lbs: 453_592_370_000n };
const LIMITS = {
  SKU: 50, Name: 100, Company: 100, Phone: 50, Email: 100, Address1: 200, Address2: 200, City: 100, State: 100,
  PostalCode: 50, OrderStatus: 50, ShippingMethod: 100, PaymentMethod: 50, CustomerNotes: 1000, InternalNotes: 1000,
  GiftMessage: 1000, Location: 100, Value: 100,
};
const STATES = new Map(
  readFileSync(new URL("../states.tsv", import.meta.url), "utf8").trimEnd().split(/\r?\n/).map((line) => line.split("\t")),
);

// A request that is refused: status, and a sentence for the client.
class RefusedRequest extends Error {
  constructor(status, why) {
    super(why);
    this.status = status;
  }
}

// The orders in the form of the control protocol's JSON. Node carries out one request at a time, so there is no lock.
class Shop {
  orders = new Map();
  last = 1000;

  // Return the orders last modified in a period, both ends included, oldest first.
  modifiedIn(start, end) {
    const found = [...this.orders.values()].filter((order) => {
      const modified = moment(order.modified_at);
      return start <= modified && modified <= end;
    });
    return found.sort((one, other) => compare(one.modified_at, other.modified_at) || compare(one.order_number, other.order_number));
  }
}

const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

// Return the milliseconds of an RFC 3339 time, or NaN. A time without a zone is UTC.
export function moment(text) {
  const found = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  if (!found || !isDay(found[1])) return NaN;
  return Date.parse(found[4] ? text : `${text}Z`);
}

// Date.parse takes 30 February for 2 March.
const isDay = (day) => {
  const parsed = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(parsed) && new Date(parsed).toISOString().startsWith(day);
};

export const now = () => `${new Date().toISOString().slice(0, 19)}Z`;

// --- export -----------------------------------------------------------------------------------------------

// Return a page of the orders modified in a window. The minute of end_date belongs to it.
function exported(shop, query) {
  const start = bound(query, "start_date");
  const end = bound(query, "end_date") + 59_999;
  const page = query.get("page") ?? "1";
  if (!/^[1-9]\d{0,6}$/.test(page)) throw new RefusedRequest(400, "page must be a whole number from 1 on");
  // an order without a shipping address can't be shipped, so it is not exported
  const orders = shop.modifiedIn(start, end).filter((order) => order.customer.shipping);
  const first = (Number(page) - 1) * PER_PAGE;
  const listed = orders.slice(first, first + PER_PAGE).map(orderXml).join("");
  const pages = Math.max(1, Math.ceil(orders.length / PER_PAGE));
  return `<?xml version="1.0" encoding="utf-8"?>\n<Orders pages="${pages}">${listed}</Orders>`;
}

// Return a bound of the window: UTC, to the minute.
function bound(query, name) {
  const found = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{1,2})$/.exec(query.get(name) ?? "");
  if (found) {
    const [month, day, , hour, minute] = found.slice(1).map((part) => part.padStart(2, "0"));
    const date = `${found[3]}-${month}-${day}`;
    const at = Date.parse(`${date}T${hour}:${minute}:00Z`);
    if (isDay(date) && Number(hour) < 24 && !Number.isNaN(at)) return at;
  }
  throw new RefusedRequest(400, `${name} must be written like 03/23/2012 21:09`);
}

// Return the XML of an order. All values are the order's own, not those of today's catalogue.
function orderXml(order) {
  const { customer } = order;
  const { billing, shipping } = customer;
  const own = [customer.phone, customer.account?.phone];
  const gift = order.gift ? { Gift: "true", ...(order.gift_message && { GiftMessage: order.gift_message }) } : { Gift: "false" };
  const discounts = order.discounts.filter((each) => Number(each.amount) > 0);
  return element("Order",
    elements({
      OrderID: order.order_id,
      OrderNumber: order.order_number,
      OrderDate: usDate(order.placed_at),
      OrderStatus: order.status,
      LastModified: usDate(order.modified_at),
      ShippingMethod: order.shipping_method,
      PaymentMethod: order.payment_method,
      CurrencyCode: order.currency,
      OrderTotal: money(order.total),
      TaxAmount: money(order.tax),
      ShippingAmount: money(order.shipping_amount),
      CustomerNotes: order.customer_notes,
      InternalNotes: order.internal_notes,
      ...gift,
    }),
    element("Customer",
      elements({ CustomerCode: customerCode(order) }),
      element("BillTo", elements({
        Name: firstOf(billing.name, shipping.name),
        Company: billing.company,
        Phone: firstOf(billing.phone, ...own),
        Email: customer.email,
      })),
      element("ShipTo", elements({
        Name: firstOf(shipping.name, shipping.company, billing.name),
        Company: shipping.company,
        Address1: shipping.address1,
        Address2: shipping.address2,
        City: shipping.city,
        State: stateCode(shipping),
        PostalCode: shipping.postal_code,
        Country: shipping.country,
        Phone: firstOf(shipping.phone, billing.phone, ...own),
      })),
    ),
    element("Items", ...order.items.map(itemXml), ...discounts.map((discount) => element("Item", elements({
      SKU: discount.coupon,
      Name: discount.name,
      Quantity: "1",
      UnitPrice: `-${money(discount.amount)}`,
      Adjustment: "true",
    })))),
  );
}

// Return the XML of a line. Weight and price are those of one unit.
function itemXml(item) {
  const image = item.image_url ?? "";
  const options = (item.options ?? []).slice(0, 10).map(({ name, value, weight }) =>
    element("Option", elements({ Name: name, Value: value, Weight: grams(weight) })));
  return element("Item",
    elements({
      LineItemID: item.line_id,
      SKU: item.sku,
      Quantity: String(item.quantity),
      UnitPrice: money(item.unit_price ?? "0"),
      ImageUrl: image.length <= 500 ? image : "",
      Location: item.location,
      Weight: grams(item.weight),
      WeightUnits: "Grams",
    }),
    element("Name", clean(item.name ?? "", 200)),
    options.length ? element("Options", ...options) : "",
  );
}

const element = (name, ...content) => `<${name}>${content.join("")}</${name}>`;

// Return elements with these texts, cut to the length of their fields.
const elements = (values) =>
  Object.entries(values).map(([name, text]) => element(name, clean((text ?? "").trim(), LIMITS[name] ?? 500))).join("");

// Return the text without characters that XML forbids, cut between characters. Array.from gives whole characters, where
// slice() would cut an emoji in half.
const cut = (text, limit) =>
  Array.from(text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")).slice(0, limit).join("");
const clean = (text, limit) => escaped(cut(text, limit));

// Return a time as ShipStation reads it: UTC, 24 hours.
function usDate(text) {
  const [date, time] = new Date(moment(text)).toISOString().split("T");
  const [year, month, day] = date.split("-");
  return `${month}/${day}/${year} ${time.slice(0, 8)}`;
}

// Return an amount with two decimals. Numbers of JavaScript are binary: 1.005 would become 1.00.
export const money = (text) => rounded(...scaled(text));

// Return a weight in grams; 0 for no weight.
function grams(weight) {
  if (!weight) return "0.00";
  const [digits, decimals] = scaled(weight.value);
  return rounded(digits * NANOGRAMS[weight.unit], decimals + 9);
}

// Return a decimal as a whole number and the number of its decimals: "12.5" is 125 and 1.
function scaled(text) {
  const [whole, decimals = ""] = String(text).trim().split(".");
  return [BigInt(whole + decimals), decimals.length];
}

// Return digits / 10^decimals with two decimals, halves away from zero.
function rounded(digits, decimals) {
  const size = digits < 0n ? -digits : digits;
  const shift = decimals - 2;
  const cents = shift <= 0 ? size * 10n ** BigInt(-shift) : (size + 5n * 10n ** BigInt(shift - 1)) / 10n ** BigInt(shift);
  const text = String(cents).padStart(3, "0");
  return `${digits < 0n && cents > 0n ? "-" : ""}${text.slice(0, -2)}.${text.slice(-2)}`;
}

// Return a US or Canadian state as two letters, whether the shop stores its name or its code.
function stateCode({ state = "", country }) {
  return ["US", "CA"].includes(country) ? STATES.get(state.trim().toLowerCase()) ?? state : state;
}

// Return the first text that is not blank.
const firstOf = (...texts) => texts.find((text) => text?.trim()) ?? "";

// Return a code that is the same for all orders of a customer.
function customerCode({ customer, order_id }) {
  return Array.from(firstOf(customer.code, customer.email?.toLowerCase(), order_id)).slice(0, 50).join("");
}

// --- shipnotify -------------------------------------------------------------------------------------------

// Record a shipment. Order and tracking number identify it, so that a repetition changes nothing.
function shipnotify(shop, query, body) {
  const notice = parse(body);
  const number = firstOf(query.get("order_number"), childText(notice, "OrderNumber")).trim();
  const tracking = firstOf(query.get("tracking_number"), childText(notice, "TrackingNumber"));
  const order = shop.orders.get(number);
  if (!order) throw new RefusedRequest(404, "there is no such order");
  if (tracking && order.shipments.some((parcel) => parcel.tracking_number === tracking)) return;
  const cost = childText(notice, "ShippingCost").trim();
  const items = itemsOf(order, notice);
  order.shipments.push({
    tracking_number: tracking,
    carrier: firstOf(query.get("carrier"), childText(notice, "Carrier")),
    service: firstOf(query.get("service"), childText(notice, "Service")),
    cost: /^\d+(\.\d+)?$/.test(cost) ? cost : null,
    notes: childText(notice, "NotesToCustomer"),
    shipped_on: usDay(childText(notice, "ShipDate")),
    items,
  });
  if (!order.items.some((item) => item.shippable !== false && left(order, item) > 0)) order.status = SHIPPED;
  order.modified_at = now();
}

// Return the notification. It never has a document type or deep nesting, so both are refused.
function parse(body) {
  try {
    const root = parseXml(body, MAX_DEPTH);
    if (root.name === "ShipNotice") return root;
  } catch (fault) {
    if (!(fault instanceof XmlFault)) throw fault;
    throw new RefusedRequest(400, fault.message);
  }
  throw new RefusedRequest(400, "the body is not a ShipNotice");
}

// Return the items of the parcel: the lines that are named, or else everything that is not shipped yet.
function itemsOf(order, notice) {
  const named = notice.children.filter(({ name }) => name === "Items").flatMap(({ children }) => children)
    .filter(({ name }) => name === "Item");
  if (!named.length) return order.items.filter((item) => left(order, item) > 0).map((item) => shippedItem(item, left(order, item)));
  const shipped = [];
  for (const each of named) {
    const [line, sku] = [childText(each, "LineItemID").trim(), childText(each, "SKU").trim()];
    const text = childText(each, "Quantity").trim();
    let quantity = /^\d+$/.test(text) ? Number(text) : 0;
    let lines = order.items.filter((item) => line && item.line_id === line);
    // an item is named by its SKU as the export has it, cut where it is too long
    if (!lines.length) lines = order.items.filter((item) => exportedSku(item) === sku);
    for (const item of lines) {
      const taken = shipped.filter(({ line_id }) => line_id === item.line_id).reduce((sum, one) => sum + one.quantity, 0);
      const shippedNow = Math.min(quantity, left(order, item) - taken);
      if (shippedNow > 0) {
        shipped.push(shippedItem(item, shippedNow));
        quantity -= shippedNow;
      }
    }
    if (lines.length && quantity > 0) throw new RefusedRequest(409, "the quantity is higher than the quantity left to ship");
  }
  return shipped;
}

// Return the SKU of a line as the export has it.
const exportedSku = ({ sku = "" }) => cut(sku.trim(), LIMITS.SKU).trim();

// Return how many units of a line are not shipped yet.
function left(order, item) {
  const parcels = order.shipments.flatMap(({ items }) => items).filter(({ line_id }) => line_id === item.line_id);
  return item.quantity - parcels.reduce((sum, one) => sum + one.quantity, 0);
}

const shippedItem = ({ line_id, sku = "" }, quantity) => ({ line_id, sku, quantity });

// Return a day as it was sent, without a time zone.
function usDay(text) {
  const found = /^\s*(\d{1,2})\/(\d{1,2})\/(\d{4})\s*$/.exec(text);
  return found ? `${found[3]}-${found[1].padStart(2, "0")}-${found[2].padStart(2, "0")}` : null;
}

// --- HTTP -------------------------------------------------------------------------------------------------

// Carry out one of the two actions, and return the body of the reply.
function shipstation(shop, secret, request, query, body) {
  const expected = `Basic ${Buffer.from(`${USERNAME}:${secret}`).toString("base64")}`;
  if (!same(request.headers.authorization ?? "", expected)) throw new RefusedRequest(401, "user name or password is wrong");
  switch (query.get("action")) {
    case "export":
      return exported(shop, query);
    case "shipnotify":
      if (request.method !== "POST") throw new RefusedRequest(405, "a notification must be sent by POST");
      shipnotify(shop, query, body);
      return "";
    default:
      throw new RefusedRequest(400, "action must be export or shipnotify");
  }
}

// Compare two texts in a time that does not depend on where they differ.
export function same(one, other) {
  const [first, second] = [one, other].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(first, second);
}

// Return the body of a request, as bytes.
async function bodyOf(request, limit) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > limit) throw new RefusedRequest(413, "the body is too large");
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function send(response, status, body, contentType) {
  response.writeHead(status, {
    "Content-Type": contentType,
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
    ...(status === 401 && { "WWW-Authenticate": 'Basic realm="shop"' }),
    ...(status === 413 && { Connection: "close" }),
  });
  response.end(body);
}

// Answer any request. An error reveals nothing about the shop's inside.
async function handle(shop, { password, token }, request, response) {
  try {
    const url = new URL(request.url, "http://shop");
    const isControl = url.pathname.startsWith("/control/v1/") && token;
    const body = await bodyOf(request, isControl ? 8 * BODY_LIMIT : BODY_LIMIT);
    if (isControl) {
      const [status, reply] = control.answer(shop, token, request, url, body);
      send(response, status, reply, "application/json");
    } else {
      send(response, 200, shipstation(shop, password, request, url.searchParams, body), "application/xml; charset=utf-8");
    }
  } catch (fault) {
    const [status, why] = fault instanceof RefusedRequest ? [fault.status, fault.message] : [500, "The shop failed."];
    if (status === 500) console.error(`failed: ${request.method}`);
    send(response, status, `${why}\n`, "text/plain; charset=utf-8");
  }
}

const { port } = parseArgs({ options: { port: { type: "string", default: "8000" } } }).values;
const secrets = { password: process.env.STORE_PASSWORD, token: process.env.CONTROL_TOKEN };
if (!secrets.password) throw new Error("set STORE_PASSWORD");
const shop = new Shop();
createServer((request, response) => handle(shop, secrets, request, response)).listen(Number(port), "127.0.0.1");
