"""Nothing leaks, and nothing dangles."""

import gc
import resource
import sys
import weakref
from collections.abc import Callable
from pathlib import Path

import edge
import pytest
from conftest import HOST, with_host

PAGE = resource.getpagesize()


def resident() -> int:
    """Bytes of this process that are in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def grows(call: Callable[[], object], times: int) -> int:
    """Bytes that `times` calls add, after as many as it takes for pools and caches to fill."""
    for _ in range(times // 10):
        call()
    gc.collect()
    before = resident()
    for _ in range(times):
        call()
    gc.collect()
    return resident() - before


@pytest.mark.parametrize(
    ("name", "arguments", "times"),
    [
        ("add", (1, 2), 1_000_000),
        ("echo_string", ("x" * 100,), 200_000),
        ("echo_bytes", (b"x" * 5000,), 50_000),
        ("echo_vec_i32", ([1, 2, 3],), 100_000),
        ("echo_point", ({"x": 1.0, "y": 2.0},), 50_000),
        ("call_note", (1, "x" * 100), 50_000),
    ],
)
def test_calls_leak_nothing(vm: edge.Vm, name: str, arguments: tuple[object, ...], times: int) -> None:
    function = vm.function(name)
    for _ in range(1000):
        function(*arguments)
    pages = vm.memory().size
    assert grows(lambda: function(*arguments), times) < 1 << 20
    assert vm.memory().size == pages, "guest memory is flat as well"


def test_errors_leak_nothing(vm: edge.Vm) -> None:
    def fail() -> None:
        with pytest.raises(edge.GuestError):
            vm.run("fails_string")

    def misuse() -> None:
        with pytest.raises(edge.ArgumentError):
            vm.run("concat", ["text", object()])

    assert grows(fail, 10_000) < 1 << 20
    assert grows(misuse, 10_000) < 1 << 20


def test_references_are_balanced(vm: edge.Vm) -> None:
    thing, text = {"x": 1.0, "y": 2.0}, "some text".upper()
    numbers = [1.0, 2.0]
    counts = [sys.getrefcount(item) for item in (thing, text, numbers, None)]
    for _ in range(100):
        vm.exports.echo_point(thing)
        vm.exports.echo_string(text)
        vm.exports.sum_f64(numbers)
        vm.exports.nothing()
        with pytest.raises(edge.ArgumentError):
            vm.exports.echo_i32(text)
    assert [sys.getrefcount(item) for item in (thing, text, numbers)] == counts[:3]
    assert abs(sys.getrefcount(None) - counts[3]) < 50


class Callback:
    """A host function that can be watched."""

    def __init__(self) -> None:
        self.vm: edge.Vm | None = None

    def __call__(self, *_: object) -> int:
        """Answer the guest."""
        return 1


def test_a_cycle_through_a_host_function_is_collected(conformance: edge.Module) -> None:
    callback = Callback()
    callback.vm = edge.Vm(conformance, imports=with_host(note=callback))
    assert callback.vm.exports.call_note(1, "x") == 1
    watched, vm = weakref.ref(callback), weakref.ref(callback.vm)
    del callback
    gc.collect()
    assert watched() is None
    assert vm() is None


def test_a_cycle_through_the_lower_doors_is_collected() -> None:
    module = edge.Module.from_text('(module (import "m" "f" (func $f)) (func (export "g") (call $f)))')
    callback = Callback()
    linker, store = edge.Linker(), edge.Store()
    linker.define("m", "f", callback)
    instance = linker.instantiate(store, module)
    function = instance.func("g")
    function()
    callback.cycle = (linker, store, instance, function)  # type: ignore[attr-defined]
    watched = weakref.ref(callback)
    del callback, linker, store, instance, function
    gc.collect()
    assert watched() is None


def test_a_function_keeps_what_it_needs(conformance: edge.Module) -> None:
    function = edge.Vm(conformance, imports=with_host(note=Callback())).exports.call_note
    gc.collect()
    assert function(1, "x") == 1


def test_vms_are_freed(conformance: edge.Module) -> None:
    def load() -> None:
        assert edge.Vm(conformance, imports=HOST).exports.add(1, 2) == 3

    assert grows(load, 300) < 4 << 20


def test_modules_are_freed() -> None:
    text = (
        "(module (memory 1)" + "".join(f'(func (export "f{n}") (result i32) (i32.const {n}))' for n in range(50)) + ")"
    )

    def load() -> None:
        assert edge.Vm(edge.Module.from_text(text)).run("f7") == 7

    assert grows(load, 200) < 4 << 20
