// The controls of a task: data, model, optimizer, batch size, weight decay, seeds.
import { h, say, set } from "./dom.js";
import { TABLES } from "./tables.js";
import { parse, shown } from "./text.js";

/** A task's parts that are names, and chosen; its others are numbers. */
export const CHOSEN = ["data", "net", "optimizer"];
/** What a person reads instead of a trait's name. */
export const NAMED = { net: "model" };
/** What a task is made of, as traits. */
export const TASK = [...CHOSEN, "batch_size", "weight_decay", "seeds"];

/** The part of a task that a message speaks of, which begins with its name; undefined for none. */
export function fieldOf(message) {
  const [first] = /^\w*/.exec(message);
  return TASK.find((name) => first === name || first === NAMED[name]);
}

/** The controls. `onChange(traits, name)` tells of a person's change. */
export class TaskBar {
  constructor(uid, onChange) {
    this.onChange = onChange;
    this.fields = {};
    this.problems = {};
    this.seen = {};
    const parts = TASK.map((name) => {
      const id = `${uid}-task-${name}`;
      const made = CHOSEN.includes(name) ? this.#choice(name, id) : this.#typed(name, id);
      this.fields[name] = made;
      const label = h("label", { for: id }, NAMED[name] ?? name);
      const problem = h("p", { class: "ow-problem", id: `${id}-problem` });
      set(made, { "aria-describedby": problem.id });
      this.problems[name] = problem;
      return h("span", { class: "ow-chosen", title: TABLES.lab.tips[name] }, label, made, problem);
    });
    this.element = h("div", { class: "ow-bar ow-task" }, ...parts);
  }

  #choice(name, id) {
    const onchange = () => this.onChange(this.#chosen(name, field.value), name);
    const field = h("select", { id, onchange });
    return field;
  }

  /** Other data have other models: then the first that fits. */
  #chosen(name, value) {
    if (name !== "data") return { [name]: value };
    const [net] = this.offers.nets[value];
    return { data: value, net };
  }

  #typed(name, id) {
    const commit = () => {
      this.seen[name] = undefined; // write the value anew, in its usual form
      this.onChange({ [name]: parse(field.value) }, name);
    };
    const onkeydown = (event) => event.key === "Enter" && commit();
    const about = { type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false" };
    const field = h("input", { id, ...about, onchange: commit, onkeydown });
    return field;
  }

  /** Whether something is typed in a field that has not been entered. */
  typing(field) {
    const name = TASK.find((one) => this.fields[one] === field);
    return name !== undefined && !CHOSEN.includes(name) && field.value !== shown(this.seen[name]);
  }

  /** Take back what is typed in a field. */
  drop(field) {
    const name = TASK.find((one) => this.fields[one] === field);
    field.value = shown(this.seen[name]);
  }

  /** Show a task's values, of what is offered, and beside which of them `problem` belongs. */
  show(values, offers, problem) {
    const wrong = fieldOf(problem);
    for (const name of TASK) {
      say(this.problems[name], name === wrong ? problem : "");
      set(this.fields[name], { "aria-invalid": String(name === wrong) });
    }
    this.offers = offers;
    const own = offers.data.length === 0;
    this.#options("data", offers.data);
    const nets = (offers.nets[values.data] ?? []).map((name) => [name, name]);
    this.#options("net", nets);
    const optimizers = offers.optimizers.map((name) => [name, name]);
    this.#options("optimizer", optimizers);
    for (const name of ["data", "net"]) this.fields[name].parentElement.hidden = own;
    for (const name of TASK) {
      if (this.seen[name] === values[name]) continue;
      this.seen[name] = values[name];
      this.fields[name].value = shown(values[name]);
    }
  }

  #options(name, pairs) {
    const wanted = JSON.stringify(pairs);
    const field = this.fields[name];
    if (field.dataset.offered === wanted) return;
    field.dataset.offered = wanted;
    field.replaceChildren(...pairs.map(([value, text]) => h("option", { value }, text)));
    this.seen[name] = undefined;
  }
}
