// On a phone the figure stays in sight while the controls scroll.

/** Keeps a figure in sight while the element around it is scrolled. */
export class Sticky {
  constructor(element, figure) {
    Object.assign(this, { element, figure, moved: 0 });
  }

  /** On a phone the figure stays on top while the controls scroll, if that leaves room for them. */
  stick() {
    const height = this.figure.offsetHeight;
    this.figure.classList.toggle("ow-sticky", height < 0.6 * window.innerHeight);
    // What gets the focus is scrolled to below the figure, not under it.
    this.element.style.setProperty("--ow-top", `${height}px`);
    this.follow();
  }

  /**
   * Keep a sticky figure in sight where the style alone cannot: JupyterLab lays a cell's output
   * into boxes that scroll, or could, and inside those nothing sticks to the window.
   */
  follow() {
    const { figure, element } = this;
    const sticky = getComputedStyle(figure).position === "sticky";
    const { top, bottom } = element.getBoundingClientRect();
    const gone = sticky ? Math.max(topOfSight(element) - top, 0) : 0;
    const stuck = figure.getBoundingClientRect().top - top - this.moved;
    const room = bottom - top - figure.offsetHeight - stuck;
    const by = Math.max(Math.min(gone - stuck, room), 0);
    if (by === this.moved) return;
    this.moved = by;
    figure.style.transform = by ? `translateY(${by}px)` : "";
  }
}

/** Where the part of the window begins that shows an element: below what scrolls it away. */
function topOfSight(element) {
  let top = 0;
  for (let box = element.parentElement; box; box = box.parentElement) {
    const { overflowY } = getComputedStyle(box);
    if (overflowY === "visible" || box.scrollHeight <= box.clientHeight) continue;
    top = Math.max(top, box.getBoundingClientRect().top);
  }
  return top;
}
