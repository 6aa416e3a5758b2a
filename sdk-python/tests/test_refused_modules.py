"""Modules that must not load (tests/conformance/modules.json): each is refused by its kind, and the process goes on."""

import json
from pathlib import Path
from typing import Any

import edge
import pytest

ROWS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "tests" / "conformance" / "modules.json").read_text()
)
GOOD = '(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'


def load(row: dict[str, Any]) -> edge.Vm:
    source = edge.Module.from_text(row["text"]) if "text" in row else bytes.fromhex(row["hex"])
    return edge.Vm(source, imports={"app": {"note": lambda *_: None}})


def test_the_table_is_whole() -> None:
    assert len(ROWS) >= 25


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_module_is_refused_by_its_kind(row: dict[str, Any]) -> None:
    with pytest.raises(edge.EdgeError) as caught:
        load(row)
    assert caught.value.kind == row["error"]
    assert row.get("message", "") in caught.value.message
    with edge.Vm(edge.Module.from_text(GOOD)) as vm:
        assert vm.run("add", 2, 3) == 5
