// What is chosen once for the whole picture: what counts the steps, and how it looks.
import { h } from "./dom.js";
import { COUNTED, MULTIPLIED } from "./state.js";

/** Whether steps are counted or multiplied: the choice, and its fields. */
export function budgetOf(uid, onChoose) {
  const texts = { [COUNTED]: "count steps", [MULTIPLIED]: "epochs × steps_per_epoch" };
  const choices = Object.entries(texts).map(([value, text]) => {
    const onchange = () => onChoose(value);
    const field = h("input", { type: "radio", name: `${uid}-budget`, value, onchange });
    return h("label", {}, field, ` ${text}`);
  });
  const fields = choices.map((choice) => choice.querySelector("input"));
  const about = { class: "ow-budget", role: "radiogroup", "aria-label": "what counts" };
  return { element: h("div", about, ...choices), fields };
}

/** A box that is checked or not. */
export function lookOf(name, onSet) {
  const texts = {
    log_rate: "log rate axis",
    once_per_epoch: "stepped once per epoch by mistake",
  };
  const onchange = () => onSet({ [name]: field.checked });
  const field = h("input", { type: "checkbox", onchange });
  return { name, field, element: h("label", {}, field, ` ${texts[name]}`) };
}
