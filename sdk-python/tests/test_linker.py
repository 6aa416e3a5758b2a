"""What the linker and host modules do beyond the table of the host API, and how host functions end a guest."""

import pickle
import threading
from collections.abc import Callable

import edge
import pytest
from conftest import with_host

CALLS = """(module
    (import "env" "f" (func $f (param i32) (result i32)))
    (memory 1)
    (func (export "call") (param i32) (result i32) (call $f (local.get 0))))"""


def link(define: Callable[[edge.Linker], object], engine: edge.Engine | None = None) -> edge.Instance:
    linker = edge.Linker(engine)
    define(linker)
    return linker.instantiate(edge.Store(engine), edge.Module.from_text(CALLS, engine))


def test_shadowing_can_be_forbidden() -> None:
    linker = edge.Linker(allow_shadowing=False)
    linker.define("env", "f", abs)
    with pytest.raises(edge.LinkError) as caught:
        linker.define("env", "f", print)
    assert caught.value.kind == "incompatible_import"
    assert linker.instantiate(edge.Store(), edge.Module.from_text(CALLS)).func("call")(-7) == 7


def test_definitions_are_listed() -> None:
    linker = edge.Linker()
    linker.define("b", "f", abs)
    linker.define("a", "g", abs)
    linker.alias("b", "f", "a", "f")
    linker.alias_module("a", "c")
    assert linker.definitions == [("a", "f"), ("a", "g"), ("b", "f"), ("c", "f"), ("c", "g")]
    with pytest.raises(edge.LinkError) as caught:
        linker.alias("x", "y", "a", "b")
    assert caught.value.kind == "unknown_import"
    with pytest.raises(edge.LinkError) as caught:
        linker.alias_module("x", "y")
    assert caught.value.kind == "unknown_import"


def test_a_host_module() -> None:
    host = edge.HostModule("env").func("f", ["i32"], ["i32"], abs).memory("memory", 1, 2)
    host.table("table", "funcref", 3).global_("global", "i64", 7, mutable=True)
    assert host.names == ["f", "memory", "table", "global"]
    text = """(module (import "env" "f" (func $f (param i32) (result i32))) (import "env" "memory" (memory 1 2))
        (import "env" "table" (table 3 funcref)) (import "env" "global" (global $g (mut i64)))
        (func (export "run") (result i64) (global.set $g (i64.const 9)) (global.get $g)))"""
    for _ in range(2):
        store, linker = edge.Store(), edge.Linker()
        host.define(linker, store)
        assert linker.instantiate(store, edge.Module.from_text(text)).func("run")() == 9
    too_large = edge.HostModule("env").func("f", [], [], print).memory("memory", 1 << 30)
    linker = edge.Linker()
    with pytest.raises(edge.EdgeError):
        too_large.define(linker, edge.Store())
    assert linker.definitions == []


def test_costs() -> None:
    engine = edge.Engine(fuel=True)
    instance = link(lambda linker: linker.func("env", "f", ["i32"], ["i32"], abs, cost=1000), engine)
    func = instance.func("call")
    assert func(-3) == 3
    with pytest.raises(edge.LimitError) as caught:
        func.with_options(fuel=900)(-3)
    assert caught.value.kind == "out_of_fuel"
    with pytest.raises(edge.StateError):
        edge.Linker().func("env", "f", [], [], print, cost=1)
    linker = edge.Linker(engine)
    for define, kind in ((None, "unknown_import"), (edge.Global(edge.Store(engine), "i32", 1), "wrong_export_kind")):
        if define is not None:
            linker.define("env", "g", define)
        with pytest.raises(edge.EdgeError) as wrong:
            linker.func_cost("env", "g", 1)
        assert wrong.value.kind == kind


def test_the_caller() -> None:
    seen: list[edge.Caller] = []

    def f(caller: edge.Caller, at: int) -> int:
        seen.append(caller)
        memory = caller.memory()
        assert memory is not None
        assert caller.memory(1) is None
        assert caller.export("absent") is None
        assert caller.instance is not None
        return memory.read(at, 1)[0]

    func = link(lambda linker: linker.func("env", "f", ["i32"], ["i32"], f, caller=True)).func("call")
    assert func(0) == 0
    kept = seen[0].memory()
    assert kept is not None
    kept.write(0, b"\x05")
    assert func(0) == 5
    with pytest.raises(edge.StateError):
        seen[0].consume_fuel(1)


