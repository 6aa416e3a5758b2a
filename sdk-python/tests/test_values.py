"""Native values in and out, beyond what the table of calls can say."""

import array
import datetime
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import edge
import numpy as np
import pytest


@pytest.mark.parametrize("text", ["", "a", "zero \0 inside", "grüße", "𝄞 🦀", "x" * 5000, "🦀" * 100_000])
def test_text(vm: edge.Vm, text: str) -> None:
    assert vm.exports.echo_string(text) == text


def test_a_lone_surrogate_is_refused(vm: edge.Vm) -> None:
    with pytest.raises(edge.ArgumentError, match="argument 1 .*surrogate.*UTF-8"):
        vm.exports.echo_string("\ud800")


class Text(str):
    """A str of another class."""

    __slots__ = ()


class Number(int):
    """An int of another class."""


def test_subclasses_are_taken_for_what_they_are(vm: edge.Vm) -> None:
    assert vm.exports.echo_string(Text("a")) == "a"
    assert vm.exports.echo_i32(Number(7)) == 7


@pytest.mark.parametrize(
    "data",
    [
        b"\0\1\xff",
        bytearray(b"\0\1\xff"),
        memoryview(b"\0\1\xff"),
        memoryview(b"\xff\1\0")[::-1],
        memoryview(b"\0\1\xff").cast("c"),
        array.array("B", [0, 1, 255]),
        np.array([0, 1, 255], np.uint8),
        np.array([0, 9, 1, 9, 255, 9], np.uint8)[::2],
        [0, 1, 255],
        (0, 1, 255),
    ],
    ids=lambda data: type(data).__name__,
)
def test_bytes(vm: edge.Vm, data: object) -> None:
    assert vm.exports.echo_bytes(data) == b"\0\1\xff"


def test_a_picture_is_bytes(vm: edge.Vm) -> None:
    picture = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    assert vm.exports.echo_bytes(picture) == picture.tobytes()
    assert vm.exports.echo_bytes(picture.T) == picture.T.tobytes()


def test_empty_buffers(vm: edge.Vm) -> None:
    empty: list[object] = [b"", bytearray(), np.zeros(0, np.uint8), array.array("B"), []]
    for data in empty:
        assert vm.exports.echo_bytes(data) == b""
    assert vm.exports.sum_f64(np.zeros(0)) == 0
    assert vm.exports.sum_f64(array.array("d")) == 0
    assert vm.exports.sum_f64([]) == 0


def test_a_buffer_is_released_after_the_call(vm: edge.Vm) -> None:
    data = bytearray(b"abc")
    assert vm.exports.echo_bytes(data) == b"abc"
    data.extend(b"def")  # a BufferError while something still exports it
    with pytest.raises(edge.ArgumentError):
        vm.exports.lengths(data, data, 7)
    data.clear()


@pytest.mark.parametrize("numbers", [[1.5, 2.5], (1.5, 2.5), array.array("d", [1.5, 2.5]), np.array([1.5, 2.5])])
def test_vectors(vm: edge.Vm, numbers: object) -> None:
    assert vm.exports.sum_f64(numbers) == 4


def test_vectors_that_are_not_contiguous(vm: edge.Vm) -> None:
    numbers = np.arange(10, dtype=np.float64)
    assert vm.exports.sum_f64(numbers[::2]) == 20
    assert vm.exports.sum_f64(numbers[::-1]) == 45
    unaligned = np.frombuffer(b"\0" + numbers.tobytes(), dtype=np.uint8)[1:].view(np.float64)
    assert vm.exports.sum_f64(unaligned) == 45


def test_integers_are_floats_where_floats_are_wanted(vm: edge.Vm) -> None:
    assert vm.exports.sum_f64([1, 2.5, 3]) == 6.5
    assert vm.exports.echo_f64(2**53) == 2.0**53
    assert vm.exports.echo_f64(10**30) == 1e30
    assert vm.exports.echo_f64(Fraction(1, 2)) == 0.5
    assert vm.exports.echo_f64(np.float32(0.5)) == 0.5


def test_integers_of_other_libraries(vm: edge.Vm) -> None:
    assert vm.exports.echo_i32(np.int64(7)) == 7
    assert vm.exports.echo_u8(np.uint8(255)) == 255
    with pytest.raises(edge.ArgumentError, match="255"):
        vm.exports.echo_u8(np.int64(256))


def test_vectors_come_out_as_lists(vm: edge.Vm) -> None:
    assert vm.exports.echo_vec_i32(array.array("i", [1, -2])) == [1, -2]
    assert type(vm.exports.echo_vec_i32([1])) is list


