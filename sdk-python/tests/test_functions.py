"""Exported functions as Python objects."""

import inspect
from collections.abc import Callable
from typing import Any, Optional

import edge
import pytest

Plain = Callable[[str], edge.Module]


def test_exports_are_made_once(vm: edge.Vm) -> None:
    assert vm.exports.add(20, 22) == 42
    assert vm.exports.add is vm.exports.add
    assert vm.exports["add"] is vm.function("add")
    assert vm.exports is vm.exports


def test_exports_can_be_listed(vm: edge.Vm) -> None:
    assert "add" in vm.exports
    assert "no such" not in vm.exports
    assert "concat" in list(vm.exports)
    assert len(vm.exports) == len(list(vm.exports))
    assert "concat" in dir(vm.exports)
    assert "add" in repr(vm.exports)


def test_an_unknown_export_is_an_attribute_error_too(vm: edge.Vm) -> None:
    assert not hasattr(vm.exports, "no_such_function")
    with pytest.raises(edge.ExportError, match="no_such_function") as caught:
        vm.exports["no_such_function"]
    assert caught.value.kind == "unknown_export"
    assert isinstance(caught.value, AttributeError)


def test_functions_describe_themselves(vm: edge.Vm) -> None:
    echo = vm.exports.echo_point
    assert echo.__name__ == "echo_point"
    assert echo.__doc__
    assert str(inspect.signature(echo)).startswith("(value: dict[str, typing.Any]) -> dict[str, typing.Any]")
    assert "echo_point(value: Point) -> Point" in repr(echo)
    assert echo.description == "echo_point(value: Point) -> Point"


@pytest.mark.parametrize(
    ("name", "annotation"),
    [
        ("echo_bool", bool),
        ("echo_u64", int),
        ("echo_f32", float),
        ("echo_char", str),
        ("echo_string", str),
        ("echo_bytes", bytes),
        ("echo_colour", str),
        ("result_string", str),
        ("nothing", None),
    ],
)
def test_annotations(vm: edge.Vm, name: str, annotation: object) -> None:
    assert inspect.signature(vm.function(name)).return_annotation == annotation


def test_keyword_arguments(vm: edge.Vm) -> None:
    assert vm.exports.add(1, b=2) == 3
    assert vm.exports.add(b=40, a=2) == 42
    options: dict[str, Any] = {"a": 1, "b": 2}
    assert vm.exports.add(**options) == 3


@pytest.mark.parametrize(
    ("positional", "keywords", "message"),
    [
        ((1, 2), {"a": 1}, "multiple values for argument"),
        ((1,), {"c": 1}, "unexpected keyword argument"),
        ((), {"b": 1}, "missing the argument"),
    ],
)
def test_wrong_keywords(vm: edge.Vm, positional: tuple[int, ...], keywords: dict[str, int], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        vm.exports.add(*positional, **keywords)


def test_calls_through_a_tuple(vm: edge.Vm) -> None:
    arguments = (20, 22)
    assert vm.exports.add(*arguments) == 42
    assert list(map(vm.exports.add, [1, 2], [3, 4])) == [4, 6]


def test_only_a_vm_makes_functions() -> None:
    with pytest.raises(TypeError):
        edge.Function()


def test_plain_exports(plain: Plain) -> None:
    vm = edge.Vm(plain("add"))
    assert vm.exports.add(2, 3) == 5
    assert vm.exports.add(-1, 1) == 0
    assert vm.exports.add_i64(2**62, 2**62) == -(2**63)
    assert vm.exports.add_f32(0.5, 0.25) == 0.75
    assert vm.exports.add_f64(1.5, 2) == 3.5
    assert vm.exports.nothing() is None
    assert vm.exports.swap(1, 2) == (2, 1)
    assert vm.exports.all(1, 2, 3.5, 4.5) == (4.5, 3.5, 2, 1)
    assert vm.exports.weigh(*range(10)) == sum(i * (i + 1) for i in range(10))


def test_option_annotation(vm: edge.Vm) -> None:
    functions = [vm.function(name) for name in vm.exports if name.startswith("echo_option")]
    assert functions
    annotations = [inspect.signature(function).return_annotation for function in functions]
    assert Optional[int] in annotations or Optional[str] in annotations  # noqa: UP045
