// The balls on their surface, on a canvas.
import { counted } from "./balls.js";
import { h } from "./dom.js";
import { frameOf, paint } from "./ground.js";
import { SURFACES } from "./landscapes.js";

const STOPS = ["--ow-low", "--ow-low-2", "--ow-middle", "--ow-high-2", "--ow-high"];
const TAIL = 36; // steps of a trail, where many balls leave one
const FEW_BALLS = 12; // so few leave their whole way behind
const EDGE = 1.5; // pixels around a ball's stamp
const MOST_DOTS = 2; // a screen may have more; nobody would see it

/** A colour of the style sheet, "#rrggbb", as numbers. */
function numbers(text) {
  const hex = text.trim();
  return [1, 3, 5].map((i) => Number.parseInt(hex.slice(i, i + 2), 16));
}

/** The canvas, and what is drawn on it. */
export class Relief {
  constructor() {
    this.canvas = h("canvas", { class: "ow-relief", role: "img" });
    this.pen = this.canvas.getContext("2d");
    this.ground = document.createElement("canvas");
    Object.assign(this, { width: 600, height: 340 });
  }

  #look() {
    const style = getComputedStyle(this.canvas);
    const value = (name) => style.getPropertyValue(name).trim();
    const names = [
      ...STOPS,
      "--ow-contour",
      "--ow-ball",
      "--ow-rim",
      "--ow-gleam",
      "--ow-ink",
      "--ow-paper",
    ];
    const pins = [0, 1, 2, 3].map((i) => value(`--ow-pin-${i}`));
    return { ...Object.fromEntries(names.map((name) => [name.slice(5), value(name)])), pins };
  }

  /** Paint the ground, if it is another one. */
  #prepare(surface, look) {
    const dots = Math.min(Math.max(window.devicePixelRatio || 1, 1), MOST_DOTS);
    const { width, height, canvas, ground } = this;
    const wanted = JSON.stringify([surface.name, width, height, dots, look.low, look.paper]);
    if (wanted === this.prepared) return;
    this.prepared = wanted;
    for (const one of [canvas, ground]) {
      one.width = Math.round(width * dots);
      one.height = Math.round(height * dots);
    }
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    this.dots = dots;
    this.frame = frameOf(surface, width, height);
    const colours = STOPS.map((name) => numbers(look[name.slice(5)]));
    const fine = frameOf(surface, ground.width, ground.height);
    const pixels = paint(surface, fine, { colours, ink: numbers(look.contour), dots });
    ground.getContext("2d").putImageData(pixels, 0, 0);
  }

  /**
   * Draw a moment: scene has the setting, its run, the step, `trails`, and the pinned runs to show
   * beside it, each with its place among the pins.
   */
  draw({ setting, run, step, trails, pinned }) {
    const surface = SURFACES[setting.surface];
    const look = this.#look();
    if (!look.low) return; // not in the page yet
    this.#prepare(surface, look);
    const { pen, dots, frame } = this;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.drawImage(this.ground, 0, 0);
    pen.setTransform(dots, 0, 0, dots, 0, 0);
    for (const { run: other, place } of pinned) {
      this.#balls(other, Math.min(step, other.steps), look.pins[place], look, true);
    }
    if (trails) this.#trails(run, step, look);
    this.#meanWay(run, step, look);
    this.#balls(run, step, look.ball, look, false);
    this.#places(surface, look, run, step);
    for (const { run: other, place } of pinned) {
      const mean = meanAt(other, Math.min(step, other.steps));
      if (mean) this.#written(String(place + 1), frame.x(mean[0]), frame.y(mean[1]), look);
    }
  }

  /** Where the balls are; who has left the picture waits at its edge, in the same direction. */
  #balls({ balls, xs, ys, left }, step, colour, look, hollow) {
    const { pen, frame, width, height } = this;
    const size = balls > 60 ? 3.2 : balls > FEW_BALLS ? 4 : 6.5;
    const one = hollow ? null : this.#stamp(size, colour, look);
    const half = size + EDGE;
    const [roomX, roomY] = [width / 2 - size - 1, height / 2 - size - 1];
    const rings = new Path2D();
    for (let ball = 0, i = step * balls; ball < balls; ball++, i++) {
      const gone = left[ball] >= 0 && left[ball] <= step;
      const [across, down] = [frame.x(xs[i]) - width / 2, frame.y(ys[i]) - height / 2];
      const near = Math.min(1, roomX / Math.abs(across), roomY / Math.abs(down));
      const [x, y] = [width / 2 + near * across, height / 2 + near * down];
      if (!gone && one) {
        pen.drawImage(one, x - half, y - half, 2 * half, 2 * half);
        continue;
      }
      rings.moveTo(x + size, y);
      rings.arc(x, y, size, 0, 2 * Math.PI);
    }
    for (const [line, paint] of [
      [3.2, look.paper],
      [1.8, colour],
    ]) {
      pen.lineWidth = line;
      pen.strokeStyle = paint;
      pen.stroke(rings);
    }
  }

  /** A ball, lit as the ground is, to be stamped many times. */
  #stamp(size, colour, look) {
    const wanted = `${size} ${colour} ${this.dots}`;
    if (this.stamped === wanted) return this.ball;
    this.stamped = wanted;
    const half = size + EDGE;
    this.ball = document.createElement("canvas");
    this.ball.width = this.ball.height = Math.ceil(2 * half * this.dots);
    const pen = this.ball.getContext("2d");
    pen.scale(this.dots, this.dots);
    const light = pen.createRadialGradient(half - size / 3, half - size / 3, 0, half, half, size);
    light.addColorStop(0, look.gleam);
    light.addColorStop(0.45, colour);
    light.addColorStop(1, colour);
    pen.arc(half, half, size, 0, 2 * Math.PI);
    pen.fillStyle = light;
    pen.fill();
    pen.lineWidth = 0.9;
    pen.strokeStyle = look.rim;
    pen.stroke();
    return this.ball;
  }

  #trails({ balls, xs, ys, left }, step, look) {
    const { pen, frame } = this;
    const first = balls > FEW_BALLS ? Math.max(step - TAIL, 0) : 0;
    const path = new Path2D();
    for (let ball = 0; ball < balls; ball++) {
      const last = left[ball] >= 0 ? Math.min(left[ball], step) : step;
      for (let at = first; at <= last; at++) {
        const i = at * balls + ball;
        if (at === first) path.moveTo(frame.x(xs[i]), frame.y(ys[i]));
        else path.lineTo(frame.x(xs[i]), frame.y(ys[i]));
      }
    }
    pen.globalAlpha = balls > 60 ? 0.2 : 0.6;
    pen.lineWidth = 1;
    pen.lineJoin = "round";
    pen.strokeStyle = look.ball;
    pen.stroke(path);
    pen.globalAlpha = 1;
  }

  /** The way of the balls' mean, as long as most of them are there. */
  #meanWay(run, step, look) {
    if (run.balls === 1) return;
    const { pen, frame } = this;
    const path = new Path2D();
    const by = Math.max(1, Math.floor(step / 400));
    for (let at = 0; at <= step; at += at + by > step && at < step ? step - at : by) {
      const mean = meanAt(run, at);
      if (!mean || 2 * mean[2] < run.balls) break; // the few that are left are no mean
      path[at ? "lineTo" : "moveTo"](frame.x(mean[0]), frame.y(mean[1]));
    }
    pen.lineJoin = "round";
    pen.strokeStyle = look.paper;
    pen.lineWidth = 4;
    pen.stroke(path);
    pen.strokeStyle = look.ink;
    pen.lineWidth = 1.6;
    pen.stroke(path);
  }

  /** Names on the map: where they start, what is where, and how many are in which well. */
  #places(surface, look, run, step) {
    const { pen, frame, height } = this;
    const { flown, beyond } = counted(run, step, surface.border);
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    if (surface.border !== null) {
      const x = frame.x(surface.border);
      pen.setLineDash([5, 4]);
      pen.lineWidth = 1.4;
      pen.strokeStyle = look.ink;
      pen.stroke(new Path2D(`M${x},0V${height}`));
      pen.setLineDash([]);
    }
    const counts = { sharp: run.balls - flown - beyond, wide: beyond };
    const start = ["start", surface.start[0], surface.start[1]];
    for (const [name, x, y] of surface.border === null
      ? [start, ...surface.places]
      : surface.places) {
      const text = surface.border === null ? name : `${name}: ${counts[name]}`;
      this.#written(text, frame.x(x), frame.y(y) + (name === "start" ? 20 : 0), look);
    }
    if (flown) {
      pen.textAlign = "right";
      this.#written(`flown off: ${flown}`, this.width - 10, 15, look);
    }
  }

  #written(text, x, y, look) {
    const { pen } = this;
    pen.font = `600 13px ${getComputedStyle(this.canvas).fontFamily}`;
    pen.lineWidth = 3.5;
    pen.lineJoin = "round";
    pen.strokeStyle = look.paper;
    pen.strokeText(text, x, y);
    pen.fillStyle = look.ink;
    pen.fillText(text, x, y);
  }
}

/** The mean place of the balls that are there after so many steps, and how many; or null. */
function meanAt({ balls, xs, ys, left }, step) {
  let x = 0;
  let y = 0;
  let on = 0;
  for (let ball = 0, i = step * balls; ball < balls; ball++, i++) {
    if (left[ball] >= 0 && left[ball] <= step) continue;
    x += xs[i];
    y += ys[i];
    on++;
  }
  return on ? [x / on, y / on, on] : null;
}
