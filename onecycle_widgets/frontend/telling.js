// Between a view and its model: what a person changes is shown in this frame, and told after it.

/** Sets a model's traits; `update` brings the view in line. */
export class Telling {
  constructor(model, update) {
    Object.assign(this, { model, update, untold: null, setting: false, over: false });
    // As when its cell runs again: nobody is left to be told, and Jupyter would complain.
    model.on("destroy", () => {
      this.over = true;
    });
  }

  /** Change traits: the view follows in this frame; the kernel is told after it is painted. */
  set(values, who) {
    const telling = this.untold !== null;
    this.untold = { ...this.untold, ...values };
    this.#write(values);
    this.update(who);
    if (telling) return;
    requestAnimationFrame(() =>
      setTimeout(() => {
        this.untold = null;
        if (!this.over) this.model.save_changes();
      }),
    );
  }

  /** What somebody else has changed; true when it is to be shown. */
  heard() {
    if (this.setting) return false;
    // Jupyter's echo of what was told earlier: it would take back what is yet to be told.
    if (this.untold) this.#write(this.untold);
    return true;
  }

  #write(values) {
    this.setting = true;
    for (const [name, value] of Object.entries(values)) this.model.set(name, value);
    this.setting = false;
  }
}
