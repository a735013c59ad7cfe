// The surface as a picture of pixels: colours for the height, light from the upper left, contours.
import { roomFor } from "./landscapes.js";

const LEVELS = 16; // contours over the whole height
const RELIEF = 7; // how much a slope is lit
const COARSE = 48; // places, along and across, to find the lowest and the highest in

/** The part of a surface that is seen in so many pixels, and where in them a place is. */
export function frameOf({ view, square }, width, height) {
  let [left, right, low, high] = view;
  if (square) {
    // As long along x as along y: what is too narrow is widened around its middle.
    const per = Math.max((right - left) / width, (high - low) / height);
    const [x, y] = [(left + right) / 2, (low + high) / 2];
    [left, right, low, high] = [
      x - (per * width) / 2,
      x + (per * width) / 2,
      y - (per * height) / 2,
      y + (per * height) / 2,
    ];
  }
  return {
    left,
    high,
    perX: (right - left) / width,
    perY: (high - low) / height,
    x: (x) => ((x - left) / (right - left)) * width,
    y: (y) => ((high - y) / (high - low)) * height,
    width,
    height,
  };
}

function heightsOf(surface, { left, high, perX, perY, width, height }) {
  const xs = new Float64Array(COARSE * COARSE);
  const ys = new Float64Array(COARSE * COARSE);
  for (let i = 0; i < xs.length; i++) {
    xs[i] = left + (perX * width * (i % COARSE)) / (COARSE - 1);
    ys[i] = high - (perY * height * Math.floor(i / COARSE)) / (COARSE - 1);
  }
  const out = roomFor(xs.length);
  surface.at(xs, ys, out);
  return [Math.min(...out.loss), Math.max(...out.loss)];
}

/** From a share of the height to red, green and blue, through `stops`. */
function ramp(stops, share, into) {
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const i = Math.min(Math.floor(at), stops.length - 2);
  for (let part = 0; part < 3; part++) {
    into[part] = stops[i][part] + (at - i) * (stops[i + 1][part] - stops[i][part]);
  }
}

/**
 * Paint a surface: `colours` are from the lowest to the highest, `ink` is what contours are drawn
 * with, both as [red, green, blue]; `dots` is how many pixels make one unit of the page.
 */
export function paint(surface, frame, { colours, ink, dots }) {
  const { left, high, perX, perY, width, height } = frame;
  const [lowest, highest] = heightsOf(surface, frame);
  const pixels = new ImageData(width, height);
  const { data } = pixels;
  const xs = Float64Array.from({ length: width }, (_, i) => left + (i + 0.5) * perX);
  const ys = new Float64Array(width);
  const out = roomFor(width);
  const colour = [0, 0, 0];
  const { tint } = surface;
  for (let row = 0, at = 0; row < height; row++) {
    ys.fill(high - (row + 0.5) * perY);
    surface.at(xs, ys, out);
    for (let i = 0; i < width; i++, at += 4) {
      const above = Math.max(out.loss[i] - lowest, 1e-9 * (highest - lowest));
      const share = (above / (highest - lowest)) ** tint;
      const rise = (tint * share) / above; // of the share, for a rise of the loss
      const across = rise * out.gx[i] * perX;
      const down = -rise * out.gy[i] * perY;
      // Lit from the upper left; the steepest parts are neither white nor black.
      const lit = (across + down) * dots * RELIEF;
      const light = 1 - (0.3 * lit) / (1 + Math.abs(lit) * 2);
      const level = share * LEVELS;
      const away = Math.abs(level - Math.round(level));
      const steep = LEVELS * Math.hypot(across, down) + 1e-6;
      const line = 0.34 * Math.min(Math.max(0.55 * dots + 0.5 - away / steep, 0), 1);
      ramp(colours, share, colour);
      for (let part = 0; part < 3; part++) {
        const shaded = colour[part] * light;
        data[at + part] = shaded + line * (ink[part] - shaded);
      }
      data[at + 3] = 255;
    }
  }
  return pixels;
}
