// One conversation: the box for answers and notes, macros, and what the other modules bring.
import "./drafts.js";
import "./mentions.js";
import "./picker.js";
import "./presence.js";

const box = document.querySelector("[data-write-box]");
const forms = { answer: document.getElementById("answer"), note: document.getElementById("note") };

function choose(name) {
  for (const tab of box.querySelectorAll("[data-tab]")) tab.setAttribute("aria-selected", String(tab.dataset.tab === name));
  for (const [key, form] of Object.entries(forms)) form.hidden = key !== name;
}

if (box) {
  box.querySelector(".write-tabs").hidden = false;
  const refused = forms.note.querySelector("[aria-invalid]");
  choose(refused ? "note" : "answer");
  box.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-tab]");
    if (!tab) return;
    choose(tab.dataset.tab);
    forms[tab.dataset.tab].querySelector("textarea")?.focus();
  });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.matches("textarea")) return;
    event.preventDefault();
    event.target.form.requestSubmit(event.target.form.querySelector("button.primary, button.note-button"));
  });
}

const picker = document.querySelector("form[data-macros]");

async function insert(row) {
  const form = forms.answer;
  const body = form.elements.body;
  const data = new FormData();
  data.set("csrf_token", form.elements.csrf_token.value);
  data.set("macro", row.dataset.macro);
  data.set("language", form.elements.language.value);
  const answer = await fetch(picker.dataset.macros, { method: "POST", body: data, headers: { Accept: "application/json" } });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.message);
  picker.closest("dialog").close();
  choose("answer");
  body.focus();
  const start = body.selectionStart;
  body.setRangeText(told.text, start, body.selectionEnd, "end");
  body.dispatchEvent(new Event("input", { bubbles: true }));
  // The first placeholder that could not be filled is marked, to be typed over.
  const open = body.value.indexOf("{{", start);
  const close = body.value.indexOf("}}", open);
  if (open >= 0 && close > open) body.setSelectionRange(open, close + 2);
}

picker?.addEventListener("click", (event) => {
  const row = event.target.closest("[data-macro]");
  if (!row) return;
  insert(row).catch((problem) => {
    const place = picker.querySelector("[data-problem]");
    place.textContent = problem.message;
    place.hidden = false;
  });
});
