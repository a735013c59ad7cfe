// Undo and redo: the states that were, as text.
const PAUSE = 1000; // ms: what one control does without a longer pause is one change
const MOST_KEPT = 200;

/** The states before and after the present one. A state is any text. */
export class Memory {
  constructor(state) {
    Object.assign(this, { now: state, past: [], future: [] });
    this.close();
  }

  /** Note a state that a change by `who` led to, at a time in ms; null is nobody's. */
  note(state, who = null, at = 0) {
    if (state === this.now) return;
    const goesOn = who !== null && who === this.who && at - this.at < PAUSE;
    if (!goesOn) this.past = [...this.past, this.now].slice(-MOST_KEPT);
    this.future = [];
    Object.assign(this, { now: state, who, at });
  }

  /** The next change is another one, whoever makes it. */
  close() {
    this.who = null;
  }

  /** The state before, or null. */
  undo() {
    return this.#go("past", "future");
  }

  /** The state that was undone last, or null. */
  redo() {
    return this.#go("future", "past");
  }

  #go(from, to) {
    if (!this[from].length) return null;
    this[to].push(this.now);
    this.now = this[from].pop();
    this.close();
    return this.now;
  }
}

/** What a pressed key asks for: "undo" (Ctrl+Z), "redo" (Ctrl+Shift+Z or Ctrl+Y), or null. */
export function wayOf({ key, ctrlKey, metaKey, altKey, shiftKey }) {
  const pressed = key.toLowerCase();
  if (!(ctrlKey || metaKey) || altKey || !["z", "y"].includes(pressed)) return null;
  return pressed === "y" || shiftKey ? "redo" : "undo";
}
