// The activity form: skills found while typing, and times in the reader's own zone.
"use strict";

const find = document.querySelector("[data-find]");
const found = document.getElementById("competency");
let typed = 0;
let asked = 0;

async function search() {
  const number = ++asked;
  const address = new URL(find.dataset.find, document.baseURI);
  address.searchParams.set("find", find.value);
  const answer = await fetch(address).catch(() => null);
  if (!answer || !answer.ok || number !== asked) return;
  const part = new DOMParser().parseFromString(await answer.text(), "text/html");
  found.querySelectorAll("fieldset").forEach((column) => {
    const fresh = part.querySelector(`fieldset[data-kind="${column.dataset.kind}"] .pick`);
    replace(column.querySelector(".pick"), fresh);
  });
}

// What is ticked stays, on top; the rest is what was found.
function replace(column, fresh) {
  const ticked = [...column.querySelectorAll(".form-check")].filter(
    (row) => row.querySelector("input").checked,
  );
  const rows = fresh ? [...fresh.children] : [];
  const known = new Set(ticked.map((row) => row.querySelector("input").id));
  const others = rows.filter((row) => !known.has(row.querySelector("input")?.id));
  const shown = ticked.length ? others.filter((row) => row.matches(".form-check")) : others;
  column.replaceChildren(...ticked, ...shown);
}

document.querySelector("[data-find-button]").hidden = true;
find.addEventListener("input", () => {
  clearTimeout(typed);
  typed = setTimeout(search, 250);
});
find.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  search();
});

function local(moment) {
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

document.querySelectorAll("[data-moment]").forEach((field) => {
  const zone = document.getElementById(field.dataset.moment);
  const noteZone = () => {
    zone.value = field.value ? new Date(field.value).getTimezoneOffset() : "";
  };
  if (field.dataset.utc) field.value = local(new Date(field.dataset.utc));
  field.addEventListener("change", noteZone);
  noteZone();
});
