// A mock store for tests in Node, without packages: starts `mockstore serve`, and asks it what an importer did.
//
//   const store = await startStore("--version", "4.3.4", "--orders", "20");
//   …
//   await store.stop();

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const [COMMAND, ...WORDS] = (process.env.MOCKSTORE ?? "mockstore").split(" ");

/** Start a store on a free port, and return where it is. Each test file may have its own. */
export async function startStore(...options) {
  const words = [...WORDS, "serve", "--port", "0", "--json", "--control", "--no-console", ...options];
  const program = spawn(COMMAND, words, { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => program.once("exit", resolve));
  const lines = createInterface({ input: program.stdout });
  const first = await Promise.race([new Promise((resolve) => lines.once("line", resolve)), ended.then(() => null)]);
  if (first === null) throw new Error("mockstore did not start: its message is above");
  const facts = JSON.parse(first);

  /** Make a call of the control protocol, and return its JSON. */
  async function control(method, path, message) {
    const reply = await fetch(facts.control + path, {
      method,
      headers: { Authorization: `Bearer ${facts.control_token}`, "Content-Type": "application/json" },
      body: message === undefined ? undefined : JSON.stringify(message),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${text}`);
    return text ? JSON.parse(text) : null;
  }

  return {
    url: facts.url,
    username: facts.username,
    password: facts.password,
    /** Add orders, in the form of the control protocol. */
    addOrders: (...orders) => control("POST", "/orders/batch", { orders }),
    /** Return an order as the store holds it, with its shipments. */
    order: (number) => control("GET", `/orders/${encodeURIComponent(number)}`),
    /** Return the requests so far. */
    requests: async () => (await control("GET", "/journal?after=0")).requests,
    /** Let the next replies have faults: `await store.faults({ kind: "status", status: 503 })`. */
    faults: (...faults) => control("POST", "/faults", { faults }),
    /** Restore the state of the start. */
    reset: () => control("POST", "/reset"),
    async stop() {
      program.kill();
      await ended;
    },
  };
}
