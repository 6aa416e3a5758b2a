//! Nothing leaks: a million calls of each sort, and many lives of a [`Vm`], leave the process as it was.
//!
//! Three measures, since each is blind to what another sees: bytes that the allocator has given out (exact, so one lost byte
//! a call is found), bytes of the process that lie in memory (code, stacks, guest memories: what is mapped and not allocated),
//! and the pages of the guest's memory (what the guest's own allocator loses). Tests run one at a time.
#![cfg(target_os = "linux")]

mod mode;

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
use std::sync::atomic::{AtomicIsize, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};

use edge_runtime::{Imports, Kind, Linker, Memory, Module, Store, Value, Vm};

/// The system's allocator, and how many bytes of it are in use.
struct Counting;

static IN_USE: AtomicIsize = AtomicIsize::new(0);

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: everything is the system allocator's; counting touches no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size() as isize, Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, ptr: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size() as isize, Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(ptr, layout) }
    }

    unsafe fn realloc(&self, ptr: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        IN_USE.fetch_add(size as isize - layout.size() as isize, Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.realloc(ptr, layout, size) }
    }
}

/// What the process holds.
#[derive(Clone, Copy, Debug)]
struct Held {
    allocated: isize,
    resident: isize,
    maps: isize,
    files: isize,
}

/// What may be held more at the end than at the start: the test harness prints, the allocator keeps free pages. A million
/// calls that lose 16 bytes each lose 16 MB, of the first two; a life that loses one map or file loses thousands.
const SLACK: Held = Held { allocated: 16 << 10, resident: 4 << 20, maps: 16, files: 2 };

impl Held {
    fn now() -> Self {
        let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
        let pages: isize = statm.split(' ').nth(1).unwrap().parse().unwrap();
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap().lines().count();
        let files = std::fs::read_dir("/proc/self/fd").unwrap().count();
        let page = rustix::param::page_size() as isize;
        Self { allocated: IN_USE.load(Relaxed), resident: pages * page, maps: maps as isize, files: files as isize }
    }

    /// What of `self` is more than `before` and the slack.
    fn lost_since(self, before: Self) -> Option<String> {
        let measures = [
            ("allocated bytes", before.allocated, self.allocated, SLACK.allocated),
            ("resident bytes", before.resident, self.resident, SLACK.resident),
            ("maps", before.maps, self.maps, SLACK.maps),
            ("open files", before.files, self.files, SLACK.files),
        ];
        let lost: Vec<String> = measures
            .iter()
            .filter(|(_, before, now, slack)| now - before > *slack)
            .map(|(name, before, now, _)| format!("{name} grew from {before} to {now}"))
            .collect();
        (!lost.is_empty()).then(|| lost.join(", "))
    }
}

/// Held by each test from its first line to its last: what others allocate meanwhile would be counted.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `round` often enough to settle, then `times`; what was lost, if anything.
fn lost(times: usize, mut round: impl FnMut()) -> Option<String> {
    (0..times / 20).for_each(|_| round());
    let before = Held::now();
    (0..times).for_each(|_| round());
    Held::now().lost_since(before)
}

#[track_caller]
fn assert_flat(what: &str, times: usize, round: impl FnMut()) {
    if let Some(lost) = lost(times, round) {
        panic!("{times} times {what}: {lost}");
    }
}

/// The same, and the guest's memory keeps its size.
#[track_caller]
fn assert_calls_flat(what: &str, memory: &Memory, mut round: impl FnMut()) {
    let mut settled = None;
    let mut calls = 0;
    assert_flat(what, MILLION, || {
        round();
        calls += 1;
        // After as many calls as `lost` takes for settling.
        if calls == MILLION / 20 {
            settled = Some(memory.size());
        }
    });
    assert_eq!(Some(memory.size()), settled, "pages of the guest after a million times {what}");
}

const MILLION: usize = 1_000_000;

/// The conformance guest as a module, compiled once.
fn guest() -> Module {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/guests/wasm/conformance.wasm");
    assert!(file.exists(), "{} is missing: run `make guests`", file.display());
    Module::from_file(&mode::engine(), &file).unwrap_or_else(|e| panic!("{e:?}"))
}

fn imports() -> Imports {
    let mut imports = Imports::new();
    for name in ["transform", "fetch", "fail_host", "fail_typed", "reenter", "multiply", "sum", "areas"] {
        imports.func("app", name, |_, _| Err("not called in this test".into()));
    }
    imports.func("app", "note", |_, args| match &args[1] {
        Value::String(text) if text == "refuse" => Err("the host refuses, in more letters than an error needs".into()),
        _ => Ok(Value::U64(1)),
    });
    imports.func("app", "bytes_round", |_, args| Ok(args[0].clone()));
    imports
}

fn load(module: &Module) -> Vm {
    Vm::builder().imports(imports()).load(module.clone()).unwrap_or_else(|e| panic!("{e:?}"))
}

#[test]
fn the_measure_sees_a_leak_of_16_bytes_a_call() {
    let _alone = alone();
    let text = r#"(module (import "host" "leak" (func $leak)) (func (export "call") (call $leak)))"#;
    let mut imports = Imports::new();
    imports.func("host", "leak", |_, _| {
        std::hint::black_box(Box::leak(Box::new([0_u64; 2])));
        Ok(Value::Null)
    });
    let module = Module::from_text(&mode::engine(), text).unwrap();
    let vm = Vm::builder().imports(imports).load(module).unwrap();
    let lost = lost(MILLION, || vm.run::<()>("call", ()).unwrap()).expect("a leak of 16 MB");
    assert!(lost.contains("allocated bytes") && lost.contains("resident bytes"), "{lost}");
}

