// The table of runs, which is the board's legend, too: each row has its line.
import { button, h, s, say, set } from "./dom.js";
import { dash } from "./picture.js";
import { TABLES } from "./tables.js";
import { fill, general } from "./text.js";
import { medianOf } from "./trained.js";
import { measured } from "./verdict.js";

/** What the cells of a run say: steps, last loss (smoothed), what was measured, its ends, seconds. */
function cellsOf(run) {
  const steps = run.complete ? String(run.done) : `${run.done} of ${run.total}`;
  const last = run.loss[run.loss.length - 1];
  const loss = run.diverged ? "diverged" : Number.isFinite(last) ? general(last, 3) : "–";
  const final = (run.final ?? []).filter((one) => Number.isFinite(one));
  const right = measured(run, medianOf(final));
  const [least, most] = [Math.min, Math.max].map((end) => measured(run, end(...final)));
  const ends = final.length > 1 ? ` (${least} to ${most})` : "";
  return [steps, loss, right, ends, run.seconds.toFixed(1)];
}

/** A run's last loss, smoothed as it is drawn, and as a script prints it. */
export function lossesOf(run) {
  const [smoothed, raw] = [run.loss[run.loss.length - 1], run.rawLast].map((loss) =>
    Number.isFinite(loss) ? general(loss, 3) : "no number",
  );
  return fill(TABLES.lab.words.losses, { smoothed, raw });
}

/** The table. hand: lift(key or null), restore(key), script(key), remove(key), csv(). */
export class Legend {
  constructor(hand) {
    this.hand = hand;
    this.body = h("tbody");
    const head = (text) => h("th", { scope: "col" }, text);
    const heads = ["run", "steps", "loss (smoothed)", "held out", "s"].map(head);
    set(heads[2], { title: TABLES.lab.words.smoothed });
    this.save = button("Save CSV", () => hand.csv());
    const table = h(
      "table",
      {},
      h("thead", {}, h("tr", {}, ...heads, h("td", {}, this.save))),
      this.body,
    );
    this.empty = h("p", { class: "ow-small" }, TABLES.lab.words.empty);
    const about = { tabindex: "0", role: "region", "aria-label": "runs" };
    this.element = h("div", { class: "ow-table ow-legends", ...about }, table, this.empty);
    for (const [name, key] of [
      ["pointerover", keyAt],
      ["focusin", keyAt],
      ["pointerleave", () => null],
      ["focusout", () => null],
    ]) {
      this.element.addEventListener(name, (event) => hand.lift(key(event)));
    }
  }

  /**
   * Show runs: [{run, name, css, dashed, note}]; what has a `note` is not in the list of runs.
   * `current` is the key of the one that has the schedule that is set.
   */
  show(rows, current) {
    const plain = rows.map(({ run, name, css, dashed, note }) => {
      return {
        key: run.key,
        name,
        css,
        dashed,
        note: note ?? "",
        cells: cellsOf(run),
        losses: lossesOf(run),
      };
    });
    // A live run's name follows the hand: its row stays, and so does the focus in the others.
    const kind = ({ cells: _, losses: __, name, ...one }) => [one, one.note ? "" : name];
    const kinds = JSON.stringify(plain.map(kind));
    if (kinds !== this.kinds) this.#build(plain);
    this.kinds = kinds;
    plain.forEach(({ cells, name, losses }, i) => {
      const row = this.body.children[i];
      say(row.querySelector("th span"), name);
      set(row.querySelector("th"), { title: name });
      set(row.children[2], { title: losses });
      set(row, { "aria-current": plain[i].key === current && "true" });
      const places = row.querySelectorAll(".ow-cell");
      cells.forEach((text, j) => {
        say(places[j], text);
      });
    });
    const none = rows.length === 0;
    this.empty.hidden = !none;
    this.element.firstElementChild.classList.toggle("ow-none", none);
  }

  #build(rows) {
    const before = this.body.childElementCount;
    const focused = this.body.contains(document.activeElement);
    this.body.replaceChildren(...rows.map((row) => this.#row(row)));
    if (focused) this.element.focus();
    if (rows.length > before) this.toEnd();
  }

  /** Bring the newest run in sight. */
  toEnd() {
    this.element.scrollTop = this.element.scrollHeight;
  }

  /** Have a run's row noticed; who wants little motion finds it by its mark. */
  flash(key) {
    const row = this.body.querySelector(`[data-key="${key}"]`);
    if (!row) return; // it has just been removed
    const above = row.previousElementSibling;
    this.element.scrollTop = above ? above.offsetTop : 0; // below the head, which stays
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const backgroundColor = ["var(--ow-now)", "var(--ow-shade-0)"];
    row.animate({ backgroundColor }, { duration: 600, iterations: 2 });
  }

  #row({ key, name, css, dashed, note }) {
    const line = s("line", { x1: 1, x2: 31, y1: 7, y2: 7, "stroke-dasharray": dash(dashed) });
    const sample = s("svg", { class: css, width: 32, height: 14, "aria-hidden": "true" }, line);
    const act = (text, way) =>
      button(text, () => this.hand[way](key), { "aria-label": `${text} run ${name}` });
    const ways = note
      ? [h("span", { class: "ow-small" }, note)]
      : [act("Restore", "restore"), act("Script", "script"), act("Remove", "remove")];
    const cell = () => h("td", { class: "ow-cell" });
    const [value, ends] = ["ow-cell", "ow-cell ow-ends"].map((name) => h("span", { class: name }));
    const title = h("th", { scope: "row" }, sample, h("span", {}, name));
    return set(
      h(
        "tr",
        {},
        title,
        cell(),
        cell(),
        h("td", {}, value, ends),
        cell(),
        h("td", { class: "ow-ways" }, ...ways),
      ),
      { "data-key": key },
    );
  }
}

function keyAt(event) {
  const row = event.target.closest("tr[data-key]");
  return row ? Number(row.dataset.key) : null;
}
