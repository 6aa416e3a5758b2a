"""What nobody should do ends in an error that says so, and breaks nothing."""

import gc
import threading
from collections.abc import Callable

import edge
import pytest
from conftest import HOST, Run, with_host

CALLS = """(module
    (import "env" "f" (func $f (param i32) (result i32)))
    (func (export "call") (param i32) (result i32) (call $f (local.get 0)))
    (func (export "works") (result i32) (i32.const 42)))"""


def guest(f: Callable[[int], object]) -> edge.Vm:
    return edge.Vm(edge.Module.from_text(CALLS), {"env": {"f": f}})


def test_resetting_and_closing_from_a_host_function() -> None:
    def reset(_: int) -> int:
        with pytest.raises(edge.StateError) as caught:
            vm.reset()
        assert caught.value.kind == "busy"
        return 1

    vm = guest(reset)
    assert vm.run("call", 0) == 1

    def close(n: int) -> int:
        closing.close()
        with pytest.raises(edge.StateError):
            closing.run("works")
        return n

    closing = guest(close)
    assert closing.run("call", 5) == 5, "the call in progress ends as it would"
    with pytest.raises(edge.StateError) as caught:
        closing.run("works")
    assert caught.value.kind == "closed"


def test_handles_with_options_share_the_guest() -> None:
    vm = guest(abs)
    other = vm.with_options(deadline=3600)
    assert other.run("call", -5) == 5
    vm.close()
    with pytest.raises(edge.StateError):
        other.run("works")


@pytest.mark.parametrize(
    "error", [ValueError("no"), RecursionError("deep"), MemoryError(), StopIteration(), KeyError(1)]
)
def test_whatever_a_host_function_raises_is_the_cause(error: Exception) -> None:
    def f(_: int) -> int:
        raise error

    vm = guest(f)
    for _ in range(3):
        with pytest.raises(edge.HostError) as caught:
            vm.run("call", 1)
        assert caught.value.__cause__ is error
        assert caught.value.code is None
    assert vm.run("works") == 42


@pytest.mark.parametrize("result", ["text", None, 2**31, 1.5, True, (1, 2), object()])
def test_whatever_else_a_host_function_returns_is_an_error(result: object) -> None:
    vm = guest(lambda _: result)
    with pytest.raises(edge.EdgeError) as caught:
        vm.run("call", 1)
    assert caught.value.kind == "result_type"
    assert vm.run("works") == 42


def test_an_exception_whose_text_raises() -> None:
    class Nasty(Exception):
        def __str__(self) -> str:
            raise ValueError("no text")

    def f(_: int) -> int:
        raise Nasty

    with pytest.raises(edge.HostError, match="Nasty"):
        guest(f).run("call", 1)


def test_another_engine_is_refused() -> None:
    engine = edge.Engine()
    module = edge.Module.from_text("(module)", engine)
    for use in (
        lambda: edge.Instance(edge.Store(), module),
        lambda: edge.Linker().instantiate(edge.Store(engine), module),
        lambda: edge.Vm(edge.Module.from_text("(module)"), engine=engine),
    ):
        with pytest.raises(edge.EdgeError) as caught:
            use()
        assert caught.value.kind == "wrong_store"


def test_another_store_is_refused_where_values_are_passed() -> None:
    text = '(module (func (export "f") (param funcref)) (func (export "g")))'
    here, there = (edge.Instance(edge.Store(), edge.Module.from_text(text)) for _ in range(2))
    with pytest.raises(edge.EdgeError) as caught:
        here.func("f")(there.func("g"))
    assert caught.value.kind == "wrong_store"
    here.func("f")(here.func("g"))


def test_objects_may_go_in_any_order() -> None:
    vm = guest(abs)
    call, func, store = vm.exports.call, vm.func("call"), vm.store
    del vm
    gc.collect()
    assert call(-1) == func(-2) - 1 == 1
    assert store.memory_used == 0
    assert func(-3) == 3
    del call
    gc.collect()
    with pytest.raises(edge.StateError) as caught:
        func(-4)
    assert caught.value.kind == "closed", "its host function belonged to the Vm"


def test_a_guest_moves_between_threads(conformance: edge.Module) -> None:
    vm = edge.Vm(conformance, imports=HOST)
    results: list[object] = []
    for n in range(4):
        thread = threading.Thread(target=lambda n=n: results.append(vm.run("add", n, 1)))
        thread.start()
        thread.join()
    assert results == [1, 2, 3, 4]


def test_a_host_function_on_another_thread_waits_for_the_guest() -> None:
    results: list[object] = []

    def f(n: int) -> int:
        thread = threading.Thread(target=lambda: results.append(vm.run("works")))
        threads.append(thread)
        thread.start()
        return n

    threads: list[threading.Thread] = []
    vm = guest(f)
    assert vm.run("call", 1) == 1
    threads[0].join()
    assert results == [42]


def test_a_guest_of_bindgen_after_a_host_function_raised(conformance: edge.Module) -> None:
    def fail_host() -> None:
        raise ValueError("no")

    vm = edge.Vm(conformance, imports=with_host(fail_host=fail_host))
    with pytest.raises(edge.HostError):
        vm.run("call_fail")
    assert vm.poisoned is not None
    with pytest.raises(edge.StateError) as caught:
        vm.run("add", 1, 2)
    assert caught.value.kind == "poisoned"
    vm.reset()
    assert vm.run("add", 1, 2) == 3


def test_exit_while_a_guest_runs_in_another_thread(python: Run) -> None:
    program = """
import edge, threading
vm = edge.Vm(edge.Module.from_text('(module (func (export "spin") (loop (br 0))))'))
threading.Thread(target=lambda: vm.run("spin"), daemon=True).start()
print("done")
"""
    done = python(program)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr
