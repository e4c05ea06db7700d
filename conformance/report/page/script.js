(function () {
  "use strict";
  var bar = document.getElementById("bar"), form = document.getElementById("filters");
  var shown = document.getElementById("shown"), nothing = document.getElementById("nothing");
  var all = Array.from(document.querySelectorAll("details.req")).map(function (node) {
    var states = {};
    node.dataset.states.split(";").forEach(function (state) {
      var at = state.indexOf(":");
      states[state.slice(0, at)] = state.slice(at + 1).split(" ");
    });
    return {node: node, states: states, text: null, findings: Array.from(node.querySelectorAll("[data-versions]"))};
  });
  function fits(entry, want) {
    if (want.level && entry.node.dataset.level !== want.level) return false;
    if (want.feature && entry.node.dataset.feature !== want.feature) return false;
    var stands = Object.keys(entry.states).some(function (state) {
      return (!want.verdict || state === want.verdict) && (!want.version || entry.states[state].indexOf(want.version) >= 0);
    });
    if (!stands) return false;
    if (entry.text === null) entry.text = entry.node.textContent.toLowerCase();
    return want.words.every(function (word) { return entry.text.indexOf(word) >= 0; });
  }
  function filter() {
    var value = function (name) { return form.elements[name].value; }, count = 0;
    var want = {level: value("level"), feature: value("feature"), verdict: value("verdict"), version: value("version"),
      words: value("search").toLowerCase().split(/\s+/).filter(Boolean)};
    var filtered = Boolean(want.level || want.feature || want.verdict || want.version || want.words.length);
    all.forEach(function (entry) {
      var fit = fits(entry, want);
      entry.node.hidden = !fit;
      count += fit ? 1 : 0;
      entry.findings.forEach(function (finding) {
        finding.hidden = want.version !== "" && finding.dataset.versions.split(" ").indexOf(want.version) < 0;
      });
    });
    document.querySelectorAll("section.results").forEach(function (section) {
      section.hidden = filtered && !section.querySelector("details.req:not([hidden])");
    });
    document.querySelectorAll(".overview").forEach(function (section) { section.hidden = filtered; });
    nothing.hidden = count > 0;
    shown.textContent = count + " of " + all.length + " requirements shown";
  }
  function reveal() {
    var target = null;
    try { target = document.getElementById(decodeURIComponent(location.hash.slice(1))) || document.getElementById(location.hash.slice(1)); } catch (error) { return; }
    if (!target) return;
    if (target.closest("[hidden]")) { form.reset(); filter(); }
    for (var node = target; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
    target.scrollIntoView();
  }
  function measure() {
    var sticks = getComputedStyle(bar).position === "sticky";
    document.documentElement.style.setProperty("--bar", (sticks ? bar.offsetHeight : 0) + "px");
  }
  bar.hidden = false;
  bar.open = matchMedia("(min-width: 40.01rem)").matches;
  form.addEventListener("input", filter);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  form.addEventListener("reset", function () { setTimeout(filter); });
  document.getElementById("toggle").addEventListener("click", function () {
    var visible = all.filter(function (entry) { return !entry.node.hidden; });
    var open = visible.some(function (entry) { return !entry.node.open; });
    visible.forEach(function (entry) { entry.node.open = open; });
  });
  addEventListener("hashchange", reveal);
  addEventListener("resize", measure);
  bar.addEventListener("toggle", measure);
  filter();
  measure();
  reveal();
})();
