// The lab's runs: a table, with buttons to remove one, and to take all of them away.
import { button, h, passOn, say } from "./dom.js";
import { copy, download } from "./files.js";

class Runs {
  constructor(model) {
    this.model = model;
    this.said = h("span", { class: "ow-small", role: "status" });
    this.table = h("div", {
      class: "ow-table",
      tabindex: "0",
      role: "region",
      "aria-label": "runs",
    });
    this.code = h("pre", {
      class: "ow-code",
      tabindex: "0",
      "aria-label": "a script that repeats the run",
    });
    this.buttons = h(
      "div",
      { class: "ow-buttons" },
      button("Copy script", () => this.#copied()),
      button("Save CSV", () => this.#ask("csv")),
      this.said,
    );
    this.element = h("div", { class: "ow ow-runs" }, this.table, this.buttons, this.code);
    model.on("msg:custom", (message) => {
      download(message.name, new Blob([message.text], { type: "text/csv" }));
      say(this.said, `Saved ${message.name}`);
    });
  }

  async #copied() {
    try {
      await copy(this.model.get("script"));
      say(this.said, "Script copied");
    } catch (problem) {
      say(this.said, `Not done: ${problem.message}`);
    }
  }

  #ask(what, row = null) {
    this.model.send({ what, row });
  }

  update() {
    const columns = this.model.get("columns");
    const rows = this.model.get("rows");
    const head = columns.map((name) => h("th", { scope: "col" }, name));
    const body = rows.map((cells, row) => {
      const [first, ...others] = cells;
      const swatch = h("span", { class: `ow-swatch ow-look-${row % 6}`, "aria-hidden": "true" });
      const remove = button("Remove", () => this.#ask("remove", row), {
        "aria-label": `Remove run ${first}`,
      });
      const show = button("Script", () => this.#ask("script", row), {
        "aria-label": `Script of run ${first}`,
      });
      const start = h("th", { scope: "row" }, swatch, first);
      return h(
        "tr",
        {},
        start,
        ...others.map((text) => h("td", {}, text)),
        h("td", {}, show, " ", remove),
      );
    });
    const table = h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ...head, h("th", { scope: "col" }, "actions"))),
      h("tbody", {}, ...body),
    );
    const none = h("p", {}, "No run yet: train, and each run is added here.");
    const focused = this.table.contains(document.activeElement);
    this.table.replaceChildren(rows.length ? table : none);
    if (focused) this.table.focus();
    const script = this.model.get("script");
    say(this.code, script);
    this.buttons.style.display = this.code.style.display = rows.length ? "" : "none";
  }
}

export function render({ model, el }) {
  const runs = new Runs(model);
  el.append(runs.element);
  const show = () => runs.update();
  model.on("change", show);
  show();
  const stop = passOn(runs.element);
  return () => {
    stop();
    model.off("change", show);
  };
}
