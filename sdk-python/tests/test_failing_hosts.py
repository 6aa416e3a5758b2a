"""Host functions that raise, by every way that leads into one: a typed error with its cause, and nothing broken."""

import asyncio
import signal
import sys
from collections.abc import Callable
from typing import Any

import edge
import pytest
from conftest import with_host

PLAIN = edge.Module.from_text("""(module (import "env" "f" (func $f (param i32) (result i32)))
    (func (export "call") (param i32) (result i32) (call $f (local.get 0)))
    (func (export "works") (result i32) (i32.const 42)))""")


class Broken(Exception):
    """Nothing that edge knows."""


RAISED = Broken("the host failed")

#: Calls a guest whose import is `f`, and gives what is called afterwards to see whether it works.
Door = Callable[[Callable[..., Any]], tuple[Callable[[], object], Callable[[], object]]]


def by_vm(f: Callable[..., Any]) -> tuple[Callable[[], object], Callable[[], object]]:
    vm = edge.Vm(PLAIN, {"env": {"f": f}})
    return lambda: vm.run("call", 1), lambda: vm.run("works")


def by_vm_awaited(f: Callable[..., Any]) -> tuple[Callable[[], object], Callable[[], object]]:
    vm = edge.Vm(PLAIN, {"env": {"f": f}})
    return lambda: asyncio.run(vm.run_async("call", 1)), lambda: vm.run("works")


def by_func_of_vm(f: Callable[..., Any]) -> tuple[Callable[[], object], Callable[[], object]]:
    vm = edge.Vm(PLAIN, {"env": {"f": f}})
    return lambda: vm.func("call")(1), lambda: vm.run("works")


def by_pool(f: Callable[..., Any]) -> tuple[Callable[[], object], Callable[[], object]]:
    pool = edge.Pool(PLAIN, {"env": {"f": f}}, size=1, keep_state=True)
    return lambda: pool.run("call", 1), lambda: pool.run("works")


def by_linker(f: Callable[..., Any]) -> tuple[Callable[[], object], Callable[[], object]]:
    linker = edge.Linker()
    linker.define("env", "f", f)
    instance = linker.instantiate(edge.Store(), PLAIN)
    return lambda: instance.func("call")(1), instance.func("works")


def by_linker_typed(f: Callable[..., Any]) -> tuple[Callable[[], object], Callable[[], object]]:
    linker = edge.Linker()
    linker.func("env", "f", ["i32"], ["i32"], lambda caller, n: f(n), caller=True)
    instance = linker.instantiate(edge.Store(), PLAIN)
    return lambda: instance.func("call")(1), instance.func("works")


def by_host_module(f: Callable[..., Any]) -> tuple[Callable[[], object], Callable[[], object]]:
    store, linker = edge.Store(), edge.Linker()
    edge.HostModule("env").func("f", ["i32"], ["i32"], f).define(linker, store)
    instance = linker.instantiate(store, PLAIN)
    return lambda: instance.func("call")(1), instance.func("works")


def by_func(f: Callable[..., Any]) -> tuple[Callable[[], object], Callable[[], object]]:
    store = edge.Store()
    func = edge.Func(store, ["i32"], ["i32"], f)
    instance = edge.Instance(store, PLAIN, [func])
    return lambda: instance.func("call")(1), instance.func("works")


def by_func_itself(f: Callable[..., Any]) -> tuple[Callable[[], object], Callable[[], object]]:
    store = edge.Store()
    func = edge.Func(store, ["i32"], ["i32"], f)
    return lambda: func(1), edge.Instance(store, PLAIN, [func]).func("works")


def by_table(f: Callable[..., Any]) -> tuple[Callable[[], object], Callable[[], object]]:
    text = """(module (table (export "t") 1 funcref) (type $f (func (param i32) (result i32)))
        (func (export "call") (result i32) (call_indirect (type $f) (i32.const 1) (i32.const 0)))
        (func (export "works") (result i32) (i32.const 42)))"""
    store = edge.Store()
    instance = edge.Instance(store, edge.Module.from_text(text))
    instance.table("t").set(0, edge.Func(store, ["i32"], ["i32"], f))
    return instance.func("call"), instance.func("works")


DOORS: list[Door] = [
    by_vm,
    by_vm_awaited,
    by_func_of_vm,
    by_pool,
    by_linker,
    by_linker_typed,
    by_host_module,
    by_func,
    by_func_itself,
    by_table,
]


def fails(_: int) -> int:
    raise RAISED


async def fails_later(_: int) -> int:
    await asyncio.sleep(0)
    raise RAISED


@pytest.mark.parametrize("f", [fails, fails_later])
@pytest.mark.parametrize("door", DOORS)
def test_what_is_raised_is_the_cause(door: Door, f: Callable[..., Any]) -> None:
    call, works = door(f)
    for _ in range(3):
        with pytest.raises(edge.HostError, match="the host failed") as caught:
            call()
        assert (caught.value.phase, caught.value.kind, caught.value.code) == ("host", "host_error", None)
        assert caught.value.__cause__ is RAISED
        assert works() == 42, "a plain guest is not poisoned"


