// Splitting papers: a file is dragged to a person, or its letter is chosen; how many files each has is counted at once.

const form = document.querySelector("form[data-split]");
const selects = () => [...form.querySelectorAll("select[name^='file-']")];

function recount() {
  for (const place of form.querySelectorAll("[data-count-of]")) {
    place.textContent = selects().filter((one) => one.value === place.dataset.countOf).length;
  }
}

function give(key, letter) {
  const select = selects().find((one) => one.name === `file-${key}`);
  if (!select) return;
  select.value = letter;
  select.dispatchEvent(new Event("input", { bubbles: true }));
  recount();
}

form?.addEventListener("change", recount);

form?.addEventListener("dragstart", (event) => {
  const file = event.target.closest?.("[data-file]");
  if (!file) return;
  event.dataTransfer.setData("text/x-file", file.dataset.file);
  event.dataTransfer.effectAllowed = "move";
});

for (const card of form?.querySelectorAll("[data-card]") ?? []) {
  card.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("text/x-file")) return;
    event.preventDefault();
    card.classList.add("over");
  });
  card.addEventListener("dragleave", () => card.classList.remove("over"));
  card.addEventListener("drop", (event) => {
    event.preventDefault();
    card.classList.remove("over");
    give(event.dataTransfer.getData("text/x-file"), card.dataset.card);
  });
}
