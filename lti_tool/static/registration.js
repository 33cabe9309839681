// After a registration: asks the LMS around this page, by its own origins and no other, to close it.
"use strict";

document.querySelector("[data-close]")?.addEventListener("click", (event) => {
  const origins = event.currentTarget.dataset.close.split(" ").filter(Boolean);
  const around = window.parent === window ? window.opener : window.parent;
  for (const origin of origins) {
    around?.postMessage({ subject: "org.imsglobal.lti.close" }, origin);
  }
  const closed = document.querySelector("[data-closed]");
  if (closed) closed.hidden = false;
});
