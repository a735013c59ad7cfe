"""Take a complete copy of a training state, and put it back exactly.

Three ideas. First, a walk: from the model, the optimizer and the batches it follows what they hold,
and notes for each object that can change (a tensor, a dictionary, a module's attributes, a random
generator) how its content is put back *in place*: identities stay, so whatever refers to an object
stays valid. Second, every note is carried out even when another one fails. Third, nobody can stop
it half-way: while a line of this module runs, Ctrl-C is held back, and delivered afterwards.
"""

import copy
import random
import signal
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from types import FrameType, ModuleType, TracebackType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader, Sampler

from .saved import SavedTensor, put_items, put_kinds, put_workers, refill

Undo = Callable[[], object]
EMPTIED = {dict, OrderedDict, list, set, deque}  # whose own clear() is all that it takes
PLAIN = (bool, int, float, complex, str, bytes, type(None))
DEPTH = 8  # how far a generator may lie inside a data set
MANY = 1000  # a longer list in a data set holds samples, not transforms


def restored(
    model: nn.Module, optimizer: Optimizer, *batches: Any, also: Iterable[Any] = ()
) -> "Restored":
    """Give everything back as it was when the block ends: normally, by error, or by Ctrl-C.

    Given back are

    * of the model and of every module in it: parameters, buffers, gradients (set aside
      meanwhile), `requires_grad`, train/eval flags, hooks, submodules, and plain attributes:
      tensors and arrays by value, lists, dictionaries and sets with what they held, random
      generators, ``get_extra_state``; other objects by reference only;
    * of the optimizer, and of optimizers that it holds: state, groups, attributes;
    * the random states of Python, NumPy and torch (CPU, CUDA, MPS);
    * of the batches: random generators and epoch counters in a DataLoader, its samplers, its
      data set and its transforms, and in what wraps them; the kept workers of a loader.

    Not given back: the position in an iterator that cannot start again; what a data set caches
    or counts; generators in worker processes, in closures, or in objects written in C; what
    a module keeps in ``__slots__``, or a ScriptModule in attributes that are no tensors. A graph
    made before cannot be used for ``backward`` once the parameters have moved in between.

    Parameters
    ----------
    model : torch.nn.Module
        The model that is trained in the block.
    optimizer : torch.optim.Optimizer
        Its optimizer.
    *batches : iterable
        DataLoaders, or anything that yields batches; None is passed over.
    also : iterable of torch.nn.Module or torch.optim.Optimizer
        What else the training moves, such as an `AveragedModel`.

    Returns
    -------
    context manager
        To be used once. An error in the block comes through; what could not be given back is
        told in a note on it. Without one, the first error of the giving back is raised, after
        all the rest was done.

    Examples
    --------
    >>> layer = nn.Linear(2, 1)
    >>> before = layer.weight.tolist()
    >>> with restored(layer, torch.optim.SGD(layer.parameters(), lr=0.1)):
    ...     _ = nn.init.zeros_(layer.weight)
    >>> layer.weight.tolist() == before
    True
    """
    return Restored((model, optimizer, *also), batches)


