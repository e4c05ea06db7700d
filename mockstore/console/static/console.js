"use strict";
// What pages need a script for: copy buttons, and a stream of events that tells whether the store runs.
// Pages that have more to show listen to the event "stream", which has the name of the server's event and its data.
(() => {
  for (const button of document.querySelectorAll("button[data-copy]")) {
    button.hidden = !navigator.clipboard;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      const before = [...button.childNodes];
      button.textContent = "Copied";
      setTimeout(() => { button.replaceChildren(...before); }, 1500);
    });
  }
  document.getElementById("errors")?.focus();

  const body = document.body, banner = document.getElementById("connection");
  const RETRY_MS = 1000, EVENTS = ["hello", "rows", "state"];
  let source = null, retry = 0, lost = false;
  const say = (text, link, target) => {
    banner.textContent = text;
    if (!link) return;
    const anchor = document.createElement("a");
    anchor.href = target;
    anchor.textContent = link;
    banner.append(" ", anchor);
  };
  const tell = (name, data) => document.dispatchEvent(new CustomEvent("stream", {detail: {name, data}}));
  const address = () => body.dataset.stream + (body.dataset.after ? `${body.dataset.stream.includes("?") ? "&" : "?"}after=${body.dataset.after}` : "");

  const greet = data => {
    if (data.boot !== body.dataset.boot) {
      body.dataset.boot = data.boot;
      say("The store was started again. What it had before is gone, unless it keeps a state.", "Reload this page", location.href);
      tell("restarted", data);
    } else if (lost) {
      say("");
    }
    lost = false;
  };
  const fail = async () => {
    source?.close();
    source = null;
    let status = 0;
    try {
      const answer = await fetch("/console/alive", {headers: {Accept: "application/json"}});
      status = answer.status;
    } catch { /* the store is gone */ }
    if (status === 403) {
      say("Your session has ended: the console needs a new link.", "How to get one", "/console/");
      return;
    }
    lost = true;
    if (status !== 200) say("The store does not answer. This page tries again each second.");
    clearTimeout(retry);
    retry = setTimeout(open, RETRY_MS);
  };
  const open = () => {
    if (source || document.hidden) return;
    source = new EventSource(address());
    for (const name of EVENTS) {
      source.addEventListener(name, event => {
        const data = JSON.parse(event.data);
        if (name === "hello") greet(data);
        tell(name, data);
      });
    }
    source.addEventListener("error", fail);
  };
  if (body.dataset.stream) {
    // Browsers open six connections to a host: a page that nobody sees must not hold one.
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) {
        source?.close();
        source = null;
      } else {
        open();
      }
    });
    open();
  }
  window.consoleStream = {reopen() { source?.close(); source = null; open(); }};
})();
