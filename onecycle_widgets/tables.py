"""Small tables: text in a terminal, a real table in a notebook, and rows for a spreadsheet."""

import csv
import html
import io
from collections.abc import Iterable, Sequence
from typing import Any

WHOLE = ' style="white-space: nowrap"'


def to_csv(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    r"""Return rows as CSV, lines ended by ``\n`` on every system.

    Parameters
    ----------
    header : sequence of str
        Names of the columns.
    rows : iterable of sequences
        The cells of each line; what is missing is an empty text.

    Returns
    -------
    str
        The header and a line for each row.

    Examples
    --------
    >>> to_csv(["step", "loss"], [(0, 2.3), (1, "")])
    'step,loss\n0,2.3\n1,\n'
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


class Table(str):
    """A table as aligned text; a notebook shows it as HTML, which a phone can show, too.

    No value breaks: `95.0 to 96.9` stays in one line, and a table that is wider than its place
    scrolls inside it. Only a list, `a; b`, takes several lines.

    Parameters
    ----------
    header : sequence of str
        Names of the columns; the first is aligned left, the others right.
    rows : sequence of sequences of str
        The cells of each line below the header.
    prose : bool, default False
        Whether cells hold sentences: all but the first of a row lie below one another, named when
        there are several.

    Examples
    --------
    >>> print(Table(["max_lr", "accuracy"], [["0.1", "92 %"], ["1", "8 %"]]))
    max_lr  accuracy
    0.1         92 %
    1            8 %
    >>> print(Table(["name", "meaning"], [["max_lr", "The peak."]], prose=True))
    max_lr: The peak.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    prose: bool

    def __new__(
        cls, header: Sequence[str], rows: Sequence[Sequence[str]], prose: bool = False
    ) -> "Table":
        """Lay the text out; the parameters are the class's."""
        lines = [tuple(header), *(tuple(row) for row in rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = []
        for first, *others in lines:
            cells = [first.ljust(widths[0])]
            cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
            text.append("  ".join(cells))
        # Columns of sentences would be wider than any window: a row becomes a short paragraph.
        if prose:
            text = []
            for first, *others in lines[1:]:
                named = zip(header[1:], others, strict=True)
                if len(others) == 1:
                    text.append(f"{first}: {others[0]}")
                else:
                    text += [first, *(f"  {name}: {cell}" for name, cell in named)]
        table = super().__new__(cls, "\n".join(text))
        table.header, table.rows, table.prose = lines[0], tuple(lines[1:]), prose
        return table

    def _repr_html_(self) -> str:
        style = ' style="text-align: left"' if self.prose else ""
        names = (self.header[0], "; ".join(self.header[1:])) if self.prose else self.header
        head = "".join(f'<th scope="col"{style}>{html.escape(name)}</th>' for name in names)
        body = ""
        for first, *others in self.rows:
            if self.prose:
                texts = [html.escape(cell) for cell in others]
                if len(texts) > 1:
                    named = zip(self.header[1:], texts, strict=True)
                    texts = ["<br>".join(f"<b>{html.escape(n)}:</b> {text}" for n, text in named)]
                cells = "".join(f"<td{style}>{text}</td>" for text in texts)
            else:
                looks = ["" if "; " in cell else WHOLE for cell in others]
                pairs = zip(looks, map(html.escape, others), strict=True)
                cells = "".join(f"<td{look}>{text}</td>" for look, text in pairs)
            body += f'<tr><th scope="row"{style}>{html.escape(first)}</th>{cells}</tr>'
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
