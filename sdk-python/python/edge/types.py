"""WebAssembly's own types, as :class:`edge.Module` tells them."""

from dataclasses import dataclass

__all__ = ["ExportType", "ExternType", "FuncType", "GlobalType", "ImportType", "MemoryType", "TableType", "TagType"]


@dataclass(frozen=True, slots=True)
class FuncType:
    """The type of a function; the words are the specification's: ``i32``, ``v128``, ``(ref extern)``."""

    params: tuple[str, ...]
    results: tuple[str, ...]

    def __str__(self) -> str:
        """Render as the specification does: ``(i32, i32) -> i32``."""
        results = self.results[0] if len(self.results) == 1 else f"({', '.join(self.results)})"
        return f"({', '.join(self.params)}) -> {results}"


@dataclass(frozen=True, slots=True)
class MemoryType:
    """The type of a memory, in pages of 64 KiB."""

    min: int
    max: int | None = None
    #: Whether indices are 64 bits wide.
    memory64: bool = False
    #: Whether threads share it.
    shared: bool = False


@dataclass(frozen=True, slots=True)
class TableType:
    """The type of a table, in elements."""

    element: str
    min: int
    max: int | None = None
    #: Whether indices are 64 bits wide.
    table64: bool = False


@dataclass(frozen=True, slots=True)
class GlobalType:
    """The type of a global."""

    content: str
    mutable: bool = False


@dataclass(frozen=True, slots=True)
class TagType:
    """The type of an exception tag: what its exceptions carry."""

    params: tuple[str, ...]


ExternType = FuncType | MemoryType | TableType | GlobalType | TagType


@dataclass(frozen=True, slots=True)
class ImportType:
    """What a module wants from its host."""

    module: str
    name: str
    type: ExternType


@dataclass(frozen=True, slots=True)
class ExportType:
    """What a module offers."""

    name: str
    type: ExternType
