"""In one process with everything else that Python does: signals, forks, threads, shutting down."""

import threading
from collections.abc import Callable

import edge
import pytest
from conftest import HOST, ROOT, Run, with_host

Plain = Callable[[str], edge.Module]

TRAP = f"""
def trap():
    vm = edge.Vm({str(ROOT / "tests" / "guests" / "plain" / "traps.wat")!r})
    for call, arguments in (("load", (-1,)), ("divide", (1, 0)), ("overflow", ()), ("unreachable", ())):
        try:
            vm.run(call, *arguments)
        except edge.Trap as error:
            print(error.kind, end=" ")
    print(vm.run("works"))
"""
TRAPPED = "memory_out_of_bounds integer_divide_by_zero stack_overflow unreachable 42\n"


@pytest.mark.parametrize(
    ("program", "times"),
    [
        ("import faulthandler; faulthandler.enable(); import edge" + TRAP + "trap()", 1),
        ("import edge, faulthandler" + TRAP + "faulthandler.enable(); trap()", 1),
        ("import edge, faulthandler" + TRAP + "trap(); faulthandler.enable(); trap()", 2),
        ("import edge, faulthandler" + TRAP + "faulthandler.enable(); trap(); faulthandler.disable(); trap()", 2),
    ],
    ids=["before", "after", "between", "enabled and disabled"],
)
def test_faulthandler(python: Run, program: str, times: int) -> None:
    done = python(program)
    assert done.returncode == 0, done.stderr
    assert done.stdout == TRAPPED * times
    assert "Fatal Python error" not in done.stderr


def test_faulthandler_still_sees_the_hosts_own_faults(python: Run) -> None:
    program = "import faulthandler, edge" + TRAP + "faulthandler.enable(); trap(); faulthandler._sigsegv()"
    done = python(program, "-u")
    assert done.returncode < 0
    assert done.stdout == TRAPPED
    assert "Segmentation fault" in done.stderr


def test_fork(python: Run) -> None:
    program = f"""
import os, edge
{TRAP}
vm = edge.Vm({str(ROOT / "tests" / "guests" / "plain" / "traps.wat")!r})
vm.run("works")
child = os.fork()
if child == 0:
    assert vm.run("works") == 42
    trap()
    os._exit(7)
_, status = os.waitpid(child, 0)
assert os.waitstatus_to_exitcode(status) == 7, status
trap()
"""
    done = python(program, "-u")
    assert done.returncode == 0, done.stderr
    assert done.stdout == TRAPPED * 2


def test_multiprocessing(python: Run) -> None:
    program = f"""
import multiprocessing, edge
vm = edge.Vm({str(ROOT / "tests" / "guests" / "plain" / "add.wat")!r})
def add(a): return vm.run("add", a, 1)
with multiprocessing.get_context("fork").Pool(2) as pool:
    assert pool.map(add, range(100)) == list(range(1, 101))
"""
    done = python(program)
    assert done.returncode == 0, done.stderr


def test_threads_run_guests_of_their_own_at_once(conformance: edge.Module) -> None:
    """Two threads meet in their host functions: neither could if the other kept the interpreter or a common lock."""
    meeting = threading.Barrier(2, timeout=60)
    results: list[object] = []

    def work() -> None:
        def note(level: int, text: str) -> int:
            meeting.wait()
            return level

        vm = edge.Vm(conformance, imports=with_host(note=note))
        results.append([vm.run("call_note", n, "x") for n in range(10)])

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [list(range(10))] * 2


def test_one_guest_serves_many_threads(vm: edge.Vm) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for n in range(500):
                assert vm.run("call_note", 1, "x") == 1
                assert vm.exports.echo_string(str(n)) == str(n)
                assert vm.exports.add(n, 1) == n + 1
                assert len(vm.memory()) > 0
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_the_interpreter_is_free_while_a_guest_runs(plain: Plain) -> None:
    """A guest that never ends is started; this thread can only see it start if it has the interpreter meanwhile."""
    started = threading.Event()
    vm = edge.Vm(plain("loop"), imports={"env": {"started": started.set}})
    thread = threading.Thread(target=lambda: vm.run("sum", 2**31 - 1), daemon=True)
    thread.start()
    running = 0
    while thread.is_alive():
        running += 1
    assert running > 100


def test_a_close_during_a_call(conformance: edge.Module) -> None:
    def note(level: int, text: str) -> int:
        vm.close()
        return 5

    vm = edge.Vm(conformance, imports=with_host(note=note))
    assert vm.run("call_note", 1, "x") == 5, "the call in progress ends as if nothing had happened"
    with pytest.raises(edge.StateError):
        vm.run("add", 1, 2)


def test_a_reset_during_a_call(conformance: edge.Module) -> None:
    def note(level: int, text: str) -> int:
        vm.reset()
        return 5

    vm = edge.Vm(conformance, imports=with_host(note=note))
    with pytest.raises(edge.EdgeError):
        vm.run("call_note", 1, "x")


def test_shutting_down_with_a_guest_that_runs(python: Run) -> None:
    program = f"""
import threading, edge
started = threading.Event()
vm = edge.Vm({str(ROOT / "tests" / "guests" / "plain" / "loop.wat")!r}, imports={{"env": {{"started": started.set}}}})
threading.Thread(target=lambda: vm.run("spin"), daemon=True).start()
assert started.wait(60)
print("leaving")
"""
    done = python(program)
    assert (done.returncode, done.stdout) == (0, "leaving\n"), done.stderr


def test_shutting_down_with_a_guest_that_calls_back(python: Run) -> None:
    program = f"""
import threading, edge
started = threading.Event()
def log(n):
    started.set()
env = {{"log": log, "add": max, "mix": max, "pair": max, "call_back": max}}
vm = edge.Vm({str(ROOT / "tests" / "guests" / "plain" / "imports.wat")!r}, imports={{"env": env}})
threading.Thread(target=lambda: vm.run("log_often", 2**31 - 1), daemon=True).start()
assert started.wait(60)
"""
    done = python(program)
    assert done.returncode == 0, done.stderr


def test_everything_alive_at_the_end(python: Run) -> None:
    program = f"""
import edge, sys
vm = edge.Vm({str(ROOT / "target" / "guests" / "wasm" / "bindgen_funcs.wasm")!r})
say, memory = vm.exports.say, vm.memory()
view = memoryview(memory)
sys.keep = (vm, say, memory, view)
print(say("you"))
"""
    done = python(program)
    assert (done.returncode, done.stdout, done.stderr) == (0, "hello you\n", "")


def test_an_interrupt_arrives_after_the_call(python: Run) -> None:
    """Until calls can be interrupted, Ctrl-C is not lost: it is raised when the guest returns."""
    program = f"""
import os, signal, edge
signal.signal(signal.SIGINT, signal.default_int_handler)  # jobs in the background begin with it ignored
env = {{"log": lambda n: os.kill(os.getpid(), signal.SIGINT), "add": max, "mix": max, "pair": max, "call_back": max}}
vm = edge.Vm({str(ROOT / "tests" / "guests" / "plain" / "imports.wat")!r}, imports={{"env": env}})
try:
    vm.run("call_log", 1)
    for _ in range(1000): pass
except KeyboardInterrupt:
    print("interrupted")
"""
    done = python(program)
    assert done.stdout == "interrupted\n", done.stderr


def test_hosts_functions_are_shared_by_many(conformance: edge.Module) -> None:
    vms = [edge.Vm(conformance, imports=HOST) for _ in range(20)]
    assert [vm.run("call_note", 1, "x") for vm in vms] == [1] * 20
