// The check that stands for a captcha: when the form is sent, the browser first solves a task in a worker, and says how far it is.

const box = document.querySelector("[data-proof-of-work]");
const form = box.closest("form");
const says = box.querySelector("[data-proof-says]");
const bar = box.querySelector("progress");
const button = form.querySelector("button:not([type=button])");
let ready = false;

function show(state, text) {
  box.dataset.state = state;
  says.textContent = text;
  bar.hidden = state !== "working";
  button.disabled = state === "working";
}

function solve({ challenge, most }) {
  const worker = new Worker(new URL("proof-worker.js", import.meta.url));
  bar.max = most;
  return new Promise((found, failed) => {
    worker.addEventListener("error", () => failed(new Error("worker")));
    worker.addEventListener("message", ({ data }) => {
      if (data.solution) found({ challenge, solution: data.solution });
      else if (data.failed) failed(new Error("unsolved"));
      else bar.value = data.tried;
    });
    worker.postMessage({ task: challenge.parameters, most });
  }).finally(() => worker.terminate());
}

async function prove() {
  const answer = await fetch(box.dataset.challenge, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error("no task");
  return btoa(JSON.stringify(await solve(await answer.json())));
}

async function work(event) {
  if (ready) return;
  event.preventDefault();
  show("working", box.dataset.working);
  try {
    form.elements.proof.value = await prove();
    ready = true;
    show("ready", box.dataset.ready);
    form.requestSubmit(button);
  } catch {
    show("failed", box.dataset.failed);
  }
}

// A page that the back button brings back has used its proof: the next press solves a new task.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) { ready = false; show("", box.dataset.idle); }
});

form.addEventListener("submit", work);
