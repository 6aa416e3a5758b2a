"""Calls from Python: edge beside the wasmtime wheel, Extism and an empty Python function."""

import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import edge
import extism
import wasmtime

GUESTS = Path(sys.argv[1])
ADD = '(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'


def measure(case: str, who: str, call: Callable[[], object], seconds: float = 0.3) -> None:
    """Prints the median over seven rounds of the mean time of a call."""
    call()
    count = 1
    while True:
        begin = time.perf_counter()
        for _ in range(count):
            call()
        if (spent := time.perf_counter() - begin) > seconds / 10:
            break
        count = max(count * 2, int(count * seconds / 10 / max(spent, 1e-9)))
    rounds = []
    for _ in range(7):
        begin = time.perf_counter_ns()
        for _ in range(count):
            call()
        rounds.append((time.perf_counter_ns() - begin) / count)
    print(json.dumps({"case": case, "who": who, "ns": statistics.median(rounds)}), flush=True)


def empty(a: int, b: int) -> int:
    """What a call costs at least."""
    return a


def main() -> None:
    """All cases, one after the other."""
    case = "add(i32, i32)"
    measure(case, "empty Python function", lambda: empty(1, 2))
    add = edge.Vm(edge.Module.from_text(ADD)).exports.add
    measure(case, "edge", lambda: add(1, 2))
    store = wasmtime.Store()
    instance = wasmtime.Instance(store, wasmtime.Module(store.engine, ADD), [])
    peer = instance.exports(store)["add"]
    assert isinstance(peer, wasmtime.Func)
    measure(case, "wasmtime wheel", lambda: peer(store, 1, 2))

    vm = edge.Vm(GUESTS / "echo.wasm")
    plugin = extism.Plugin((GUESTS / "extism_echo.wasm").read_bytes())
    text = "x" * 1024
    echo = vm.exports.echo_string
    assert echo(text) == text and plugin.call("echo", text) == text.encode()
    measure("echo 1 KiB string", "edge", lambda: echo(text))
    measure("echo 1 KiB string", "Extism", lambda: plugin.call("echo", text))
    data = bytes(1 << 20)
    echo = vm.exports.echo_bytes
    assert echo(data) == data and plugin.call("echo", data) == data
    measure("echo 1 MiB bytes", "edge", lambda: echo(data))
    measure("echo 1 MiB bytes", "two memcpys", lambda: bytes(bytearray(data)))
    measure("echo 1 MiB bytes", "Extism", lambda: plugin.call("echo", data))


if __name__ == "__main__":
    main()
