"""`run_async`, its cancellation, and host functions that are `async def`."""

import asyncio
import contextvars
import gc
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any

import edge
import pytest
from conftest import with_host

GUEST = """(module
    (import "env" "wait" (func $wait (param i32) (result i32)))
    (func (export "spin") (loop (br 0)))
    (func (export "ask") (param i32) (result i32) (i32.add (call $wait (local.get 0)) (i32.const 1)))
    (func (export "trap") unreachable)
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))"""


def guest(wait: Callable[[int], Any] = lambda n: n) -> edge.Vm:
    return edge.Vm(edge.Module.from_text(GUEST), {"env": {"wait": wait}})


def test_a_result_and_an_error() -> None:
    async def main() -> None:
        vm = guest()
        assert await vm.run_async("add", 2, 40) == 42
        with pytest.raises(edge.Trap):
            await vm.run_async("trap")
        with pytest.raises(edge.ArgumentError):
            await vm.run_async("add", "2", 40)
        with pytest.raises(edge.ExportError):
            await vm.run_async("absent")

    asyncio.run(main())


def test_the_loop_goes_on_and_cancelling_ends_the_guest() -> None:
    async def main() -> None:
        vm = guest()
        task = asyncio.create_task(vm.run_async("spin"))
        for _ in range(100):
            await asyncio.sleep(0)
        assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert vm.run("add", 1, 2) == 3, "the guest has ended when the task has"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(vm.run_async("spin"), 0.02)
        with pytest.raises(edge.LimitError, match="deadline"):
            await vm.with_options(deadline=0.02).run_async("spin")

    asyncio.run(main())


def test_calls_of_one_guest_wait_in_line_and_take_no_threads() -> None:
    async def main() -> None:
        vm = guest()
        before = threading.active_count()
        calls = [asyncio.create_task(vm.run_async("spin")) for _ in range(100)]
        await asyncio.sleep(0.02)
        assert threading.active_count() <= before + 1
        for call in reversed(calls):
            call.cancel()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(result, asyncio.CancelledError) for result in results)
        assert await asyncio.gather(*(vm.run_async("add", n, 1) for n in range(100))) == list(range(1, 101))

    asyncio.run(main())


def test_guests_run_beside_one_another() -> None:
    both = threading.Barrier(2, timeout=30)

    async def main() -> None:
        vms = [guest(lambda n: both.wait() * 0 + n) for _ in range(2)]
        assert await asyncio.gather(*(vm.run_async("ask", 1) for vm in vms)) == [2, 2]

    asyncio.run(main())


def test_async_host_functions() -> None:
    async def wait(n: int) -> int:
        await asyncio.sleep(0)
        loops.append(asyncio.get_running_loop())
        return n * 2

    loops: list[object] = []
    vm = guest(wait)

    async def main() -> None:
        assert await vm.run_async("ask", 20) == 41
        assert loops == [asyncio.get_running_loop()]
        with pytest.raises(edge.HostError, match=r"run_async") as caught:
            vm.run("ask", 20)
        assert isinstance(caught.value.__cause__, RuntimeError)

    asyncio.run(main())
    assert vm.run("ask", 20) == 41, "without a loop one is made"


def test_async_host_functions_with_values_of_bindgen(conformance: edge.Module) -> None:
    async def transform(point: dict[str, float]) -> dict[str, float]:
        await asyncio.sleep(0)
        return {"x": point["y"], "y": point["x"]}

    vm = edge.Vm(conformance, imports=with_host(transform=transform))
    name, args = "call_transform", ({"x": 1.0, "y": 2.0},)
    assert asyncio.run(vm.run_async(name, *args)) == vm.run(name, *args)


def test_an_async_host_function_that_raises() -> None:
    raised = ValueError("no")

    async def wait(n: int) -> int:
        raise raised

    with pytest.raises(edge.HostError) as caught:
        asyncio.run(guest(wait).run_async("ask", 1))
    assert caught.value.__cause__ is raised


