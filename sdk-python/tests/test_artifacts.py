"""Compiled code in files: written, trusted, used; refused where it is damaged, does not suit, or is not trusted."""

import gc
import os
import platform
import threading
from collections.abc import Callable
from pathlib import Path

import edge
import pytest
from conftest import GUESTS, HOST

GUEST = """(module $adder
    (memory (export "memory") 1) (data (i32.const 8) "data")
    (table 2 funcref) (elem (i32.const 0) $add $load)
    (type $binary (func (param i32 i32) (result i32)))
    (func $add (export "add") (type $binary) (i32.add (local.get 0) (local.get 1)))
    (func $load (export "load") (type $binary) (i32.load8_u (i32.add (local.get 0) (local.get 1))))
    (func (export "call") (param i32 i32 i32) (result i32)
        (call_indirect (type $binary) (local.get 1) (local.get 2) (local.get 0))))"""

#: What makes guests of a source.
DOORS: list[Callable[..., object]] = [edge.Vm, edge.Pool]
FORMS = ("universal", "native")
OTHER = "x86_64-unknown-linux-gnu" if platform.machine() == "aarch64" else "aarch64-unknown-linux-gnu"


@pytest.fixture(scope="module")
def module() -> edge.Module:
    return edge.Module.from_text(GUEST)


def check(module: edge.Module) -> None:
    """Everything that the code of the guest can do."""
    with edge.Vm(module, engine=module.engine) as vm:
        assert vm.run("add", 40, 2) == 42
        assert vm.run("call", 1, 8, 1) == ord("a")
        with pytest.raises(edge.Trap) as caught:
            vm.run("load", -1, 0)
        assert caught.value.kind == "memory_out_of_bounds"
        assert [frame.func_name for frame in caught.value.backtrace] == ["load"]
    assert module.name == "adder"
    assert [export.name for export in module.exports] == ["memory", "add", "load", "call"]


def refused(kind: str, source: Path | bytes | bytearray, engine: edge.Engine | None = None) -> str:
    """Why trusting a source does not help."""
    with pytest.raises(edge.LoadError) as caught:
        edge.Module.from_trusted(source, engine)
    assert (caught.value.kind, caught.value.phase) == (kind, "load")
    return caught.value.message


SETTINGS = [{}, {"signals": False}, {"opt_level": "none"}, {"compile": "lazy"}, {"target": "generic"}, {"fuel": True}]


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("form", FORMS)
def test_bytes_of_both_forms(form: str, settings: dict[str, object]) -> None:
    def engine() -> edge.Engine:
        return edge.Engine(**settings)  # type: ignore[arg-type]

    module = edge.Module.from_text(GUEST, engine())
    data = module.serialize(form)  # type: ignore[arg-type]
    assert type(data) is bytes
    assert not module.precompiled
    loaded = edge.Module.from_trusted(data, engine())
    assert loaded.precompiled
    assert loaded.compiled_functions == (3, 3)
    assert loaded != module
    check(loaded)
    assert loaded.serialize(form) == data  # type: ignore[arg-type]


@pytest.mark.parametrize("form", FORMS)
def test_interpreted_modules_are_written_too(form: str) -> None:
    module = edge.Module.from_text(GUEST, edge.Engine(interpreter=True))
    data = module.serialize(form)  # type: ignore[arg-type]
    loaded = edge.Module.from_trusted(data, edge.Engine(interpreter=True))
    assert loaded.precompiled
    check(loaded)


def test_the_universal_form_is_the_default(module: edge.Module) -> None:
    data = module.serialize()
    assert data == module.serialize("universal")
    assert data.startswith(b"\0asm")
    assert "edge.native" in edge.Module(data).custom_section_names


def test_every_sort_of_buffer_is_bytes(module: edge.Module) -> None:
    data = module.serialize("native")
    for buffer in (bytearray(data), memoryview(data), memoryview(b"x" + data)[1:]):
        loaded = edge.Module.from_trusted(buffer)
        assert loaded.precompiled
        check(loaded)
    changing = bytearray(data)
    loaded = edge.Module.from_trusted(changing)
    changing[:] = bytes(len(changing))
    del changing
    gc.collect()
    check(loaded)


