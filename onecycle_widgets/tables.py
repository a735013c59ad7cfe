"""Small tables: text in a terminal, a real table in a notebook."""

import html
from collections.abc import Sequence


class Table(str):
    """A table as aligned text; a notebook shows it as HTML, which fits a phone too.

    Parameters
    ----------
    header : sequence of str
        Names of the columns; the first is aligned left, the others right.
    rows : sequence of sequences of str
        The cells.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __new__(cls, header: Sequence[str], rows: Sequence[Sequence[str]]) -> "Table":
        """Lay the text out."""
        lines = [tuple(header), *(tuple(row) for row in rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = []
        for first, *others in lines:
            cells = [first.ljust(widths[0])]
            cells += [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
            text.append("  ".join(cells))
        table = super().__new__(cls, "\n".join(text))
        table.header, table.rows = lines[0], tuple(lines[1:])
        return table

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in self.header)
        body = ""
        for first, *others in self.rows:
            cells = "".join(f"<td>{html.escape(cell)}</td>" for cell in others)
            body += f'<tr><th scope="row">{html.escape(first)}</th>{cells}</tr>'
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
