// Take it with you: clipboard, CSV, PNG, SVG.
import { cyclesOf } from "./curve.js";
import { button, h } from "./dom.js";
import { copy, download } from "./files.js";
import { codeOf } from "./policy.js";

const MOST_ROWS = 1e6;

/** One row a step: step, then lr and momentum of every group. */
export function csvOf(policy) {
  if (policy.total_steps > MOST_ROWS) {
    throw new Error(`a file holds ${MOST_ROWS} steps at most; in Python: policy.curve()`);
  }
  const cycles = cyclesOf(policy);
  const names = (name) => cycles.map((_, i) => (cycles.length > 1 ? `${name}_group_${i}` : name));
  const moving = policy.cycle_momentum;
  const lines = [["step", ...names("lr"), ...(moving ? names("momentum") : [])].join(",")];
  for (let step = 0; step < policy.total_steps; step++) {
    const row = [step, ...cycles.map((cycle) => cycle.lr(step))];
    if (moving) row.push(...cycles.map((cycle) => cycle.momentum(step)));
    lines.push(row.join(","));
  }
  return `${lines.join("\n")}\n`;
}

const KEPT = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "font-family",
  "font-size",
  "font-weight",
  "opacity",
  "display",
];

/** The chart as a file of its own: styles written out, a title, and the page's background. */
function svgText(svg, title) {
  const copied = svg.cloneNode(true);
  const originals = svg.querySelectorAll("*");
  copied.querySelectorAll("*").forEach((element, i) => {
    const style = getComputedStyle(originals[i]);
    for (const name of KEPT) element.style.setProperty(name, style.getPropertyValue(name));
  });
  const { width, height } = svg.viewBox.baseVal;
  const make = (tag) => document.createElementNS(svg.namespaceURI, tag);
  const paper = make("rect");
  const fill = getComputedStyle(svg).getPropertyValue("--ow-paper");
  for (const [name, value] of Object.entries({ width, height, fill }))
    paper.setAttribute(name, value);
  const heading = make("title");
  heading.textContent = title;
  copied.prepend(heading, paper);
  return new XMLSerializer().serializeToString(copied);
}

/** The chart as a PNG, two dots to a pixel. */
async function pngOf(svg, title) {
  const picture = new Image();
  picture.src = `data:image/svg+xml,${encodeURIComponent(svgText(svg, title))}`;
  await picture.decode();
  const { width, height } = svg.viewBox.baseVal;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2 * width, 2 * height];
  const context = canvas.getContext("2d");
  context.scale(2, 2);
  context.drawImage(picture, 0, 0, width, height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** The call, and buttons to copy or save. `wants` says which, `linkTo` gives the link to copy. */
export class TakeAway {
  constructor(wants, svg, linkTo) {
    this.code = h("pre", { class: "ow-code", tabindex: "0", "aria-label": "the torch call" });
    this.said = h("span", { class: "ow-small", role: "status" });
    const file = (name, type, text) => download(name, new Blob([text], { type }));
    const coded = wants("code") && [
      this.#act("Copy code", "Code copied", () => copy(codeOf(this.policy))),
    ];
    const saved = wants("save") && [
      this.#act("Copy link", "Link copied", () => copy(linkTo())),
      this.#act("CSV", "Saved", () => file("onecycle.csv", "text/csv", csvOf(this.policy))),
      this.#act("PNG", "Saved", async () => download("onecycle.png", await pngOf(svg, this.title))),
      this.#act("SVG", "Saved", () =>
        file("onecycle.svg", "image/svg+xml", svgText(svg, this.title)),
      ),
    ];
    const buttons = h(
      "div",
      { class: "ow-buttons" },
      ...(coded || []),
      ...(saved || []),
      this.said,
    );
    const parts = coded ? [this.code, buttons] : [buttons];
    this.element = h("section", { class: "ow-take", "aria-label": "take it with you" }, ...parts);
  }

  show(policy, title) {
    this.policy = policy;
    this.title = title;
    const code = codeOf(policy);
    if (this.code.textContent === code) return;
    this.code.textContent = code;
    this.said.textContent = "";
  }

  /** A button that says afterwards what came of it. */
  #act(text, done, action) {
    return button(text, async () => {
      try {
        await action();
        this.said.textContent = done;
      } catch (problem) {
        this.said.textContent = `Not done: ${problem.message}`;
      }
    });
  }
}
