// Answers that may still be taken back: the seconds run down, then the bar goes. Without this script it names the moment.

for (const bar of document.querySelectorAll("[data-undo]")) {
  const place = bar.querySelector("[data-undo-words]");
  const end = performance.now() + Number(bar.dataset.undo) * 1000;
  const tick = () => {
    const left = Math.ceil((end - performance.now()) / 1000);
    if (left <= 0) { bar.remove(); clearInterval(timer); return; }
    place.textContent = place.dataset.undoWords.replace("{seconds}", left);
  };
  const timer = setInterval(tick, 250);
  tick();
}