def test_cancelling_reaches_the_host_function() -> None:
    ended: list[str] = []

    async def wait(n: int) -> int:
        begun.set()
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            ended.append("host")
            raise
        return n

    begun = asyncio.Event()

    async def main() -> None:
        vm = guest(wait)
        task = asyncio.create_task(vm.run_async("ask", 1))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert ended == ["host"]
        assert await vm.run_async("add", 1, 2) == 3

    asyncio.run(main())


def test_a_deadline_ends_a_guest_that_waits_for_a_host_function() -> None:
    ended: list[str] = []

    async def wait(n: int) -> int:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            ended.append("host")
            raise
        return n

    async def main() -> None:
        vm = guest(wait)
        with pytest.raises(edge.LimitError) as caught:
            await vm.with_options(deadline=0.02).run_async("ask", 1)
        assert caught.value.kind == "deadline_exceeded"
        while not ended:
            await asyncio.sleep(0)
        token = edge.CancelToken()
        asyncio.get_running_loop().call_later(0.02, token.cancel)
        with pytest.raises(edge.LimitError) as caught:
            await vm.with_options(cancel=token).run_async("ask", 1)
        assert caught.value.kind == "cancelled"
        assert await vm.run_async("add", 1, 2) == 3

    asyncio.run(main())


def test_a_host_function_calls_the_guest_that_waits_for_it() -> None:
    async def wait(n: int) -> Any:
        return 0 if n == 0 else await vm.run_async("ask", n - 1)

    vm = guest(wait)

    async def main() -> None:
        assert await asyncio.wait_for(vm.run_async("ask", 5), 30) == 6
        assert await asyncio.wait_for(asyncio.gather(*(vm.run_async("ask", n) for n in range(4))), 30) == [1, 2, 3, 4]

    asyncio.run(main())


def test_host_functions_see_the_context_of_the_caller() -> None:
    who: contextvars.ContextVar[str] = contextvars.ContextVar("who")
    seen: list[str] = []

    async def wait(n: int) -> int:
        seen.append(who.get())
        return n

    async def main(vm: edge.Vm) -> None:
        who.set("me")
        await vm.run_async("ask", 1)

    asyncio.run(main(guest(wait)))

    def look(n: int) -> int:
        seen.append(who.get())
        return n

    asyncio.run(main(guest(look)))
    assert seen == ["me", "me"]


def test_a_loop_that_is_gone_stops_nobody() -> None:
    release = threading.Event()

    def wait(n: int) -> int:
        release.wait(30)
        return n

    vm = guest(wait)
    loop = asyncio.new_event_loop()
    task = loop.create_task(vm.run_async("ask", 1))
    loop.run_until_complete(asyncio.sleep(0.01))
    task.cancel()
    loop.call_later(0.01, loop.stop)
    loop.run_forever()
    assert not task.done()
    release.set()
    loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
    loop.close()
    assert vm.run("add", 1, 2) == 3


def test_run_async_needs_a_loop() -> None:
    coroutine = guest().run_async("add", 1, 2)
    with pytest.raises(RuntimeError, match="no running event loop"):
        coroutine.send(None)


def test_many_calls_one_after_the_other_keep_few_threads() -> None:
    async def main() -> None:
        vms = [guest() for _ in range(4)]
        for _ in range(50):
            await asyncio.gather(*(vm.run_async("add", 1, 2) for vm in vms))

    asyncio.run(main())
    deadline = time.monotonic() + 30
    while sum(thread.name == "edge" for thread in threading.enumerate()) > 8:
        assert time.monotonic() < deadline


def test_what_has_run_leaves_nothing_behind() -> None:
    async def main() -> None:
        vm = guest()
        vms.append(weakref.ref(vm))
        assert await vm.run_async("add", 1, 2) == 3
        task = asyncio.create_task(vm.run_async("spin"))
        await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    vms: list[weakref.ref[edge.Vm]] = []
    asyncio.run(main())
    deadline = time.monotonic() + 30
    while vms[0]() is not None:
        gc.collect()
        assert time.monotonic() < deadline
