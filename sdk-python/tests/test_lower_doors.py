"""Module, Store, Linker, Instance, Func, Memory, Table, Global."""

import gc
from collections.abc import Callable

import edge
import pytest

Plain = Callable[[str], edge.Module]

ADD = '(module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))'


def test_module_inspection(plain: Plain) -> None:
    module = plain("imported_state")
    imports = {item.name: item.type for item in module.imports}
    assert imports == {
        "memory": edge.MemoryType(1, 4),
        "table": edge.TableType("funcref", 4, 8),
        "counter": edge.GlobalType("i32", mutable=True),
        "limit": edge.GlobalType("i64", mutable=False),
    }
    assert {item.module for item in module.imports} == {"env"}
    exports = {item.name: item.type for item in module.exports}
    assert exports["store"] == edge.FuncType(("i32", "i32"), ())
    assert str(exports["load"]) == "(i32) -> i32"
    assert str(edge.FuncType((), ("i32", "i64"))) == "() -> (i32, i64)"


def test_names_and_custom_sections(conformance: edge.Module) -> None:
    module = edge.Module.from_text('(module $named (@custom "notes" "one") (@custom "notes" "two"))')
    assert module.name == "named"
    assert module.custom_sections("notes") == [b"one", b"two"]
    assert module.custom_sections("none") == []
    assert "notes" in module.custom_section_names
    assert "edge_bindgen" in conformance.custom_section_names
    assert "0 imports, 0 exports" in repr(module)


def test_engines() -> None:
    one, other = edge.Engine(), edge.Engine(opt_level="none", threads=1)
    assert one == one
    assert one != other
    assert one != "engine"
    module = edge.Module.from_text(ADD, engine=other)
    assert edge.Vm(module).run("add", 1, 2) == 3
    with pytest.raises(edge.StateError) as caught:
        edge.Vm(module, engine=one)
    assert caught.value.kind == "wrong_store"
    with pytest.raises(ValueError, match="opt_level must be"):
        edge.Engine(opt_level="fastest")  # type: ignore[arg-type]


def test_functions_with_their_own_values() -> None:
    instance = edge.Instance(edge.Store(), edge.Module.from_text(ADD))
    add = instance.func("add")
    assert add(2, 3) == 5
    assert add.type == edge.FuncType(("i32", "i32"), ("i32",))
    assert instance.exports["add"](40, 2) == 42
    assert instance.module.exports == edge.Module.from_text(ADD).exports


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ((1,), "argument_count", "2 arguments wanted, 1 given"),
        ((1, 2, 3), "argument_count", "2 arguments wanted, 3 given"),
        ((1, "2"), "argument_type", "argument 2: expected i32, got str"),
        ((1, 2**31), "argument_type", "argument 2: expected i32, got an integer out of its range"),
        ((True, 1), "argument_type", "argument 1: expected i32, got bool"),
        ((1.5, 1), "argument_type", "argument 1: expected i32, got float"),
    ],
)
def test_wrong_arguments(arguments: tuple[object, ...], kind: str, message: str) -> None:
    add = edge.Instance(edge.Store(), edge.Module.from_text(ADD)).func("add")
    with pytest.raises(edge.ArgumentError, match=message) as caught:
        add(*arguments)
    assert caught.value.kind == kind


def test_exports_of_the_wrong_sort(plain: Plain) -> None:
    instance = edge.Instance(edge.Store(), plain("exports"))
    for get, name, kind in (
        (instance.func, "memory", "wrong_export_kind"),
        (instance.memory, "table", "wrong_export_kind"),
        (instance.table, "missing", "unknown_export"),
        (instance.global_, "double", "wrong_export_kind"),
    ):
        with pytest.raises(edge.ExportError, match=name) as caught:
            get(name)
        assert caught.value.kind == kind


def test_memory(plain: Plain) -> None:
    vm = edge.Vm(plain("exports"))
    memory = vm.memory()
    assert (memory.size, len(memory), memory.type) == (1, 65_536, edge.MemoryType(1, 4))
    assert memory.read(16, 20) == b"Hello from the guest"
    memory.write(100, bytearray(b"host"))
    assert [vm.exports.load(100 + i) for i in range(4)] == list(b"host")
    assert memory.grow(1) == 1
    assert (memory.size, len(memory)) == (2, 131_072)
    assert memory == vm.memory()
    assert hash(memory) == hash(vm.memory())
    assert repr(memory) == "<edge.Memory of 2 pages>"


