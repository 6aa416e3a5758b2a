//! Atomic operators, waiting and waking, and memories that threads share.

mod support;

use std::thread;
use std::time::{Duration, Instant};

use edge_runtime::{
    CallOptions, CancelToken, Config, Engine, Extern, Instance, Kind, Limits, Linker, Memory, MemoryType, Mode, Module,
    Phase, SharedMemory, Store, WaitOutcome,
};
use support::{engine, instance, module, store, with_imports};

fn shared(min: u64, max: u64) -> SharedMemory {
    shared_of(&engine(), min, max)
}

fn shared_of(engine: &Engine, min: u64, max: u64) -> SharedMemory {
    SharedMemory::new(engine, MemoryType { shared: true, ..MemoryType::new(min, Some(max)) }).unwrap()
}

/// A read-modify-write operator: its name, what it makes of a stored and a given number.
type Operator = (&'static str, fn(u64, u64) -> u64);

/// Every one of them.
const OPERATORS: [Operator; 6] = [
    ("add", u64::wrapping_add),
    ("sub", u64::wrapping_sub),
    ("and", |a, b| a & b),
    ("or", |a, b| a | b),
    ("xor", |a, b| a ^ b),
    ("xchg", |_, b| b),
];

/// Every width: the operand's type, what stands in the operator's name before and behind, bytes.
const WIDTHS: [(&str, &str, &str, u64); 7] = [
    ("i32", "", "", 4),
    ("i32", "8", "_u", 1),
    ("i32", "16", "_u", 2),
    ("i64", "", "", 8),
    ("i64", "8", "_u", 1),
    ("i64", "16", "_u", 2),
    ("i64", "32", "_u", 4),
];

fn mask(bytes: u64) -> u64 {
    u64::MAX >> (64 - 8 * bytes)
}

/// A module with one function per operator and width, that extends what it gets and gives to 64 bits.
fn all_operators(memory: &str, offset: u64) -> String {
    let mut text = format!("(module {memory}\n");
    for (ty, width, suffix, _) in WIDTHS {
        let (narrow, widen) = if ty == "i32" { ("i32.wrap_i64", "i64.extend_i32_u") } else { ("", "") };
        let wrap = |local: u32| match narrow {
            "" => format!("(local.get {local})"),
            wrap => format!("({wrap} (local.get {local}))"),
        };
        let result = |body: String| if widen.is_empty() { body } else { format!("({widen} {body})") };
        let at = format!("offset={offset} (local.get 0)");
        let load = result(format!("({ty}.atomic.load{width}{suffix} {at})"));
        text += &format!("(func (export \"load {ty} {width}\") (param i32) (result i64) {load})\n");
        let store = format!("({ty}.atomic.store{width} {at} {})", wrap(1));
        text += &format!("(func (export \"store {ty} {width}\") (param i32 i64) {store})\n");
        for (op, _) in OPERATORS {
            let body = result(format!("({ty}.atomic.rmw{width}.{op}{suffix} {at} {})", wrap(1)));
            text += &format!("(func (export \"{op} {ty} {width}\") (param i32 i64) (result i64) {body})\n");
        }
        let body = result(format!("({ty}.atomic.rmw{width}.cmpxchg{suffix} {at} {} {})", wrap(1), wrap(2)));
        text += &format!("(func (export \"cmpxchg {ty} {width}\") (param i32 i64 i64) (result i64) {body})\n");
    }
    text + ")"
}

fn check_all_operators(instance: &Instance, offset: u64) {
    const A: u64 = 0x8877_6655_4433_2211;
    const B: u64 = 0x1122_0044_f566_77ff;
    for (ty, width, _, bytes) in WIDTHS {
        let mask = mask(bytes);
        let load = instance.func(&format!("load {ty} {width}")).unwrap().typed::<i32, i64>().unwrap();
        let store = instance.func(&format!("store {ty} {width}")).unwrap().typed::<(i32, i64), ()>().unwrap();
        for at in [0_i32, 8, (65_536 - offset - 16) as i32] {
            for (op, expected) in OPERATORS {
                store.call((at, A as i64)).unwrap();
                let call = instance.func(&format!("{op} {ty} {width}")).unwrap().typed::<(i32, i64), i64>().unwrap();
                assert_eq!(
                    call.call((at, B as i64)).unwrap() as u64,
                    A & mask,
                    "{op} {ty} {width} gives what was there"
                );
                assert_eq!(load.call(at).unwrap() as u64, expected(A, B) & mask, "{op} {ty} {width}");
            }
            let call = instance.func(&format!("cmpxchg {ty} {width}")).unwrap();
            let call = call.typed::<(i32, i64, i64), i64>().unwrap();
            store.call((at, A as i64)).unwrap();
            assert_eq!(call.call((at, B as i64, 7)).unwrap() as u64, A & mask);
            assert_eq!(load.call(at).unwrap() as u64, A & mask, "another number was expected");
            assert_eq!(call.call((at, (A & mask) as i64, B as i64)).unwrap() as u64, A & mask);
            assert_eq!(load.call(at).unwrap() as u64, B & mask);
        }
        // The last one that is inside, the first that is not, and every one that is not aligned.
        let end = 65_536 - offset as i32;
        let one = bytes as i32;
        store.call((end - one, A as i64)).unwrap();
        for name in ["load", "store", "add", "sub", "and", "or", "xor", "xchg", "cmpxchg"] {
            let func = instance.func(&format!("{name} {ty} {width}")).unwrap();
            let call = |at: i32| {
                let args = [at.into(), 0_i64.into(), 0_i64.into()];
                func.call(&args[..func.ty().params().len()]).map_err(|e| (e.phase(), e.kind()))
            };
            call(end - one).unwrap();
            assert_eq!(call(end).unwrap_err(), (Phase::Execute, Kind::MemoryOutOfBounds), "{name} {ty} {width}");
            let last = (u32::MAX as i32 - one + 1).wrapping_sub((offset % bytes) as i32);
            assert_eq!(call(last).unwrap_err().1, Kind::MemoryOutOfBounds, "{name} {ty} {width}");
            for off in 1..one {
                assert_eq!(call(off).unwrap_err().1, Kind::UnalignedAtomic, "{name} {ty} {width}");
                assert_eq!(call(-off).unwrap_err().1, Kind::UnalignedAtomic, "{name} {ty} {width}");
            }
        }
    }
}

#[test]
fn every_operator_at_every_width() {
    for offset in [0, 8, 4096] {
        check_all_operators(&instance(&all_operators("(memory 1)", offset)), offset);
        check_all_operators(&instance(&all_operators("(memory 1 2 shared)", offset)), offset);
        let imported = all_operators("(import \"\" \"\" (memory 1 2 shared))", offset);
        check_all_operators(&with_imports(&store(), &imported, &[shared(1, 2).into()]).unwrap(), offset);
    }
}

#[test]
fn every_operator_in_every_mode() {
    for mode in Mode::ALL {
        let engine = mode.engine(Config::new()).unwrap();
        for memory in ["(memory 1)", "(memory 1 2 shared)"] {
            let module = Module::from_text(&engine, &all_operators(memory, 8)).unwrap();
            check_all_operators(&Instance::new(&Store::new(&engine, Limits::default()), &module, &[]).unwrap(), 8);
        }
    }
}

#[test]
fn interpreted_guests_see_a_memory_grow_and_one_another() {
    let engine = Engine::new(&Config::new().interpreter(true).interruptible(false)).unwrap();
    let text = r#"(module (import "" "" (memory 1 2 shared))
        (func (export "until") (loop (br_if 0 (i32.lt_u (memory.size) (i32.const 2)))))
        (func (export "count") (param i32) (loop (atomic.fence)
            (drop (i32.atomic.rmw.add (i32.const 16) (i32.const 1)))
            (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#;
    let (memory, module) = (shared_of(&engine, 1, 2), Module::from_text(&engine, text).unwrap());
    let guest = || {
        let store = Store::new(&engine, Limits::default());
        Instance::new(&store, &module, &[memory.clone().into()]).unwrap()
    };
    thread::scope(|scope| {
        scope.spawn(|| guest().func("until").unwrap().call(&[]).unwrap());
        let counting = || guest().func("count").unwrap().call(&[1000_i32.into()]).unwrap();
        let counters = [scope.spawn(counting), scope.spawn(counting)];
        counters.into_iter().for_each(|thread| drop(thread.join().unwrap()));
        assert_eq!(memory.grow(1).unwrap(), 1);
    });
    assert_eq!(memory.atomic_load::<u32>(16).unwrap(), 2000);
}

#[test]
fn a_static_offset_counts_for_the_alignment() {
    let text =
        r#"(module (memory 1) (func (export "f") (param i32) (result i64) (i64.atomic.load offset=3 (local.get 0))))"#;
    let f = instance(text).func("f").unwrap().typed::<i32, i64>().unwrap();
    assert_eq!(f.call(5).unwrap(), 0);
    assert_eq!(f.call(8).unwrap_err().kind(), Kind::UnalignedAtomic);
    assert_eq!(f.call(-3).unwrap_err().kind(), Kind::MemoryOutOfBounds, "the sum does not wrap around");
}

/// `wait32`, `wait64` and `notify` over a memory.
fn waiting(memory: &str) -> String {
    format!(
        r#"(module {memory}
            (func (export "wait32") (param i32 i32 i64) (result i32)
                (memory.atomic.wait32 offset=4 (local.get 0) (local.get 1) (local.get 2)))
            (func (export "wait64") (param i32 i64 i64) (result i32)
                (memory.atomic.wait64 offset=8 (local.get 0) (local.get 1) (local.get 2)))
            (func (export "notify") (param i32 i32) (result i32)
                (memory.atomic.notify offset=4 (local.get 0) (local.get 1))))"#
    )
}

#[test]
fn waiting_checks_its_address_like_any_access() {
    let instance = instance(&waiting("(memory 1 1 shared)"));
    let wait32 = instance.func("wait32").unwrap().typed::<(i32, i32, i64), i32>().unwrap();
    let wait64 = instance.func("wait64").unwrap().typed::<(i32, i64, i64), i32>().unwrap();
    let notify = instance.func("notify").unwrap().typed::<(i32, i32), i32>().unwrap();
    assert_eq!(wait32.call((0, 1, -1)).unwrap(), 1, "not the expected number");
    assert_eq!(wait64.call((0, 1, -1)).unwrap(), 1);
    assert_eq!(wait32.call((0, 0, 0)).unwrap(), 2, "no time");
    assert_eq!(wait64.call((0, 0, 1_000_000)).unwrap(), 2);
    assert_eq!(notify.call((0, -1)).unwrap(), 0, "nobody waits");
    let kind = |error: edge_runtime::Error| error.kind();
    assert_eq!(kind(wait32.call((2, 0, 0)).unwrap_err()), Kind::UnalignedAtomic);
    assert_eq!(kind(wait64.call((4, 0, 0)).unwrap_err()), Kind::UnalignedAtomic);
    assert_eq!(kind(notify.call((1, 0)).unwrap_err()), Kind::UnalignedAtomic);
    assert_eq!(kind(wait32.call((65_532, 0, 0)).unwrap_err()), Kind::MemoryOutOfBounds);
    assert_eq!(kind(wait64.call((-8, 0, 0)).unwrap_err()), Kind::MemoryOutOfBounds);
    assert_eq!(kind(notify.call((-4, 0)).unwrap_err()), Kind::MemoryOutOfBounds);
}

#[test]
fn a_memory_of_one_store_cannot_be_waited_for() {
    let instance = instance(&waiting("(memory 1 1)"));
    let wait32 = instance.func("wait32").unwrap().typed::<(i32, i32, i64), i32>().unwrap();
    let error = wait32.call((0, 0, 0)).unwrap_err();
    assert_eq!((error.kind(), error.message()), (Kind::ExpectedSharedMemory, "expected shared memory"));
    assert_eq!(instance.func("notify").unwrap().call(&[0_i32.into(), 9_i32.into()]).unwrap()[0].i32(), Some(0));
}

#[test]
fn the_host_wakes_a_guest_and_a_guest_the_host() {
    let memory = shared(1, 1);
    let guest = || {
        let text = waiting("(import \"\" \"\" (memory 1 1 shared))");
        with_imports(&store(), &text, &[memory.clone().into()]).unwrap()
    };
    thread::scope(|scope| {
        let wait = guest().func("wait32").unwrap().typed::<(i32, i32, i64), i32>().unwrap();
        let waiting = scope.spawn(move || wait.call((60, 0, -1)).unwrap());
        while memory.notify(64, 1).unwrap() == 0 {
            thread::yield_now();
        }
        assert_eq!(waiting.join().unwrap(), 0);

        let host = scope.spawn(|| memory.wait64(8, 0, None).unwrap());
        let notify = guest().func("notify").unwrap().typed::<(i32, i32), i32>().unwrap();
        while notify.call((4, 1)).unwrap() == 0 {
            thread::yield_now();
        }
        assert_eq!(host.join().unwrap(), WaitOutcome::Woken);
    });
    assert_eq!(memory.wait32(0, 1, None).unwrap(), WaitOutcome::Different);
    assert_eq!(memory.wait32(0, 0, Some(Duration::from_millis(1))).unwrap(), WaitOutcome::TimedOut);
    let error = memory.wait64(4, 0, None).unwrap_err();
    assert_eq!(error.kind(), Kind::UnalignedAtomic);
    assert!(error.message().contains("8 bytes at 4"), "{error}");
    assert_eq!(memory.wait32(65_536, 0, None).unwrap_err().kind(), Kind::MemoryOutOfBounds);
    assert_eq!(memory.notify(65_536, 0).unwrap_err().kind(), Kind::MemoryOutOfBounds);
}

#[test]
fn four_threads_count_together() {
    const EACH: i32 = 100_000;
    let memory = shared(1, 1);
    let text = r#"(module (import "" "" (memory 1 1 shared))
        (func (export "count") (param i32) (loop
            (drop (i32.atomic.rmw.add (i32.const 16) (i32.const 1)))
            (drop (i64.atomic.rmw8.add_u (i32.const 24) (i64.const 1)))
            (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#;
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let instance = with_imports(&store(), text, &[memory.clone().into()]).unwrap();
                instance.func("count").unwrap().typed::<i32, ()>().unwrap().call(EACH).unwrap();
            });
        }
    });
    assert_eq!(memory.atomic_load::<u32>(16).unwrap(), 4 * EACH as u32);
    assert_eq!(memory.atomic_load::<u64>(24).unwrap(), 4 * EACH as u64 % 256);
}

#[test]
fn a_lock_of_wait_and_notify_keeps_four_threads_apart() {
    // 0 is free, 1 is taken, 2 is taken and somebody waits. What it guards is added to without atomics.
    let text = r#"(module (import "" "" (memory 1 1 shared))
        (func $lock (local $was i32)
            (local.set $was (i32.atomic.rmw.cmpxchg (i32.const 0) (i32.const 0) (i32.const 1)))
            (block $taken (br_if $taken (i32.eqz (local.get $was)))
                (loop $again
                    (if (i32.or (i32.eq (local.get $was) (i32.const 2))
                            (i32.atomic.rmw.cmpxchg (i32.const 0) (i32.const 1) (i32.const 2)))
                        (then (drop (memory.atomic.wait32 (i32.const 0) (i32.const 2) (i64.const -1)))))
                    (local.set $was (i32.atomic.rmw.cmpxchg (i32.const 0) (i32.const 0) (i32.const 2)))
                    (br_if $again (local.get $was)))))
        (func $unlock
            (if (i32.ne (i32.atomic.rmw.sub (i32.const 0) (i32.const 1)) (i32.const 1)) (then
                (i32.atomic.store (i32.const 0) (i32.const 0))
                (drop (memory.atomic.notify (i32.const 0) (i32.const 1))))))
        (func (export "work") (param i32) (loop
            (call $lock)
            (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const 1)))
            (call $unlock)
            (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#;
    let memory = shared(1, 1);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let instance = with_imports(&store(), text, &[memory.clone().into()]).unwrap();
                instance.func("work").unwrap().typed::<i32, ()>().unwrap().call(20_000).unwrap();
            });
        }
    });
    assert_eq!(memory.atomic_load::<u32>(64).unwrap(), 80_000);
    assert_eq!(memory.atomic_load::<u32>(0).unwrap(), 0);
}

