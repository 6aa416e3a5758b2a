"""Everything that the README shows, run as it stands there."""

import json
import re
import shutil
from pathlib import Path

import pytest
from conftest import ROOT, build_guest, run

BLOCKS = dict(re.findall(r"^```([\w,]+)\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL))
DIGIT = "7"


@pytest.fixture
def folder(tmp_path: Path, guests: Path) -> Path:
    """A folder with the two files that the programs open."""
    shutil.copy(guests / "infer.wasm", tmp_path)
    shutil.copy(ROOT / "examples" / "infer" / "scans" / f"digit-{DIGIT}.png", tmp_path / "digit.png")
    return tmp_path


def test_the_readme_shows_these_programs() -> None:
    """A block that no test knows is a block that nobody runs."""
    assert set(BLOCKS) == {"rust,guest", "python", "js", "go", "rust", "c", "cpp"}


def test_python(folder: Path) -> None:
    """A good call and a refused one."""
    (folder / "main.py").write_text(BLOCKS["python"])
    assert run(ROOT / ".venv/bin/python", "-W", "error", "main.py", cwd=folder) == f"{DIGIT}\nrefused: guest_error\n"


def test_node(folder: Path) -> None:
    """The same result off the event loop."""
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "edge").symlink_to(ROOT / "sdk-node")
    (folder / "main.js").write_text(BLOCKS["js"])
    assert run("node", "main.js", cwd=folder) == f"{DIGIT}\n{DIGIT}\n"


def test_go(folder: Path) -> None:
    """In a module of its own."""
    (folder / "main.go").write_text(BLOCKS["go"])
    run("go", "mod", "init", "example.com/readme", cwd=folder)
    run("go", "mod", "edit", "-require", "edgewasm.dev/edge@v0.0.0", cwd=folder)
    run("go", "mod", "edit", "-replace", f"edgewasm.dev/edge={ROOT / 'sdk-go'}", cwd=folder)
    assert run("go", "run", ".", cwd=folder) == f"{DIGIT}\n"


def test_rust(folder: Path) -> None:
    """Against the library as cargo builds it for this repository."""
    arguments = ["build", "--release", "--locked", "--quiet", "-p", "edge-runtime", "--message-format", "json"]
    messages = map(json.loads, run("cargo", *arguments, cwd=ROOT).splitlines())
    artifacts = [m for m in messages if m["reason"] == "compiler-artifact" and m["target"]["name"] == "edge_runtime"]
    files = [f for m in artifacts for f in m["filenames"]]
    (library,) = (Path(f) for f in files if f.endswith(".rlib"))
    (folder / "main.rs").write_text(BLOCKS["rust"])
    extern = ["--extern", f"edge_runtime={library}", "-L", f"dependency={ROOT / 'target/release/deps'}"]
    run("rustc", "--edition", "2024", "-D", "warnings", *extern, "main.rs", cwd=folder)
    assert run(folder / "main", cwd=folder) == f'(String("label"), String("{DIGIT}"))\n'


@pytest.mark.parametrize(("language", "compiler"), [("c", ["cc", "-std=c11"]), ("cpp", ["c++", "-std=c++17"])])
def test_c_and_cpp(folder: Path, language: str, compiler: list[str]) -> None:
    """Without a warning, against the shared library."""
    (folder / f"main.{language}").write_text(BLOCKS[language])
    release = ROOT / "target" / "release"
    flags = ["-Wall", "-Wextra", "-Werror", f"-I{ROOT / 'sdk-c' / 'include'}", f"-Wl,-rpath,{release}"]
    run(*compiler, *flags, f"main.{language}", "-o", "main", f"-L{release}", "-ledge", cwd=folder)
    first, *others = run(folder / "main", cwd=folder).splitlines()
    assert first == DIGIT
    assert [line.split(":")[0] for line in others] == ([] if language == "c" else ["refused"])


def test_guest(folder: Path) -> None:
    """The guest becomes wasm and answers; only what it leaves open is filled in."""
    classify = """
        fn classify(image: &[u8]) -> Option<Prediction> {
            image.starts_with(b"\\x89PNG").then(|| Prediction { label: "a PNG".into(), probability: 0.5 })
        }
    """
    wasm = build_guest(folder / "guest", "infer", BLOCKS["rust,guest"] + classify)
    assert "Which digit is on the picture?" in run(ROOT / "target/release/edge", "inspect", wasm, cwd=folder)
    shutil.copy(wasm, folder / "infer.wasm")
    (folder / "main.py").write_text(BLOCKS["python"])
    assert run(ROOT / ".venv/bin/python", "main.py", cwd=folder) == "a PNG\nrefused: guest_error\n"


def test_command_lines(folder: Path) -> None:
    """The lines under "Command line" that name files of ours."""
    (indented,) = re.findall(r"\*\*Command line\*\*\n\n((?:    .*\n)+)", (ROOT / "README.md").read_text())
    lines = [line.split("#")[0].split() for line in indented.splitlines()]
    assert [line[1] for line in lines] == ["run", "run", "compile", "inspect", "wast"]
    edge = ROOT / "target" / "release" / "edge"

    shutil.copy(ROOT / "target" / "guests" / "wasm" / "wasi.wasm", folder / "program.wasm")
    assert lines[0][-1] == "args..."
    assert run(edge, *lines[0][1:-1], "args", "one", cwd=folder) == "one\n"
    assert json.loads(run(edge, *lines[1][1:], cwd=folder))["label"] == DIGIT
    run(edge, *lines[2][1:], cwd=folder)
    assert run(edge, "run", "--trusted", "program.edge", "args", "one", cwd=folder) == "one\n"
    assert "infer(image: bytes)" in run(edge, *lines[3][1:], cwd=folder)
    (folder / "script.wast").write_text("(module)")
    assert run(edge, *lines[4][1:], cwd=folder) == "script.wast: 1 passed, 0 failed\n"
