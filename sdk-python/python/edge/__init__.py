"""
Call sandboxed WebAssembly functions as if they were Python functions.

The easy door is :class:`Vm`::

    with edge.Vm("infer.wasm") as vm:
        prediction = vm.run("infer", image_bytes)

Below it stand :class:`Engine`, :class:`Module`, :class:`Store`, :class:`Linker`, :class:`Instance`, :class:`Func`,
:class:`Memory`, :class:`Table` and :class:`Global`.
"""

from . import errors, types
from ._edge import (
    Engine,
    Func,
    Function,
    Global,
    Instance,
    Limits,
    Linker,
    Memory,
    Module,
    Store,
    Table,
    Vm,
    Wasi,
    __version__,
)
from .errors import (
    ArgumentError,
    DescriptionError,
    EdgeError,
    Err,
    ExportError,
    Frame,
    GuestError,
    GuestExit,
    GuestPanic,
    HostError,
    InternalError,
    IoError,
    LimitError,
    LinkError,
    LoadError,
    StateError,
    Trap,
)
from .exports import Exports
from .kinds import Kind, Phase
from .types import ExportType, ExternType, FuncType, GlobalType, ImportType, MemoryType, TableType

__all__ = [
    "ArgumentError",
    "DescriptionError",
    "EdgeError",
    "Engine",
    "Err",
    "ExportError",
    "ExportType",
    "Exports",
    "ExternType",
    "Frame",
    "Func",
    "FuncType",
    "Function",
    "Global",
    "GlobalType",
    "GuestError",
    "GuestExit",
    "GuestPanic",
    "HostError",
    "ImportType",
    "Instance",
    "InternalError",
    "IoError",
    "Kind",
    "LimitError",
    "Limits",
    "LinkError",
    "Linker",
    "LoadError",
    "Memory",
    "MemoryType",
    "Module",
    "Phase",
    "StateError",
    "Store",
    "Table",
    "TableType",
    "Trap",
    "Vm",
    "Wasi",
    "__version__",
    "errors",
    "types",
]
