//! Full disks, files that may not grow, closed streams, pipes without a reader, pipes on which nothing moves, and a memory that
//! changes meanwhile: the guest gets the error number, nothing is lost in silence, and the host lives on.

mod child;
mod mode;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use child::{Resource, in_child};
use edge_runtime::{
    CallOptions, CancelToken, Error, Instance, Kind, Limits, Linker, Module, Phase, SharedMemory, Store, Vm,
    WasiConfig, interrupt,
};

const SUCCESS: i32 = 0;
const BADF: i32 = 8;
const FAULT: i32 = 21;
const FBIG: i32 = 22;
const INVAL: i32 = 28;
const NOSPC: i32 = 51;
const PIPE: i32 = 64;

/// A guest that does as it is told. Texts and buffers are put into its memory from outside.
fn text(memory: &str) -> String {
    let functions = [
        ("fd_write", "i32 i32 i32 i32"),
        ("fd_read", "i32 i32 i32 i32"),
        ("fd_pwrite", "i32 i32 i32 i64 i32"),
        ("fd_allocate", "i32 i64 i64"),
        ("fd_filestat_set_size", "i32 i64"),
        ("path_open", "i32 i32 i32 i32 i32 i64 i64 i32 i32"),
        ("poll_oneoff", "i32 i32 i32 i32"),
        ("random_get", "i32 i32"),
        ("args_get", "i32 i32"),
        ("fd_prestat_dir_name", "i32 i32 i32"),
    ];
    let (mut imports, mut exports) = (String::new(), String::new());
    for (name, params) in functions {
        let args: String = (0..params.split(' ').count()).map(|i| format!("(local.get {i})")).collect();
        let ty = format!("(param {params}) (result i32)");
        imports += &format!("(import \"wasi_snapshot_preview1\" \"{name}\" (func ${name} {ty}))");
        exports += &format!("(func (export \"{name}\") {ty} (call ${name} {args}))");
    }
    format!(
        "(module {imports} (memory (export \"memory\") {memory}) {exports} (func (export \"answer\") (result i32) (i32.const 42)))"
    )
}

fn vm(wasi: WasiConfig) -> Vm {
    let module = Module::from_text(&mode::engine(), &text("1")).unwrap();
    Vm::builder().wasi(wasi).load(module).unwrap()
}

/// Writes to a descriptor of the guest: the error number, and how many bytes were written.
fn write(vm: &Vm, fd: u32, bytes: &[u8]) -> (i32, u32) {
    let memory = vm.memory("memory").unwrap();
    memory.write(1024, bytes).unwrap();
    memory.write(0, &1024_u32.to_le_bytes()).unwrap();
    memory.write(4, &(bytes.len() as u32).to_le_bytes()).unwrap();
    memory.write(8, &u32::MAX.to_le_bytes()).unwrap();
    let errno = vm.run("fd_write", (fd, 0, 1, 8)).unwrap();
    (errno, u32::from_le_bytes(memory.read_vec(8, 4).unwrap().try_into().unwrap()))
}

/// Opens a file in the first directory for reading and writing, and makes it if there is none.
fn open(vm: &Vm, name: &str) -> u32 {
    const CREATE: i32 = 1;
    const READ_WRITE_RESIZE: i64 = 1 << 1 | 1 << 6 | 1 << 8 | 1 << 22;
    let memory = vm.memory("memory").unwrap();
    memory.write(512, name.as_bytes()).unwrap();
    let args = (3, 0, 512, name.len() as i32, CREATE, READ_WRITE_RESIZE, 0_i64, 0, 8);
    assert_eq!(open_with(vm, args), SUCCESS, "{name} opens");
    u32::from_le_bytes(memory.read_vec(8, 4).unwrap().try_into().unwrap())
}

/// `path_open` has more parameters than tuples are made arguments of.
fn open_with(vm: &Vm, args: (i32, i32, i32, i32, i32, i64, i64, i32, i32)) -> i32 {
    use edge_runtime::Val::{I32, I64};
    let (a, b, c, d, e, f, g, h, i) = args;
    let args = [I32(a), I32(b), I32(c), I32(d), I32(e), I64(f), I64(g), I32(h), I32(i)];
    vm.func("path_open").unwrap().call(&args).unwrap()[0].i32().unwrap()
}

/// Lets signals that tell of failed writes do what they do by default: end the process.
fn deadly_signals() {
    for signal in [libc::SIGPIPE, libc::SIGXFSZ] {
        // SAFETY: no handler of ours is involved.
        assert_ne!(unsafe { libc::signal(signal, libc::SIG_DFL) }, libc::SIG_ERR);
    }
}