def test_files_go_by_their_names_unless_told(module: edge.Module, tmp_path: Path) -> None:
    for name, form, expected in [
        ("a.wasm", None, "universal"),
        ("a.edge", None, "native"),
        ("a", None, "native"),
        ("b.wasm", "native", "native"),
        ("b.edge", "universal", "universal"),
    ]:
        path = tmp_path / name
        module.serialize_to(path, form)  # type: ignore[arg-type]
        assert path.read_bytes() == module.serialize(expected)  # type: ignore[arg-type]
        for place in (path, str(path)):
            loaded = edge.Module.from_trusted(place)
            assert loaded.precompiled
            check(loaded)
    assert len(list(tmp_path.iterdir())) == 5, "and nothing else is left there"


def test_whoever_uses_a_file_keeps_it_when_another_takes_its_place(module: edge.Module, tmp_path: Path) -> None:
    path = tmp_path / "guest.edge"
    module.serialize_to(path)
    loaded, vm = edge.Module.from_trusted(path), edge.Vm(path, trusted=True)
    edge.Module.from_text("(module)").serialize_to(path)
    assert edge.Module.from_trusted(path).exports == []
    check(loaded)
    path.unlink()
    check(loaded)
    assert vm.run("add", 1, 2) == 3


def test_what_holds_no_native_code_is_compiled(tmp_path: Path) -> None:
    text, binary = tmp_path / "guest.wat", GUESTS / "memory.wasm"
    text.write_text(GUEST)
    loaded = edge.Module.from_trusted(text)
    assert not loaded.precompiled
    check(loaded)
    for source in (binary, binary.read_bytes()):
        assert not edge.Module.from_trusted(source).precompiled
    empty = tmp_path / "empty.edge"
    empty.write_bytes(b"")
    refused("malformed", empty)
    refused("malformed", b"")


def test_without_trust_native_code_is_ignored_or_refused(module: edge.Module, tmp_path: Path) -> None:
    universal, native = tmp_path / "guest.wasm", tmp_path / "guest.edge"
    module.serialize_to(universal)
    module.serialize_to(native)
    for source in (universal, universal.read_bytes()):
        loaded = edge.Module(source)
        assert not loaded.precompiled
        check(loaded)
        with edge.Vm(source) as vm, edge.Pool(source, size=1) as pool:
            assert not vm.module.precompiled
            assert not pool.module.precompiled
    for use in (edge.Module, *DOORS):
        for source in (native, native.read_bytes()):
            with pytest.raises(edge.LoadError, match="native code of edge.*trusted") as caught:
                use(source)
            assert (caught.value.kind, caught.value.phase) == ("malformed", "load")
    with pytest.raises(edge.LoadError, match="trusted"):
        edge.Module.validate(native.read_bytes())


@pytest.mark.parametrize("name", ["guest.wasm", "guest.edge"])
def test_a_trusted_vm_and_pool(module: edge.Module, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    module.serialize_to(path)
    for source in (path, str(path), path.read_bytes()):
        with edge.Vm(source, trusted=True) as vm:
            assert vm.module.precompiled
            assert vm.run("add", 40, 2) == 42
            vm.reset()
            assert vm.run("add", 40, 2) == 42
        with edge.Pool(source, size=4, trusted=True) as pool:
            assert pool.module.precompiled
            assert pool.map("add", range(100), range(100), threads=4) == [2 * n for n in range(100)]
    engine = edge.Engine()
    with edge.Vm(path, engine=engine, trusted=True, limits=edge.Limits(memory=1 << 20)) as vm:
        assert vm.module.engine == engine
    # What has been compiled is as it is.
    assert not edge.Vm(module, trusted=True).module.precompiled
    assert edge.Vm(module, trusted=True).module == module
    with pytest.raises(edge.EdgeError) as caught:
        edge.Vm(module, engine=engine, trusted=True)
    assert caught.value.kind == "wrong_store"


def test_a_bindgen_guest_from_a_file(conformance: edge.Module, tmp_path: Path) -> None:
    path = tmp_path / "conformance.edge"
    conformance.serialize_to(path)
    with edge.Vm(path, HOST, trusted=True) as vm:
        assert vm.run("add", 40, 2) == 42
        assert vm.module.custom_section_names == conformance.custom_section_names


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"signals": False}, "explicit traps: false, but here it is true"),
        ({"fuel": True}, "fuel: off, but here it is costs"),
        ({"count_instructions": True}, "instructions counted: false"),
        ({"deterministic": True}, "deterministic: false"),
        ({"interruptible": False}, "interruptible: true"),
        ({"proposals": {"simd": False}}, "proposals: "),
        ({"target": OTHER}, OTHER),
    ],
)
def test_what_does_not_suit_is_named_or_compiled(
    module: edge.Module, tmp_path: Path, settings: dict[str, object], expected: str
) -> None:
    engine = edge.Engine(**settings)  # type: ignore[arg-type]
    native, universal = tmp_path / "guest.edge", tmp_path / "guest.wasm"
    module.serialize_to(native)
    module.serialize_to(universal)
    for source in (native, native.read_bytes()):
        assert expected in refused("artifact_mismatch", source, engine)
        for door in DOORS:
            with pytest.raises(edge.LoadError) as caught:
                door(source, engine=engine, trusted=True)
            assert caught.value.kind == "artifact_mismatch"
    for source in (universal, universal.read_bytes()):
        loaded = edge.Module.from_trusted(source, engine)
        assert not loaded.precompiled
        if "target" not in settings:
            check(loaded)