#[test]
fn a_memory_grows_while_others_use_it() {
    let memory = shared(1, 40);
    // Waits in a loop without anything but `memory.size` until the memory is large, and reads all of it meanwhile.
    let text = r#"(module (import "" "" (memory 1 40 shared))
        (func (export "until") (param i32) (loop (br_if 0 (i32.lt_u (memory.size) (local.get 0)))))
        (func (export "last") (result i32)
            (i32.load8_u (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 1))))
        (func (export "grow") (result i32) (memory.grow (i32.const 1))))"#;
    let text = &text;
    thread::scope(|scope| {
        for _ in 0..3 {
            let memory = &memory;
            scope.spawn(move || {
                let instance = with_imports(&store(), text, &[memory.clone().into()]).unwrap();
                let last = instance.func("last").unwrap().typed::<(), i32>().unwrap();
                while memory.size() < 40 {
                    assert_eq!(last.call(()).unwrap(), 0);
                }
                instance.func("until").unwrap().typed::<i32, ()>().unwrap().call(40).unwrap();
            });
        }
        let waiting = with_imports(&store(), text, &[memory.clone().into()]).unwrap();
        let until = waiting.func("until").unwrap().typed::<i32, ()>().unwrap();
        scope.spawn(move || until.call(40).unwrap());
        // Two grow at the same time: every page is counted once.
        let growing: Vec<_> = (0..2)
            .map(|_| {
                let memory = &memory;
                scope.spawn(move || {
                    let instance = with_imports(&store(), text, &[memory.clone().into()]).unwrap();
                    let grow = instance.func("grow").unwrap().typed::<(), i32>().unwrap();
                    let mut seen = Vec::new();
                    loop {
                        match grow.call(()).unwrap() {
                            -1 => return (seen, instance.store().memory_used()),
                            before => seen.push(before),
                        }
                    }
                })
            })
            .collect();
        let grown: Vec<_> = growing.into_iter().map(|thread| thread.join().unwrap()).collect();
        for (seen, charged) in &grown {
            assert_eq!(*charged, seen.len() as u64 * 65_536, "who lets it grow pays");
        }
        let mut pages: Vec<i32> = grown.into_iter().flat_map(|(seen, _)| seen).collect();
        pages.sort_unstable();
        assert_eq!(pages, (1..40).collect::<Vec<_>>());
    });
    assert_eq!(memory.grow(1).unwrap_err().kind(), Kind::MemoryLimit);
}