/// Signals that wait for this thread, and those that it does not let through.
fn signals() -> (Vec<i32>, Vec<i32>) {
    let list = |ask: unsafe fn(*mut libc::sigset_t)| {
        let mut set = std::mem::MaybeUninit::uninit();
        // SAFETY: fills the set, which is only asked afterwards.
        unsafe {
            libc::sigemptyset(set.as_mut_ptr());
            ask(set.as_mut_ptr());
            (1..32).filter(|signal| libc::sigismember(set.as_ptr(), *signal) == 1).collect()
        }
    };
    unsafe fn waiting(set: *mut libc::sigset_t) {
        // SAFETY: the caller's set.
        unsafe { libc::sigpending(set) };
    }
    unsafe fn blocked(set: *mut libc::sigset_t) {
        // SAFETY: the caller's set.
        unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, std::ptr::null(), set) };
    }
    (list(waiting), list(blocked))
}

/// Another file in the place of a standard stream; the stream is back when this is dropped.
struct Replaced {
    stream: i32,
    before: OwnedFd,
}

impl Replaced {
    fn by(stream: i32, file: &impl AsRawFd) -> Self {
        io::stdout().flush().unwrap();
        // SAFETY: descriptors that are open.
        unsafe {
            let before = OwnedFd::from_raw_fd(libc::dup(stream));
            assert_eq!(libc::dup2(file.as_raw_fd(), stream), stream);
            Self { stream, before }
        }
    }
}

impl Drop for Replaced {
    fn drop(&mut self) {
        // SAFETY: a descriptor that is open.
        unsafe { libc::dup2(self.before.as_raw_fd(), self.stream) };
    }
}

#[test]
fn a_full_disk() {
    // What is always full, and lies where directories can be opened.
    let vm = vm(WasiConfig::new().dir("/dev", "/"));
    let full = open(&vm, "full");
    for _ in 0..2 {
        assert_eq!(write(&vm, full, b"lost?"), (NOSPC, u32::MAX));
    }
    assert_eq!(vm.run::<i32>("fd_write", (full, 0, 0, 8)).unwrap(), SUCCESS, "nothing fits always");
    assert_eq!(vm.run::<i32>("answer", ()).unwrap(), 42);
}

#[test]
fn a_file_that_may_not_grow() {
    in_child("a_file_that_may_not_grow", || {
        let directory = tempfile::tempdir().unwrap();
        let vm = vm(WasiConfig::new().dir(directory.path(), "/"));
        let file = open(&vm, "file");
        deadly_signals();
        let before = signals();
        Resource::FileSize.limit(10);
        assert_eq!(write(&vm, file, b"ten bytes, and more"), (SUCCESS, 10), "what fits is written");
        assert_eq!(write(&vm, file, b"x"), (FBIG, u32::MAX));
        assert_eq!(vm.run::<i32>("fd_pwrite", (file, 0, 1, 10_i64, 8)).unwrap(), FBIG);
        assert_eq!(vm.run::<i32>("fd_filestat_set_size", (file, 11_i64)).unwrap(), FBIG);
        assert_eq!(vm.run::<i32>("fd_allocate", (file, 0_i64, 11_i64)).unwrap(), FBIG);
        Resource::FileSize.release();
        assert_eq!(signals(), before, "no signal waits, and the same are let through");
        assert_eq!(fs::read(directory.path().join("file")).unwrap(), b"ten bytes,");
        assert_eq!(write(&vm, file, b" and more"), (SUCCESS, 9));
        assert_eq!(fs::read(directory.path().join("file")).unwrap(), b"ten bytes, and more");
    });
}

#[test]
fn a_pipe_that_nobody_reads() {
    in_child("a_pipe_that_nobody_reads", || {
        deadly_signals();
        let before = signals();
        // As standard output, as standard error, and as a file of a directory.
        for stream in [1, 2] {
            let vm = vm(WasiConfig::new().inherit_stdio());
            let (reader, writer) = io::pipe().unwrap();
            let replaced = Replaced::by(stream, &writer);
            let first = write(&vm, stream as u32, b"heard");
            drop(reader);
            let results = [0; 2].map(|_| write(&vm, stream as u32, b"unheard"));
            drop(replaced);
            assert_eq!((first, results), ((SUCCESS, 5), [(PIPE, u32::MAX); 2]), "stream {stream}");
            assert_eq!(vm.run::<i32>("answer", ()).unwrap(), 42);
        }
        let directory = tempfile::tempdir().unwrap();
        let path = fifo(directory.path());
        let reader = OpenOptions::new().read(true).write(true).open(path).unwrap();
        let vm = vm(WasiConfig::new().dir(directory.path(), "/"));
        let pipe = open_for_writing(&vm, "fifo");
        drop(reader);
        assert_eq!(write(&vm, pipe, b"unheard"), (PIPE, u32::MAX));
        assert_eq!(signals(), before, "no signal waits, and the same are let through");
    });
}

