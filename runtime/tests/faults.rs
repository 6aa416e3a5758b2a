//! The system refuses (addresses, memory, executable memory, descriptors, threads), or the host's own function panics. What was
//! asked for fails with an error that says so, what exists is as it was, and afterwards everything works.

mod child;
mod mode;

use std::thread;
use std::time::Duration;

use child::{Resource, in_child};
use edge_runtime::{
    CallOptions, Caller, CancelToken, Config, Engine, Error, Func, Instance, Kind, Limits, Linker, Memory, MemoryType,
    Mode, Module, Phase, RefType, SharedMemory, Store, Table, TableType, Val,
};

const PAGE: u64 = 65_536;

/// A memory and a table that grow, with content to look after.
const GUEST: &str = r#"(module
    (memory (export "memory") 1 4096) (table (export "table") 3 20000000 externref)
    (data (i32.const 65000) "still here")
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "grow table") (param i32) (result i32) (table.grow (ref.null extern) (local.get 0)))
    (func (export "size") (result i32) (memory.size))
    (func (export "table size") (result i32) (table.size))
    (func (export "peek") (param i32) (result i32) (i32.load8_u (local.get 0))))"#;

fn number(instance: &Instance, name: &str, arg: Option<i32>) -> i32 {
    let args: Vec<Val> = arg.into_iter().map(Val::I32).collect();
    instance.func(name).unwrap().call(&args).unwrap()[0].i32().unwrap()
}

#[track_caller]
fn assert_error<T>(result: Result<T, Error>, kind: Kind, phase: Phase, text: &str, mode: Mode) {
    let Err(error) = result else { panic!("{mode}: it was not refused") };
    assert_eq!((error.kind(), error.phase()), (kind, phase), "{mode}: {error:?}");
    assert!(error.message().contains(text), "{mode}: {error}");
}

#[test]
fn addresses_that_cannot_be_had() {
    in_child("addresses_that_cannot_be_had", || {
        let unbounded = r#"(module (memory 1))"#;
        let guests: Vec<_> = mode::engines()
            .map(|(mode, engine)| {
                let module = |text| Module::from_text(&engine, text).unwrap();
                (
                    mode,
                    Store::new(&engine, Limits::default()),
                    module(unbounded),
                    module("(module (func (export \"f\")))"),
                )
            })
            .collect();
        Resource::Addresses.limit_to_more(64 << 20);
        for (mode, store, memory, plain) in &guests {
            let refused = Instance::new(store, memory, &[]);
            assert_error(refused, Kind::OutOfMemory, Phase::Instantiate, "bytes of address space", *mode);
            assert_eq!(store.memory_used(), 0, "{mode}: what was not had is not counted");
            Instance::new(store, plain, &[]).unwrap().func("f").unwrap().call(&[]).unwrap();
            let host = Memory::new(store, MemoryType::new(1, None));
            assert_error(host, Kind::OutOfMemory, Phase::Instantiate, "bytes of address space", *mode);
            // What is reserved without guards is no more than it can become.
            let small = Memory::new(store, MemoryType::new(1, Some(2)));
            let explicit = matches!(mode, Mode::SignalFree | Mode::Interpreter);
            assert_eq!(small.is_ok(), explicit, "{mode}");
        }
        Resource::Addresses.release();
        for (_, store, memory, _) in &guests {
            Instance::new(store, memory, &[]).unwrap();
        }
    });
}

