"""What a range test found: raw losses of every run, and views on them chosen afterwards."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .. import checks, files
from ..policy.one_cycle import OneCycle
from ..tables import to_csv
from ..training.smooth import smooth
from .divergence import STOPS
from .suggest import RECOMMENDED, RULES, SMOOTHING, Suggestion, scatter, suggestions

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = NDArray[np.float64]


class Stop(str):
    """Why a run ended before `end_lr`, in words.

    Attributes
    ----------
    diverged : bool
        True because of the loss; False because the batches ran out.

    Examples
    --------
    >>> stop = Stop("diverged at lr=0.5")
    >>> stop, stop.diverged
    ('diverged at lr=0.5', True)
    """

    diverged: bool

    def __new__(cls, text: str, diverged: bool = True) -> "Stop":
        """Make one of its text."""
        stop = super().__new__(cls, text)
        stop.diverged = diverged
        return stop


@dataclass(frozen=True, eq=False)
class RangeTest:
    """The curve of a range test, over one run or several.

    Attributes
    ----------
    ladder : ndarray, shape (num_steps,)
        All learning rates that were to be tried, of the parameter group with the largest.
    losses : ndarray, shape (repeats, num_steps)
        Raw loss of each step's batch, measured before the step; NaN where a run had stopped.
    val_losses : ndarray, shape (repeats, num_steps), or None
        Mean loss on the validation batches, measured after each step.
    stops : tuple of (Stop or None), one for each run
        Why the run ended before `end_lr`; None when it did not.
    ratios : tuple of float
        Learning rate of each parameter group, as a share of the largest.
    mode : {'exp', 'linear'}
        Spacing of the rates: equal ratios, or equal differences.

    Examples
    --------
    `lr_range_test` makes one; here is a curve from a formula, lowest near a rate of 0.1:

    >>> lr = np.geomspace(1e-4, 1, 41)
    >>> losses = np.array([1 / (1 + 100 * lr) + lr])
    >>> result = RangeTest(lr, losses, None, (None,), (1.0,), "exp")
    >>> result.recommended
    0.0447 (half-way between the steepest point, 0.01, and the edge, 0.2)
    >>> result.plot()
    The loss is lowest at lr=0.079; no divergence up to lr=1
    >>> RangeTest.stack([result, result])
    RangeTest(runs=2, steps=41, lr=0.0001..1, stopped=None)
    """

    ladder: Array
    losses: Array
    val_losses: Array | None
    stops: tuple[Stop | None, ...]
    ratios: tuple[float, ...]
    mode: str

    @classmethod
    def stack(cls, results: "Sequence[RangeTest]") -> "RangeTest":
        """Put the runs of several tests together: other models or seeds on the same ladder.

        Parameters
        ----------
        results : sequence of RangeTest
            Tests on the same ladder, with the same ratios of parameter groups.

        Returns
        -------
        RangeTest
            All their runs, in this order; without validation losses when one has none.

        Raises
        ------
        ValueError
            When there is no test, or ladders or ratios differ.
        """
        if not results:
            raise ValueError("results must hold at least one RangeTest, got none")
        first = results[0]
        for other in results:
            if not np.array_equal(other.ladder, first.ladder) or other.ratios != first.ratios:
                raise ValueError("results must share one ladder and one set of ratios")
        vals = [r.val_losses for r in results if r.val_losses is not None]
        return cls(
            first.ladder,
            np.vstack([r.losses for r in results]),
            np.vstack(vals) if len(vals) == len(results) else None,
            tuple(stop for r in results for stop in r.stops),
            first.ratios,
            first.mode,
        )

    @property
    def _steps(self) -> int:
        """Steps that at least half of the runs took."""
        return int((np.isfinite(self.losses).mean(0) >= 0.5).sum())

    @property
    def lr(self) -> Array:
        """Learning rate of each step taken (by at least half of the runs), shape (steps,)."""
        return self.ladder[: self._steps]

    @property
    def group_lr(self) -> Array:
        """Learning rate of each parameter group, shape (groups, steps)."""
        return np.outer(self.ratios, self.lr)

    @property
    def loss(self) -> Array:
        """Raw loss of each step, shape (steps,); the median of the runs that took it."""
        return _median(self.losses[:, : self._steps])

    @property
    def val_loss(self) -> Array | None:
        """Validation loss after each step, shape (steps,); the median of the runs."""
        return None if self.val_losses is None else _median(self.val_losses[:, : self._steps])

    @property
    def stopped(self) -> str | None:
        """Why the test ended before `end_lr`; None when at least half of the runs did not."""
        typical = self._typical_stop
        if typical is None or len(self.stops) == 1:
            return typical
        count = sum(stop is not None for stop in self.stops)
        return STOPS["several"].format(count=count, runs=len(self.stops), typical=typical)

    @property
    def diverged(self) -> bool:
        """Whether it ended early because of the loss, not because batches ran out."""
        typical = self._typical_stop
        return typical is not None and typical.diverged

    @property
    def _typical_stop(self) -> Stop | None:
        """The middle one of the runs' stops; None when at least half of the runs had none."""
        stops = [stop for stop in self.stops if stop is not None]
        return stops[len(stops) // 2] if 2 * len(stops) > len(self.stops) else None

    @property
    def runs(self) -> list["RangeTest"]:
        """Each run as a result of its own."""
        count = len(self.stops)
        vals = [None] * count if self.val_losses is None else np.split(self.val_losses, count)
        each = zip(np.split(self.losses, count), vals, self.stops, strict=True)
        return [
            replace(self, losses=losses, val_losses=val, stops=(stop,))
            for losses, val, stop in each
        ]

    def smooth(self, decades: float = SMOOTHING, validation: bool = False) -> Array:
        """Return the losses averaged over a centred window, which does not shift the curve.

        Losses far above the start are first cut to as much above it as the best lies
        below, so that a final explosion does not spill into the steps before it.

        Parameters
        ----------
        decades : float, default 0.6
            Width of the window, in decades of learning rate ('exp'); the same
            share of the range when the rates are linear. 0 for no averaging.
        validation : bool, default False
            Whether to take the validation losses instead.

        Returns
        -------
        ndarray, shape (steps,)

        Raises
        ------
        TypeError, ValueError
            When `decades` is not a number of at least 0, or there are no validation losses.

        Examples
        --------
        >>> lr, losses = np.geomspace(0.01, 1, 5), np.array([[2.2, 2.0, 2.1, 1.7, 1.8]])
        >>> result = RangeTest(lr, losses, None, (None,), (1.0,), "exp")
        >>> result.smooth(decades=1.0).round(2).tolist()
        [2.15, 2.1, 1.93, 1.87, 1.72]
        """
        if checks.number("decades", decades) < 0:
            raise ValueError(f"decades must be 0 or more, got {checks.shown(decades)}")
        loss = self._curve(validation)
        if len(loss) < 2:
            return loss
        span = math.log10(self.ladder[-1] / self.ladder[0])
        start = float(np.median(loss[:5]))
        cut = np.minimum(loss, 2 * start - min(loss.min(), start))
        return smooth(cut, 1 + round(decades / span * (len(self.ladder) - 1)))

    def suggestions(
        self, decades: float = SMOOTHING, validation: bool = False
    ) -> dict[str, Suggestion]:
        """Return what each rule makes of the smoothed curve: a rate, or a reason why not.

        Parameters
        ----------
        decades, validation
            As in `smooth`.

        Returns
        -------
        dict of str to Suggestion
            By name of the rule; the rules are in `onecycle_widgets.range_test.suggest`.

        Examples
        --------
        >>> lr = np.geomspace(1e-4, 1, 41)
        >>> losses = np.array([1 / (1 + 100 * lr) + lr])  # lowest near a rate of 0.1
        >>> RangeTest(lr, losses, None, (None,), (1.0,), "exp").suggestions()["edge"]
        0.2 (beyond it the loss rises)
        """
        if not self._steps and self.stopped is not None:
            return dict.fromkeys(RULES, Suggestion(None, self.stopped))
        noise = scatter(self._curve(validation))
        curve = self.smooth(decades, validation)
        return suggestions(self.lr, curve, self.stopped if self.diverged else None, noise)

    @property
    def recommended(self) -> Suggestion:
        """The rule whose picks came closest to one cycle's best peak in the lesson: 'halfway'."""
        return self.suggestions()[RECOMMENDED]

    def spread(self, decades: float = SMOOTHING) -> dict[str, Array]:
        """Return each rule's picks over the runs, sorted; a refusal is left out.

        Parameters
        ----------
        decades : float, default 0.6
            Width of the smoothing window, as in `smooth`.

        Returns
        -------
        dict of str to ndarray
            By name of the rule, the learning rates it picked.

        Examples
        --------
        >>> lr = np.geomspace(1e-4, 1, 41)
        >>> losses = np.array([1 / (1 + a * lr) + lr for a in (50, 100, 200)])
        >>> result = RangeTest(lr, losses, None, (None,) * 3, (1.0,), "exp")
        >>> result.spread()["steepest"].round(4).tolist()
        [0.005, 0.01, 0.0158]
        """
        found = [run.suggestions(decades) for run in self.runs]
        return {
            rule: np.sort([pick[rule].lr for pick in found if pick[rule].lr is not None])
            for rule in found[0]
        }

    def policy(
        self, total_steps: int | None = None, rule: str = RECOMMENDED, **parameters: Any
    ) -> OneCycle:
        """Return the one cycle to train with, its peak picked by a rule.

        Parameters
        ----------
        total_steps : int, optional
            Number of optimizer steps of the training; or give `epochs` and `steps_per_epoch`.
        rule : str, default 'halfway'
            Name of the rule that picks the peak.
        **parameters
            Further parameters of `OneCycle`: ``epochs=3, steps_per_epoch=len(loader)``.

        Returns
        -------
        OneCycle
            With one peak for each parameter group, in the ratios that the optimizer had;
            rounded to three digits.

        Raises
        ------
        ValueError
            When the rule is unknown or refuses, or `OneCycle` does; the message says why.

        Examples
        --------
        >>> lr = np.geomspace(1e-4, 1, 41)
        >>> losses = np.array([1 / (1 + 100 * lr) + lr])
        >>> result = RangeTest(lr, losses, None, (None,), (1.0,), "exp")
        >>> result.policy(1000)
        OneCycle(max_lr=0.0447, total_steps=1000)
        >>> result.policy(epochs=5, steps_per_epoch=200, rule="edge")
        OneCycle(max_lr=0.2, epochs=5, steps_per_epoch=200)
        """
        found = self.suggestions()
        if rule not in found:
            raise ValueError(f"rule must be one of {list(found)}, got {checks.shown(rule)}")
        lr, reason = found[rule]
        if lr is None:
            raise ValueError(f"rule {rule!r} picks no learning rate: {reason}")
        # Three digits are more than the test can tell, and read well in a script.
        peaks = tuple(float(f"{lr * ratio:.3g}") for ratio in self.ratios)
        return OneCycle(peaks[0] if len(peaks) == 1 else peaks, total_steps, **parameters)  # type: ignore[arg-type]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as lists, numbers and text, for JSON; NaN becomes None."""
        return {
            "ladder": self.ladder.tolist(),
            "losses": _plain(self.losses),
            "val_losses": None if self.val_losses is None else _plain(self.val_losses),
            "stops": [None if stop is None else str(stop) for stop in self.stops],
            "ratios": list(self.ratios),
            "mode": self.mode,
        }

    def to_csv(self, path: str | Path | None = None) -> str:
        """Return one line a step and run: run, step, lr, loss, val_loss; also written to `path`.

        Examples
        --------
        >>> lr = np.array([0.01, 0.1])
        >>> result = RangeTest(lr, np.array([[2.3, 1.5]]), None, (None,), (1.0,), "exp")
        >>> result.to_csv().splitlines()
        ['run,step,lr,loss,val_loss', '0,0,0.01,2.3,', '0,1,0.1,1.5,']
        """
        rows: list[list[Any]] = []
        for number, run in enumerate(self.runs):
            val = [""] * len(run.lr) if run.val_loss is None else run.val_loss.tolist()
            steps = zip(run.lr.tolist(), run.loss.tolist(), val, strict=True)
            rows += [[number, step, *cells] for step, cells in enumerate(steps)]
        text = to_csv(["run", "step", "lr", "loss", "val_loss"], rows)
        if path is not None:
            files.write(path, text)
        return text

    def plot(self, ax: "Axes | None" = None, decades: float = SMOOTHING) -> "Figure":
        """Draw raw and smoothed loss over the learning rate, with the rules' marks.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; default: a figure of its own. Nothing needs a display.
        decades : float, default 0.6
            Width of the smoothing window, as in `smooth`.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from .figure import range_test_figure

        return range_test_figure(self, ax, decades)

    def _curve(self, validation: bool) -> Array:
        if not validation:
            return self.loss
        if self.val_loss is None:
            raise ValueError("validation=True needs a test that was run with val_batches")
        return self.val_loss

    def __repr__(self) -> str:
        if not self._steps:
            return f"RangeTest(steps=0, stopped={self.stopped!r})"
        runs = f"runs={len(self.stops)}, " if len(self.stops) > 1 else ""
        rates = f"lr={self.lr[0]:.3g}..{self.lr[-1]:.3g}"
        return f"RangeTest({runs}steps={self._steps}, {rates}, stopped={self.stopped!r})"


def _plain(array: Array) -> Any:
    return np.where(np.isnan(array), None, array).tolist()  # type: ignore[call-overload]


def _median(rows: Array) -> Array:
    return rows[0] if len(rows) == 1 else np.nanmedian(rows, axis=0)
