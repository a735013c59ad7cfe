"""The explorer: every parameter of the 1cycle policy under a control, its curve beside them."""

import html
import warnings
from typing import Any

import ipywidgets as widgets
import traitlets

from .controls import LABEL, SPECS, Control, close_all
from .policy import OneCycle
from .presets import PRESETS
from .schedule_figure import ScheduleFigure
from .scheduler import OneCycleLR

COUNTED, MULTIPLIED = "total_steps", "epochs × steps_per_epoch"
OWN = "(your own)"
CODE = "white-space:pre;overflow-x:auto;line-height:1.4;margin:.3em 0"


class OneCycleExplorer(widgets.Box):
    """Explore the 1cycle policy: move a control, and curve, numbers and code follow.

    Parameters
    ----------
    policy : OneCycle, optional
        Where to start; default ``OneCycle(max_lr=0.1, total_steps=1000)``.

    Attributes
    ----------
    policy : OneCycle
        The current, always valid policy. Assign to it, or observe it.
    error : str
        Why the controls' present combination is impossible; '' when it is not. The
        last valid policy and its picture stay meanwhile.
    step : int
        Where the cursor stands, from 0.

    Raises
    ------
    TypeError
        When `policy` is not a OneCycle.
    traitlets.TraitError
        When the policy has lists for several parameter groups.

    Examples
    --------
    >>> explorer = OneCycleExplorer()
    >>> explorer.policy.pct_start
    0.3
    """

    policy = traitlets.Instance(OneCycle)
    error = traitlets.Unicode("", read_only=True)
    step = traitlets.Int(0)

    def __init__(self, policy: OneCycle | None = None) -> None:
        policy = OneCycle(max_lr=0.1, total_steps=1000) if policy is None else policy
        if not isinstance(policy, OneCycle):
            raise TypeError(f"policy must be a OneCycle, got {policy!r}")
        self._picture = ScheduleFigure(policy)
        self._showing = False  # while the controls are brought in line, they are not read
        self._controls = {name: Control(name, spec, self._read) for name, spec in SPECS.items()}
        style = {"description_width": LABEL}
        self._preset = widgets.Dropdown(
            options=[OWN, *PRESETS],
            description="preset",
            tooltip="Known cycles; max_lr and the number of steps stay yours.",
            style=style,
            layout={"width": "100%"},
        )
        self._budget = widgets.ToggleButtons(
            options=[COUNTED, MULTIPLIED],
            description="budget",
            tooltip="Which numbers say how long the cycle is.",
            style=style,
        )
        self._budget.style.button_width = "auto"
        self._cursor = widgets.IntSlider(
            description="step",
            tooltip="Move the cursor through the cycle.",
            readout=False,
            style={"description_width": "3em"},
            layout={"width": "100%"},
        )
        self._image = widgets.Image(format="png", layout={"width": "100%", "max_width": "720px"})
        self._readout, self._message, self._code, self._source = (widgets.HTML() for _ in range(4))
        super().__init__(
            children=[self._right_side(), self._left_side()],
            layout={"display": "flex", "flex_flow": "row wrap", "width": "100%"},
            policy=policy,
        )
        self.add_class("onecycle-explorer")
        self._show_policy()
        self._preset.observe(self._take_preset, "value")
        self._budget.observe(lambda _: self._switch_budget(), "value")
        self._cursor.observe(lambda change: self._set_step(change["new"]), "value")
        self.observe(lambda _: self._show_policy(), "policy")
        self.observe(lambda _: self._show_step(), "step")

    def _right_side(self) -> widgets.Widget:
        """The picture and what belongs to it; first, so that a phone shows it on top."""
        picture = [self._image, self._cursor, self._readout, self._code]
        return widgets.VBox(picture, layout={"flex": "3 1 22em", "min_width": "0"})

    def _left_side(self) -> widgets.Widget:
        rows: list[widgets.Widget] = [self._preset, self._source, self._message, self._budget]
        rows += [control.widget for control in self._controls.values()]
        return widgets.VBox(rows, layout={"flex": "2 1 22em", "min_width": "0"})

    @traitlets.validate("policy")
    def _one_group(self, proposal: Any) -> OneCycle:
        policy: OneCycle = proposal["value"]
        if policy.groups is not None:
            raise traitlets.TraitError(
                "the explorer shows one parameter group, but the policy has lists for "
                f"{policy.groups}; give numbers instead"
            )
        return policy

    @traitlets.validate("step")
    def _inside(self, proposal: Any) -> int:
        last = self.policy.total_steps - 1
        if not 0 <= proposal["value"] <= last:
            raise traitlets.TraitError(f"step must be 0 to {last}, got {proposal['value']}")
        return int(proposal["value"])

    def scheduler(self, optimizer: Any, last_epoch: int = -1) -> OneCycleLR:
        """Return an `OneCycleLR` with the current policy, bound to `optimizer`."""
        return self.policy.scheduler(optimizer, last_epoch)

    def close(self) -> None:
        """Close the explorer and all widgets inside it, with their layouts and styles."""
        close_all(self)

    def _arguments(self) -> dict[str, Any]:
        """What the controls say, as arguments of OneCycle."""
        values = {name: control.value for name, control in self._controls.items()}
        unused = ("epochs", "steps_per_epoch") if self._counted else ("total_steps",)
        return {name: value for name, value in values.items() if name not in unused}

    @property
    def _counted(self) -> bool:
        return bool(self._budget.value == COUNTED)

    def _read(self) -> None:
        """Take the controls' combination, or say why it is impossible."""
        if self._showing:
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the policy's notes are shown beside the controls
            try:
                policy = OneCycle(**self._arguments())
            except (TypeError, ValueError) as error:
                self.set_trait("error", str(error))
                self._show_message()
                return
        self.policy = policy
        if self.error:  # the same policy as before the impossible value
            self._show_policy()

    def _take_preset(self, change: Any) -> None:
        if self._showing or change["new"] == OWN:
            return
        budget = ("max_lr", "total_steps", "epochs", "steps_per_epoch")
        kept = {name: value for name, value in self.policy.arguments().items() if name in budget}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                self.policy = OneCycle(**kept, **PRESETS[change["new"]].settings)
            except ValueError as error:  # too few steps for this preset
                self.set_trait("error", str(error))
                self._show_message()

    def _switch_budget(self) -> None:
        self._enable()
        self._read()

    def _enable(self) -> None:
        """Grey out the controls that have no effect now."""
        for name, control in self._controls.items():
            if name in ("epochs", "steps_per_epoch"):
                control.enable(not self._counted)
            elif name == "total_steps":
                control.enable(self._counted)
            elif name.endswith("_momentum") and name != "cycle_momentum":
                control.enable(self.policy.cycle_momentum)

    def _set_step(self, step: int) -> None:
        if not self._showing:
            self.step = min(step, self.policy.total_steps - 1)

    def _show_policy(self) -> None:
        """Bring controls, picture, cursor and code in line with the policy."""
        policy = self.policy
        self.set_trait("error", "")
        self._showing = True
        try:
            self._budget.value = COUNTED if policy.epochs is None else MULTIPLIED
            for name, control in self._controls.items():
                value = getattr(policy, name)
                if value is None:  # epochs and steps_per_epoch while the steps are counted
                    value = 1 if name == "epochs" else policy.total_steps
                control.show(value)
            self._preset.value = _preset_of(policy)
            self._cursor.max = policy.total_steps - 1
        finally:
            self._showing = False
        self._enable()
        self._show_source()
        self._show_message()
        self._code.value = f"<pre style='{CODE}'>{html.escape(policy.code())}</pre>"
        self._picture.update(policy)
        self._set_step(self.step)
        self._show_step()

    def _show_source(self) -> None:
        name = self._preset.value
        text = f"Source: {PRESETS[name].source}." if name != OWN else ""
        self._source.value = (
            f"<div style='font-size:small;line-height:1.4'>{html.escape(text)}</div>"
        )

    def _show_message(self) -> None:
        if self.error:
            text, color, role = f"⚠ {self.error}", "#A33C00", "alert"
        elif self.policy.notes:
            text, color, role = "Note: " + "; ".join(self.policy.notes), "inherit", "status"
        else:
            self._message.value = ""
            return
        self._message.value = (
            f"<div role='{role}' style='color:{color};line-height:1.4;"
            f"border-left:4px solid {color};padding-left:.6em'>{html.escape(text)}</div>"
        )

    def _show_step(self) -> None:
        self._cursor.value = self.step
        self._picture.move_cursor(self.step)
        self._image.value = self._picture.figure.png()
        curve, step = self._picture.curve, self.step
        phase = next(part for part in self.policy.phases if part.first <= step <= part.last)
        parts = [
            f"step <b>{step}</b> of {self.policy.total_steps - 1}",
            f"phase <b>{phase.name}</b>",
            f"lr <b>{curve.lr[step]:.4g}</b>",
        ]
        if curve.momentum is not None:
            parts.append(f"momentum <b>{curve.momentum[step]:.4g}</b>")
        self._readout.value = f"<div role='status'>{' · '.join(parts)}</div>"

    def __repr__(self) -> str:
        return f"OneCycleExplorer({self.policy!r})"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Add a picture, for GitHub and nbviewer, where no kernel runs."""
        data, _ = self._picture.figure._repr_mimebundle_()
        alt = f"The 1cycle explorer. {self._picture.figure.alt}"
        data["text/plain"] = repr(self)
        live = super()._repr_mimebundle_(**kwargs)
        return {**(live or {}), **data}, {"image/png": {"alt": alt}}


def _preset_of(policy: OneCycle) -> str:
    """Name of the preset whose shape the policy has."""
    budget = ("max_lr", "total_steps", "epochs", "steps_per_epoch")
    shape = {k: v for k, v in policy.arguments().items() if k not in budget}
    for name, preset in PRESETS.items():
        if shape == preset.settings:
            return name
    return OWN
