"""
Call sandboxed WebAssembly functions as if they were Python functions.

The easy door is :class:`Vm`::

    with edge.Vm("infer.wasm") as vm:
        prediction = vm.run("infer", image_bytes)

:class:`Pool` lends several guests of one module to many threads. :func:`compile` makes files of compiled code, a
:class:`Cache` keeps what was compiled. Below stand :class:`Engine`, :class:`Module`, :class:`Store`, :class:`Linker`,
:class:`Instance`, :class:`Func`, :class:`Memory`, :class:`SharedMemory`, :class:`Table` and :class:`Global`.
"""

from . import errors, types
from ._edge import (
    Cache,
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
    Pool,
    SharedMemory,
    Statistics,
    Store,
    Table,
    Tag,
    Vm,
    Wasi,
    __version__,
)
from .artifacts import compile
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
    Throw,
    Trap,
)
from .exports import Exports
from .host_module import HostModule
from .kinds import Kind, Phase
from .types import ExportType, ExternType, FuncType, GlobalType, ImportType, MemoryType, TableType, TagType

__all__ = [
    "ArgumentError",
    "Cache",
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
    "Pool",
    "SharedMemory",
    "StateError",
    "Statistics",
    "Store",
    "Table",
    "TableType",
    "Tag",
    "TagType",
    "Terminate",
    "Terminated",
    "Throw",
    "Trap",
    "Vm",
    "Wasi",
    "__version__",
    "compile",
    "errors",
    "types",
]
