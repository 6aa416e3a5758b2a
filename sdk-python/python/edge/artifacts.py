"""Files of compiled code: :func:`compile`."""

from typing import TYPE_CHECKING

from ._edge import Engine, Module

if TYPE_CHECKING:
    from ._edge import _Form, _Path, _Progress, _Source

__all__ = ["compile"]


def compile(
    source: "_Source",
    out: "_Path",
    *,
    form: "_Form | None" = None,
    target: str | None = None,
    engine: Engine | None = None,
    progress: "_Progress | None" = None,
) -> None:
    """
    Compile a module into a file, so that it need not be compiled when it is used: by ``edge.Vm(out, trusted=True)``.

    ``form`` goes by the name of the file: universal if that ends in ``.wasm``, else native (see :class:`edge.Module`).
    ``target`` is the machine to compile for, as for :class:`edge.Engine`; an ``engine`` brings all its settings, and
    whoever uses the file has one with the same. ``progress`` is that of :class:`edge.Module`.
    """
    if isinstance(source, Module):
        if target is not None or engine is not None:
            raise TypeError("an edge.Module has an engine already, which says what it is compiled for")
    elif target is not None:
        if engine is not None:
            raise TypeError("target is a setting of the engine: only one of the two can be given")
        engine = Engine(target=target)
    module = source if isinstance(source, Module) else Module(source, engine, progress=progress)
    module.serialize_to(out, form)
