"""What the lab's front end must know of Python: which controls it has, and its words."""

from typing import Any

CONTROLS = ("total_steps", "max_lr", "pct_start", "div_factor", "final_div_factor",
            "anneal_strategy", "three_phase", "cycle_momentum", "base_momentum",
            "max_momentum")  # fmt: skip
"""Parameters of a policy that have a control in the lab."""
TIPS = {
    "data": "What to learn: toys that train in seconds.",
    "net": "A network that fits the data.",
    "optimizer": "SGD with momentum, or AdamW.",
    "batch_size": "Samples a step.",
    "weight_decay": "How much every step shrinks the weights.",
    "seeds": "How many trainings at once, from other weights, with other batches.",
}
"""What each part of a task is, in a line."""
WORDS = {
    "learnt": "Loss {first} → {last} (smoothed); held out: {right} % right",
    "fitted": "Loss {first} → {last} (smoothed); held out: {held_out}",
    "fallen": "Loss {first} → {last} (smoothed)",
    "smoothed": "The mean over a twentieth of the run, as drawn; a script prints single steps.",
    "losses": "last loss: {smoothed} smoothed, {raw} at the last step, as a script says",
    "several": " (median of {seeds} seeds)",
    "guessing": "No better than guessing: {culprit} is too high",
    "too_low": "No better than guessing: the peak is too low, or the training too short",
    "diverged": "The loss is no number any more: {culprit} is too high",
    "some_diverged": "{diverged} of {seeds} seeds diverged: {culprit} is too high",
    "exploded": "The loss exploded: {culprit} is too high",
    "unmoved": "The loss hardly moved: the peak may be too low",
    "peak": "the peak",
    "decay": "the peak or the weight decay",
    "begin": "Run the range test, take a peak, train: the loss comes here",
    "restored": "restored: {name}",
    "not_started": "not started: a value is refused",
    "groups": "{name} must be one number, got {value}: a lab's optimizer has one parameter group",
    "under_way": "Step {done} of {total}",
    "training": "training",
    "live": "live, not kept: press Train to keep it",
    "untested": "How large may the rate be? The range test says.",
    "testing": "The range test is under way.",
    "elsewhere": "Tested with {name}={was}: run it again for {now}.",
    "refused": "No peak to recommend; you may take one all the same.",
    "recommended": "recommended",
    "pick": "Take {rate}, the peak that {rule} picks.",
    "take": "Click, drag the handle, or take a rule's pick.",
    "gone": "The kernel is gone: run the cell above again. Until then nothing trains.",
    "empty": "No run yet: train, and each run is added here, with its line.",
}
"""What the view says; the notebook and the page say the same."""


def lab_table() -> dict[str, Any]:
    """Plain data that JSON can hold.

    Examples
    --------
    >>> lab_table()["words"]["guessing"]
    'No better than guessing: {culprit} is too high'
    """
    return {"controls": list(CONTROLS), "tips": TIPS, "words": WORDS}
