// Answers a tool's page: where values are kept (lti.capabilities), and keeps them for each origin apart.
const { keeps, frame } = document.currentScript.dataset;
const kept = new Map();
const LONGEST = 4096;

function answerTo(message, origin) {
  const place = `${origin} ${message.key}`;
  if (message.subject === "lti.capabilities" && frame) {
    const subjects = ["lti.put_data", "lti.get_data"];
    return { supported_messages: subjects.map((subject) => ({ subject, frame })) };
  }
  if (!keeps || typeof message.key !== "string") return null;
  if (message.subject === "lti.get_data") return { key: message.key, value: kept.get(place) ?? null };
  if (message.subject !== "lti.put_data") return null;
  if (typeof message.value !== "string" || message.value.length > LONGEST) {
    return { key: message.key, error: { code: "bad_request", message: "value must be a short text" } };
  }
  kept.set(place, message.value);
  return { key: message.key, value: message.value };
}

window.addEventListener("message", (event) => {
  const message = event.data;
  if (typeof message?.subject !== "string" || typeof message.message_id !== "string") return;
  const answer = answerTo(message, event.origin);
  if (!answer) return;
  const { subject, message_id } = message;
  event.source.postMessage({ ...answer, subject: `${subject}.response`, message_id }, event.origin);
});
