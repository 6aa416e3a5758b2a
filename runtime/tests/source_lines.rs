//! Backtraces of a guest that carries DWARF: demangled names, file and line.

mod support;

use std::process::Command;
use std::{env, fs};

use edge_runtime::{Instance, Kind, Module};

/// Line 4 divides, line 9 calls.
const GUEST: &str = "#![no_std]
#[inline(never)]
fn divide(a: u32, b: u32) -> u32 {
    let Some(quotient) = a.checked_div(b) else { core::arch::wasm32::unreachable() };
    quotient
}
#[unsafe(no_mangle)]
pub extern \"C\" fn run(b: u32) -> u32 {
    divide(core::hint::black_box(7), b).wrapping_add(1)
}
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
";

#[test]
fn file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("guest_source.rs");
    let wasm = folder.path().join("guest.wasm");
    fs::write(&source, GUEST).unwrap();
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .args(["--edition=2024", "--crate-type=cdylib", "--target=wasm32-unknown-unknown", "-g", "-Copt-level=0", "-o"])
        .args([&wasm, &source])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let module = Module::from_file(&support::engine(), &wasm).unwrap();
    let instance = Instance::new(&support::store(), &module, &[]).unwrap();
    let run = instance.func("run").unwrap().typed::<u32, u32>().unwrap();
    assert_eq!(run.call(2).unwrap(), 4);
    let error = run.call(0).unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable);
    let frames: Vec<_> = error
        .backtrace()
        .iter()
        .filter_map(|f| Some((f.func_name.clone()?, f.file.clone()?, f.line?)))
        .filter(|(_, file, _)| file.ends_with("guest_source.rs"))
        .map(|(name, _, line)| (name, line))
        .collect();
    let expected = [("guest_source::divide".to_owned(), 4), ("run".to_owned(), 9)];
    assert_eq!(frames, expected, "{error:?}");
}
