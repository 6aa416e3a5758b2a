"""Calls every function of the guest with native values: strings, bytes, numbers, structs."""

import sys
import time

import edge


def main() -> None:
    """Print what every function returns, then the time of a call."""
    if len(sys.argv) != 2:
        sys.exit("usage: bindgen_funcs WASM")
    with edge.Vm(sys.argv[1]) as vm:
        desc = "A thin red line"
        line = vm.run("create_line", '{"x":1.5,"y":3.8}', '{"x":2.5,"y":5.8}', desc)
        print(f"Run bindgen -- create_line: {line}")
        print(f"Run bindgen -- say: {vm.run('say', 'bindgen funcs test')}")
        text = "A quick brown fox jumps over the lazy dog"
        print(f"Run bindgen -- obfusticate: {vm.run('obfusticate', text)}")
        print(f"Run bindgen -- lowest_common_multiple: {vm.run('lowest_common_multiple', 123, 2)}")
        for digest in ("sha3_digest", "keccak_digest"):
            numbers = vm.run(digest, b"This is an important message")
            print(f"Run bindgen -- {digest}: [{' '.join(map(str, numbers))}]")

        typed = vm.run("create_line_typed", {"x": 1.5, "y": 3.8}, {"x": 2.5, "y": 5.8}, desc)
        ends = "from (1.5, 3.8) to (2.5, 5.8)"
        print(f"Run bindgen -- create_line_typed: {typed['desc']} {ends}, length {typed['length']:.3f}")

        say = vm.exports.say
        begin, calls = time.perf_counter(), 0
        while time.perf_counter() - begin < 0.2:
            say("bindgen funcs test")
            calls += 1
        print(f"time per call: {(time.perf_counter() - begin) / calls * 1e6:.3f} us", file=sys.stderr)


if __name__ == "__main__":
    main()
