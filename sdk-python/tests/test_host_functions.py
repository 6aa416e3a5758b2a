"""Python callables that guests call."""

import traceback
from collections.abc import Callable
from typing import Any

import edge
import pytest
from conftest import with_host

Plain = Callable[[str], edge.Module]


def test_native_values(conformance: edge.Module) -> None:
    seen: list[Any] = []

    def note(level: int, text: str) -> int:
        seen.append((level, text))
        return 2**63

    vm = edge.Vm(conformance, imports=with_host(note=note))
    assert vm.run("call_note", 3, "grüße 🦀") == 2**63
    assert seen == [(3, "grüße 🦀")]


def test_an_exception_is_an_err_of_the_guest(conformance: edge.Module) -> None:
    def note(level: int, text: str) -> int:
        raise ValueError("no notes today")

    vm = edge.Vm(conformance, imports=with_host(note=note))
    assert vm.run("call_note_caught", 1, "x") == "the host said: no notes today"
    with pytest.raises(edge.GuestError) as caught:
        vm.run("call_note", 1, "x")
    assert caught.value.value == "no notes today"


def test_an_exception_without_text_goes_by_its_name(conformance: edge.Module) -> None:
    def note(level: int, text: str) -> int:
        raise NotImplementedError

    vm = edge.Vm(conformance, imports=with_host(note=note))
    assert vm.run("call_note_caught", 1, "x") == "the host said: NotImplementedError"


def test_an_exception_that_unwinds_is_the_very_cause(conformance: edge.Module) -> None:
    raised = KeyError("gone")

    def fail_host() -> None:
        raise raised

    vm = edge.Vm(conformance, imports=with_host(fail_host=fail_host))
    with pytest.raises(edge.HostError) as caught:
        vm.run("call_fail")
    assert caught.value.kind == "host_error"
    assert caught.value.phase == "host"
    assert caught.value.__cause__ is raised
    text = "".join(traceback.format_exception(caught.value))
    assert "in fail_host" in text, "the traceback reaches the line that raised"
    assert vm.poisoned is not None
    with pytest.raises(edge.StateError) as poisoned:
        vm.run("add", 1, 2)
    assert poisoned.value.kind == "poisoned"
    vm.reset()
    assert vm.poisoned is None
    assert vm.run("add", 1, 2) == 3


def test_a_typed_err(conformance: edge.Module) -> None:
    def fail_typed(kind: int) -> int:
        raise edge.Err("NotFound")

    vm = edge.Vm(conformance, imports=with_host(fail_typed=fail_typed))
    with pytest.raises(edge.GuestError) as caught:
        vm.run("call_fail_typed", 1)
    assert caught.value.value == "NotFound"


def test_a_typed_err_of_the_wrong_type(conformance: edge.Module) -> None:
    def fail_typed(kind: int) -> int:
        raise edge.Err({"NoSuchVariant": object()})

    vm = edge.Vm(conformance, imports=with_host(fail_typed=fail_typed))
    with pytest.raises(edge.ArgumentError, match="fail_typed: the host function's Err") as caught:
        vm.run("call_fail_typed", 1)
    assert caught.value.kind == "result_type"


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt("^C"), SystemExit(3)])
@pytest.mark.parametrize("function", ["call_fail", "call_note"])
def test_interrupts_go_on_as_themselves(conformance: edge.Module, interrupt: BaseException, function: str) -> None:
    def interrupted(*_: object) -> None:
        raise interrupt

    vm = edge.Vm(conformance, imports=with_host(fail_host=interrupted, note=interrupted))
    with pytest.raises(type(interrupt)) as caught:
        vm.run(function, *([1, "x"] if function == "call_note" else []))
    assert caught.value is interrupt


@pytest.mark.parametrize(
    ("returned", "message"),
    [("text", "u64"), (-1, "u64"), (2**64, "beyond 64 bits"), (None, "u64"), (object(), "got object")],
)
def test_a_wrong_result(conformance: edge.Module, returned: object, message: str) -> None:
    vm = edge.Vm(conformance, imports=with_host(note=lambda level, text: returned))
    with pytest.raises(edge.EdgeError, match=message) as caught:
        vm.run("call_note", 1, "x")
    assert caught.value.kind in ("result_type", "guest_error")


def test_a_guest_that_is_called_back(conformance: edge.Module) -> None:
    depth = 0

    def reenter(n: int) -> Any:
        nonlocal depth
        depth += 1
        return vm.run("count_down", n)

    vm = edge.Vm(conformance, imports=with_host(reenter=reenter))
    assert vm.run("count_down", 12) == 12
    assert depth == 12


def test_an_error_of_the_inner_call_is_the_cause(conformance: edge.Module) -> None:
    def fail_host() -> None:
        vm.run("add", "not", "numbers")

    vm = edge.Vm(conformance, imports=with_host(fail_host=fail_host))
    with pytest.raises(edge.HostError) as caught:
        vm.run("call_fail")
    assert isinstance(caught.value.__cause__, edge.ArgumentError)


def test_plain_imports(plain: Plain) -> None:
    logged: list[int] = []
    env: dict[str, Callable[..., object]] = {
        "log": logged.append,
        "add": lambda a, b: a + b,
        "mix": lambda a, b, c, d: a + b + c + d,
        "pair": lambda n: (n, 2 * n),
        "call_back": lambda n: vm.run("down", n),
    }
    vm = edge.Vm(plain("imports"), imports={"env": env})
    vm.exports.call_log(7)
    assert logged == [7]
    assert vm.exports.call_add(2, 3) == 5
    assert vm.exports.call_mix(1, 2, 0.5, 0.25) == 3.75
    assert vm.exports.call_pair(21) == (21, 42)
    assert vm.exports.down(5) == 5


def test_a_missing_import_is_named(conformance: edge.Module) -> None:
    with pytest.raises(edge.LinkError, match=r"app.*note") as caught:
        edge.Vm(conformance, imports={"app": {}})
    assert caught.value.kind == "unknown_import"
    assert caught.value.phase == "link"


@pytest.mark.parametrize(
    ("imports", "message"),
    [
        ([], "imports is a dict"),
        ({"app": print}, "imports..app.. is a dict"),
        ({"app": {"note": 7}}, "imports..app....note.. is a callable or an edge.SharedMemory, not int"),
    ],
)
def test_imports_that_are_none(conformance: edge.Module, imports: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        edge.Vm(conformance, imports=imports)