#[test]
fn numbers() {
    let _alone = alone();
    let vm = load(&guest());
    let memory = vm.memory("memory").unwrap();
    assert_calls_flat("numbers", &memory, || assert_eq!(vm.run::<i32>("add", (20, 22)).unwrap(), 42));
}

#[test]
fn strings_of_a_kibibyte() {
    let _alone = alone();
    let vm = load(&guest());
    let memory = vm.memory("memory").unwrap();
    let text = "é".repeat(512);
    assert_calls_flat("1 KiB there and back", &memory, || {
        assert_eq!(vm.run::<String>("echo_string", (&text,)).unwrap(), text);
    });
}

#[test]
fn errors_of_the_guest() {
    let _alone = alone();
    let vm = load(&guest());
    let memory = vm.memory("memory").unwrap();
    assert_calls_flat("Err", &memory, || {
        assert_eq!(vm.run::<u32>("fails_typed", (3,)).unwrap_err().kind(), Kind::GuestError);
    });
}

#[test]
fn host_functions() {
    let _alone = alone();
    let vm = load(&guest());
    let memory = vm.memory("memory").unwrap();
    let mut even = false;
    assert_calls_flat("host functions", &memory, || {
        even = !even;
        if even {
            assert_eq!(vm.run::<u64>("call_note", (1, "a note")).unwrap(), 1);
        } else {
            assert_eq!(vm.run::<u64>("call_note", (1, "refuse")).unwrap_err().kind(), Kind::GuestError);
        }
    });
}

#[test]
fn typed_calls_and_traps_below_the_easy_door() {
    let _alone = alone();
    let text = r#"(module (import "host" "one" (func $one (result i32))) (memory (export "memory") 1)
        (func (export "run") (param i32) (result i32) (i32.add (call $one) (i32.load (local.get 0)))))"#;
    let mut linker = Linker::new(&mode::engine());
    linker.func_wrap("host", "one", || 1);
    let store = Store::new(&mode::engine(), edge_runtime::Limits::default());
    let module = Module::from_text(&mode::engine(), text).unwrap();
    let instance = linker.instantiate(&store, &module).unwrap();
    let run = instance.func("run").unwrap().typed::<i32, i32>().unwrap();
    let memory = instance.memory("memory").unwrap();
    assert_calls_flat("a typed call and a trap", &memory, || {
        assert_eq!(run.call(0).unwrap(), 1);
        assert_eq!(run.call(-1).unwrap_err().kind(), Kind::MemoryOutOfBounds);
    });
}

#[test]
fn every_way_of_a_value() {
    let _alone = alone();
    let vm = load(&guest());
    let memory = vm.memory("memory").unwrap();
    // Longer than an arena: pulled by the guest, and by the host.
    let long = "x".repeat(5000);
    let point = Value::Map(vec![("x".into(), Value::F64(1.0)), ("y".into(), Value::F64(2.0))]);
    let mut round = 0;
    assert_calls_flat("one of eight ways", &memory, || {
        round += 1;
        match round % 8 {
            0 => drop(vm.run::<String>("echo_string", (&long,)).unwrap()),
            1 => drop(vm.run::<Vec<String>>("echo_vec_string", (vec!["a", "b"],)).unwrap()),
            2 => drop(vm.call("echo_point", std::slice::from_ref(&point)).unwrap()),
            3 => drop(vm.run::<Vec<f64>>("echo_vec_f64", (vec![1.5; 100],)).unwrap()),
            4 => drop(vm.run::<u32>("fails_long", (5000_u32,)).unwrap_err()),
            5 => drop(vm.run::<Vec<u8>>("call_bytes_round", (long.as_bytes(),)).unwrap()),
            6 => drop(vm.run::<i32>("add", (1, "two")).unwrap_err()),
            _ => drop(vm.run::<i32>("no_such_function", ()).unwrap_err()),
        }
    });
}

#[test]
fn lives_of_a_vm() {
    let _alone = alone();
    let module = guest();
    assert_flat("a Vm made, called and dropped", 20_000, || {
        let vm = load(&module);
        assert_eq!(vm.run::<String>("echo_string", ("text",)).unwrap(), "text");
    });
}

#[test]
fn lives_of_an_instance_that_panicked() {
    let _alone = alone();
    let vm = load(&guest());
    assert_flat("a panic and a reset", 5_000, || {
        assert_eq!(vm.run::<()>("panics", ("on purpose",)).unwrap_err().kind(), Kind::GuestPanic);
        vm.reset().unwrap();
    });
}

#[test]
fn lives_of_a_module() {
    let _alone = alone();
    let bytes = wat::parse_str(r#"(module (memory 1) (func (export "f") (result i32) (i32.load (i32.const -1))))"#);
    let bytes = bytes.unwrap();
    assert_flat("a module compiled, run and dropped", 2_000, || {
        let vm = Vm::load(&bytes).unwrap();
        assert_eq!(vm.run::<i32>("f", ()).unwrap_err().kind(), Kind::MemoryOutOfBounds);
    });
    let wrong = &bytes[..bytes.len() - 3];
    assert_flat("a module refused", 2_000, || {
        Vm::load(wrong).unwrap_err();
    });
}
