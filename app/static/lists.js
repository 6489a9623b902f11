// Lists: a row opens what it is about, j and k move, x ticks, ticking rows allows the bulk form.

function ticks(name) {
  return [...document.querySelectorAll(`input[type=checkbox][name="${name}"]`)];
}

function recount(name) {
  const boxes = ticks(name);
  const ticked = boxes.filter((box) => box.checked).length;
  document.querySelectorAll(`[data-needs-ticked="${name}"]`).forEach((button) => { button.disabled = ticked === 0; });
  document.querySelectorAll(`[data-ticked="${name}"]`).forEach((place) => { place.textContent = ticked || ""; });
  const all = document.querySelector(`[data-tick-all="${name}"]`);
  if (all) { all.checked = ticked > 0 && ticked === boxes.length; all.indeterminate = ticked > 0 && ticked < boxes.length; }
}

document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-tick-all]");
  if (all) ticks(all.dataset.tickAll).forEach((box) => { box.checked = all.checked; });
  if (event.target.matches("input[type=checkbox]")) recount(all ? all.dataset.tickAll : event.target.name);
});

document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-row]");
  if (!row || event.target.closest("a, button, input, label, .tick") || String(window.getSelection())) return;
  row.querySelector("[data-row-link]")?.click();
});

function step(by) {
  const links = [...document.querySelectorAll("[data-row-link]")];
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  links[Math.max(0, Math.min(links.length - 1, at === -1 ? 0 : at + by))].focus();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "j") step(1);
  if (event.key === "x") document.activeElement.closest("tr[data-row]")?.querySelector(".tick input")?.click();
  if (event.key === "k" && document.querySelector("[data-row-link]")) step(-1);
});

document.querySelectorAll("[data-tick-all]").forEach((all) => recount(all.dataset.tickAll));
