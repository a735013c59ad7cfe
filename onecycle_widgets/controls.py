"""The explorer's controls: one for each parameter, made from one table. No arithmetic here."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import ipywidgets as widgets

LABEL = "9.2em"
DECADE = 20  # positions of a log slider in a decade: 1.0, 1.1, 1.3, 1.4, 1.6, ...


class Spec(NamedTuple):
    """How a parameter is shown.

    Attributes
    ----------
    kind : {'log', 'linear', 'steps', 'choice', 'flag'}
        Which control: sliders come with a field to type in.
    tip : str
        One line on what the parameter does, its unit, and torch's default.
    low, high, by : float
        Range and step of the slider ('log' and 'steps': a log scale).
    options : tuple of str
        Of a choice.
    """

    kind: str
    tip: str
    low: float = 0.0
    high: float = 1.0
    by: float = 0.01
    options: tuple[str, ...] = ()


SPECS: dict[str, Spec] = {
    "max_lr": Spec("log", "Peak learning rate. No default.", 1e-5, 10),
    "total_steps": Spec("steps", "Optimizer steps (batches) in the cycle.", 1, 100_000),
    "epochs": Spec("steps", "Passes through the data.", 1, 1000),
    "steps_per_epoch": Spec("steps", "Batches in one pass: len(loader).", 1, 10_000),
    "pct_start": Spec("linear", "Share of the steps that raise the rate. Default 0.3."),
    "anneal_strategy": Spec(
        "choice", "Shape of every phase. Default 'cos'.", options=("cos", "linear")
    ),
    "three_phase": Spec("flag", "Come down symmetrically, then annihilate. Default False."),
    "div_factor": Spec("log", "First rate = max_lr / div_factor. Default 25.", 1, 1000),
    "final_div_factor": Spec(
        "log", "Last rate = first rate / final_div_factor. Default 10000.", 1, 1e6
    ),
    "cycle_momentum": Spec("flag", "Move momentum (Adam: beta1) against the rate. Default True."),
    "base_momentum": Spec("linear", "Momentum at the peak of the rate. Default 0.85.", 0, 0.999),
    "max_momentum": Spec("linear", "Momentum at start and end. Default 0.95.", 0, 0.999),
}


class Control:
    """A parameter's control: its widget to show, its value, and whom to tell of changes.

    The typed field is the truth. The slider follows it as far as its range goes, so
    that any value can be typed, an impossible one too.

    Parameters
    ----------
    name : str
        Torch's name of the parameter.
    spec : Spec
        How it is shown.
    on_change : callable
        Called without arguments after the person changed the value.
    """

    def __init__(self, name: str, spec: Spec, on_change: Callable[[], None]) -> None:
        self.name = name
        self.on_change = on_change
        self._quiet = False
        self.slider: Any = None
        style = {"description_width": LABEL}
        common: dict[str, Any] = {"description": name, "tooltip": spec.tip, "style": style}
        if spec.kind == "flag":
            self.field: Any = widgets.Checkbox(**common)
            self.widget: Any = self.field
        elif spec.kind == "choice":
            self.field = widgets.ToggleButtons(options=spec.options, **common)
            self.field.style.button_width = "5em"
            self.widget = self.field
        else:
            self._whole, self._log = spec.kind == "steps", spec.kind != "linear"
            kind = widgets.IntText if self._whole else widgets.FloatText
            # The label belongs to the field: ipywidgets ties it to fields, not to sliders.
            self.field = kind(**common, layout={"width": "16em", "flex": "0 1 auto"})
            self.slider = _slider(spec)
            self.slider.observe(self._slid, "value")
            row = {"align_items": "center", "width": "100%", "flex_flow": "row wrap"}
            self.widget = widgets.HBox([self.field, self.slider], layout=row)
        self.field.observe(self._typed, "value")

    @property
    def value(self) -> Any:
        """The parameter's value."""
        return self.field.value

    def show(self, value: Any) -> None:
        """Show a value without telling of a change."""
        if self.field.value == value:
            return
        self._quiet = True
        try:
            self.field.value = value
            self._follow()
        finally:
            self._quiet = False

    def enable(self, enabled: bool) -> None:
        """Grey the control out, or not."""
        for part in (self.field, self.slider):
            if part is not None:
                part.disabled = not enabled

    def _typed(self, change: Any) -> None:
        if not self._quiet:
            self._follow()
            self.on_change()

    def _slid(self, change: Any) -> None:
        """Take the slider's value into the field, without moving the slider back."""
        if not self._quiet and not self._same_place(change["new"]):
            value = float(f"{change['new']:.2g}" if self._log else f"{change['new']:.3g}")
            self._quiet = True
            try:
                self.field.value = round(value) if self._whole else value
            finally:
                self._quiet = False
            self.on_change()

    def _same_place(self, value: float) -> bool:
        """Whether a slider's value is the field's, moved to the nearest position of the slider.

        The browser does that when it draws the slider; it is not a person's move.
        """
        field, by = self.field.value, self.slider.step
        if not self._log:
            return bool(abs(value - field) < 0.51 * by)
        return bool(field > 0 and abs(math.log10(value / field)) < 0.51 * by)

    def _follow(self) -> None:
        """Move the slider to the field's value, or as near as its range allows."""
        if self.slider is None:
            return
        low, high = self.slider.min, self.slider.max
        if isinstance(self.slider, widgets.FloatLogSlider):
            low, high = 10**low, 10**high
        value = self.field.value
        was, self._quiet = self._quiet, True
        try:
            self.slider.value = min(max(value, low), high) if math.isfinite(value) else low
        finally:
            self._quiet = was


def _slider(spec: Spec) -> Any:
    layout = {"width": "auto", "flex": "1 1 8em", "min_width": "0"}
    options: dict[str, Any] = {"readout": False, "tooltip": spec.tip, "layout": layout}
    if spec.kind == "linear":
        return widgets.FloatSlider(min=spec.low, max=spec.high, step=spec.by, **options)
    low, high = math.log10(spec.low), math.log10(spec.high)
    return widgets.FloatLogSlider(value=spec.low, min=low, max=high, step=1 / DECADE, **options)


def close_all(widget: widgets.Widget) -> None:
    """Close a widget and all that is inside it: children, styles, layouts."""
    inside = [*getattr(widget, "children", ()), getattr(widget, "style", None)]
    for part in [*inside, getattr(widget, "layout", None)]:
        if isinstance(part, widgets.Widget):
            close_all(part)
    widgets.Widget.close(widget)