#[test]
fn growth_that_the_system_refuses() {
    in_child("growth_that_the_system_refuses", || {
        let guests: Vec<_> = mode::engines()
            .map(|(mode, engine)| {
                let module = Module::from_text(&engine, GUEST).unwrap();
                (mode, Instance::new(&Store::new(&engine, Limits::default()), &module, &[]).unwrap())
            })
            .collect();
        Resource::Data.limit_to_more(4 << 20);
        for (mode, guest) in &guests {
            let before = guest.store().memory_used();
            assert_eq!(number(guest, "grow", Some(1024)), -1, "{mode}");
            let memory = guest.memory("memory").unwrap();
            assert_error(memory.grow(1024), Kind::OutOfMemory, Phase::Execute, "cannot commit 67108864 bytes", *mode);
            let host = Memory::new(guest.store(), MemoryType::new(1024, Some(1024)));
            assert_error(host, Kind::OutOfMemory, Phase::Instantiate, "cannot commit 67108864 bytes", *mode);
            assert_eq!((memory.size(), guest.store().memory_used()), (1, before), "{mode}");
            assert_eq!(number(guest, "size", None), 1, "{mode}");
            assert_eq!(memory.read_vec(65_000, 10).unwrap(), b"still here", "{mode}");
            let beyond = guest.func("peek").unwrap().call(&[Val::I32(65_536)]);
            assert_error(beyond, Kind::MemoryOutOfBounds, Phase::Execute, "", *mode);
            // A little is there still.
            assert_eq!(number(guest, "grow", Some(1)), 1, "{mode}");
        }
        Resource::Data.release();
        for (mode, guest) in &guests {
            assert_eq!(number(guest, "grow", Some(1024)), 2, "{mode}");
            assert_eq!(number(guest, "peek", Some(1025 * 65_536)), 0, "{mode}");
            assert_eq!(guest.store().memory_used(), 1026 * PAGE, "{mode}");
        }
    });
}

#[test]
fn a_shared_memory_that_the_system_does_not_let_grow() {
    in_child("a_shared_memory_that_the_system_does_not_let_grow", || {
        let ty = MemoryType { shared: true, ..MemoryType::new(1, Some(4096)) };
        let memories: Vec<_> =
            mode::engines().map(|(mode, engine)| (mode, SharedMemory::new(&engine, ty).unwrap())).collect();
        Resource::Data.limit_to_more(4 << 20);
        for (mode, memory) in &memories {
            memory.write(65_530, b"shared").unwrap();
            assert_error(memory.grow(1024), Kind::OutOfMemory, Phase::Execute, "cannot commit", *mode);
            assert_eq!((memory.size(), memory.read_vec(65_530, 6).unwrap()), (1, b"shared".to_vec()), "{mode}");
        }
        Resource::Data.release();
        for (mode, memory) in &memories {
            assert_eq!(memory.grow(1024).unwrap(), 1, "{mode}");
        }
    });
}

#[test]
fn tables_that_the_system_does_not_let_grow() {
    in_child("tables_that_the_system_does_not_let_grow", || {
        const MANY: i32 = 9_000_000;
        let guests: Vec<_> = mode::engines()
            .map(|(mode, engine)| {
                let module = Module::from_text(&engine, GUEST).unwrap();
                (mode, Instance::new(&Store::new(&engine, Limits::default()), &module, &[]).unwrap())
            })
            .collect();
        Resource::Data.limit_to_more(8 << 20);
        for (mode, guest) in &guests {
            assert_eq!(number(guest, "grow table", Some(MANY)), -1, "{mode}");
            let table = guest.table("table").unwrap();
            let refused = table.grow(MANY as u64, Val::ExternRef(None));
            assert_error(refused, Kind::OutOfMemory, Phase::Execute, "9000000 more elements", *mode);
            let ty = TableType::new(RefType::FUNCREF, MANY as u64, None);
            let made = Table::new(guest.store(), ty, Val::FuncRef(None));
            assert_error(made, Kind::OutOfMemory, Phase::Instantiate, "9000000 more elements", *mode);
            assert_eq!((table.size(), number(guest, "table size", None)), (3, 3), "{mode}");
        }
        Resource::Data.release();
        for (mode, guest) in &guests {
            // The limit of the store, 10,000,000 elements, has not been charged for what was refused.
            assert_eq!(number(guest, "grow table", Some(MANY)), 3, "{mode}");
        }
    });
}