@pytest.mark.parametrize(
    ("function", "argument", "message"),
    [
        ("echo_i32", True, "a bool"),
        ("echo_i32", 1.0, "a float"),
        ("echo_i32", 2**64, "an integer beyond 64 bits"),
        ("echo_u64", -(2**70), "an integer beyond 64 bits"),
        ("echo_f64", 10**400, "an integer beyond its range"),
        ("echo_f64", True, "a bool"),
        ("echo_f64", "1.0", "a string"),
        ("echo_bool", 1, "an integer"),
        ("echo_bool", None, "expected bool"),
        ("echo_string", b"bytes", "bytes"),
        ("echo_string", datetime.date(2026, 1, 1), "got datetime.date"),
        ("echo_char", "", "a string of 0 characters"),
        ("echo_bytes", "text", "a string"),
        ("echo_bytes", array.array("i", [1]), "items of format 'i'|items of format \"i\""),
        ("echo_bytes", [1, 256], r"\[1\]"),
        ("sum_f64", np.zeros(2, np.float32), "items of format .f"),
        ("sum_f64", ["a"], r"\[0\].*a string"),
        ("sum_f64", [True], r"\[0\].*a bool"),
        ("sum_f64", {1.0}, "got set"),
        ("sum_f64", 7, "an integer"),
        ("echo_point", object(), "got object"),
        ("echo_point", {"x": 1.0, "y": object()}, r"\.y.*got object"),
        ("echo_point", None, "Point"),
        ("concat", "abc", "a string"),
        ("concat", ["a", None], r"\[1\]"),
    ],
)
def test_wrong_arguments(vm: edge.Vm, function: str, argument: object, message: str) -> None:
    with pytest.raises(edge.ArgumentError, match=message) as caught:
        vm.run(function, argument)
    assert caught.value.kind == "argument_type"
    assert caught.value.message.startswith(f"{function}: argument 1 (`")
    assert isinstance(caught.value, TypeError)
    assert vm.exports.add(1, 2) == 3, "the guest was not entered, so it is not poisoned"


@dataclass
class Point:
    """The guest's struct of this name."""

    x: float
    y: float


class Corner(NamedTuple):
    """A named tuple has attributes as well."""

    x: float
    y: float


class Slotted:
    """Attributes that no __dict__ lists."""

    __slots__ = ("__weakref__",)
    x = 1.0

    @property
    def y(self) -> float:
        """Computed when asked."""
        return 2.0


@pytest.mark.parametrize("point", [Point(1, 2), Corner(1, 2), Slotted(), {"y": 2.0, "x": 1}])
def test_structs(vm: edge.Vm, point: object) -> None:
    assert vm.exports.echo_point(point) == {"x": 1.0, "y": 2.0}


def test_an_object_that_lacks_a_field(vm: edge.Vm) -> None:
    @dataclass
    class Half:
        x: float

    with pytest.raises(edge.ArgumentError, match='has no attribute "y"'):
        vm.exports.echo_point(Half(1))


class Refuses:
    """An attribute that raises when it is read."""

    x = 1.0

    @property
    def y(self) -> float:
        """Fail."""
        raise RuntimeError("no y today")


def test_an_attribute_that_raises(vm: edge.Vm) -> None:
    with pytest.raises(edge.ArgumentError, match=r"\.y.*no y today"):
        vm.exports.echo_point(Refuses())


@pytest.mark.parametrize(
    "shape",
    [
        "Empty",
        {"Circle": 1.5},
        {"Rectangle": (1.0, 2.0)},
        {"Polygon": {"points": [{"x": 1.0, "y": 2.0}], "closed": True}},
    ],
)
def test_enums(vm: edge.Vm, shape: object) -> None:
    echoed = vm.exports.echo_shape(shape)
    assert echoed == shape or (echoed == {"Rectangle": [1.0, 2.0]} and shape == {"Rectangle": (1.0, 2.0)})


def test_objects_inside_of_enums(vm: edge.Vm) -> None:
    shape = {"Polygon": {"points": [Point(1, 2), Corner(3, 4)], "closed": False}}
    echoed = vm.exports.echo_shape(shape)
    assert echoed == {"Polygon": {"points": [{"x": 1.0, "y": 2.0}, {"x": 3.0, "y": 4.0}], "closed": False}}


def test_what_contains_itself_is_refused(vm: edge.Vm) -> None:
    loop: list[Any] = []
    loop.append(loop)
    tree: dict[str, Any] = {"value": 1, "children": []}
    tree["children"].append(tree)
    for function, argument in (("concat", loop), ("echo_tree", tree)):
        with pytest.raises(edge.ArgumentError, match="deep"):
            vm.run(function, argument)
