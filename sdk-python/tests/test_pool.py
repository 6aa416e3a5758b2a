"""`edge.Pool`: who gets which guest, in what state, and what becomes of guests that ended badly."""

import _thread
import asyncio
import gc
import itertools
import os
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import edge
import pytest
from conftest import HOST, Interrupted, Run, with_host

# What waits for another thread ends the process rather than the patience of whoever runs the tests.
pytestmark = pytest.mark.usefixtures("watchdog")

COUNTER = edge.Module.from_text("""(module
    (memory (export "memory") 1)
    (global $n (export "n") (mut i32) (i32.const 0))
    (func (export "next") (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
    (func (export "div") (param i32 i32) (result i32) (i32.div_u (local.get 0) (local.get 1)))
    (func (export "spin") (param i32) (loop (br 0))))""")
ASKING = edge.Module.from_text("""(module (import "env" "ask" (func $ask (param i32) (result i32)))
    (func (export "ask") (param i32) (result i32) (i32.add (call $ask (local.get 0)) (i32.const 1)))
    (func (export "spin") (loop (br 0))))""")


def refused(kind: str) -> Any:
    return pytest.raises(edge.StateError, check=lambda error: error.kind == kind)


def asking(ask: Callable[[int], Any], size: int = 2, **options: Any) -> edge.Pool:
    return edge.Pool(ASKING, {"env": {"ask": ask}}, size=size, **options)


def test_guests_are_made_when_they_are_needed_and_no_more_than_fit() -> None:
    pool = edge.Pool(COUNTER, size=2)
    assert (pool.size, pool.made, pool.keep_state, pool.closed) == (2, 1, False, False)
    assert repr(pool) == "<edge.Pool of 2, 1 made>"
    assert [export.name for export in pool.module.exports] == [export.name for export in COUNTER.exports]
    with pool.get() as one:
        assert pool.made == 1
        with pool.get() as two:
            assert pool.made == 2
            assert one.store != two.store
            with pytest.raises(edge.StateError, match="all 2 guests of the pool are lent") as caught:
                pool.try_get()
            assert caught.value.kind == "busy"
            with refused("busy"):
                pool.get(timeout=0.01)
        with pool.try_get() as again:
            assert again.run("next") == 1
    assert edge.Pool(COUNTER).size == (len(os.sched_getaffinity(0)) or 1)


def test_who_waits_gets_what_comes_back() -> None:
    pool = edge.Pool(COUNTER, size=1)
    lent, got = pool.get(), []
    about = threading.Event()

    def wait() -> None:
        about.set()
        with pool.get() as vm:
            got.append(vm.run("next"))

    thread = threading.Thread(target=wait)
    thread.start()
    about.wait()
    assert not got
    lent.close()
    thread.join()
    assert got == [1]


def test_nobody_finds_what_another_left_unless_that_is_wanted() -> None:
    fresh = edge.Pool(COUNTER, size=1)
    assert [fresh.run("next") for _ in range(3)] == [1, 1, 1]
    with fresh.get() as vm:
        vm.memory().write(0, b"secret")
    with fresh.get() as vm:
        assert vm.memory().read(0, 6) == bytes(6)
    kept = edge.Pool(COUNTER, size=1, keep_state=True)
    assert [kept.run("next") for _ in range(3)] == [1, 2, 3]
    with kept.get() as vm:
        assert vm.run("next") == 4
    assert kept.made == 1


@pytest.mark.parametrize("keep_state", [False, True])
def test_handles_end_with_the_loan(keep_state: bool) -> None:
    pool = edge.Pool(COUNTER, size=1, keep_state=keep_state)
    with pool.get() as vm:
        other = vm.with_options(deadline=3600)
        calls: list[Callable[[], Any]] = [vm.exports.next, other.function("next"), vm.func("next"), other.func("next")]
        assert [call() for call in calls] == [1, 2, 3, 4]
    calls += [
        lambda: vm.run("next"),
        lambda: other.run("next"),
        lambda: vm.exports.next(),
        vm.memory,
        vm.reset,
        vm.start,
    ]
    calls += [lambda: vm.instance, lambda: vm.store, lambda: vm.statistics, lambda: vm.global_("n")]
    for call in calls:
        with refused("closed"):
            call()
    assert vm.closed
    assert other.closed
    assert (vm.poisoned, vm.stdout, vm.stderr, vm.cancel()) == (None, b"", b"", False)
    vm.close()
    with pool.get() as new:
        vm.close()
        other.close()
        assert not new.closed
        assert new.run("next") == (5 if keep_state else 1)


