/* The sandbox while it is tried: sliders, live figures, tables as tabs, a figure opened in a panel.
   Without this script the form is sent by its button, tables stand one under the other and a figure
   opens on a page of its own. */

const WAIT_MILLISECONDS = 350;
const form = document.querySelector("[data-sandbox-form]");
const result = document.getElementById("sandbox-result");
const said = document.querySelector("[data-sandbox-said]");
const panel = document.querySelector("[data-sandbox-panel]");
const panelBody = document.querySelector("[data-sandbox-panel-body]");
let opened = location.hash.replace("#", "");
let waiting = 0;
let asking = null;

/* The address of what the form asks for: nothing that is left as it is in force. */
function query() {
  const asked = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (value !== "") asked.append(name, value);
  }
  return asked;
}

function later() {
  clearTimeout(waiting);
  waiting = setTimeout(reckon, WAIT_MILLISECONDS);
}

async function reckon() {
  const asked = query();
  asking?.abort();
  asking = new AbortController();
  result.setAttribute("aria-busy", "true");
  try {
    const shown = new URLSearchParams(asked);
    shown.set("part", "result");
    const answer = await fetch(`${form.action}?${shown}`, { signal: asking.signal, headers: { "X-Requested-With": "XMLHttpRequest" } });
    if (!answer.ok && answer.status !== 400) throw new Error(String(answer.status));
    result.innerHTML = await answer.text();
    history.replaceState(null, "", `?${asked}`);
    tabs();
    announce();
  } catch (broken) {
    if (broken.name !== "AbortError") form.submit();
    return;
  }
  result.removeAttribute("aria-busy");
}

function announce() {
  const problem = result.querySelector("[role=alert]");
  const lines = [...result.querySelectorAll("[data-budget] > strong, [data-budget] > b")];
  said.textContent = problem ? "" : `Reckoned. ${lines.map((one) => one.textContent).join(" ")}`;
}

/* Sections with a row of links become tabs; the arrow keys move along them. */
function tabs() {
  const row = result.querySelector("[data-tabs]");
  if (!row) return;
  const links = [...row.querySelectorAll("a")];
  row.setAttribute("role", "tablist");
  links.forEach((link) => {
    const section = document.getElementById(link.hash.slice(1));
    link.setAttribute("role", "tab");
    link.id = `tab-${section.id}`;
    link.setAttribute("aria-controls", section.id);
    section.setAttribute("role", "tabpanel");
    section.setAttribute("aria-labelledby", link.id);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      choose(links, link);
    });
    link.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const to = { Home: 0, End: links.length - 1 }[event.key];
      if (step === undefined && to === undefined) return;
      event.preventDefault();
      const next = links[to ?? (links.indexOf(link) + step + links.length) % links.length];
      choose(links, next);
      next.focus();
    });
  });
  choose(links, links.find((link) => link.hash === `#${opened}`) ?? links[0]);
}

function choose(links, chosen) {
  opened = chosen.hash.slice(1);
  links.forEach((link) => {
    const now = link === chosen;
    link.setAttribute("aria-selected", String(now));
    link.tabIndex = now ? 0 : -1;
    document.getElementById(link.hash.slice(1)).hidden = !now;
  });
}

/* A figure opens in the panel; a new tab or window is left to the browser. */
async function open(address) {
  const answer = await fetch(`${address}&part=figure`, { headers: { "X-Requested-With": "XMLHttpRequest" } });
  if (!answer.ok) {
    location.assign(address);
    return;
  }
  panelBody.innerHTML = await answer.text();
  if (!panel.open) panel.showModal();
  panel.scrollTop = 0;
  panelBody.querySelector("h2")?.focus();
}

function follow(event) {
  const link = event.target.closest("a.theme-cell, [data-panel-links] a");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  open(link.href);
}

form.addEventListener("input", (event) => {
  later();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(waiting);
  reckon();
});
result.addEventListener("click", follow);
panelBody.addEventListener("click", follow);
panel.addEventListener("click", (event) => {
  if (event.target === panel) panel.close();
});
tabs();
