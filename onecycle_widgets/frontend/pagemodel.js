// A static page: a model without a kernel, its state in the link.

const SAVING = 200; // ms; Safari takes a hundred addresses in thirty seconds

/** As much of an anywidget model as our widgets use. `linkOf(model)` is what the address keeps. */
export class PageModel {
  constructor(state, linkOf) {
    this.state = state;
    this.linkOf = linkOf;
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
    this.saving = setTimeout(() => this.#keep(), SAVING);
  }

  /** A reload, or who is sent the address, finds what is shown. */
  #keep() {
    const link = this.linkOf(this);
    if (link !== null) history.replaceState(null, "", link);
  }

  on(event, listener) {
    if (event === "change") this.listeners.push(listener); // there is no wire to be cut
  }

  off(_event, listener) {
    this.listeners = this.listeners.filter((other) => other !== listener);
  }
}

/**
 * Show a widget in the page. `fromLink(hash, stored)` gives the traits that a link asks for,
 * `linkOf(model)` a link to the present state, or null where there is none.
 */
export function openPage(show, fromLink, linkOf) {
  const stored = JSON.parse(document.getElementById("state").textContent);
  const start = { ...stored, page: location.href.split("#")[0] };
  const asked = () => fromLink(location.hash, stored);
  const model = new PageModel({ ...start, ...asked() }, linkOf);
  show({ model, el: document.getElementById("explorer") });
  addEventListener("hashchange", () => {
    Object.assign(model.state, { refused: "" }, asked());
    model.tell();
  });
  // The theme follows the system's, by the mark that JupyterLab's pages carry.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.body.setAttribute("data-jp-theme-light", String(!dark.matches));
  dark.addEventListener("change", follow);
  follow();
}