class Restored:
    """The context manager that `restored` returns; its two methods cannot be interrupted.

    Parameters
    ----------
    trained : iterable
        Modules and optimizers.
    batches : iterable
        Where batches come from.

    Examples
    --------
    >>> layer = nn.Linear(2, 1)
    >>> with Restored([layer], batches=[]):
    ...     _ = nn.init.constant_(layer.bias, 7.0)
    >>> layer.bias.item() == 7.0
    False
    """

    def __init__(self, trained: Iterable[Any], batches: Iterable[Any]) -> None:
        self._trained, self._batches = tuple(trained), tuple(batches)
        self._undo: list[Undo] = []
        self._interrupts = Interrupts()

    def __enter__(self) -> None:
        """Note everything; only then set the gradients aside."""
        self._interrupts.hold()
        try:
            walk = Walk()
            with torch.no_grad():
                for part in self._trained:
                    walk.visit_trained(part)
                for source in self._batches:
                    walk.visit_source(source)
            walk.visit_global_generators()
            self._undo = walk.undo
            walk.set_aside()
            self._interrupts.deliver()
        except BaseException as error:
            self._give_back(error)
            self._interrupts.release()
            raise

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give everything back; then hear the interrupts that came meanwhile."""
        try:
            self._give_back(error)
        finally:
            self._interrupts.release()

    def _give_back(self, error: BaseException | None) -> None:
        failed: list[Exception] = []
        with torch.no_grad():
            for undo in self._undo:
                try:
                    undo()
                except Exception as own:  # the others must have their turn
                    failed.append(own)
        self._undo = []
        if failed and error is None:
            raise failed[0]
        if failed and error is not None:  # the person's own error comes first
            error.add_note(f"Not everything could be given back: {failed[0]!r}")


class Interrupts:
    """Holds SIGINT back while a line of this module runs, in the main thread.

    Python calls a signal's handler between two instructions, with the frame that it interrupts.
    When a frame of this module is on the stack, the state is being noted or given back, and the
    interrupt waits; in the block itself, whose frames are the person's, it comes through. In
    other threads there is nothing to hold: Python interrupts none but the main one.

    Examples
    --------
    A line outside of this module is interrupted as ever:

    >>> before = signal.signal(signal.SIGINT, lambda number, frame: print("heard"))
    >>> interrupts = Interrupts()
    >>> interrupts.hold()
    >>> signal.raise_signal(signal.SIGINT)
    heard
    >>> interrupts.release()
    >>> _ = signal.signal(signal.SIGINT, before)
    """

    def __init__(self) -> None:
        self._before: Any = None
        self._pending = False

    def hold(self) -> None:
        """Take over from the present handler."""
        if threading.current_thread() is not threading.main_thread():
            return
        before = signal.getsignal(signal.SIGINT)
        if callable(before):  # else nobody would be interrupted
            self._before = before
            signal.signal(signal.SIGINT, self._handle)

    def deliver(self) -> None:
        """Interrupt now, if somebody wanted to meanwhile."""
        if self._pending:
            self._pending = False
            self._before(signal.SIGINT, None)

    def release(self) -> None:
        """Give the handler back, and interrupt if somebody wanted to meanwhile."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self.deliver()

    def _handle(self, number: int, frame: FrameType | None) -> None:
        inner = frame
        while inner is not None:
            if inner.f_globals is globals():
                self._pending = True
                return
            inner = inner.f_back
        self._before(number, frame)