#[test]
fn a_module_gives_out_the_shared_memory_that_it_defines() {
    let owner = store();
    let text = r#"(module (memory (export "m") 1 3 shared) (data (i32.const 8) "shared")
        (func (export "grow") (result i32) (memory.grow (i32.const 1)))
        (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0))))"#;
    let first = with_imports(&owner, text, &[]).unwrap();
    assert_eq!(owner.memory_used(), 65_536, "who defines it pays");
    let memory = first.shared_memory("m").unwrap();
    assert_eq!(memory.read_vec(8, 6).unwrap(), b"shared");
    assert_eq!(first.func("grow").unwrap().call(&[]).unwrap()[0].i32(), Some(1));
    assert_eq!((memory.size(), memory.ty().min, memory.ty().max), (2, 2, Some(3)));
    memory.write(100_000, &[42]).unwrap();
    let get = first.func("get").unwrap().typed::<i32, i32>().unwrap();
    assert_eq!(get.call(100_000).unwrap(), 42);
    assert_eq!(get.call(131_072).unwrap_err().kind(), Kind::MemoryOutOfBounds);

    // Another store goes on using it when the one that defined it is gone.
    let other = store();
    let mut linker = Linker::new(&engine());
    linker.instance("first", &first);
    let text = r#"(module (import "first" "m" (memory 1 3 shared)) (export "again" (memory 0))
        (func (export "get") (param i32) (result i32) (i32.load8_u (local.get 0))))"#;
    let second = linker.instantiate(&other, &module(text)).unwrap();
    drop((linker, first, owner, get));
    assert_eq!(second.func("get").unwrap().call(&[100_000_i32.into()]).unwrap()[0].i32(), Some(42));
    assert!(second.shared_memory("again").unwrap().same(&memory));
    assert_eq!(other.memory_used(), 0);
}

