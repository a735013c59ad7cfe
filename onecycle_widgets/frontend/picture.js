// What the explorer's chart and the lab's plots share: layers, line patterns, the legend.
import { repeat, s, set } from "./dom.js";
import { wrapped } from "./text.js";

/** Width of a letter at 13 px, about. */
export const LETTER = 7.4;
const DASHES = [null, "7 4", "2 3", "9 3 2 3", "12 4", "4 4"];

/** Pattern of the i-th line; there are six. */
export function dash(i) {
  return DASHES[i % DASHES.length];
}

/**
 * An SVG with a group for each layer, and the frame that the `clipped` layers stay inside. The
 * layers are one image, whose parts nobody is read; what can be worked stands beside it.
 */
export function layered(uid, names, clipped, attributes = {}) {
  const layers = Object.fromEntries(names.map((name) => [name, s("g", { class: `ow-${name}` })]));
  const frame = s("rect");
  const clip = s("clipPath", { id: `${uid}-clip` }, frame);
  for (const name of clipped) set(layers[name], { "clip-path": `url(#${uid}-clip)` });
  const image = s("g", { role: "img", ...attributes }, ...Object.values(layers));
  return { svg: s("svg", { class: "ow-chart" }, clip, image), image, layers, frame };
}

/** Where an event happened, in the picture's own units, however the page is scaled. */
export function placeIn(svg, event) {
  const seen = svg.getBoundingClientRect();
  const { width, height } = svg.viewBox.baseVal;
  return {
    x: ((event.clientX - seen.left) * width) / seen.width,
    y: ((event.clientY - seen.top) * height) / seen.height,
  };
}

/** The two groups of a layer. */
export function halves(layer) {
  while (layer.childElementCount < 2) layer.append(s("g"));
  return layer.children;
}

/** Where a legend's keys and words stand, and where its next line would. */
export function legendOf(series, top, width) {
  const room = Math.floor((width - 66) / LETTER);
  const keys = [];
  const words = [];
  let y = top;
  for (const { css, name, pattern } of series) {
    keys.push({ class: css, x1: 16, x2: 50, y1: y - 4, y2: y - 4, "stroke-dasharray": pattern });
    for (const text of wrapped(name, room)) {
      words.push({ x: 58, y, text });
      y += 17;
    }
  }
  return { keys, words, end: y };
}

/** Write the names of the curves when there is more than one; returns where that ends. */
export function writeLegend(layer, series, top, width) {
  const { keys, words, end } = legendOf(series.length > 1 ? series : [], top, width);
  const [lines, texts] = halves(layer);
  repeat(lines, "line", keys);
  repeat(texts, "text", words);
  return end;
}
