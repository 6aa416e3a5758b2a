"""The one error type, its classes and its members."""

import errno
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import edge
import pytest
from conftest import HOST, ROOT
from edge import _edge, errors

Plain = Callable[[str], edge.Module]


def test_the_kinds_are_those_of_the_engine(tmp_path: Path) -> None:
    tool = ROOT / "sdk-python" / "tools" / "make-kinds"
    checked_in = Path(errors.__file__).with_name("kinds.py")
    made = tmp_path / "kinds.py"
    subprocess.run([sys.executable, tool, made], check=True)
    assert checked_in.read_text() == made.read_text(), "run sdk-python/tools/make-kinds"


def test_every_kind_has_a_class() -> None:
    for name, _, _ in _edge.kinds():
        error = errors.make_error("execute", name, "text", [], None, None, None)
        assert type(error) is not edge.EdgeError
        assert error.kind == name


def test_members_and_pickling() -> None:
    frame = ("module", 3, "function", 0x10, "lib.rs", 7)
    error = errors.make_error("execute", "guest_error", "it failed", [frame], {"code": 7}, None, 8)
    for copy in (error, pickle.loads(pickle.dumps(error))):
        assert (copy.phase, copy.kind, copy.message) == (edge.Phase.EXECUTE, edge.Kind.GUEST_ERROR, "it failed")
        assert str(copy) == "it failed"
        assert copy.value == {"code": 7}
        assert copy.exit_code is None
        assert copy.code == 8
        assert [str(frame) for frame in copy.backtrace] == ["function (lib.rs:7)"]
        assert "at function (lib.rs:7)" in copy.__notes__[0]


def test_frames_without_names() -> None:
    assert str(edge.Frame(None, 3, None, None, None, None)) == "<function 3>"
    assert str(edge.Frame(None, 3, "f", 16, None, None)) == "f (+0x10)"


@pytest.mark.parametrize(
    ("source", "error", "kind"),
    [
        (b"", edge.LoadError, "malformed"),
        (b"not wasm at all", edge.LoadError, "malformed"),
        (b"\0asm\1\0\0\0\xff\xff", edge.LoadError, "malformed"),
    ],
)
def test_what_is_no_module(source: bytes, error: type[edge.EdgeError], kind: str) -> None:
    for load in (edge.Module, edge.Vm, edge.Module.validate):
        with pytest.raises(error) as caught:
            load(source)
        assert caught.value.kind == kind


