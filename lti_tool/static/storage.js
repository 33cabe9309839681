// Where cookies of frames are refused: lets the LMS keep a login's secret, and reads it back at the launch.
// LTI postMessage Storage 0.1. Data goes to the LMS's authorisation origin only; only answers from there count.
// Where the LMS named no frame, it is asked for one (lti.capabilities), unless the browser keeps cookies anyway.
"use strict";

const WAIT = 1500; // milliseconds
const page = document.querySelector("[data-storage-frame]");
const around = window.parent === window ? window.opener : window.parent;
const origin = page.dataset.origin;
const named = page.dataset.storageFrame;

function randomId() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16)).join("-");
}

// Whether the browser keeps a cookie here that is set like ours.
function keepsCookies() {
  const probe = "__Host-twofold-probe=1";
  const like = "; Path=/; Secure; SameSite=None; Partitioned";
  document.cookie = probe + like;
  const kept = document.cookie.split("; ").includes(probe);
  document.cookie = `${probe}${like}; Max-Age=0`;
  return kept;
}

// The answer to one message, from one of these origins, or null where none comes in time.
function exchange(target, origins, message) {
  return new Promise((resolve) => {
    const id = randomId();
    const listen = (event) => {
      const answer = event.data;
      if (!origins.includes(event.origin) || answer === null || typeof answer !== "object") return;
      if (answer.message_id !== id || answer.subject !== `${message.subject}.response`) return;
      finish(answer);
    };
    const timer = setTimeout(() => finish(null), WAIT);
    function finish(answer) {
      clearTimeout(timer);
      window.removeEventListener("message", listen);
      resolve(answer);
    }
    window.addEventListener("message", listen);
    try {
      origins.forEach((each) => target.postMessage({ ...message, message_id: id }, each));
    } catch {
      finish(null);
    }
  });
}

// Who may be around this page. Firefox does not say whose the page around is; many LMSs say where one comes from.
function originsAround() {
  const from = URL.canParse?.(document.referrer) ? new URL(document.referrer).origin : "";
  const all = [origin, location.ancestorOrigins?.[0], from].filter((each) => each && each !== location.origin);
  return [...new Set(all)];
}

function frameNamed(name) {
  if (!around || name === "_parent") return around;
  try {
    return around.frames[name] || null;
  } catch {
    return null; // another site's page without a frame of this name
  }
}

// Some LMSs name the frame only when asked. The question holds nothing, yet it too goes to known origins only.
async function storageFrame() {
  if (named || !around) return frameNamed(named);
  const answer = await exchange(around, originsAround(), { subject: "lti.capabilities" });
  const supported = Array.isArray(answer?.supported_messages) ? answer.supported_messages : [];
  const storing = supported.find((message) => message?.subject === "lti.put_data");
  return storing ? frameNamed(storing.frame || "_parent") : null;
}

async function keep() {
  const { key, secret, next } = page.dataset;
  const frame = !named && keepsCookies() ? null : await storageFrame();
  if (frame) await exchange(frame, [origin], { subject: "lti.put_data", key, value: secret });
  location.replace(next); // perhaps the cookie lives; the launch finds out
}

async function ask(form) {
  const frame = await storageFrame();
  const answer = frame && (await exchange(frame, [origin], { subject: "lti.get_data", key: page.dataset.key }));
  if (!frame) form.elements.storage_failure.value = named ? "frame" : "none";
  else if (!answer) form.elements.storage_failure.value = "silent";
  else if (typeof answer.value !== "string" || !answer.value) form.elements.storage_failure.value = "empty";
  else form.elements.storage_proof.value = answer.value;
  form.submit();
}

if (page.dataset.next) keep();
else ask(page);
