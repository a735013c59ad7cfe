// What there is to see, in words.
import { counted } from "./balls.js";
import { SURFACES } from "./landscapes.js";
import { general } from "./text.js";

const some = (count, of) => (count === of ? `all ${of}` : `${count} of ${of}`);

function ballsThat(count, of, one, many) {
  return of === 1 ? `the ball ${one}` : `${some(count, of)} balls ${many}`;
}

/** "One cycle with a peak of 0.1 in the river valley". */
function titleOf({ surface, schedule, policy }) {
  const name = schedule === "warm-up, stable, decay" ? "warm-up-stable-decay" : schedule;
  const said = name[0].toUpperCase() + name.slice(1);
  const rate = general(policy.max_lr, 3);
  const how = schedule === "constant" ? `rate of ${rate}` : `with a peak of ${rate}`;
  return `${said} ${how} ${SURFACES[surface].where}`;
}

/** What comes of a run, in a sentence. */
export function outcomeOf(setting, run) {
  const { balls, steps, losses, left } = run;
  const { border } = SURFACES[setting.surface];
  const { flown, beyond } = counted(run, steps, border);
  const found = [];
  if (flown < balls) {
    found.push(`the mean loss goes from ${general(losses[0], 3)} to ${general(losses[steps], 3)}`);
  }
  if (beyond !== null && flown < balls) {
    found.push(
      ballsThat(
        beyond,
        balls,
        `${beyond ? "" : "never "}reaches the wide well`,
        `${balls > 1 && beyond === 1 ? "ends" : "end"} in the wide well`,
      ),
    );
  }
  if (flown) {
    const first = Math.min(...left.filter((step) => step >= 0));
    const when = flown > 1 ? `, the first at step ${first}` : ` at step ${first}`;
    found.push(ballsThat(flown, balls, "flies off", flown === 1 ? "flies off" : "fly off") + when);
  }
  return `${titleOf(setting)}: ${found.join("; ")}.`;
}

/** What is seen after so many steps, part by part. */
export function momentOf(setting, run, steering, step) {
  const { balls, steps, losses, curvature } = run;
  const { flown, beyond } = counted(run, step, SURFACES[setting.surface].border);
  const at = Math.min(step, steps - 1); // after the last step its rate is still shown
  const [rate, momentum] = [steering.lr(at), steering.momentum(at)];
  const limit = (2 * (1 + momentum)) / curvature[step];
  const parts = [
    `after ${step} of ${steps} steps`,
    `mean loss ${general(losses[step], 3)}`,
    `rate ${general(rate, 3)}`,
    `limit ${limit > 0 ? general(limit, 3) : "none"}`,
    `momentum ${general(momentum, 3)}`,
    `rate / (1 − m) ${general(rate / (1 - momentum), 3)}`,
  ];
  if (beyond !== null)
    parts.push(
      ballsThat(
        beyond,
        balls,
        beyond ? "is in the wide well" : "is in the sharp well",
        "in the wide well",
      ),
    );
  if (flown) parts.push(ballsThat(flown, balls, "has flown off", "flown off"));
  return parts;
}
