// A page of the web site: where a widget's state stands, the widget comes to life.
import { PageModel } from "./pagemodel.js";

/** Show a widget in place of its picture, wherever the page has a state of its kind. */
export function bringToLife(kind, show) {
  const root = document.documentElement.dataset.content_root ?? "";
  const page = new URL(`${root}notebooks/${kind}.html`, location.href).href;
  const places = document.querySelectorAll(`.ow-stored[data-widget="${kind}"]`);
  for (const [index, place] of places.entries()) {
    const state = JSON.parse(place.querySelector("script").textContent);
    // Several may be in one page: none of them may take the address for its own.
    const model = new PageModel({ ...state, page }, () => null);
    const picture = [...place.childNodes];
    show({ model, el: place });
    for (const part of picture) part.remove();
    // Who walks from landmark to landmark hears which of them is which.
    for (const part of place.querySelectorAll("section[aria-label], [role=region]")) {
      part.ariaLabel += `, ${kind} ${index + 1}`;
    }
  }
}
