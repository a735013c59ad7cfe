// Balls on a loss surface, moved by SGD with momentum and noise: surfaces/balls.py once more.
import { curvatureAt, roomFor } from "./landscapes.js";
import { bells } from "./noise.js";

/**
 * Where balls roll to. What was allocated for a run of the same size is used again, and so is the
 * noise: a slider that moves the rate asks for neither.
 */
export class Roller {
  #noisy(seed, balls, steps) {
    const key = `${seed} ${balls} ${steps}`;
    if (this.key !== key) this.bell = bells(seed, balls, steps + 1);
    this.key = key;
    return this.bell;
  }

  #room(balls, steps) {
    if (this.run?.balls === balls && this.run.steps === steps) return this.run;
    const places = () => new Float64Array((steps + 1) * balls);
    const means = () => new Float64Array(steps + 1);
    const [xs, ys, losses, curvature] = [places(), places(), means(), means()];
    return { balls, steps, xs, ys, losses, curvature, left: new Int32Array(balls) };
  }

  /**
   * Let them roll. xs and ys hold the places after 0, 1, ... steps, ball by ball; losses and
   * curvature the means; left after how many steps a ball has flown off, or -1.
   */
  roll(surface, { rates, momenta }, { noise, balls, seed }) {
    const steps = rates.length;
    const bell = this.#noisy(seed, balls, steps);
    const run = this.#room(balls, steps);
    this.run = run;
    const { xs, ys, losses, curvature, left } = run;
    const { at, start, spread, box } = surface;
    const [xFrom, xTo, yFrom, yTo] = box;
    const [sx, sy] = [noise * surface.noise[0], noise * surface.noise[1]];
    const vx = new Float64Array(balls);
    const vy = new Float64Array(balls);
    const here = roomFor(balls);
    const { loss, gx, gy } = here;
    left.fill(-1);
    for (let ball = 0; ball < balls; ball++) {
      xs[ball] = start[0] + spread[0] * bell[2 * ball];
      ys[ball] = start[1] + spread[1] * bell[2 * ball + 1];
    }
    for (let step = 0; step <= steps; step++) {
      const lr = rates[step];
      const momentum = momenta[step];
      const row = step * balls;
      at(xs.subarray(row, row + balls), ys.subarray(row, row + balls), here);
      let lost = 0;
      let bent = 0;
      let on = 0;
      for (let ball = 0; ball < balls; ball++) {
        lost += loss[ball];
        if (left[ball] >= 0) continue;
        bent += curvatureAt(here, ball);
        on++;
      }
      losses[step] = lost / balls;
      curvature[step] = on ? bent / on : NaN;
      if (step === steps) break;
      for (let ball = 0; ball < balls; ball++) {
        const i = row + ball;
        const next = i + balls;
        if (left[ball] >= 0) {
          xs[next] = xs[i];
          ys[next] = ys[i];
          continue;
        }
        vx[ball] = momentum * vx[ball] + (gx[ball] + sx * bell[2 * next]);
        vy[ball] = momentum * vy[ball] + (gy[ball] + sy * bell[2 * next + 1]);
        const toX = xs[i] - lr * vx[ball];
        const toY = ys[i] - lr * vy[ball];
        // Who leaves stays at the border of the box, and moves no more.
        if (toX < xFrom || toX > xTo || toY < yFrom || toY > yTo) left[ball] = step + 1;
        xs[next] = Math.min(Math.max(toX, xFrom), xTo);
        ys[next] = Math.min(Math.max(toY, yFrom), yTo);
      }
    }
    return run;
  }
}

/** How many balls have flown off after so many steps, and how many are beyond a border. */
export function counted({ balls, xs, left }, step, border = null) {
  let [flown, beyond] = [0, 0];
  for (let ball = 0; ball < balls; ball++) {
    if (left[ball] >= 0 && left[ball] <= step) flown++;
    else if (border !== null && xs[step * balls + ball] > border) beyond++;
  }
  return { flown, beyond: border === null ? null : beyond };
}