#[test]
fn types_of_imports_tell_shared_from_not_shared() {
    let (store, memory) = (store(), shared(1, 3));
    let import = |memory_type: &str| format!("(module (import \"\" \"\" (memory {memory_type})))");
    let kind = |memory_type: &str, item: Extern| {
        with_imports(&store, &import(memory_type), &[item]).map(|_| ()).map_err(|e| e.kind())
    };
    assert_eq!(kind("1 3 shared", memory.clone().into()), Ok(()));
    assert_eq!(kind("1 4 shared", memory.clone().into()), Ok(()));
    assert_eq!(kind("2 4 shared", memory.clone().into()), Err(Kind::IncompatibleImport));
    assert_eq!(kind("1 2 shared", memory.clone().into()), Err(Kind::IncompatibleImport));
    assert_eq!(kind("1 3", memory.clone().into()), Err(Kind::IncompatibleImport));
    let own = Memory::new(&store, MemoryType::new(1, Some(3))).unwrap();
    assert_eq!(kind("1 3 shared", own.into()), Err(Kind::IncompatibleImport));
    let stranger = shared_of(&Engine::new(&Config::new()).unwrap(), 1, 3);
    let error = with_imports(&store, &import("1 3 shared"), &[stranger.into()]).unwrap_err();
    assert_eq!((error.kind(), error.phase()), (Kind::WrongStore, Phase::Link));
    assert!(error.message().contains("another engine"), "{error}");
}