def test_memory_out_of_bounds(plain: Plain) -> None:
    memory = edge.Vm(plain("exports")).memory()
    assert memory.read(65_536, 0) == b""
    memory.write(65_536, b"")
    for use in (
        lambda: memory.read(65_536, 1),
        lambda: memory.read(0, 2**50),
        lambda: memory.read(2**63, 2**63),
        lambda: memory.write(65_535, b"ab"),
    ):
        with pytest.raises(edge.Trap, match="65536|65,536") as caught:
            use()
        assert caught.value.kind == "memory_out_of_bounds"
    with pytest.raises(edge.EdgeError) as limit:
        memory.grow(4)
    assert limit.value.kind in ("memory_limit", "memory_out_of_bounds")
    with pytest.raises(TypeError, match="bytes are written, not str"):
        memory.write(0, "text")  # type: ignore[arg-type]


def test_a_view_is_the_memory_itself(plain: Plain) -> None:
    vm = edge.Vm(plain("exports"))
    view = memoryview(vm.memory())
    assert (view.format, view.readonly, view.nbytes) == ("B", False, 65_536)
    view[200] = 7
    assert vm.exports.load(200) == 7
    vm.exports.store(201, 8)
    assert view[201] == 8
    vm.exports.grow(1)
    vm.exports.store(202, 9)
    assert view[202] == 9, "memories do not move when they grow"
    assert len(view) == 65_536


def test_a_view_outlives_everything(plain: Plain) -> None:
    vm = edge.Vm(plain("exports"))
    view = memoryview(vm.memory())
    vm.close()
    del vm
    gc.collect()
    assert bytes(view[16:36]) == b"Hello from the guest"
    view[0] = 1
    view.release()


def test_globals(plain: Plain) -> None:
    vm = edge.Vm(plain("exports"))
    counter, limit = vm.global_("counter"), vm.global_("limit")
    assert (counter.value, limit.value, vm.global_("ratio").value) == (7, 9_000_000_000, 0.5)
    counter.value = 41
    assert vm.exports.next() in (41, 42)
    assert counter.type == edge.GlobalType("i32", mutable=True)
    with pytest.raises(edge.ArgumentError) as caught:
        limit.value = 1
    assert caught.value.kind == "immutable"
    with pytest.raises(edge.ArgumentError, match="the global's value: expected i32, got str"):
        counter.value = "7"


def test_tables(plain: Plain) -> None:
    vm = edge.Vm(plain("exports"))
    table = vm.table("table")
    assert len(table) == 4
    assert table.get(0)(21) == 42
    assert table[1](5) == 25
    assert table.get(2) is None
    table[2] = table[0]
    assert table[2](4) == 8
    assert table.grow(2) == 4
    assert [item is None for item in table] == [False, False, False, True, True, True]
    with pytest.raises(edge.EdgeError) as caught:
        table.get(6)
    assert caught.value.kind == "table_out_of_bounds"
    with pytest.raises(IndexError):
        table[6]
    with pytest.raises(edge.ArgumentError, match="expected funcref, got int"):
        table.set(0, 7)


def test_externrefs_are_the_objects_themselves(plain: Plain) -> None:
    instance = edge.Instance(edge.Store(), plain("references"))
    thing = object()
    assert instance.func("echo")(thing) is thing
    assert instance.func("echo")(None) is None
    assert instance.func("is_null")(None) == 1
    assert instance.func("is_null")(thing) == 0
    instance.func("keep")(2, thing)
    assert instance.func("kept")(2) is thing
    assert instance.table("objects")[2] is thing
    instance.global_("object").value = thing
    assert instance.func("get_object")() is thing
    assert instance.func("call_function")(instance.func("function")()) == 7
    assert instance.func("no_function")() is None


def test_a_linker(plain: Plain) -> None:
    store, linker = edge.Store(), edge.Linker()
    exporter = linker.instantiate(store, plain("exports"))
    linker.instance("env", exporter)
    assert linker.contains("env", "memory")
    assert not linker.contains("env", "nothing")
    importer = linker.instantiate(store, plain("imported_state"))
    assert exporter.memory().read(1024, 23) == b"written by the importer"
    importer.func("set_counter")(99)
    assert exporter.global_("counter").value == 99
    assert importer.func("call_at")(2, 5) == -5
    assert store.memory_used == 65_536


