// Making and reusing elements.

const SVG = "http://www.w3.org/2000/svg";

/** Set attributes; null and false remove them, on... adds a listener. */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === null || value === false) element.removeAttribute(name);
    // An attribute that is set, even to what it was, is laid out again.
    else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
  }
  return element;
}

// JupyterLab's shortcuts stay out of what can have the focus: arrow keys move sliders here, not
// cells. It looks for the mark on the focused element itself.
export const MARK = { "data-lm-suppress-shortcuts": "true" };
const FOCUSABLE = ["input", "select", "button", "pre"];
const FOCUSED = [...FOCUSABLE, "[role=slider]"].join();

// Commands of ours, and those of any text, stay here; other ones are for the page around.
const OWN = /^[zy]$/i;
const WRITING = /^([acvx]|Arrow.*|Backspace|Delete|Home|End)$/;

function isCommand({ ctrlKey, metaKey, shiftKey, key }) {
  if (!(ctrlKey || metaKey) || OWN.test(key)) return false;
  return !WRITING.test(key) || (shiftKey && key.length === 1);
}

/**
 * Let commands of the page around, such as Ctrl+S, through while something inside has the focus.
 * Returns what ends that.
 */
export function passOn(root) {
  // Before anybody else hears of the key: JupyterLab looks for the mark when it does.
  const hear = (event) => {
    if (!root.contains(event.target)) return;
    const mark = isCommand(event) ? { [Object.keys(MARK)[0]]: null } : MARK;
    if (event.target.matches(FOCUSED)) set(event.target, mark);
  };
  window.addEventListener("keydown", hear, true);
  return () => window.removeEventListener("keydown", hear, true);
}

/** Change an element's text if it is another. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** An HTML element with attributes (on...: listeners) and children. */
export function h(tag, attributes = {}, ...children) {
  const element = set(document.createElement(tag), attributes);
  if (FOCUSABLE.includes(tag)) set(element, MARK);
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** An SVG element. */
export function s(tag, attributes = {}, ...children) {
  const element = set(document.createElementNS(SVG, tag), attributes);
  element.append(...children);
  return element;
}

/** Bring a group's children in line with a list of attributes, reusing what is there. */
export function repeat(parent, tag, items) {
  while (parent.childElementCount > items.length) parent.lastElementChild.remove();
  while (parent.childElementCount < items.length) parent.append(s(tag));
  items.forEach(({ text, ...attributes }, i) => {
    const element = set(parent.children[i], attributes);
    if (text !== undefined) say(element, text);
  });
}

/** Make a button idle without taking the focus from it, as `disabled` would. */
export function idle(button, yes) {
  set(button, { "aria-disabled": String(yes) });
}

/** A button; while it is idle a click does nothing. */
export function button(text, onclick, attributes = {}) {
  const click = () => element.getAttribute("aria-disabled") !== "true" && onclick();
  const element = h("button", { type: "button", onclick: click, ...attributes }, text);
  return element;
}
