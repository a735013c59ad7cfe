"""The rules by which a claim is judged, fixed before the data that they judge were made.

History. A first round of experiments (October 2026) was judged with words that came after its
data. A review then found that its central result was an artefact: every schedule chose its rate
and its weight decay, but the step schedule's milestones were never tuned. So every experiment was
planned anew, in `studies`, every schedule with a shape to choose, and these rules were written
down first. Committed together with the plans, before any of the new trainings; ranges of rates
come from a pilot with seeds of its own. Rows on decay, batch size and momentum judge data of the
first round by these rules; they say so.

An effect is a figure of which larger is better for the claim: points of test accuracy ahead, or a
factor by which others need more steps. It comes with its bootstrap draws (`estimates`). A claim has
one part or several, each with an effect, such as the gain at every length of the training.

1. A part is *seen* when its 95 % interval lies above the bar of the claim, *opposite* when the
   interval lies below no effect, *ruled out* when it lies within the margin around no effect, and
   otherwise *undecided*.
2. A claim is *seen* when all its parts are. (All of them must be above the bar, so no part can
   make up for another, and nothing has to be corrected for.)
3. It is *ruled out* when all its parts are.
4. It is *opposite* when some part is surely against it and none is surely for it, *surely* after
   Holm's correction for the number of parts, at 2.5 % for each direction.
5. Otherwise it is *undecided*, whatever the average says. Which parts are surely for it, after
   the same correction, is told beside the word.

The claims, and of what parts they are made ("rival" is the step schedule, the paper's own, unless
another is named; the three nets are the residual net without normalisation, the normalised ConvNet
on MNIST-1D, and the plain net on the digits):

- far fewer steps to the same accuracy, on each net: a factor to each of `TARGETS` (`FAR`);
- more accuracy in as many steps, on each net and against each schedule: a gain at every length
  (`MORE`). For the normalised and the plain net both are judged on a second draw of the data, too;
- the advantage grows with depth: the gain at 400 steps with 8 and 16 blocks, mean of the two, less
  that with 2 and 4 (`MORE`); with convolutions, 4 blocks less 1;
- it grows when data is scarce: the gain with 200 and 400 samples, mean of the two, less that with
  1,600 and 3,200 (`MORE`);
- one cycle is ahead at rates that are too high: the gain, mean over the rates 1, 1.6 and 2.5, at
  each weight decay from 1e-4 on (`MORE`);
- the control: on the residual net that begins with the last layer of each block at zero, and with
  AdamW, more accuracy in as many steps (`MORE`);
- it is the warm-up: on the residual net the step schedule with a warm-up is as good as one cycle
  at every length (`AS_GOOD`); and in either ablation the Shapley value of the warm-up less that of
  the smooth fall, and less that of the cycled momentum (`MORE`);
- a cycled momentum is as good as each constant one (`AS_GOOD`).

References
----------
S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
Statistics 6 (1979), pages 65 to 70.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .estimates import Array, Estimate, estimate

SEEN, OPPOSITE, RULED_OUT, UNDECIDED = "seen", "opposite", "ruled out", "undecided"
WORDS = (SEEN, OPPOSITE, RULED_OUT, UNDECIDED)
LEVEL = 0.05  # of Holm's correction, both directions together; `estimates` has the intervals

TARGETS = {
    "mnist1d": (80.0, 90.0, 95.0),
    "digits": (90.0, 95.0, 97.0),
    "residual": (90.0, 92.0, 94.0),
}
"""Test accuracies in percent to which steps are counted, by study: easy, middling and high."""


@dataclass(frozen=True)
class Bar:
    """What an effect must exceed.

    Attributes
    ----------
    above : float
        The claim holds where the effect is larger.
    nothing : float
        Below it the opposite holds.
    margin : tuple of float
        Effects between the two are too small to matter.

    Examples
    --------
    A gain of half a point or more is one; one of two tenths, too, for what it is worth:

    >>> MORE.word(0.5, 1.5), MORE.word(0.1, 0.3), MORE.word(-0.4, 0.6), MORE.word(-2.0, 3.0)
    ('seen', 'seen', 'ruled out', 'undecided')

    A factor of two is not the factor that was claimed:

    >>> FAR.word(1.5, 2.5), FAR.word(3.0, 6.0), FAR.word(0.5, 0.9)
    ('ruled out', 'undecided', 'opposite')
    """

    above: float
    nothing: float
    margin: tuple[float, float]

    def word(self, low: float, high: float) -> str:
        """Return the word for an effect with this 95 % interval; NaN is undecided."""
        if low > self.above:
            return SEEN
        if high < self.nothing:
            return OPPOSITE
        if self.margin[0] < low and high < self.margin[1]:
            return RULED_OUT
        return UNDECIDED


MORE = Bar(above=0.0, nothing=0.0, margin=(-1.0, 1.0))
"""Points of test accuracy: ahead at all. A point either way is nothing."""

FAR = Bar(above=4.0, nothing=1.0, margin=(0.25, 4.0))
"""A factor of steps: "far fewer" is four times fewer, half of the paper's factor of eight."""

