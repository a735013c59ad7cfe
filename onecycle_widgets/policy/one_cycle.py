"""The 1cycle policy as a value: parameters in, curve, phases, code and scheduler out."""

import dataclasses
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import checks, lazy
from . import code, frameworks, rules
from . import curve as arithmetic
from .curve import Curve, Parts, Phase
from .presets import PRESETS

if TYPE_CHECKING:
    from torch.optim import Optimizer

    from ..drawing import Figure
    from .scheduler import OneCycleLR

PerGroup = checks.Scalar


@dataclass(frozen=True, repr=False)
class OneCycle:
    """The 1cycle policy (arXiv:1803.09820), as `torch.optim.lr_scheduler.OneCycleLR` has it.

    The parameters are torch's, with torch's names, order and defaults; they are
    checked at once. The object is immutable: use `replace` to change something.

    Parameters
    ----------
    max_lr : float or sequence of float
        Peak learning rate, or one for each parameter group.
    total_steps : int, optional
        Number of optimizer steps (batches) in the cycle.
    epochs, steps_per_epoch : int, optional
        Length as a product, ``epochs * steps_per_epoch``, when `total_steps` is not given.
    pct_start : float, default 0.3
        Fraction of the steps, in [0, 1), spent raising the learning rate. The peak
        lies at step ``pct_start * total_steps - 1``, counted from 0.
    anneal_strategy : {'cos', 'linear'}, default 'cos'
        Shape of every phase: half a cosine, or a straight line.
    cycle_momentum : bool, default True
        Whether momentum (Adam's beta1) is cycled against the learning rate.
    base_momentum, max_momentum : float or sequence of float, default 0.85 and 0.95
        Momentum at the peak of the learning rate, and at the start and the end.
    div_factor : float, default 25
        The first learning rate is ``max_lr / div_factor``.
    final_div_factor : float, default 1e4
        The last learning rate is ``max_lr / div_factor / final_div_factor``.
    three_phase : bool, default False
        Fall back to the first learning rate symmetrically, then annihilate it
        in a third phase, as in the paper.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind or out of range. Also where torch
        fails late or silently: ``pct_start * total_steps == 1`` and
        ``pct_start == 1`` (torch divides by zero), ``three_phase`` with
        ``pct_start > 0.5`` (torch never anneals).

    Warns
    -----
    UserWarning
        When there is no warm-up (``pct_start * total_steps < 1``) and in the
        other cases that `notes` tells of.

    Examples
    --------
    >>> policy = OneCycle(max_lr=0.1, total_steps=10)
    >>> policy.phases[0].name, policy.phases[0].last
    ('warm-up', 2)
    >>> float(policy.curve().lr[2])
    0.1
    """

    max_lr: PerGroup
    total_steps: int = None  # type: ignore[assignment]  # an int after creation
    epochs: int | None = None
    steps_per_epoch: int | None = None
    pct_start: float = 0.3
    anneal_strategy: str = "cos"
    cycle_momentum: bool = True
    base_momentum: PerGroup = 0.85
    max_momentum: PerGroup = 0.95
    div_factor: float = 25.0
    final_div_factor: float = 1e4
    three_phase: bool = False

    def __post_init__(self) -> None:
        clean = partial(object.__setattr__, self)
        clean("max_lr", checks.per_group("max_lr", self.max_lr, checks.positive))
        for name in ("base_momentum", "max_momentum"):
            clean(name, checks.per_group(name, getattr(self, name), checks.momentum))
        for name in ("div_factor", "final_div_factor"):
            clean(name, checks.positive(name, getattr(self, name)))
        for name in ("cycle_momentum", "three_phase"):
            clean(name, checks.flag(name, getattr(self, name)))
        clean("pct_start", checks.fraction("pct_start", self.pct_start))
        rules.check_strategy(self.anneal_strategy)
        clean("anneal_strategy", str(self.anneal_strategy))  # also of NumPy's kind of text
        clean("total_steps", self._count_steps())
        self._check_combinations()
        for note in self.notes:
            checks.warn(note)

    def _count_steps(self) -> int:
        given = (self.total_steps, self.epochs, self.steps_per_epoch)
        names = ("total_steps", "epochs", "steps_per_epoch")
        for name, value in zip(names, given, strict=True):
            if value is not None:
                object.__setattr__(self, name, checks.whole(name, value))
        product = None
        if self.epochs is not None and self.steps_per_epoch is not None:
            name = "epochs * steps_per_epoch"
            product = checks.whole(name, self.epochs * self.steps_per_epoch)
        if self.total_steps is None and product is None:
            raise ValueError(
                "total_steps, or both epochs and steps_per_epoch, must be given; "
                f"got epochs={self.epochs!r}, steps_per_epoch={self.steps_per_epoch!r}"
            )
        if self.total_steps is not None and self.total_steps != product:
            # As in torch, total_steps wins: forget what does not count.
            object.__setattr__(self, "epochs", None)
            object.__setattr__(self, "steps_per_epoch", None)
            return self.total_steps
        assert product is not None
        return product

    def _check_combinations(self) -> None:
        names = ("max_lr", "base_momentum", "max_momentum")
        values = {name: getattr(self, name) for name in names}
        rules.check_groups({k: len(v) for k, v in values.items() if isinstance(v, tuple)})
        for base, top in zip(
            self.per_group("base_momentum"), self.per_group("max_momentum"), strict=True
        ):
            rules.check_momenta(base, top)
        for rate in self.per_group("max_lr"):
            rules.check_rates(rate, self.div_factor, self.final_div_factor)
        rules.check_phases(self.total_steps, self.pct_start, self.three_phase)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is allowed but surprising about this policy, in words; warned of on creation.

        Examples
        --------
        >>> import warnings
        >>> with warnings.catch_warnings(action="ignore"):
        ...     OneCycle(max_lr=0.1, total_steps=100, div_factor=0.5).notes
        ('div_factor=0.5 is below 1: the cycle starts above max_lr',)
        """
        return rules.notes(self)

    @property
    def groups(self) -> int | None:
        """Number of parameter groups that the lists speak of; None when there is no list."""
        for value in (self.max_lr, self.base_momentum, self.max_momentum):
            if isinstance(value, tuple):
                return len(value)
        return None

    def per_group(self, name: str) -> tuple[float, ...]:
        """Return one value for each parameter group.

        Parameters
        ----------
        name : {'max_lr', 'base_momentum', 'max_momentum'}
            Name of the parameter.

        Examples
        --------
        >>> OneCycle([0.1, 0.01], 100).per_group("max_momentum")
        (0.95, 0.95)
        """
        value = getattr(self, name)
        return value if isinstance(value, tuple) else (value,) * (self.groups or 1)

    def _column(self, name: str) -> NDArray[np.float64]:
        """One value for each group, shape (groups, 1): rows of steps broadcast against it."""
        return np.array(self.per_group(name))[:, None]

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The phases that have at least one step, in order; together they cover all steps.

        Examples
        --------
        >>> [(phase.name, phase.last) for phase in OneCycle(0.1, 100, three_phase=True).phases]
        [('warm-up', 29), ('cool-down', 58), ('annihilation', 99)]
        """
        return arithmetic.phases(self.total_steps, self.pct_start, self.three_phase)

    def curve(self) -> Curve:
        """Learning rate and momentum at each optimizer step, bit for bit as torch yields them.

        Returns
        -------
        Curve
            `step`, `lr` and `momentum`; arrays of shape ``(total_steps,)``, or
            ``(groups, total_steps)`` when a parameter is a list. `momentum` is
            None when `cycle_momentum` is False: the optimizer's own stays.

        Raises
        ------
        MemoryError
            When so many steps do not fit into memory; `at` needs only those asked for.

        Examples
        --------
        >>> curve = OneCycle(max_lr=0.1, total_steps=10).curve()
        >>> curve.lr.shape, curve.lr.max().item(), curve.momentum.min().item()
        ((10,), 0.1, 0.85)
        """
        count, steps = (1 + self.cycle_momentum) * (self.groups or 1) + 1, self.total_steps
        checks.memory(8 * count * steps, f"the curve of total_steps={steps}")
        return self._curve(np.arange(steps, dtype=np.float64), arithmetic.whole(self.phases))

    def at(self, steps: ArrayLike) -> Curve:
        """Learning rate and momentum at some steps only, which may lie between two batches.

        A cycle of any length costs no more than the steps that are asked for. At whole steps
        the values are those of `curve`, to the bit.

        Parameters
        ----------
        steps : array_like, shape (points,)
            Numbers from 0 to ``total_steps - 1``, in rising order.

        Returns
        -------
        Curve
            As from `curve`, with a value for each of the steps.

        Raises
        ------
        TypeError, ValueError
            When the steps are not such numbers.

        Examples
        --------
        >>> policy = OneCycle(max_lr=0.1, total_steps=10**12)
        >>> policy.at([0, 3e11 - 1]).lr.round(6).tolist()
        [0.004, 0.1]
        """
        given, values = rules.check_steps(steps, self.total_steps - 1)
        curve = self._curve(values.copy(), arithmetic.divided(values, self.phases))
        return Curve(curve.lr, curve.momentum, given)

    def _curve(self, steps: NDArray[np.float64], parts: Parts) -> Curve:
        """Learning rate and momentum at `steps`, which are overwritten."""
        top = self._column("max_lr")
        low = top / self.div_factor
        final = low / self.final_div_factor
        lr = {
            "warm-up": (low, top),
            "annealing": (top, final),
            "cool-down": (top, low),
            "annihilation": (low, final),
        }
        high, base = self._column("max_momentum"), self._column("base_momentum")
        momentum = {
            "warm-up": (high, base),
            "annealing": (base, high),
            "cool-down": (base, high),
            "annihilation": (high, high),
        }
        knots = [lr, momentum] if self.cycle_momentum else [lr]
        # One block of memory: the system then gives the same pages again call after call.
        block = np.empty((len(knots), len(top), len(steps)))
        weight = arithmetic.progress(steps, parts, self.anneal_strategy)
        for ends, out in zip(knots, block, strict=True):
            for part, here in parts:
                start, end = ends[part.name]
                arithmetic.anneal(weight[here], start, end, self.anneal_strategy, out[:, here])
        if self.groups is None:
            block = block[:, 0]
        return Curve(block[0], block[1] if self.cycle_momentum else None)

    def replace(self, **changes: Any) -> "OneCycle":
        """Return a copy with some parameters changed.

        Giving `epochs` or `steps_per_epoch` counts the steps anew.

        Examples
        --------
        >>> policy = OneCycle(max_lr=0.1, epochs=5, steps_per_epoch=20)
        >>> policy.replace(epochs=10).total_steps, policy.total_steps
        (200, 100)
        """
        if ("epochs" in changes or "steps_per_epoch" in changes) and "total_steps" not in changes:
            changes["total_steps"] = None
        return dataclasses.replace(self, **changes)

    def arguments(self) -> dict[str, Any]:
        """The arguments that differ from torch's defaults, by name, in torch's order.

        Examples
        --------
        >>> OneCycle(0.1, 100, div_factor=10, pct_start=0.3).arguments()
        {'max_lr': 0.1, 'total_steps': 100, 'div_factor': 10.0}
        """
        result = code.differing(self)
        if "epochs" in result:
            del result["total_steps"]
        return result

    def code(self, framework: str = "torch") -> str:
        """The policy as code, to copy into a training script.

        Parameters
        ----------
        framework : str, default 'torch'
            'torch' (or 'pytorch'), 'lightning', 'transformers', 'accelerate', 'fastai', 'keras'
            or 'optax'. torch's text needs the names ``torch`` and ``optimizer`` and binds
            ``scheduler``. The others need, by their usual names, what the framework is given
            (``model``, ``loader``, ``learn``); comments say what easily goes wrong there, and
            by how much rates differ from `curve` where they do.

        Raises
        ------
        ValueError
            When there is no text for such a framework.

        Examples
        --------
        >>> print(OneCycle(max_lr=0.1, total_steps=100).code())
        scheduler = torch.optim.lr_scheduler.OneCycleLR(
            optimizer,
            max_lr=0.1,
            total_steps=100,
        )
        >>> OneCycle(max_lr=0.1, total_steps=100).code("fastai").splitlines()[-3:]
        ['    pct_start=0.3 - 1 / 100,', '    moms=(0.95, 0.85, 0.95),', ')']
        """
        return frameworks.code_for(self, framework)

    def __repr__(self) -> str:
        return code.written("OneCycle", self.arguments())

    def scheduler(self, optimizer: "Optimizer", last_epoch: int = -1) -> "OneCycleLR":
        """Return an `OneCycleLR` with this policy, bound to `optimizer`.

        Examples
        --------
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], momentum=0.9)
        >>> scheduler = OneCycle(max_lr=0.1, total_steps=100).scheduler(optimizer)
        >>> round(optimizer.param_groups[0]["lr"], 6), optimizer.param_groups[0]["momentum"]
        (0.004, 0.95)
        """
        with lazy.told("OneCycle.scheduler"):
            from .scheduler import OneCycleLR
        return OneCycleLR.of(self, optimizer, last_epoch)

    def plot(self) -> "Figure":
        """Draw learning rate and momentum over the steps, phases shaded and named.

        Returns
        -------
        onecycle_widgets.drawing.Figure
            A matplotlib figure. Not registered with pyplot: a notebook shows it, nothing
            keeps it alive.

        Examples
        --------
        >>> OneCycle(max_lr=0.1, total_steps=100).plot()
        From 0.004 up to 0.1 (step 29), then down to 4e-07
        """
        with lazy.told("OneCycle.plot"):
            from .figure import schedule_figure
        return schedule_figure(self)

    @classmethod
    def presets(cls, max_lr: PerGroup = 0.1, total_steps: int = 1000) -> dict[str, "OneCycle"]:
        """Known cycles by name (their sources: `onecycle_widgets.policy.presets.PRESETS`).

        Parameters
        ----------
        max_lr, total_steps
            Peak and length of each of them; a preset fixes only the shape.

        Examples
        --------
        >>> OneCycle.presets(max_lr=0.5)["fastai"]
        OneCycle(max_lr=0.5, total_steps=1000, pct_start=0.25, final_div_factor=4000.0)
        """
        return {
            name: cls(max_lr=max_lr, total_steps=total_steps, **preset.settings)
            for name, preset in PRESETS.items()
        }