#[test]
fn what_makes_no_shared_memory_is_named() {
    let engine = engine();
    let make = |ty: MemoryType| SharedMemory::new(&engine, ty).map(|_| ()).unwrap_err();
    let shared = |min, max| MemoryType { shared: true, ..MemoryType::new(min, max) };
    for (ty, kind, says) in [
        (MemoryType::new(1, Some(2)), Kind::ArgumentType, "has to say that it is shared"),
        (shared(1, None), Kind::ArgumentType, "needs a maximum"),
        (shared(3, Some(2)), Kind::ArgumentType, "begin with 3"),
        (shared(65_537, Some(65_537)), Kind::MemoryLimit, "65537 pages"),
    ] {
        let error = make(ty);
        assert_eq!(error.kind(), kind);
        assert!(error.message().contains(says), "{error}");
    }
    let error = Memory::new(&store(), shared(1, Some(1))).unwrap_err();
    assert_eq!(error.kind(), Kind::ArgumentType);
    assert!(error.message().contains("SharedMemory::new"), "{error}");
}

#[test]
fn the_host_copies_and_counts() {
    let memory = shared(1, 1);
    memory.write(65_530, b"abcdef").unwrap();
    let mut bytes = [0; 6];
    memory.read(65_530, &mut bytes).unwrap();
    assert_eq!(&bytes, b"abcdef");
    for error in [
        memory.write(65_531, b"abcdef").unwrap_err(),
        memory.read(65_531, &mut bytes).unwrap_err(),
        memory.read_vec(u64::MAX, 2).unwrap_err(),
        memory.atomic_load::<u64>(65_536).unwrap_err(),
    ] {
        assert_eq!(error.kind(), Kind::MemoryOutOfBounds);
        assert!(error.message().contains("65536 bytes"), "{error}");
    }
    memory.atomic_store(0, 0xfffe_u16).unwrap();
    assert_eq!(memory.atomic_add(0, 3_u16).unwrap(), 0xfffe);
    assert_eq!(memory.atomic_load::<u32>(0).unwrap(), 1);
    assert_eq!(memory.atomic_compare_exchange(0, 2_u8, 9).unwrap(), 1);
    assert_eq!(memory.atomic_compare_exchange(0, 1_u8, 9).unwrap(), 1);
    assert_eq!(memory.atomic_load::<u64>(0).unwrap(), 9);
    assert_eq!(memory.atomic_store(2, 1_u32).unwrap_err().kind(), Kind::UnalignedAtomic);
}

