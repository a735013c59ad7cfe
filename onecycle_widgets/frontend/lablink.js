// The lab's state as a link, and back.
import { Impossible } from "./rules.js";
import { fromHash, query } from "./state.js";
import { CHOSEN, TASK } from "./task.js";
import { parse, shown } from "./text.js";
import { TRAINER } from "./wired.js";

const { nets: NETS } = TRAINER;

/** The state as the part of a link after '#'. */
export function labLinkOf(model, policy) {
  const fields = new URLSearchParams(query(policy));
  for (const name of TASK) fields.set(name, shown(model.get(name)));
  if (model.get("live")) fields.set("live", "true");
  return `#${fields}`;
}

/** What a link says, as traits; {} when it says nothing. What no page has is left out. */
export function fromLabLink(hash) {
  const policy = fromHash(hash);
  if (policy.max_lr === undefined) return policy;
  const { pins: _, framework: __, log_rate: ___, once_per_epoch: ____, ...traits } = policy;
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  for (const name of TASK) {
    if (!fields.has(name)) continue;
    traits[name] = CHOSEN.includes(name) ? fields.get(name) : parse(fields.get(name));
  }
  if (!(traits.data in NETS) || !(traits.net in NETS[traits.data])) {
    delete traits.data;
    delete traits.net;
  }
  return { ...traits, live: fields.get("live") === "true" };
}

/** The link to a model's state; null where it cannot be. */
export function linkTo(model, checked) {
  try {
    return labLinkOf(model, checked());
  } catch (problem) {
    if (problem instanceof Impossible) return null; // which no link can say
    throw problem;
  }
}
