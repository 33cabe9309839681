// On every page: times in the reader's own zone, and a mark that scripts run. Needs nothing, stores nothing.
"use strict";

document.documentElement.classList.add("js");

// English without a country would read 12/2 and 01:39 PM; the classroom's 2 Dec, 13:39 fits everybody.
const language = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang;

function localTime(element) {
  const at = new Date(element.dateTime);
  if (Number.isNaN(at.getTime())) return;
  const sameYear = at.getFullYear() === new Date().getFullYear();
  element.textContent = new Intl.DateTimeFormat(language, {
    day: "numeric",
    month: "short",
    year: sameYear ? undefined : "numeric",
    hour: "2-digit",
    minute: "2-digit",
  }).format(at);
  element.title = element.dateTime;
}

document.querySelectorAll("time[datetime]").forEach(localTime);

// One click less for "new window"; without this the form's own page offers the link.
async function openWindow(event) {
  event.preventDefault();
  const form = event.target;
  const answer = await fetch(form.action, {
    method: "POST",
    body: new FormData(form),
    headers: { Accept: "application/json" },
  }).catch(() => null);
  if (answer && answer.ok) window.open((await answer.json()).url, "_blank", "noopener");
  else form.submit();
}

document.querySelectorAll("form[data-new-window]").forEach((form) => {
  form.addEventListener("submit", openWindow);
});

// A second click on a button that already sends would send twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (form.dataset.sending) event.preventDefault();
  form.dataset.sending = "yes";
});
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sending]").forEach((form) => delete form.dataset.sending);
});
