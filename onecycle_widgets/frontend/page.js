// The static page: a model without a kernel, its state in the link.
import { render } from "./explorer.js";
import { check, Impossible } from "./rules.js";
import { fromHash, given, toHash } from "./state.js";

const SAVING = 200; // ms; Safari takes a hundred addresses in thirty seconds

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
    this.state.refused = ""; // a link's; what is set now is no link's
    this.state[name] = value;
    this.tell();
  }

  tell() {
    for (const listener of this.listeners) listener();
  }

  /** There is no kernel to tell: the address keeps the state, a little later, as browsers ask. */
  save_changes() {
    clearTimeout(this.saving);
    this.saving = setTimeout(() => keepInAddress(this), SAVING);
  }

  on(event, listener) {
    if (event === "change") this.listeners.push(listener); // there is no wire to be cut
  }

  off(_event, listener) {
    this.listeners = this.listeners.filter((other) => other !== listener);
  }
}

/** A reload, or who is sent the address, finds what is shown. */
function keepInAddress(model) {
  try {
    history.replaceState(null, "", toHash(model, check(given(model))));
  } catch (problem) {
    if (!(problem instanceof Impossible)) throw problem; // which no link can say
  }
}

const stored = JSON.parse(document.getElementById("state").textContent);
const start = { ...stored, page: location.href.split("#")[0] };
const model = new PageModel({ ...start, ...fromHash(location.hash) });
render({ model, el: document.getElementById("explorer") });

addEventListener("hashchange", () => {
  Object.assign(model.state, { refused: "" }, fromHash(location.hash));
  model.tell();
});

// The theme follows the system's, by the mark that JupyterLab's pages carry.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.body.setAttribute("data-jp-theme-light", String(!dark.matches));
dark.addEventListener("change", follow);
follow();
