// What is wrong with what is set, or worth a note: a line beside the lab's buttons.
import { h, say } from "./dom.js";

const AT_FIELD = ".ow-row .ow-problem:not(:empty), .ow-chosen .ow-problem:not(:empty)";

/** The line. */
export class Told {
  constructor() {
    this.problem = h("p", { class: "ow-problem", role: "alert" });
    this.notes = h("p", { class: "ow-notes", role: "status" });
    this.element = h("div", { class: "ow-told" }, this.problem, this.notes);
  }

  /** Say a problem, or else notes; where it stands at its field, too, it is brought in sight. */
  show(problem, notes, root) {
    const other = problem !== this.problem.textContent;
    say(this.problem, problem);
    say(this.notes, notes.map((note) => `Note: ${note}.`).join(" "));
    const at = other && root.querySelector(AT_FIELD);
    // In a wide window it is read by those who cannot see, and there is nothing to scroll to.
    if (at && getComputedStyle(at).position === "static")
      at.parentElement.scrollIntoView({ block: "nearest" });
  }
}