def test_any_handle_gives_the_guest_back() -> None:
    pool = edge.Pool(COUNTER, size=1)
    with pool.get().with_options(deadline=3600) as vm:
        assert vm.run("next") == 1
        with refused("busy"):
            pool.try_get()
    pool.try_get().close()


def test_a_forgotten_guest_comes_back() -> None:
    pool = edge.Pool(COUNTER, size=1, keep_state=True)
    function = pool.get().function("next")
    assert function() == 1, "whoever has one of its functions has the guest"
    with refused("busy"):
        pool.try_get()
    del function
    pool.get().exports.next()
    exports = pool.try_get().exports
    assert exports["next"]() == 3, "whoever has its exports has it too"
    with refused("busy"):
        pool.try_get()
    del exports
    assert pool.try_get().run("next") == 4


def test_a_guest_that_is_poisoned_is_replaced(conformance: edge.Module) -> None:
    pool = edge.Pool(conformance, HOST, size=1, keep_state=True)
    with pool.get() as vm:
        with pytest.raises(edge.GuestPanic):
            vm.run("panics", "no")
        assert vm.poisoned is not None
    with pool.get() as vm:
        assert vm.poisoned is None
        assert vm.run("add", 1, 2) == 3
    errors = pool.map("panics", ["a", "b", "c"], threads=1, return_exceptions=True)
    assert [type(error) for error in errors] == [edge.GuestPanic] * 3, "no `poisoned` among them"


def test_a_closed_pool_lends_nothing_and_wakes_who_waits() -> None:
    pool = edge.Pool(COUNTER, size=1)
    lent, kinds = pool.get(), []
    about = threading.Event()

    def wait() -> None:
        about.set()
        with pytest.raises(edge.StateError) as caught:
            pool.get()
        kinds.append(caught.value.kind)

    thread = threading.Thread(target=wait)
    thread.start()
    about.wait()
    pool.close()
    pool.close()
    thread.join()
    assert kinds == ["closed"]
    assert lent.run("next") == 1, "what is lent goes on working"
    assert pool.made == 1
    lent.close()
    assert (pool.made, pool.closed) == (0, True)
    for use in (pool.get, pool.try_get, lambda: pool.run("next"), lambda: pool.map("next", [()])):
        with refused("closed"):
            use()
    with edge.Pool(COUNTER) as pool:
        assert pool.run("next") == 1
    assert (pool.made, pool.closed) == (0, True)


def test_what_cannot_be_loaded_is_refused_at_once() -> None:
    with pytest.raises(edge.LinkError):
        edge.Pool(ASKING)
    with pytest.raises(TypeError, match="imports is a dict"):
        edge.Pool(ASKING, imports=[])  # type: ignore[arg-type]
    for size in (0, -1):
        with pytest.raises(ValueError, match="at least 1"):
            edge.Pool(COUNTER, size=size)
    with pytest.raises(ValueError, match="timeout is in seconds"):
        edge.Pool(COUNTER).get(timeout=-1)


def test_a_guest_that_cannot_be_made_leaves_its_place() -> None:
    fails: list[Exception] = []

    def start() -> None:
        for error in fails:
            raise error

    text = '(module (import "env" "start" (func $f)) (start $f) (func (export "f") (result i32) (i32.const 42)))'
    pool = edge.Pool(edge.Module.from_text(text), {"env": {"start": start}}, size=1)
    assert pool.run("f") == 42
    fails.append(ValueError("not now"))
    for _ in range(2):
        with pytest.raises(edge.HostError) as caught:
            pool.run("f")
        assert caught.value.__cause__ is fails[0]
        assert pool.made == 0
    fails.clear()
    assert pool.run("f") == 42


def test_settings_reach_every_guest() -> None:
    limits = edge.Limits(memory=1 << 20)
    engine = edge.Engine(opt_level="none")
    imports: dict[str, dict[str, Callable[..., object]]] = {"env": {"ask": abs}}
    pool = edge.Pool(edge.Module.from_text("(module)", engine), imports, limits=limits, engine=engine, size=2)
    imports["env"]["ask"] = print
    with pool.get() as one, pool.get() as two:
        assert one.store.limits == two.store.limits == limits
        assert one.store.engine == two.store.engine == engine


def test_guests_run_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=30)
    pool = asking(lambda n: both.wait() * 0 + n)
    results: list[object] = []

    def work() -> None:
        with pool.get() as vm:
            results.append(vm.run("ask", 1))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [2, 2], "both were inside of their guests, and none held the interpreter"
    assert pool.map("ask", [5, 6]) == [6, 7], "map too has two threads at work"


