// Sends the page's marked form at once; its button does the same where scripts do not run.
"use strict";

document.querySelector("form[data-autosubmit]")?.requestSubmit();
