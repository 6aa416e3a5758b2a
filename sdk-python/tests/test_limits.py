"""Each limit is hit once, and says so."""

from collections.abc import Callable
from typing import Any

import edge
import pytest
from conftest import GUESTS, HOST

Make = Callable[[edge.Limits], Any]


def load(text: str) -> Make:
    return lambda limits: edge.Vm(edge.Module.from_text(text), limits=limits)


def twice(limits: edge.Limits) -> None:
    store, module = edge.Store(limits=limits), edge.Module.from_text("(module)")
    for _ in range(2):
        edge.Instance(store, module)


def dive(limits: edge.Limits) -> None:
    """Recurse 4000 deep inside of the guest."""
    text = """(module (func $f (export "f") (param i32) (result i32)
        (if (result i32) (local.get 0)
            (then (i32.add (call $f (i32.sub (local.get 0) (i32.const 1))) (local.get 0))) (else (i32.const 0)))))"""
    edge.Vm(edge.Module.from_text(text), limits=limits).run("f", 4000)


def recurse(limits: edge.Limits) -> None:
    """Recurse 100 deep from the guest into the host and back."""
    module = edge.Module.from_text("""(module (import "m" "f" (func $f (param i32)))
        (func (export "g") (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))))))""")
    vm = edge.Vm(module, {"m": {"f": lambda n: vm.run("g", n)}}, limits=limits)
    vm.run("g", 100)


def result(limits: edge.Limits) -> None:
    vm = edge.Vm(GUESTS / "conformance.wasm", HOST, limits=limits)
    assert len(vm.run("big_bytes", 1000)) == 1000


def spend(limits: edge.Limits) -> None:
    engine = edge.Engine(fuel=True)
    text = '(module (func (export "f") (result i32) (i32.add (i32.const 1) (i32.const 2))))'
    edge.Vm(edge.Module.from_text(text, engine), limits=limits, engine=engine).run("f")


def count(limits: edge.Limits) -> None:
    text = """(module (func (export "f") (param i32)
        (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"""
    vm = edge.Vm(edge.Module.from_text(text), limits=limits)
    rounds = 1 if limits.deadline is None else 0  # 0 is four thousand million
    vm.run("f", rounds)


@pytest.mark.parametrize(
    ("limits", "make", "kind"),
    [
        (edge.Limits(memory=65_536), load("(module (memory 2))"), "memory_limit"),
        (edge.Limits(table=9), load("(module (table 10 funcref))"), "table_limit"),
        (edge.Limits(instances=1), twice, "instance_limit"),
        (edge.Limits(stack=64 << 10), dive, "stack_overflow"),
        (edge.Limits(recursion=10), recurse, "recursion_limit"),
        (edge.Limits(result_size=999), result, "result_too_large"),
        (edge.Limits(fuel=2), spend, "out_of_fuel"),
        (edge.Limits(deadline=0.01), count, "deadline_exceeded"),
        (edge.Limits(fuel=1), load("(module)"), "not_enabled"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_limit_of_a_store(limits: edge.Limits, make: Make, kind: str) -> None:
    with pytest.raises(edge.EdgeError) as caught:
        make(limits)
    error: BaseException = caught.value
    while kind != error.kind and isinstance(error.__cause__, edge.EdgeError):  # type: ignore[attr-defined]
        error = error.__cause__
    assert error.kind == kind  # type: ignore[attr-defined]
    make(edge.Limits())


def test_growth_beyond_a_limit_is_refused_and_breaks_nothing() -> None:
    text = """(module (memory (export "memory") 1) (table (export "table") 1 funcref)
        (func (export "memory.grow") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "table.grow") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))"""
    vm = edge.Vm(edge.Module.from_text(text), limits=edge.Limits(memory=2 << 16, table=10))
    assert (vm.run("memory.grow", 2), vm.run("table.grow", 10)) == (-1, -1)
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: vm.memory().grow(2), "memory_limit"),
        (lambda: vm.table("table").grow(10), "table_limit"),
    ]
    for grow, kind in refused:
        with pytest.raises(edge.LimitError) as caught:
            grow()
        assert caught.value.kind == kind
    assert (vm.run("memory.grow", 1), vm.run("table.grow", 9)) == (1, 1)
    for make in (lambda: edge.Memory(vm.store, 1), lambda: edge.Table(vm.store, "funcref", 1)):
        with pytest.raises(edge.LimitError):
            make()


def test_the_limits_of_an_engine_hold_where_there_are_no_others() -> None:
    engine = edge.Engine(limits=edge.Limits(memory=65_536))
    module = edge.Module.from_text("(module (memory 2))", engine)
    with pytest.raises(edge.LimitError):
        edge.Vm(module)
    with pytest.raises(edge.LimitError):
        edge.Instance(edge.Store(engine), module)
    edge.Vm(module, limits=edge.Limits())


@pytest.mark.parametrize(
    ("member", "value", "error"),
    [
        ("memory", -1, OverflowError),
        ("recursion", 2**32, OverflowError),
        ("stack", "much", TypeError),
        ("deadline", -1, ValueError),
        ("deadline", "soon", TypeError),
        ("module", 7, TypeError),
    ],
)
def test_what_is_no_limit(member: str, value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        edge.Limits(**{member: value})


@pytest.mark.parametrize(
    ("member", "most", "text"),
    [
        ("module_size", 30, '(module (memory 1) (data (i32.const 0) "0123456789"))'),
        ("functions", 1, "(module (func) (func))"),
        ("items", 2, "(module (func) (func) (func))"),
        ("body_size", 8, "(module (func (drop (i32.const 1)) (drop (i32.const 1)) (drop (i32.const 1))))"),
        ("locals", 2, "(module (func (param i32) (local i32 i32)))"),
        ("branch_targets", 1, "(module (func (br_table 0 0 0 (i32.const 0))))"),
        ("nesting", 2, "(module (func (block (block (block)))))"),
        ("operands", 2, "(module (func (drop (i32.add (i32.const 1) (i32.add (i32.const 1) (i32.const 1))))))"),
    ],
)
def test_a_limit_on_modules(member: str, most: int, text: str) -> None:
    limits = edge.ModuleLimits(**{member: most})
    assert getattr(limits, member) == most
    assert f"{member}={most}" in repr(limits)
    with pytest.raises(edge.LoadError) as caught:
        edge.Module.from_text(text, edge.Engine(limits=edge.Limits(module=limits)))
    assert caught.value.kind == "too_large"
    edge.Module.from_text(text)


def test_limits_are_told() -> None:
    module = edge.ModuleLimits(nesting=3)
    limits = edge.Limits(recursion=5, fuel=6, deadline=1.5, module=module)
    assert (limits.recursion, limits.fuel, limits.deadline, limits.module) == (5, 6, 1.5, module)
    default = edge.Limits()
    assert (default.memory, default.table, default.instances, default.stack) == (1 << 30, 10_000_000, 10_000, 512 << 10)
    assert (default.result_size, default.recursion, default.fuel, default.deadline) == (256 << 20, 1_000, None, None)
    assert "recursion=5, fuel=6, deadline=1.5" in repr(limits)
    assert module != edge.ModuleLimits()
