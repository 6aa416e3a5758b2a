//! Accidents that other engines had with WASI, as tests named after them: a guest outside of the engine asks for them.

mod mode;

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use edge_runtime::wasi::Wasi;
use edge_runtime::{Instance, Limits, Linker, Module, Store, Val, WasiConfig};
use tempfile::TempDir;

/// Remembers the largest piece of memory that anything here asked for.
struct Largest;

static LARGEST: AtomicUsize = AtomicUsize::new(0);

// SAFETY: the allocator of the system does all the work.
unsafe impl GlobalAlloc for Largest {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        LARGEST.fetch_max(layout.size(), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        LARGEST.fetch_max(size, Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.realloc(at, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Largest = Largest;

/// The functions that the tests call, with their parameters: `i` for `i32`, `l` for `i64`.
const FUNCTIONS: &[(&str, &str)] = &[
    ("args_get", "ii"),
    ("fd_close", "i"),
    ("fd_fdstat_get", "ii"),
    ("fd_filestat_get", "ii"),
    ("fd_prestat_dir_name", "iii"),
    ("fd_prestat_get", "ii"),
    ("fd_pread", "iiili"),
    ("fd_pwrite", "iiili"),
    ("fd_read", "iiii"),
    ("fd_readdir", "iiili"),
    ("fd_renumber", "ii"),
    ("fd_write", "iiii"),
    ("path_create_directory", "iii"),
    ("path_filestat_get", "iiiii"),
    ("path_link", "iiiiiii"),
    ("path_open", "iiiiillii"),
    ("path_readlink", "iiiiii"),
    ("path_remove_directory", "iii"),
    ("path_rename", "iiiiii"),
    ("path_symlink", "iiiii"),
    ("path_unlink_file", "iii"),
    ("poll_oneoff", "iiii"),
    ("random_get", "ii"),
];

const SUCCESS: i32 = 0;
const BADF: i32 = 8;
const EXIST: i32 = 20;
const FAULT: i32 = 21;
const INVAL: i32 = 28;
const NOTDIR: i32 = 54;
const PERM: i32 = 63;
const ROFS: i32 = 69;

/// Flags of `path_open`.
const CREAT: i64 = 1;
const DIRECTORY: i64 = 2;
const TRUNC: i64 = 8;
const FD_READ: i64 = 1 << 1;
const FD_WRITE: i64 = 1 << 6;
const FD_READDIR: i64 = 1 << 14;

/// Where the guest's functions put results, paths and a second path.
const OUT: i64 = 0;
const PATH: i64 = 1024;
const OTHER: i64 = 4096;

struct Guest(Instance);

impl Guest {
    fn new(config: &WasiConfig) -> Self {
        let functions: String = FUNCTIONS
            .iter()
            .map(|(name, letters)| {
                let types: String = letters.chars().map(|c| if c == 'i' { " i32" } else { " i64" }).collect();
                let args: String = (0..letters.len()).map(|i| format!("(local.get {i})")).collect();
                (name, types, args)
            })
            .map(|(name, types, args)| {
                (
                    format!(r#"(import "wasi_snapshot_preview1" "{name}" (func ${name} (param{types}) (result i32)))"#),
                    format!(r#"(func (export "{name}") (param{types}) (result i32) (call ${name} {args}))"#),
                )
            })
            .fold([String::new(), String::new()], |[a, b], (import, export)| [a + &import, b + &export])
            .join(r#"(memory (export "memory") 256)"#);
        let engine = mode::engine();
        let module = Module::from_text(&engine, &format!("(module {functions})")).unwrap();
        let mut linker = Linker::new(&engine);
        Wasi::new(config).unwrap().link(&mut linker);
        Self(linker.instantiate(&Store::new(&engine, Limits::default()), &module).unwrap())
    }

    /// Calls a function: its error number.
    fn call(&self, name: &str, args: &[i64]) -> i32 {
        let (_, letters) = FUNCTIONS.iter().find(|(other, _)| *other == name).expect("a function of the list");
        assert_eq!(letters.len(), args.len(), "{name}");
        let args: Vec<Val> = letters
            .chars()
            .zip(args)
            .map(|(letter, arg)| if letter == 'i' { Val::I32(*arg as i32) } else { Val::I64(*arg) })
            .collect();
        self.0.func(name).unwrap().call(&args).unwrap_or_else(|e| panic!("{name}{args:?}: {e}"))[0].i32().unwrap()
    }

    fn put(&self, at: i64, bytes: &[u8]) {
        self.0.memory("memory").unwrap().write(at as u64, bytes).unwrap();
    }

    fn get(&self, at: i64, len: usize) -> Vec<u8> {
        self.0.memory("memory").unwrap().read_vec(at as u64, len).unwrap()
    }

    /// Calls a function of a descriptor and a path.
    fn path(&self, name: &str, fd: i64, path: &str) -> i32 {
        self.put(PATH, path.as_bytes());
        self.call(name, &[fd, PATH, path.len() as i64])
    }

    /// Opens a path, following links: the descriptor or the error number.
    fn open(&self, fd: i64, path: &str, flags: i64, rights: i64) -> Result<i64, i32> {
        self.put(PATH, path.as_bytes());
        match self.call("path_open", &[fd, 1, PATH, path.len() as i64, flags, rights, rights, 0, OUT]) {
            SUCCESS => Ok(i64::from(u32::from_le_bytes(self.get(OUT, 4).try_into().unwrap()))),
            errno => Err(errno),
        }
    }

    fn link(&self, from: (i64, &str), to: (i64, &str)) -> i32 {
        self.put(PATH, from.1.as_bytes());
        self.put(OTHER, to.1.as_bytes());
        self.call("path_link", &[from.0, 0, PATH, from.1.len() as i64, to.0, OTHER, to.1.len() as i64])
    }

    fn rename(&self, from: &str, to: &str) -> i32 {
        self.put(PATH, from.as_bytes());
        self.put(OTHER, to.as_bytes());
        self.call("path_rename", &[3, PATH, from.len() as i64, 3, OTHER, to.len() as i64])
    }

    fn symlink(&self, target: &str, path: &str) -> i32 {
        self.put(PATH, target.as_bytes());
        self.put(OTHER, path.as_bytes());
        self.call("path_symlink", &[PATH, target.len() as i64, 3, OTHER, path.len() as i64])
    }
}

/// A directory with `inside/file` ("inside"), `inside/sub/`, `own/`, and `outside/secret` ("secret").
fn world() -> TempDir {
    let world = tempfile::tempdir().unwrap();
    for dir in ["inside/sub", "outside", "own"] {
        fs::create_dir_all(world.path().join(dir)).unwrap();
    }
    fs::write(world.path().join("inside/file"), "inside").unwrap();
    fs::write(world.path().join("outside/secret"), "secret").unwrap();
    world
}

/// A guest whose directory 3 is `inside`.
fn guest_in(world: &Path) -> Guest {
    Guest::new(&WasiConfig::new().dir(world.join("inside"), "/"))
}

/// A guest whose directory 3 is `inside`, which it must not change, and whose directory 4 is `own`.
fn guest_that_reads(world: &Path) -> Guest {
    Guest::new(&WasiConfig::new().dir_read_only(world.join("inside"), "/").dir(world.join("own"), "/own"))
}

fn assert_as_before(world: &Path) {
    assert_eq!(fs::read(world.join("inside/file")).unwrap(), b"inside");
    assert_eq!(fs::read(world.join("outside/secret")).unwrap(), b"secret");
    assert_eq!(fs::read_dir(world.join("outside")).unwrap().count(), 1);
}

/// wasmtime: `fd_renumber` with certain numbers panicked in the host.
#[test]
fn cve_2025_53901_descriptors_of_all_sorts_are_renumbered() {
    let world = world();
    let numbers = [0, 1, 2, 3, 4, 5, 1023, 1024, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
    for from in numbers {
        for to in numbers {
            let guest = guest_in(world.path());
            let is_open = |fd: i64| guest.call("fd_fdstat_get", &[fd, OUT]) == SUCCESS;
            let both = is_open(from) && is_open(to);
            let expected = if both { SUCCESS } else { BADF };
            assert_eq!(guest.call("fd_renumber", &[from, to]), expected, "{from} to {to}");
            assert_eq!(is_open(to), both || to <= 3, "{to} after {from} to {to}");
            assert_eq!(is_open(from), from <= 3 && (!both || from == to), "{from} after {from} to {to}");
        }
    }
}

/// wasmtime: `path_open` with the flag to truncate emptied files in directories that were given to be read.
#[test]
fn cve_2026_47261_truncation_is_a_change() {
    let world = world();
    let guest = guest_that_reads(world.path());
    for rights in [0, FD_READ, FD_WRITE, FD_READ | FD_WRITE, -1] {
        for flags in [TRUNC, TRUNC | CREAT] {
            assert_eq!(guest.open(3, "file", flags, rights), Err(ROFS), "{flags}, {rights:#x}");
        }
    }
    assert_as_before(world.path());
    assert!(guest.open(3, "file", 0, FD_READ).is_ok());
}

/// wasmtime: a hard link from a directory that can be read to one that can be written gave a name under which to write.
#[test]
fn cve_2026_58494_no_hard_link_makes_a_file_writable() {
    let world = world();
    let guest = guest_that_reads(world.path());
    assert_eq!(guest.link((3, "file"), (4, "mine")), ROFS);
    assert!(guest.open(4, "mine", 0, FD_WRITE).is_err());
    guest.open(4, "new", CREAT, FD_WRITE).unwrap();
    assert_eq!(guest.link((4, "new"), (3, "new")), ROFS);
    assert!(!world.path().join("inside/new").exists());
    // Where both may be written, a link is one.
    assert_eq!(guest.link((4, "new"), (4, "again")), SUCCESS);
    assert_eq!(guest.link((4, "new"), (4, "again")), EXIST);
    assert_eq!(guest.link((4, "new"), (4, "../outside/new")), PERM);
    assert_eq!(guest.link((4, "../outside/secret"), (4, "secret")), PERM);
    assert_as_before(world.path());
}

/// wasmtime: a slash at the end of a path changed which checks it passed.
#[test]
fn ghsa_vqjp_a_slash_at_the_end_changes_no_check() {
    let world = world();
    let inside = world.path().join("inside");
    std::os::unix::fs::symlink("../outside", inside.join("out")).unwrap();
    std::os::unix::fs::symlink("sub", inside.join("in")).unwrap();
    let guest = guest_in(world.path());
    for slashes in ["/", "//", "/.", "/./"] {
        let of = |name: &str| format!("{name}{slashes}");
        assert_eq!(guest.open(3, &of("file"), 0, FD_READ), Err(NOTDIR), "{slashes}");
        assert!(guest.open(3, &of("new"), CREAT, FD_WRITE).is_err(), "{slashes}");
        assert!(guest.open(3, &of("file"), TRUNC, FD_WRITE).is_err(), "{slashes}");
        assert_eq!(guest.open(3, &of("out"), 0, FD_READ), Err(PERM), "{slashes}");
        assert_eq!(guest.open(3, &of("../outside"), 0, FD_READ), Err(PERM), "{slashes}");
        assert!(guest.open(3, &of("in"), 0, FD_READ).is_ok(), "{slashes}");
        assert_ne!(guest.path("path_unlink_file", 3, &of("file")), SUCCESS, "{slashes}");
        assert_ne!(guest.path("path_unlink_file", 3, &of("in")), SUCCESS, "{slashes}");
        assert_ne!(guest.path("path_unlink_file", 3, &of("out")), SUCCESS, "{slashes}");
        assert_ne!(guest.path("path_remove_directory", 3, &of("file")), SUCCESS, "{slashes}");
        assert_ne!(guest.path("path_remove_directory", 3, &of("out")), SUCCESS, "{slashes}");
        assert_ne!(guest.link((3, &of("file")), (3, "linked")), SUCCESS, "{slashes}");
        assert_ne!(guest.link((3, "file"), (3, &of("linked"))), SUCCESS, "{slashes}");
        assert_ne!(guest.symlink("file", &of("made")), SUCCESS, "{slashes}");
        assert_ne!(guest.rename(&of("file"), "renamed"), SUCCESS, "{slashes}");
        assert_ne!(guest.rename("file", &of("renamed")), SUCCESS, "{slashes}");
        assert_as_before(world.path());
        let mut names: Vec<_> = fs::read_dir(&inside).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["file", "in", "out", "sub"], "{slashes}");
    }
    assert_eq!(guest.path("path_create_directory", 3, "made/"), SUCCESS);
    assert_eq!(guest.path("path_remove_directory", 3, "made/"), SUCCESS);
    // Read only is read only with a slash as well.
    let reader = guest_that_reads(world.path());
    assert_eq!(reader.path("path_create_directory", 3, "made/"), ROFS);
    assert_eq!(reader.path("path_remove_directory", 3, "sub/"), ROFS);
    assert!(inside.join("sub").is_dir());
}

/// wasmer: a link that the guest made itself led to files of the host (GHSA-55f3-3qvg-8pv5).
#[test]
fn cve_2024_38358_a_link_of_the_guests_own_leads_nowhere_else() {
    let world = world();
    let guest = guest_in(world.path());
    assert_eq!(guest.symlink("/etc/passwd", "absolute"), PERM);
    for (name, target, through) in [
        ("file-link", "../outside/secret", "file-link"),
        ("dir-link", "../outside", "dir-link/secret"),
        ("up", "..", "up/outside/secret"),
        ("step", "sub/../..", "step/outside/secret"),
        ("chain", "up", "chain/outside/secret"),
        ("sub/deep", "../../outside", "sub/deep/secret"),
    ] {
        assert_eq!(guest.symlink(target, name), SUCCESS, "{name}");
        for (flags, rights) in [(0, FD_READ), (0, FD_WRITE), (CREAT, FD_WRITE), (TRUNC, FD_WRITE)] {
            assert_eq!(guest.open(3, through, flags, rights), Err(PERM), "{through}");
        }
    }
    // A link that moves to where its target would be inside still leads nowhere else.
    assert_eq!(guest.symlink("../file", "sub/legal"), SUCCESS);
    assert!(guest.open(3, "sub/legal", 0, FD_READ).is_ok());
    assert_eq!(guest.rename("sub/legal", "moved"), SUCCESS);
    assert_eq!(guest.open(3, "moved", 0, FD_READ), Err(PERM));
    assert_as_before(world.path());
}

/// wasmtime: the host allocated as much as the guest said (also CVE-2026-27572 and GHSA-gqmc-89g8-p25r), and a number of
/// buffers times their size overflowed 32 bits.
#[test]
fn cve_2026_27204_what_the_guest_calls_long_is_not_allocated() {
    let world = world();
    let guest = guest_in(world.path());
    let file = guest.open(3, "file", 0, FD_READ | FD_WRITE).unwrap();
    let dir = guest.open(3, "sub", DIRECTORY, FD_READDIR).unwrap();
    let before = LARGEST.load(Relaxed);
    for long in [0x7fff_fff0_i64, 0x8000_0000, 0xffff_fff0, 0xffff_ffff, 0x2000_0000, 0x2000_0001, 0x1fff_ffff] {
        // Lengths of one buffer, and numbers of buffers of eight bytes.
        guest.put(2048, &[&PATH.to_le_bytes()[..4], &long.to_le_bytes()[..4]].concat());
        for (list, count) in [(2048, 1), (2048, long)] {
            for fd in [file, 0, 1] {
                for name in ["fd_read", "fd_write"] {
                    let errno = guest.call(name, &[fd, list, count, OUT]);
                    assert!([FAULT, INVAL, BADF].contains(&errno), "{name} of {fd}: {count} of {long:#x}: {errno}");
                }
            }
            for name in ["fd_pread", "fd_pwrite"] {
                let errno = guest.call(name, &[file, list, count, 0, OUT]);
                assert!([FAULT, INVAL].contains(&errno), "{name}: {count} of {long:#x}: {errno}");
            }
        }
        assert_eq!(guest.call("random_get", &[16, long]), FAULT, "{long:#x}");
        assert_eq!(guest.call("fd_readdir", &[dir, 16, long, 0, OUT]), FAULT, "{long:#x}");
        assert_eq!(guest.call("path_open", &[3, 1, 16, long, 0, 2, 2, 0, OUT]), FAULT, "{long:#x}");
        assert_eq!(guest.call("path_create_directory", &[3, 16, long]), FAULT, "{long:#x}");
        assert_eq!(guest.call("path_symlink", &[16, long, 3, 16, 4]), FAULT, "{long:#x}");
        assert_eq!(guest.call("path_readlink", &[3, 16, 4, 32, long, OUT]), FAULT, "{long:#x}");
    }
    // What is in the memory may be long: two million empty buffers, a path of megabytes.
    assert_eq!(guest.call("fd_write", &[1, 1 << 16, 2_000_000, OUT]), SUCCESS);
    guest.put(1 << 16, &vec![b'a'; 8 << 20]);
    assert_ne!(guest.call("path_create_directory", &[3, 1 << 16, 8 << 20]), SUCCESS);
    let most = LARGEST.load(Relaxed);
    assert!(most <= before.max(64 << 20), "{most} bytes were allocated at once");
}

/// WAMR: `poll_oneoff` allocated the number of subscriptions times their size, in 32 bits, and wrote behind it.
#[test]
fn wamr_cve_2026_54914_very_many_subscriptions() {
    let guest = Guest::new(&WasiConfig::new());
    // Times 48 or 32 bytes, the middle ones are small numbers again in 32 bits.
    for count in [0x0555_5556_i64, 0x0800_0001, 0x1555_5556, 0x7fff_ffff, 0x8000_0000, 0xaaaa_aaab, 0xffff_ffff] {
        let before = guest.get(1 << 16, 1 << 16);
        assert_eq!(guest.call("poll_oneoff", &[1024, 1 << 16, count, OUT]), INVAL, "{count:#x}");
        assert!(guest.get(1 << 16, 1 << 16) == before, "{count:#x}: something was written");
    }
    // Events that do not fit behind the subscriptions.
    assert_eq!(guest.call("poll_oneoff", &[1024, (256 << 16) - 31, 1, OUT]), FAULT);
    assert_eq!(guest.call("poll_oneoff", &[(256 << 16) - 47, 1024, 1, OUT]), FAULT);
}

/// wasmtime: structures were copied to the guest with their padding, which was memory of the host.
#[test]
fn ghsa_96f6_padding_holds_nothing_of_the_host() {
    let world = world();
    let guest = guest_in(world.path());
    // (function, arguments before the pointer, size, bytes that are padding)
    let structures: &[(&str, &[i64], usize, &[usize])] = &[
        ("fd_fdstat_get", &[3], 24, &[1, 4, 5, 6, 7]),
        ("fd_prestat_get", &[3], 8, &[1, 2, 3]),
        ("fd_filestat_get", &[3], 64, &[17, 18, 19, 20, 21, 22, 23]),
    ];
    for (name, args, size, padding) in structures {
        for fill in [0x00, 0xa5] {
            guest.put(512, &vec![fill; size + 8]);
            assert_eq!(guest.call(name, &[*args, &[512]].concat()), SUCCESS, "{name}");
            let bytes = guest.get(512, size + 8);
            assert!(padding.iter().all(|i| [0, fill].contains(&bytes[*i])), "{name}: {bytes:x?}");
            assert_eq!(bytes[*size..], [fill; 8], "{name} wrote behind its structure");
        }
    }
}
