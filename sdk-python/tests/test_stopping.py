"""Deadlines, tokens, and Python's signals end every guest, and it can be used afterwards."""

import _thread
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import edge
import pytest
from conftest import Interrupted, Run, interrupt, load_or_skip

LOOPS = """(module
    (import "env" "note" (func $note))
    (memory 1 65536)
    (func (export "spin") (loop (br 0)))
    (func (export "calls") (loop (call $note) (br 0)))
    (func (export "fill") (drop (memory.grow (i32.const 65535)))
        (loop (memory.fill (i32.const 0) (i32.const 1) (i32.const -1)) (br 0)))
    (func (export "count") (param i32) (result i32)
        (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (local.get 0))
    (func (export "works") (result i32) (i32.const 42)))"""

ENDLESS = ["spin", "calls", "fill"]

WAITS = """(module
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "sleep") (result i32)
        (i32.store (i32.const 16) (i32.const 1))
        (i64.store (i32.const 24) (i64.const 3600000000000))
        (call $poll (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 128)))
    (func (export "read") (result i32)
        (i32.store (i32.const 0) (i32.const 256)) (i32.store (i32.const 4) (i32.const 1))
        (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
    (func (export "works") (result i32) (i32.const 42)))"""

#: No guest here ends by itself; one that is not stopped fails its test by this many seconds.
WATCHDOG = 30


@pytest.fixture(autouse=True)
def _watchdog() -> Iterator[None]:
    timer = threading.Timer(WATCHDOG, lambda: os.abort())
    timer.daemon = True
    timer.start()
    yield
    timer.cancel()
    timer.join()


@pytest.fixture
def loops() -> edge.Vm:
    limits = edge.Limits(memory=4 << 30)
    return edge.Vm(edge.Module.from_text(LOOPS), {"env": {"note": lambda: None}}, limits=limits)


@pytest.fixture
def waits() -> Iterator[edge.Vm]:
    """A guest whose standard input is a pipe that nobody writes to."""
    reader, writer = os.pipe()
    before = os.dup(0)
    os.dup2(reader, 0)
    try:
        yield edge.Vm(edge.Module.from_text(WAITS), wasi=edge.Wasi(stdin="inherit"))
    finally:
        os.dup2(before, 0)
        for descriptor in (reader, writer, before):
            os.close(descriptor)


def later(do: Callable[[], object], seconds: float = 0.05) -> threading.Timer:
    timer = threading.Timer(seconds, do)
    timer.start()
    return timer


def until(condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.001)


@contextmanager
def stopped(kind: str) -> Iterator[None]:
    with pytest.raises(edge.LimitError) as caught:
        yield
    assert caught.value.kind == kind


@pytest.mark.parametrize("name", ENDLESS)
def test_a_deadline(loops: edge.Vm, name: str) -> None:
    hasty = loops.with_options(deadline=0.02)
    calls: list[Callable[[], object]] = [lambda: hasty.run(name), hasty.exports[name], hasty.func(name)]
    for call in calls:
        with stopped("deadline_exceeded"):
            call()
        assert loops.run("works") == hasty.run("works") == 42


@pytest.mark.parametrize("name", ENDLESS)
def test_a_token(loops: edge.Vm, name: str) -> None:
    token = edge.CancelToken()
    mortal = loops.with_options(cancel=token)
    timer = later(token.cancel)
    with stopped("cancelled"):
        mortal.run(name)
    timer.join()
    assert token.cancelled
    with stopped("cancelled"):
        mortal.run("works")
    assert loops.run("works") == 42


@pytest.mark.parametrize("name", ENDLESS)
def test_cancel_from_another_thread(loops: edge.Vm, name: str) -> None:
    assert not loops.cancel()
    canceller = threading.Thread(target=lambda: until(loops.cancel))
    canceller.start()
    with stopped("cancelled"):
        loops.run(name)
    canceller.join()
    canceller = threading.Thread(target=lambda: until(loops.store.cancel))
    canceller.start()
    with stopped("cancelled"):
        loops.func(name)()
    canceller.join()
    assert loops.run("works") == 42


@pytest.mark.parametrize("name", ["sleep", "read"])
def test_functions_of_wasi_that_wait(waits: edge.Vm, name: str) -> None:
    with stopped("deadline_exceeded"):
        waits.with_options(deadline=timedelta(milliseconds=20)).run(name)
    token = edge.CancelToken()
    timer = later(token.cancel)
    with stopped("cancelled"):
        waits.with_options(cancel=token).run(name)
    timer.join()
    assert waits.run("works") == 42


def test_the_deadline_of_the_limits() -> None:
    vm = edge.Vm(edge.Module.from_text(LOOPS), {"env": {"note": print}}, limits=edge.Limits(deadline=0.02))
    with stopped("deadline_exceeded"):
        vm.run("spin")
    assert vm.run("works") == 42


