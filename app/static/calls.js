// The calls' pages: the checklist by keyboard, and the warning when the chosen caller reviewed the dossier.

const FIELDS = "textarea, select, input:not([type=radio])";
const items = [...document.querySelectorAll("[data-item]")];
let current = null;

function mark(item) {
  current?.classList.remove("current");
  current = item;
  current.classList.add("current");
}

function go(item) {
  mark(item);
  item.focus({ preventScroll: true });
  item.scrollIntoView({ block: "nearest" });
}

function answer(value) {
  const choice = current.querySelector(`input[value="${value}"]`);
  choice.checked = true;
  choice.dispatchEvent(new Event("input", { bubbles: true }));
  const next = items[items.indexOf(current) + 1];
  if (next) go(next);
}

function step(by) {
  const next = items[items.indexOf(current) + by];
  if (next) go(next);
}

if (items.length) {
  const open = items.find((item) => !item.querySelector("input:checked"));
  mark(open ?? items[0]);
  for (const item of items) {
    item.addEventListener("focusin", () => mark(item));
    item.addEventListener("click", () => mark(item));
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || document.querySelector("dialog[open]")) return;
    if (event.target.matches(FIELDS)) return;
    // The arrows stay the radio buttons' own while one has the focus.
    const arrows = event.target.matches("input") ? {} : { ArrowDown: 1, ArrowUp: -1 };
    if (event.key === "y" || event.key === "n") {
      event.preventDefault();
      answer(event.key === "y" ? "yes" : "no");
    } else if (event.key in arrows) {
      event.preventDefault();
      step(arrows[event.key]);
    }
  }, { capture: true });
}

for (const select of document.querySelectorAll("select[data-warns-for]")) {
  const warning = document.querySelector(`[data-warning-for="${select.name}"]`);
  const reviewers = select.dataset.warnsFor.split(" ");
  select.addEventListener("change", () => { warning.hidden = !reviewers.includes(select.value); });
}
