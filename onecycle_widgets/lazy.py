"""Names that are imported when they are first used: a package that is light to import.

PEP 562: a module's own ``__getattr__`` is asked for names that it does not have. torch, scipy and
matplotlib take seconds, and who only draws a schedule needs none of them.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from typing import Any

PACKAGE = __name__.partition(".")[0]
# Imported by what needs them only; the others come with whatever shows a widget.
INSTALL = {"torch", "scipy", "matplotlib", "sklearn", "mnist1d", "PIL"}


@contextmanager
def told(what: str) -> Iterator[None]:
    """Say in one sentence which library is missing, where one is imported in the block.

    Parameters
    ----------
    what : str
        What cannot be had without it; the message begins with it.

    Raises
    ------
    ModuleNotFoundError
        When a library is not installed.

    Examples
    --------
    >>> with told("OneCycle.scheduler"):
    ...     from onecycle_widgets.policy.scheduler import OneCycleLR
    """
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in INSTALL:
            raise
        text = f"{what} needs {missing}, which is not installed: python -m pip install {missing}"
        raise ModuleNotFoundError(text, name=missing) from error


def names(package: str, where: Mapping[str, str]) -> tuple[Callable[[str], Any], Any]:
    """Return a package's ``__getattr__`` and ``__dir__`` for names that live in its modules.

    Bind them under ``if not TYPE_CHECKING``: where a type checker sees a module's
    ``__getattr__``, it takes any name, misspelt ones too. It reads plain imports instead.

    Parameters
    ----------
    package : str
        Its ``__name__``.
    where : mapping of str to str
        For each name the module below this package; a module's own name stands for itself.

    Examples
    --------
    >>> getattr_, dir_ = names("onecycle_widgets", {"OneCycle": "policy.one_cycle"})
    >>> getattr_("OneCycle").__name__, {"OneCycle", "__version__"} <= set(dir_())
    ('OneCycle', True)
    """

    def found(name: str) -> Any:
        if name not in where:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        with told(f"{PACKAGE}.{name}"):
            module = import_module(f"{PACKAGE}.{where[name]}")
        return module if name == where[name] else getattr(module, name)

    return found, lambda: sorted({*vars(sys.modules[package]), *where})