/// CVE-2025-64345: a shared memory could become a plain one, whose bytes hosts borrow as slices while other threads write.
#[test]
fn cve_2025_64345_a_shared_memory_never_becomes_a_plain_one() {
    let (store, memory) = (store(), shared(1, 1));
    let text = r#"(module (import "" "" (memory 1 1 shared)) (import "" "f" (func $f)) (export "m" (memory 0))
        (func (export "f") (call $f)))"#;
    let expected = memory.clone();
    let host = edge_runtime::Func::wrap(&store, move |caller: edge_runtime::Caller<'_>| {
        assert!(caller.memory(0).is_none());
        assert!(caller.shared_memory(0).is_some_and(|memory| memory.same(&expected)));
        assert!(caller.shared_memory(1).is_none());
        assert!(matches!(caller.export("m"), Some(Extern::SharedMemory(_))));
    });
    let instance = with_imports(&store, text, &[memory.clone().into(), host.unwrap().into()]).unwrap();
    instance.func("f").unwrap().call(&[]).unwrap();
    let error = instance.memory("m").unwrap_err();
    assert_eq!(error.kind(), Kind::WrongExportKind);
    assert!(error.message().contains("is a shared memory, and a memory was asked for"), "{error}");
    assert!(instance.export("m").unwrap().into_memory().is_none());
    assert!(instance.export("m").unwrap().store().is_none());
}

