//! Guests that pass whatever they like: an error number each time, never a panic, never a byte outside of their memory.

use super::*;
use crate::wasi::clock::Clocks;

/// Bytes around the guest's memory that must not change.
const FENCE: usize = 4096;
const MEMORY: usize = 64 << 10;
const CANARY: u8 = 0xa5;

/// Numbers at which checks go wrong.
const EXTREMES_32: [u64; 11] = [
    0,
    1,
    8,
    MEMORY as u64 - 8,
    MEMORY as u64 - 1,
    MEMORY as u64,
    MEMORY as u64 + 1,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_fff8,
    0xffff_ffff,
];
const EXTREMES_64: [u64; 6] = [0, 1, 4096, i64::MAX as u64, i64::MIN as u64, u64::MAX];

struct Names(Vec<(&'static str, Vec<ValType>)>);

impl Visit for Names {
    fn function<A, F: Function<A>>(&mut self, name: &'static str, _: F) {
        self.0.push((name, F::ty().params().to_vec()));
    }
}

struct Victim {
    _world: TempDir,
    context: Context,
    bytes: Vec<u8>,
}

impl Victim {
    fn new() -> Self {
        let world = world();
        let config = WasiConfig::new()
            .args(["a", "b"])
            .env("K", "V")
            .stdin_bytes(vec![b'x'; 100])
            .stdout_capture()
            .stderr_capture()
            .dir(world.path().join("inside"), "/")
            .fixed_clock(std::time::UNIX_EPOCH);
        let context = Context::new(&config).unwrap();
        assert!(matches!(context.clocks, Clocks::Fixed { .. }), "or waits would take their time");
        let mut victim = Self { _world: world, context, bytes: vec![CANARY; MEMORY + 2 * FENCE] };
        victim.bytes[FENCE..][..MEMORY].fill(0);
        victim
    }

    /// Calls with a memory that has a fence around it.
    fn call(&mut self, name: &str, args: &[u64]) {
        let (before, rest) = self.bytes.split_at_mut(FENCE);
        let (memory, after) = rest.split_at_mut(MEMORY);
        // The outcome is free; that there is one, and what it touched, is the test.
        let _ = call(&self.context, GuestMemory::of(memory), name, args);
        assert!(before.iter().chain(&*after).all(|byte| *byte == CANARY), "{name}{args:x?} wrote outside");
    }
}

fn functions() -> Vec<(&'static str, Vec<ValType>)> {
    let mut names = Names(Vec::new());
    visit_all(&mut names);
    names.0
}

fn extremes(ty: ValType) -> &'static [u64] {
    if ty == ValType::I64 { &EXTREMES_64 } else { &EXTREMES_32 }
}

#[test]
fn every_pair_of_extreme_arguments_is_survived() {
    for (name, types) in functions() {
        let mut victim = Victim::new();
        // A descriptor that exists, and pointers and lengths that are good.
        for fd in [0, 1, 3] {
            let good: Vec<u64> = std::iter::once(fd).chain(std::iter::repeat(64)).take(types.len()).collect();
            victim.call(name, &good);
            for first in 0..types.len() {
                for second in first..types.len() {
                    for a in extremes(types[first]) {
                        for b in extremes(types[second]) {
                            let mut args = good.clone();
                            args[first] = *a;
                            args[second] = *b;
                            victim.call(name, &args);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn random_calls_on_random_memory_are_survived() {
    let mut random = fastrand::Rng::with_seed(1);
    let functions = functions();
    let mut victim = Victim::new();
    for round in 0..20_000 {
        if round % 500 == 0 {
            victim = Victim::new();
            random.fill(&mut victim.bytes[FENCE..][..MEMORY]);
            // Some of it small, so that lists in it lead somewhere.
            for byte in &mut victim.bytes[FENCE..][..MEMORY / 2] {
                *byte &= if random.u8(..) < 40 { 0x7f } else { 0 };
            }
        }
        let (name, types) = &functions[random.usize(..functions.len())];
        let args: Vec<u64> = types
            .iter()
            .map(|ty| match random.u8(..4) {
                0 => extremes(*ty)[random.usize(..extremes(*ty).len())],
                1 => random.u64(..8),
                2 => random.u64(..MEMORY as u64),
                // Not more: a file may really get that size.
                _ if *ty == ValType::I64 => random.u64(..1 << 20),
                _ => random.u32(..).into(),
            })
            .collect();
        victim.call(name, &args);
    }
}

#[test]
fn a_pointer_that_leads_outside_is_a_fault_before_anything_happens() {
    let world = world();
    let mut guest = guest_in(world.path());
    let outside = guest.memory.len() as u64 - 2;
    let [at, len] = guest.text(TEXT, "new");
    let all = Rights::all().bits();
    assert_eq!(
        guest.call("path_open", &[3, 0, at, len, 1, all & !Rights::FD_READDIR.bits(), all, 0, outside]),
        Err(Errno::Fault)
    );
    assert!(!world.path().join("inside/new").exists(), "nothing was created");
    let file = guest.open(3, "file", READ).unwrap();
    let [list, count] = guest.buffers(&[3]);
    assert_eq!(guest.call("fd_read", &[file.into(), list, count, outside]), Err(Errno::Fault));
    assert_eq!(guest.read(file, 10).unwrap(), b"inside", "nothing was read");
}

#[test]
fn a_buffer_that_leads_outside_is_a_fault() {
    let world = world();
    let mut guest = guest_in(world.path());
    let file = guest.open(3, "file", WRITE).unwrap();
    let end = guest.memory.len() as u32;
    for (start, len) in [(end - 1, 2), (end + 1, 0), (0, u32::MAX), (u32::MAX, u32::MAX)] {
        guest.put(LIST, &start.to_le_bytes());
        guest.put(LIST + 4, &len.to_le_bytes());
        for (name, fd) in [("fd_read", file), ("fd_write", file), ("fd_read", 0), ("fd_write", 1)] {
            let result = guest.call(name, &[fd.into(), LIST.into(), 1, OUT.into()]);
            assert_eq!(result, Err(Errno::Fault), "{name} {fd}: {start:#x}+{len:#x}");
        }
    }
}

#[test]
fn descriptors_run_out_for_the_guest_before_they_do_for_the_host() {
    let world = world();
    let mut guest = guest_in(world.path());
    let last = loop {
        match guest.open(3, ".", DIRECTORY) {
            Ok(fd) => assert!(fd < 1024),
            Err(errno) => break errno,
        }
    };
    assert_eq!(last, Errno::Mfile);
    guest.close(500).unwrap();
    assert_eq!(guest.open(3, "file", READ), Ok(500), "the lowest free number");
}
