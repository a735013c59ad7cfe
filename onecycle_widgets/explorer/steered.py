"""What every widget has that a policy steers: the policy, and a trait for each of its parameters.

The same facts stand here twice. Each control has a trait of its own, which may say anything, so
that a slider can be anywhere; and there is `policy`, which is always possible. A change of either
is carried over to the other: `_read` from the controls to the policy, `_show` back. What the
controls say and no policy can be becomes `error`, and the last policy stays.
"""

import warnings
from typing import Any

import anywidget
import traitlets

from .. import checks
from ..frontend import typed
from ..policy.one_cycle import OneCycle

PARAMETERS = tuple(OneCycle.__dataclass_fields__)
COUNTED, MULTIPLIED = "total_steps", "epochs"
STEPS_PER_EPOCH = 100  # how steps are read as epochs until somebody says otherwise


class Steered(anywidget.AnyWidget):
    """A widget with a policy, and with each of its parameters as a trait.

    Parameters
    ----------
    policy : OneCycle
        Where to start.
    **traits
        Further traits of the widget.

    Attributes
    ----------
    policy : OneCycle
        The current, always valid policy.
    error : str
        Why what the parameters say together is impossible; '' when it is not.

    Raises
    ------
    TypeError
        When `policy` is not a OneCycle.

    Examples
    --------
    >>> from onecycle_widgets import OneCycleExplorer
    >>> explorer = OneCycleExplorer()
    >>> explorer.pct_start = 1.5
    >>> explorer.error, explorer.policy
    ('pct_start must be a number between 0 and 1, got 1.5', OneCycle(max_lr=0.1, total_steps=1000))
    """

    SETTINGS: tuple[str, ...] = ()  # further traits that belong to where it started
    KEPT: tuple[str, ...] = ()  # further traits that a page or a stored notebook keeps

    policy = traitlets.Instance(OneCycle)
    error = traitlets.Unicode("", read_only=True)
    budget = traitlets.Enum([COUNTED, MULTIPLIED], COUNTED).tag(sync=True)
    _start = traitlets.Dict().tag(sync=True)

    # Any: a field holds what was typed. Whether it can be, and why not, OneCycle says.
    max_lr = traitlets.Any().tag(sync=True)
    total_steps = traitlets.Any().tag(sync=True)
    epochs = traitlets.Any().tag(sync=True)
    steps_per_epoch = traitlets.Any().tag(sync=True)
    pct_start = traitlets.Any().tag(sync=True)
    anneal_strategy = traitlets.Any().tag(sync=True)
    cycle_momentum = traitlets.Any().tag(sync=True)
    base_momentum = traitlets.Any().tag(sync=True)
    max_momentum = traitlets.Any().tag(sync=True)
    div_factor = traitlets.Any().tag(sync=True)
    final_div_factor = traitlets.Any().tag(sync=True)
    three_phase = traitlets.Any().tag(sync=True)

    def __init__(self, policy: OneCycle, **traits: Any) -> None:
        if not isinstance(policy, OneCycle):
            raise TypeError(f"policy must be a OneCycle, got {checks.shown(policy)}")
        self._showing = False
        each = min(STEPS_PER_EPOCH, policy.total_steps)
        budget = {"steps_per_epoch": each, "epochs": max(1, round(policy.total_steps / each))}
        # Both budgets have a value from the start: who switches over finds about the same length.
        values = {**budget, **traits_of(policy)}
        start = {**values, **{name: traits[name] for name in self.SETTINGS}}
        super().__init__(policy=policy, _start=start, **values, **traits)

    @traitlets.observe(*PARAMETERS, "budget")
    def _read(self, _: Any = None) -> None:
        """Take what the controls say, or say why it is impossible."""
        if self._showing:
            return
        try:
            arguments = self._arguments()
            typed.check(arguments)
            policy = self._policy_of(arguments)
        except (TypeError, ValueError) as error:
            self.set_trait("error", str(error))
            return
        self.set_trait("error", "")
        self.policy = policy

    @traitlets.observe("policy")
    def _show(self, _: Any = None) -> None:
        """Bring the controls in line with the policy."""
        # While the controls follow one by one, what they say together is half old and half new:
        # `_read` must not take it for a policy, and the browser gets it in one message.
        self._showing = True
        try:
            with self.hold_sync():
                for name, value in traits_of(self.policy).items():
                    setattr(self, name, value)
        finally:
            self._showing = False
        self.set_trait("error", "")

    def kept(self) -> dict[str, Any]:
        """Return the traits by which it can be shown again, as it stands.

        Examples
        --------
        >>> from onecycle_widgets import SurfaceExplorer
        >>> SurfaceExplorer(surface="wells").kept()["surface"]
        'wells'
        """
        state: dict[str, Any] = self.get_state([*PARAMETERS, "budget", *self.KEPT, "_start"])
        return state

    def _policy_of(self, arguments: dict[str, Any]) -> OneCycle:
        """The policy that they make; a widget may refuse more than OneCycle does."""
        return quietly(arguments)

    def _arguments(self) -> dict[str, Any]:
        """What the controls say, as arguments of OneCycle."""
        # OneCycle wants one of the two; `steps_per_epoch` alone only says how steps are read.
        unused = "epochs" if self.budget == COUNTED else "total_steps"
        return {name: getattr(self, name) for name in PARAMETERS if name != unused}


def quietly(arguments: dict[str, Any]) -> OneCycle:
    """Make a policy without its warnings: the front end shows them beside the controls.

    Examples
    --------
    >>> quietly({"max_lr": 0.1, "total_steps": 2})
    OneCycle(max_lr=0.1, total_steps=2)
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return OneCycle(**arguments)


def traits_of(policy: OneCycle) -> dict[str, Any]:
    """The controls' values that show a policy; epochs only where they count.

    Examples
    --------
    >>> values = traits_of(OneCycle(max_lr=0.1, epochs=2, steps_per_epoch=50))
    >>> values["total_steps"], values["budget"]
    (100, 'epochs')
    """
    # JSON knows no tuples; and None is left out, so that the unused budget keeps its number.
    values = {name: getattr(policy, name) for name in PARAMETERS}
    values = {k: list(v) if isinstance(v, tuple) else v for k, v in values.items() if v is not None}
    return {**values, "budget": COUNTED if policy.epochs is None else MULTIPLIED}