#[test]
fn a_signal_that_the_host_keeps_back_stays_the_hosts() {
    in_child("a_signal_that_the_host_keeps_back_stays_the_hosts", || {
        deadly_signals();
        let directory = tempfile::tempdir().unwrap();
        let vm = vm(WasiConfig::new().inherit_stdio().dir(directory.path(), "/"));
        // SAFETY: changes this thread's mask and sends a signal that it keeps back.
        unsafe {
            let mut set = std::mem::MaybeUninit::uninit();
            libc::sigemptyset(set.as_mut_ptr());
            libc::sigaddset(set.as_mut_ptr(), libc::SIGPIPE);
            libc::pthread_sigmask(libc::SIG_BLOCK, set.as_ptr(), std::ptr::null_mut());
            libc::pthread_kill(libc::pthread_self(), libc::SIGPIPE);
        }
        let before = signals();
        assert_eq!(before.0, [libc::SIGPIPE]);
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let replaced = Replaced::by(1, &writer);
        let result = write(&vm, 1, b"unheard");
        drop(replaced);
        assert_eq!((result, signals()), ((PIPE, u32::MAX), before));
    });
}

#[test]
fn closed_and_full_standard_streams() {
    in_child("closed_and_full_standard_streams", || {
        let directory = tempfile::tempdir().unwrap();
        let (file, full) = (directory.path().join("out"), OpenOptions::new().write(true).open("/dev/full").unwrap());
        for stream in [1, 2] {
            let vm = vm(WasiConfig::new().inherit_stdio());
            let replaced = Replaced::by(stream, &full);
            let refused = write(&vm, stream as u32, b"once\n");
            let out = File::create(&file).unwrap();
            let place = Replaced::by(stream, &out);
            let taken = write(&vm, stream as u32, b"once\n");
            // SAFETY: the descriptor is put back below.
            unsafe { libc::close(stream) };
            let closed = write(&vm, stream as u32, b"lost?\n");
            drop(place);
            drop(replaced);
            assert_eq!((refused, taken), ((NOSPC, u32::MAX), (SUCCESS, 5)), "stream {stream}");
            assert_eq!(closed, (BADF, u32::MAX), "stream {stream}");
            assert_eq!(fs::read(&file).unwrap(), b"once\n", "stream {stream}: what was refused does not come later");
            assert_eq!(vm.run::<i32>("answer", ()).unwrap(), 42);
        }
    });
}

fn fifo(directory: &Path) -> std::path::PathBuf {
    let path = directory.join("fifo");
    let name = std::ffi::CString::new(path.to_str().unwrap()).unwrap();
    // SAFETY: a path that ends with a zero.
    assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0);
    path
}

/// A pipe opened for reading as well would be its own reader.
fn open_for_writing(vm: &Vm, name: &str) -> u32 {
    let memory = vm.memory("memory").unwrap();
    memory.write(512, name.as_bytes()).unwrap();
    assert_eq!(open_with(vm, (3, 0, 512, name.len() as i32, 0, 1 << 6, 0, 0, 8)), SUCCESS);
    u32::from_le_bytes(memory.read_vec(8, 4).unwrap().try_into().unwrap())
}

/// Ends a call that waits for ever: by a deadline, by a token from another thread, by the store.
fn ends(vm: &Vm, name: &str, args: (u32, i32, i32, i32), what: &str) {
    let soon = CallOptions::new().deadline(Duration::from_millis(2));
    let error = vm.run_with::<i32>(&soon, name, args).unwrap_err();
    assert_eq!((error.phase(), error.kind()), (Phase::Execute, Kind::DeadlineExceeded), "{what}: {error:?}");
    let token = CancelToken::new();
    thread::scope(|scope| {
        scope.spawn(|| token.cancel());
        let error = vm.run_with::<i32>(&CallOptions::new().cancel(&token), name, args).unwrap_err();
        assert_eq!(error.kind(), Kind::Cancelled, "{what}: {error:?}");
        scope.spawn(|| while !vm.cancel() {});
        assert_eq!(vm.run::<i32>(name, args).unwrap_err().kind(), Kind::Cancelled, "{what}");
    });
    assert_eq!(vm.run::<i32>("answer", ()).unwrap(), 42, "{what}");
}

