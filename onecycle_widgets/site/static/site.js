// What every page of the site does: the theme for figures and widgets, figures that fit a phone, and
// keys for what scrolls.
(() => {
  // Furo says the theme in one way; figures and widgets know it by the mark of Jupyter's pages.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    const { theme } = document.body.dataset;
    const isDark = theme === "dark" || (theme !== "light" && dark.matches);
    document.body.dataset.jpThemeLight = String(!isDark);
  };
  new MutationObserver(follow).observe(document.body, { attributeFilter: ["data-theme"] });
  dark.addEventListener("change", follow);
  follow();

  // What the theme leaves unsaid to who hears the page.
  const labels = { ".sidebar-drawer": "All pages", ".toc-drawer": "On this page" };
  for (const [place, text] of Object.entries(labels)) {
    document.querySelector(place)?.setAttribute("aria-label", text);
  }
  for (const caption of document.querySelectorAll(".caption[role=heading]")) {
    caption.ariaLevel = "2";
  }

  // From disk a page may not read others: the search shows their titles without an excerpt.
  if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

  // What is wider than the page scrolls, by the arrow keys as well.
  const reach = () => {
    for (const box of document.querySelectorAll(".cell_output .output, pre, .table-wrapper")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  addEventListener("load", reach);
  addEventListener("resize", reach);

  // A phone shows a figure as wide as the page; a tap on it, or the button, makes it larger. (On a
  // wide page there is no button, and nothing happens.)
  for (const figure of document.querySelectorAll(".output > img.ow-drawn")) {
    const box = figure.parentElement;
    const button = document.createElement("button");
    button.className = "ow-larger";
    const turn = (large) => {
      box.classList.toggle("ow-large", large);
      button.textContent = large ? "Smaller" : "Larger";
      reach();
    };
    button.onclick = () => turn(!box.classList.contains("ow-large"));
    figure.onclick = () => {
      if (button.offsetWidth > 0) button.click();
    };
    figure.style.minWidth = ""; // the page's own style has it, too
    figure.after(button);
    turn(false);
  }
})();
