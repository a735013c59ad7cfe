"""Figures and tables of the lesson on which schedule, when."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes

from .. import drawing
from ..drawing import Figure
from ..policy.baselines import Schedule
from ..tables import Table
from ..toys.transformer import NORMS
from . import (
    averaged,
    changed,
    charts,
    estimates,
    family_claims,
    finetuned,
    schedule_free,
    studies,
)
from .changed import Joined
from .claims import Claim
from .experiments import load

Folder = str


def shapes(panels: Mapping[str, Mapping[str, Schedule | Joined]], finding: str) -> Figure:
    """Draw learning rates over the steps, panels below one another.

    Parameters
    ----------
    panels : dict of str to dict of str to Schedule
        For each panel, by its name, the schedules by theirs.
    finding : str
        The title; the alt text begins with it, and names first, highest and last rates.

    Examples
    --------
    >>> from onecycle_widgets.policy.baselines import Linear
    >>> shapes({"to zero": {"linear": Linear(1.0, 4)}}, "It falls")
    It falls. to zero: linear from 1 to 0.25, highest 1.
    """
    figure, every = drawing.subplots(len(panels), 0.9 + 1.6 * len(panels), sharex=True)
    texts = []
    with mpl.rc_context(drawing.STYLE):
        for axes, (name, schedules) in zip(every, panels.items(), strict=True):
            said = []
            longest = max(schedule.total_steps for schedule in schedules.values())
            for (label, schedule), look in zip(schedules.items(), drawing.LINES, strict=False):
                lr = schedule.curve().lr
                (line,) = axes.plot(lr, label=label, color=look[0], linestyle=look[1])
                if len(lr) < longest:  # its end may lie on another line
                    line.set(
                        marker=look[2],
                        markevery=[-1],
                        markersize=8,
                        markeredgewidth=1.5,
                        fillstyle="none",
                    )
                text = " ".join(label.split())
                said.append(f"{text} from {lr[0]:.3g} to {lr[-1]:.3g}, highest {lr.max():.3g}")
            axes.set_ylabel(f"{name}\nlearning rate", fontsize=11)
            axes.set_ylim(bottom=0)
            axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.05), fontsize=10)
            texts.append(f"{name}: {'; '.join(said)}")
        every[-1].set_xlabel("step (batch)")
    figure.subplots_adjust(right=0.68)
    figure.set_finding(finding)
    figure.alt += f". {'. '.join(texts)}."
    return figure


def leads(
    nets: Sequence[str], steps: int, kinds: Sequence[str], finding: str, folder: Folder = "data"
) -> Figure:
    """Draw how far schedules are ahead of one cycle on several nets, with 95 % intervals.

    Parameters
    ----------
    nets : sequence of str
        Keys of `family_claims.NETS`, all with one unit.
    steps : int
        Length of the trainings.
    kinds : sequence of str
        Schedules, from the top; where a net has not seen one, there is nothing.
    finding : str
        The title; the alt text begins with it, and goes on with the numbers.
    folder : str
        Where the stored data lie.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = str(Path(__file__).parents[2] / "notebooks" / "data")
    >>> leads(["digits"], 200, ["step"], "It is level", folder)
    It is level. In points, 200 steps: plain net: step -0.0 [-0.5, +0.6].
    """
    unit = family_claims.unit(nets[0])
    figure, (axes,) = drawing.subplots(height=1.3 + 0.42 * len(kinds))
    texts = []
    with mpl.rc_context(drawing.STYLE):
        offsets = np.linspace(0.22, -0.22, len(nets)) if len(nets) > 1 else [0.0]
        for net, offset, look in zip(nets, offsets, drawing.LINES, strict=False):
            said, label = [], f"{family_claims.SHORT[net]}"
            for row, kind in enumerate(kinds):
                draws = family_claims.lead(net, kind, steps, folder)
                if draws is None:
                    continue
                found = estimates.estimate(draws)
                _interval(axes, found, offset - row, look, label)
                label = "_"
                said.append(f"{kind} {found.text()}")
            texts.append(f"{family_claims.SHORT[net]}: {', '.join(said)}")
        axes.axvline(0, color=drawing.INK, linewidth=1)
        axes.set_yticks(-np.arange(len(kinds)), kinds, fontsize=11)
        axes.set_xlabel(f"{unit} ahead of one cycle", fontsize=11)
        if len(nets) > 1:
            options: dict[str, Any] = {"bbox_to_anchor": (-0.05, 0.99), "fontsize": 10}
            axes.legend(ncol=len(nets), columnspacing=1.0, loc="lower left", **options)
        axes.grid(axis="x", color="#dddddd", linewidth=0.8)
    figure.set_finding(finding)
    figure.subplots_adjust(left=0.36, top=figure.subplotpars.top - 0.06 * (len(nets) > 1))
    figure.alt += f". In {unit}, {steps} steps: {'; '.join(texts)}."
    return figure


def _interval(axes: Axes, found: estimates.Estimate, y: float, look: Any, label: str) -> None:
    color, _, marker = look
    axes.plot([found.low, found.high], [y, y], color=color, linewidth=2)
    axes.plot([found.value], [y], marker, color=color, markersize=5, label=label)


def cost_table(net: str, folder: Folder = "data") -> Table:
    """Return what each way loses to having known the new end from the beginning.

    Parameters
    ----------
    net : str
        One of `changed.NETS`.
    folder : str
        Where the stored data lie.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = str(Path(__file__).parents[2] / "notebooks" / "data")
    >>> cost_table("residual", folder).header[1:3]
    ('doubled: ends', 'goes on')
    """
    found, rows = changed.load_changed(net, folder), []
    compared = (
        (changed.PLANNED, changed.KNOWN_DOUBLED),
        (changed.GOES_ON, changed.KNOWN_DOUBLED),
        (changed.STOPPED, changed.KNOWN_HALVED),
        (changed.STRAIGHT, changed.KNOWN_HALVED),
    )
    for kind in changed.KINDS:
        costs = [found.of(kind, way) - found.of(kind, known) for way, known in compared]
        name = family_claims.BRIEF.get(kind, kind)
        rows.append((name, *(estimates.mean(cost).text() for cost in costs)))
    return Table(
        (
            family_claims.SHORT[net],
            "doubled: ends",
            "goes on",
            "halved: stopped",
            "straight to zero",
        ),
        rows,
    )


def watched(net: str, finding: str, folder: Folder = "data") -> Figure:
    """Draw test accuracy on the way, and where the averaged weights are half-way and at the end.

    Parameters
    ----------
    net : str
        One of `averaged.NETS`.
    finding : str
        The title; the alt text begins with it, and goes on with the numbers.
    folder : str
        Where the stored data lie.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = str(Path(__file__).parents[2] / "notebooks" / "data")
    >>> watched("mnist1d", "It rises", folder).alt.split(";")[0]
    'It rises. Per cent half-way and at the end: one cycle 60.9 and 85.4'
    """
    found, steps = averaged.load_watched(net, folder), averaged.NETS[net]
    figure, (axes,) = drawing.subplots(height=4.3)
    texts, at = [], averaged.looks(steps)
    with mpl.rc_context(drawing.STYLE):
        for kind, look in zip(changed.KINDS, drawing.LINES, strict=False):
            reached = found.reported(kind).mean(0)
            axes.plot(at, reached, color=look[0], linestyle=look[1], label=kind)
            texts.append(f"{kind} {reached[averaged.LOOKS // 2 - 1]:.1f} and {reached[-1]:.1f}")
        mean = found.averaged("constant").mean(0)
        axes.plot(
            at[averaged.EVERY - 1 :: averaged.EVERY], mean, "x", color=drawing.INK,
            markersize=10, markeredgewidth=2.5, label="constant, averaged",
        )  # fmt: skip
        texts.append(f"constant, averaged {mean[0]:.1f} and {mean[-1]:.1f}")
        axes.set_xlabel("steps done")
        axes.set_ylabel(charts.ACCURACY)
        axes.legend(loc="lower right", fontsize=10)
        axes.grid(axis="y", color="#dddddd", linewidth=0.8)
    figure.set_finding(finding)
    figure.alt += f". Per cent half-way and at the end: {'; '.join(texts)}."
    return figure


def peaks(ways: Sequence[str], finding: str, folder: Folder = "data") -> Figure:
    """Draw the accuracy of ways to fine-tune over the peak, the head's rate.

    Parameters
    ----------
    ways : sequence of str
        Keys of `finetuned.WAYS`, all with the same peaks.
    finding : str
        The title; the alt text begins with it, and goes on with the numbers.
    folder : str
        Where the stored data lie.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = str(Path(__file__).parents[2] / "notebooks" / "data")
    >>> peaks(["one rate"], "It falls", folder).alt.split(". ")[0]
    'It falls'
    """
    found = finetuned.load(folder)
    curves = {way: estimates.sampled(found.reported(way)) for way in ways}
    labels = ("peak of the head's rate", charts.ACCURACY)
    return charts.lines(finetuned.WAYS[ways[0]].peaks, curves, labels, finding)


def fine_tuning_table(folder: Folder = "data") -> Table:
    """Return each way's chosen peak, and its test accuracy with fresh seeds.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = str(Path(__file__).parents[2] / "notebooks" / "data")
    >>> fine_tuning_table(folder).header
    ('way', 'chosen peak', 'test accuracy, %')
    """
    found = finetuned.load(folder)
    return Table(
        ("way", "chosen peak", "test accuracy, %"),
        [
            (way, f"{found.peak(way):g}", estimates.estimate(found.accuracy(way)).text(sign=""))
            for way in finetuned.WAYS
        ],
    )


def warm_up_table(steps: int, folder: Folder = "data") -> Table:
    """Return the validation loss of the transformers at each rate, with and without a warm-up.

    Parameters
    ----------
    steps : int
        Length of the trainings; means over the seeds with which the rate was chosen.
    folder : str
        Where the stored data lie.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = str(Path(__file__).parents[2] / "notebooks" / "data")
    >>> warm_up_table(50, folder).header[:2]
    ('rate, 50 steps', 'pre, without warm-up')
    """
    columns = {
        f"{norm}, {name}": -load(f"text_{norm}_warmup", folder).tuning(f"{name}, {steps} steps")
        for norm in NORMS
        for name in (studies.WITHOUT, studies.WITH)
    }
    rows = [
        (f"{rate:g}", *(f"{losses[place].mean():.2f}" for losses in columns.values()))
        for place, rate in enumerate(studies.HIGHER)
    ]
    return Table((f"rate, {steps} steps", *columns), rows)


def momentum_table(folder: Folder = "data") -> Table:
    """Return the validation loss with each momentum, at its best rate, of both transformers.

    Means over the seeds that choose, in nats.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = str(Path(__file__).parents[2] / "notebooks" / "data")
    >>> [row[0] for row in momentum_table(folder).rows][:2]
    ['one cycle, 0.95 to 0.85', 'one cycle, 0.8']
    """
    found: dict[str, dict[str, float]] = {norm: {} for norm in NORMS}
    free = schedule_free.load(folder, schedule_free.MOMENTA)
    for norm, losses in found.items():
        evidence = load(f"text_{norm}_momentum", folder)
        for kind, settings in evidence.experiment.families.items():
            for setting, scores in zip(settings, evidence.tuning(kind), strict=True):
                used = setting.used_momentum
                name = f"{kind}, {'0.95 to 0.85' if used == 'cycled' else used}"
                losses[name] = min(losses.get(name, np.inf), -float(scores.mean()))
        for candidate, scores in zip(
            free.planned.candidates, free.tuning[NORMS.index(norm), 0], strict=True
        ):
            name = f"{family_claims.FREE}, {candidate.momentum}"
            losses[name] = min(losses.get(name, np.inf), -float(scores.mean()))
    rows = [(name, *(f"{found[norm][name]:.3f}" for norm in NORMS)) for name in found[NORMS[0]]]
    return Table(("what, and its momentum", *NORMS), rows)


def words(claims: Sequence[Claim]) -> Table:
    """Return the verdict on each claim, and in which of its parts it surely holds.

    Parameters
    ----------
    claims : sequence of Claim
        Claims of any unit.

    Examples
    --------
    >>> from pathlib import Path
    >>> folder = str(Path(__file__).parents[2] / "notebooks" / "data")
    >>> print(words([family_claims.ahead("mnist1d", folder)]))
    One cycle is ahead of what ends high: the normalised ConvNet, SGD
      verdict: seen
      surely in: 6 of 6
    """
    rows = [
        (claim.text, claim.verdict, f"{len(claim.surely)} of {len(claim.parts)}")
        for claim in claims
    ]
    return Table(("claim", "verdict", "surely in"), rows, prose=True)
