// The lab's static page: the view, over workers of the page's own.
import { Crew } from "./crew.js";
import { doorOf } from "./door.js";
import { render } from "./lab.js";
import { fromLabLink, linkTo } from "./lablink.js";
import { openPage, PageModel } from "./pagemodel.js";
import { check } from "./rules.js";
import { given } from "./state.js";
import { TABLES } from "./tables.js";
import { Trainer } from "./trainer.js";

/** A model whose trainer is in the page. What it is told is shown once a frame. */
class LabModel extends PageModel {
  constructor(state, linkOf) {
    super(state, linkOf);
    this.answered = [];
    this.trainer = new Trainer(this, new Crew(TABLES.trainer.engine));
    if (this.get("live")) this.trainer.changed();
  }

  on(event, listener) {
    super.on(event, listener);
    if (event === "msg:custom") this.answered.push(listener);
  }

  /** A person's changes are the trainer's to know, too. */
  save_changes() {
    super.save_changes();
    this.trainer.changed();
  }

  send(message) {
    this.trainer.hear(message);
  }

  answer(message) {
    for (const listener of this.answered) listener(message);
  }

  /** The trainer's traits. */
  put(traits) {
    Object.assign(this.state, traits);
    this.telling ??= requestAnimationFrame(() => {
      this.telling = null;
      this.tell();
    });
  }
}

const linked = (model) => linkTo(model, () => check(given(model)));
const opened = openPage(render, fromLabLink, linked, LabModel);
addEventListener("hashchange", () => opened.trainer.changed());
globalThis.onecycle = doorOf(new Crew(TABLES.trainer.engine));
