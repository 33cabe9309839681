// Submits the page's one form; should nothing happen for a while, shows its button.
const form = document.querySelector("form[data-auto-submit]");
if (form) {
  setTimeout(() => {
    form.querySelector("[data-late]").hidden = false;
  }, 3000);
  form.submit();
}
