"""What a host offers under one name: :class:`HostModule`."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ._edge import Global, Linker, Memory, Store, Table

if TYPE_CHECKING:
    from ._edge import _RefType, _ValType

__all__ = ["HostModule"]


class _Function(NamedTuple):
    """A function, which belongs to no store."""

    params: "Sequence[_ValType]"
    results: "Sequence[_ValType]"
    callable: Callable[..., Any]
    caller: bool
    cost: int | None


#: What makes a memory, table or global in a store.
_Make = Callable[[Store], Memory | Table | Global]


class HostModule:
    """
    Functions, memories, tables and globals under one name, for any number of linkers and stores.

    A description: memories, tables and globals are made anew each time that it is defined. A later definition of a name
    replaces an earlier one::

        host = edge.HostModule("env").func("log", ["i32"], [], print).memory("memory", 1)
        host.define(linker, store)
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._items: dict[str, _Function | _Make] = {}

    @property
    def names(self) -> list[str]:
        """What it offers, in the order in which it was added."""
        return list(self._items)

    def func(
        self,
        name: str,
        params: "Sequence[_ValType]",
        results: "Sequence[_ValType]",
        callable: Callable[..., Any],
        *,
        caller: bool = False,
        cost: int | None = None,
    ) -> "HostModule":
        """Add a function, as :meth:`edge.Linker.func` does."""
        return self._add(name, _Function(params, results, callable, caller, cost))

    def memory(self, name: str, min: int, max: int | None = None, *, memory64: bool = False) -> "HostModule":
        """Add a memory, in pages of 64 KiB."""
        return self._add(name, lambda store: Memory(store, min, max, memory64=memory64))

    def table(
        self,
        name: str,
        element: "_RefType",
        min: int,
        max: int | None = None,
        init: object = None,
        *,
        table64: bool = False,
    ) -> "HostModule":
        """Add a table full of `init`."""
        return self._add(name, lambda store: Table(store, element, min, max, init, table64=table64))

    def global_(self, name: str, content: "_ValType", value: object, *, mutable: bool = False) -> "HostModule":
        """Add a global (`global` is a keyword of Python)."""
        return self._add(name, lambda store: Global(store, content, value, mutable=mutable))

    def _add(self, name: str, item: _Function | _Make) -> "HostModule":
        self._items.pop(name, None)
        self._items[name] = item
        return self

    def define(self, linker: Linker, store: Store) -> None:
        """Make everything in the store and define it in the linker; nothing is defined if something cannot be made."""
        made = {name: item if isinstance(item, _Function) else item(store) for name, item in self._items.items()}
        for name, item in made.items():
            if isinstance(item, _Function):
                params, results, callable, caller, cost = item
                linker.func(self.name, name, params, results, callable, caller=caller, cost=cost)
            else:
                linker.define(self.name, name, item)
