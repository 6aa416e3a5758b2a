"""What the tests of the whole chain share: paths, the command line, and guests made for one test."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
Edge = Callable[..., subprocess.CompletedProcess[str]]


def run(*command: str | Path, cwd: Path) -> str:
    """Run to a good end; what it printed."""
    done = subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def build_guest(folder: Path, name: str, source: str) -> Path:
    """Compile a bindgen guest of one file to FOLDER/NAME.wasm."""
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "lib.rs").write_text(source)
    (folder / "Cargo.toml").write_text(
        f'[package]\nname = "{name}"\nversion = "0.0.0"\nedition = "2024"\n'
        f"[dependencies]\nedge-bindgen = {{ path = {json.dumps(str(ROOT / 'bindgen-guest'))} }}\n"
    )
    # The versions that the repository's own guests are locked to.
    shutil.copy(ROOT / "tests" / "guests" / "Cargo.lock", folder)
    run("cargo", "update", "--quiet", "--offline", "--workspace", cwd=folder)
    run(ROOT / "tools" / "build-guests", "--crate", folder, name, cwd=folder)
    return folder / f"{name}.wasm"


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def guests() -> Path:
    """The guests that tools/build-guests made."""
    return ROOT / "target" / "guests" / "wasm"


@pytest.fixture(scope="session")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Edge:
    """Runs target/release/edge, with a cache of the tests' own; text in, text out."""
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}

    def run(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [str(ROOT / "target" / "release" / "edge"), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, input=stdin, env=environment, check=False)

    return run
