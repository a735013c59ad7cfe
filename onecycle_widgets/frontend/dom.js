// Making and reusing elements.

const SVG = "http://www.w3.org/2000/svg";

function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === null || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? "" : value);
  }
  return element;
}

/** An HTML element with attributes (on...: listeners) and children. */
export function h(tag, attributes = {}, ...children) {
  const element = set(document.createElement(tag), attributes);
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
    if (text !== undefined && element.textContent !== text) element.textContent = text;
  });
}
