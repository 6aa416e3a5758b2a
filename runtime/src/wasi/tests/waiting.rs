//! `poll_oneoff`.

use std::time::{Duration, Instant, UNIX_EPOCH};

use super::*;

#[derive(Clone, Copy)]
enum Subscribe {
    Clock { id: u32, timeout: u64, absolute: bool },
    Read(u32),
    Write(u32),
    Unknown,
}

/// Polls and returns, per event: number of its subscription, error, type.
fn poll(guest: &mut Guest, subscriptions: &[Subscribe]) -> Result<Vec<(u64, u16, u8)>, Errno> {
    for (index, subscription) in subscriptions.iter().enumerate() {
        let at = LIST + 48 * index as u32;
        guest.put(at, &[0; 48]);
        guest.put(at, &(index as u64).to_le_bytes());
        let tag = match *subscription {
            Subscribe::Clock { id, timeout, absolute } => {
                guest.put(at + 16, &id.to_le_bytes());
                guest.put(at + 24, &timeout.to_le_bytes());
                guest.put(at + 40, &[absolute.into()]);
                0
            }
            Subscribe::Read(fd) => {
                guest.put(at + 16, &fd.to_le_bytes());
                1
            }
            Subscribe::Write(fd) => {
                guest.put(at + 16, &fd.to_le_bytes());
                2
            }
            Subscribe::Unknown => 3,
        };
        guest.put(at + 8, &[tag]);
    }
    guest.call("poll_oneoff", &[LIST.into(), DATA.into(), subscriptions.len() as u64, OUT.into()])?;
    let event = |index| {
        let at = DATA + 32 * index;
        (guest.u64(at), guest.u16(at + 8), guest.memory[at as usize + 10])
    };
    Ok((0..guest.u32(OUT)).map(event).collect())
}

const fn relative(id: u32, timeout: u64) -> Subscribe {
    Subscribe::Clock { id, timeout, absolute: false }
}

#[test]
fn the_first_clock_ends_the_wait() {
    let mut guest = Guest::new(&WasiConfig::new());
    let began = Instant::now();
    let events = poll(&mut guest, &[relative(1, u64::MAX), relative(0, 20_000_000)]).unwrap();
    assert_eq!(events, [(1, 0, 0)]);
    assert!(began.elapsed() >= Duration::from_millis(19));
}

#[test]
fn a_time_that_has_passed_does_not_wait() {
    let mut guest = Guest::new(&WasiConfig::new());
    let past = Subscribe::Clock { id: 0, timeout: 1, absolute: true };
    assert_eq!(poll(&mut guest, &[past, relative(1, u64::MAX)]).unwrap(), [(0, 0, 0)]);
    assert_eq!(poll(&mut guest, &[relative(1, 0)]).unwrap(), [(0, 0, 0)]);
}

#[test]
fn a_fixed_clock_advances_by_the_sleep_in_no_time() {
    let mut guest = Guest::new(&WasiConfig::new().fixed_clock(UNIX_EPOCH));
    let began = Instant::now();
    let hour = 3_600_000_000_000;
    assert_eq!(poll(&mut guest, &[relative(1, hour)]).unwrap(), [(0, 0, 0)]);
    assert!(began.elapsed() < Duration::from_secs(60));
    guest.call("clock_time_get", &[0, 0, OUT.into()]).unwrap();
    assert_eq!(guest.u64(OUT), hour);
}

#[test]
fn memory_and_files_are_always_ready() {
    let world = world();
    let config = WasiConfig::new().stdin_bytes(*b"abc").stdout_capture().dir(world.path().join("inside"), "/");
    let mut guest = Guest::new(&config);
    let file = guest.open(3, "file", WRITE).unwrap();
    let subscriptions =
        [Subscribe::Read(0), Subscribe::Write(1), Subscribe::Read(file), Subscribe::Write(file), relative(1, u64::MAX)];
    let events = poll(&mut guest, &subscriptions).unwrap();
    assert_eq!(events, [(0, 0, 1), (1, 0, 2), (2, 0, 1), (3, 0, 2)]);
    assert_eq!(guest.u64(DATA + 16), 3, "bytes of standard input");
}

#[test]
fn a_pipe_is_waited_for() {
    let world = world();
    let status = std::process::Command::new("mkfifo").arg(world.path().join("inside/pipe")).status().unwrap();
    assert!(status.success());
    let mut guest = guest_in(world.path());
    let pipe = guest.open(3, "pipe", Open { flags: FdFlags::NONBLOCK, ..WRITE }).unwrap();
    let waits = [Subscribe::Read(pipe), relative(1, 1_000_000)];
    assert_eq!(poll(&mut guest, &waits).unwrap(), [(1, 0, 0)], "nothing to read");
    assert_eq!(guest.read(pipe, 10), Err(Errno::Again));
    guest.write(pipe, b"now").unwrap();
    assert_eq!(poll(&mut guest, &[Subscribe::Read(pipe), relative(1, u64::MAX)]).unwrap(), [(0, 0, 1)]);
    assert_eq!(guest.read(pipe, 10).unwrap(), b"now");
}

#[test]
fn what_is_wrong_with_one_subscription_is_its_event() {
    let world = world();
    let mut guest = guest_in(world.path());
    let waits = [Subscribe::Read(99), Subscribe::Write(0), Subscribe::Read(3), relative(2, 0), relative(9, 0)];
    let badf = Errno::Badf.number();
    let expected =
        [(0, badf, 1), (1, badf, 2), (2, badf, 1), (3, Errno::Notsup.number(), 0), (4, Errno::Inval.number(), 0)];
    assert_eq!(poll(&mut guest, &waits).unwrap(), expected);
}

#[test]
fn nothing_too_much_or_unknown_is_refused() {
    let mut guest = Guest::new(&WasiConfig::new());
    assert_eq!(poll(&mut guest, &[]), Err(Errno::Inval));
    assert_eq!(poll(&mut guest, &[Subscribe::Unknown]), Err(Errno::Inval));
    for count in [5000, u32::MAX] {
        assert_eq!(guest.call("poll_oneoff", &[LIST.into(), DATA.into(), count.into(), OUT.into()]), Err(Errno::Inval));
    }
}
