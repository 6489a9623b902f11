// The search box finds while somebody types: a list of the best hits below it (WAI-ARIA's combobox). Enter without a choice
// sends the form as it always does.

const PAUSE_MS = 160;
for (const form of document.querySelectorAll("form[data-suggests]")) {
  begin(form, form.querySelector("[role=combobox]"), form.querySelector("[role=listbox]"));
}

function begin(form, box, list) {
  let timer, asking, chosen = -1;
  const options = () => [...list.querySelectorAll("[role=option]")];

  function close() {
    clearTimeout(timer);
    asking?.abort();
    list.hidden = true;
    box.setAttribute("aria-expanded", "false");
    choose(-1);
  }

  function choose(place) {
    const all = options();
    chosen = all.length ? Math.max(-1, Math.min(all.length - 1, place)) : -1;
    all.forEach((option, at) => option.setAttribute("aria-selected", String(at === chosen)));
    if (chosen < 0) { box.removeAttribute("aria-activedescendant"); return; }
    box.setAttribute("aria-activedescendant", all[chosen].id);
    all[chosen].scrollIntoView({ block: "nearest" });
  }

  function show(groups) {
    let number = 0;
    list.replaceChildren(...groups.map((group) => section(group, () => `desk-found-${number++}`)));
    if (!groups.length) list.append(line("none", list.dataset.nothing));
    list.hidden = false;
    box.setAttribute("aria-expanded", "true");
    choose(-1);
  }

  async function ask() {
    asking?.abort();
    const mine = asking = new AbortController();
    const body = new URLSearchParams({ query: box.value });
    const token = form.querySelector("[name=csrf_token]").value;
    const answer = await fetch(form.dataset.suggests, {
      method: "POST", body, signal: mine.signal, headers: { Accept: "application/json", "X-CSRFToken": token },
    });
    // Signed out, too much found, or busy: the form itself will say so.
    if (!answer.ok || answer.redirected) { close(); return; }
    const { groups } = await answer.json();
    if (mine === asking && document.activeElement === box) show(groups);
  }

  box.addEventListener("input", () => {
    clearTimeout(timer);
    if (box.value.trim().length < 2) { close(); return; }
    timer = setTimeout(() => ask().catch((error) => { if (error.name !== "AbortError") close(); }), PAUSE_MS);
  });

  box.addEventListener("keydown", (event) => {
    if (event.isComposing || list.hidden) return;
    const moves = { ArrowDown: chosen + 1, ArrowUp: chosen - 1 };
    if (event.key in moves) {
      event.preventDefault();
      choose(moves[event.key]);
    } else if (event.key === "Enter" && chosen >= 0) {
      event.preventDefault();
      location.assign(options()[chosen].dataset.url);
    } else if (event.key === "Escape") {
      event.preventDefault();
      close();
    }
  });

  // Pressed, not clicked: the box would lose the focus and close the list first.
  list.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("[role=option]");
    if (event.button !== 0) return;
    event.preventDefault();
    if (option) location.assign(option.dataset.url);
  });
  box.addEventListener("blur", close);
  form.addEventListener("submit", close);
}

function section(group, nextId) {
  const rows = document.createElement("div");
  rows.setAttribute("role", "group");
  rows.setAttribute("aria-label", group.title);
  rows.append(line("title", group.title));
  for (const row of group.rows) {
    const option = line("option");
    option.id = nextId();
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.dataset.url = row.url;
    option.append(pieces("what", row.title), pieces("text", row.text), pieces("reference", [[row.reference, false]]));
    rows.append(option);
  }
  return rows;
}

function line(name, text = "") {
  const made = document.createElement("div");
  made.className = name;
  made.textContent = text;
  if (name === "title") made.setAttribute("aria-hidden", "true");
  return made;
}

// What somebody wrote is put in as text, hit by hit; it never becomes markup.
function pieces(name, parts) {
  const made = document.createElement("span");
  made.className = name;
  for (const [text, hit] of parts) {
    const piece = hit ? document.createElement("mark") : document.createTextNode(text);
    if (hit) piece.textContent = text;
    made.append(piece);
  }
  return made;
}