def test_a_truncated_module() -> None:
    whole = (ROOT / "target" / "guests" / "wasm" / "conformance.wasm").read_bytes()
    for size in (4, 9, 1000, len(whole) // 2, len(whole) - 1):
        with pytest.raises(edge.LoadError):
            edge.Module(whole[:size])


def test_an_invalid_module() -> None:
    with pytest.raises(edge.LoadError) as caught:
        edge.Module.from_text('(module (func (export "f") (result i32) (i64.const 1)))')
    assert caught.value.kind == "invalid"
    assert caught.value.phase == "validate"


def test_text_that_does_not_parse() -> None:
    with pytest.raises(edge.LoadError) as caught:
        edge.Module.from_text("(module (func")
    assert caught.value.kind == "malformed"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for load in (edge.Module, edge.Vm):
        with pytest.raises(edge.IoError, match=r"missing\.wasm") as caught:
            load(tmp_path / "missing.wasm")
        assert (caught.value.kind, caught.value.phase) == ("io", "io")
        assert isinstance(caught.value.__cause__, FileNotFoundError)
        assert caught.value.__cause__.errno == errno.ENOENT


@pytest.mark.parametrize("source", [7, None, ["a"], memoryview(b"abcd").cast("H")])
def test_what_cannot_be_a_source(source: object) -> None:
    with pytest.raises(TypeError):
        edge.Module(source)  # type: ignore[arg-type]


def test_a_trap(plain: Plain) -> None:
    vm = edge.Vm(plain("traps"))
    with pytest.raises(edge.Trap) as caught:
        vm.exports.nested()
    assert (caught.value.kind, caught.value.phase) == ("unreachable", "execute")
    names = [frame.func_name for frame in caught.value.backtrace]
    assert names == ["inner", "inner", "inner", "middle", "outer"]
    assert vm.exports.works() == 42, "a trap poisons no plain module"


@pytest.mark.parametrize(
    ("call", "arguments", "kind"),
    [
        ("unreachable", (), "unreachable"),
        ("divide", (1, 0), "integer_divide_by_zero"),
        ("divide", (-(2**31), -1), "integer_overflow"),
        ("to_integer", (float("nan"),), "invalid_conversion_to_integer"),
        ("load", (-1,), "memory_out_of_bounds"),
        ("load_offset", (-1,), "memory_out_of_bounds"),
        ("call_at", (0,), "indirect_call_type_mismatch"),
        ("call_at", (1,), "uninitialized_element"),
        ("call_at", (3,), "undefined_element"),
        ("table_get", (3,), "table_out_of_bounds"),
        ("overflow", (), "stack_overflow"),
    ],
)
def test_every_trap_has_its_kind(plain: Plain, call: str, arguments: tuple[object, ...], kind: str) -> None:
    vm = edge.Vm(plain("traps"))
    for _ in range(3):
        with pytest.raises(edge.Trap) as caught:
            vm.run(call, *arguments)
        assert caught.value.kind == kind
    assert vm.exports.works() == 42


def test_a_panic_has_its_text_and_its_place(vm: edge.Vm) -> None:
    with pytest.raises(edge.GuestPanic, match=r"failures\.rs:\d+:\d+.*farewell") as caught:
        vm.run("panics", "farewell")
    assert caught.value.kind == "guest_panic"
    with pytest.raises(edge.StateError, match="farewell"):
        vm.run("add", 1, 2)
    vm.reset()
    assert vm.run("add", 1, 2) == 3


def test_functions_survive_a_reset(vm: edge.Vm) -> None:
    add, count = vm.exports.add, vm.exports.count_calls
    count()
    before = count()
    vm.reset()
    assert count() < before
    assert add(1, 2) == 3


def test_a_closed_vm(conformance: edge.Module) -> None:
    vm = edge.Vm(conformance, imports=HOST)
    add, exports = vm.exports.add, vm.exports
    assert not vm.closed
    vm.close()
    vm.close()
    assert vm.closed
    for use in (
        lambda: add(1, 2),
        lambda: exports.echo_string("x"),
        lambda: vm.run("add", 1, 2),
        lambda: vm.memory(),
        lambda: vm.instance,
        lambda: vm.store,
        vm.reset,
    ):
        with pytest.raises(edge.StateError) as caught:
            use()
        assert caught.value.kind == "closed"


def test_with_closes(conformance: edge.Module) -> None:
    with pytest.raises(ZeroDivisionError), edge.Vm(conformance, imports=HOST) as vm:
        1 / 0  # noqa: B018
    with pytest.raises(edge.StateError):
        vm.run("add", 1, 2)


def test_other_instances_go_on(conformance: edge.Module) -> None:
    one, other = edge.Vm(conformance, imports=HOST), edge.Vm(conformance, imports=HOST)
    with pytest.raises(edge.Trap):
        one.run("out_of_bounds_write")
    assert other.run("add", 1, 2) == 3


def test_a_damaged_description() -> None:
    whole = (ROOT / "target" / "guests" / "wasm" / "conformance.wasm").read_bytes()
    at = whole.index(b"edge_bindgen") + len(b"edge_bindgen") + 8
    with pytest.raises(edge.EdgeError) as caught:
        edge.Vm(whole[:at] + b"\xc1" * 8 + whole[at + 8 :], imports=HOST)
    assert caught.value.kind == "bad_description"


def test_limits() -> None:
    limits = edge.Limits(memory=1 << 20, stack=100_000)
    assert (limits.memory, limits.stack, limits.table) == (1 << 20, 100_000, edge.Limits().table)
    assert limits == edge.Limits(memory=1 << 20, stack=100_000)
    assert "memory=1048576" in repr(limits)
    with pytest.raises(TypeError):
        edge.Limits(1)  # type: ignore[call-arg]


def test_the_limit_on_memory(conformance: edge.Module) -> None:
    with pytest.raises(edge.LimitError) as caught:
        edge.Vm(edge.Module.from_text("(module (memory 100))"), limits=edge.Limits(memory=65_536))
    assert caught.value.kind == "memory_limit"
    vm = edge.Vm(conformance, imports=HOST, limits=edge.Limits(memory=8 << 20))
    with pytest.raises(edge.EdgeError):
        vm.run("exhaust_memory")
    vm.reset()
    assert vm.run("add", 1, 2) == 3


def test_the_limit_on_results(conformance: edge.Module) -> None:
    vm = edge.Vm(conformance, imports=HOST, limits=edge.Limits(result_size=1000))
    assert len(vm.run("big_bytes", 1000)) == 1000
    with pytest.raises(edge.LimitError) as caught:
        vm.run("big_bytes", 1001)
    assert caught.value.kind == "result_too_large"


def test_the_limit_on_the_stack(conformance: edge.Module) -> None:
    deep, shallow = edge.Limits(stack=1 << 20), edge.Limits(stack=16 << 10)
    assert edge.Vm(conformance, imports=HOST, limits=deep).run("recurse", 500) == 500
    with pytest.raises(edge.Trap) as caught:
        edge.Vm(conformance, imports=HOST, limits=shallow).run("recurse", 5000)
    assert caught.value.kind == "stack_overflow"


def test_the_limits_on_tables_and_instances() -> None:
    with pytest.raises(edge.LimitError) as caught:
        edge.Vm(edge.Module.from_text("(module (table 100 funcref))"), limits=edge.Limits(table=99))
    assert caught.value.kind == "table_limit"
    module = edge.Module.from_text("(module)")
    store = edge.Store(limits=edge.Limits(instances=1))
    edge.Instance(store, module)
    with pytest.raises(edge.LimitError) as caught:
        edge.Instance(store, module)
    assert caught.value.kind == "instance_limit"
