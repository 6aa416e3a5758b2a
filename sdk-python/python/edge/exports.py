"""The functions of a :class:`edge.Vm` as attributes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._edge import Function, Vm

__all__ = ["Exports"]


class Exports:
    """
    Every function of a Vm as an attribute, and under ``exports["any name at all"]``.

    Plain Python: the interpreter reads an instance's attributes faster than it can call any getter of ours.
    """

    def __init__(self, vm: "Vm", functions: "dict[str, Function]") -> None:
        self.__dict__.update(functions)
        self.__vm = vm
        self.__functions = functions

    def __getattr__(self, name: str) -> "Function":
        """Look for what is not in the list; the error names what is near."""
        if name.startswith("_Exports__"):
            raise AttributeError(name)  # `copy` and `pickle` ask before __init__ has run
        return self[name]

    def __getitem__(self, name: str) -> "Function":
        """Get the function of this name."""
        function = self.__functions.get(name)
        return self.__vm.function(name) if function is None else function

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self.__functions)

    def __len__(self) -> int:
        """Count the functions."""
        return len(self.__functions)

    def __contains__(self, name: object) -> bool:
        """Whether there is a function of this name."""
        return name in self.__functions

    def __dir__(self) -> list[str]:
        """List the names, for completion."""
        return [*super().__dir__(), *self.__functions]

    def __repr__(self) -> str:
        """Name the functions."""
        return f"<edge.Exports: {', '.join(self.__functions)}>"
