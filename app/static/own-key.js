// The page on which the owner makes a key: passphrase, key, encrypted file saved, and only then the request is sent.

import { encryptedKeyFile, newKeyPair, pem, requestFor } from "./pkcs.js";

const LEAST_CHARACTERS = 12;
const LEAST_DIFFERENT = 5;
const REQUEST_LIMIT = 16 * 1024;

const page = document.getElementById("own-key");
const words = JSON.parse(document.getElementById("own-key-words").textContent);
const part = (name) => document.getElementById(`own-key-${name}`);

let fileAddress = null;

function say(text) {
  part("status").textContent = text;
  part("trouble").textContent = "";
}

function complain(text, input = null) {
  part("status").textContent = "";
  part("trouble").textContent = text;
  for (const field of [part("passphrase"), part("repeated")]) field.removeAttribute("aria-invalid");
  if (input) {
    input.setAttribute("aria-invalid", "true");
    input.focus();
  }
}

// A rough measure: the size of the alphabet in use to the power of the length. It only chooses a hint.
function strengthOf(passphrase) {
  const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/];
  const sizes = [26, 26, 10, 33];
  const alphabet = kinds.reduce((sum, kind, index) => sum + (kind.test(passphrase) ? sizes[index] : 0), 0);
  const bits = Math.log2(alphabet || 1) * Math.min(passphrase.length, new Set(passphrase).size * 2);
  if (tooWeak(passphrase)) return "short";
  return bits < 65 ? "fair" : bits < 90 ? "good" : "strong";
}

function tooWeak(passphrase) {
  // A word said twice is worth one word.
  const once = passphrase.replace(/^(.+?)\1+$/su, "$1");
  return [...once].length < LEAST_CHARACTERS || new Set(once).size < LEAST_DIFFERENT;
}

function showStrength() {
  const typed = part("passphrase").value;
  part("strength").textContent = typed ? words.strength[strengthOf(typed)] : "";
}

function refusalOfPassphrase() {
  if (tooWeak(part("passphrase").value)) return [words.tooWeak, part("passphrase")];
  if (part("passphrase").value !== part("repeated").value) return [words.different, part("repeated")];
  return null;
}

function forgetPassphrase() {
  part("passphrase").value = "";
  part("repeated").value = "";
  part("strength").textContent = "";
}

function forgetFile() {
  if (fileAddress) URL.revokeObjectURL(fileAddress);
  fileAddress = null;
  part("file").removeAttribute("href");
  part("request").value = "";
}

function showStep(name) {
  for (const step of ["make", "save"]) part(step).hidden = step !== name;
}

async function make(event) {
  event.preventDefault();
  const refusal = refusalOfPassphrase();
  if (refusal) return complain(...refusal);
  part("make-button").disabled = true;
  say(words.making);
  try {
    const pair = await newKeyPair();
    const file = await encryptedKeyFile(pair, part("passphrase").value);
    offer(file, await requestFor(pair, page.dataset.subject));
  } catch {
    complain(words.failed);
  } finally {
    part("make-button").disabled = false;
  }
  return undefined;
}

function offer(file, request) {
  forgetPassphrase();
  forgetFile();
  fileAddress = URL.createObjectURL(new Blob([file], { type: "application/x-pem-file" }));
  part("file").href = fileAddress;
  part("file").download = page.dataset.file;
  part("request").value = request;
  part("saved").checked = false;
  part("saved").disabled = true;
  part("send").disabled = true;
  showStep("save");
  say(words.made);
  part("file").focus();
}

function saved() {
  part("saved").disabled = false;
  say(words.saving);
}

function startAgain() {
  forgetFile();
  showStep("make");
  say("");
  part("passphrase").focus();
}

// A request in DER becomes PEM; whether it is a good one is decided where it arrives.
async function textOf(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return bytes[0] === 0x30 ? pem("CERTIFICATE REQUEST", bytes) : new TextDecoder().decode(bytes);
}

function refusalOfFile(text) {
  if (text.includes("PRIVATE KEY")) return words.filePrivate;
  return text.includes("CERTIFICATE REQUEST") ? "" : words.fileOther;
}

async function readChosenFile(event) {
  const [file] = event.target.files;
  if (!file) return;
  const text = file.size > REQUEST_LIMIT ? "" : await textOf(file);
  const refusal = text ? refusalOfFile(text) : words.fileTooLarge;
  part("csr-trouble").textContent = refusal;
  part("csr").value = refusal ? "" : text;
  if (refusal) event.target.value = "";
}

// The last guard before a request leaves: whatever was pasted, a private key stays here.
function holdBackPrivateKey(event) {
  if (!part("csr").value.includes("PRIVATE KEY")) return;
  event.preventDefault();
  part("csr").value = "";
  part("csr-trouble").textContent = words.filePrivate;
  part("csr").focus();
}

function start() {
  part("chosen").closest("[hidden]")?.removeAttribute("hidden");
  part("chosen").addEventListener("change", readChosenFile);
  part("csr").form.addEventListener("submit", holdBackPrivateKey);
  if (!window.isSecureContext || !crypto.subtle) {
    part("impossible").hidden = false;
    part("own").open = true;
    return;
  }
  page.hidden = false;
  part("make").addEventListener("submit", make);
  part("passphrase").addEventListener("input", showStrength);
  part("file").addEventListener("click", saved);
  part("saved").addEventListener("change", () => { part("send").disabled = !part("saved").checked; });
  part("again").addEventListener("click", startAgain);
  window.addEventListener("pagehide", forgetFile);
}

start();
