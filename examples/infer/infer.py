"""Recognises a scanned digit, inside of the sandbox."""

import sys
import time
from pathlib import Path

import edge


def main() -> None:
    """Print the label and the ranks, then the time of a call."""
    if len(sys.argv) != 3:
        sys.exit("usage: infer WASM INPUT")
    with edge.Vm(sys.argv[1]) as vm:
        image = Path(sys.argv[2]).read_bytes()
        prediction = vm.run("infer", image)
        print(f"label {prediction['label']} probability {prediction['probability']:.4f}")
        for entry in prediction["ranked"]:
            print(f"{entry['label']} {entry['probability']:.4f}")

        infer = vm.exports.infer
        begin, calls = time.perf_counter(), 0
        while time.perf_counter() - begin < 0.2:
            infer(image)
            calls += 1
        print(f"time per call: {(time.perf_counter() - begin) / calls * 1e6:.3f} us", file=sys.stderr)


if __name__ == "__main__":
    main()
