// The web admin: signs in, shows the frame, and in it the page that the address says. See README.md.

import { get, onLoginEnded, post } from "./lib/api.js";
import { setZone, zoneName, zonesDiffer, ownMoment } from "./lib/format.js";
import { h, fill } from "./lib/h.js";
import { office } from "./lib/office.js";
import { View, empty, failed, isOutOfReach, isThereAgain } from "./lib/view.js";

// path, what the menu calls it, for whom, and where it is loaded from.
const pages = [
  { path: "/", name: "Dashboard", roles: "M", load: () => import("./pages/dashboard.js") },
  { path: "/hours", name: "Work hours", roles: "M", load: () => import("./pages/hours.js") },
  { path: "/reports", name: "Reports", roles: "M", load: () => import("./pages/reports.js") },
  { path: "/activity", name: "Activity", roles: "M", load: () => import("./pages/activity.js") },
  { path: "/screenshots", name: "Screenshots", roles: "M", load: () => import("./pages/screenshots.js") },
  { path: "/live", name: "Live view", roles: "M", load: () => import("./pages/live.js") },
  { path: "/setup", name: "Setup", roles: "M", load: () => import("./pages/setup.js") },
  { path: "/me", name: "My hours", roles: "E", load: () => import("./pages/me.js") },
  { path: "/client", name: "Client", roles: "EM", load: () => import("./pages/client.js") },
];

const nothing = {
  name: "No such page", load: async () => ({ show: ({ root }) => root.append(empty("There is nothing at this address.")) }),
};

let me = null;
let view = null;
let main = null;
let asking = null;

const isManager = () => me.role !== "employee";
const allowed = () => pages.filter(({ roles }) => roles.includes(isManager() ? "M" : "E"));

async function start() {
  onLoginEnded((failure) => {
    asking ??= loadSignIn().then(({ signInAgain }) => signInAgain(failure, me, signOut)).then(signedIn).finally(() => (asking = null));
    return asking;
  });
  // The page's files come while it is asked who is there.
  if (hasLogin()) pages.find(({ path }) => path === location.pathname)?.load().catch(() => {});
  try {
    const known = hasLogin() ? await whoIsThere() : null;
    if (known) signedIn(known);
    else if (location.pathname !== "/client") signedIn(await (await loadSignIn()).signInPage(document.body));
    showFrame();
  } catch (error) {
    fill(document.body, h("main.center", h("h1", "Time Tracker"), failed(inWords(error), () => location.reload())));
    if (isOutOfReach(error)) isThereAgain().then(() => location.reload());
  }
  // It is wanted when the login has ended, and by then this server may be another.
  setTimeout(() => loadSignIn().catch(() => {}), 3000);
}

const loadSignIn = () => import("./parts/signin.js");

// Scripts can't see the login; the server says in the shell whether the browser has sent one. A first visit asks for nothing in vain.
const hasLogin = () => document.documentElement.dataset.login !== "none";

async function whoIsThere() {
  try {
    return await get("/api/me", {}, { asks: false });
  } catch (error) {
    if (error.status === 401) return null;
    throw error;
  }
}

function signedIn(now) {
  const isNew = me?.expiresAt !== now.expiresAt;
  me = now;
  setZone(me.zone);
  if (isManager()) office.open();
  if (isNew) renewInTime();
}

// A login lasts as long as somebody uses it.
function renewInTime() {
  const left = new Date(me.expiresAt) - Date.now();
  setTimeout(async () => {
    try {
      const { expiresAt } = await post("/api/auth/refresh", {}, { asks: false });
      signedIn({ ...me, expiresAt });
    } catch {
      // The next request says what is the matter.
    }
  }, Math.max(left / 2, 30_000));
}

function showFrame() {
  main = h("main", { id: "main", tabindex: "-1" });
  fill(
    document.body, h("a.skip", { href: "#main", onclick: skip }, "To the page"), me ? header() : publicHeader(), main,
    h("div", { id: "said", role: "status", "aria-live": "polite" }));
  office.addEventListener("state", showLink);
  // The answer says why, and whether somebody has to sign in again.
  office.addEventListener("refused", () => get("/api/me").catch(() => {}));
  addEventListener("popstate", () => (isShown() && view.follow(new URLSearchParams(location.search))) || showPage());
  document.addEventListener("click", followLink);
  // What a login that ends is not to lose.
  document.addEventListener("input", ({ target }) => (target.dataset.typed = ""));
  showPage();
}