/// CVE-2022-23636: an instance that failed half-way was dropped as if it had been complete.
#[test]
fn cve_2022_23636_a_half_made_instance_lets_go_of_the_shared_memory() {
    let memory = shared(1, 2);
    memory.atomic_store(0, 7_u32).unwrap();
    let mut limits = Limits::default();
    limits.table = 5;
    limits.memory = 65_536;
    for text in [
        r#"(module (import "" "" (memory 1 2 shared)) (table 6 funcref))"#,
        r#"(module (import "" "" (memory 1 2 shared)) (data (i32.const 65535) "ab"))"#,
        r#"(module (import "" "" (memory 1 2 shared)) (func unreachable) (start 0))"#,
    ] {
        let store = Store::new(&engine(), limits.clone());
        let error = with_imports(&store, text, &[memory.clone().into()]).unwrap_err();
        assert_eq!(error.phase(), Phase::Instantiate, "{text}");
        drop(store);
        assert_eq!(memory.atomic_load::<u32>(0).unwrap(), 7);
    }
    // The limit of the store holds for what a module defines itself.
    let store = Store::new(&engine(), limits);
    let error = with_imports(&store, "(module (memory 2 2 shared))", &[]).unwrap_err();
    assert_eq!(error.kind(), Kind::MemoryLimit);
    assert_eq!(store.memory_used(), 0);
    // And for what its guests let grow.
    let text = r#"(module (import "" "" (memory 1 2 shared)) (func (export "grow") (result i32) (memory.grow (i32.const 1))))"#;
    let mut limits = Limits::default();
    limits.memory = 65_535;
    let store = Store::new(&engine(), limits);
    let instance = with_imports(&store, text, &[memory.clone().into()]).unwrap();
    assert_eq!(instance.func("grow").unwrap().call(&[]).unwrap()[0].i32(), Some(-1));
    assert_eq!(memory.size(), 1);
}

