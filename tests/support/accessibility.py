"""Checks of a page that a reader of screens, a keyboard or weak eyes need, computed in the browser."""

from __future__ import annotations

from playwright.sync_api import Page

MIN_CONTRAST = 4.5
"""Contrast of small text, by WCAG 2.1 level AA."""

FIND_FAULTS = """(least) => {
  const faults = [], of = selector => Array.from(document.querySelectorAll(selector));
  const shown = node => node.checkVisibility() && node.getClientRects().length > 0;
  const say = (what, node) => faults.push(`${what}: ${node.outerHTML.slice(0, 120)}`);
  if (!document.documentElement.lang) faults.push('the page has no language');
  if (!document.title.trim()) faults.push('the page has no title');
  if (of('h1').length !== 1) faults.push(`the page has ${of('h1').length} h1`);
  for (const name of ['main', 'header']) if (of(name).length !== 1) faults.push(`not one ${name}`);
  let level = 0;
  for (const node of of('h1, h2, h3, h4, h5, h6')) {
    const own = Number(node.tagName[1]);
    if (own > level + 1) say('a level of headings is skipped', node);
    level = own;
  }
  const ids = of('[id]').map(node => node.id);
  const twice = ids.filter((id, place) => ids.indexOf(id) !== place);
  for (const id of new Set(twice)) faults.push(`two nodes have the id ${id}`);
  for (const node of of('[aria-labelledby], [aria-describedby], label[for]')) {
    const named = ['aria-labelledby', 'aria-describedby', 'for'].map(name => node.getAttribute(name) || '').join(' ');
    const missing = named.split(/\\s+/).filter(id => id && !document.getElementById(id));
    for (const id of missing) say(`there is no ${id}`, node);
  }
  for (const node of of('input:not([type=hidden]), select, textarea'))
    if (!node.labels.length && !node.getAttribute('aria-label')) say('an input has no label', node);
  for (const node of of('a[href], button, summary'))
    if (shown(node) && !(node.textContent.trim() || node.getAttribute('aria-label'))) say('it has no name', node);
  for (const node of of('img')) if (!node.hasAttribute('alt')) say('an image has no text', node);
  for (const node of of('nav, section')) {
    if (!node.getAttribute('aria-label') && !node.getAttribute('aria-labelledby')) say('a landmark has no name', node);
  }
  for (const node of of('[tabindex]')) if (node.tabIndex > 0) say('the order of the keyboard is changed', node);
  for (const node of of('pre')) {
    const scrolls = node.scrollHeight > node.clientHeight + 1 || node.scrollWidth > node.clientWidth + 1;
    if (scrolls && node.tabIndex < 0) say('the keyboard cannot scroll it', node);
  }

  const parts = colour => (colour.match(/[\\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = node => {
    for (let each = node; each; each = each.parentElement) {
      const colour = parts(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || seen.has(node) || !shown(node)) continue;
    seen.add(node);
    const [a, b] = [light(parts(getComputedStyle(node).color)), light(behind(node))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < least) say(`contrast ${contrast.toFixed(2)}`, node);
  }
  const wide = document.documentElement.scrollWidth - innerWidth;
  if (wide > 0) faults.push(`the page is ${wide} pixels too wide`);
  return faults;
}"""


def faults_of(page: Page) -> list[str]:
    """Return what is wrong with a page; nothing if it can be used."""
    found: list[str] = page.evaluate(FIND_FAULTS, MIN_CONTRAST)
    return found
