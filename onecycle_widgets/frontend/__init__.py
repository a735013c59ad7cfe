"""What runs in the browser: the JavaScript, how it is joined, and which controls there are."""

from .bundle import page, script, style
from .closing import close_all, close_earlier
from .controls import PARTS, SPECS

__all__ = ["PARTS", "SPECS", "close_all", "close_earlier", "page", "script", "style"]
