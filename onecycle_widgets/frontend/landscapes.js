// Loss surfaces over two weights: surfaces/landscapes.py once more, operation by operation. Each
// is a function `at(xs, ys, out)` of many places at once, which fills out's arrays with loss,
// gradient and Hessian: 200,000 calls and 200,000 small arrays would take longer than the numbers.
import { TABLES } from "./tables.js";

/** Room for what a surface is at some places. */
export function roomFor(places) {
  const names = ["loss", "gx", "gy", "hxx", "hxy", "hyy"];
  return Object.fromEntries(names.map((name) => [name, new Float64Array(places)]));
}

function quadratic({ across: a, along: b }) {
  return (xs, ys, { loss, gx, gy, hxx, hxy, hyy }) => {
    for (let i = 0; i < xs.length; i++) {
      const x = xs[i];
      const y = ys[i];
      loss[i] = 0.5 * (b * x * x + a * y * y);
      gx[i] = b * x;
      gy[i] = a * y;
      hxx[i] = b;
      hxy[i] = 0;
      hyy[i] = a;
    }
  };
}

function river({ floor, along: b, across: c, lake, bends }) {
  const [heights, places, widths] = [0, 1, 2].map((part) => bends.map((bend) => bend[part]));
  const pers = widths.map((width) => 1 / width);
  return (xs, ys, { loss, gx, gy, hxx, hxy, hyy }) => {
    for (let i = 0; i < xs.length; i++) {
      const x = xs[i];
      let bed = 0;
      let turn = 0;
      let bend = 0;
      for (let j = 0; j < heights.length; j++) {
        const per = pers[j];
        const z = (x - places[j]) * per;
        const u = 1 / (1 + z * z);
        bed += heights[j] * u;
        turn += heights[j] * (-2 * z * u * u * per);
        bend += heights[j] * ((8 * z * z * u - 2) * u * u * per * per);
      }
      const off = ys[i] - bed;
      const way = x - lake;
      loss[i] = floor + 0.5 * b * way * way + 0.5 * c * off * off;
      gx[i] = b * way - c * off * turn;
      gy[i] = c * off;
      hxx[i] = b + c * (turn * turn - off * bend);
      hxy[i] = -c * turn;
      hyy[i] = c;
    }
  };
}

function wells({ floor, rim: k, sharp, wide }) {
  const places = [sharp[0], wide[0]];
  const pers = [1 / sharp[1], 1 / wide[1]];
  return (xs, ys, out) => {
    const { loss, gx, gy, hxx, hxy, hyy } = out;
    for (let i = 0; i < xs.length; i++) {
      const x = xs[i];
      const y = ys[i];
      let lost = floor + 0.5 * k * (x * x + y * y);
      let toX = k * x;
      let toY = k * y;
      let xx = k;
      let xy = 0;
      let yy = k;
      for (let j = 0; j < 2; j++) {
        const per = pers[j];
        const dx = (x - places[j]) * per;
        const dy = y * per;
        const u = 1 / (1 + dx * dx + dy * dy);
        const slope = 2 * u * u * per;
        const bend = slope * per;
        lost -= u;
        toX += slope * dx;
        toY += slope * dy;
        xx += bend * (1 - 4 * dx * dx * u);
        xy -= bend * 4 * dx * dy * u;
        yy += bend * (1 - 4 * dy * dy * u);
      }
      loss[i] = lost;
      gx[i] = toX;
      gy[i] = toY;
      hxx[i] = xx;
      hxy[i] = xy;
      hyy[i] = yy;
    }
  };
}

function gorge({ gorge: steep, plain, length, along: b, lake }) {
  const per = 1 / length;
  return (xs, ys, { loss, gx, gy, hxx, hxy, hyy }) => {
    for (let i = 0; i < xs.length; i++) {
      const x = xs[i];
      const y = ys[i];
      const z = x * per;
      const u = 1 / (1 + z * z);
      const c = plain + steep * u;
      const dc = steep * (-2 * z * u * u * per);
      const ddc = steep * ((8 * z * z * u - 2) * u * u * per * per);
      const way = x - lake;
      loss[i] = 0.5 * b * way * way + 0.5 * c * y * y;
      gx[i] = b * way + 0.5 * dc * y * y;
      gy[i] = c * y;
      hxx[i] = b + 0.5 * ddc * y * y;
      hxy[i] = dc * y;
      hyy[i] = c;
    }
  };
}

const FORMULAS = { bowl: quadratic, ravine: quadratic, valley: river, wells, falling: gorge };

/** Every surface by name: what Python's table says of it, its formula, and the box to stay in. */
export const SURFACES = Object.fromEntries(
  Object.entries(TABLES.surface.surfaces).map(([name, given]) => {
    const [left, right, low, high] = given.view;
    const [x, y] = [(given.reach * (right - left)) / 2, (given.reach * (high - low)) / 2];
    const box = [left - x, right + x, low - y, high + y];
    return [name, { ...given, name, box, at: FORMULAS[name](given.shape) }];
  }),
);

/** The largest eigenvalue of the Hessian at the i-th place. */
export function curvatureAt({ hxx, hxy, hyy }, i) {
  const half = (hxx[i] - hyy[i]) / 2;
  return (hxx[i] + hyy[i]) / 2 + Math.sqrt(half * half + hxy[i] * hxy[i]);
}