def test_damage_is_found_before_anything_is_used(module: edge.Module, tmp_path: Path) -> None:
    data = module.serialize("native")
    path = tmp_path / "guest.edge"
    for at in [*range(8, 64), *range(64, len(data), 97)]:
        damaged = bytearray(data)
        damaged[at] ^= 1 << at % 8
        refused("artifact_damaged", damaged)
    for torn in (data[:-1], data[: len(data) // 2], data + b"x"):
        path.write_bytes(torn)
        refused("artifact_damaged", torn)
        refused("artifact_damaged", path)
        for door in DOORS:
            with pytest.raises(edge.LoadError) as caught:
                door(path, trusted=True)
            assert caught.value.kind == "artifact_damaged"
    universal = bytearray(module.serialize())
    universal[-64] ^= 1
    refused("artifact_damaged", universal)
    check(edge.Module(universal))
    # What ends otherwise than universal artifacts do is a module with a custom section.
    universal[-1] ^= 1
    assert not edge.Module.from_trusted(universal).precompiled


def test_code_for_another_machine_is_written_and_not_run(tmp_path: Path) -> None:
    engine = edge.Engine(target=OTHER)
    module = edge.Module.from_text(GUEST, engine)
    native = module.serialize("native")
    assert OTHER in refused("artifact_mismatch", native)
    assert edge.Module.from_trusted(native, engine).precompiled
    with pytest.raises(edge.LoadError, match="does not run here") as caught:
        edge.Vm(module, engine=engine)
    assert (caught.value.kind, caught.value.phase) == ("artifact_mismatch", "instantiate")
    # The universal form runs everywhere all the same.
    module.serialize_to(tmp_path / "guest.wasm")
    check(edge.Module.from_trusted(tmp_path / "guest.wasm"))
    for name in ("pdp11-dec-unix", "no-such-machine", ""):
        with pytest.raises(edge.LoadError) as caught:
            edge.Engine(target=name)
        assert name in caught.value.message
        assert (caught.value.kind, caught.value.phase) == ("compile_failed", "compile")


def test_code_for_any_machine_of_this_kind_runs_here(tmp_path: Path) -> None:
    path = tmp_path / "guest.edge"
    edge.Module.from_text(GUEST, edge.Engine(target="generic")).serialize_to(path)
    loaded = edge.Module.from_trusted(path)
    assert loaded.precompiled
    check(loaded)


def test_compile_makes_files(module: edge.Module, tmp_path: Path) -> None:
    text = tmp_path / "guest.wat"
    text.write_text(GUEST)
    told: list[tuple[int, int]] = []
    edge.compile(text, tmp_path / "a.edge", progress=lambda done, total: told.append((done, total)))
    assert told == [(3, 3)]
    edge.compile(str(text), str(tmp_path / "a.wasm"))
    edge.compile(module, tmp_path / "b.wasm", form="native")
    edge.compile(module.serialize(), tmp_path / "c.edge", form="universal")
    edge.compile(text, tmp_path / "d.edge", target="generic")
    for name in ("a.edge", "a.wasm", "b.wasm", "c.edge", "d.edge"):
        loaded = edge.Module.from_trusted(tmp_path / name)
        assert loaded.precompiled, name
        check(loaded)
    assert (tmp_path / "b.wasm").read_bytes() == module.serialize("native")
    edge.compile(text, tmp_path / "e.edge", target=OTHER)
    assert OTHER in refused("artifact_mismatch", tmp_path / "e.edge")
    engine = edge.Engine(fuel=True)
    edge.compile(text, tmp_path / "f.edge", engine=engine)
    assert edge.Module.from_trusted(tmp_path / "f.edge", engine).precompiled


def test_compile_says_what_it_cannot_do(module: edge.Module, tmp_path: Path) -> None:
    out = tmp_path / "out.edge"
    with pytest.raises(TypeError, match="only one of the two"):
        edge.compile(b"", out, target="generic", engine=edge.Engine())
    with pytest.raises(TypeError, match="has an engine already"):
        edge.compile(module, out, target="generic")
    with pytest.raises(TypeError, match="has an engine already"):
        edge.compile(module, out, engine=module.engine)
    with pytest.raises(edge.LoadError) as caught:
        edge.compile(b"no module", out)
    assert caught.value.kind == "malformed"
    with pytest.raises(ValueError, match="'universal' or 'native', not \"both\""):
        edge.compile(module, out, form="both")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_read_or_written(module: edge.Module, tmp_path: Path) -> None:
    missing = tmp_path / "missing" / "guest.edge"
    for use in (
        lambda: module.serialize_to(missing),
        lambda: edge.compile(module, missing),
        lambda: edge.Module.from_trusted(missing),
        lambda: edge.Vm(missing, trusted=True),
        lambda: edge.Pool(missing, trusted=True),
        lambda: edge.compile(missing, tmp_path / "out.edge"),
    ):
        with pytest.raises(edge.IoError, match=str(missing)) as caught:
            use()
        assert isinstance(caught.value.__cause__, FileNotFoundError)
    with pytest.raises(edge.IoError):
        module.serialize_to(tmp_path)
    assert os.listdir(tmp_path) == []


def test_wrong_arguments(module: edge.Module) -> None:
    for form in ("Native", "", "both"):
        with pytest.raises(ValueError, match="form must be 'universal' or 'native'"):
            module.serialize(form)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="form must be"):
            module.serialize_to("never", form)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        module.serialize(1)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        module.serialize_to(5)  # type: ignore[arg-type]
    for source in (None, 5, ["a"]):
        with pytest.raises(TypeError, match="a module is a path, bytes or an edge.Module"):
            edge.Module.from_trusted(source)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="a module is a path, bytes or an edge.Module"):
            edge.Vm(source, trusted=True)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="edge.Module already"):
        edge.Module.from_trusted(module)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        edge.Vm(module, trusted="yes")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        edge.Vm(module, None, None, None, None, True)  # type: ignore[call-arg]


def test_modules_outlive_the_guests_that_were_made_of_them(module: edge.Module, tmp_path: Path) -> None:
    path = tmp_path / "guest.edge"
    module.serialize_to(path)
    vm, pool = edge.Vm(path, trusted=True), edge.Pool(path, size=1, trusted=True)
    vm.close()
    pool.close()
    for loaded in (vm.module, pool.module):
        assert loaded.serialize("native") == path.read_bytes()
        check(loaded)
    with pytest.raises(edge.StateError) as caught:
        vm.run("add", 1, 2)
    assert caught.value.kind == "closed"


def test_many_threads_write_and_load_one_file(module: edge.Module, tmp_path: Path) -> None:
    path = tmp_path / "guest.edge"
    module.serialize_to(path)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(20):
                module.serialize_to(path)
                with edge.Vm(path, trusted=True) as vm:
                    assert vm.run("add", 40, 2) == 42
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert list(tmp_path.iterdir()) == [path]
