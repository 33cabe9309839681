// Keys of the grading form: 1-9 level, 0 not observed, j k criterion, n p learner, c comment, ? help.
// They act only while the focus is in the form and not in a text field, and can be switched off
// (WCAG 2.1.4). The choice is kept in a cookie: storage is often closed to a page in a frame.
"use strict";

const grading = document.getElementById("grading");
const criteria = [...grading.querySelectorAll("[data-criterion]")];
const help = grading.querySelector("[data-keys-help]");
const keysSwitch = grading.querySelector("[data-keys-switch]");
const ratedText = grading.querySelector("[data-rated]");
const TEXT_FIELDS = "textarea, select, input:not([type=radio]):not([type=checkbox])";
const YEAR = 31536000;

help.hidden = false;

function current() {
  return Math.max(0, criteria.findIndex((each) => each.classList.contains("current")));
}

function mark(criterion) {
  criteria.forEach((each) => each.classList.toggle("current", each === criterion));
}

function go(index) {
  const criterion = criteria[Math.min(Math.max(index, 0), criteria.length - 1)];
  const radio = criterion.querySelector("input:checked") || criterion.querySelector("input");
  radio.focus({ preventScroll: true });
  mark(criterion);
  criterion.scrollIntoView({ block: "nearest" });
}

function choose(key) {
  const radio = criteria[current()].querySelector(`input[data-key="${key}"]`);
  if (!radio) return false;
  radio.checked = true;
  radio.focus({ preventScroll: true });
  radio.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}

function follow(selector) {
  const link = document.querySelector(selector);
  if (link) link.click();
  return Boolean(link);
}

function act(key) {
  if (/^[0-9]$/.test(key)) return choose(key);
  switch (key) {
    case "j": go(current() + 1); return true;
    case "k": go(current() - 1); return true;
    case "c": criteria[current()].querySelector("textarea").focus(); return true;
    case "n": return follow("[data-next]");
    case "p": return follow("[data-previous]");
    case "?": help.open = !help.open; return true;
    default: return false;
  }
}

grading.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches("textarea")) {
    const criterion = event.target.closest("[data-criterion]");
    if (criterion) go(criteria.indexOf(criterion));
    return;
  }
  if (grading.dataset.keys === "off" || event.target.matches(TEXT_FIELDS)) return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (act(event.key)) event.preventDefault();
});

grading.addEventListener("focusin", (event) => {
  const criterion = event.target.closest("[data-criterion]");
  if (criterion) mark(criterion);
});

grading.addEventListener("input", () => {
  const rated = criteria.filter((each) => each.querySelector("input:checked")).length;
  ratedText.textContent = ratedText.dataset.ratedWord
    .replace("{rated}", rated)
    .replace("{all}", criteria.length);
});

keysSwitch.addEventListener("change", () => {
  grading.dataset.keys = keysSwitch.checked ? "on" : "off";
  document.cookie =
    `__Host-tf-keys=${grading.dataset.keys}; Max-Age=${YEAR}; Path=/; Secure; SameSite=None; Partitioned`;
});

// From one learner to the next by key: go on where the hand is, or at what has to be mended.
if (grading.dataset.keys === "on" && window.matchMedia("(min-width: 900px)").matches) {
  const wrong = criteria.findIndex((each) => each.getAttribute("aria-invalid") === "true");
  if (wrong > 0) go(wrong);
  else {
    mark(criteria[0]);
    (criteria[0].querySelector("input:checked") || criteria[0].querySelector("input")).focus({
      preventScroll: true,
    });
  }
}
