//! Calls from Rust: typed, dynamic, through the host, and bindgen's echo.

use std::time::Instant;

use edge_runtime::{Linker, Module, Result, Store, Vm};

const WAT: &str = r#"(module
    (import "host" "nop" (func $nop (param i32) (result i32)))
    (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add)
    (func (export "loop") (param $n i32) (result i32)
        (local $sum i32)
        (loop $again
            (local.set $sum (i32.add (local.get $sum) (call $nop (local.get $n))))
            (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
        local.get $sum))"#;

/// Prints the median over seven rounds of the mean time of `calls` calls that one `run` makes.
fn measure(case: &str, who: &str, calls: u32, mut run: impl FnMut()) {
    let mut rounds = [0.0; 8];
    for round in &mut rounds {
        let (begin, mut count) = (Instant::now(), 0u64);
        while begin.elapsed().as_millis() < 50 {
            for _ in 0..64 {
                run();
            }
            count += 64 * u64::from(calls);
        }
        *round = begin.elapsed().as_nanos() as f64 / count as f64;
    }
    // The first round warms up.
    rounds[1..].sort_by(f64::total_cmp);
    println!(r#"{{"case": "{case}", "who": "{who}", "ns": {}}}"#, rounds[4]);
}

fn main() -> Result<()> {
    let guests = std::env::args().nth(1).expect("usage: calls GUESTS");
    let engine = edge_runtime::Engine::default();
    let store = Store::new(&engine, edge_runtime::Limits::default());
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "nop", |n: i32| n);
    let instance = linker.instantiate(&store, &Module::from_text(&engine, WAT)?)?;
    let add = instance.func("add")?.typed::<(i32, i32), i32>()?;
    measure("add(i32, i32), typed", "edge", 1, || {
        std::hint::black_box(add.call((1, 2)).expect("it adds"));
    });
    let run = instance.func("loop")?.typed::<i32, i32>()?;
    measure("host function from the guest", "edge", 1000, || {
        std::hint::black_box(run.call(1000).expect("it runs"));
    });

    let vm = Vm::load(format!("{guests}/echo.wasm").as_str())?;
    let text = "x".repeat(1024);
    let echo = vm.function("echo_string")?;
    measure("echo 1 KiB string", "edge", 1, || {
        std::hint::black_box(echo.call(&[text.as_str().into()]).expect("it echoes"));
    });
    let data = vec![0u8; 1 << 20];
    let echo = vm.function("echo_bytes")?;
    measure("echo 1 MiB bytes", "edge", 1, || {
        std::hint::black_box(echo.call(&[data.as_slice().into()]).expect("it echoes"));
    });
    let (mut there, mut back) = (data.clone(), data.clone());
    measure("echo 1 MiB bytes", "two memcpys", 1, || {
        there.copy_from_slice(std::hint::black_box(&data));
        back.copy_from_slice(std::hint::black_box(&there));
        std::hint::black_box(&back);
    });
    Ok(())
}
