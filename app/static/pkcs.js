// A key pair made by the browser, its PKCS#10 request (RFC 2986) and its encrypted PKCS#8 file (RFC 5958, RFC 8018).
// DER (X.690) is written by hand: it is little, and nothing has to be loaded from elsewhere.

const ROUNDS = 600000; // Of PBKDF2 with HMAC-SHA-256: what OWASP asks for; `openssl pkey` reads it.
const CURVE = { name: "ECDSA", namedCurve: "P-256" };

const OID = {
  commonName: [0x55, 0x04, 0x03],
  ecdsaWithSha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  pbes2: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d],
  pbkdf2: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0c],
  hmacWithSha256: [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x09],
  aes256Cbc: [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a],
};

function element(tag, ...parts) {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const head = size < 0x80 ? [tag, size] : size < 0x100 ? [tag, 0x81, size] : [tag, 0x82, size >> 8, size & 0xff];
  const whole = new Uint8Array(head.length + size);
  whole.set(head);
  let at = head.length;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const sequence = (...parts) => element(0x30, ...parts);
const set = (...parts) => element(0x31, ...parts);
const oid = (name) => element(0x06, OID[name]);
const octets = (bytes) => element(0x04, bytes);
const utf8 = (text) => element(0x0c, new TextEncoder().encode(text));
const NULL = element(0x05);

// A non-negative integer from its octets: no needless zero in front, but one where the first bit is set.
function integer(bytes) {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const shortest = bytes.slice(start);
  return element(0x02, shortest[0] & 0x80 ? [0] : [], shortest);
}

const whole = (number) => integer([number >>> 24, (number >>> 16) & 0xff, (number >>> 8) & 0xff, number & 0xff]);

export function pem(label, der) {
  let binary = "";
  for (const byte of der) binary += String.fromCharCode(byte);
  const lines = btoa(binary).match(/.{1,64}/g).join("\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

// WebCrypto signs as r || s (IEEE P1363); X.509 wants SEQUENCE { r, s }.
function signatureSequence(raw) {
  const half = raw.length / 2;
  return sequence(integer(raw.slice(0, half)), integer(raw.slice(half)));
}

export async function requestFor(pair, commonName) {
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
  const subject = sequence(set(sequence(oid("commonName"), utf8(commonName))));
  const noAttributes = element(0xa0);
  const information = sequence(element(0x02, [0]), subject, spki, noAttributes);
  const raw = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, pair.privateKey, information);
  const signature = signatureSequence(new Uint8Array(raw));
  const unusedBits = [0];
  return pem(
    "CERTIFICATE REQUEST",
    sequence(information, sequence(oid("ecdsaWithSha256")), element(0x03, unusedBits, signature)),
  );
}

async function wrappingKey(passphrase, salt) {
  const text = new TextEncoder().encode(passphrase.normalize("NFC"));
  const material = await crypto.subtle.importKey("raw", text, "PBKDF2", false, ["deriveKey"]);
  text.fill(0);
  const derivation = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  return crypto.subtle.deriveKey(derivation, material, { name: "AES-CBC", length: 256 }, false, ["wrapKey"]);
}

// wrapKey exports and encrypts in one step: the plain private key never becomes a value of this page.
export async function encryptedKeyFile(pair, passphrase) {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(16));
  const key = await wrappingKey(passphrase, salt);
  const wrapped = new Uint8Array(await crypto.subtle.wrapKey("pkcs8", pair.privateKey, key, { name: "AES-CBC", iv }));
  const derivation = sequence(
    oid("pbkdf2"),
    sequence(octets(salt), whole(ROUNDS), sequence(oid("hmacWithSha256"), NULL)),
  );
  const cipher = sequence(oid("aes256Cbc"), octets(iv));
  const scheme = sequence(oid("pbes2"), sequence(derivation, cipher));
  return pem("ENCRYPTED PRIVATE KEY", sequence(scheme, octets(wrapped)));
}

// Extractable, because the owner takes it along as an encrypted file; only wrapKey above ever exports it.
export function newKeyPair() {
  return crypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
}