AS_GOOD = Bar(above=-1.0, nothing=0.0, margin=(np.nan, np.nan))
"""Points of test accuracy: "as good as" is behind by less than a point."""


@dataclass(frozen=True, eq=False)
class Part:
    """One part of a claim: its effect with draws, and the bar it is held against.

    Attributes
    ----------
    name : str
        What this part is about, such as '400 steps'.
    draws : ndarray, shape (1 + DRAWS,)
        The effect, and what the bootstrap makes of it, as from `estimates.sampled`.
    bar : Bar
        What is claimed.

    Examples
    --------
    >>> part = Part("400 steps", np.array([2.0, 1.0, 2.0, 3.0]), MORE)
    >>> part.interval, part.word
    ((1.0, 3.0), 'seen')
    """

    name: str
    draws: Array
    bar: Bar

    @property
    def value(self) -> float:
        """The effect itself."""
        return float(self.draws[0])

    @property
    def estimate(self) -> Estimate:
        """The effect with its interval."""
        return estimate(self.draws)

    @property
    def interval(self) -> tuple[float, float]:
        """Ends of its 95 % interval; NaN where no draw gives a number."""
        found = self.estimate
        return found.low, found.high

    @property
    def word(self) -> str:
        """What this part alone says, by rule 1."""
        return self.bar.word(*self.interval)

    def p_value(self, direction: int) -> float:
        """Share of the draws that are not on that side: 1 for the claim, -1 for its opposite.

        Examples
        --------
        >>> part = Part("400 steps", np.array([2.0, 1.0, 2.0, 3.0]), MORE)
        >>> part.p_value(1), part.p_value(-1)  # none of three; and one is added to either
        (0.25, 1.0)
        """
        drawn = self.draws[1:]
        there = drawn > self.bar.above if direction > 0 else drawn < self.bar.nothing
        # NaN is on no side. One more draw is counted on the other: p is never zero.
        return float((1 + (~there).sum()) / (1 + drawn.size))


def holm(p_values: Sequence[float], level: float = LEVEL / 2) -> list[bool]:
    """Return which of several findings stand after Holm's correction.

    Parameters
    ----------
    p_values : sequence of float
        One for each finding, in [0, 1].
    level : float, default 0.025
        Chance, at most, that any of them stands though there is nothing.

    Examples
    --------
    With four findings the smallest must be below a quarter of the level, the next below a third:

    >>> holm([0.001, 0.020, 0.008, 0.500])
    [True, False, True, False]
    """
    stands = [False] * len(p_values)
    for rank, at in enumerate(np.argsort(p_values, kind="stable")):
        if p_values[at] > level / (len(p_values) - rank):
            break  # one that falls takes all larger ones with it
        stands[at] = True
    return stands


def surely(parts: Sequence[Part], direction: int = 1) -> list[str]:
    """Return names of the parts that are surely for (1) or against (-1) a claim, after Holm.

    Examples
    --------
    >>> clear, torn = np.full(4001, 2.0), np.r_[0.5, np.linspace(-1, 2, 4000)]
    >>> parts = [Part("100 steps", clear, MORE), Part("400 steps", torn, MORE)]
    >>> surely(parts), surely(parts, -1)
    (['100 steps'], [])
    """
    stands = holm([part.p_value(direction) for part in parts])
    return [part.name for part, one in zip(parts, stands, strict=True) if one]


def verdict(parts: Sequence[Part]) -> str:
    """Return the word for a claim, by rules 2 to 5.

    Raises
    ------
    ValueError
        When the claim has no parts.

    Examples
    --------
    >>> ahead = Part("100 steps", np.full(4001, 2.0), MORE)
    >>> behind = Part("400 steps", np.full(4001, -2.0), MORE)
    >>> even = Part("c", np.full(4001, 0.1) * np.r_[1, np.tile([-1, 1], 2000)], MORE)
    >>> verdict([ahead]), verdict([behind, even]), verdict([even]), verdict([ahead, behind])
    ('seen', 'opposite', 'ruled out', 'undecided')
    """
    if not parts:
        raise ValueError("parts must hold at least one part of the claim, got none")
    words = {part.word for part in parts}
    if words in ({SEEN}, {RULED_OUT}):
        return words.pop()
    if surely(parts, -1) and not surely(parts, 1):
        return OPPOSITE
    return UNDECIDED
