"""Where a sweep's groups run: here, or through any `concurrent.futures.Executor`.

A group is one task, which needs nothing but what is pickled with it, so it may run anywhere and
in any order. Two things can go wrong on the way, and neither may cost what is done: the user
interrupts, or a worker process dies, mostly for want of memory. What died with a worker is tried
once more, each group by itself.
"""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    as_completed,
    wait,
)

import torch

from .. import checks
from . import engine

Numbered = Iterator[tuple[int, engine.Outcome]]


def outcomes(
    groups: list[engine.Group], executor: Executor | None, advance: engine.Advance
) -> Numbered:
    """Yield the number and the outcome of each group, as they come; an interrupt ends it.

    Parameters
    ----------
    groups : list of Group
        Groups to run, each one task.
    executor : Executor or None
        Where to run; None: here, one after the other.
    advance : callable
        Function that is told of the model-steps done; those of an executor's group at its end.

    Raises
    ------
    TypeError
        When `executor` has no `submit` method.

    Examples
    --------
    >>> from onecycle_widgets import OneCycle, Setting, toys
    >>> x, y = (part.numpy() for part in toys.digits().train)
    >>> members = ((Setting(OneCycle(0.1, 20)), 0),)
    >>> group = engine.Group(toys.mlp, members, (x, y), {}, 1, None, "cpu")
    >>> found = outcomes([group, group], executor=None, advance=lambda steps: None)
    >>> [(number, outcome.complete) for number, outcome in found]
    [(0, True), (1, True)]
    """
    if executor is None:
        return _here(groups, advance)
    if not callable(getattr(executor, "submit", None)):
        raise TypeError(
            "executor must be a concurrent.futures.Executor, or have its submit method, "
            f"got {type(executor).__name__}"
        )
    return _elsewhere(groups, executor, advance)


def _here(groups: list[engine.Group], advance: engine.Advance) -> Numbered:
    for number, group in enumerate(groups):
        outcome = engine.run(group, advance)
        yield number, outcome
        if not outcome.complete:
            return


def _elsewhere(groups: list[engine.Group], executor: Executor, advance: engine.Advance) -> Numbered:
    futures: dict[Future[engine.Outcome], int] = {}
    broken = []
    try:
        for number, group in enumerate(groups):
            try:
                futures[executor.submit(_in_worker, group)] = number
            except BrokenExecutor:  # a pool that has lost a worker takes no more tasks
                broken.append(number)
        for future in as_completed(futures):
            number = futures[future]
            error = future.exception()
            # A process pool that lost a worker, and Dask when several were lost with a task.
            if isinstance(error, BrokenExecutor) or type(error).__name__ == "KilledWorker":
                broken.append(number)
            else:
                yield number, future.result()
            # A worker cannot move the bar here, so it moves by whole groups.
            advance(groups[number].steps * len(groups[number].members))
        yield from _one_by_one(groups, sorted(broken))
    except KeyboardInterrupt:
        for future in futures:
            future.cancel()
        wait(futures, timeout=5)  # those under way note the interrupt, too, and end
        yield from _finished(futures)
    except BaseException:  # also when the caller stops listening: leave nothing queued
        for future in futures:
            future.cancel()
        raise


def _finished(futures: dict["Future[engine.Outcome]", int]) -> Numbered:
    """What was done when the interrupt came; some of it may be told twice."""
    for future, number in futures.items():
        if future.done() and not future.cancelled() and future.exception() is None:
            yield number, future.result()


def fresh_processes(workers: int | None = None) -> ProcessPoolExecutor:
    """Return a pool of processes that are started afresh, not forked.

    In a fork the threads of torch, or of a broken executor, may hold locks: it may hang.

    Parameters
    ----------
    workers : int, optional
        How many; default: one for each core.

    Examples
    --------
    >>> with fresh_processes(1) as pool:
    ...     pool.submit(abs, -3).result()
    3
    """
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers or multiprocessing.cpu_count(), mp_context=context)


def _one_by_one(groups: list[engine.Group], numbers: list[int]) -> Numbered:
    """Run here what was lost with a worker.

    The executor cannot tell who broke it from who was merely there, so each has a process to
    itself: one that is lost again costs nobody else.
    """
    while numbers:
        with fresh_processes(1) as pool:
            try:
                while numbers:
                    outcome = pool.submit(_in_worker, groups[numbers[0]]).result()
                    yield numbers.pop(0), outcome
            except BrokenExecutor:
                _tell_lost(groups[numbers.pop(0)])


def _tell_lost(group: engine.Group) -> None:
    names = ", ".join(f"{setting.kind} seed {seed}" for setting, seed in group.members[:3])
    checks.warn(
        f"a worker was lost with a group of {len(group.members)} runs ({names}, ...): out of "
        "memory? Try a smaller at_once"
    )


def _in_worker(group: engine.Group) -> engine.Outcome:
    """Run in whatever process the executor has; a child process among others takes one thread.

    More would fight for the cores, and a forked child would wait for its parent's threads.
    """
    if multiprocessing.parent_process() is None:
        return engine.run(group)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return engine.run(group)
    finally:
        torch.set_num_threads(threads)
