// Requests to /api. The browser sends the cookie of the login by itself.

// Why a request was not carried out: the server's words and code, or `offline`.
export class Failure extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

// What is done when the login has ended, a password must be changed or a second factor be set up: resolves when the request
// may be tried again.
let renew = () => Promise.reject();
export function onLoginEnded(action) {
  renew = action;
}

export const get = (path, query, options) => request("GET", path + text(query), undefined, options);
export const post = (path, body, options) => request("POST", path, body ?? {}, options);
export const patch = (path, body, options) => request("PATCH", path, body, options);
export const remove = (path, body, options) => request("DELETE", path, body, options);

// `?a=1&b=2` of those that are not empty.
export function text(query) {
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return given.length ? "?" + new URLSearchParams(given) : "";
}

// A page of a list, and where the next one is.
export async function getPage(path, query, options) {
  const response = await send("GET", path + text(query), undefined, options);
  const next = /<([^>]*)>; rel="next"/.exec(response.headers.get("Link") ?? "")?.[1];
  return { rows: await response.json(), next };
}

// A key that makes a repeated request harmless: made once for what shall happen once. (crypto.randomUUID is not there on
// pages without TLS.)
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

async function request(method, path, body, options) {
  const response = await send(method, path, body, options);
  return response.status === 204 ? null : response.json();
}

async function send(method, path, body, { signal, asks = true, headers } = {}) {
  for (;;) {
    const response = await exchange(method, path, body, signal, headers);
    if (response.ok) return response;
    const failure = await failureOf(response);
    const mayHelp = failure.status === 401 || ["password_change_required", "second_factor_setup_required"].includes(failure.code);
    if (!asks || !mayHelp) throw failure;
    await renew(failure);
    signal?.throwIfAborted();
  }
}

async function exchange(method, path, body, signal, headers) {
  const all = { "X-Requested-With": "tracker", ...headers };
  if (body !== undefined) all["Content-Type"] = "application/json";
  try {
    return await fetch(path, { method, headers: all, body: body && JSON.stringify(body), signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Failure(0, "offline", "The server can't be reached.");
  }
}

// Said at a login, of email and password alike, and by pages that ask for one of them.
const refusals = { "Invalid credentials": "The password is wrong.", "Invalid code": "The code is wrong." };

// newPassword: new password.
const spelledOut = (name) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

async function failureOf(response) {
  try {
    const { error, code } = await response.json();
    // The server's own words for it help nobody.
    const words = response.status === 500
      ? "The server could not do it. Try again; if it stays so, tell whoever runs the server." : refusals[error] ?? error;
    return new Failure(response.status, code, words.replace(/^"(\w+)" must/, (_, name) => `The ${spelledOut(name)} must`));
  } catch {
    return new Failure(response.status, "unknown", `The server answers ${response.status}.`);
  }
}