@pytest.mark.parametrize("door", DOORS)
def test_codes_ends_and_interrupts_come_through(door: Door) -> None:
    raised: list[BaseException] = []

    def f(_: int) -> int:
        raise raised[-1]

    call, works = door(f)
    raised.append(edge.HostError("no such key", code=404))
    with pytest.raises(edge.HostError) as caught:
        call()
    assert (caught.value.code, caught.value.__cause__) == (404, raised[-1])
    raised.append(edge.Terminate())
    with pytest.raises(edge.Terminated) as terminated:
        call()
    assert (terminated.value.phase, terminated.value.kind) == ("host", "terminated")
    for interrupt in (KeyboardInterrupt("^C"), SystemExit(3)):
        raised.append(interrupt)
        with pytest.raises(type(interrupt)) as interrupted:
            call()
        assert interrupted.value is interrupt
    assert works() == 42


@pytest.mark.parametrize("door", DOORS)
def test_wrong_results_are_errors(door: Door) -> None:
    for result in ("text", None, 2**40, (1, 2)):
        call, works = door(lambda _, result=result: result)
        with pytest.raises(edge.ArgumentError) as caught:
            call()
        assert caught.value.kind == "result_type"
        assert works() == 42


async def fail_host_later() -> None:
    await asyncio.sleep(0)
    raise RAISED


def fail_host() -> None:
    raise RAISED


@pytest.mark.parametrize("f", [fail_host, fail_host_later])
@pytest.mark.parametrize("awaited", [False, True])
def test_a_guest_of_bindgen_is_poisoned(conformance: edge.Module, f: Callable[[], Any], awaited: bool) -> None:
    vm = edge.Vm(conformance, with_host(fail_host=f))
    with pytest.raises(edge.HostError) as caught:
        asyncio.run(vm.run_async("call_fail")) if awaited else vm.run("call_fail")
    assert caught.value.__cause__ is RAISED
    assert "the host failed" in (vm.poisoned or "")
    with pytest.raises(edge.StateError, match="the host failed") as refused:
        vm.run("add", 1, 2)
    assert refused.value.kind == "poisoned"
    vm.reset()
    assert vm.run("add", 1, 2) == 3


@pytest.mark.parametrize("error", [edge.Err("NotFound"), Broken("no")])
def test_an_async_host_function_of_bindgen_that_raises_err(conformance: edge.Module, error: Exception) -> None:
    async def fail_typed(kind: int) -> int:
        await asyncio.sleep(0)
        raise error

    vm = edge.Vm(conformance, with_host(fail_typed=fail_typed))
    expected = edge.GuestError if isinstance(error, edge.Err) else edge.HostError
    with pytest.raises(expected):
        asyncio.run(vm.run_async("call_fail_typed", 1))
    assert (vm.poisoned is None) == isinstance(error, edge.Err), "an Err is a result, and nothing was left behind"


def test_a_host_function_without_memory_or_stack_left() -> None:
    def deep(n: int) -> int:
        return deep(n) + 1

    def large(_: int) -> int:
        return len(bytes(sys.maxsize // 2))

    for f, error in ((deep, RecursionError), (large, MemoryError)):
        call, works = by_vm(f)
        with pytest.raises(edge.HostError) as caught:
            call()
        assert isinstance(caught.value.__cause__, error)
        assert works() == 42


def test_a_failing_start_function_leaves_nothing_behind() -> None:
    text = """(module (import "env" "f" (func $f (param i32) (result i32)))
        (func $s (drop (call $f (i32.const 1)))) (start $s))"""
    module = edge.Module.from_text(text)
    with pytest.raises(edge.HostError) as caught:
        edge.Vm(module, {"env": {"f": fails}})
    assert caught.value.__cause__ is RAISED
    store, linker = edge.Store(), edge.Linker()
    linker.define("env", "f", fails)
    with pytest.raises(edge.HostError):
        linker.instantiate(store, module)
    linker.define("env", "f", abs)
    linker.instantiate(store, module)


STREAMS = edge.Module.from_text("""(module
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 0) "\\10\\00\\00\\00\\04\\00\\00\\00")
    (func (export "write") (result i32) (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32)))
    (func (export "read") (result i32) (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 32)))
    (func (export "write_for_ever")
        (loop (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 32))) (br 0))))""")


class Stream:
    """A file that is broken."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def write(self, data: bytes) -> int:
        raise self.error

    def read(self, size: int) -> bytes:
        raise self.error


@pytest.mark.parametrize(
    ("error", "errno"), [(OSError(28, "disk full"), 51), (OSError("?"), 29), (ValueError("no"), 29)]
)
def test_a_stream_that_raises_is_an_error_that_the_guest_sees(error: Exception, errno: int) -> None:
    stream = Stream(error)
    vm = edge.Vm(STREAMS, wasi=edge.Wasi(stdout=stream, stdin=stream))
    for _ in range(2):
        assert vm.run("write") == errno
        assert vm.run("read") == errno


def test_an_interrupt_in_a_stream_ends_the_guest() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        vm = edge.Vm(STREAMS, wasi=edge.Wasi(stdout=Stream(KeyboardInterrupt())))
        with pytest.raises(KeyboardInterrupt):
            vm.run("write_for_ever")
    finally:
        signal.signal(signal.SIGINT, before)