// Not as an address: going to one would show the page anew.
function skip(event) {
  event.preventDefault();
  main.querySelector("h1").focus();
}

function publicHeader() {
  return h("header.frame", h("strong", "Time Tracker"), h("nav", h("a", { href: "/" }, "Sign in")));
}

function header() {
  return h(
    "header.frame", h("strong", "Time Tracker"),
    h("nav", { "aria-label": "Pages" }, allowed().map(({ path, name }) => h("a", { href: path }, name))),
    h("span.link", { id: "link", role: "status" }),
    h("span.who", { title: `Days are those of ${zoneName()}` + (zonesDiffer() ? `; here it is ${ownMoment(Date.now())}` : "") },
      me.name || me.email),
    h("button.plain", { type: "button", onclick: signOut }, "Sign out"));
}

function showLink() {
  const place = document.getElementById("link");
  if (place) place.textContent = !isManager() || office.isThere ? "" : "Not connected. What is shown may be old.";
}

async function signOut() {
  await post("/api/auth/logout", {}, { asks: false }).catch(() => {});
  office.close();
  location.assign("/");
}

// Addresses of pages are shown without loading everything anew.
function followLink(event) {
  const link = event.target.closest?.("a[href]");
  if (!me || !link || link.target || link.hasAttribute("download") || event.button || event.metaKey || event.ctrlKey) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || url.hash || !pages.some(({ path }) => path === url.pathname)) return;
  event.preventDefault();
  go(url.pathname + url.search);
}

function go(address) {
  history.pushState(null, "", address);
  scrollTo(0, 0);
  showPage();
}

const isShown = () => document.querySelector("header.frame [aria-current]")?.getAttribute("href") === location.pathname;

async function showPage() {
  const reachable = me ? allowed() : pages.filter(({ path }) => path === "/client");
  const isAt = ({ path }) => path === location.pathname;
  const page = pages.some(isAt) ? reachable.find(isAt) : nothing;
  // Whoever may not see it is led to what is theirs.
  if (!page) return location.replace(reachable[0].path);
  const isFirst = view === null;
  view?.end();
  const shown = (view = new View(main, new URLSearchParams(location.search), me, go));
  for (const link of document.querySelectorAll("header.frame nav a")) {
    if (link.getAttribute("href") !== page.path) {
      link.removeAttribute("aria-current");
      continue;
    }
    link.setAttribute("aria-current", "page");
    // On a phone the menu is wider than the window.
    link.scrollIntoView({ block: "nearest", inline: "center" });
  }
  document.title = `${page.name} · Time Tracker`;
  try {
    const [{ show }] = await Promise.all([page.load(), office.settled]);
    if (view !== shown) return;
    fill(main, h("h1", { tabindex: "-1" }, page.name));
    // The link that led here may be gone with its page.
    if (!isFirst && document.activeElement === document.body) main.firstChild.focus({ preventScroll: true });
    await show(shown);
  } catch (error) {
    if (view !== shown || error?.name === "AbortError") return;
    if (isOfImport(error) && (await isOutdated())) return location.reload();
    if (view !== shown) return;
    fill(main, h("h1", page.name), failed(inWords(error), showPage));
    if (!isOfImport(error) && !isOutOfReach(error)) return;
    await isThereAgain();
    if (view !== shown) return;
    // Not every browser asks again for a file that did not come.
    if (isOfImport(error)) location.reload();
    else showPage();
  }
}

// A file of the pages did not come.
const isOfImport = (error) => error instanceof TypeError && /import/.test(error.message);
const inWords = (error) => (isOfImport(error) ? new Error("The page can't be loaded. The server can't be reached.") : error);

// Whether the server has other files by now, which are had by loading everything anew. A page's file is also missing where
// somebody leaves while it is loaded: they are not to be brought back.
async function isOutdated() {
  const shell = await fetch("/").then((response) => response.text()).catch(() => "");
  return shell !== "" && !shell.includes(new URL(import.meta.url).pathname);
}

start();
