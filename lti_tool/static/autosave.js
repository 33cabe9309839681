// Saves a form in the background a moment after the last change. The form says where
// (data-autosave) and holds the words to show; without this script its buttons do the same.
"use strict";

const form = document.querySelector("form[data-autosave]");
const status = form.querySelector("[data-status]");
const PAUSE = 1500;
const RETRY = 10000;
let timer = 0;
let changed = false;
let sending = false;
let stopped = false;

function clock() {
  return new Intl.DateTimeFormat(document.documentElement.lang, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(new Date());
}

function fields() {
  const data = new FormData(form);
  for (const input of form.querySelectorAll("input[type=file]")) data.delete(input.name);
  return data;
}

function later(delay) {
  clearTimeout(timer);
  timer = setTimeout(send, delay);
}

async function send() {
  if (sending || stopped || !changed) return;
  if (form.querySelector("input[type=url]:invalid")) return; // still being typed
  sending = true;
  changed = false;
  let answer = null;
  try {
    answer = await fetch(form.dataset.autosave, { method: "POST", body: fields() });
    if (answer.status >= 500) throw new Error("the server is not well");
    if (answer.ok) saved(await answer.json());
    else await refused(answer);
  } catch {
    changed = true;
    status.textContent = form.dataset.lostWord;
    later(RETRY);
  }
  sending = false;
  if (changed && answer && answer.ok) later(PAUSE);
}

function saved(answer) {
  if (answer.version) form.elements.version.value = answer.version;
  status.textContent = `${form.dataset.savedWord} ${clock()}`;
}

// A refusal would come again: the page's own buttons explain it with everything kept.
async function refused(answer) {
  stopped = answer.status !== 413;
  const said = await answer.json().catch(() => null);
  status.textContent = said ? said.message : form.dataset.lostWord;
}

form.addEventListener("input", (event) => {
  if (event.target.type === "file" || event.target.hasAttribute("data-keys-switch")) return;
  changed = true;
  later(PAUSE);
});

// Sent by a button: a save of ours on its way would make that one look stale.
form.addEventListener("submit", (event) => {
  clearTimeout(timer);
  stopped = true;
  if (!sending) return;
  event.preventDefault();
  const button = event.submitter;
  const wait = setInterval(() => {
    if (sending) return;
    clearInterval(wait);
    form.requestSubmit(button);
  }, 50);
});

window.addEventListener("pageshow", (event) => {
  if (event.persisted) stopped = false;
});

// Leaving with the last words unsaved: the browser carries this one over.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden" && changed && !stopped && !sending) {
    changed = false;
    navigator.sendBeacon(form.dataset.autosave, fields());
  }
});
