// A view in its place: it hears what changes around it, until it is taken out again.
import { passOn } from "./dom.js";

/**
 * Show a view of a model in an element; `watched` is what the view must fit when its size changes.
 * Returns what ends all of it.
 */
export function mounted(view, model, el, watched = view.element) {
  el.append(view.element);
  const hear = () => view.heard();
  // Jupyter's models say so when their wire is cut, as by a restart of the kernel.
  const left = () => view.left();
  model.on("change", hear);
  model.on("comm_live_update", left);
  const watch = new ResizeObserver(() => view.resize());
  watch.observe(watched);
  const unfollow = view.project?.follow(view.element);
  view.resize();
  const stop = passOn(view.element);
  const follow = () => requestAnimationFrame(() => view.sticky.follow());
  document.addEventListener("scroll", follow, { capture: true, passive: true });
  return () => {
    stop();
    unfollow?.();
    document.removeEventListener("scroll", follow, { capture: true });
    view.player.stop();
    watch.disconnect();
    model.off("change", hear);
    model.off("comm_live_update", left);
  };
}

/** Draw again under another theme, of which a canvas does not hear by itself; returns what ends that. */
export function onTheme(draw) {
  const themed = new MutationObserver(draw);
  for (const root of [document.body, document.documentElement]) {
    themed.observe(root, { attributes: true });
  }
  return () => themed.disconnect();
}