def test_host_objects_as_imports(plain: Plain) -> None:
    store, linker = edge.Store(), edge.Linker()
    memory = edge.Memory(store, 1, 4)
    counter = edge.Global(store, "i32", 3, mutable=True)
    linker.define("env", "memory", memory)
    linker.define("env", "table", edge.Table(store, "funcref", 4, 8))
    linker.define("env", "counter", counter)
    linker.define("env", "limit", edge.Global(store, "i64", 2**40))
    instance = linker.instantiate(store, plain("imported_state"))
    assert instance.func("get_counter")() == 3
    counter.value = 4
    assert instance.func("get_counter")() == 4
    assert instance.func("get_limit")() == 2**40
    instance.func("store")(7, 9)
    assert memory.read(7, 1) == b"\x09"


def test_callables_as_imports(plain: Plain) -> None:
    store, linker = edge.Store(), edge.Linker()
    linker.define("extern_module", "class_add", lambda thing, a, b: thing["base"] + a + b)
    linker.define(
        "extern_module", "func_mul", edge.Func(store, ["externref", "i32", "i32"], ["i32"], lambda _, a, b: a * b)
    )
    linker.define("extern_module", "functor_square", lambda _, a: a * a)
    instance = linker.instantiate(store, plain("externref"))
    assert instance.func("call_add")({"base": 100}, 1, 2) == 103
    assert instance.func("call_mul")(None, 789, 4321) == 3_409_269
    assert instance.func("call_add_square")({"base": 0}, None, 3, 4) == 49


def test_a_callable_that_raises_or_returns_nonsense() -> None:
    module = edge.Module.from_text(
        '(module (import "m" "f" (func $f (result i32))) (func (export "g") (result i32) (call $f)))'
    )
    raised = ValueError("no")

    def raises() -> int:
        raise raised

    for callable, kind in ((raises, "host_error"), (lambda: "text", "result_type"), (lambda: (1, 2), "result_type")):
        linker = edge.Linker()
        linker.define("m", "f", callable)
        instance = linker.instantiate(edge.Store(), module)
        with pytest.raises(edge.EdgeError) as caught:
            instance.func("g")()
        assert caught.value.kind == kind
        assert (caught.value.__cause__ is raised) == (kind == "host_error")


def test_wrong_imports() -> None:
    module = edge.Module.from_text('(module (import "m" "f" (func)) (import "m" "memory" (memory 1)))')
    store, linker = edge.Store(), edge.Linker()
    with pytest.raises(edge.LinkError, match="m.*f") as caught:
        linker.instantiate(store, module)
    assert caught.value.kind == "unknown_import"
    linker.define("m", "f", print)
    linker.define("m", "memory", print)
    with pytest.raises(TypeError, match=r"m\.memory is imported as a memory"):
        linker.instantiate(store, module)
    linker.define("m", "memory", edge.Table(store, "funcref", 1))
    with pytest.raises(edge.LinkError) as incompatible:
        linker.instantiate(store, module)
    assert incompatible.value.kind == "incompatible_import"
    with pytest.raises(TypeError, match="an import is an edge.Func"):
        linker.define("m", "f", 7)  # type: ignore[arg-type]
    with pytest.raises(edge.LinkError):
        edge.Instance(store, module, [])
    with pytest.raises(TypeError, match="is callable"):
        edge.Func(store, [], [], 7)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no value type 'i33'|no value type \"i33\""):
        edge.Func(store, ["i33"], [], print)  # type: ignore[list-item]
    with pytest.raises(ValueError, match="a table holds"):
        edge.Table(store, "i32", 1)  # type: ignore[arg-type]


def test_another_store_is_refused(plain: Plain) -> None:
    here, there = edge.Store(), edge.Store()
    func = edge.Instance(there, edge.Module.from_text(ADD)).func("add")
    module = edge.Module.from_text('(module (import "m" "f" (func (param i32 i32) (result i32))))')
    linker = edge.Linker()
    linker.define("m", "f", func)
    for use in (
        lambda: linker.instantiate(here, module),
        lambda: edge.Instance(here, module, [func]),
        lambda: edge.Instance(here, plain("references")).func("call_function")(func),
        lambda: edge.Table(here, "funcref", 1).set(0, func),
    ):
        with pytest.raises(edge.EdgeError) as caught:
            use()
        assert caught.value.kind == "wrong_store"


def test_instances_that_trap_when_made(plain: Plain) -> None:
    with pytest.raises(edge.Trap) as caught:
        edge.Instance(edge.Store(), plain("start_trap"))
    assert caught.value.kind == "unreachable"
    with pytest.raises(edge.Trap) as segment:
        edge.Vm(plain("segment_trap"))
    assert segment.value.kind == "memory_out_of_bounds"
