"""The surface: balls on a loss surface, moved by SGD under a schedule that a hand drags about."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import traitlets

from .. import checks, files
from ..frontend import bundle as frontend
from ..frontend.closing import close_all, close_earlier
from ..frontend.shown import mime_bundle
from ..frontend.surface_tables import MESSAGES, MOST_BALLS, MOST_SEED, MOST_STEPS
from ..policy.curve import Array
from ..policy.one_cycle import OneCycle
from ..surfaces.balls import ONE_CYCLE, RIVALS, Run, roll, steering
from ..surfaces.landscapes import SURFACES
from .steered import PARAMETERS, Steered, quietly

SCHEDULES = (ONE_CYCLE, *RIVALS)
MOST_NOISE = 100.0


def _one_of(names: tuple[str, ...]) -> Callable[[str, Any], str]:
    def check(name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in names:
            allowed = ", ".join(map(repr, names))
            raise ValueError(f"{name} must be one of {allowed}; got {checks.shown(value)}")
        return value

    return check


def _whole(least: int, most: int) -> Callable[[str, Any], int]:
    def check(name: str, value: Any) -> int:
        found = checks.whole(name, value, least)
        if found > most:
            raise ValueError(f"{name} must be {MESSAGES[name]}, got {checks.shown(value)}")
        return found

    return check


def _noise(name: str, value: Any) -> float:
    found = checks.number(name, value, MESSAGES[name])
    if not 0 <= found <= MOST_NOISE:
        raise ValueError(f"{name} must be {MESSAGES[name]}, got {checks.shown(value)}")
    return found


CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "surface": _one_of(tuple(SURFACES)),
    "schedule": _one_of(SCHEDULES),
    "momentum": checks.momentum,
    "noise": _noise,
    "balls": _whole(1, MOST_BALLS),
    "seed": _whole(0, MOST_SEED),
}


class Checked(traitlets.TraitType):  # type: ignore[type-arg]  # Colab's traitlets 5.7 takes none
    """A trait whose value `CHECKS` has passed; what it refuses keeps its own words.

    Examples
    --------
    >>> SurfaceExplorer().balls = 0
    Traceback (most recent call last):
    ValueError: balls must be a whole number of at least 1, got 0
    """

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the value as plain Python, or refuse it."""
        return CHECKS[str(self.name)](str(self.name), value)


