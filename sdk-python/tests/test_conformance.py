"""The table of calls that every SDK makes: tests/conformance/README.md says how it reads."""

import array
import json
import math
import struct
from collections.abc import Callable, Iterator
from typing import Any

import edge
import pytest
from conftest import ROOT

ROWS: list[dict[str, Any]] = json.loads((ROOT / "tests" / "conformance" / "table.json").read_text())
ARRAYS = {
    "i8": "b", "i16": "h", "i32": "i", "i64": "q",
    "u8": "B", "u16": "H", "u32": "I", "u64": "Q",
    "f32": "f", "f64": "d",
}  # fmt: skip


def number(kind: str, text: str) -> int | float:
    """The number of a kind; a float of 32 bits is what such a float can hold."""
    if kind == "f32":
        return float(struct.unpack("f", struct.pack("f", float(text)))[0])
    return float(text) if kind == "f64" else int(text)


def tagged(tag: str, data: Any, *, outgoing: bool) -> Any:
    """The value of a tagged cell."""
    if tag in ARRAYS:
        return number(tag, data)
    match tag:
        case "char":
            return data
        case "bytes":
            return bytes.fromhex(data)
        case "repeat_bytes":
            return bytes.fromhex(data[0]) * data[1]
        case "repeat_string":
            return data[0] * data[1]
        case "invalid_string":
            return bytes.fromhex(data).decode("utf-8", "surrogateescape")
        case "vector":
            kind, items = data
            numbers = [number(kind, item) for item in items]
            return array.array(ARRAYS[kind], numbers) if outgoing and kind in ARRAYS else numbers
        case "tuple":
            return tuple(value(item, outgoing=outgoing) for item in data)
        case "struct":
            return {key: value(item, outgoing=outgoing) for key, item in data.items()}
        case "map":
            return {value(key, outgoing=outgoing): value(item, outgoing=outgoing) for key, item in data}
    raise AssertionError(f"the table has a tag {tag!r} that this runner does not know")


def value(cell: Any, *, outgoing: bool = False) -> Any:
    """The Python value of a cell."""
    if isinstance(cell, dict):
        [(tag, data)] = cell.items()
        return tagged(tag, data, outgoing=outgoing)
    if isinstance(cell, list):
        return [value(item, outgoing=outgoing) for item in cell]
    return cell


def same(got: Any, wanted: Any) -> bool:
    """Equality that tells types and the sign of zero apart, and takes NaN for NaN."""
    if type(got) is not type(wanted):
        return False
    if isinstance(wanted, float):
        if math.isnan(wanted):
            return math.isnan(got)
        return bool(got == wanted) and math.copysign(1, got) == math.copysign(1, wanted)
    if isinstance(wanted, list | tuple):
        return len(got) == len(wanted) and all(map(same, got, wanted))
    if isinstance(wanted, dict):
        return got.keys() == wanted.keys() and all(same(got[key], wanted[key]) for key in wanted)
    return bool(got == wanted)


class Host:
    """The host functions of module app."""

    vm: edge.Vm

    def __init__(self) -> None:
        self.notes = 0

    def note(self, level: int, text: str) -> int:
        """Count the calls."""
        if text == "refuse":
            raise RuntimeError("the host refuses")
        self.notes += 1
        return self.notes

    def fail_host(self) -> None:
        """Fail."""
        raise RuntimeError("the host failed")

    def fail_typed(self, kind: int) -> int:
        """Fail for 0."""
        if kind == 0:
            raise RuntimeError("the host failed")
        return 3 * kind

    def reenter(self, n: int) -> object:
        """Call the guest that called."""
        return self.vm.run("count_down", n)

    def areas(self, shapes: dict[str, Any]) -> dict[str, float]:
        """The area of each shape."""

        def area(shape: Any) -> float:
            match shape:
                case {"Circle": r}:
                    return float(3 * r * r)
                case {"Rectangle": (w, h)}:
                    return float(w * h)
            return 0.0

        return {name: area(shape) for name, shape in shapes.items()}

    def imports(self) -> dict[str, dict[str, Callable[..., object]]]:
        """As Vm takes them."""
        functions: dict[str, Callable[..., object]] = {
            "note": self.note,
            "transform": lambda point: {"x": point["y"], "y": point["x"]},
            "fetch": lambda key: "value of present" if key == "present" else None,
            "bytes_round": lambda data: data,
            "fail_host": self.fail_host,
            "fail_typed": self.fail_typed,
            "reenter": self.reenter,
            "multiply": lambda a, b: a * b,
            "sum": sum,
            "areas": self.areas,
        }
        return {"app": functions}


@pytest.fixture(scope="module")
def guest(conformance: edge.Module) -> Iterator[tuple[edge.Vm, Host]]:
    """One guest for all rows."""
    host = Host()
    with edge.Vm(conformance, imports=host.imports()) as vm:
        host.vm = vm
        yield vm, host


def test_the_table_is_read() -> None:
    assert len(ROWS) >= 60


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["name"]).replace(" ", "-"))
def test_row(guest: tuple[edge.Vm, Host], row: dict[str, Any]) -> None:
    vm, host = guest
    host.notes = 0
    arguments = [value(cell, outgoing=True) for cell in row["args"]]
    if "error" not in row:
        got = vm.run(row["call"], *arguments)
        wanted = value(row["result"])
        assert same(got, wanted), f"{str(got)[:200]} instead of {str(wanted)[:200]}"
        return
    try:
        with pytest.raises(edge.EdgeError) as caught:
            vm.run(row["call"], *arguments)
    finally:
        vm.reset()
    assert caught.value.kind == row["error"]
    assert row.get("message", "") in caught.value.message
    if "value" in row:
        assert same(caught.value.value, value(row["value"]))
