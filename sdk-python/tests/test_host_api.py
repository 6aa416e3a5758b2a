"""The programs of tests/conformance/host_api.json, as Rust and every SDK run them."""

import json
from collections.abc import Callable
from typing import Any

import edge
import pytest
from conftest import ROOT, load_or_skip

Json = dict[str, Any]
CASES: list[Json] = json.loads((ROOT / "tests" / "conformance" / "host_api.json").read_text())


def fail(*_: object) -> None:
    raise RuntimeError("the host failed")


def fail_code(*_: object) -> None:
    raise edge.HostError("the host failed with a code", code=5_566_000_000_000)


def terminate(*_: object) -> None:
    raise edge.Terminate


def call_export_down(caller: edge.Caller, n: int) -> Any:
    return caller.export("down")(n)


def peek_caller_memory(caller: edge.Caller, index: int, at: int) -> int:
    memory = caller.memory(index)
    if memory is None:
        raise IndexError(f"no memory {index}")
    return int.from_bytes(memory.read(at, 4), "little", signed=True)


BEHAVIOURS: dict[str, tuple[Callable[..., Any], bool]] = {
    "nothing": (lambda *_: None, False),
    "add": (lambda a, b: (a + b + 2**31) % 2**32 - 2**31, False),
    "fail": (fail, False),
    "fail_code": (fail_code, False),
    "terminate": (terminate, False),
    "call_export_down": (call_export_down, True),
    "peek_caller_memory": (peek_caller_memory, True),
}


class Labelled:
    """An object of the host: one for each label of a case."""

    def __init__(self, label: str) -> None:
        self.label = label


def limits(wanted: Json) -> edge.Limits:
    members = dict(wanted)
    if "deadline_ms" in members:
        members["deadline"] = members.pop("deadline_ms") / 1000
    if "module" in members:
        members["module"] = edge.ModuleLimits(**members["module"])
    return edge.Limits(**members)


