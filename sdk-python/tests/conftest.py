"""What the tests share: guests, and Python in a process of its own."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import edge
import pytest

ROOT = Path(__file__).resolve().parents[2]
GUESTS = ROOT / "target" / "guests" / "wasm"
PLAIN = ROOT / "tests" / "guests" / "plain"

Run = Callable[..., subprocess.CompletedProcess[str]]

HOST: dict[str, dict[str, Callable[..., object]]] = {
    "app": {
        "note": lambda level, text: 1,
        "transform": lambda point: {"x": point["y"], "y": point["x"]},
        "fetch": lambda key: None,
        "bytes_round": lambda data: data,
        "fail_host": lambda: None,
        "fail_typed": lambda kind: kind,
        "reenter": lambda n: n,
        "multiply": lambda a, b: a * b,
        "sum": sum,
        "areas": lambda shapes: {},
    }
}


def load_or_skip(text: str, engine: edge.Engine | None = None) -> edge.Module:
    """A module in the text format; a proposal that is on and that the engine has not learnt yet skips the test."""
    try:
        return edge.Module.from_text(text, engine)
    except edge.LoadError as error:
        for name, on in (engine or edge.Engine()).proposals.items():
            if on and error.kind == "unsupported" and f"the proposal {name} is off" in error.message:
                pytest.skip(f"the engine does not run {name} yet")
        raise


def with_host(**functions: Callable[..., object]) -> dict[str, dict[str, Callable[..., object]]]:
    """The conformance guest's host functions, some of them replaced."""
    return {"app": {**HOST["app"], **functions}}


@pytest.fixture
def watchdog() -> Iterator[None]:
    """Ends the process when a test takes a minute: one that hangs in a guest hears nothing else."""
    timer = threading.Timer(60, os.abort)
    timer.daemon = True
    timer.start()
    yield
    timer.cancel()
    timer.join()


def interrupt() -> None:
    """What Ctrl-C does."""
    os.kill(os.getpid(), signal.SIGINT)


class Interrupted:
    """
    The body is ended by an interrupt, which comes some time after it has begun.

    On a busy machine it may come before the call that it is to end: in the body too, which a `pytest.raises` after the
    start of a timer would miss.
    """

    def __init__(self, interrupt: Callable[[], object] = interrupt, ready: Callable[[], bool] = lambda: True) -> None:
        self._begun = threading.Event()
        self._interrupt, self._ready = interrupt, ready
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        self._begun.wait()
        time.sleep(0.05)
        while not self._ready():
            time.sleep(0.001)
        self._interrupt()

    def __enter__(self) -> None:
        self._before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self._thread.start()
        self._begun.set()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        self._thread.join()
        signal.signal(signal.SIGINT, self._before)
        assert kind is KeyboardInterrupt, f"the interrupt ended nothing: {kind}"
        return True


@pytest.fixture(scope="session")
def conformance() -> edge.Module:
    """The guest that has a function for everything."""
    path = GUESTS / "conformance.wasm"
    if not path.exists():
        pytest.fail(f"{path} is missing: run tools/build-guests")
    return edge.Module(path)


@pytest.fixture
def vm(conformance: edge.Module) -> Iterator[edge.Vm]:
    """A fresh conformance guest."""
    with edge.Vm(conformance, imports=HOST) as vm:
        yield vm


@pytest.fixture(scope="session")
def plain() -> Callable[[str], edge.Module]:
    """A module of tests/guests/plain by name."""
    return lambda name: edge.Module(PLAIN / f"{name}.wat")


@pytest.fixture
def python() -> Run:
    """Runs a program in a Python of its own."""

    def run(program: str, *options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *options, "-c", program]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    return run
