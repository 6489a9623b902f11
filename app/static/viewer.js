// The page image: fit, zoom, turn, next page, drag to move, and a second document beside it.

const STEP = 1.25;
const SMALLEST = 0.1;
const LARGEST = 8;

class Sheet {
  constructor(box) {
    this.box = box;
    this.image = box.querySelector("img");
    this.pages = (this.image.dataset.pages ?? "").split(" ").filter(Boolean);
    this.page = 0;
    this.turned = 0;
    this.scale = null; // null means fitted to the pane
    this.image.draggable = false;
    this.image.addEventListener("load", () => this.draw());
    box.addEventListener("pointerdown", (event) => this.drag(event));
    box.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    new ResizeObserver(() => this.draw()).observe(box);
  }

  get sideways() { return this.turned % 180 !== 0; }

  size() {
    const { naturalWidth: width, naturalHeight: height } = this.image;
    return this.sideways ? [height, width] : [width, height];
  }

  fitted() {
    const [width, height] = this.size();
    return Math.min((this.box.clientWidth - 6) / width, (this.box.clientHeight - 6) / height, 2);
  }

  draw() {
    const { naturalWidth: width, naturalHeight: height } = this.image;
    if (!width || !this.box.clientWidth) return;
    const scale = this.scale ?? this.fitted();
    const style = this.image.style;
    style.width = `${width * scale}px`;
    style.height = `${height * scale}px`;
    // A turned picture keeps its old box in the flow: margins make up for the difference of its sides.
    const shift = this.sideways ? ((width - height) * scale) / 2 : 0;
    style.transform = this.turned ? `rotate(${this.turned}deg)` : "";
    style.margin = this.sideways ? `${shift}px auto ${shift}px ${this.marginLeft(width, height, scale, shift)}px` : "3px auto";
  }

  marginLeft(width, height, scale, shift) {
    const spare = Math.max(0, (this.box.clientWidth - height * scale) / 2);
    return spare - shift;
  }

  zoom(how) {
    const now = this.scale ?? this.fitted();
    if (how === "fit") this.scale = null;
    else this.scale = Math.min(LARGEST, Math.max(SMALLEST, how === "in" ? now * STEP : now / STEP));
    this.draw();
  }

  turn() {
    this.turned = (this.turned + 90) % 360;
    this.draw();
  }

  go(by) {
    const next = this.page + by;
    if (next < 0 || next >= this.pages.length) return;
    this.page = next;
    this.image.src = this.pages[next];
  }

  wheel(event) {
    if (!event.ctrlKey) return;
    event.preventDefault();
    this.zoom(event.deltaY < 0 ? "in" : "out");
  }

  drag(start) {
    if (start.button !== 0) return;
    const { scrollLeft, scrollTop } = this.box;
    const move = (event) => {
      this.box.scrollLeft = scrollLeft - (event.clientX - start.clientX);
      this.box.scrollTop = scrollTop - (event.clientY - start.clientY);
    };
    this.box.setPointerCapture(start.pointerId);
    this.box.classList.add("held");
    this.box.addEventListener("pointermove", move);
    const end = () => {
      this.box.classList.remove("held");
      this.box.removeEventListener("pointermove", move);
    };
    this.box.addEventListener("pointerup", end, { once: true });
    this.box.addEventListener("pointercancel", end, { once: true });
  }
}

function start(viewer) {
  const box = viewer.querySelector("[data-sheet]");
  if (!box) return;
  const main = new Sheet(box);
  const besideBox = viewer.querySelector("[data-sheet-beside]");
  const beside = new Sheet(besideBox);
  const sheets = () => (besideBox.hidden ? [main] : [main, beside]);

  const say = () => {
    const place = viewer.querySelector("[data-page-label]");
    place.textContent = viewer.dataset.pageOf.replace("{n}", main.page + 1).replace("{all}", main.pages.length);
  };
  viewer.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.zoom) sheets().forEach((sheet) => sheet.zoom(button.dataset.zoom));
    if ("turn" in button.dataset) main.turn();
    if (button.dataset.page) main.go(Number(button.dataset.page));
    say();
  });
  viewer.querySelector("[data-compare]")?.addEventListener("change", (event) => {
    besideBox.hidden = !event.target.value;
    if (event.target.value) beside.image.src = event.target.value;
    event.target.blur();
    main.draw();
  });
  say();
  main.draw();
}

document.querySelectorAll("[data-viewer]").forEach(start);

// Pages that are being drawn appear by themselves, but never at the price of what somebody is just writing.
const LOOKS_AGAIN_MS = 2_500;

function writes() {
  const fields = document.querySelectorAll("textarea, input:not([type=hidden])");
  return document.querySelector("dialog[open]") || [...fields].some((field) => field.value !== field.defaultValue);
}

if (document.querySelector("[data-looks-again]")) {
  setInterval(() => { if (!document.hidden && !writes()) location.reload(); }, LOOKS_AGAIN_MS);
}