def test_a_guest_that_is_ended_on_purpose() -> None:
    def f(_: int) -> int:
        raise edge.Terminate

    func = link(lambda linker: linker.define("env", "f", f)).func("call")
    with pytest.raises(edge.Terminated) as caught:
        func(1)
    assert caught.value.kind == "terminated"

    def outer(n: int) -> int:
        return func(n)  # type: ignore[no-any-return]

    with pytest.raises(edge.Terminated):
        link(lambda linker: linker.define("env", "f", outer)).func("call")(1)


def test_terminate_ends_a_guest_of_bindgen(conformance: edge.Module) -> None:
    def fail_host() -> None:
        raise edge.Terminate

    vm = edge.Vm(conformance, imports=with_host(fail_host=fail_host))
    with pytest.raises(edge.Terminated):
        vm.run("call_fail")
    assert vm.poisoned is not None


def test_errors_with_a_code() -> None:
    raised = edge.HostError("no such key", code=-(2**40))

    def f(_: int) -> int:
        raise raised

    with pytest.raises(edge.HostError, match="no such key") as caught:
        link(lambda linker: linker.define("env", "f", f)).func("call")(1)
    assert caught.value.code == -(2**40)
    assert caught.value.__cause__ is raised


def test_values_of_128_bits() -> None:
    text = '(module (func (export "f") (param v128) (result v128) (i32x4.add (local.get 0) (local.get 0))))'
    func = edge.Instance(edge.Store(), edge.Module.from_text(text)).func("f")
    assert func(bytes(range(16))) == bytes(2 * n for n in range(16))
    assert str(func.type) == "(v128) -> v128"
    for wrong in (b"short", 7, "sixteen letters!"):
        with pytest.raises(edge.ArgumentError):
            func(wrong)


def test_types_are_told_in_full() -> None:
    text = """(module (memory (export "m") i64 1 2) (table (export "t") i64 3 funcref)
        (func (export "f") (param (ref extern)) (result (ref null func)) (ref.null func)))"""
    types = {export.name: export.type for export in edge.Module.from_text(text).exports}
    assert types["m"] == edge.MemoryType(1, 2, memory64=True)
    assert types["t"] == edge.TableType("funcref", 3, table64=True)
    assert types["f"] == edge.FuncType(("(ref extern)",), ("funcref",))
    memory = edge.Memory(edge.Store(), 1, 2, memory64=True)
    assert memory.type == edge.MemoryType(1, 2, memory64=True)


def test_objects_of_the_host_are_dropped() -> None:
    class Object:
        def __del__(self) -> None:
            dropped.append(1)

    dropped: list[int] = []
    store = edge.Store()
    func = edge.Instance(store, edge.Module.from_text('(module (func (export "f") (param externref)))')).func("f")
    for _ in range(100):
        func(Object())
    for _ in range(3):
        store.collect_externrefs()
    assert store.externrefs < 100
    assert len(dropped) >= 100 - store.externrefs


def test_one_guest_from_many_threads() -> None:
    text = """(module (global $n (mut i32) (i32.const 0))
        (func (export "next") (result i32)
            (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))"""
    vm = edge.Vm(edge.Module.from_text(text))
    seen: list[int] = []

    def work() -> None:
        seen.extend([vm.run("next") for _ in range(500)])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen) == list(range(1, 4001))


def test_exceptions_of_guests() -> None:
    store, linker = edge.Store(), edge.Linker()
    tag = edge.Tag(store, ["i32"])
    assert tag.type == edge.TagType(("i32",))
    linker.define("env", "t", tag)
    text = """(module (import "env" "t" (tag $t (param i32))) (export "t" (tag $t))
        (func (export "throw") (throw $t (i32.const 42)))
        (func (export "catch") (result exnref)
            (block $h (result exnref) (try_table (catch_all_ref $h) (throw $t (i32.const 7))) (ref.null exn)))
        (func (export "again") (param exnref) (result i32)
            (block $h (result i32) (try_table (catch $t $h) (throw_ref (local.get 0))) (i32.const 0))))"""
    instance = linker.instantiate(store, edge.Module.from_text(text))
    assert instance.exports["t"] == tag
    with pytest.raises(edge.GuestException) as caught:
        instance.func("throw")()
    assert caught.value.kind == "uncaught_exception"
    thrown = caught.value.exception
    assert thrown is not None
    assert (thrown.tag, thrown.values) == (tag, (42,))
    assert instance.tag("t") == tag
    assert instance.func("again")(thrown) == 42
    assert pickle.loads(pickle.dumps(caught.value)).exception is None
    exception = instance.func("catch")()
    assert isinstance(exception, edge.ExnRef)
    assert instance.func("again")(exception) == 7
    linker.instance("other", instance)
    assert ("other", "t") in linker.definitions
    with pytest.raises(edge.EdgeError):
        instance.func("again")(None)


