// Where in the plane the model sees which class, with training points on top.
import { h, say, set } from "./dom.js";
import { bytesOf, floatsOf } from "./trained.js";

const CLASSES = ["--ow-now", "--ow-mistaken", "--ow-pin-0"];
const DEEP = 0.35; // how much of a class's colour its region has
const DOT = 2.4; // pixels

/** The picture, a canvas: 3,600 places, ten times a second. */
export class Plane {
  constructor() {
    this.canvas = h("canvas", { class: "ow-plane", role: "img" });
    this.said = h("p", { class: "ow-small" });
    this.element = h("div", { class: "ow-boundary" }, this.canvas, this.said);
    this.size = 148;
  }

  /** Show a plane (see the trait), or nothing. */
  show(plane) {
    const text = plane
      ? "The model's answers over the plane, by the first seed; the dots are training data."
      : "Train: where the model sees which class comes here.";
    say(this.said, text);
    set(this.canvas, { "aria-label": text, title: text });
    this.element.classList.toggle("ow-blank", !plane);
    this.plane = plane;
    this.draw();
  }

  draw() {
    const { canvas, size, plane } = this;
    const dots = window.devicePixelRatio || 1;
    canvas.width = canvas.height = Math.round(size * dots);
    canvas.style.width = canvas.style.height = `${size}px`;
    if (!plane) return;
    const styles = getComputedStyle(canvas);
    const colours = CLASSES.map((name) => styles.getPropertyValue(name).trim());
    const paint = canvas.getContext("2d");
    paint.scale(dots, dots);
    this.#regions(paint, colours);
    this.#points(paint, colours, styles.getPropertyValue("--ow-paper").trim());
  }

  #regions(paint, colours) {
    const { side, classes } = this.plane;
    const each = this.size / side;
    const seen = bytesOf(classes);
    paint.globalAlpha = DEEP;
    for (let row = 0; row < side; row++) {
      for (let from = 0; from < side; ) {
        let to = from + 1;
        while (to < side && seen[row * side + to] === seen[row * side + from]) to++;
        paint.fillStyle = colours[seen[row * side + from] % colours.length];
        const y = (side - 1 - row) * each; // the first row is the lowest
        paint.fillRect(from * each, y, (to - from) * each + 0.3, each + 0.3);
        from = to;
      }
    }
    paint.globalAlpha = 1;
  }

  #points(paint, colours, paper) {
    const { x, y, points, labels } = this.plane;
    const places = floatsOf(points);
    bytesOf(labels).forEach((label, i) => {
      const across = ((places[2 * i] - x[0]) / (x[1] - x[0])) * this.size;
      const up = this.size - ((places[2 * i + 1] - y[0]) / (y[1] - y[0])) * this.size;
      paint.beginPath();
      marker(paint, label % CLASSES.length, across, up);
      paint.fillStyle = colours[label % colours.length];
      paint.strokeStyle = paper;
      paint.lineWidth = 0.7;
      paint.fill();
      paint.stroke();
    });
  }
}

/** Each class has a shape of its own: a colour alone tells not enough. */
function marker(paint, kind, x, y) {
  if (kind === 0) paint.arc(x, y, DOT, 0, 2 * Math.PI);
  else if (kind === 1) paint.rect(x - DOT, y - DOT, 2 * DOT, 2 * DOT);
  else {
    paint.moveTo(x, y - 1.3 * DOT);
    paint.lineTo(x + 1.3 * DOT, y + DOT);
    paint.lineTo(x - 1.3 * DOT, y + DOT);
    paint.closePath();
  }
}
