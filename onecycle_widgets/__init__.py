"""Teach, explore and use the 1cycle policy: `torch.optim.lr_scheduler.OneCycleLR` with care."""

from typing import TYPE_CHECKING

from . import lazy

if TYPE_CHECKING:
    from . import evidence as evidence
    from . import exercises as exercises
    from . import explorer as explorer
    from . import lab as lab
    from . import policy as policy
    from . import range_test as range_test
    from . import surfaces as surfaces
    from . import sweeps as sweeps
    from . import toys as toys
    from . import training as training
    from .evidence.comparison import compare
    from .explorer.smoothing import SmoothingExplorer
    from .explorer.surface import SurfaceExplorer
    from .explorer.widget import OneCycleExplorer
    from .lab.view import Lab
    from .policy.one_cycle import OneCycle
    from .policy.scheduler import OneCycleLR
    from .range_test.result import RangeTest
    from .range_test.run import lr_range_test
    from .sweeps.result import Sweep
    from .sweeps.setting import Setting
    from .sweeps.sweep import sweep
    from .training.sharpness import sharpness
    from .training.train import evaluate, train

__version__ = "0.2.0"
__all__ = [
    "Lab",
    "OneCycle",
    "OneCycleExplorer",
    "OneCycleLR",
    "RangeTest",
    "Setting",
    "SmoothingExplorer",
    "SurfaceExplorer",
    "Sweep",
    "__version__",
    "compare",
    "evaluate",
    "exercises",
    "lr_range_test",
    "sharpness",
    "sweep",
    "toys",
    "train",
]

if not TYPE_CHECKING:
    # Each is imported when it is first used: torch, scipy and matplotlib only by who needs them.
    __getattr__, __dir__ = lazy.names(
        __name__,
        {
            "Lab": "lab.view",
            "OneCycle": "policy.one_cycle",
            "OneCycleExplorer": "explorer.widget",
            "OneCycleLR": "policy.scheduler",
            "RangeTest": "range_test.result",
            "Setting": "sweeps.setting",
            "SmoothingExplorer": "explorer.smoothing",
            "SurfaceExplorer": "explorer.surface",
            "Sweep": "sweeps.result",
            "compare": "evidence.comparison",
            "evaluate": "training.train",
            "evidence": "evidence",
            "exercises": "exercises",
            "lr_range_test": "range_test.run",
            "sharpness": "training.sharpness",
            "sweep": "sweeps.sweep",
            "toys": "toys",
            "explorer": "explorer",
            "lab": "lab",
            "policy": "policy",
            "surfaces": "surfaces",
            "range_test": "range_test",
            "sweeps": "sweeps",
            "training": "training",
            "train": "training.train",
        },
    )
