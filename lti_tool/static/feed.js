// The statements that come in while somebody looks: asks every few seconds for what is newer than the last answer.
// Rests while the page is hidden, when paused, and after a quarter of an hour in which nobody touched anything, so that it
// does not keep a forgotten session alive. Without scripts the page is reloaded by hand.
"use strict";

const EVERY = 4000;
const PATIENCE = 15 * 60 * 1000;
const MOST_ROWS = 500;
const live = document.querySelector("[data-feed]");

if (live) {
  const rows = document.querySelector("[data-rows]");
  const said = live.querySelector("[data-said]");
  const button = live.querySelector("button");
  let listen = live.dataset.listen;
  let running = true;
  let arrived = 0;
  let touched = Date.now();

  function say(text) {
    if (said.textContent !== text) said.textContent = text;
  }

  function count() {
    return arrived === 1 ? live.dataset.one : live.dataset.many.replace("{n}", String(arrived));
  }

  function run(on, why) {
    running = on;
    button.textContent = on ? button.dataset.pause : button.dataset.resume;
    say(on ? (arrived ? count() : live.dataset.running) : why);
  }

  function add(html) {
    const made = document.createElement("template");
    made.innerHTML = html;
    const fresh = [...made.content.querySelectorAll("[data-id]")].filter(
      (row) => !rows.querySelector(`[data-id="${CSS.escape(row.dataset.id)}"]`),
    );
    if (!fresh.length) return;
    fresh.forEach((row) => row.classList.add("feed-new"));
    rows.prepend(...fresh);
    fresh.forEach((row) => row.querySelectorAll("time[datetime]").forEach(localTime));
    while (rows.children.length > MOST_ROWS) rows.lastElementChild.remove();
    document.querySelector("[data-empty]")?.remove();
    arrived += fresh.length;
  }

  async function look() {
    if (!running || document.hidden) return;
    if (Date.now() - touched > PATIENCE) {
      run(false, live.dataset.away);
      return;
    }
    const address = new URL(live.dataset.feed, document.baseURI);
    address.searchParams.set("after", listen);
    const answer = await fetch(address, { redirect: "manual" }).catch(() => null);
    if (answer && answer.ok) {
      listen = answer.headers.get("X-Listen-From") || listen;
      add(await answer.text());
      if (running) run(true);
    } else if (answer && answer.type === "opaqueredirect") {
      run(false, live.dataset.ended);
    } else {
      say(live.dataset.lost);
    }
  }

  async function for_ever() {
    await look();
    setTimeout(for_ever, EVERY);
  }

  button.addEventListener("click", () => run(!running, live.dataset.paused));
  for (const kind of ["pointerdown", "keydown", "wheel"]) {
    document.addEventListener(kind, () => (touched = Date.now()), { passive: true });
  }
  live.hidden = false;
  run(true);
  setTimeout(for_ever, EVERY);
}
