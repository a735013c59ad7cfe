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

/** An SVG with a group for each layer, and the frame that the `clipped` layers stay inside. */
export function layered(uid, names, clipped, attributes = {}) {
  const layers = Object.fromEntries(names.map((name) => [name, s("g", { class: `ow-${name}` })]));
  const frame = s("rect");
  const clip = s("clipPath", { id: `${uid}-clip` }, frame);
  for (const name of clipped) set(layers[name], { "clip-path": `url(#${uid}-clip)` });
  const looks = { class: "ow-chart", role: "img", ...attributes };
  return { svg: s("svg", looks, clip, ...Object.values(layers)), layers, frame };
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
