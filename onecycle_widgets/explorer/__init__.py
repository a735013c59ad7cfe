"""The explorers: a schedule under the hand, balls on a surface, and a range test's smoothing."""

from typing import TYPE_CHECKING

from .. import lazy
from .surface import SurfaceExplorer
from .widget import OneCycleExplorer

if TYPE_CHECKING:
    from .smoothing import SmoothingExplorer

__all__ = ["OneCycleExplorer", "SmoothingExplorer", "SurfaceExplorer"]

# A schedule is explored without the libraries that a range test needs.
if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy.names(__name__, {"SmoothingExplorer": "explorer.smoothing"})