#[test]
fn bulk_operations_race_without_harm() {
    let memory = shared(2, 2);
    let text = r#"(module (import "" "" (memory 2 2 shared)) (data $d "0123456789abcdef")
        (func (export "copy") (param i32) (loop
            (memory.fill (i32.const 0) (local.get 0) (i32.const 65536))
            (memory.copy (i32.const 32768) (i32.const 0) (i32.const 65536))
            (memory.init $d (i32.const 1000) (i32.const 0) (i32.const 16))
            (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))"#;
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let instance = with_imports(&store(), text, &[memory.clone().into()]).unwrap();
                instance.func("copy").unwrap().call(&[200_i32.into()]).unwrap();
            });
        }
        for _ in 0..200 {
            memory.write(0, &[1; 4096]).unwrap();
            memory.read_vec(0, 65_536).unwrap();
        }
    });
    // The last thing that anybody did was to copy the segment.
    assert_eq!(memory.read_vec(131_000, 72).unwrap(), [0; 72], "nobody wrote behind the copies");
}

#[test]
fn a_wait_ends_with_its_call_and_leaves_nobody_waiting() {
    let memory = shared(1, 1);
    let text = waiting("(import \"\" \"\" (memory 1 1 shared))");
    let instance = with_imports(&store(), &text, &[memory.clone().into()]).unwrap();
    let wait = instance.func("wait32").unwrap().typed::<(i32, i32, i64), i32>().unwrap();
    let wait64 = instance.func("wait64").unwrap().typed::<(i32, i64, i64), i32>().unwrap();

    let began = Instant::now();
    let deadline = CallOptions::new().deadline(Duration::from_millis(20));
    let error = instance.store().with_options(&deadline, || wait.call((0, 0, -1))).unwrap_err();
    assert_eq!(error.kind(), Kind::DeadlineExceeded);
    assert!(began.elapsed() >= Duration::from_millis(20));
    let error = instance.store().with_options(&deadline, || wait64.call((0, 0, 3_600_000_000_000))).unwrap_err();
    assert_eq!(error.kind(), Kind::DeadlineExceeded);
    assert_eq!(memory.notify(4, 1).unwrap(), 0, "who was ended waits no more");

    let token = CancelToken::new();
    let cancellable = CallOptions::new().cancel(&token);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| instance.store().with_options(&cancellable, || wait.call((0, 0, -1))));
        token.cancel();
        assert_eq!(waiting.join().unwrap().unwrap_err().kind(), Kind::Cancelled);
        let hosts = scope.spawn(|| instance.store().with_options(&deadline, || memory.wait32(4, 0, None)));
        assert_eq!(hosts.join().unwrap().unwrap_err().kind(), Kind::DeadlineExceeded);
    });
    // The instance is as it was.
    assert_eq!(wait.call((0, 1, -1)).unwrap(), 1);
    assert_eq!(wait.call((0, 0, 0)).unwrap(), 2);
}
