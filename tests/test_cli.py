"""The command line, from the outside."""

import json
import re
from pathlib import Path

import pytest
from conftest import Edge, build_guest

PLAIN = Path(__file__).parent / "guests" / "plain"


def test_version_and_help(edge: Edge) -> None:
    """Both exit with 0 and say what they should."""
    version = edge("--version")
    assert version.returncode == 0 and version.stdout.startswith("edge 0.")
    text = edge("--help")
    assert text.returncode == 0
    for command in ("run", "compile", "inspect", "wast"):
        assert command in text.stdout


def test_invoke_takes_and_prints_numbers(edge: Edge) -> None:
    """--invoke and WasmEdge's --reactor are the same."""
    assert edge("run", "--invoke", "add", PLAIN / "add.wat", "2", "2").stdout == "4\n"
    assert edge("run", "--reactor", PLAIN / "add.wat", "add", "2", "-5").stdout == "-3\n"
    assert edge("run", "--reactor", PLAIN / "fibonacci.wat", "fib", "10").stdout == "89\n"


def test_a_program_gets_its_arguments_and_gives_its_exit_code(edge: Edge, guests: Path) -> None:
    """Command mode: arguments after the file are the guest's, even those that look like ours."""
    done = edge("run", guests / "wasi.wasm", "args", "second", "--dir", "-x")
    assert (done.returncode, done.stdout) == (0, "second\n--dir\n-x\n")
    assert edge("run", guests / "wasi.wasm", "exit", "42").returncode == 42


def test_environment_and_stdin(edge: Edge, guests: Path) -> None:
    """The guest sees what --env gives and nothing of the host's own environment."""
    done = edge("run", "--env", "A=1", "--env", "B=x=y", guests / "wasi.wasm", "env")
    assert done.stdout == "A=1\nB=x=y\n"
    wrong = edge("run", "--env", "NOVALUE", guests / "wasi.wasm", "env")
    assert wrong.returncode == 1 and "NAME=VALUE" in wrong.stderr


def test_directories(edge: Edge, guests: Path, tmp_path: Path) -> None:
    """--dir maps a guest path to a host path; without it there are no files."""
    (tmp_path / "hello.txt").write_text("from the host\n")
    done = edge("run", "--dir", f"/data:{tmp_path}", guests / "wasi.wasm", "cat", "/data/hello.txt")
    assert (done.returncode, done.stdout) == (0, "from the host\n"), done.stderr
    assert edge("run", guests / "wasi.wasm", "cat", "/data/hello.txt").returncode != 0
    missing = edge("run", "--dir", "/data:/no/such/directory", guests / "wasi.wasm", "args")
    assert missing.returncode == 1 and "/no/such/directory" in missing.stderr


def test_bindgen_functions_take_and_print_json(edge: Edge, guests: Path) -> None:
    """Rich types go in and out as JSON."""
    wasm = guests / "bindgen_funcs.wasm"
    assert json.loads(edge("run", "--invoke", "say", wasm, "you").stdout) == "hello you"
    done = edge("run", "--invoke", "create_line_typed", wasm, '{"x":1.5,"y":3.8}', '{"x":2.5,"y":5.8}', "thin")
    assert json.loads(done.stdout)["length"] == 2.2360682
    digest = json.loads(edge("run", "--reactor", wasm, "sha3_digest", "[97]").stdout)
    assert len(digest) == 32


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--invoke", "add", PLAIN / "add.wat", "1"), "argument_count"),
        (("--invoke", "add", PLAIN / "add.wat", "1", "x"), "argument_type"),
        (("--invoke", "sub", PLAIN / "add.wat", "1"), "unknown_export"),
        ((PLAIN / "add.wat",), "--invoke"),
        (("no-such-file.wasm",), "no-such-file.wasm"),
        ((Path(__file__),), "malformed"),
    ],
)
def test_errors_are_one_block_on_stderr(edge: Edge, arguments: tuple[str | Path, ...], expected: str) -> None:
    """Status 1, nothing on stdout, and the block says what was wrong."""
    done = edge("run", *arguments)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("error: ") and expected in done.stderr
    assert "panicked" not in done.stderr


def test_a_trap_shows_where(edge: Edge) -> None:
    """Kind and names of the guest's functions, the innermost first."""
    done = edge("run", "--invoke", "nested", PLAIN / "traps.wat")
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("error: unreachable\n") and "kind: unreachable (execute)" in done.stderr
    frames = re.findall(r"^  (?:at|from) +(\w+)", done.stderr, re.MULTILINE)
    assert frames == ["inner", "inner", "inner", "middle", "outer"]


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A guest whose functions go wrong."""
    source = """
        use edge_bindgen::edge_bindgen;

        #[edge_bindgen]
        pub fn panics(text: String) {
            panic!("{text}")
        }

        #[edge_bindgen]
        pub fn take(mebibytes: u32) -> u32 {
            let taken: Vec<Vec<u8>> = (0..mebibytes).map(|_| std::hint::black_box(vec![1; 1 << 20])).collect();
            taken.len() as u32
        }
    """
    return build_guest(tmp_path_factory.mktemp("failing"), "failing", source)


def test_a_guest_panic_shows_text_and_place(edge: Edge, failing: Path) -> None:
    """The guest's own words, and the line of its source."""
    done = edge("run", "--invoke", "panics", failing, "on purpose")
    assert done.returncode == 1 and done.stdout == ""
    assert "on purpose" in done.stderr and "lib.rs:6" in done.stderr and "guest_panic" in done.stderr


