"""What the tests of the whole chain share: paths, and the command line."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
Edge = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def guests() -> Path:
    """The guests that tools/build-guests made."""
    return ROOT / "target" / "guests" / "wasm"


@pytest.fixture(scope="session")
def edge() -> Edge:
    """Runs target/release/edge; text in, text out."""

    def run(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [str(ROOT / "target" / "release" / "edge"), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, input=stdin, check=False)

    return run
