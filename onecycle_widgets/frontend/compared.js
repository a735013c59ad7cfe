// Pinned runs: kept beside the current one, in a table of what came of them.
import { counted } from "./balls.js";
import { button, h, idle, say, set } from "./dom.js";
import { SURFACES } from "./landscapes.js";
import { literalOf } from "./policy.js";
import { BESIDES } from "./setting.js";
import { TABLES } from "./tables.js";
import { general } from "./text.js";

const TOLD = [
  "surface",
  "schedule",
  "max_lr",
  "pct_start",
  "div_factor",
  "total_steps",
  "cycle_momentum",
  "anneal_strategy",
  "three_phase",
  "final_div_factor",
  "base_momentum",
  "max_momentum",
  "momentum",
  "noise",
  "balls",
  "seed",
];

/** Name each setting by what not all of them have in common. */
export function differencesOf(settings) {
  const text = (setting, name) => {
    if (name === "surface") return SURFACES[setting.surface].title;
    return BESIDES.includes(name) ? String(setting[name]) : literalOf(setting.policy, name);
  };
  const plain = ["surface", "schedule"];
  const differing = TOLD.filter((name) => new Set(settings.map((one) => text(one, name))).size > 1);
  return settings.map((setting) =>
    differing
      .map((name) =>
        plain.includes(name) ? text(setting, name) : `${name}=${text(setting, name)}`,
      )
      .join(", "),
  );
}

/** The table, and the button that pins. */
export class Compared {
  constructor(onPin, onRestore, onRemove) {
    this.actions = { onRestore, onRemove };
    this.button = button("Pin this run", onPin);
    this.status = h("span", { class: "ow-small" });
    this.body = h("tbody");
    const head = (text, ...inside) => h("th", { scope: "col" }, text, ...inside);
    const heads = [head("run ", this.status), head("loss"), head("wide"), head("flown")];
    const table = h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ...heads, h("td", {}, this.button))),
      this.body,
    );
    const about = { class: "ow-table", tabindex: "0", role: "region", "aria-label": "pinned runs" };
    this.element = h(
      "section",
      { class: "ow-compared", "aria-label": "runs compared" },
      h("div", about, table),
    );
  }

  /** Show runs, the current one first: [{setting, run}]. */
  show(runs) {
    const full = runs.length > TABLES.most_pins;
    const [now, ...pins] = runs.map(({ setting }) => JSON.stringify(setting));
    const same = pins.includes(now);
    idle(this.button, full || same);
    say(this.status, full ? "(no room for more)" : same ? "(pinned)" : "");
    const names = differencesOf(runs.map(({ setting }) => setting));
    const rows = runs.map(({ setting, run }, i) => {
      const { flown, beyond } = counted(run, run.steps, SURFACES[setting.surface].border);
      const loss = flown === run.balls ? "gone" : general(run.losses[run.steps], 3);
      const name = i ? `${i}: ${names[i] || "as now"}` : `now${names[0] ? `: ${names[0]}` : ""}`;
      return [name, loss, beyond === null ? "–" : String(beyond), String(flown)];
    });
    const shown = JSON.stringify(rows);
    if (shown === this.shown) return;
    const before = this.shown ? JSON.parse(this.shown) : [];
    this.shown = shown;
    if (before.length === rows.length && before.length) this.#write(rows);
    else this.#build(rows);
  }

  /** Numbers change at every move of a slider: the rows stay, and so does the focus. */
  #write(rows) {
    rows.forEach((cells, i) => {
      cells.forEach((text, j) => {
        const cell = this.body.children[i].children[j];
        say(j ? cell : cell.lastElementChild, text);
        if (!j) set(cell, { title: text });
      });
    });
  }

  #build(rows) {
    const focused = this.body.contains(document.activeElement);
    const { onRestore, onRemove } = this.actions;
    const act = (text, i, onclick) => button(text, onclick, { "aria-label": `${text} pin ${i}` });
    const items = rows.map(([name, ...cells], i) => {
      const css = i ? `ow-pin-${i - 1}` : "ow-current";
      const swatch = h("span", { class: "ow-swatch", "aria-hidden": "true" });
      const ways = i
        ? [act("Restore", i, () => onRestore(i - 1)), " ", act("Remove", i, () => onRemove(i - 1))]
        : [];
      return h(
        "tr",
        { class: css },
        h("th", { scope: "row", title: name }, swatch, h("span", {}, name)),
        ...cells.map((text) => h("td", {}, text)),
        h("td", {}, ...ways),
      );
    });
    this.body.replaceChildren(...items);
    if (focused) (this.body.querySelector("button") ?? this.button).focus();
  }
}
