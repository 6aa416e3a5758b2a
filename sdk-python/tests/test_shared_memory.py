"""`edge.SharedMemory`: one memory, several guests, several threads."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import edge
import pytest
from conftest import Interrupted

# What waits for another thread ends the process rather than the patience of whoever runs the tests.
pytestmark = pytest.mark.usefixtures("watchdog")

WORKER = edge.Module.from_text("""(module (import "env" "memory" (memory 1 4 shared))
    (func (export "wait") (param i32 i32 i64) (result i32)
        (i32.atomic.store (i32.const 100) (i32.const 1))
        (memory.atomic.wait32 (local.get 0) (local.get 1) (local.get 2)))
    (func (export "notify") (param i32 i32) (result i32) (memory.atomic.notify (local.get 0) (local.get 1)))
    (func (export "add") (param i32)
        (loop (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
            (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
    (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "works") (result i32) (i32.const 42)))""")
EXPORTER = edge.Module.from_text("""(module (memory 1) (memory (export "memory") 1 2 shared)
    (func (export "put") (i32.store 1 (i32.const 8) (i32.const 42))))""")


@pytest.fixture
def memory() -> edge.SharedMemory:
    return edge.SharedMemory(1, 4)


def worker(memory: edge.SharedMemory) -> edge.Vm:
    return edge.Vm(WORKER, {"env": {"memory": memory}})


def begin(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_bytes_are_copied(memory: edge.SharedMemory) -> None:
    assert (memory.size, len(memory), repr(memory)) == (1, 65_536, "<edge.SharedMemory of 1 pages>")
    assert memory.type == edge.MemoryType(1, 4, shared=True)
    memory.write(10, bytearray(b"hello"))
    assert memory.read(10, 5) == b"hello"
    assert memory.read(65_536, 0) == b""
    with pytest.raises(TypeError):
        memoryview(memory)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="bytes are written, not str"):
        memory.write(0, "text")  # type: ignore[arg-type]
    for outside in (
        lambda: memory.read(65_535, 2),
        lambda: memory.read(2**64 - 1, 2),
        lambda: memory.write(65_536, b"x"),
    ):
        with pytest.raises(edge.Trap) as caught:
            outside()
        assert caught.value.kind == "memory_out_of_bounds"


def test_it_grows_up_to_its_maximum(memory: edge.SharedMemory) -> None:
    vm = worker(memory)
    assert memory.grow(1) == 1
    assert vm.run("grow", 1) == 2
    assert (memory.size, memory.type.min, memory.type.max) == (3, 3, 4)
    with pytest.raises(edge.LimitError) as caught:
        memory.grow(2)
    assert caught.value.kind == "memory_limit"
    assert vm.run("grow", 2) == -1


@pytest.mark.parametrize("bits", [8, 16, 32, 64])
def test_integers_are_atomic(memory: edge.SharedMemory, bits: Any) -> None:
    most = 2**bits - 1
    memory.atomic_store(8, most, bits=bits)
    assert memory.atomic_load(8, bits=bits) == most
    assert memory.atomic_add(8, 2, bits=bits) == most
    assert memory.atomic_load(8, bits=bits) == 1, "it wraps around"
    assert memory.atomic_add(8, -1, bits=bits) == 1
    assert memory.atomic_compare_exchange(8, 7, 9, bits=bits) == 0
    assert memory.atomic_compare_exchange(8, 0, -2, bits=bits) == 0
    assert memory.read(8, bits // 8) == (most - 1).to_bytes(bits // 8, "little")
    for value in (most + 1, -(2 ** (bits - 1)) - 1, 1.5, True, "1", None):
        with pytest.raises(edge.ArgumentError, match=f"value: expected an integer of {bits} bits") as caught:
            memory.atomic_store(8, value, bits=bits)  # type: ignore[arg-type]
        assert caught.value.kind == "argument_type"
    if bits > 8:
        with pytest.raises(edge.Trap) as trap:
            memory.atomic_load(9, bits=bits)
        assert trap.value.kind == "unaligned_atomic"
    with pytest.raises(edge.Trap) as trap:
        memory.atomic_add(65_536, 1, bits=bits)
    assert trap.value.kind == "memory_out_of_bounds"


def test_integers_of_other_widths(memory: edge.SharedMemory) -> None:
    with pytest.raises(ValueError, match="bits is 8, 16, 32 or 64, not 24"):
        memory.atomic_load(0, bits=24)  # type: ignore[arg-type]


def test_what_is_no_shared_memory() -> None:
    with pytest.raises(edge.ArgumentError) as caught:
        edge.SharedMemory(2, 1)
    assert caught.value.kind == "argument_type"
    with pytest.raises(edge.LimitError) as limit:
        edge.SharedMemory(1 << 40, 1 << 40)
    assert limit.value.kind == "memory_limit"
    assert edge.SharedMemory(1, 2, memory64=True).type == edge.MemoryType(1, 2, memory64=True, shared=True)


def test_guests_of_two_threads_add_to_one_number(memory: edge.SharedMemory) -> None:
    both = threading.Barrier(3, timeout=30)

    def work() -> None:
        vm = worker(memory)
        both.wait()
        vm.run("add", 100_000)

    threads = [begin(work) for _ in range(2)]
    both.wait()
    for _ in range(1_000):
        memory.atomic_add(0, 1)
    for thread in threads:
        thread.join()
    assert memory.atomic_load(0) == 201_000
    assert worker(memory).run("load", 0) == 201_000


def test_a_guest_waits_and_another_wakes_it(memory: edge.SharedMemory) -> None:
    results: list[int] = []
    thread = begin(lambda: results.append(worker(memory).run("wait", 0, 0, -1)))
    notify = worker(memory).exports.notify
    while notify(0, 1) == 0:
        pass
    thread.join()
    assert results == [0], "woken"
    assert notify(0, 1) == 0
    memory.atomic_store(0, 5)
    assert worker(memory).run("wait", 0, 0, -1) == 1, "another value"
    assert worker(memory).run("wait", 0, 5, 1_000) == 2, "the time was over"


def test_the_host_wakes_a_guest_and_a_guest_the_host(memory: edge.SharedMemory) -> None:
    results: list[object] = []
    threads = [begin(lambda: results.append(worker(memory).run("wait", 0, 0, -1))) for _ in range(3)]
    woken = 0
    while woken < 3:
        woken += memory.notify(0)
    for thread in threads:
        thread.join()
    assert results == [0, 0, 0]
    waits = begin(lambda: results.append(memory.wait64(16, 0)))
    while worker(memory).run("notify", 16, 1) == 0:
        pass
    waits.join()
    assert results[3:] == ["woken"]


def test_the_host_waits_for_some_time(memory: edge.SharedMemory) -> None:
    assert memory.wait32(0, 0, timeout=0.01) == "timed_out"
    assert memory.wait64(0, 0, timedelta(milliseconds=1)) == "timed_out"
    assert memory.wait32(0, 0, 0) == "timed_out"
    memory.atomic_store(0, 7)
    assert memory.wait32(0, 0) == "different"
    assert memory.wait64(0, -1) == "different"
    with pytest.raises(ValueError, match="timeout is in seconds"):
        memory.wait32(0, 7, timeout=-1)
    with pytest.raises(edge.ArgumentError, match="expected: expected an integer of 32 bits"):
        memory.wait32(0, 2**32)
    for wait in (memory.wait32, memory.wait64):
        with pytest.raises(edge.Trap) as caught:
            wait(2, 0, 0)
        assert caught.value.kind == "unaligned_atomic"
    with pytest.raises(edge.Trap):
        memory.notify(65_536)
    assert memory.notify(0, 0) == 0


def test_ctrl_c_ends_waiting(memory: edge.SharedMemory) -> None:
    vm = worker(memory)
    with Interrupted(ready=lambda: memory.atomic_load(100) == 1):
        vm.run("wait", 0, 0, -1)
    assert vm.run("works") == 42
    with Interrupted():
        memory.wait32(0, 0)
    assert memory.notify(0) == 0, "nobody waits any more"


def test_cancelling_ends_waiting(memory: edge.SharedMemory) -> None:
    vm, token = worker(memory), edge.CancelToken()
    cancellers: list[tuple[edge.Vm, Callable[[], object]]] = [
        (vm, vm.cancel),
        (vm.with_options(cancel=token), token.cancel),
        (vm.with_options(deadline=0.02), lambda: None),
    ]
    for waiting, cancel in cancellers:
        memory.atomic_store(100, 0)
        kinds: list[str] = []

        def work(waiting: edge.Vm = waiting, kinds: list[str] = kinds) -> None:
            with pytest.raises(edge.LimitError) as caught:
                waiting.run("wait", 0, 0, -1)
            kinds.append(caught.value.kind)

        thread = begin(work)
        while memory.atomic_load(100) == 0:
            pass
        cancel()
        thread.join()
        assert kinds[0] in ("cancelled", "deadline_exceeded")
        assert vm.run("works") == 42
    assert memory.notify(0) == 0


def test_a_host_function_that_waits_ends_with_its_guest(memory: edge.SharedMemory) -> None:
    text = '(module (import "env" "wait" (func $wait)) (func (export "f") (call $wait)))'
    vm = edge.Vm(edge.Module.from_text(text), {"env": {"wait": lambda: memory.wait32(0, 0) and None}})
    with pytest.raises(edge.LimitError) as caught:
        vm.with_options(deadline=0.02).run("f")
    assert caught.value.kind == "deadline_exceeded"


def test_an_exported_memory_is_one_too() -> None:
    vm = edge.Vm(EXPORTER)
    memory = vm.shared_memory()
    assert isinstance(memory, edge.SharedMemory)
    assert memory == vm.instance.shared_memory("memory") == vm.instance.exports["memory"]
    assert hash(memory) == hash(vm.shared_memory())
    assert memory != edge.SharedMemory(1, 2)
    vm.run("put")
    assert memory.atomic_load(8) == 42
    for get in (vm.memory, vm.instance.memory):
        with pytest.raises(edge.ExportError) as caught:
            get()
        assert caught.value.kind == "wrong_export_kind"
    with pytest.raises(edge.ExportError) as caught:
        vm.shared_memory("absent")
    assert caught.value.kind == "unknown_export"
    vm.close()
    assert memory.atomic_load(8) == 42, "it lives longer than whoever made it"


def test_the_caller_s_memories() -> None:
    text = """(module (import "env" "look" (func $look)) (memory 1) (memory 1 1 shared) (memory 2)
        (data (memory 1) (i32.const 0) "shared") (func (export "f") (call $look)))"""
    seen: list[Any] = []

    def look(caller: edge.Caller) -> None:
        seen.extend((caller.memory(n), caller.shared_memory(n)) for n in range(4))

    linker = edge.Linker()
    linker.func("env", "look", [], [], look, caller=True)
    linker.instantiate(edge.Store(), edge.Module.from_text(text)).func("f")()
    own, shared, second, none = seen
    assert (own[0].size, own[1]) == (1, None)
    assert (shared[0], shared[1].read(0, 6)) == (None, b"shared")
    assert (second[0].size, second[1], none) == (2, None, (None, None))


def test_linkers_and_instances_take_it(memory: edge.SharedMemory) -> None:
    linker = edge.Linker()
    linker.define("env", "memory", memory)
    by_linker = linker.instantiate(edge.Store(), WORKER)
    by_position = edge.Instance(edge.Store(), WORKER, [memory])
    by_linker.func("add")(3)
    assert by_position.func("load")(0) == 3
    pool = edge.Pool(WORKER, {"env": {"memory": memory}}, size=2)
    pool.map("add", [1, 2, 4])
    assert memory.atomic_load(0) == 10


def test_what_does_not_fit_is_refused(memory: edge.SharedMemory) -> None:
    engine = edge.Engine()
    other = edge.SharedMemory(1, 4, engine=engine)
    assert (other.engine, memory.engine) == (engine, WORKER.engine)
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: worker(other), "wrong_store"),
        (lambda: worker(edge.SharedMemory(1, 5)), "incompatible_import"),
        (lambda: edge.Vm(WORKER), "unknown_import"),
        (lambda: edge.Vm(WORKER, {"env": {"memory": print}}), "incompatible_import"),
        (lambda: edge.Instance(edge.Store(), WORKER, [edge.Memory(edge.Store(), 1, 4)]), "wrong_store"),
    ]
    for make, kind in refused:
        with pytest.raises(edge.EdgeError) as caught:
            make()
        assert caught.value.kind == kind
    with pytest.raises(TypeError, match=r"edge.SharedMemory, not edge.Memory"):
        edge.Vm(WORKER, {"env": {"memory": edge.Memory(edge.Store(), 1, 4)}})  # type: ignore[dict-item]