def test_host_functions_throw_exceptions_that_guests_catch() -> None:
    store, linker = edge.Store(), edge.Linker()
    tag, other = edge.Tag(store, ["i32", "f64"]), edge.Tag(store, [])
    linker.define("env", "t", tag)
    raised: list[Exception] = []

    def f() -> None:
        raise raised[-1]

    linker.define("env", "f", f)
    text = """(module (import "env" "t" (tag $t (param i32 f64))) (import "env" "f" (func $f))
        (func (export "catch") (result i32 f64)
            (block $h (result i32 f64) (try_table (catch $t $h) (call $f)) (i32.const 0) (f64.const 0)))
        (func (export "pass") (call $f)))"""
    instance = linker.instantiate(store, edge.Module.from_text(text))
    exception = edge.ExnRef(store, tag, [7, 0.5])
    assert (exception.tag, exception.values) == (tag, (7, 0.5))
    raised.append(edge.Throw(exception))
    assert instance.func("catch")() == (7, 0.5)
    with pytest.raises(edge.GuestException) as caught:
        instance.func("pass")()
    assert caught.value.exception == exception
    raised.append(caught.value)
    assert instance.func("catch")() == (7, 0.5), "what comes from a guest further in is thrown again"
    raised.append(edge.Throw(edge.ExnRef(store, other, ())))
    with pytest.raises(edge.GuestException) as caught:
        instance.func("catch")()
    assert caught.value.exception != exception
    with pytest.raises(edge.ArgumentError, match="carries 2 values, and 1 were given"):
        edge.ExnRef(store, tag, [1])
    with pytest.raises(edge.ArgumentError, match="carries 2 values, and 3 were given"):
        edge.ExnRef(store, tag, [1, 2, 3])
    with pytest.raises(edge.ArgumentError, match="value 2 of the exception: expected f64, got str"):
        edge.ExnRef(store, tag, [1, "2"])
    with pytest.raises(edge.StateError) as state:
        edge.ExnRef(edge.Store(), tag, [1, 2])
    assert state.value.kind == "wrong_store"


def test_handles_of_one_thing_are_equal() -> None:
    text = '(module (table (export "t") 2 funcref) (global (export "g") i32 (i32.const 1)) (memory (export "m") 1))'
    module = edge.Module.from_text(text)
    one, other = edge.Vm(module), edge.Vm(module)
    assert one.module == other.module == module != edge.Module.from_text(text)
    assert module.engine == one.store.engine
    for mine, again, theirs in (
        (one.table("t"), one.instance.table("t"), other.table("t")),
        (one.global_("g"), one.instance.global_("g"), other.global_("g")),
        (one.memory("m"), one.instance.memory("m"), other.memory("m")),
        (one.instance, one.instance, other.instance),
        (one.instance.store, one.store, other.store),
    ):
        assert mine == again != theirs
        assert hash(mine) == hash(again)


def test_tables_are_filled() -> None:
    store = edge.Store()
    table = edge.Table(store, "externref", 4)
    table.fill(1, "x", 2)
    assert list(table) == [None, "x", "x", None]
    with pytest.raises(edge.Trap) as caught:
        table.fill(3, "y", 2)
    assert caught.value.kind == "table_out_of_bounds"
    assert table.get(3) is None
    text = '(module (import "env" "t" (table i64 2 funcref)) (func (export "f") (result i64) (table.size 0)))'
    linker = edge.Linker()
    edge.HostModule("env").table("t", "funcref", 2, table64=True).define(linker, store)
    assert linker.instantiate(store, edge.Module.from_text(text)).func("f")() == 2


def test_a_host_function_of_a_vm_throws_what_its_guest_catches() -> None:
    text = """(module (import "env" "f" (func $f)) (tag $t (export "t") (param i32))
        (func (export "catch") (result i32)
            (block $h (result i32) (try_table (catch $t $h) (call $f)) (i32.const 0))))"""

    def f() -> None:
        raise edge.Throw(edge.ExnRef(vm.store, vm.instance.tag("t"), [42]))

    vm = edge.Vm(edge.Module.from_text(text), {"env": {"f": f}})
    assert vm.run("catch") == 42
