// Every form of the house: a second press of a button sends nothing, a question is asked where one is due.

const busy = new WeakSet();

function release(form) {
  busy.delete(form);
  for (const button of form.querySelectorAll("[aria-busy]")) {
    button.removeAttribute("aria-busy");
    button.disabled = false;
  }
}

function hold(form, button) {
  busy.add(form);
  if (!button) return;
  button.setAttribute("aria-busy", "true");
  // Disabled only after the browser has read the form, else the button's own name and value would be lost.
  setTimeout(() => { button.disabled = true; }, 0);
  // A download answers without leaving the page, so such a form says data-stays and may be used again.
  if (form.hasAttribute("data-stays")) setTimeout(() => release(form), 2000);
}

function ask(question) {
  const dialog = document.getElementById("confirm-dialog");
  if (!dialog) return Promise.resolve(window.confirm(question));
  dialog.querySelector("#confirm-text").textContent = question;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
  });
}

async function askThenSend(form, button, question) {
  if (!(await ask(question))) return;
  form.setAttribute("data-confirmed", "");
  form.requestSubmit(button);
  form.removeAttribute("data-confirmed");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog") return;
  const button = event.submitter;
  const question = button?.dataset.confirm || form.dataset.confirm;
  if (busy.has(form)) {
    event.preventDefault();
  } else if (question && !form.hasAttribute("data-confirmed")) {
    event.preventDefault();
    askThenSend(form, button, question);
  } else if (!event.defaultPrevented) {
    hold(form, button);
  }
});

// The back button brings a page back as it was left, with its buttons disabled: free them.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form").forEach(release);
});

// Fields marked data-guard: leaving the page with unsaved changes in them asks first.
const edited = new Set();
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-guard]");
  if (form) edited.add(form);
});
document.addEventListener("submit", (event) => edited.delete(event.target));
window.addEventListener("beforeunload", (event) => {
  if (edited.size) event.preventDefault();
});