class SurfaceExplorer(Steered):
    """Let balls roll over a loss surface, and drag the schedule that moves them.

    Each ball is a training run of two weights: SGD with momentum, as torch does it, and noise in
    the gradient. The browser rolls and draws them, so 200 balls over 1,000 steps follow a slider
    however far away the kernel is; `losses` and `share_in_wide` are the same numbers in Python.

    Parameters
    ----------
    policy : OneCycle, optional
        The schedule; default ``OneCycle(max_lr=0.1, ...)`` of the surface's usual length.
    surface : {'valley', 'bowl', 'ravine', 'wells', 'falling'}, default 'valley'
        What the balls roll on; `onecycle_widgets.surfaces.SURFACES` has the formulas.
    noise : float, default 1
        Noise of the gradient, times the surface's own.
    balls : int, default 200
        How many.
    seed : int, default 0
        For the noise, and for where the balls start.
    schedule : str, default 'one cycle'
        'one cycle', or a rival of the same peak and length: 'constant', 'step', 'cosine', 'linear'
        or 'warm-up, stable, decay'.
    momentum : float, default 0.9
        What the momentum is where it is not cycled.

    Attributes
    ----------
    policy : OneCycle
        The current, always valid policy. Assign to it, or observe it.
    surface, noise, balls, seed, schedule, momentum
        As above. Synced, as is each parameter of the policy.
    step : int
        How many steps the picture shows, from 0; at first all of them.
    trails : bool
        Whether each ball leaves a trail.
    pins : list of dict
        The pinned runs, at most four: arguments of OneCycle, and what is above.
    error : str
        Why what the controls say together is impossible; '' when it is not.

    Raises
    ------
    TypeError, ValueError
        When an argument is of the wrong kind or out of range, or a policy has several parameter
        groups or more steps than a browser rolls in a frame.

    References
    ----------
    J. Cohen and others, "Gradient Descent on Neural Networks Typically Occurs at the Edge of
    Stability", arXiv:2103.00065, for the limit; K. Wen and others, "Understanding
    Warmup-Stable-Decay Learning Rates: A River Valley Loss Landscape Perspective",
    arXiv:2410.05192, for the river valley.

    Examples
    --------
    >>> explorer = SurfaceExplorer(surface="wells")
    >>> explorer.policy = explorer.policy.replace(max_lr=0.2)
    >>> explorer.share_in_wide
    0.985
    >>> explorer.max_lr = 0.03
    >>> explorer.share_in_wide
    0.0
    """

    SETTINGS = ("surface", "schedule", "momentum", "noise", "balls", "seed", "step")
    KEPT = (*SETTINGS, "trails", "pins")

    _esm = traitlets.Unicode(frontend.script("surface")).tag(sync=True)
    _css = traitlets.Unicode(frontend.style()).tag(sync=True)

    surface = Checked("valley").tag(sync=True)
    schedule = Checked(ONE_CYCLE).tag(sync=True)
    momentum = Checked(0.9).tag(sync=True)
    noise = Checked(1.0).tag(sync=True)
    balls = Checked(200).tag(sync=True)
    seed = Checked(0).tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    trails = traitlets.Bool(False).tag(sync=True)
    pins = traitlets.List(traitlets.Dict(), maxlen=frontend.MOST_PINS).tag(sync=True)
    page = traitlets.Unicode(frontend.SURFACE_PAGE).tag(sync=True)

    def __init__(
        self,
        policy: OneCycle | None = None,
        surface: str = "valley",
        noise: float = 1.0,
        balls: int = 200,
        seed: int = 0,
        schedule: str = ONE_CYCLE,
        momentum: float = 0.9,
    ) -> None:
        own: dict[str, Any] = {"surface": surface, "schedule": schedule, "momentum": momentum}
        own |= {"noise": noise, "balls": balls, "seed": seed}
        own = {name: CHECKS[name](name, value) for name, value in own.items()}
        if policy is None:
            policy = OneCycle(max_lr=0.1, total_steps=SURFACES[own["surface"]].steps)
        elif isinstance(policy, OneCycle):
            policy = _borne(policy)
        steps = getattr(policy, "total_steps", 0)
        super().__init__(policy, **own, step=steps)
        self._rolled: tuple[Any, Run] | None = None
        close_earlier(self)

    def _policy_of(self, arguments: dict[str, Any]) -> OneCycle:
        return _borne(super()._policy_of(arguments))

    @traitlets.validate("policy")
    def _is_borne(self, proposal: Any) -> OneCycle:
        return _borne(proposal["value"])

    @traitlets.validate("step")
    def _is_there(self, proposal: Any) -> int:
        step: int = proposal["value"]
        if not 0 <= step <= MOST_STEPS:
            raise traitlets.TraitError(f"step must be 0 to {MOST_STEPS}, got {step}")
        return step

    @traitlets.validate("pins")
    def _can_roll(self, proposal: Any) -> list[dict[str, Any]]:
        for pin in proposal["value"]:
            _borne(quietly({name: value for name, value in pin.items() if name in PARAMETERS}))
            for name, check in CHECKS.items():
                check(name, pin.get(name))
        pins: list[dict[str, Any]] = proposal["value"]
        return pins

    @property
    def run(self) -> Run:
        """Every ball at every step, and what the schedule was: see `onecycle_widgets.surfaces.Run`.

        Computed when it is asked for, and again only after something has changed.
        """
        names = ("surface", "noise", "balls", "seed")
        key = (self.policy, self.schedule, self.momentum, *(getattr(self, name) for name in names))
        if self._rolled is None or key != self._rolled[0]:
            moved = steering(self.policy, self.schedule, self.momentum)
            run = roll(SURFACES[self.surface], *moved, self.noise, self.balls, self.seed)
            self._rolled = key, run
        return self._rolled[1]

    @property
    def losses(self) -> Array:
        """Mean loss of all balls after 0, 1, ..., total_steps steps; shape (total_steps + 1,)."""
        return self.run.losses

    @property
    def share_in_wide(self) -> float | None:
        """Share of the balls that end in the wide well; None on a surface without wells."""
        border = SURFACES[self.surface].border
        return None if border is None else self.run.share_beyond(border)

    def export(self, path: str | Path) -> Path:
        """Write the surface, as it stands, as one HTML file that is alive without a kernel.

        Parameters
        ----------
        path : str or Path
            The file, which needs nothing beside it and no network.

        Examples
        --------
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     SurfaceExplorer().export(f"{folder}/surface.html").name
        'surface.html'
        """
        return files.write(path, frontend.page(self.kept(), "surface"))

    def close(self) -> None:
        """Close the surface and what belongs to it; policy and losses stay readable."""
        close_all(self)

    def _beside(self) -> list[tuple[str, Run]]:
        """The pinned runs on this surface, with their names."""
        found = []
        for pin in self.pins:
            if pin["surface"] == self.surface:
                policy = quietly({name: value for name, value in pin.items() if name in PARAMETERS})
                moved = steering(policy, pin["schedule"], pin["momentum"])
                rolling = (pin["noise"], pin["balls"], pin["seed"])
                run = roll(SURFACES[self.surface], *moved, *rolling)
                found.append((f"{pin['schedule']}, {policy.max_lr:g}", run))
        return found

    def __repr__(self) -> str:
        told = "" if self.schedule == ONE_CYCLE else f", schedule={self.schedule!r}"
        return f"SurfaceExplorer({self.policy!r}, surface={self.surface!r}{told})"

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Add a picture where a notebook is stored, and the state, by which a site has it alive."""
        live = super()._repr_mimebundle_(**kwargs)
        return mime_bundle(live, repr(self), self._picture, self._state)

    def _state(self) -> dict[str, Any]:
        return frontend.stored("surface", self.kept())

    def _picture(self) -> str:
        from .. import drawing
        from ..surfaces.figure import surface_figure

        figure = surface_figure(SURFACES[self.surface], self.run, self._beside())
        alt = f"Balls on a loss surface, {self.schedule}. {figure.alt}"
        return figure.html(drawing.READABLE, alt)


def _borne(policy: OneCycle) -> OneCycle:
    """Return a policy that the browser can roll, or say why it cannot."""
    if policy.total_steps > MOST_STEPS:
        raise ValueError(MESSAGES["steps"].format(most=MOST_STEPS, n=policy.total_steps))
    for name in ("max_lr", "base_momentum", "max_momentum"):
        if isinstance(value := getattr(policy, name), tuple):
            raise ValueError(MESSAGES["groups"].format(name=name, groups=list(value)))
    return policy
