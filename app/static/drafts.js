// The answer being written is kept every few seconds and when the page is left; files go up as soon as they are chosen.

const PAUSE_MS = 2000;
const form = document.querySelector("form[data-draft]");
const box = document.querySelector("[data-write-box]");
let kept = form?.elements.body.value;
let timer;
let sent = false;
let other = null;

function send(address, values, options = {}) {
  const data = new FormData();
  data.set("csrf_token", form.elements.csrf_token.value);
  for (const [name, value] of values) data.append(name, value);
  return fetch(address, { method: "POST", body: data, headers: { Accept: "application/json" }, ...options });
}

function say(words) {
  form.querySelector("[data-draft-state]").textContent = words;
}

function complain(words) {
  const place = form.querySelector("[data-problem]");
  place.textContent = words ?? "";
  place.hidden = !words;
}

function ask(answer) {
  other = answer;
  form.querySelector("[data-conflict-text]").textContent = answer.message;
  form.querySelector("[data-conflict]").hidden = false;
}

function settle() {
  other = null;
  form.querySelector("[data-conflict]").hidden = true;
}

function noted(answer, text) {
  form.elements.version.value = answer.version;
  form.querySelector("[data-drop-draft]").hidden = !answer.version;
  if (text !== undefined) kept = text;
}

async function save(options) {
  clearTimeout(timer);
  const text = form.elements.body.value;
  if (sent || other || text === kept) return;
  const answer = await send(form.dataset.draft, [["body", text], ["version", form.elements.version.value]], options);
  if (answer.status === 409) { ask(await answer.json()); return; }
  if (!answer.ok || answer.redirected) throw new Error("not kept");
  noted(await answer.json(), text);
  say(box.dataset.saved);
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(() => save().catch(() => say(box.dataset.unsaved)), PAUSE_MS);
}

function listFiles(files) {
  const list = form.querySelector("[data-enclosed]");
  list.replaceChildren(...files.map((file) => {
    const item = document.createElement("li");
    const size = document.createElement("span");
    size.className = "soft small";
    size.textContent = file.size_label;
    const away = document.createElement("button");
    Object.assign(away, { type: "button", className: "link-button", textContent: "✕" });
    away.dataset.detachFile = file.id;
    away.setAttribute("aria-label", `✕ ${file.name}`);
    item.append(file.name, " ", size, " ", away);
    return item;
  }));
}

async function exchange(address, values) {
  complain("");
  const answer = await send(address, values).catch(() => null);
  const told = await answer?.json().catch(() => null);
  if (!answer?.ok) { complain(told?.message ?? box.dataset.unsaved); return; }
  noted(told);
  listFiles(told.files);
}

if (form) {
  const body = form.elements.body;
  body.addEventListener("input", later);
  // Not on the way to a sending button: a draft kept beside the answer could arrive after it and stay behind.
  body.addEventListener("blur", (event) => {
    if (!event.relatedTarget?.matches("button[name=kind]")) save().catch(() => say(box.dataset.unsaved));
  });
  window.addEventListener("pagehide", () => save({ keepalive: true }).catch(() => {}));
  document.addEventListener("visibilitychange", () => { if (document.hidden) save({ keepalive: true }).catch(() => {}); });
  // Looked at when everybody has been heard: a question that is answered with no leaves the page as it was.
  form.addEventListener("submit", (event) => setTimeout(() => { sent ||= !event.defaultPrevented; }, 0));
  window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });

  form.querySelector("[data-take-other]").addEventListener("click", () => {
    body.value = other.text;
    noted(other, other.text);
    settle();
    body.focus();
  });
  form.querySelector("[data-keep-this]").addEventListener("click", () => {
    noted(other, other.text);
    settle();
    save().catch(() => say(box.dataset.unsaved));
    body.focus();
  });

  const chosen = form.elements.files;
  chosen.addEventListener("change", async () => {
    const files = [...chosen.files].map((file) => ["files", file]);
    chosen.value = "";
    if (files.length) await exchange(form.dataset.files, files);
  });
  form.addEventListener("click", (event) => {
    const away = event.target.closest("[data-detach-file]");
    if (!away) return;
    event.preventDefault();
    exchange(form.dataset.detach, [["file", away.dataset.detachFile]]);
  });
}
