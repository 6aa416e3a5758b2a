//! WASI against guests that pass whatever they like.

use std::fmt::Write;
use std::path::Path;

use edge_runtime::{Kind, Val, ValType, Vm, WasiConfig};
use fastrand::Rng;

/// Preview 1 as `name parameters`; i is `i32`, I is `i64`. All but `proc_exit` give an error number.
const FUNCTIONS: &str = "args_get ii, args_sizes_get ii, environ_get ii, environ_sizes_get ii, clock_res_get ii, \
    clock_time_get iIi, fd_advise iIIi, fd_allocate iII, fd_close i, fd_datasync i, fd_fdstat_get ii, \
    fd_fdstat_set_flags ii, fd_fdstat_set_rights iII, fd_filestat_get ii, fd_filestat_set_size iI, \
    fd_filestat_set_times iIIi, fd_pread iiiIi, fd_prestat_get ii, fd_prestat_dir_name iii, fd_pwrite iiiIi, \
    fd_read iiii, fd_readdir iiiIi, fd_renumber ii, fd_seek iIii, fd_sync i, fd_tell ii, fd_write iiii, \
    path_create_directory iii, path_filestat_get iiiii, path_filestat_set_times iiiiIIi, path_link iiiiiii, \
    path_open iiiiiIIii, path_readlink iiiiii, path_remove_directory iii, path_rename iiiiii, path_symlink iiiii, \
    path_unlink_file iii, poll_oneoff iiii, proc_exit i, sched_yield, random_get ii, sock_accept iii, \
    sock_recv iiiiii, sock_send iiiii, sock_shutdown ii";

/// A module that exports every function of WASI as it is.
#[must_use]
pub fn forwarder() -> String {
    let (mut imports, mut functions) = (String::new(), String::new());
    for line in FUNCTIONS.split(", ") {
        let (name, letters) = line.split_once(' ').unwrap_or((line, ""));
        let ty = |letter| if letter == 'I' { "i64" } else { "i32" };
        let params: String = letters.chars().map(|letter| format!(" (param {})", ty(letter))).collect();
        let result = if name == "proc_exit" { "" } else { " (result i32)" };
        let args: String = (0..letters.len()).map(|i| format!(" (local.get {i})")).collect();
        writeln!(imports, "(import \"wasi_snapshot_preview1\" \"{name}\" (func ${name}{params}{result}))")
            .expect("grows");
        writeln!(functions, "(func (export \"{name}\"){params}{result} (call ${name}{args}))").expect("grows");
    }
    format!("(module {imports} (memory (export \"memory\") 1 2) {functions})")
}

/// Calls 200 functions in a row with arguments of a seed; files are under `directory`, which must end up with nothing that
/// was not put there through it.
///
/// # Errors
///
/// When a call ends in anything but an error number or an exit.
pub fn one(module: &edge_runtime::Module, directory: &Path, seed: u64) -> Result<(), String> {
    let mut rng = Rng::with_seed(seed);
    // The clock stands still, so that no wait takes time.
    let wasi = WasiConfig::new()
        .args(["a", "b"])
        .env("K", "V")
        .stdin_bytes(vec![b'x'; 100])
        .stdout_capture()
        .stderr_capture()
        .dir(directory, "/")
        .fixed_clock(std::time::UNIX_EPOCH);
    let vm = Vm::builder().wasi(wasi).load(module).map_err(|e| format!("seed {seed}: {e}"))?;
    let names: Vec<&str> = FUNCTIONS.split(", ").map(|line| line.split(' ').next().unwrap_or(line)).collect();
    for _ in 0..200 {
        scribble(&vm, &mut rng).map_err(|e| format!("seed {seed}: {e}"))?;
        let name = names[rng.usize(..names.len())];
        let func = vm.func(name).map_err(|e| format!("seed {seed}: {e}"))?;
        let args: Vec<Val> = func.ty().params().iter().map(|ty| argument(*ty, &mut rng)).collect();
        match func.call(&args) {
            Ok(_) => {}
            Err(error) if error.kind() == Kind::GuestExit => return Ok(()),
            Err(error) => return Err(format!("seed {seed}: {name}{args:?}: {error}")),
        }
    }
    Ok(())
}

/// Paths, vectors of buffers and subscriptions that make some sense, since pure noise gets nowhere.
fn scribble(vm: &Vm, rng: &mut Rng) -> edge_runtime::Result<()> {
    const PATHS: [&[u8]; 8] = [b"a", b"b/c", b"../x", b"/etc", b"a/../../b", b"\0", b"./.", b"\xff\xfe"];
    let memory = vm.memory("memory")?;
    let path = PATHS[rng.usize(..PATHS.len())];
    memory.write(rng.u64(..16) * 8, path)?;
    let words: Vec<u8> = (0..8).flat_map(|_| number(rng).to_le_bytes()).collect();
    memory.write(128 + rng.u64(..8) * 8, &words)
}

fn number(rng: &mut Rng) -> u32 {
    const EXTREMES: [u32; 8] = [0, 1, 65_535, 65_536, 131_071, 0x7fff_ffff, 0x8000_0000, u32::MAX];
    match rng.u8(..4) {
        0 => EXTREMES[rng.usize(..EXTREMES.len())],
        1 => rng.u32(..),
        _ => rng.u32(..256),
    }
}

fn argument(ty: ValType, rng: &mut Rng) -> Val {
    match ty {
        ValType::I64 if rng.bool() => Val::I64(rng.i64(..)),
        ValType::I64 => Val::I64(number(rng).into()),
        // File descriptors are small numbers.
        _ if rng.bool() => Val::I32(rng.i32(..8)),
        _ => Val::I32(number(rng).cast_signed()),
    }
}
