"""The lessons that are talks as well: `jupyter nbconvert --to slides`, opened in a browser.

The slides load reveal.js and require.js from the internet; here both come from installed packages
(sphinx-revealjs, Voilà), and everything else is refused: the talk must do without.
"""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from lessons import LESSONS
from person import PROJECTOR

TALKS = {subject: lesson.path for subject, lesson in LESSONS.items() if lesson.talk}
REQUIRE = Path(sys.prefix) / "share/jupyter/voila/templates/base/static/require.min.js"

# nbconvert's slides are 960 x 700, and reveal.js scales them to the window.
WIDTH, HEIGHT = 960, 700
FRAME = 7  # by so much the frame around code stands out on the right; code beyond it is cut
# nbconvert asks for reveal.js 4, which keeps 20 pixels above and below a picture; 5 does not.
OLD_MARGINS = ".reveal img { margin: 20px 0 !important }"
START = """() => {
  const style = document.querySelector('link[href$="dist/reveal.css"]').href
  window.talk = require(style.replace("reveal.css", "reveal.js"))
  talk.configure({ transition: "none", backgroundTransition: "none" })
}"""
LOOK = """() => {
  const slide = talk.getCurrentSlide()
  const frame = slide.getBoundingClientRect()
  const shown = [...slide.querySelectorAll("*")].filter(
    (e) => !e.closest("aside, details:not([open]) > :not(summary)") && e.getClientRects().length)
  const edge = (side) => shown.map((e) => e.getBoundingClientRect()[side])
  return {
    text: slide.innerText, height: slide.scrollHeight,
    left: (Math.min(...edge("left")) - frame.left) / talk.getScale(),
    right: (Math.max(...edge("right")) - frame.left) / talk.getScale(),
    top: frame.top, bottom: Math.max(...edge("bottom")),
    pictures: [...slide.querySelectorAll("img")].map((e) => e.naturalWidth),
    alts: [...slide.querySelectorAll("img")].map((e) => e.alt),
    last: talk.isLastSlide(),
  }
}"""


def from_here(route):
    """Answer from installed packages what the slides want from the internet; refuse the rest."""
    url = route.request.url
    if found := re.match(r"https://unpkg\.com/reveal\.js@[\d.]+/([^?]+)", url):
        package = Path(importlib.util.find_spec("sphinx_revealjs").origin).parent
        route.fulfill(path=package / "_static" / "revealjs" / found[1])
    elif url.endswith("/require.min.js"):
        route.fulfill(path=REQUIRE)
    elif url.startswith("file:"):
        route.continue_()
    else:
        route.abort()


@pytest.fixture(scope="module")
def talks(tmp_path_factory):
    folder = tmp_path_factory.mktemp("talks")
    command = [sys.executable, "-m", "jupyter", "nbconvert", "--to", "slides"]
    subprocess.run([*command, "--output-dir", str(folder), *map(str, TALKS.values())], check=True)
    return folder


def slides(browser, page_file):
    """Go through a talk from its first slide to its last."""
    page = browser.new_page(viewport=PROJECTOR)
    page.route("**/*", from_here)
    page.goto(page_file.as_uri())
    page.wait_for_selector(".reveal.ready")
    page.add_style_tag(content=OLD_MARGINS)
    page.evaluate(START)
    seen = []
    while not (seen and seen[-1]["last"]):
        if seen:
            page.keyboard.press("Space")
        page.evaluate("() => new Promise(requestAnimationFrame)")  # laid out anew
        seen.append(page.evaluate(LOOK))
        assert len(seen) < 100
    page.close()
    return seen


@pytest.mark.parametrize("subject", TALKS)
def test_the_talk_fits(browser, talks, subject):
    seen = slides(browser, talks / f"{TALKS[subject].stem}.slides.html")
    assert 20 < len(seen) < 45
    for slide in seen:
        title = slide["text"].strip()[:60]
        assert slide["height"] <= HEIGHT, title
        assert slide["left"] >= 0, title
        assert slide["right"] <= WIDTH + FRAME, title
        assert slide["top"] >= 0, title
        assert slide["bottom"] <= PROJECTOR["height"], title
        assert title or slide["pictures"]
        assert all(width > 300 for width in slide["pictures"]), title
        for alt in slide["alts"]:
            assert len(alt) >= 15, title
            assert "No description" not in alt, title  # nbconvert's words for none
    assert "After this lesson you can" in seen[0]["text"]
    assert "Summary" in seen[-1]["text"]
    predictions = [slide for slide in seen if "Predict:" in slide["text"]]
    assert len(predictions) >= 4
    assert sum(len(slide["pictures"]) for slide in seen) >= 4
    assert not any("change me" in slide["text"] for slide in seen)  # no exercise's code
    assert not any("✓" in slide["text"] for slide in seen)  # no solution


@pytest.mark.parametrize("subject", TALKS)
def test_the_speaker_has_notes(talks, subject):
    page = (talks / f"{TALKS[subject].stem}.slides.html").read_text()
    assert page.count('<aside class="notes">') >= 5
    cells = nbformat.read(TALKS[subject], as_version=4).cells
    kinds = {cell.metadata.get("slideshow", {}).get("slide_type", "-") for cell in cells}
    assert kinds >= {"slide", "subslide", "notes", "skip"}
