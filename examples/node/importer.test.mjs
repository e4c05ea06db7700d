// Tests of a small importer against a mock store: `node --test examples/node/`.

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { startStore } from "./store_for_tests.mjs";

let store;
before(async () => (store = await startStore("--orders", "12", "--orders-per-page", "5", "--no-specimens")));
beforeEach(() => store.reset());
after(() => store.stop());

/** The importer: return the numbers of all orders, page by page. */
async function pull({ url, username, password }) {
  const numbers = [];
  const Authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  for (let page = 1, pages = 1; page <= pages; page++) {
    const window = "start_date=01%2F01%2F2000+00%3A00&end_date=12%2F31%2F2099+00%3A00";
    let reply;
    for (let attempt = 0; attempt < 3 && !reply?.ok; attempt++) {
      reply = await fetch(`${url}&action=export&${window}&page=${page}`, { headers: { Authorization } });
    }
    if (!reply.ok) throw new Error(`page ${page}: ${reply.status}`);
    const xml = await reply.text();
    pages = Number(xml.match(/<Orders[^>]*\spages="(\d+)"/)?.[1] ?? 1);
    for (const [, number] of xml.matchAll(/<OrderNumber>([^<]*)<\/OrderNumber>/g)) numbers.push(number);
  }
  return numbers;
}

test("every page is imported", async () => {
  const address = { name: "Dana Sample", address1: "12 Oak St", city: "Boston", country: "US" };
  const { results } = await store.addOrders({ order_number: "A-1", customer: { billing: address, shipping: address } });
  assert.equal(results[0].order_number, "A-1");
  assert.ok((await pull(store)).includes("A-1"));
  assert.equal((await store.requests()).length, 3);
});

test("a failed page is requested again", async () => {
  await store.faults({ kind: "status", status: 503, page: 2 });
  const numbers = await pull(store);
  assert.equal(new Set(numbers).size, numbers.length);
  assert.deepEqual((await store.requests()).map((each) => each.status), [200, 503, 200, 200]);
});
