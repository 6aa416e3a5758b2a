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
    Caller,
    CancelToken,
    Engine,
    ExnRef,
    Func,
    Function,
    Global,
    Instance,
    Limits,
    Linker,
    Memory,
    Module,
    ModuleLimits,
    Statistics,
    Store,
    Table,
    Tag,
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
    GuestException,
    GuestExit,
    GuestPanic,
    HostError,
    InternalError,
    IoError,
    LimitError,
    LinkError,
    LoadError,
    StateError,
    Terminate,
    Terminated,
    Trap,
)
from .exports import Exports
from .host_module import HostModule
from .kinds import Kind, Phase
from .types import ExportType, ExternType, FuncType, GlobalType, ImportType, MemoryType, TableType, TagType

__all__ = [
    "ArgumentError",
    "Caller",
    "CancelToken",
    "DescriptionError",
    "EdgeError",
    "Engine",
    "Err",
    "ExnRef",
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
    "GuestException",
    "GuestExit",
    "GuestPanic",
    "HostError",
    "HostModule",
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
    "ModuleLimits",
    "Phase",
    "StateError",
    "Statistics",
    "Store",
    "Table",
    "TableType",
    "Tag",
    "TagType",
    "Terminate",
    "Terminated",
    "Trap",
    "Vm",
    "Wasi",
    "__version__",
    "errors",
    "types",
]
