//! Passes strings and arrays through the guest's memory by hand, without bindgen.

use edge_runtime::{Instance, Memory, Result, Vm};

fn main() -> Result<()> {
    let wasm = std::env::args().nth(1).expect("usage: memory WASM");
    let vm = Vm::load(wasm.as_str())?;
    let (instance, memory) = (vm.instance(), vm.memory("memory")?);
    greet(&instance, &memory)?;
    fib_arrays(&instance, &memory)
}

fn greet(instance: &Instance, memory: &Memory) -> Result<()> {
    let allocate = instance.func("allocate")?.typed::<u32, u32>()?;
    let deallocate = instance.func("deallocate")?.typed::<(u32, u32), ()>()?;
    let name = b"WasmEdge\0";
    let subject = allocate.call(name.len() as u32)?;
    memory.write(u64::from(subject), name)?;
    let greeting = instance.func("greet")?.typed::<u32, u32>()?.call(subject)?;
    let mut text = Vec::new();
    loop {
        let mut byte = [0];
        memory.read(u64::from(greeting) + text.len() as u64, &mut byte)?;
        if byte == [0] {
            break;
        }
        text.push(byte[0]);
    }
    println!("{}", String::from_utf8_lossy(&text));
    deallocate.call((greeting, text.len() as u32 + 1))?;
    deallocate.call((subject, name.len() as u32))
}

fn fib_arrays(instance: &Instance, memory: &Memory) -> Result<()> {
    const COUNT: u32 = 10;
    const SIZE: u32 = 4 * COUNT;
    let deallocate = instance.func("deallocate")?.typed::<(u32, u32), ()>()?;
    let numbers = |array: u32| -> Result<String> {
        let bytes = memory.read_vec(u64::from(array), SIZE as usize)?;
        let numbers = bytes.chunks_exact(4).map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]]).to_string());
        Ok(numbers.collect::<Vec<_>>().join(" "))
    };

    let array = instance.func("allocate")?.typed::<u32, u32>()?.call(SIZE)?;
    let last = instance.func("fib_array")?.typed::<(u32, u32), i32>()?.call((COUNT, array))?;
    println!("fib_array() returned: {last}");
    println!("fib_array memory: {}", numbers(array)?);
    deallocate.call((array, SIZE))?;

    let array = instance.func("fib_array_return_memory")?.typed::<u32, u32>()?.call(COUNT)?;
    println!("fib_array_return_memory memory: {}", numbers(array)?);
    deallocate.call((array, SIZE))
}