def test_the_tightest_option_holds(loops: edge.Vm) -> None:
    for vm in (
        loops.with_options(deadline=0.02).with_options(deadline=3600),
        loops.with_options(deadline=3600).with_options(deadline=0.02),
    ):
        with stopped("deadline_exceeded"):
            vm.run("spin")


@pytest.mark.parametrize("deadline", [-1, float("nan"), float("inf")])
def test_what_is_no_deadline(loops: edge.Vm, deadline: float) -> None:
    with pytest.raises(ValueError, match="deadline is in seconds"):
        loops.with_options(deadline=deadline)
    with pytest.raises(ValueError, match="deadline is in seconds"):
        edge.Limits(deadline=deadline)


def test_a_host_function_cannot_swallow_it() -> None:
    swallowed: list[edge.Kind] = []

    def note() -> None:
        try:
            vm.run("spin")
        except edge.LimitError as error:
            swallowed.append(error.kind)

    vm = edge.Vm(edge.Module.from_text(LOOPS), {"env": {"note": note}})
    with stopped("deadline_exceeded"):
        vm.with_options(deadline=0.02).run("calls")
    assert swallowed
    assert vm.run("works") == 42


@contextmanager
def handling(number: signal.Signals, handler: Any) -> Iterator[None]:
    before = signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)


@pytest.mark.parametrize("name", ENDLESS)
def test_ctrl_c(loops: edge.Vm, name: str) -> None:
    with Interrupted():
        loops.run(name)
    with Interrupted(_thread.interrupt_main):
        loops.func(name)()
    assert loops.run("works") == 42


@pytest.mark.parametrize("name", ["sleep", "read"])
def test_ctrl_c_while_wasi_waits(waits: edge.Vm, name: str) -> None:
    with Interrupted():
        waits.run(name)
    assert waits.run("works") == 42


def test_a_handler_that_returns_lets_the_guest_go_on(loops: edge.Vm) -> None:
    seen: list[int] = []
    count = loops.exports.count
    with handling(signal.SIGINT, lambda number, _: seen.append(number)):
        # As long as it takes: the guest ends by itself, after the signal has been seen.
        rounds = 1 << 24
        while not seen:
            timer = later(interrupt, 0.01)
            assert count(rounds) == 0
            timer.join()
            rounds = min(rounds * 2, 2**31 - 1)
    assert signal.SIGINT in seen


def test_a_handler_that_cancels(loops: edge.Vm) -> None:
    timers: list[threading.Timer] = []

    def handler(*_: object) -> None:
        if not loops.cancel():  # the call has not begun
            timers.append(later(interrupt))

    with handling(signal.SIGINT, handler):
        timers.append(later(interrupt))
        with stopped("cancelled"):
            loops.run("spin")
        for timer in timers:
            timer.join()


def test_an_alarm_raises_what_its_handler_raises(loops: edge.Vm) -> None:
    raised = TimeoutError("too slow")

    def handler(*_: object) -> None:
        raise raised

    def spin() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        loops.run("spin")

    with handling(signal.SIGALRM, handler), pytest.raises(TimeoutError) as caught:
        spin()
    assert caught.value is raised
    assert loops.run("works") == 42


def test_ctrl_c_poisons_a_guest_of_bindgen(vm: edge.Vm) -> None:
    with Interrupted():
        vm.run("spin")
    assert vm.poisoned is not None
    vm.reset()
    assert vm.run("add", 1, 2) == 3


def test_other_threads_run_meanwhile(loops: edge.Vm) -> None:
    ticks = 0
    token = edge.CancelToken()

    def work() -> None:
        nonlocal ticks
        while ticks < 10_000:
            ticks += 1
        token.cancel()

    worker = threading.Thread(target=work)
    worker.start()
    with stopped("cancelled"):
        loops.with_options(cancel=token).run("spin")
    worker.join()
    assert ticks == 10_000


def test_the_child_of_a_fork_is_interrupted_too(python: Run) -> None:
    program = """
import os, signal, threading, edge
# Whoever started the tests may have had interrupts ignored, which programs inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)
vm = edge.Vm(edge.Module.from_text('(module (func (export "spin") (loop (br 0))))'))
def interrupt():
    threading.Timer(0.05, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
def spin():
    interrupt()
    try:
        vm.run("spin")
    except KeyboardInterrupt:
        return True
assert spin()
def fork():
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        os._exit(0 if spin() else 1)
    assert os.waitpid(child, 0)[1] == 0, "the child was not interrupted"
    done.append(child)
done = []
fork()
thread = threading.Thread(target=fork)
thread.start()
thread.join()
print(len(done))
"""
    done = python(program, "-W", "ignore::DeprecationWarning")
    assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr


def test_an_atomic_wait() -> None:
    text = """(module (memory 1 1 shared)
        (func (export "wait") (result i32) (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))
        (func (export "works") (result i32) (i32.const 42)))"""
    vm = edge.Vm(load_or_skip(text))
    with stopped("deadline_exceeded"):
        vm.with_options(deadline=0.02).run("wait")
    with Interrupted():
        vm.run("wait")
    assert vm.run("works") == 42
