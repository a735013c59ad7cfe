"""The explorer: every parameter of the 1cycle policy under a control, its curve beside them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets

from .. import checks, files
from ..frontend import bundle as frontend
from ..frontend.closing import close_all, close_earlier
from ..frontend.controls import PARTS, SPECS
from ..frontend.shown import mime_bundle
from ..policy.falling import Falling
from ..policy.frameworks import FRAMEWORKS
from ..policy.one_cycle import OneCycle
from ..policy.rivals import CLASSES, made, plain
from .steered import Steered, quietly

if TYPE_CHECKING:
    from ..policy.scheduler import OneCycleLR

# What a reader can be asked before the curve is shown, as a stored notebook asks it.
STORED = {
    "peak": "Where will the peak be? In a running notebook you click where you expect it, and "
    "then see the curve."
}
QUESTIONS = tuple(STORED)


class OneCycleExplorer(Steered):
    """Explore the 1cycle policy: move a control, and curve, numbers and code follow.

    The browser computes and draws the curve, so a slider answers within a frame however
    far away the kernel is. The kernel hears of every change. Running a notebook's cell
    again closes the explorers of its last run.

    Parameters
    ----------
    policy : OneCycle, optional
        Where to start; default ``OneCycle(max_lr=0.1, total_steps=1000)``.
    controls : sequence of str, optional
        Show only these: names of parameters, and of the parts 'presets', 'log_rate',
        'once_per_epoch', 'readouts', 'pins', 'code', 'save', 'project'. Default: all.
        The chart and its cursor are always there; a handle on the curve moves what is shown.
    ask : {'peak'}, optional
        Predict first: the curve is hidden until the reader has clicked where they expect its
        peak, then both are shown. Default: ask nothing.

    Attributes
    ----------
    policy : OneCycle
        The current, always valid policy. Assign to it, or observe it.
    error : str
        Why the controls' present combination is impossible; '' when it is not. The
        last valid policy and its picture stay meanwhile.
    step : int
        Where the cursor stands, from 0.
    pins : list of OneCycle, or of what it is compared with
        The pinned curves, at most four; of the schedules in `policy.baselines`, too.
    max_lr, total_steps, epochs, steps_per_epoch, pct_start, anneal_strategy, cycle_momentum, \
