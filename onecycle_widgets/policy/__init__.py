"""The 1cycle policy as a value, torch's scheduler of it, and the schedules it is compared with."""

from typing import TYPE_CHECKING

from .. import lazy
from .curve import Curve, Phase
from .one_cycle import OneCycle

if TYPE_CHECKING:
    from .scheduler import OneCycleLR

__all__ = ["Curve", "OneCycle", "OneCycleLR", "Phase"]

# The scheduler is torch's; the policy, its curve and its code need no torch.
if not TYPE_CHECKING:
    __getattr__, __dir__ = lazy.names(__name__, {"OneCycleLR": "policy.scheduler"})
