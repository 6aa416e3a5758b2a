"""WebAssembly's own types, as :class:`edge.Module` tells them."""

from dataclasses import dataclass

__all__ = ["ExportType", "ExternType", "FuncType", "GlobalType", "ImportType", "MemoryType", "TableType"]


@dataclass(frozen=True, slots=True)
class FuncType:
    """The type of a function; the words are ``i32 i64 f32 f64 funcref externref``."""

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


@dataclass(frozen=True, slots=True)
class TableType:
    """The type of a table, in elements."""

    element: str
    min: int
    max: int | None = None


@dataclass(frozen=True, slots=True)
class GlobalType:
    """The type of a global."""

    content: str
    mutable: bool = False


ExternType = FuncType | MemoryType | TableType | GlobalType


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
