"""
The one error of edge, and its subclasses by group of kinds.

They are Python source since the limited API cannot subclass exceptions before 3.12. The extension makes them through
:func:`make_error`, which is the only thing here that it knows.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .kinds import Kind, Phase

if TYPE_CHECKING:
    from ._edge import ExnRef

__all__ = [
    "ArgumentError",
    "DescriptionError",
    "EdgeError",
    "Err",
    "ExportError",
    "Frame",
    "GuestError",
    "GuestException",
    "GuestExit",
    "GuestPanic",
    "HostError",
    "InternalError",
    "IoError",
    "LimitError",
    "LinkError",
    "LoadError",
    "StateError",
    "Terminate",
    "Terminated",
    "Throw",
    "Trap",
]


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a guest backtrace."""

    module: str | None
    func_index: int
    func_name: str | None
    module_offset: int | None
    file: str | None
    line: int | None

    def __str__(self) -> str:
        """Render as ``name (file:line)``."""
        name = self.func_name or f"<function {self.func_index}>"
        if self.file is not None and self.line is not None:
            return f"{name} ({self.file}:{self.line})"
        return name if self.module_offset is None else f"{name} (+{self.module_offset:#x})"


class EdgeError(Exception):
    """
    What went wrong, in the same members in every language.

    ``__cause__`` is the very exception that a host function raised, or the operating system's error underneath.
    """

    phase: Phase
    kind: Kind
    message: str
    #: Guest frames, innermost first; empty where no guest code ran.
    backtrace: tuple[Frame, ...]
    #: The typed value of a guest's ``Err``.
    value: Any
    #: The guest's exit code.
    exit_code: int | None
    #: The code that a host function gave its error.
    code: int | None

    def __init__(
        self,
        message: str,
        *,
        phase: Phase = Phase.EXECUTE,
        kind: Kind = Kind.INTERNAL,
        backtrace: tuple[Frame, ...] = (),
        value: Any = None,
        exit_code: int | None = None,
        code: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.phase = phase
        self.kind = kind
        self.backtrace = backtrace
        self.value = value
        self.exit_code = exit_code
        self.code = code
        if backtrace:
            self.add_note("\n".join(["guest backtrace, innermost first:", *(f"  at {frame}" for frame in backtrace)]))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle with every member, so that errors cross process pools."""
        members = ("phase", "kind", "backtrace", "value", "exit_code", "code")
        return _unpickle, (type(self), self.message, {name: getattr(self, name) for name in members})


def _unpickle(cls: type[EdgeError], message: str, members: dict[str, Any]) -> EdgeError:
    return cls(message, **members)


class LoadError(EdgeError):
    """The bytes or the text are no module that this engine can run."""


class LinkError(EdgeError):
    """An import has no definition, or one of another type."""


class ExportError(EdgeError, AttributeError):
    """The module has no such export, or one of another sort; an ``AttributeError`` too, so that ``hasattr`` works."""


class ArgumentError(EdgeError, TypeError):
    """Arguments or results that do not fit the function; a ``TypeError`` too, as Python's own calls raise."""


class Trap(EdgeError):
    """The guest did what WebAssembly does not allow."""


class GuestError(EdgeError):
    """A guest function returned ``Err``; ``.value`` is its typed value."""


class GuestException(EdgeError):
    """
    The guest threw an exception that nobody caught.

    A host function that lets one pass which a guest further in threw, throws it in its own guest, which may catch it.
    """

    #: The exception itself, with its tag and values; None where the error was unpickled.
    exception: "ExnRef | None" = None


class GuestPanic(EdgeError):
    """Guest code panicked; the message has its text and location."""


class GuestExit(EdgeError):
    """The guest ended itself; ``.exit_code`` says how."""


class HostError(EdgeError):
    """
    A host function raised; ``__cause__`` is what it raised.

    A host function may raise one itself, ``edge.HostError("no such key", code=404)``: its message and code arrive.
    """

    def __init__(
        self, message: str, *, phase: Phase = Phase.HOST, kind: Kind = Kind.HOST_ERROR, **members: Any
    ) -> None:
        super().__init__(message, phase=phase, kind=kind, **members)


class Terminated(EdgeError):
    """A host function ended the guest on purpose, by :class:`Terminate`: no failure, but no result either."""


class StateError(EdgeError):
    """The object cannot serve this call: poisoned, busy, closed, of another store, not switched on."""


class DescriptionError(EdgeError):
    """The guest's bindgen description, or its bindgen code, breaks the contract."""


class LimitError(EdgeError):
    """A limit was hit."""


class IoError(EdgeError):
    """The operating system refused something; ``__cause__`` is its error where there is one."""


class InternalError(EdgeError):
    """A fault of edge itself."""


class Terminate(Exception):
    """Raise this in a host function to end the guest early; whoever called the guest gets :class:`Terminated`."""


class Throw(Exception):
    """Raise this in a host function to throw an exception in the guest, which may catch it."""

    def __init__(self, exception: "ExnRef") -> None:
        super().__init__(exception)
        self.exception = exception


class Err(Exception):
    """Raise this in a host function to hand a typed ``Err`` to a guest that declared ``Result<_, E>``."""

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.value = value


_GROUPS: dict[type[EdgeError], set[Kind]] = {
    LoadError: {
        Kind.MALFORMED,
        Kind.INVALID,
        Kind.UNSUPPORTED,
        Kind.TOO_LARGE,
        Kind.COMPILE_FAILED,
        Kind.ARTIFACT_DAMAGED,
        Kind.ARTIFACT_MISMATCH,
    },
    LinkError: {Kind.UNKNOWN_IMPORT, Kind.INCOMPATIBLE_IMPORT},
    ExportError: {Kind.UNKNOWN_EXPORT, Kind.WRONG_EXPORT_KIND},
    ArgumentError: {Kind.ARGUMENT_COUNT, Kind.ARGUMENT_TYPE, Kind.RESULT_TYPE, Kind.IMMUTABLE},
    Trap: {
        Kind.UNREACHABLE,
        Kind.MEMORY_OUT_OF_BOUNDS,
        Kind.TABLE_OUT_OF_BOUNDS,
        Kind.UNDEFINED_ELEMENT,
        Kind.UNINITIALIZED_ELEMENT,
        Kind.INDIRECT_CALL_TYPE_MISMATCH,
        Kind.NULL_REFERENCE,
        Kind.INTEGER_DIVIDE_BY_ZERO,
        Kind.INTEGER_OVERFLOW,
        Kind.INVALID_CONVERSION_TO_INTEGER,
        Kind.STACK_OVERFLOW,
        Kind.UNALIGNED_ATOMIC,
        Kind.EXPECTED_SHARED_MEMORY,
    },
    GuestError: {Kind.GUEST_ERROR},
    GuestException: {Kind.UNCAUGHT_EXCEPTION},
    GuestPanic: {Kind.GUEST_PANIC},
    GuestExit: {Kind.GUEST_EXIT},
    HostError: {Kind.HOST_ERROR, Kind.HOST_PANIC},
    StateError: {Kind.POISONED, Kind.BUSY, Kind.CLOSED, Kind.WRONG_STORE, Kind.NOT_ENABLED},
    Terminated: {Kind.TERMINATED},
    DescriptionError: {Kind.BAD_DESCRIPTION, Kind.ABI_VIOLATION},
    LimitError: {
        Kind.MEMORY_LIMIT,
        Kind.TABLE_LIMIT,
        Kind.INSTANCE_LIMIT,
        Kind.RESULT_TOO_LARGE,
        Kind.OUT_OF_FUEL,
        Kind.DEADLINE_EXCEEDED,
        Kind.CANCELLED,
        Kind.RECURSION_LIMIT,
    },
    IoError: {Kind.IO, Kind.OUT_OF_MEMORY},
    InternalError: {Kind.INTERNAL},
}

_CLASS_OF = {kind: cls for cls, kinds in _GROUPS.items() for kind in kinds}


def make_error(
    phase: str,
    kind: str,
    message: str,
    frames: list[tuple[str | None, int, str | None, int | None, str | None, int | None]],
    value: Any,
    exit_code: int | None,
    code: int | None,
    exception: "ExnRef | None" = None,
) -> EdgeError:
    """Make the error of the class that its kind belongs to."""
    kind_ = Kind(kind)
    error = _CLASS_OF[kind_](
        message,
        phase=Phase(phase),
        kind=kind_,
        backtrace=tuple(Frame(*frame) for frame in frames),
        value=value,
        exit_code=exit_code,
        code=code,
    )
    if isinstance(error, GuestException):
        error.exception = exception
    return error
