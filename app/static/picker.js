// Dialogs in which something is chosen: typing narrows the rows, the arrows move, Enter takes the marked one.

function rows(form) {
  return [...form.querySelectorAll(".choice-row")].filter((row) => !row.hidden);
}

function mark(form, row) {
  form.querySelector(".choice-row.at")?.classList.remove("at");
  row?.classList.add("at");
  row?.scrollIntoView({ block: "nearest" });
}

function narrow(form, typed) {
  const words = typed.trim().toLowerCase().split(/\s+/).filter(Boolean);
  let same = false;
  for (const row of form.querySelectorAll(".choice-row:not([data-picker-new])")) {
    const text = (row.dataset.words ?? row.textContent).toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    same ||= [row.value, row.dataset.words].includes(typed.trim().toLowerCase());
  }
  const fresh = form.querySelector("[data-picker-new]");
  if (fresh) {
    fresh.hidden = !words.length || same;
    fresh.querySelector("[data-picker-typed]").textContent = typed.trim();
  }
  mark(form, words.length ? rows(form)[0] : null);
}

function move(form, by) {
  const shown = rows(form);
  const at = shown.indexOf(form.querySelector(".choice-row.at"));
  mark(form, shown[Math.max(0, Math.min(shown.length - 1, at + by))]);
}

for (const form of document.querySelectorAll("form[data-picker]")) {
  const search = form.querySelector("[data-picker-search]");
  search.addEventListener("input", () => narrow(form, search.value));
  search.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) { event.preventDefault(); move(form, by); }
    // Enter would press the form's first button, whatever stands there.
    if (event.key === "Enter") { event.preventDefault(); form.querySelector(".choice-row.at")?.click(); }
  });
  form.closest("dialog").addEventListener("close", () => { search.value = ""; narrow(form, ""); });
}
