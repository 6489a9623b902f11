// The keyboard does all that the mouse does: an element with data-key="a" is pressed, or focused if it is a field, on that
// key, while no field has the focus. "?" lists the keys of the screen.

const FIELDS = "input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable]";
const KEY_NAMES = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };

function visible(element) {
  // What a closed menu holds keeps its key: the menu only tidies it away.
  if (element.closest("details.menu")) return true;
  return element.checkVisibility ? element.checkVisibility() : element.offsetParent !== null;
}

function scope() {
  return document.querySelector("dialog[open]") ?? document;
}

function bound() {
  return [...scope().querySelectorAll("[data-key]")].filter((element) => visible(element) && !element.disabled);
}

function labelOf(element) {
  if (element.dataset.keyLabel) return element.dataset.keyLabel;
  if (element.getAttribute("aria-label")) return element.getAttribute("aria-label");
  const copy = element.cloneNode(true);
  copy.querySelectorAll("kbd, [aria-hidden]").forEach((part) => part.remove());
  return copy.textContent.trim() || element.title;
}

function line(key, label) {
  const item = document.createElement("li");
  const cap = document.createElement("kbd");
  cap.textContent = KEY_NAMES[key] ?? key;
  item.append(cap, label);
  return item;
}

function listKeys() {
  const dialog = document.getElementById("keys-dialog");
  if (!dialog || document.querySelector("dialog[open]")) return;
  const list = dialog.querySelector("[data-keys-list]");
  list.replaceChildren(...bound().map((element) => line(element.dataset.key, labelOf(element))), line("?", list.dataset.help));
  dialog.showModal();
}

function press(element) {
  if (element.matches(FIELDS)) {
    element.focus();
    element.select?.();
  } else {
    element.click();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.matches(FIELDS)) {
    if (event.key === "Escape" && !event.target.closest("dialog")) event.target.blur();
    return;
  }
  if (event.key === "?") { event.preventDefault(); listKeys(); return; }
  const element = bound().find((candidate) => candidate.dataset.key === event.key);
  if (!element) return;
  event.preventDefault();
  if (!event.repeat || event.key.startsWith("Arrow")) press(element);
});
