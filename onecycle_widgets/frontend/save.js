// Take it with you: clipboard, CSV, PNG, SVG.
import { Chart } from "./chart.js";
import { cyclesOf } from "./curve.js";
import { button, h, s, set } from "./dom.js";
import { cell, copy, download } from "./files.js";
import { codeOf } from "./policy.js";
import { TABLES } from "./tables.js";
import { float } from "./text.js";

const MOST_ROWS = 1e6;

/**
 * One row a step: step, then lr and momentum of every group, then of the `others` in the picture
 * (series.js). A curve that has ended leaves its cells empty.
 */
export function csvOf(policy, others = []) {
  const cycles = cyclesOf(policy);
  const group = (name, i) => (cycles.length > 1 ? `${name}_group_${i}` : name);
  const of = (name) => cycles.map((one, i) => [group(name, i), one, (step) => one[name](step)]);
  const columns = [...of("lr"), ...(policy.cycle_momentum ? of("momentum") : [])];
  for (const { name, cycle, lr, momentum } of others) {
    columns.push([`lr ${name}`, cycle, lr]);
    if (momentum) columns.push([`momentum ${name}`, cycle, momentum]);
  }
  const steps = Math.max(...columns.map(([, cycle]) => cycle.steps));
  if (steps > MOST_ROWS) {
    throw new Error(`a file holds ${MOST_ROWS} steps at most; in Python: policy.curve()`);
  }
  const lines = [["step", ...columns.map(([name]) => cell(name))].join(",")];
  for (let step = 0; step < steps; step++) {
    const values = columns.map(([, cycle, at]) => (step < cycle.steps ? float(at(step)) : ""));
    lines.push([step, ...values].join(","));
  }
  return `${lines.join("\n")}\n`;
}

// What a picture is for: its size in the chart's units, dots to a unit, and the SVG's own size.
const SIZES = {
  slide: { text: "slide", width: 960, height: 540, dots: 2, wide: "1920", high: "1080" },
  print: { text: "print", width: 640, height: 400, dots: 4, wide: "160mm", high: "100mm" },
};

const KEPT = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "paint-order",
  "text-anchor",
  "font-family",
  "font-size",
  "font-weight",
  "opacity",
];

/** A picture of a scene as a file of its own: styles written out, a title, a background. */
function svgOf(near, scene, size) {
  const { width, height, wide, high } = SIZES[size];
  const chart = new Chart("ow-picture", {});
  Object.assign(chart, { width, height });
  const place = h("div", { class: "ow-aside" }, chart.svg);
  near.append(place); // where the styles are
  chart.draw({ ...scene, grips: [] });
  const copied = chart.svg.cloneNode(true);
  const originals = chart.svg.querySelectorAll("*");
  copied.querySelectorAll("*").forEach((element, i) => {
    const style = getComputedStyle(originals[i]);
    for (const name of KEPT) element.style.setProperty(name, style.getPropertyValue(name));
  });
  const fill = getComputedStyle(chart.svg).getPropertyValue("--ow-paper");
  place.remove();
  copied.prepend(s("title", {}, scene.title), s("rect", { width, height, fill }));
  return set(copied, { width: wide, height: high });
}

function textOf(svg) {
  return new XMLSerializer().serializeToString(svg);
}

/** The picture as a PNG. */
async function pngOf(near, scene, size) {
  const { width, height, dots } = SIZES[size];
  const svg = set(svgOf(near, scene, size), { width: dots * width, height: dots * height });
  const picture = new Image();
  picture.src = `data:image/svg+xml,${encodeURIComponent(textOf(svg))}`;
  await picture.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [dots * width, dots * height];
  canvas.getContext("2d").drawImage(picture, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

const TORCH = "torch";

/**
 * The code, and buttons to copy or save. `wants` says which, `linkTo` gives the link to copy;
 * `onChoose` is told for which framework the code is to be.
 */
export class TakeAway {
  constructor(wants, linkTo, onChoose) {
    this.code = h("pre", { class: "ow-code", tabindex: "0" });
    const options = Object.entries(TABLES.frameworks).map(([value, text]) =>
      h("option", { value }, text),
    );
    const onchange = () => onChoose(this.framework.value);
    this.framework = h("select", { "aria-label": "framework", onchange }, ...options);
    this.said = h("span", { class: "ow-small", role: "status" });
    const coded = wants("code") && [
      this.#act("Copy code", "Code copied", () => copy(this.code.textContent)),
    ];
    const saved = wants("save") ? this.#saving(linkTo) : [];
    const buttons = h("div", { class: "ow-buttons" }, ...(coded || []), ...saved, this.said);
    const shown = h("div", { class: "ow-coded" }, this.code, this.framework);
    const parts = coded ? [shown, buttons] : [buttons];
    this.element = h("section", { class: "ow-take", "aria-label": "take it with you" }, ...parts);
  }

  #saving(linkTo) {
    const sizes = Object.entries(SIZES);
    const options = sizes.map(([value, { text }]) => h("option", { value }, text));
    const size = h("select", { "aria-label": "size of the picture" }, ...options);
    const file = (name, type, text) => download(name, new Blob([text], { type }));
    const others = () => this.scene.series.filter(({ css }) => css !== "ow-now");
    const svg = () => textOf(svgOf(this.element, this.scene, size.value));
    const png = () => pngOf(this.element, this.scene, size.value);
    return [
      this.#act("Copy link", "Link copied", () => copy(linkTo())),
      this.#act("CSV", "Saved", () =>
        file("onecycle.csv", "text/csv", csvOf(this.policy, others())),
      ),
      this.#act("PNG", "Saved", async () => download("onecycle.png", await png())),
      this.#act("SVG", "Saved", () => file("onecycle.svg", "image/svg+xml", svg())),
      size,
    ];
  }

  /** What there is to take: a policy, for a framework, and the scene it is shown in. */
  show(policy, framework, scene) {
    this.policy = policy;
    this.scene = scene;
    const code = codeOf(policy, framework);
    if (this.code.textContent === code) return;
    const torchs = framework === TORCH;
    // Whatever is chosen, the view stays as high as it is with torch's call.
    this.code.style.setProperty("--ow-lines", codeOf(policy).split("\n").length);
    this.code.classList.toggle("ow-long", !torchs);
    const name = torchs ? "the torch call" : `the code for ${TABLES.frameworks[framework]}`;
    set(this.code, { "aria-label": name });
    this.framework.value = framework;
    this.code.textContent = code;
    this.code.scrollTo(0, 0);
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
