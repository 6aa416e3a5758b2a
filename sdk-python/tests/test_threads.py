"""One guest and many threads: calls wait for their turn, without the interpreter; what ends calls ends the waiting."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable

import edge
import pytest
from conftest import Interrupted

# What waits for another thread ends the process rather than the patience of whoever runs the tests.
pytestmark = pytest.mark.usefixtures("watchdog")

HOLDING = edge.Module.from_text("""(module (import "env" "hold" (func $hold))
    (global $n (mut i32) (i32.const 0))
    (func (export "hold") (call $hold))
    (func (export "next") (result i32)
        (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
    (func (export "add") (param i64 i64) (result i64) (i64.add (local.get 0) (local.get 1)))
    (func (export "echo") (param externref) (result externref) (local.get 0)))""")


class Held:
    """A guest that another thread is in, until it is released."""

    def __init__(self) -> None:
        self.inside, self.release = threading.Event(), threading.Event()
        self.vm = edge.Vm(HOLDING, {"env": {"hold": self._hold}})

    def _hold(self) -> None:
        self.inside.set()
        assert self.release.wait(50)

    def __enter__(self) -> edge.Vm:
        self.thread = threading.Thread(target=self.vm.run, args=("hold",))
        self.thread.start()
        assert self.inside.wait(50)
        return self.vm

    def __exit__(self, *_: object) -> None:
        self.release.set()
        self.thread.join()


def calls_of(vm: edge.Vm) -> list[Callable[[], object]]:
    return [lambda: vm.run("next"), vm.function("next"), lambda: vm.func("next")(), lambda: vm.exports.add(2**40, 1)]


def test_calls_wait_for_one_another() -> None:
    results: list[object] = []
    held = Held()
    with held as vm:
        waiting = [threading.Thread(target=lambda call=call: results.append(call())) for call in calls_of(vm)]
        for thread in waiting:
            thread.start()
        # All of them run as far as they can: who waits holds neither the interpreter nor anything that others need.
        for _ in range(100):
            time.sleep(0)
        assert not results
        assert held.vm.module.exports
    for thread in waiting:
        thread.join()
    assert sorted(results) == [1, 2, 3, 2**40 + 1]  # type: ignore[type-var]


def test_a_deadline_holds_while_a_call_waits() -> None:
    with Held() as vm:
        for call in calls_of(vm.with_options(deadline=0.02)):
            with pytest.raises(edge.LimitError) as caught:
                call()
            assert caught.value.kind == "deadline_exceeded"
    assert vm.run("next") == 1, "none of them got in"


def test_a_token_ends_a_call_that_waits() -> None:
    with Held() as vm:
        for index in range(4):
            token = edge.CancelToken()
            kinds: list[str] = []

            def wait(index: int = index, token: edge.CancelToken = token, kinds: list[str] = kinds) -> None:
                with pytest.raises(edge.LimitError) as caught:
                    calls_of(vm.with_options(cancel=token))[index]()
                kinds.append(caught.value.kind)

            thread = threading.Thread(target=wait)
            thread.start()
            token.cancel()
            thread.join()
            assert kinds == ["cancelled"]
    assert vm.run("next") == 1


def test_fuel_is_lent_when_the_turn_has_come() -> None:
    engine = edge.Engine(fuel=True)
    inside, release = threading.Event(), threading.Event()

    def hold() -> None:
        inside.set()
        assert release.wait(50)

    text = '(module (import "env" "hold" (func $hold)) (func (export "hold") (call $hold)) (func (export "f")))'
    vm = edge.Vm(edge.Module.from_text(text, engine), {"env": {"hold": hold}})
    thread = threading.Thread(target=vm.run, args=("hold",))
    thread.start()
    assert inside.wait(50)
    with pytest.raises(edge.LimitError) as caught:
        vm.with_options(fuel=100, deadline=0.02).run("f")
    assert caught.value.kind == "deadline_exceeded"
    release.set()
    thread.join()
    vm.with_options(fuel=100, deadline=50).run("f")


def test_a_call_that_does_not_want_to_wait_says_busy() -> None:
    with Held() as vm:
        for call in calls_of(vm.with_options(wait=False).with_options(deadline=3600)):
            with pytest.raises(edge.StateError) as caught:
                call()
            assert caught.value.kind == "busy"
        with pytest.raises(edge.StateError):
            vm.function("next").with_options(wait=False)()
        with pytest.raises(edge.StateError):
            vm.func("next").with_options(wait=False)()
    assert vm.with_options(wait=False).run("next") == 1


def test_ctrl_c_ends_a_call_that_waits() -> None:
    with Held() as vm:
        for call in [*calls_of(vm), *calls_of(vm.with_options(deadline=3600)), vm.reset]:
            with Interrupted():
                call()
    assert vm.run("next") == 1


def test_a_handler_that_returns_lets_a_call_wait_on() -> None:
    seen: list[int] = []
    held = Held()

    def handler(number: int, _: object) -> None:
        seen.append(number)
        held.release.set()

    before = signal.signal(signal.SIGINT, handler)
    try:
        with held as vm:
            timer = threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGINT))
            timer.start()
            assert vm.run("next") == 1
            timer.join()
    finally:
        signal.signal(signal.SIGINT, before)
    assert seen == [signal.SIGINT]


def test_resetting_waits_for_the_call() -> None:
    resetting: list[threading.Thread] = []
    with Held() as vm:
        resetting.append(threading.Thread(target=vm.reset))
        resetting[0].start()
    resetting[0].join()
    assert vm.run("next") == 1


def test_a_host_function_is_not_hindered_by_its_own_call() -> None:
    def hold() -> None:
        seen.append([call() for call in (*calls_of(vm), *calls_of(vm.with_options(deadline=50)))])

    seen: list[object] = []
    vm = edge.Vm(HOLDING, {"env": {"hold": hold}})
    vm.run("hold")
    assert seen == [[1, 2, 3, 2**40 + 1, 4, 5, 6, 2**40 + 1]]


def test_many_threads_call_one_guest_by_every_door() -> None:
    vm = edge.Vm(HOLDING, {"env": {"hold": lambda: None}})
    patient = vm.with_options(deadline=3600)
    doors = [vm.exports.next, vm.func("next"), patient.exports.next, patient.func("next")]
    seen: list[int] = []

    def work(call: Callable[[], int]) -> None:
        seen.extend([call() for _ in range(200)])

    threads = [threading.Thread(target=work, args=(door,)) for door in doors * 2]
    for thread in threads:
        thread.start()
    seen.extend([vm.run("next") for _ in range(200)])  # the main thread, which looks at signals meanwhile
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(1, 1801))


def test_run_async_of_functions() -> None:
    vm = edge.Vm(
        edge.Module.from_text("""(module
        (func (export "add") (param $a i32) (param $b i32) (result i32) (i32.add (local.get 0) (local.get 1)))
        (func (export "spin") (loop (br 0))) (func (export "trap") unreachable))""")
    )

    async def main() -> None:
        for find in (vm.function, vm.func):
            add, spin, trap = find("add"), find("spin"), find("trap")
            assert await add.run_async(2, 40) == 42
            with pytest.raises(edge.Trap):
                await trap.run_async()
            with pytest.raises(edge.ArgumentError):
                await add.run_async(2)
            task = asyncio.create_task(spin.run_async())
            await asyncio.sleep(0.01)
            assert not task.done()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert add(1, 2) == 3, "the guest has ended when the task has"
            with pytest.raises(edge.LimitError) as caught:
                await spin.with_options(deadline=0.02).run_async()
            assert caught.value.kind == "deadline_exceeded"
            waiting = [asyncio.create_task(spin.run_async()) for _ in range(20)]
            before = threading.active_count()
            await asyncio.sleep(0.01)
            assert threading.active_count() <= before + 1, "calls of one guest wait in line"
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(main())


def test_run_async_of_functions_of_bindgen(vm: edge.Vm) -> None:
    async def main() -> None:
        assert await vm.exports.add.run_async(1, b=2) == 3
        with pytest.raises(TypeError, match="unexpected keyword"):
            await vm.exports.add.run_async(1, c=2)

    asyncio.run(main())


def test_the_options_of_a_function(vm: edge.Vm) -> None:
    add, token = vm.exports.add, edge.CancelToken()
    mortal = add.with_options(cancel=token, deadline=None).with_options(deadline=3600)
    assert mortal(1, 2) == mortal(a=1, b=2) == 3
    token.cancel()
    with pytest.raises(edge.LimitError) as caught:
        mortal(1, 2)
    assert caught.value.kind == "cancelled"
    assert add(1, 2) == 3
    with pytest.raises(TypeError, match="keyword arguments only"):
        add.with_options(3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument .dead."):
        add.with_options(dead=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        add.with_options(cancel=3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="deadline is in seconds"):
        add.with_options(deadline=-1)
    with pytest.raises(edge.StateError) as state:
        add.with_options(fuel=3)(1, 2)
    assert state.value.kind == "not_enabled"