/// Lets the system refuse this thread, for ever, to make memory executable.
fn refuse_execution(errno: i32) {
    let step = |code: u32, jt, jf, k| libc::sock_filter { code: code as u16, jt, jf, k };
    let (load, equal, any, give) = (
        libc::BPF_LD | libc::BPF_W | libc::BPF_ABS,
        libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K,
        libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K,
        libc::BPF_RET | libc::BPF_K,
    );
    // The number of the call lies at 0, the lower half of the third argument at 32.
    let mut filter = [
        step(load, 0, 0, 0),
        step(equal, 0, 3, libc::SYS_mprotect as u32),
        step(load, 0, 0, 32),
        step(any, 0, 1, libc::PROT_EXEC as u32),
        step(give, 0, 0, libc::SECCOMP_RET_ERRNO | errno as u32),
        step(give, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    // SAFETY: concerns this thread; the program is read by the call and is well-formed, or refused.
    unsafe {
        assert_eq!(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
        assert_eq!(libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program), 0);
    }
}

#[test]
fn code_that_cannot_be_made_executable() {
    for (errno, kind, text) in [
        (libc::EACCES, Kind::Unsupported, "may not make code executable (the setting `interpreter`"),
        (libc::ENOMEM, Kind::OutOfMemory, "of code executable"),
    ] {
        thread::scope(|scope| {
            scope.spawn(|| {
                let before: Vec<_> = mode::engines()
                    .map(|(mode, engine)| {
                        let module = Module::from_text(&engine, GUEST).unwrap();
                        let guest = Instance::new(&Store::new(&engine, Limits::default()), &module, &[]).unwrap();
                        // Also compiles the bridge of the function's signature.
                        assert_eq!(number(&guest, "size", None), 1, "{mode}");
                        (mode, engine, guest)
                    })
                    .collect();
                refuse_execution(errno);
                for (mode, engine, guest) in before {
                    let refused = Module::from_text(&engine, "(module (func (export \"f\")))");
                    let store = Store::new(&engine, Limits::default());
                    if mode == Mode::Interpreter {
                        let instance = Instance::new(&store, &refused.unwrap(), &[]).unwrap();
                        instance.func("f").unwrap().call(&[]).unwrap();
                    } else {
                        assert_error(refused, kind, Phase::Compile, text, mode);
                        // The bridge of a signature that is new to the engine is code too.
                        let func = Func::wrap(&store, |_: i64, _: f32, _: i64| 0_f64).map(drop);
                        assert_error(func, kind, Phase::Compile, text, mode);
                    }
                    // What is compiled already runs on, in instances that there are and in new ones.
                    let again = Instance::new(&store, guest.module(), &[]).unwrap();
                    for guest in [&guest, &again] {
                        assert_eq!(number(guest, "size", None), 1, "{mode}");
                    }
                }
            });
        });
    }
}

const ENDLESS: &str = r#"(module (func (export "spin") (loop (br 0))) (func (export "f")))"#;

#[test]
fn descriptors_that_cannot_be_had() {
    in_child("descriptors_that_cannot_be_had", || {
        let guests: Vec<_> = mode::engines()
            .map(|(mode, engine)| {
                let module = Module::from_text(&engine, ENDLESS).unwrap();
                (mode, Instance::new(&Store::new(&engine, Limits::default()), &module, &[]).unwrap())
            })
            .collect();
        Resource::Descriptors.limit(0);
        // A thread needs a descriptor before it first enters a guest; one that has ended leaves its own to the next.
        let thread = thread::spawn(move || {
            for (mode, guest) in &guests {
                let refused = guest.func("f").unwrap().call(&[]);
                assert_error(refused, Kind::Io, Phase::Execute, "no descriptor left to wake a thread by", *mode);
            }
            Resource::Descriptors.release();
            for (_, guest) in &guests {
                guest.func("f").unwrap().call(&[]).unwrap();
            }
        });
        thread.join().unwrap();
    });
}

#[test]
fn threads_that_cannot_be_had() {
    in_child("threads_that_cannot_be_had", || {
        for (mode, engine) in mode::engines() {
            let module = Module::from_text(&engine, ENDLESS).unwrap();
            let instance = Instance::new(&Store::new(&engine, Limits::default()), &module, &[]).unwrap();
            instance.func("f").unwrap().call(&[]).unwrap();
            let spin = |options: &CallOptions| {
                instance.store().with_options(options, || instance.func("spin")?.call(&[]).map(drop))
            };
            let soon = CallOptions::new().deadline(Duration::from_millis(1));
            if mode == Mode::Optimised {
                // Less than the stack of the thread that watches deadlines, which nobody has needed until now.
                Resource::Addresses.limit_to_more(64 << 10);
                assert_error(spin(&soon), Kind::Io, Phase::Execute, "cannot start the thread that watches", mode);
                // Without a deadline nobody has to watch.
                let token = CancelToken::new();
                token.cancel();
                let cancelled = spin(&CallOptions::new().cancel(&token));
                assert_error(cancelled, Kind::Cancelled, Phase::Execute, "", mode);
                Resource::Addresses.release();
            }
            assert_error(spin(&soon), Kind::DeadlineExceeded, Phase::Execute, "", mode);
        }
    });
}

#[test]
fn compilers_threads_that_cannot_be_had() {
    in_child("compilers_threads_that_cannot_be_had", || {
        let many = format!("(module {})", "(func)".repeat(20));
        let engine = Engine::new(&Config::new().threads(2)).unwrap();
        Resource::Addresses.limit_to_more(1 << 20);
        let refused = Module::from_text(&engine, &many);
        assert_error(refused, Kind::Io, Phase::Compile, "cannot start threads for the compiler", Mode::Optimised);
        Resource::Addresses.release();
        Module::from_text(&engine, &many).unwrap();
    });
}

#[test]
fn a_host_function_that_panics_in_the_middle() {
    let text = r#"(module
        (import "host" "panic" (func $panic (param i32)))
        (memory (export "memory") 1) (global (export "step") (mut i32) (i32.const 0)) (table 4 externref)
        (func (export "run") (param i32) (result i32)
            (global.set 0 (i32.const 1)) (i32.store (i32.const 0) (i32.const 1)) (drop (memory.grow (i32.const 1)))
            (call $panic (local.get 0))
            (global.set 0 (i32.const 2)) (i32.store (i32.const 0) (i32.const 2))
            (memory.size)))"#;
    for (mode, engine) in mode::engines() {
        let mut linker = Linker::new(&engine);
        linker.func_wrap("host", "panic", |caller: Caller<'_>, depth: i32| {
            match depth {
                0 => {}
                // Also while the caller's memory is held in hand.
                1 => caller.memory(0).unwrap().read_vec(0, 4).map(|bytes| panic!("at {bytes:?}")).unwrap(),
                _ => {
                    let run = caller.instance().unwrap().func("run").unwrap().typed::<i32, i32>().unwrap();
                    let error = run.call(depth - 1).unwrap_err();
                    panic!("after {}", error.message());
                }
            }
        });
        let store = Store::new(&engine, Limits::default());
        let guest = linker.instantiate(&store, &Module::from_text(&engine, text).unwrap()).unwrap();
        let run = guest.func("run").unwrap().typed::<i32, i32>().unwrap();
        for (depth, frames, message) in
            [(1, 1, "a host function panicked: at [1, 0, 0, 0]"), (3, 3, "panicked: after a")]
        {
            let error = run.call(depth).unwrap_err();
            assert_eq!((error.phase(), error.kind()), (Phase::Host, Kind::HostPanic), "{mode}: {error:?}");
            assert!(error.message().contains(message), "{mode}: {error}");
            assert!(!error.backtrace().is_empty() && error.backtrace().len() <= frames, "{mode}: {error:?}");
            // As the guest left it: what comes after the call has not happened.
            assert_eq!(guest.global("step").unwrap().get().i32(), Some(1), "{mode}");
            assert_eq!(guest.memory("memory").unwrap().read_vec(0, 4).unwrap(), [1, 0, 0, 0], "{mode}");
        }
        drop(store.try_enter().unwrap_or_else(|e| panic!("{mode}: nobody is inside of the store: {e}")));
        assert_eq!(run.call(0).unwrap(), 6, "{mode}: four times before, once now");
        assert_eq!(guest.global("step").unwrap().get().i32(), Some(2), "{mode}");
    }
}
