// The static page: a model without a kernel, its state in the link.
import { render } from "./explorer.js";
import { fromHash } from "./state.js";

/** As much of an anywidget model as the explorer uses. */
class PageModel {
  constructor(state) {
    this.state = state;
    this.listeners = [];
  }

  get(name) {
    return this.state[name];
  }

  set(name, value) {
    this.state[name] = value;
    for (const listener of this.listeners) listener();
  }

  save_changes() {} // there is no kernel to tell

  on(_event, listener) {
    this.listeners.push(listener);
  }

  off(_event, listener) {
    this.listeners = this.listeners.filter((other) => other !== listener);
  }
}

const stored = JSON.parse(document.getElementById("state").textContent);
const start = { ...stored, page: location.href.split("#")[0] };
const model = new PageModel({ ...start, ...fromHash(location.hash) });
render({ model, el: document.getElementById("explorer") });

addEventListener("hashchange", () => {
  for (const [name, value] of Object.entries(fromHash(location.hash))) model.set(name, value);
});

// The theme follows the system's, by the mark that JupyterLab's pages carry.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.body.setAttribute("data-jp-theme-light", String(!dark.matches));
dark.addEventListener("change", follow);
follow();
