"""Makes a watermarked grey thumbnail of a picture, inside of the sandbox."""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import edge


@dataclass
class Options:
    """What the guest's struct of this name wants; a dict would do as well."""

    width: int = 320
    height: int = 240
    grayscale: bool = True
    watermark: str | None = "edge"


def main() -> None:
    """Write the thumbnail, then print the time of a call."""
    if len(sys.argv) != 4:
        sys.exit("usage: image WASM INPUT OUTPUT")
    _, wasm, source, target = sys.argv
    with edge.Vm(wasm) as vm:
        picture = Path(source).read_bytes()
        thumbnail = vm.run("process", picture, Options())
        Path(target).write_bytes(thumbnail)
        print(f"image: {len(thumbnail)} bytes")

        begin, calls = time.perf_counter(), 0
        while time.perf_counter() - begin < 0.2:
            vm.run("process", picture, Options())
            calls += 1
        print(f"time per call: {(time.perf_counter() - begin) / calls * 1e6:.3f} us", file=sys.stderr)


if __name__ == "__main__":
    main()
