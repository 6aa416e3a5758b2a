"""The examples print what they are documented to print."""

import subprocess
import sys
from pathlib import Path

from conftest import GUESTS, ROOT


def example(name: str, *arguments: str | Path) -> str:
    """Run an example; its standard output."""
    program = ROOT / "examples" / name / f"{name}.py"
    command = [sys.executable, str(program), str(GUESTS / f"{name}.wasm"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_bindgen_funcs() -> None:
    lines = example("bindgen_funcs").splitlines()
    line = '{"points":[{"x":1.5,"y":3.8},{"x":2.5,"y":5.8}],"valid":true,"length":2.2360682,"desc":"A thin red line"}'
    assert lines[:4] == [
        f"Run bindgen -- create_line: {line}",
        "Run bindgen -- say: hello bindgen funcs test",
        "Run bindgen -- obfusticate: N dhvpx oebja sbk whzcf bire gur ynml qbt",
        "Run bindgen -- lowest_common_multiple: 246",
    ]
    assert lines[4].startswith("Run bindgen -- sha3_digest: [87 27 231 209 189 105 251 49 ")
    assert lines[4].endswith(" 163 54 211 195 203]")
    assert lines[5].startswith("Run bindgen -- keccak_digest: [126 194 241 200 151 116 227 33 ")
    assert lines[5].endswith(" 133 52 75 55 27]")


def test_image(tmp_path: Path) -> None:
    example("image", ROOT / "examples" / "image" / "picture.jpg", tmp_path / "out.png")
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_infer() -> None:
    for digit in "0123456789":
        lines = example("infer", ROOT / "examples" / "infer" / "scans" / f"digit-{digit}.png").splitlines()
        assert lines[0].startswith(f"label {digit} probability ")
        assert len(lines) == 11


def test_memory() -> None:
    numbers = "0 1 1 2 3 5 8 13 21 34"
    assert example("memory").splitlines() == [
        "Hello, WasmEdge!",
        "fib_array() returned: 34",
        f"fib_array memory: {numbers}",
        f"fib_array_return_memory memory: {numbers}",
    ]
