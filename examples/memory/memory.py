"""Passes strings and arrays through the guest's memory by hand, without bindgen."""

import struct
import sys

import edge


def greet(vm: edge.Vm) -> None:
    """Pass a zero-terminated string in, and read one that comes back."""
    memory, exports = vm.memory(), vm.exports
    name = b"WasmEdge\0"
    subject = exports.allocate(len(name))
    memory.write(subject, name)
    greeting = exports.greet(subject)
    view = memoryview(memory)  # the memory itself, not a copy
    size = next(index for index, byte in enumerate(view[greeting:]) if byte == 0)
    print(bytes(view[greeting : greeting + size]).decode())
    exports.deallocate(greeting, size + 1)
    exports.deallocate(subject, len(name))


def fib_arrays(vm: edge.Vm) -> None:
    """Let the guest fill an array of ours, and return one of its own."""
    memory, exports = vm.memory(), vm.exports
    count, size = 10, 40

    def numbers(array: int) -> str:
        return " ".join(map(str, struct.unpack(f"<{count}i", memory.read(array, size))))

    array = exports.allocate(size)
    print(f"fib_array() returned: {exports.fib_array(count, array)}")
    print(f"fib_array memory: {numbers(array)}")
    exports.deallocate(array, size)

    array = exports.fib_array_return_memory(count)
    print(f"fib_array_return_memory memory: {numbers(array)}")
    exports.deallocate(array, size)


def main() -> None:
    """Run both examples."""
    if len(sys.argv) != 2:
        sys.exit("usage: memory WASM")
    with edge.Vm(sys.argv[1]) as vm:
        greet(vm)
        fib_arrays(vm)


if __name__ == "__main__":
    main()
