"""What holds the decision card."""

from onecycle_widgets.evidence import changed, family_claims, studies

from .stored import DATA, at_the_end, leads
from .which_schedule import (
    after,
    behind,
    cost,
    ends_as_planned,
    free,
    gained,
    lead,
    line_with_momentum,
    looked,
    mean,
    on_text,
    saved,
    tuned,
    watched,
)

LOW = ("one cycle", "cosine", "linear", "warm-up, stable, decay")
SGD = ("residual", "mnist1d", "digits")
STABLE = "warm-up, stable, decay"

FILLED = [
    "A constant rate is {-lead('mnist1d', 'constant').value:.1f} points behind on the ConvNet",
    "on the text {-lead('text_pre', 'constant').value:.1f} and",
    "and {-lead('text_post', 'constant').value:.1f} hundredths, which",
    "brings the constant rate"
    " {-cost('mnist1d', 'constant', 'straight to zero', 'stopped').value:.1f} points",
    "nothing that we can see, cosine"
    " {cost('mnist1d', 'cosine', 'goes on', 'known, doubled').value:.1f} points",
    "loses {cost('mnist1d', STABLE, 'stopped', 'known, halved').value:.1f} points, in",
    "in a straight line only"
    " {cost('mnist1d', STABLE, 'straight to zero', 'known, halved').value:.1f} points",
    "step schedule is {-lead('residual', 'step').value:.1f} points behind",
    "Head only {after('head only'):.1f} %, one",
    "one rate {after('one rate'):.1f} %, from",
    "from new weights {after('from new weights'):.1f} %; best",
    "best peaks {tuned().peak('one rate'):g} for the old weights",
    "{tuned().peak('from new weights'):g} for new ones",
    "as far as we can tell: {mean('mnist1d'):.1f} % on",
    "one cycle {watched('mnist1d', 'one cycle', 19):.1f}, the last",
    "the last weights {watched('mnist1d', 'constant', 19):.1f}. Take",
]
TRUE = {
    "at the best rate a gain of three hundredths of a nat is ruled out": (
        "{family_claims.warm_up(n, DATA).verdict for n in ('pre', 'post')} == {'ruled out'}"
    ),
    "at a rate that is too high, 0.04, a warm-up saves 5 to 8 of them in 50 steps": (
        "[round(saved(n).mean()) for n in ('pre', 'post')] == [5, 8] and studies.HIGHER[-1] == 0.04"
    ),
    "On the text 15 to 17 hundredths, and less than three": (
        "(round(min(ends_as_planned('text_pre'))), round(max(ends_as_planned('text_pre'))))"
        " == (15, 17) and max(on_text(kind, 'goes on', 'known, doubled').high"
        " for kind in ('one cycle', 'cosine', STABLE)) < 3"
    ),
    "on the text 1.7 hundredths, and nothing": (
        "round(on_text(STABLE, 'stopped', 'known, halved').value, 1) == 1.7"
        " and on_text(STABLE, 'straight to zero', 'known, halved').sure < 1"
    ),
    "and to end as planned was the worst way, too": (
        "min(ends_as_planned('text_pre')) > 10 and max(on_text(kind, 'goes on', 'known, doubled')"
        ".high for kind in changed.KINDS) < 3"
    ),
    "With SGD none was surely ahead of one cycle; on the text the straight line was, by a"
    " hundredth, or up to three when the momentum was chosen": (
        "not any(lead(net, kind).sure == 1 for net in SGD for kind in LOW[1:])"
        " and all(line_with_momentum(n).sure == 1 and round(line_with_momentum(n).value) <= 3"
        " for n in ('pre', 'post'))"
    ),
    "It was six hundredths ahead of one cycle on the text; with the momentum chosen, one ahead of"
    " the straight line, which is nothing to choose by, and about four of one cycle": (
        "all(abs(found.value - 6) < 1 for n in ('pre', 'post') for found in free(n))"
        " and all(abs(family_claims.momentum_chosen(n, DATA).parts[1].estimate.value + 1) < 0.2"
        " and abs(family_claims.momentum_chosen(n, DATA).parts[0].estimate.value + 3.75) < 0.3"
        " for n in ('pre', 'post'))"
    ),
    "With SGD, in 200 steps, none of these is surely behind one cycle": (
        "behind(SGD, LOW[1:], 200) == set()"
    ),
    "with AdamW none by three hundredths of a nat": (
        "all(family_claims.level(f'text_{n}', DATA).verdict == 'seen' for n in ('pre', 'post'))"
    ),
    "the fall in the last 20 of 180 steps": (
        "[round(200 * share) for share in (changed.HALVED - changed.AT, changed.HALVED)]"
        " == [20, 180]"
    ),
    "To end as planned costs 9 to 17 points on the ConvNet": (
        "(round(min(ends_as_planned('mnist1d'))), round(max(ends_as_planned('mnist1d'))))"
        " == (9, 17)"
    ),
    "To go on costs one cycle and warm-up-stable-decay nothing that we can see": (
        "all(cost('mnist1d', kind, 'goes on', 'known, doubled').sure == 0"
        " for kind in ('one cycle', STABLE))"
    ),
    "One cycle, at 80 % and cut to 90, is nearly down, and may just stop": (
        "cost('mnist1d', 'one cycle', 'stopped', 'known, halved').sure < 1"
        " and (changed.AT, changed.HALVED) == (80 / 100, 90 / 100)"
    ),
    "On the plain net a point is ruled out, on the residual net we could not tell": (
        "-1 < lead('digits', 'constant').low and lead('digits', 'constant').high < 1"
        " and lead('residual', 'constant').sure == 0"
    ),
    "a tenth to a third of the steps": "at_the_end('residual', 'cosine')",
    "Lesson on super-convergence: without it the step schedule": (
        "all(found.sure == 1 for found in leads('residual', 'step')[1:])"
    ),
    "At the end of a fall it adds nothing": ("abs(gained('mnist1d', 'one cycle').value) < 0.1"),
    "The best checkpoint on the way of a training that falls is no better than its end": (
        "not any(looked(net, kind).sure == 1 for net in ('residual', 'mnist1d')"
        " for kind in LOW if kind != 'linear')"
    ),
}
GIVEN = {
    "of the page itself": ["Four questions, in this order", "95 % intervals over seeds"],
    "advice that the evidence beside it holds": [
        "leave room for a fall of a tenth of the steps",
        "Go on; never end as planned",
        "Move all layers, and find the peak anew",
    ],
    "of the experiments, each held above": [
        "with as many choices as the others",
        "what ends low was level, too",
        "Which of the schedules that end low is best?",
        "makes too high a rate less bad",
    ],
}