def test_many_threads_share_few_guests() -> None:
    inside, most = 0, 0
    lock = threading.Lock()

    def ask(n: int) -> int:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0)
        with lock:
            inside -= 1
        return n

    pool = asking(ask, size=3)
    wrong: list[object] = []

    def work(start: int) -> None:
        wrong.extend(n for n in range(start, 800, 16) if pool.run("ask", n) != n + 1)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert 1 <= most <= 3
    assert pool.made <= 3


@pytest.mark.parametrize("threads", [None, 1, 3, 100])
def test_map_gives_results_in_the_order_of_the_items(threads: int | None) -> None:
    pool = edge.Pool(COUNTER, size=3)
    assert pool.map("div", range(0, 1000, 10), itertools.repeat(10), threads=threads) == list(range(100))
    assert pool.map("div", [], []) == []


@pytest.mark.parametrize("threads", [1, 3])
def test_errors_of_map(threads: int) -> None:
    pool = edge.Pool(COUNTER, size=3)
    divisors = [5, 0, 2, 0, 1]
    results = pool.map("div", itertools.repeat(10), divisors, threads=threads, return_exceptions=True)
    assert [getattr(result, "kind", result) for result in results] == [
        2,
        "integer_divide_by_zero",
        5,
        "integer_divide_by_zero",
        10,
    ]
    with pytest.raises(edge.Trap) as caught:
        pool.map("div", itertools.repeat(10), divisors, threads=threads)
    assert caught.value.kind == "integer_divide_by_zero"
    with pytest.raises(edge.ExportError):
        pool.map("absent", [1])
    with pytest.raises(edge.ArgumentError):
        pool.map("div", [1])
    with pytest.raises(TypeError, match="at least one iterable"):
        pool.map("div")
    with pytest.raises(ValueError, match="threads"):
        pool.map("div", [1], [1], threads=0)
    assert pool.map("div", [4], [2]) == [2], "all guests have come back"
    assert pool.try_get().run("next") == 1


def test_the_first_error_in_order_is_raised_and_nothing_begins_after_it() -> None:
    asked: list[int] = []

    def ask(n: int) -> int:
        asked.append(n)
        if n == 3:
            raise ValueError(n)
        return n

    with pytest.raises(edge.HostError) as caught:
        asking(ask).map("ask", range(1000), threads=1)
    assert isinstance(caught.value.__cause__, ValueError)
    assert asked == [0, 1, 2, 3]


def test_an_interrupt_ends_map() -> None:
    pool = edge.Pool(COUNTER, size=3)
    with Interrupted(_thread.interrupt_main):
        pool.map("spin", range(10))
    with pool.get(), pool.get(), pool.get():
        assert pool.made == 3, "all have come back"


def test_an_interrupt_of_a_host_function_ends_map_on_all_threads() -> None:
    # Two spin, and the third is interrupted: by a helper or by the thread that asks, as it happens.
    text = """(module (import "env" "ask" (func $ask (param i32) (result i32)))
        (func (export "f") (param i32) (result i32)
            (if (i32.lt_u (local.get 0) (i32.const 2)) (then (loop $l (br $l)))) (call $ask (local.get 0))))"""

    def ask(n: int) -> int:
        raise KeyboardInterrupt("enough")

    pool = edge.Pool(edge.Module.from_text(text), {"env": {"ask": ask}}, size=3)
    with pytest.raises(KeyboardInterrupt, match="enough"):
        pool.map("f", range(3))
    with pool.get(), pool.get(), pool.get():
        pass


def test_an_interrupt_ends_waiting_for_a_guest() -> None:
    pool = edge.Pool(COUNTER, size=1)
    with pool.get(), Interrupted():
        pool.get()
    assert pool.run("next") == 1


def test_waiting_for_a_guest_ends_with_the_guest_that_waits() -> None:
    pools: list[edge.Pool] = []

    def ask(n: int) -> Any:
        return pools[0].run("ask", n)

    pools.append(asking(ask, size=3))
    ended: list[str] = []

    def work() -> None:
        with pytest.raises(edge.LimitError) as caught, pools[0].get() as vm:
            vm.with_options(deadline=0.05).run("ask", 1)
        ended.append(caught.value.kind)

    # On the main thread, and on one that does not look at signals: each waits for itself.
    work()
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ended == ["deadline_exceeded"] * 2
    assert pools[0].made == 0


