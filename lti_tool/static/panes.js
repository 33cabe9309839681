// Evidence and rubric: beside each other where there is room, else two tabs that keep their place.
"use strict";

const panes = document.querySelector("[data-panes]");
const tabs = [...document.querySelectorAll("[data-tab]")];
const places = {};

function show(name) {
  places[panes.dataset.shown] = window.scrollY;
  panes.dataset.shown = name;
  for (const tab of tabs) {
    const chosen = tab.dataset.tab === name;
    tab.setAttribute("aria-selected", chosen);
    tab.tabIndex = chosen ? 0 : -1;
  }
  window.scrollTo(0, places[name] ?? window.scrollY);
}

tabs.forEach((tab, index) => {
  tab.addEventListener("click", () => show(tab.dataset.tab));
  tab.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
    const other = tabs[(index + 1) % tabs.length];
    show(other.dataset.tab);
    other.focus();
  });
});

// A mistake in the form is shown, whichever tab is open.
document.querySelectorAll('.say a[href^="#level-"]').forEach((link) => {
  link.addEventListener("click", () => show("rubric"));
});
