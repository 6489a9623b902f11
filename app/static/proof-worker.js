// Tries numbers until one gives the key that the task asks for (ALTCHA 2: PBKDF2 over nonce and number).

function bytesOf(hex) {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

function hexOf(buffer) {
  return [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function derive(task, number) {
  const nonce = bytesOf(task.nonce);
  const password = new Uint8Array(nonce.length + 4);
  password.set(nonce);
  new DataView(password.buffer).setUint32(nonce.length, number);
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: bytesOf(task.salt), iterations: task.cost };
  return hexOf(await crypto.subtle.deriveBits(how, key, task.keyLength * 8));
}

async function solve({ task, most }) {
  for (let counter = 0; counter <= most; counter += 1) {
    const derivedKey = await derive(task, counter);
    if (derivedKey.startsWith(task.keyPrefix)) return postMessage({ solution: { counter, derivedKey } });
    if (counter % 5 === 0) postMessage({ tried: counter });
  }
  return postMessage({ failed: true });
}

addEventListener("message", (event) => {
  solve(event.data).catch(() => postMessage({ failed: true }));
});
