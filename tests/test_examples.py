"""The example programs print what examples/README.md says, the same in all six languages."""

import importlib.util
import re
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "examples" / "README.md").read_text()


def load_demo() -> ModuleType:
    """tools/demo, which knows how every program is built and run."""
    loader = SourceFileLoader("demo", str(ROOT / "tools" / "demo"))
    spec = importlib.util.spec_from_loader("demo", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def demo() -> ModuleType:
    """The same, with the compiled programs built."""
    module = load_demo()
    module.build()
    return module


def documented(name: str) -> list[str]:
    """The lines that the guide shows for a program."""
    section = README.split(f"`{name}` prints", 1)[1]
    return re.findall(r"^    (.+)$", section.split("\n`", 1)[0], re.MULTILINE)


LANGUAGES = load_demo().LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_bindgen_funcs(demo: ModuleType, language: str) -> None:
    """The documented lines; of the digests, their beginning and length."""
    lines = demo.execute(language, "bindgen_funcs").output.splitlines()
    expected = documented("bindgen_funcs")
    assert len(lines) == len(expected) == 7
    for line, wanted in zip(lines, expected, strict=True):
        if "_digest" in wanted:
            assert line.startswith(wanted.removesuffix("...]")) and len(re.findall(r"\d+", line.split(": ")[1])) == 32
        else:
            assert line == wanted
    assert lines[4].startswith("Run bindgen -- sha3_digest: [87 27 231 209 189 105 251 49 ")
    assert lines[5].startswith("Run bindgen -- keccak_digest: [126 194 241 200 151 116 227 33 ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_memory(demo: ModuleType, language: str) -> None:
    """Strings and arrays passed by hand."""
    assert demo.execute(language, "memory").output.splitlines() == documented("memory")


@pytest.mark.parametrize("language", LANGUAGES)
def test_infer(demo: ModuleType, language: str) -> None:
    """A seven is a seven, and ten digits are ranked."""
    lines = demo.execute(language, "infer").output.splitlines()
    assert re.fullmatch(r"label 7 probability (0\.9\d{3}|1\.0000)", lines[0])
    assert len(lines) == 11 and sorted(line.split()[0] for line in lines[1:]) == list("0123456789")


@pytest.mark.parametrize("language", LANGUAGES)
def test_image(demo: ModuleType, language: str) -> None:
    """A grey PNG of at most 320 by 240, the same bytes as from Rust."""
    demo.execute(language, "image")
    demo.execute("Rust", "image")
    picture = demo.picture(language).read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])
    assert (width, height) == (320, 240) and picture[25] == 0
    assert picture == demo.picture("Rust").read_bytes()
