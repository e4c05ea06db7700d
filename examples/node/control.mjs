// The store control protocol for a shop: a test build offers it so that the suite knows what the shop holds.
//
// It is JSON over HTTP with a bearer token of its own. Never offer it in production: everyone with the token can
// create orders.

import { moment, now, PER_PAGE, same, STATUSES } from "./store.mjs";

const MAX_BATCH = 500;
const CHANGEABLE = ["status", "modified_at", "customer_notes", "internal_notes"];
const DEFAULTS = {
  currency: "USD", shipping_method: "", payment_method: "", total: "0", tax: "0", shipping_amount: "0", gift: false,
  gift_message: "", customer_notes: "", internal_notes: "", weight: null,
};

// A call that is rejected: status, path of the wrong field, reason.
class RejectedCall extends Error {
  constructor(status, path, why) {
    super(why);
    this.status = status;
    this.reply = { path, error: why };
  }
}

// Answer a call: return the status and the JSON of the reply.
export function answer(shop, token, request, url, body) {
  try {
    if (!same(request.headers.authorization ?? "", `Bearer ${token}`)) throw new RejectedCall(401, "", "the token is wrong");
    const [status, reply] = route(shop, request.method, url, body);
    return [status, reply === undefined ? "" : JSON.stringify(reply)];
  } catch (wrong) {
    if (!(wrong instanceof RejectedCall)) throw wrong;
    return [wrong.status, JSON.stringify(wrong.reply)];
  }
}

// Find the call and carry it out.
function route(shop, method, url, body) {
  const path = url.pathname.replace("/control/v1", "");
  switch (`${method} ${path}`) {
    case "GET /store":
      return [200, facts()];
    case "GET /orders":
      return [200, listed(shop, url.searchParams)];
    case "POST /orders":
      return [201, create(shop, read(body))];
    case "POST /orders/batch":
      return [200, { results: several(body, "orders").map((draft) => createdOrError(shop, draft)) }];
    case "POST /orders/lookup":
      return [200, { orders: several(body, "order_numbers").map((number) => shop.orders.get(number) ?? null) }];
    case "POST /orders/remove":
      return [200, { results: several(body, "order_numbers").map((number) => shop.orders.delete(number)) }];
  }
  const number = path.startsWith("/orders/") ? decoded(path.slice("/orders/".length)) : "";
  if (!shop.orders.has(number)) throw new RejectedCall(404, "", "there is no such order");
  switch (method) {
    case "GET":
      return [200, shop.orders.get(number)];
    case "PATCH":
      return [200, change(shop, number, read(body))];
    case "DELETE":
      shop.orders.delete(number);
      return [204, undefined];
  }
  throw new RejectedCall(405, "", "use GET, PATCH or DELETE");
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

function read(body) {
  let content;
  try {
    content = JSON.parse(body.toString("utf8"));
  } catch {
    throw new RejectedCall(422, "", "the body is not JSON");
  }
  if (!isObject(content)) throw new RejectedCall(422, "", "the body is not a JSON object");
  return content;
}

// Return the list of a call for several orders, which may have up to 500.
function several(body, name) {
  const found = read(body)[name];
  if (!Array.isArray(found) || found.length > MAX_BATCH) throw new RejectedCall(422, name, `must be a list of up to ${MAX_BATCH}`);
  return found;
}

// Create an order of a batch, or return why it is rejected.
function createdOrError(shop, draft) {
  try {
    if (!isObject(draft)) throw new RejectedCall(422, "", "the order is not a JSON object");
    return create(shop, draft);
  } catch (wrong) {
    if (!(wrong instanceof RejectedCall)) throw wrong;
    return wrong.reply;
  }
}

// Return the facts that the shop states about itself.
const facts = () => ({
  name: "Example shop", platform: "example", version: "1", timezone: "UTC", currency: "USD", weight_unit: "kg",
  statuses: STATUSES, orders_per_page: PER_PAGE, capabilities: ["read", "create", "update", "delete", "batch"], lacks: [],
});

// Return the orders that an export of this period must contain.
function listed(shop, query) {
  const [start, end] = ["modified_from", "modified_to"].map((name) => timeOf(query.get(name) ?? "", name));
  return { orders: shop.modifiedIn(start, end).map(({ order_number, modified_at }) => ({ order_number, modified_at })) };
}

// Create an order from a draft. The shop chooses the id, and the number if the draft has none.
function create(shop, draft) {
  const given = Object.fromEntries(Object.entries(draft).filter(([, value]) => value !== null));
  const order = { ...DEFAULTS, ...given };
  order.status ||= "Processed";
  requireStatus(order.status);
  if (!isObject(order.customer) || !isObject(order.customer.billing)) {
    throw new RejectedCall(422, "customer", "must be a customer with a billing address");
  }
  for (const name of ["total", "tax", "shipping_amount"]) {
    order[name] = String(order[name]).trim();
    if (!/^-?\d+(\.\d+)?$/.test(order[name])) throw new RejectedCall(422, name, "must be a decimal as text");
  }
  order.items = (order.items ?? []).map((item, place) => ({ ...item, line_id: item.line_id || String(place + 1) }));
  order.items.forEach(({ quantity }, place) => {
    if (!Number.isInteger(quantity) || quantity < 1) {
      throw new RejectedCall(422, `items[${place}].quantity`, "must be a whole number from 1 on");
    }
  });
  const placedAt = utc(order.placed_at ?? now(), "placed_at");
  const modifiedAt = utc(order.modified_at ?? placedAt, "modified_at");
  shop.last += 1;
  order.order_number ||= `EX-${shop.last}`;
  Object.assign(order, {
    order_id: String(shop.last + 500_000), placed_at: placedAt, modified_at: modifiedAt,
    discounts: order.discounts ?? [], shipments: order.shipments ?? [],
  });
  shop.orders.set(order.order_number, order);
  return { order_number: order.order_number, order_id: order.order_id };
}

// Change fields of an order. Without `modified_at` the order is modified now.
function change(shop, number, fields) {
  const unknown = Object.keys(fields).filter((name) => !CHANGEABLE.includes(name)).sort();
  if (unknown.length) throw new RejectedCall(422, unknown[0], `must be one of ${CHANGEABLE.join(", ")}`);
  if (fields.status !== undefined) requireStatus(fields.status);
  fields.modified_at = utc(fields.modified_at ?? now(), "modified_at");
  return Object.assign(shop.orders.get(number), fields);
}

function requireStatus(name) {
  const known = STATUSES.map((status) => status.name);
  if (!known.includes(name)) throw new RejectedCall(422, "status", `must be one of ${known.join(", ")}`);
}

function timeOf(text, path) {
  const found = moment(text);
  if (Number.isNaN(found)) throw new RejectedCall(422, path, "must be a time like 2026-11-01T09:30:00Z");
  return found;
}

// Return the time in UTC, to the second.
const utc = (text, path) => `${new Date(timeOf(text, path)).toISOString().slice(0, 19)}Z`;