class Case:
    """What the steps of one case have named."""

    def __init__(self) -> None:
        self.things: Json = {}
        self.objects: dict[str, Labelled] = {}
        self._engine: edge.Engine | None = None
        self._store: edge.Store | None = None

    def engine(self, step: Json) -> edge.Engine:
        if "engine" in step:
            return self.things[step["engine"]]  # type: ignore[no-any-return]
        self._engine = self._engine or edge.Engine()
        return self._engine

    def store(self, step: Json, key: str = "store") -> edge.Store:
        if key in step:
            return self.things[step[key]]  # type: ignore[no-any-return]
        self._store = self._store or edge.Store(self.engine({}))
        return self._store

    def value(self, value: Json) -> Any:
        ((type, content),) = value.items()
        match type:
            case "i32" | "i64":
                return int(content)
            case "f32" | "f64":
                return float(content)
            case "v128":
                return bytes.fromhex(content)
            case "func":
                return None if content is None else self.things[content]
            case "externref":
                return None if content is None else self.objects.setdefault(content, Labelled(content))
            case _:
                raise AssertionError(f"no value {value}")

    def told(self, value: Any, type: str) -> Json:
        match type:
            case "i32" | "i64" | "f32" | "f64":
                return {type: str(value)}
            case "v128":
                return {type: value.hex()}
            case "funcref":
                names = [name for name, thing in self.things.items() if isinstance(thing, edge.Func) and thing == value]
                return {"func": names[0] if names else None}
            case "externref":
                return {type: None if value is None else value.label}
            case _:
                raise AssertionError(f"no type {type}")

    def call(self, func: edge.Func, step: Json) -> list[Json]:
        results, types = func(*map(self.value, step["args"])), func.type.results
        several = () if not types else (results,) if len(types) == 1 else results
        return [self.told(result, type) for result, type in zip(several, types, strict=True)]

    def run(self, step: Json) -> tuple[Any, Any]:
        """Run a step: what it makes, and what it gives."""
        sort, _, what = step["op"].partition(".")
        return getattr(self, f"on_{sort}")(what, step)  # type: ignore[no-any-return]

    def on_engine(self, _: str, step: Json) -> tuple[Any, Any]:
        config = dict(step["config"])
        if "limits" in config:
            config["limits"] = limits(config["limits"])
        return edge.Engine(**config), None

    def on_store(self, what: str, step: Json) -> tuple[Any, Any]:
        if not what:
            return edge.Store(self.engine(step), limits(step.get("limits", {}))), None
        store = self.store(step, "on")
        match what:
            case "set_fuel" | "add_fuel":
                return None, getattr(store, what)(step["fuel"])
            case "fuel_left":
                return None, store.fuel_left
            case "statistic":
                return None, getattr(store.statistics, step["what"])
            case "reset_statistics":
                store.reset_statistics()
                return None, None
            case _:
                raise AssertionError(step)

    def on_module(self, what: str, step: Json) -> tuple[Any, Any]:
        if not what:
            return load_or_skip(step["text"], self.engine(step)), None
        module: edge.Module = self.things[step["on"]]
        sorts = {
            edge.FuncType: "function",
            edge.MemoryType: "memory",
            edge.TableType: "table",
            edge.GlobalType: "global",
            edge.TagType: "tag",
        }
        match what:
            case "imports":
                return None, [[i.module, i.name, sorts[type(i.type)]] for i in module.imports]
            case "exports":
                return None, [[e.name, sorts[type(e.type)]] for e in module.exports]
            case "name":
                return None, module.name
            case "custom":
                return None, [data.hex() for data in module.custom_sections(step["name"])]
            case _:
                raise AssertionError(step)

    def on_linker(self, what: str, step: Json) -> tuple[Any, Any]:
        if not what:
            return edge.Linker(self.engine(step)), None
        linker: edge.Linker = self.things[step["on"]]
        match what:
            case "func":
                callable, caller = BEHAVIOURS[step["does"]]
                types = (step["params"], step["results"])
                linker.func(step["module"], step["name"], *types, callable, caller=caller, cost=step.get("cost"))
            case "define":
                linker.define(step["module"], step["name"], self.things[step["item"]])
            case "instance":
                linker.instance(step["module"], self.things[step["instance"]])
            case "alias":
                linker.alias(step["module"], step["name"], step["as_module"], step["as_name"])
            case "alias_module":
                linker.alias_module(step["module"], step["as_module"])
            case "unknown_as_traps":
                linker.define_unknown_as_traps(self.things[step["module"]])
            case "instantiate":
                return linker.instantiate(self.store(step), self.things[step["module"]]), None
            case _:
                raise AssertionError(step)
        return None, None

    def on_instance(self, what: str, step: Json) -> tuple[Any, Any]:
        instance: edge.Instance = self.things[step["on"]]
        if what == "call":
            return None, self.call(instance.func(step["name"]), step)
        exports = instance.exports
        return (exports[step["name"]] if step["name"] in exports else instance.func(step["name"])), None

    def on_func(self, _: str, step: Json) -> tuple[Any, Any]:
        callable, caller = BEHAVIOURS[step["does"]]
        return edge.Func(self.store(step), step["params"], step["results"], callable, caller=caller), None

    def on_call(self, _: str, step: Json) -> tuple[Any, Any]:
        return None, self.call(self.things[step["on"]], step)

    def on_memory(self, what: str, step: Json) -> tuple[Any, Any]:
        if not what:
            return edge.Memory(self.store(step), step["min"], step.get("max")), None
        memory: edge.Memory = self.things[step["on"]]
        match what:
            case "size":
                return None, memory.size
            case "grow":
                return None, memory.grow(step["by"])
            case "read":
                return None, memory.read(step["at"], step["len"]).hex()
            case "write":
                memory.write(step["at"], bytes.fromhex(step["bytes"]))
                return None, None
            case _:
                raise AssertionError(step)

    def on_table(self, what: str, step: Json) -> tuple[Any, Any]:
        init = self.value(step["init"]) if "init" in step else None
        if not what:
            return edge.Table(self.store(step), step["element"], step["min"], step.get("max"), init), None
        table: edge.Table = self.things[step["on"]]
        match what:
            case "size":
                return None, len(table)
            case "get":
                return None, self.told(table.get(step["at"]), table.type.element)
            case "set":
                table.set(step["at"], self.value(step["value"]))
                return None, None
            case "grow":
                return None, table.grow(step["by"], init)
            case _:
                raise AssertionError(step)

    def on_global(self, what: str, step: Json) -> tuple[Any, Any]:
        if not what:
            value = self.value(step["value"])
            return edge.Global(self.store(step), step["type"], value, mutable=step["mutable"]), None
        item: edge.Global = self.things[step["on"]]
        if what == "get":
            return None, self.told(item.value, item.type.content)
        item.value = self.value(step["value"])
        return None, None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_program(case: Json) -> None:
    state = Case()
    for step in case["steps"]:
        if "fails" in step:
            with pytest.raises(edge.EdgeError) as caught:
                state.run(step)
            error = caught.value
            assert error.kind == step["fails"], step
            assert error.phase == step.get("phase", error.phase), step
            assert step.get("message", "") in error.message, step
            assert error.code == (int(step["code"]) if "code" in step else error.code), step
            continue
        made, given = state.run(step)
        assert given == step.get("gives", given), step
        if "as" in step and made is not None:
            state.things[step["as"]] = made


def test_the_table_is_there() -> None:
    assert len(CASES) >= 29