def test_a_host_function_gives_its_own_guest_back() -> None:
    lent: list[edge.Vm] = []

    def ask(n: int) -> int:
        lent[0].close()
        with refused("closed"):
            lent[0].run("ask", n)
        with pool.get() as other:
            assert other.run("spin_not") == 7
        return n

    text = """(module (import "env" "ask" (func $ask (param i32) (result i32)))
        (func (export "ask") (param i32) (result i32) (call $ask (local.get 0)))
        (func (export "spin_not") (result i32) (i32.const 7)))"""
    pool = edge.Pool(edge.Module.from_text(text), {"env": {"ask": ask}}, size=1)
    lent.append(pool.get())
    assert lent[0].run("ask", 5) == 5, "the call in progress ends as it would"


def test_run_async_has_as_many_calls_at_once_as_guests() -> None:
    running, most = 0, 0

    async def ask(n: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.001)
        running -= 1
        return n

    async def main() -> None:
        pool = asking(ask)
        results = await asyncio.gather(*(pool.run_async("ask", n) for n in range(20)))
        assert results == list(range(1, 21))
        assert await pool.map_async("ask", range(20)) == results
        assert most == 2
        assert await pool.map_async("ask", []) == []
        with pytest.raises(TypeError, match="at least one iterable"):
            await pool.map_async("ask")

    asyncio.run(main())


def test_run_async_is_cancelled_wherever_it_is() -> None:
    async def main() -> None:
        pool = asking(abs)
        calls = [asyncio.create_task(pool.run_async("spin")) for _ in range(10)]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(calls[0]), 0.02)
        for call in calls:
            call.cancel()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results)
        assert await pool.run_async("ask", -1) == 2
        with pool.get(), pool.get():
            waiting = asyncio.create_task(pool.run_async("ask", -1))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.shield(waiting), 0.02)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            waiting = asyncio.create_task(pool.run_async("ask", -2))
            await asyncio.sleep(0)
        assert await waiting == 3

    asyncio.run(main())


def test_the_first_error_of_map_async_cancels_the_rest() -> None:
    ended: list[int] = []

    async def ask(n: int) -> int:
        if n == 1:
            raise ValueError("no")
        try:
            await asyncio.sleep(3600)
        finally:
            ended.append(n)
        return n

    async def main() -> None:
        pool = asking(ask)
        with pytest.raises(edge.HostError) as caught:
            await pool.map_async("ask", [0, 1, 2, 3])
        assert isinstance(caught.value.__cause__, ValueError)
        assert len(ended) <= 3
        errors = await pool.map_async("ask", [1, 1], return_exceptions=True)
        assert [type(error) for error in errors] == [edge.HostError, edge.HostError]

    asyncio.run(main())


def test_a_pool_that_its_host_functions_refer_to_is_collected(conformance: edge.Module) -> None:
    def make() -> weakref.ref[edge.Pool]:
        pool = edge.Pool(conformance, with_host(note=lambda *_: len(pools)), size=2)
        pools = [pool]
        with pool.get() as vm:
            assert vm.run("call_note", 1, "x") == 1
        kept = pool.get()
        pools.append(kept)  # type: ignore[arg-type]
        assert kept.run("call_note", 1, "x") == 2
        return weakref.ref(pool)

    pool = make()
    for _ in range(3):
        gc.collect()
    assert pool() is None


def test_the_child_of_a_fork_has_the_pool_too(python: Run) -> None:
    program = """
import asyncio, os, threading, edge
text = '(module (func (export "half") (param i32) (result i32) (i32.div_s (local.get 0) (i32.const 2))))'
pool = edge.Pool(edge.Module.from_text(text), size=3)
def use():
    assert pool.map("half", range(0, 100, 2)) == list(range(50))
    assert asyncio.run(pool.map_async("half", range(0, 100, 2))) == list(range(50))
    with pool.get() as vm:
        assert asyncio.run(vm.exports.half.run_async(84)) == 42
use()
with pool.get() as lent:
    child = os.fork()
    if child == 0:
        lent.close()
        use()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
use()
print("done")
"""
    done = python(program, "-W", "ignore::DeprecationWarning")
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr


def test_guests_that_were_lent_are_freed() -> None:
    text = '(module (memory 64) (func (export "touch") (memory.fill (i32.const 0) (i32.const 1) (i32.const 4194304))))'
    pool = edge.Pool(edge.Module.from_text(text), size=2)

    def resident() -> int:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    pool.run("touch")
    before = resident()
    for _ in range(50):
        pool.run("touch")
        with pool.get() as vm:
            vm.run("touch")
        pool.get().run("touch")
    assert resident() - before < 50 << 20, "150 guests of 4 MiB each would be 600"
