"""What WASI guests see and do."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import edge
import pytest
from conftest import GUESTS

Plain = Callable[[str], edge.Module]


@pytest.fixture(scope="module")
def program() -> edge.Module:
    """The program whose first argument says what it does."""
    return edge.Module(GUESTS / "wasi.wasm")


def run(program: edge.Module, *args: str, **options: Any) -> tuple[int, bytes, bytes]:
    """Run the program; its exit code, standard output and standard error."""
    wasi = edge.Wasi(args=["wasi", *args], **{"stdout": "capture", "stderr": "capture", **options})
    with edge.Vm(program, wasi=wasi) as vm:
        return vm.start(), vm.stdout, vm.stderr


def test_exit_code_and_captured_output(plain: Plain) -> None:
    vm = edge.Vm(plain("wasi_hello"), wasi=edge.Wasi(stdout="capture"))
    assert vm.start() == 7
    assert vm.stdout == b"hello wasi\n"
    assert vm.stderr == b""


def test_args_and_env(program: edge.Module) -> None:
    code, out, _ = run(program, "args", "grüße", "two words")
    assert code == 0
    assert "grüße" in out.decode()
    assert "two words" in out.decode()
    _, out, _ = run(program, "env", "LANGUAGE", env={"LANGUAGE": "Deutsch"})
    assert "Deutsch" in out.decode()


@pytest.mark.parametrize("stdin", [b"one\ntwo\n", io.BytesIO(b"one\ntwo\n"), io.StringIO("one\ntwo\n")])
def test_stdin(program: edge.Module, stdin: Any) -> None:
    code, out, _ = run(program, "stdin", stdin=stdin)
    assert code == 0
    assert b"8" in out or b"one" in out


@pytest.mark.parametrize("stream", [io.BytesIO(), io.StringIO()])
def test_output_to_a_file_object(plain: Plain, stream: Any) -> None:
    vm = edge.Vm(plain("wasi_hello"), wasi=edge.Wasi(stdout=stream))
    vm.start()
    assert stream.getvalue() in (b"hello wasi\n", "hello wasi\n")
    assert vm.stdout == b""


def test_output_to_print(plain: Plain, capsys: pytest.CaptureFixture[str]) -> None:
    import sys

    edge.Vm(plain("wasi_hello"), wasi=edge.Wasi(stdout=sys.stdout)).start()
    assert capsys.readouterr().out == "hello wasi\n"


def test_output_is_inherited_by_whoever_has_wasi(plain: Plain, capfd: pytest.CaptureFixture[str]) -> None:
    edge.Vm(plain("wasi_hello"), wasi=edge.Wasi()).start()
    assert capfd.readouterr().out == "hello wasi\n"
    edge.Vm(plain("wasi_hello")).start()
    assert capfd.readouterr().out == ""


def test_directories(program: edge.Module, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("from the host")
    code, out, _ = run(program, "cat", "/data/note.txt", dirs={"/data": tmp_path})
    assert (code, out) == (0, b"from the host")
    code, _, _ = run(program, "append", "/data/note.txt", " and the guest", dirs={"/data": str(tmp_path)})
    assert code == 0
    assert (tmp_path / "note.txt").read_text() == "from the host and the guest\n"
    (tmp_path / "file").write_text("unchanged")
    code, _, _ = run(program, "read-only", "/data", dirs={"/data": (tmp_path, "ro")})
    assert code == 0
    assert (tmp_path / "file").read_text() == "unchanged"


def test_nothing_beyond_a_directory(program: edge.Module, tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret").write_text("secret")
    (inside / "link").symlink_to(tmp_path / "secret")
    assert run(program, "escape", "/data", "secret", dirs={"/data": inside})[0] == 0
    assert run(program, "cat", "/data/link", dirs={"/data": inside})[1] != b"secret"


def test_a_stream_that_raises_is_an_error_of_the_guest(program: edge.Module) -> None:
    class Broken:
        def write(self, data: bytes) -> int:
            raise OSError("broken")

    code_or_error: object
    try:
        code_or_error = run(program, "args", "x", stdout=Broken())[0]
    except edge.EdgeError as error:
        code_or_error = error
    assert code_or_error != 0


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"stdout": "file"}, ValueError, "stdout is 'inherit', 'capture' or a file"),
        ({"stderr": 7}, TypeError, "stderr is .* not int"),
        ({"stdin": "text"}, ValueError, "stdin is bytes"),
        ({"stdin": 7}, TypeError, "stdin is bytes"),
        ({"dirs": {"/": (".", "rx")}}, ValueError, "the mode is 'ro' or 'rw'"),
        ({"args": "text", "bogus": 1}, TypeError, "bogus"),
    ],
)
def test_wrong_options(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        edge.Wasi(**options)


def test_a_directory_that_is_not_there(program: edge.Module, tmp_path: Path) -> None:
    with pytest.raises(edge.EdgeError, match="missing"):
        run(program, "args", dirs={"/data": tmp_path / "missing"})


def test_secrets_do_not_show() -> None:
    shown = repr(edge.Wasi(env={"TOKEN": "hidden"}))
    assert "TOKEN" in shown
    assert "hidden" not in shown


def test_a_guest_that_panics(program: edge.Module) -> None:
    with pytest.raises(edge.Trap):
        run(program, "panic")