#[test]
fn standard_streams_on_which_nothing_moves() {
    in_child("standard_streams_on_which_nothing_moves", || {
        let vm = vm(WasiConfig::new().inherit_stdio());
        let memory = vm.memory("memory").unwrap();
        memory.write(0, &[1024_u32.to_le_bytes(), 8192_u32.to_le_bytes()].concat()).unwrap();
        let (reader, mut writer) = io::pipe().unwrap();
        {
            let _stdin = Replaced::by(0, &reader);
            ends(&vm, "fd_read", (0, 0, 1, 8), "an empty pipe");
            writer.write_all(b"at last").unwrap();
            assert_eq!(vm.run::<i32>("fd_read", (0, 0, 1, 8)).unwrap(), SUCCESS);
            assert_eq!(memory.read_vec(1024, 7).unwrap(), b"at last");
        }
        for stream in [1, 2] {
            let (mut reader, writer) = io::pipe().unwrap();
            let replaced = Replaced::by(stream, &writer);
            let taken: u32 = std::iter::repeat_with(|| write_until_full(&vm, stream)).take_while(|n| *n > 0).sum();
            let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                ends(&vm, "fd_write", (stream as u32, 0, 1, 8), "a full pipe");
            }));
            drop((replaced, writer));
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).unwrap();
            // Whole pages were taken before the guest had to wait, some by calls that were then ended.
            assert!(bytes.len() >= taken as usize, "stream {stream}: {} bytes of {taken}", bytes.len());
            ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
}

/// Writes as long as there is room; how many bytes the guest was told of.
fn write_until_full(vm: &Vm, stream: i32) -> u32 {
    let memory = vm.memory("memory").unwrap();
    let soon = CallOptions::new().deadline(Duration::from_millis(20));
    match vm.run_with::<i32>(&soon, "fd_write", (stream as u32, 0, 1, 8)) {
        Ok(errno) => {
            assert_eq!(errno, SUCCESS);
            u32::from_le_bytes(memory.read_vec(8, 4).unwrap().try_into().unwrap())
        }
        Err(error) => {
            assert_eq!(error.kind(), Kind::DeadlineExceeded, "{error:?}");
            0
        }
    }
}

/// How often the handler ran.
static SIGNALS: AtomicU32 = AtomicU32::new(0);

#[test]
fn signals_that_interrupt_a_wait_run_the_hook_and_nothing_else() {
    extern "C" fn count(_: libc::c_int) {
        SIGNALS.fetch_add(1, SeqCst);
    }
    // SAFETY: a handler that only counts; calls that it interrupts are not started again.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = count as *const () as usize;
        assert_eq!(libc::sigaction(libc::SIGUSR1, &raw const action, std::ptr::null_mut()), 0);
    }
    let vm = vm(WasiConfig::new());
    // A clock that is ahead by an hour.
    let memory = vm.memory("memory").unwrap();
    memory.write(16, &1_u32.to_le_bytes()).unwrap();
    memory.write(24, &3_600_000_000_000_u64.to_le_bytes()).unwrap();
    // SAFETY: only asks.
    let waiting = unsafe { libc::pthread_self() };
    let (begun, begins) = mpsc::channel();
    let done = AtomicBool::new(false);
    let error = thread::scope(|scope| {
        let done = &done;
        scope.spawn(move || {
            begins.recv().unwrap();
            while !done.load(SeqCst) {
                // SAFETY: the thread waits until this one has ended.
                unsafe { libc::pthread_kill(waiting, libc::SIGUSR1) };
                thread::yield_now();
            }
        });
        let hook = move || {
            let _ = begun.send(());
            if SIGNALS.load(SeqCst) < 200 {
                Ok(())
            } else {
                Err(Error::new(Phase::Host, Kind::HostError, "enough signals"))
            }
        };
        interrupt::set_tick(Some(std::rc::Rc::new(hook))).unwrap();
        let result = vm.run::<i32>("poll_oneoff", (0, 64, 1, 128));
        interrupt::set_tick(None).unwrap();
        done.store(true, SeqCst);
        result.unwrap_err()
    });
    assert_eq!((error.kind(), error.message()), (Kind::HostError, "enough signals"));
    assert_eq!(vm.run::<i32>("answer", ()).unwrap(), 42);
}