class Walk:
    """Follows what objects hold, and notes how each is put back; each object once.

    Examples
    --------
    >>> held, walk = {"order": [3, 1, 2]}, Walk()
    >>> walk.visit(held)
    >>> held["order"].sort()
    >>> _ = [undo() for undo in walk.undo]
    >>> held
    {'order': [3, 1, 2]}
    """

    def __init__(self) -> None:
        self.undo: list[Undo] = []
        self.generators: list[Any] = []
        self._empty: list[Any] = []
        self.undo.append(self._empty_again)
        self._seen: dict[int, object] = {}  # the objects, so that no address is used twice
        self._aside: list[Callable[[], object]] = []

    def set_aside(self) -> None:
        """Take away what the block must not write into: gradients, kept iterators."""
        for take in self._aside:
            take()

    def visit_trained(self, part: Any) -> None:
        """Note a module, an optimizer, or what wraps or follows one: all that it holds."""
        if isinstance(part, nn.Module):
            self.visit(part)
        elif id(part) not in self._seen:
            self._seen[id(part)] = part
            self._note_attributes(part)

    def visit(self, value: Any) -> None:
        """Note a value of a module or an optimizer, and what it holds."""
        if isinstance(value, PLAIN) or id(value) in self._seen:
            return
        self._seen[id(value)] = value
        if isinstance(value, Tensor):
            self._note_tensor(value)
        elif isinstance(value, np.ndarray):
            self._note_array(value)
        elif isinstance(value, nn.Module):
            self._note_module(value)
        elif isinstance(value, Optimizer):  # one that another one wraps
            self._note_attributes(value)
        elif type(value) in EMPTIED and not value:  # most hooks: this is quick
            self._empty.append(value)
        elif isinstance(value, (dict, list, set, deque, tuple)):
            self._note_container(value)
        else:
            self._note_generator(value)

    def _empty_again(self) -> None:
        for container in self._empty:
            container.clear()

    def visit_source(self, source: Any, depth: int = DEPTH, orders: bool = False) -> None:
        """Note the generators and counters of what yields batches, and of what it is made of.

        Parameters
        ----------
        source : object
            A loader, or something inside one, however deep.
        depth : int
            How much deeper to look.
        orders : bool
            Whether it is a sampler, all of whose attributes may decide the next order.
        """
        skipped = (*PLAIN, Tensor, np.ndarray, type, ModuleType)
        if depth < 0 or isinstance(source, skipped) or id(source) in self._seen:
            return
        self._seen[id(source)] = source
        if self._note_generator(source):
            return
        if isinstance(source, (list, tuple, dict)):
            parts = list(source.values() if isinstance(source, dict) else source)
            for part in parts if len(parts) <= MANY else ():
                self.visit_source(part, depth - 1)
            return
        held = getattr(source, "__dict__", None)
        if not isinstance(held, dict):
            return
        self._note_counters(source, held, orders or isinstance(source, Sampler))
        for name, part in list(held.items()):
            self.visit_source(part, depth - 1, name in ("sampler", "batch_sampler"))

    def _note_counters(self, source: Any, held: dict[str, Any], orders: bool) -> None:
        """Note what decides the next epoch's order; a data set's own counters are its affair."""
        loader = isinstance(source, DataLoader)
        if orders or loader:
            kinds = object if orders else PLAIN
            saved = {k: v for k, v in held.items() if isinstance(v, kinds)}
            self.undo.append(lambda: put_kinds(held, saved, kinds))
        for value in held.values() if orders else ():
            if isinstance(value, (dict, list, set, deque)):
                self._note_container(value, deep=False)
            elif isinstance(value, (Tensor, np.ndarray)):
                self.visit(value)
        if loader and source.persistent_workers:
            self._note_kept_workers(source)

    def visit_global_generators(self) -> None:
        """Note the random states that everybody shares."""
        python, numpy, cpu = random.getstate(), np.random.get_state(), torch.get_rng_state()
        self.undo.append(lambda: random.setstate(python))
        self.undo.append(lambda: np.random.set_state(numpy))
        self.undo.append(lambda: torch.set_rng_state(cpu))
        if torch.cuda.is_available():
            cuda = torch.cuda.get_rng_state_all()
            self.undo.append(lambda: torch.cuda.set_rng_state_all(cuda))
        if torch.backends.mps.is_available():
            mps = torch.mps.get_rng_state()
            self.undo.append(lambda: torch.mps.set_rng_state(mps))

    def _note_tensor(self, tensor: Tensor) -> None:
        saved = SavedTensor(tensor)
        self.undo.append(saved.put_back)
        if saved.grad is not None:
            # Set aside, so that nothing writes into it: no copy is needed, unless it is a view of
            # memory that goes on being used, as the buckets of DistributedDataParallel are.
            if saved.grad._is_view():
                self.visit(saved.grad)
            self._aside.append(lambda: setattr(tensor, "grad", None))

    def _note_array(self, array: np.ndarray) -> None:
        if array.flags.writeable:
            saved = array.copy()
            self.undo.append(lambda: np.copyto(array, saved))

    def _note_module(self, module: nn.Module) -> None:
        kind = type(module)

        def put_back() -> None:
            if type(module) is not kind:  # parametrizations exchange it
                module.__class__ = kind

        self.undo.append(put_back)
        self._note_attributes(module)
        if isinstance(module, torch.jit.ScriptModule):  # keeps its tensors elsewhere
            for tensor in (*module.parameters(), *module.buffers()):
                self.visit(tensor)
        if type(module).get_extra_state is not nn.Module.get_extra_state:
            state = copy.deepcopy(module.get_extra_state())
            self.undo.append(lambda: module.set_extra_state(state))

    def _note_attributes(self, owner: Any) -> None:
        held = owner.__dict__
        saved = dict(held)
        self.undo.append(lambda: put_items(held, saved))
        for value in saved.values():
            self.visit(value)

    def _note_container(self, container: Any, deep: bool = True) -> None:
        parts = list(container.values() if isinstance(container, dict) else container)
        if isinstance(container, dict):
            saved = dict(container)
            self.undo.append(lambda: put_items(container, saved))
        elif isinstance(container, list):
            self.undo.append(lambda: container.__setitem__(slice(None), parts))
        elif isinstance(container, (set, deque)):
            self.undo.append(lambda: refill(container, parts))
        for part in parts if deep else ():
            self.visit(part)

    def _note_generator(self, value: Any) -> bool:
        """Note a random generator of torch, NumPy or Python; say whether it is one."""
        if isinstance(value, torch.Generator):
            state = value.get_state()
            self.undo.append(lambda: value.set_state(state))
        elif isinstance(value, np.random.RandomState):
            legacy = value.get_state()
            self.undo.append(lambda: value.set_state(legacy))
        elif isinstance(value, (np.random.Generator, np.random.BitGenerator)):
            bits: Any = getattr(value, "bit_generator", value)
            inner = bits.state
            self.undo.append(lambda: setattr(bits, "state", inner))
        elif isinstance(value, random.Random):
            python = value.getstate()
            self.undo.append(lambda: value.setstate(python))
        else:
            return False
        self.generators.append(value)
        return True

    def _note_kept_workers(self, loader: "DataLoader[Any]") -> None:
        kept = getattr(loader, "_iterator", None)
        self.undo.append(lambda: put_workers(loader, kept))
        self._aside.append(lambda: loader.__dict__.__setitem__("_iterator", None))
