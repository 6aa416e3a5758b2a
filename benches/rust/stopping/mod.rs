//! How long it takes from `cancel()` on one thread to the return of the call on another, for everything that a guest can be in
//! the middle of. Used by the benchmark `stops` and by the test that holds it to its bound.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use edge_runtime::wasi::Wasi;
use edge_runtime::{CallOptions, CancelToken, Config, Instance, Kind, Limits, Linker, Mode, Module, Store, WasiConfig};

/// What a guest is in the middle of: its name, its memory, and what it does.
pub(crate) struct Case {
    /// As a reader of figures would say it.
    pub(crate) name: &'static str,
    memory: &'static str,
    run: &'static str,
}

/// Everything that has to end within 10 ms.
pub(crate) const CASES: &[Case] = &[
    Case { name: "an empty loop", memory: "1", run: "(call $started) (loop (br 0))" },
    Case { name: "a loop of host calls", memory: "1", run: "(call $started) (loop (call $nothing) (br 0))" },
    Case { name: "a tree of calls without loops", memory: "1", run: "(call $started) (call $tree (i64.const 90))" },
    Case {
        name: "memory.fill of 4 GiB",
        memory: "65536",
        run: "(call $started) (memory.fill (i32.const 0) (i32.const 7) (i32.const -1)) (loop (br 0))",
    },
    Case {
        name: "poll_oneoff of a pipe",
        memory: "1",
        run: "(call $open) (i64.store (i32.const 16) (i64.const 0)) (i32.store8 (i32.const 24) (i32.const 1))
            (i32.store (i32.const 32) (i32.load (i32.const 512))) (call $started)
            (drop (call $poll (i32.const 16) (i32.const 128) (i32.const 1) (i32.const 192)))",
    },
    Case {
        name: "a sleep of an hour",
        memory: "1",
        run: "(i32.store (i32.const 32) (i32.const 1)) (i64.store (i32.const 40) (i64.const 3600000000000)) (call $started)
            (drop (call $poll (i32.const 16) (i32.const 128) (i32.const 1) (i32.const 192)))",
    },
    Case {
        name: "fd_read on a pipe",
        memory: "1",
        run: "(call $open) (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (i32.const 16)) (call $started)
            (drop (call $read (i32.load (i32.const 512)) (i32.const 0) (i32.const 1) (i32.const 516)))",
    },
    Case {
        name: "an atomic wait",
        memory: "1 1 shared",
        run: "(call $started) (drop (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))",
    },
];

/// What all guests have.
const COMMON: &str = r#"
    (import "host" "started" (func $started)) (import "host" "nothing" (func $nothing))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (func $open
        (i64.store (i32.const 256) (i64.const 0x65706970))
        (if (call $path_open (i32.const 3) (i32.const 0) (i32.const 256) (i32.const 4) (i32.const 0)
                (i64.const 0x8000002) (i64.const 0) (i32.const 0) (i32.const 512)) (then unreachable)))
    (func $tree (param i64)
        (if (i64.ne (local.get 0) (i64.const 0)) (then
            (call $tree (i64.sub (local.get 0) (i64.const 1))) (call $tree (i64.sub (local.get 0) (i64.const 1))))))
    (func (export "answer") (result i32) (i32.const 42))"#;

impl Case {
    /// The middle one of the times of several tries in a mode.
    ///
    /// # Panics
    ///
    /// When a call ends for another reason, or the guest does not work afterwards.
    pub(crate) fn median(&self, mode: Mode, tries: usize) -> Duration {
        let directory = tempfile::tempdir().expect("a directory for a pipe");
        let path = directory.path().join("pipe");
        let path = CString::new(path.as_os_str().as_bytes()).expect("a path without a zero");
        // SAFETY: a path that ends with a zero.
        assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
        let (started, running) = mpsc::channel();
        let mut times = Vec::new();
        let guest = self.guest(mode, &WasiConfig::new().dir(directory.path(), "/"), started);
        let (stopper, orders) = mpsc::channel::<CancelToken>();
        thread::scope(|scope| {
            let (cancelled, moments) = mpsc::channel();
            scope.spawn(move || {
                for token in orders {
                    running.recv().expect("the guest says when it begins");
                    // So that it is well in the middle; how well, decides about nothing.
                    thread::sleep(Duration::from_millis(1));
                    let now = Instant::now();
                    token.cancel();
                    cancelled.send(now).expect("somebody waits for it");
                }
            });
            for _ in 0..tries {
                let token = CancelToken::new();
                stopper.send(token.clone()).expect("the other thread lives");
                let outcome =
                    guest.store().with_options(&CallOptions::new().cancel(&token), || guest.func("run")?.call(&[]));
                let ended = Instant::now();
                times.push(ended.duration_since(moments.recv().expect("it was cancelled")));
                let error = outcome.expect_err("nothing else ends it");
                assert_eq!(error.kind(), Kind::Cancelled, "{mode}, {}: {error:?}", self.name);
                let answer = guest.func("answer").and_then(|answer| answer.call(&[])).expect("the guest works on");
                assert_eq!(answer[0].i32(), Some(42));
            }
            drop(stopper);
        });
        times.sort();
        times[tries / 2]
    }

    fn guest(&self, mode: Mode, wasi: &WasiConfig, started: mpsc::Sender<()>) -> Instance {
        let (memory, run) = (self.memory, self.run);
        let text = format!("(module {COMMON} (memory (export \"memory\") {memory}) (func (export \"run\") {run}))");
        let wasm = wat::parse_str(text).expect("the text is right");
        let engine = mode.engine(Config::new()).expect("this machine runs every mode");
        let module: Module = mode.module(&engine, &wasm).expect("a module");
        let mut linker = Linker::new(&engine);
        linker.func_wrap("host", "started", move || started.send(()).expect("the other thread lives"));
        linker.func_wrap("host", "nothing", || {});
        Wasi::new(wasi).expect("the directory opens").link(&mut linker);
        let mut limits = Limits::default();
        limits.memory = 1 << 32;
        linker.instantiate(&Store::new(&engine, limits), &module).expect("an instance")
    }
}