/// A guest whose memory is shared, and that memory.
fn shared(wasi: &WasiConfig) -> (Instance, SharedMemory) {
    let engine = mode::engine();
    let module = Module::from_text(&engine, &text("1 2 shared")).unwrap();
    let store = Store::new(&engine, Limits::default());
    let mut linker = Linker::new(&engine);
    edge_runtime::wasi::Wasi::new(wasi).unwrap().link(&mut linker);
    let instance = linker.instantiate(&store, &module).unwrap();
    let memory = instance.shared_memory("memory").unwrap();
    (instance, memory)
}

#[test]
fn wasi_reads_and_writes_a_shared_memory() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("in"), "from a file").unwrap();
    let (instance, memory) = shared(&WasiConfig::new().arg("first").dir(directory.path(), "/named"));
    let call =
        |name: &str, args: &[edge_runtime::Val]| instance.func(name).unwrap().call(args).unwrap()[0].i32().unwrap();
    use edge_runtime::Val::{I32, I64};
    assert_eq!(call("args_get", &[I32(0), I32(1024)]), SUCCESS);
    assert_eq!(memory.read_vec(1024, 6).unwrap(), b"first\0");
    assert_eq!(call("fd_prestat_dir_name", &[I32(3), I32(2048), I32(6)]), SUCCESS);
    assert_eq!(memory.read_vec(2048, 6).unwrap(), b"/named");
    memory.write(512, b"in").unwrap();
    let open = [I32(3), I32(0), I32(512), I32(2), I32(0), I64(1 << 1), I64(0), I32(0), I32(8)];
    assert_eq!(call("path_open", &open), SUCCESS);
    let fd = I32(memory.atomic_load::<u32>(8).unwrap().cast_signed());
    memory.write(0, &[4096_u32.to_le_bytes(), 100_u32.to_le_bytes()].concat()).unwrap();
    assert_eq!(call("fd_read", &[fd, I32(0), I32(1), I32(8)]), SUCCESS);
    assert_eq!(memory.read_vec(4096, 11).unwrap(), b"from a file");
    assert_eq!(memory.atomic_load::<u32>(8).unwrap(), 11);
    assert_eq!(call("random_get", &[I32(65_530), I32(7)]), FAULT, "one byte beyond the end");
    memory.grow(1).unwrap();
    assert_eq!(call("random_get", &[I32(65_530), I32(7)]), SUCCESS, "grown by the host");
}

/// What a list of buffers says is read once: another thread that changes it can make a call fail, and nothing else.
#[test]
fn a_list_of_buffers_that_another_thread_changes() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("in"), [7; 8192]).unwrap();
    let (instance, memory) = shared(&WasiConfig::new().dir(directory.path(), "/").stdout_capture());
    let call =
        |name: &str, args: &[edge_runtime::Val]| instance.func(name).unwrap().call(args).unwrap()[0].i32().unwrap();
    use edge_runtime::Val::{I32, I64};
    memory.write(512, b"in").unwrap();
    let open = [I32(3), I32(0), I32(512), I32(2), I32(0), I64(1 << 1 | 1 << 2), I64(0), I32(0), I32(8)];
    assert_eq!(call("path_open", &open), SUCCESS);
    let file = I32(memory.atomic_load::<u32>(8).unwrap().cast_signed());
    let done = AtomicBool::new(false);
    let (mut succeeded, mut failed) = (0, 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut rng = fastrand::Rng::with_seed(1);
            while !done.load(SeqCst) {
                for at in (0..64).step_by(4) {
                    let value = if rng.bool() { rng.u32(..60_000) & !3 } else { rng.u32(..) };
                    memory.atomic_store(at, if at % 8 == 4 { value >> rng.u32(..20) } else { value }).unwrap();
                }
            }
        });
        while succeeded < 200 || failed < 200 {
            for (name, fd) in [("fd_read", file.clone()), ("fd_write", I32(1))] {
                match call(name, &[fd, I32(0), I32(4), I32(64)]) {
                    SUCCESS => succeeded += 1,
                    FAULT | INVAL | NOSPC => failed += 1,
                    errno => panic!("{name}: {errno}"),
                }
            }
        }
        done.store(true, SeqCst);
    });
    assert_eq!(call("random_get", &[I32(0), I32(8)]), SUCCESS);
}
