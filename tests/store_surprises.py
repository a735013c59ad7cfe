"""Run the catalogue of surprises and store what came out: `python tests/store_surprises.py`.

It renews the results in `notebooks/SURPRISES.md`, and makes `notebooks/surprises.html` of it: the
same entries with a search box, and what each did in which release of torch.
"""

import csv
import html
import re
from itertools import groupby
from pathlib import Path

from catalogue import ENTRY, PAGE, VERSIONS, Entry, entries, surprises

from onecycle_widgets.evidence.surprises import both

SEARCH = PAGE.with_name("surprises.html")
TEMPLATE = Path(__file__).with_name("surprises_page.html")


def renewed(text: str) -> str:
    """Return the page's text with the results that its programs have now."""
    found = {title: str(both(reproduction)) for title, reproduction in surprises()}
    return ENTRY.sub(
        lambda entry: entry[0].replace(
            f"```text\n{entry['shown']}\n```", f"```text\n{found[entry['title']]}\n```"
        ),
        text,
    )


def releases() -> dict[str, list[tuple[str, str, str]]]:
    """Return for each entry its reactions: first release, last release, and what torch did."""
    with VERSIONS.open(newline="", encoding="utf-8") as file:
        (_, *names), *rows = csv.reader(file)
    spans = {}
    for title, *texts in rows:
        pairs = zip(names, texts, strict=True)
        runs = [list(run) for _, run in groupby(pairs, lambda pair: pair[1])]
        spans[title] = [(run[0][0][:-2], run[-1][0][:-2], run[0][1]) for run in runs]
    return spans


def inline(text: str) -> str:
    """Return a paragraph of the page as HTML; it knows code, emphasis and nothing else."""
    text = html.escape(text, quote=False)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    return re.sub(r"\*([^*]+)\*", r"<em>\1</em>", text)


def article(entry: Entry, spans: list[tuple[str, str, str]]) -> str:
    """Return an entry as HTML, with what the search looks at in its attributes."""
    number, title = entry.title.split(". ", 1)
    chips = " ".join(f"<code>{name}</code>" for name in entry.concerns)
    told = "".join(
        f"<li>{first if first == last else f'{first} to {last}'}: "
        f"<samp>{html.escape(reaction)}</samp></li>"
        for first, last, reaction in spans
    )
    shown = html.escape(entry.shown, quote=False)
    versions = html.escape("|".join(f"{first}-{last}" for first, last, _ in spans))
    return f"""<article id="s{number}" data-concerns="{" ".join(entry.concerns)}" \
data-versions="{versions}">
<h2>{number}. {inline(title)}</h2>
<p class="see"><strong>You see:</strong> {inline(entry.see)}. {chips}</p>
<p>{inline(" ".join(entry.prose.split()))}</p>
<pre>{html.escape(entry.code, quote=False)}</pre>
<pre class="result">{shown}</pre>
<details><summary>In PyTorch's releases</summary><ul>{told}</ul></details>
</article>"""


def search_page() -> str:
    """Return the page with the search box."""
    found, spans = entries(), releases()
    names = sorted({name for entry in found for name in entry.concerns})
    options = "".join(f"<option>{name}</option>" for name in names)
    with VERSIONS.open(newline="", encoding="utf-8") as file:
        versions = [name[:-2] for name in next(csv.reader(file))[1:]]
    numbered = "".join(f"<option>{name}</option>" for name in reversed(versions))
    page = TEMPLATE.read_text(encoding="utf-8")
    articles = "\n".join(article(entry, spans[entry.title]) for entry in found)
    for mark, text in (("NAMES", options), ("VERSIONS", numbered), ("ENTRIES", articles)):
        page = page.replace(f"<!-- {mark} -->", text)
    return page


def store() -> None:
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    SEARCH.write_text(search_page(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    store()
