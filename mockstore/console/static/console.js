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
  const RETRY_MS = 1000, EVENTS = ["hello", "rows"];
  let source = null, retry = 0, lost = false, paused = false;
  const say = (text, link, target) => {
    banner.textContent = text;
    if (!link) return;
    const anchor = document.createElement("a");
    anchor.href = target;
    anchor.textContent = link;
    banner.append(" ", anchor);
  };
  const tell = (name, data) => document.dispatchEvent(new CustomEvent("stream", {detail: {name, data}}));
  const address = () => {
    const url = new URL(body.dataset.stream, location.href), rows = document.getElementById("rows");
    if (rows) for (const name of ["run", "after", "told"]) url.searchParams.set(name, rows.dataset[name]);
    return url.href;
  };

  const greet = data => {
    if (data.boot !== body.dataset.boot) {
      body.dataset.boot = data.boot;
      say("The store was started again. What it had before is gone, unless it keeps a state.", "Reload this page", location.href);
    } else if (lost) {
      say("");
    }
    lost = false;
  };
  const fail = async () => {
    close();
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
    retry = setTimeout(open, RETRY_MS);
  };
  const open = () => {
    if (source || paused || document.hidden) return;
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
  const close = () => {
    source?.close();
    source = null;
    clearTimeout(retry);
  };
  if (body.dataset.stream) {
    // Browsers open six connections to a host: a page that nobody sees must not hold one.
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) close();
      else open();
    });
    open();
  }

  // The page Traffic
  const FULL_PAGE = 100, MAX_ROWS = 200;
  const list = document.getElementById("rows"), pause = document.getElementById("pause");
  if (!list || !pause) return;
  const live = document.getElementById("live"), missed = document.getElementById("missed");
  const more = missed.querySelector("a");
  let missedCount = 0;
  const parsed = html => {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content;
  };
  const miss = count => {
    missedCount = count;
    missed.hidden = !count;
    missed.replaceChildren(`${count.toLocaleString("en")} more requests arrived too fast to be shown here. `, more);
  };
  live.hidden = pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    live.textContent = paused ? "Paused" : "Live";
    live.classList.toggle("paused", paused);
    pause.textContent = paused ? "Resume" : "Pause";
    if (paused) close();
    else open();
  });
  document.addEventListener("stream", ({detail: {name, data}}) => {
    if (name !== "rows") return;
    if (data.cleared) {
      list.replaceChildren();
      miss(0);
    }
    for (const name of ["run", "after", "told"]) list.dataset[name] = data[name];
    const fresh = parsed(data.rows);
    for (const row of fresh.children) row.classList.add("fresh");
    list.prepend(fresh);
    for (const [number, html] of Object.entries(data.changed)) {
      const before = document.getElementById(`request-${number}`);
      if (before) {
        before.replaceWith(parsed(html));
        continue;
      }
      // it is shown only since there is a verdict; a full page has the newest ones, and a link to older ones
      const older = [...list.children].find(row => Number(row.dataset.number) < Number(number));
      if (older || list.childElementCount < FULL_PAGE) list.insertBefore(parsed(html), older ?? null);
    }
    while (list.childElementCount > MAX_ROWS) list.lastElementChild.remove();
    if (data.missed) miss(missedCount + data.missed);
    document.getElementById("empty").hidden = list.childElementCount > 0;
    document.getElementById("latest").textContent =
      data.after === 1 ? "1 request" : `${data.after.toLocaleString("en")} requests`;
  });
})();
