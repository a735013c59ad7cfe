// Pinned curves: kept beside the current one, named by what differs.

import { Baseline, pinOf, rivalOf } from "./baselines.js";
import { button, h, idle, say } from "./dom.js";
import { argumentsOf, literalOf, ORDER } from "./policy.js";
import { TABLES } from "./tables.js";

const MOST = TABLES.most_pins;

/** Name each policy by the parameters in which not all of them agree. */
export function namesOf(policies) {
  const texts = (name) => policies.map((policy) => literalOf(policy, name));
  const counted = new Set(texts("total_steps")).size > 1;
  const compared = ORDER.filter((name) => !["epochs", "steps_per_epoch"].includes(name));
  const differing = compared.filter((name) =>
    name === "total_steps" ? counted : new Set(texts(name)).size > 1,
  );
  return policies.map((policy) =>
    differing.map((name) => `${name}=${literalOf(policy, name)}`).join(", "),
  );
}

/** The list of pinned curves, each to restore or to remove. */
export class Pins {
  /** `onPin` is told the name of a rival, or null for the present curve. */
  constructor(onPin, onRestore, onRemove) {
    this.actions = { onRestore, onRemove };
    this.button = button("Pin this curve", () => onPin(null));
    const rivals = Object.entries(TABLES.baselines.known).map(([name, { source }]) =>
      h("option", { value: name, title: source }, name),
    );
    const choose = () => {
      const { value } = this.rival;
      this.rival.value = ""; // so that the same one can be chosen again
      onPin(value);
    };
    const title = "Pin another schedule with this peak and this length.";
    this.rival = h(
      "select",
      { "aria-label": "pin a rival", title, onchange: choose },
      h("option", { value: "" }, "Pin a rival …"),
      ...rivals,
    );
    this.status = h("span", { class: "ow-small" });
    this.list = h("ol", { class: "ow-pins" });
    this.element = h(
      "section",
      { "aria-label": "pinned curves" },
      this.button,
      " ",
      this.rival,
      " ",
      this.status,
      this.list,
    );
  }

  /** Show the pins and return them as policies with names; the current curve's name comes first. */
  show(pins, policy) {
    const stored = JSON.stringify(pins);
    if (stored !== this.stored) this.policies = pins.map(pinOf);
    this.stored = stored;
    const { policies } = this;
    const cycles = policies.filter((pin) => !(pin instanceof Baseline));
    const [own, ...differences] = namesOf([policy, ...cycles]);
    const names = policies.map((pin) =>
      pin instanceof Baseline ? pin.beside(policy) : differences[cycles.indexOf(pin)],
    );
    const same = cycles.some((pin) => JSON.stringify(pin) === JSON.stringify(policy));
    const full = pins.length >= MOST;
    idle(this.button, full || same);
    this.rival.disabled = full;
    const status = full ? `${MOST} are pinned: remove one to pin another` : same ? "pinned" : "";
    say(this.status, status);
    const shown = JSON.stringify([pins, names]);
    if (shown !== this.shown) this.#list(names);
    this.shown = shown;
    return {
      own,
      pinned: policies.map((pin, i) => ({
        policy: pin,
        name: `${i + 1}: ${names[i] || "as now"}`,
      })),
    };
  }

  /** The pins as the arguments that differ from the defaults, with one more: a rival, or this. */
  static added(pins, policy, rival = null) {
    return [...pins, rival === null ? argumentsOf(policy) : rivalOf(rival, policy)];
  }

  #list(names) {
    const focused = this.list.contains(document.activeElement);
    const { onRestore, onRemove } = this.actions;
    const act = (text, name, onclick) => button(text, onclick, { "aria-label": `${text} ${name}` });
    const items = names.map((difference, i) => {
      const name = `pin ${i + 1}: ${difference || "as now"}`;
      return h(
        "li",
        { class: `ow-pin-${i}` },
        h("span", { class: "ow-swatch", "aria-hidden": "true" }),
        h("span", {}, `${i + 1}: ${difference || "as now"}`),
        " ",
        // A rival is no cycle that the controls could show.
        this.policies[i] instanceof Baseline ? null : act("Restore", name, () => onRestore(i)),
        " ",
        act("Remove", name, () => onRemove(i)),
      );
    });
    this.list.replaceChildren(...items);
    if (focused) (this.list.querySelector("button") ?? this.button).focus();
  }
}
