// Tells every few seconds that this page is open and whether an answer is being written; shows who else is here.

const BEAT_MS = 15_000;
const WRITING_MS = 30_000;
const place = document.querySelector("[data-presence]");
const others = document.querySelector("[data-others]");
const news = document.querySelector("[data-new-mail]");
let wrote = -Infinity;

function tell(doing, options = {}) {
  const data = new FormData();
  data.set("csrf_token", document.querySelector("input[name=csrf_token]").value);
  data.set("doing", doing);
  return fetch(place.dataset.presence, { method: "POST", body: data, headers: { Accept: "application/json" }, ...options });
}

async function beat() {
  if (document.hidden) return;
  const answer = await tell(performance.now() - wrote < WRITING_MS ? "replying" : "looking");
  // Signed out meanwhile: the next click says so.
  if (answer.redirected || answer.status === 401 || answer.status === 403) { clearInterval(timer); return; }
  if (!answer.ok) return;
  const told = await answer.json();
  others.textContent = told.others;
  others.hidden = !told.others;
  if (news && told.last !== undefined) news.hidden = told.last === place.dataset.last;
}

const timer = place ? setInterval(() => beat().catch(() => {}), BEAT_MS) : undefined;
if (place) {
  beat().catch(() => {});
  document.addEventListener("input", (event) => {
    if (!event.target.matches("textarea[name=body]")) return;
    const first = performance.now() - wrote > WRITING_MS;
    wrote = performance.now();
    if (first) beat().catch(() => {});
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) beat().catch(() => {}); });
  window.addEventListener("pagehide", () => tell("gone", { keepalive: true }).catch(() => {}));
}
