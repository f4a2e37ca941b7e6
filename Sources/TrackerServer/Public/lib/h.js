// Elements. Texts become text, never markup.

// h("a.button", { href: "/x", onclick: go }, "text", [others]): an element with classes, attributes, listeners and children.
// null, undefined and false stand for nothing.
export function h(spec, ...parts) {
  const [tag, ...classes] = spec.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const part of parts) add(element, part);
  return element;
}

// The same for SVG.
export function svg(spec, ...parts) {
  const [tag, ...classes] = spec.split(".");
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  if (classes.length) element.setAttribute("class", classes.join(" "));
  for (const part of parts) add(element, part);
  return element;
}

// Puts other children in place of those that are there.
export function fill(element, ...parts) {
  element.replaceChildren();
  for (const part of parts) add(element, part);
  return element;
}

// Makes others of the elements in `place`. The focus goes to the one with the same data-key as before, or to the place itself when
// there is none: whoever has no mouse would have to begin at the top again.
export function keepFocus(place, change) {
  const focused = document.activeElement;
  const hadFocus = place.contains(focused);
  change();
  if (hadFocus && document.activeElement === document.body) focusOn(focused, place);
}

// Remembers what has the focus. What it returns gives it back: to the same, to what stands for it by then, or to the nearest around
// it that is still there.
export function rememberFocus() {
  const element = document.activeElement;
  const around = [];
  for (let each = element.parentElement; each && each.id !== "main"; each = each.parentElement) around.push(each);
  return () => focusOn(element, around.find((each) => each.isConnected && each !== document.body) ?? document.querySelector("main h1"))
    ?.scrollIntoView({ block: "nearest" });
}

function focusOn(element, instead) {
  const { key } = element.dataset;
  const same = key !== undefined && [...document.querySelectorAll("[data-key]")].find((each) => each.dataset.key === key);
  const target = element.isConnected ? element : same || instead;
  if (target && target === instead) target.tabIndex = -1;
  target?.focus({ preventScroll: true });
  return target;
}

// Makes `children` the children of `element`, in their order. Those that are there already are left alone, with the focus in them.
export function arrange(element, children) {
  const wanted = new Set(children);
  for (const child of [...element.children]) if (!wanted.has(child)) child.remove();
  let place = element.firstChild;
  for (const child of children) {
    if (child === place) place = place.nextSibling;
    else element.insertBefore(child, place);
  }
}

function add(element, part) {
  if (part === null || part === undefined || part === false) return;
  if (part instanceof Node || typeof part !== "object") element.append(part);
  else if (Array.isArray(part)) for (const each of part) add(element, each);
  else for (const [name, value] of Object.entries(part)) set(element, name, value);
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "value") element.value = value;
  else element.setAttribute(name, value === true ? "" : value);
}
