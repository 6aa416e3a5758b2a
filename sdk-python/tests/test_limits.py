"""Each limit is hit once, and says so."""

from collections.abc import Callable
from typing import Any

import edge
import pytest

Make = Callable[[edge.Limits], Any]


def load(text: str) -> Make:
    return lambda limits: edge.Vm(edge.Module.from_text(text), limits=limits)


def twice(limits: edge.Limits) -> None:
    store, module = edge.Store(limits=limits), edge.Module.from_text("(module)")
    for _ in range(2):
        edge.Instance(store, module)


def dive(limits: edge.Limits) -> None:
    text = """(module (func $f (export "f") (param i32) (result i32)
        (i32.add (call $f (i32.add (local.get 0) (i32.const 1))) (local.get 0))))"""
    edge.Vm(edge.Module.from_text(text), limits=limits).run("f", 0)


def recurse(limits: edge.Limits) -> None:
    module = edge.Module.from_text('(module (import "m" "f" (func $f)) (func (export "g") (call $f)))')
    vm = edge.Vm(module, {"m": {"f": lambda: vm.run("g")}}, limits=limits)
    vm.run("g")


@pytest.mark.parametrize(
    ("limits", "make", "kind"),
    [
        (edge.Limits(memory=65_536), load("(module (memory 2))"), "memory_limit"),
        (edge.Limits(table=9), load("(module (table 10 funcref))"), "table_limit"),
        (edge.Limits(instances=1), twice, "instance_limit"),
        (edge.Limits(stack=64 << 10), dive, "stack_overflow"),
        (edge.Limits(recursion=10), recurse, "recursion_limit"),
        (edge.Limits(fuel=1), load("(module)"), "not_enabled"),
    ],
)
def test_a_limit_of_a_store(limits: edge.Limits, make: Make, kind: str) -> None:
    with pytest.raises(edge.EdgeError) as caught:
        make(limits)
    error: BaseException = caught.value
    while kind != error.kind and isinstance(error.__cause__, edge.EdgeError):  # type: ignore[attr-defined]
        error = error.__cause__
    assert error.kind == kind  # type: ignore[attr-defined]
    make(edge.Limits()) if kind not in ("stack_overflow", "recursion_limit") else None


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