def test_limits(edge: Edge, failing: Path) -> None:
    """--max-memory ends a guest that wants more, and no other."""
    assert edge("run", "--max-memory", "64M", "--invoke", "take", failing, "32").stdout == "32\n"
    done = edge("run", "--max-memory", "64M", "--invoke", "take", failing, "128")
    assert done.returncode == 1 and "(execute)" in done.stderr
    assert edge("run", "--invoke", "take", failing, "128").stdout == "128\n"
    wrong = edge("run", "--max-memory", "lots", "--invoke", "take", failing, "1")
    assert wrong.returncode == 2 and "lots" in wrong.stderr


def test_compile(edge: Edge, guests: Path, tmp_path: Path) -> None:
    """Both forms run where they are trusted; a universal module runs anywhere, and is just a module where it is not."""
    universal, native = tmp_path / "fib.wasm", tmp_path / "fib.edge"
    for output in (universal, native):
        done = edge("compile", PLAIN / "fibonacci.wat", output)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        assert edge("run", "--trusted", "--invoke", "fib", output, "10").stdout == "89\n"
    assert edge("run", "--invoke", "fib", universal, "10").stdout == "89\n"
    refused = edge("run", "--invoke", "fib", native, "10")
    assert refused.returncode == 1 and "native code of edge" in refused.stderr
    program = tmp_path / "wasi.edge"
    assert edge("compile", "-O", "0", "--generic-cpu", guests / "wasi.wasm", program).returncode == 0
    assert edge("run", "--trusted", program, "args", "one").stdout == "one\n"


def test_compile_for_others(edge: Edge, tmp_path: Path) -> None:
    """Code for another machine, or with other settings, is refused by name; what cannot be compiled leaves no file."""
    output = tmp_path / "out.edge"
    assert edge("compile", "--target", "aarch64-unknown-linux-gnu", PLAIN / "add.wat", output).returncode == 0
    refused = edge("run", "--trusted", "--invoke", "add", output, "1", "2")
    assert refused.returncode == 1 and "aarch64" in refused.stderr and "artifact_mismatch" in refused.stderr
    assert edge("compile", "--form", "universal", "--no-signals", PLAIN / "add.wat", output).returncode == 0
    assert edge("run", "--trusted", "--invoke", "add", output, "1", "2").stdout == "3\n", "compiled anew"
    output.unlink()
    for arguments in (("--target", "pdp11-dec-unix", PLAIN / "add.wat"), (Path(__file__),), ("no-such-file.wasm",)):
        done = edge("compile", *arguments, output)
        assert done.returncode == 1 and done.stderr.startswith("error: ") and not output.exists()
    nowhere = edge("compile", PLAIN / "add.wat", tmp_path / "no" / "out.edge")
    assert nowhere.returncode == 1 and "out.edge" in nowhere.stderr


def test_what_was_compiled_is_kept(edge: Edge, guests: Path, tmp_path: Path) -> None:
    """In the user's cache by default, in a directory by flag, nowhere by another."""
    program = (guests / "wasi.wasm", "args", "one")
    for _ in range(2):
        assert edge("run", "--cache-dir", tmp_path / "kept", *program).stdout == "one\n"
    assert len(list((tmp_path / "kept").iterdir())) == 1
    for flags in (("--no-cache",), ("--cache-dir", tmp_path / "none", "--cache-size", "1K")):
        assert edge("run", *flags, *program).stdout == "one\n"
    assert not list((tmp_path / "none").iterdir())
    both = edge("run", "--no-cache", "--cache-dir", tmp_path, *program)
    assert both.returncode == 2 and "--no-cache" in both.stderr


def test_inspect(edge: Edge, guests: Path) -> None:
    """Imports, exports, signatures and their docs."""
    text = edge("inspect", guests / "infer.wasm").stdout
    assert "edge:infer: function" in text and "infer(image: bytes)" in text
    plain = edge("inspect", PLAIN / "add.wat").stdout
    assert "add: function (i32, i32) -> i32" in plain
    assert edge("inspect", Path(__file__)).returncode == 1


def test_wast(edge: Edge, tmp_path: Path) -> None:
    """A line per script; status 1 as soon as one assertion fails."""
    good, bad = tmp_path / "good.wast", tmp_path / "bad.wast"
    module = '(module (func (export "one") (result i32) i32.const 1))'
    good.write_text(f'{module} (assert_return (invoke "one") (i32.const 1))')
    bad.write_text(f'{module}\n(assert_return (invoke "one") (i32.const 2))')
    done = edge("wast", good, bad)
    assert done.returncode == 1
    assert done.stdout == f"{good}: 2 passed, 0 failed\n{bad}: 1 passed, 1 failed\n"
    assert f"{bad}:2:" in done.stderr
    assert edge("wast", good).returncode == 0
    assert edge("wast", tmp_path / "none.wast").returncode == 1