base_momentum, max_momentum, div_factor, final_div_factor, three_phase
        What each control says, possible or not. Synced: `ipywidgets.jslink` joins a control
        of yours to one of them without a round trip.
    budget : {'total_steps', 'epochs'}
        Whether `total_steps` counts, or ``epochs * steps_per_epoch``.
    log_rate, once_per_epoch : bool
        Show the rate in decades; overlay what the optimizer sees when the scheduler is
        stepped once per epoch by mistake.
    framework : str
        For which framework the code is shown that is there to copy (see `OneCycle.code`).
    guess : list of float or None
        Where the reader expected the peak, as step and rate; None until they have said it, and
        empty when they asked to see the curve instead.
    page : str
        Address of the static page that copied links lead to (see `export`).

    Raises
    ------
    TypeError
        When `policy` is not a OneCycle.
    ValueError
        When `controls` has an unknown name, or `ask` is none of the questions.

    References
    ----------
    L. N. Smith, N. Topin, "Super-Convergence", arXiv:1708.07120; L. N. Smith, "A disciplined
    approach to neural network hyper-parameters", arXiv:1803.09820.

    Examples
    --------
    >>> explorer = OneCycleExplorer()
    >>> explorer.policy = explorer.policy.replace(pct_start=0.4)
    >>> explorer.pct_start
    0.4
    """

    KEPT = ("step", "pins", "log_rate", "once_per_epoch", "framework", "controls", "ask", "guess")

    _esm = traitlets.Unicode(frontend.script()).tag(sync=True)
    _css = traitlets.Unicode(frontend.style()).tag(sync=True)

    step = traitlets.Int(0).tag(sync=True)
    pins = traitlets.List(
        traitlets.Union([traitlets.Instance(OneCycle), *map(traitlets.Instance, CLASSES.values())]),
        maxlen=frontend.MOST_PINS,
    ).tag(
        sync=True,
        to_json=lambda pins, _: [_plain(pin) for pin in pins],
        from_json=lambda pins, _: [_pin(data) for data in pins],
    )
    log_rate = traitlets.Bool(False).tag(sync=True)
    once_per_epoch = traitlets.Bool(False).tag(sync=True)
    framework = traitlets.Enum(list(FRAMEWORKS), "torch").tag(sync=True)
    controls = traitlets.List(traitlets.Unicode(), None, allow_none=True).tag(sync=True)
    page = traitlets.Unicode(frontend.PAGE).tag(sync=True)
    ask = traitlets.Enum(["", *QUESTIONS], "").tag(sync=True)
    guess = traitlets.List(traitlets.Float(), None, allow_none=True).tag(sync=True)

    def __init__(
        self,
        policy: OneCycle | None = None,
        controls: Sequence[str] | None = None,
        ask: str | None = None,
    ) -> None:
        policy = OneCycle(max_lr=0.1, total_steps=1000) if policy is None else policy
        if ask is not None and ask not in QUESTIONS:
            raise ValueError(f"ask must be 'peak' or None, got {checks.shown(ask)}")
        super().__init__(policy, controls=_checked(controls), ask=ask or "")
        close_earlier(self)

    @traitlets.validate("step")
    def _inside(self, proposal: Any) -> int:
        """Refuse a step beyond the cycle; when the cycle shrinks the cursor stops at its end."""
        step: int = proposal["value"]
        # Steps and cursor may come in one message, before the policy has followed.
        coming = self.total_steps if isinstance(self.total_steps, int) else 0
        last = max(self.policy.total_steps, coming) - 1
        if not 0 <= step <= last:
            raise traitlets.TraitError(f"step must be 0 to {last}, got {step}")
        return step

    def scheduler(self, optimizer: Any, last_epoch: int = -1) -> "OneCycleLR":
        """Return an `OneCycleLR` with the current policy, bound to `optimizer`.

        Parameters
        ----------
        optimizer : torch.optim.Optimizer
            What is steered; its own rate and momentum are replaced.
        last_epoch : int, default -1
            Step to go on from; -1 begins anew.

        Examples
        --------
        >>> import torch
        >>> optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], momentum=0.9)
        >>> [round(lr, 6) for lr in OneCycleExplorer().scheduler(optimizer).get_last_lr()]
        [0.004]
        """
        return self.policy.scheduler(optimizer, last_epoch)

    def export(self, path: str | Path) -> Path:
        """Write the explorer, as it stands, as one HTML file that is alive without a kernel.

        Parameters
        ----------
        path : str or Path
            The file, which needs nothing beside it and no network.

        Returns
        -------
        Path
            The file.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     page = OneCycleExplorer().export(f"{folder}/explorer.html")
        ...     page.name, page.read_text(encoding="utf-8")[:15]
        ('explorer.html', '<!DOCTYPE html>')
        """
        return files.write(path, frontend.page(self.kept()))

    def close(self) -> None:
        """Close the explorer and what belongs to it; the policy stays readable.

        Examples
        --------
        >>> explorer = OneCycleExplorer()
        >>> explorer.close()
        >>> explorer.policy
        OneCycle(max_lr=0.1, total_steps=1000)
        """
        close_all(self)

    def __repr__(self) -> str:
        return f"OneCycleExplorer({self.policy!r})"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Add a picture where a notebook is stored, and the state, by which a site has it alive."""
        live = super()._repr_mimebundle_(**kwargs)
        return mime_bundle(live, repr(self), self._picture, self._state)

    def _state(self) -> dict[str, Any]:
        return frontend.stored("explorer", self.kept())

    def _picture(self) -> str:
        if self.ask and self.guess is None:  # a picture would give the answer away
            return f"<p>{STORED[self.ask]}</p>"
        from ..policy.figure import schedule_figure

        # The picture shows what this section's explorer shows: pins, the mistake, decades.
        each = self.steps_per_epoch if self.once_per_epoch else None
        figure = schedule_figure(self.policy, self.pins, each, self.log_rate)
        return figure.html(alt=f"The 1cycle explorer. {figure.alt}")


def _plain(pin: OneCycle | Falling) -> dict[str, Any]:
    return pin.arguments() if isinstance(pin, OneCycle) else plain(pin)


def _pin(data: dict[str, Any]) -> OneCycle | Falling:
    return made(data) if "schedule" in data else quietly(data)


def _checked(controls: Sequence[str] | None) -> list[str] | None:
    known = (*SPECS, *PARTS)
    if controls is None:
        return None
    if isinstance(controls, str):
        raise TypeError(f"controls must be a list of names, got {checks.shown(controls)} (str)")
    for name in controls:
        if name not in known:
            raise ValueError(f"controls must be among {', '.join(known)}; got {checks.shown(name)}")
    return list(controls)
