// In a note, @ offers the colleagues: typing narrows them, the arrows move, Enter or Tab takes the marked one.

for (const field of document.querySelectorAll("textarea[data-mentions]")) {
  const list = field.parentElement.querySelector(".mention-list");
  const names = [...list.children];
  const shown = () => names.filter((name) => !name.hidden);

  const typed = () => {
    const before = field.value.slice(0, field.selectionStart);
    const at = before.lastIndexOf("@");
    const free = at === 0 || /\s|[(,;:]/.test(before[at - 1] ?? "");
    const words = before.slice(at + 1);
    return at >= 0 && free && words.length <= 40 && !words.includes("\n") ? { at, words: words.toLowerCase() } : null;
  };

  const mark = (name) => {
    names.forEach((one) => one.setAttribute("aria-selected", String(one === name)));
    name?.scrollIntoView({ block: "nearest" });
  };

  const offer = () => {
    const found = typed();
    names.forEach((name) => { name.hidden = !found || !name.dataset.name.toLowerCase().startsWith(found.words); });
    list.hidden = shown().length === 0;
    mark(shown()[0]);
  };

  const take = (name) => {
    const { at } = typed();
    field.setRangeText(`@${name.dataset.name} `, at, field.selectionStart, "end");
    list.hidden = true;
    field.focus();
  };

  field.addEventListener("input", offer);
  field.addEventListener("blur", () => { list.hidden = true; });
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const name = event.target.closest("li");
    if (name) take(name);
  });
  field.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    const here = names.find((name) => name.getAttribute("aria-selected") === "true");
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) {
      const all = shown();
      mark(all[Math.max(0, Math.min(all.length - 1, all.indexOf(here) + by))]);
    } else if ((event.key === "Enter" || event.key === "Tab") && here && !event.ctrlKey) {
      take(here);
    } else if (event.key === "Escape") {
      list.hidden = true;
      event.stopPropagation();
    } else {
      return;
    }
    event.preventDefault();
  });
}
