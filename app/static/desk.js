// What every staff screen does: forms, keys, dialogs, live counts.
import "./find.js";
import "./forms.js";
import "./keys.js";
import "./lists.js";
import "./undo.js";

const REFRESH_MS = 20_000;

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) openDialog(opener);
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest("dialog")?.close();
});

function openDialog(opener) {
  const dialog = document.getElementById(opener.dataset.opens);
  if (!dialog || dialog.open) return;
  opener.closest("details.menu")?.removeAttribute("open");
  dialog.showModal();
  const first = dialog.querySelector("[autofocus], input:not([type=hidden]), select, textarea");
  if (first) first.focus();
}

// A dialog that the server wants seen at once, as the letter before it is sent.
document.querySelector("dialog[data-open-now]")?.showModal();

// A menu closes when something else is pressed, or with Esc.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  document.querySelectorAll("details.menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
});

function show(counts) {
  for (const place of document.querySelectorAll("[data-count]")) {
    const fresh = counts[place.dataset.count];
    if (!fresh) continue;
    place.textContent = fresh.count ?? "";
    place.className = `count ${fresh.tone ?? ""}`.trim();
  }
}

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(document.body.dataset.counts, { headers: { Accept: "application/json" } });
  // Signed out meanwhile: the next click says so, asking again and again would not help.
  if (answer.redirected || answer.status === 401 || answer.status === 403) { clearInterval(timer); return; }
  if (answer.ok) show((await answer.json()).counts ?? {});
}

const timer = document.body.dataset.counts
  ? setInterval(() => refresh().catch(() => {}), REFRESH_MS)
  : undefined;
