// Names that tell runs apart: lab/run.py's `names` once more.

/** Name runs by the settings in which not all of them agree, or by their peak. */
export function runNames(runs) {
  const every = runs.map(({ settings }) => settings);
  const keys = [...new Set(every.flatMap((settings) => Object.keys(settings)))];
  const differing = keys.filter((key) => new Set(every.map((one) => one[key])).size > 1);
  const chosen = differing.length ? differing : ["max_lr"];
  return every.map((settings) => {
    const told = chosen.filter((key) => key in settings).map((key) => `${key}=${settings[key]}`);
    return told.join(", ") || "defaults";
  });
}

const COLOURS = 5;

/** How the run in a place looks: twelve of them differ, by colour and by dash. */
export function lookOfRun(place) {
  const colour = place % COLOURS;
  return { css: `ow-look-${colour + 1}`, dashed: colour + Math.floor(place / COLOURS) };
}

/** A place for each key: the one it had, or else the first that is free. */
export function placesOf(keys, before = new Map()) {
  const kept = new Map(keys.filter((key) => before.has(key)).map((key) => [key, before.get(key)]));
  const taken = new Set(kept.values());
  for (const key of keys) {
    if (kept.has(key)) continue;
    let place = 0;
    while (taken.has(place)) place++;
    taken.add(place);
    kept.set(key, place);
  }
  return kept;
}
