//! Arguments, environment, streams, clocks, randomness, the end of the process, and the table of names.

use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use super::*;
use crate::types::{FuncType, Kind, Phase};
use crate::wasi::table::Node;

/// All strings of a list function pair.
fn strings(guest: &mut Guest, sizes: &str, get: &str) -> Vec<String> {
    guest.call(sizes, &[OUT.into(), u64::from(OUT) + 4]).unwrap();
    let (count, size) = (guest.u32(OUT), guest.u32(OUT + 4));
    guest.call(get, &[LIST.into(), DATA.into()]).unwrap();
    let end = |at: u32| at + guest.memory[at as usize..].iter().position(|byte| *byte == 0).unwrap() as u32;
    let text = |index| {
        let at = guest.u32(LIST + 4 * index);
        assert!(at >= DATA && end(at) < DATA + size, "string {index} lies in the buffer");
        String::from_utf8(guest.get(at, end(at) - at).to_vec()).unwrap()
    };
    (0..count).map(text).collect()
}

#[test]
fn arguments_and_environment_arrive() {
    let config =
        WasiConfig::new().args(["prog", "", "zwölf 🐈"]).arg("last").env("A", "1").env("B", "x=y").env("A", "2");
    let mut guest = Guest::new(&config);
    assert_eq!(strings(&mut guest, "args_sizes_get", "args_get"), ["prog", "", "zwölf 🐈", "last"]);
    assert_eq!(strings(&mut guest, "environ_sizes_get", "environ_get"), ["A=2", "B=x=y"]);
}

#[test]
fn what_no_guest_could_receive_is_refused_by_name() {
    let cases = [
        (WasiConfig::new().args(["ok", "a\0b"]), "argument 1"),
        (WasiConfig::new().env("", "x"), "\"\""),
        (WasiConfig::new().env("A=B", "x"), "\"A=B\""),
        (WasiConfig::new().env("KEY", "a\0b"), "\"KEY\""),
    ];
    for (config, named) in cases {
        let error = Context::new(&config).err().expect("refused");
        assert_eq!(error.kind(), Kind::ArgumentType);
        assert!(error.message().contains(named), "{error}");
    }
}

#[test]
fn a_directory_that_cannot_be_opened_is_named() {
    let error = Context::new(&WasiConfig::new().dir("/nonexistent-for-edge", "/data")).err().expect("refused");
    assert_eq!((error.phase(), error.kind()), (Phase::Io, Kind::Io));
    assert!(error.message().contains("/nonexistent-for-edge") && error.message().contains("/data"), "{error}");
    assert!(error.cause().is_some());
}

#[test]
fn by_default_there_is_nothing_to_read_and_no_directory() {
    let mut guest = Guest::new(&WasiConfig::new());
    assert_eq!(guest.read(0, 10).unwrap(), b"");
    assert_eq!(guest.call("fd_prestat_get", &[3, OUT.into()]), Err(Errno::Badf));
    assert!(strings(&mut guest, "args_sizes_get", "args_get").is_empty());
    assert!(strings(&mut guest, "environ_sizes_get", "environ_get").is_empty());
}

#[test]
fn standard_input_is_scattered_over_the_buffers() {
    let mut guest = Guest::new(&WasiConfig::new().stdin_bytes(*b"abcdefg"));
    let [list, count] = guest.buffers(&[2, 0, 3]);
    guest.call("fd_read", &[0, list, count, OUT.into()]).unwrap();
    assert_eq!((guest.u32(OUT), guest.get(DATA, 5)), (5, &b"abcde"[..]));
    assert_eq!(guest.read(0, 10).unwrap(), b"fg");
    assert_eq!(guest.read(0, 10).unwrap(), b"");
}

#[test]
fn a_reader_and_a_writer_of_the_host_serve() {
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);
    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    struct Fails;
    impl Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    let shared = Shared::default();
    let config = WasiConfig::new().stdin_read(io::Cursor::new("from host")).stdout_write(shared.clone());
    let mut guest = Guest::new(&config);
    assert_eq!(guest.read(0, 4).unwrap(), b"from");
    assert_eq!(guest.write(1, b"to host").unwrap(), 7);
    assert_eq!(*shared.0.lock().unwrap(), b"to host");

    let mut guest = Guest::new(&WasiConfig::new().stdin_read(Fails));
    assert_eq!(guest.read(0, 4), Err(Errno::Pipe));
}

#[test]
fn captured_output_ends_at_its_limit() {
    let config = WasiConfig::new().stdout_capture().stderr_capture().capture_limit(6);
    let mut guest = Guest::new(&config);
    assert_eq!(guest.write(1, b"abcd"), Ok(4));
    assert_eq!(guest.write(1, b"efgh"), Ok(2));
    assert_eq!(guest.write(1, b"i"), Err(Errno::Nospc));
    assert_eq!(guest.write(1, b""), Ok(0));
    assert_eq!(guest.write(2, b"other"), Ok(5));
    let captured = |fd| match &guest.context.table.get(fd).unwrap().node {
        Node::Output(stream) => stream.capture().unwrap().bytes(),
        _ => panic!("an output"),
    };
    assert_eq!((captured(1), captured(2)), (b"abcdef".to_vec(), b"other".to_vec()));
}

#[test]
fn streams_have_directions_and_no_positions() {
    let mut guest = Guest::new(&WasiConfig::new().stdout_capture());
    assert_eq!(guest.write(0, b"x"), Err(Errno::Badf));
    assert_eq!(guest.read(1, 1), Err(Errno::Badf));
    assert_eq!(guest.seek(1, 0, 0), Err(Errno::Spipe));
    assert_eq!(guest.call("fd_tell", &[0, OUT.into()]), Err(Errno::Spipe));
    let (rights, _) = guest.rights(1);
    assert!(rights.contains(Rights::FD_WRITE) && !rights.intersects(Rights::FD_SEEK | Rights::FD_READ));
    assert_eq!(guest.call("fd_filestat_get", &[1, OUT.into()]), Ok(()));
    assert_eq!(guest.close(1), Ok(()));
    assert_eq!(guest.write(1, b"x"), Err(Errno::Badf));
}

#[test]
fn clocks_run_and_unknown_ones_are_refused() {
    let mut guest = Guest::new(&WasiConfig::new());
    for id in 0..4 {
        guest.call("clock_res_get", &[id, OUT.into()]).unwrap();
        assert!(guest.u64(OUT) > 0, "resolution of clock {id}");
        guest.call("clock_time_get", &[id, 0, OUT.into()]).unwrap();
        let first = guest.u64(OUT);
        guest.call("clock_time_get", &[id, 0, OUT.into()]).unwrap();
        assert!(guest.u64(OUT) >= first, "clock {id} does not go back");
    }
    guest.call("clock_time_get", &[0, 0, OUT.into()]).unwrap();
    let real = UNIX_EPOCH + Duration::from_nanos(guest.u64(OUT));
    assert!(real.elapsed().unwrap() < Duration::from_secs(60));
    assert_eq!(guest.call("clock_time_get", &[4, 0, OUT.into()]), Err(Errno::Inval));
    assert_eq!(guest.call("clock_res_get", &[u32::MAX.into(), OUT.into()]), Err(Errno::Inval));
}

#[test]
fn a_fixed_clock_stands_still() {
    let start = UNIX_EPOCH + Duration::from_secs(1_000_000);
    let mut guest = Guest::new(&WasiConfig::new().fixed_clock(start));
    for _ in 0..2 {
        guest.call("clock_time_get", &[0, 0, OUT.into()]).unwrap();
        assert_eq!(guest.u64(OUT), 1_000_000_000_000_000);
        guest.call("clock_time_get", &[1, 0, OUT.into()]).unwrap();
        assert_eq!(guest.u64(OUT), 0);
    }
}

#[test]
fn random_bytes_fill_the_buffer_and_follow_the_seed() {
    let draw = |config: &WasiConfig| {
        let mut guest = Guest::new(config);
        guest.call("random_get", &[DATA.into(), 5000]).unwrap();
        assert_eq!(guest.get(DATA + 5000, 100), [0; 100], "nothing after the buffer");
        guest.get(DATA, 5000).to_vec()
    };
    let seeded = WasiConfig::new().random_seed(7);
    assert_eq!(draw(&seeded), draw(&seeded));
    assert_ne!(draw(&seeded), draw(&WasiConfig::new().random_seed(8)));
    let system = draw(&WasiConfig::new());
    assert_ne!(system, draw(&WasiConfig::new()));
    assert!(system[4900..].iter().any(|byte| *byte != 0), "filled to the end");
}

#[test]
fn the_process_ends_with_the_guests_code() {
    let guest = &mut Guest::new(&WasiConfig::new());
    for code in [0_u32, 7, u32::MAX] {
        let ended = call(&guest.context, GuestMemory::of(&mut guest.memory), "proc_exit", &[code.into()]);
        let error = ended.expect_err("the guest ends");
        assert_eq!((error.kind(), error.exit_code()), (Kind::GuestExit, Some(code.cast_signed())));
    }
    assert_eq!(guest.call("proc_raise", &[9]), Err(Errno::Nosys));
    assert_eq!(guest.call("sched_yield", &[]), Ok(()));
}

#[test]
fn there_are_no_sockets() {
    let mut guest = Guest::new(&WasiConfig::new());
    assert_eq!(guest.call("sock_accept", &[0, 0, OUT.into()]), Err(Errno::Notsock));
    assert_eq!(guest.call("sock_recv", &[0, LIST.into(), 0, 0, OUT.into(), 8]), Err(Errno::Notsock));
    assert_eq!(guest.call("sock_send", &[1, LIST.into(), 0, 0, OUT.into()]), Err(Errno::Notsock));
    assert_eq!(guest.call("sock_shutdown", &[1, 3]), Err(Errno::Notsock));
    assert_eq!(guest.call("sock_shutdown", &[9, 3]), Err(Errno::Badf));
}

#[test]
fn every_function_has_the_type_of_the_specification() {
    #[derive(Default)]
    struct Types(Vec<(&'static str, FuncType)>);
    impl Visit for Types {
        fn function<A, F: Function<A>>(&mut self, name: &'static str, _: F) {
            self.0.push((name, F::ty()));
        }
    }
    let mut types = Types::default();
    visit_all(&mut types);
    let found: Vec<String> = types.0.iter().map(|(name, ty)| format!("{name} {}", signature(ty))).collect();
    // i: i32, I: i64.
    let expected = "args_get ii>i, args_sizes_get ii>i, environ_get ii>i, environ_sizes_get ii>i, clock_res_get ii>i, \
        clock_time_get iIi>i, fd_advise iIIi>i, fd_allocate iII>i, fd_close i>i, fd_datasync i>i, fd_fdstat_get ii>i, \
        fd_fdstat_set_flags ii>i, fd_fdstat_set_rights iII>i, fd_filestat_get ii>i, fd_filestat_set_size iI>i, \
        fd_filestat_set_times iIIi>i, fd_pread iiiIi>i, fd_prestat_get ii>i, fd_prestat_dir_name iii>i, \
        fd_pwrite iiiIi>i, fd_read iiii>i, fd_readdir iiiIi>i, fd_renumber ii>i, fd_seek iIii>i, fd_sync i>i, \
        fd_tell ii>i, fd_write iiii>i, path_create_directory iii>i, path_filestat_get iiiii>i, \
        path_filestat_set_times iiiiIIi>i, path_link iiiiiii>i, path_open iiiiiIIii>i, path_readlink iiiiii>i, \
        path_remove_directory iii>i, path_rename iiiiii>i, path_symlink iiiii>i, path_unlink_file iii>i, \
        poll_oneoff iiii>i, proc_exit i>, proc_raise i>i, sched_yield >i, random_get ii>i, sock_accept iii>i, \
        sock_recv iiiiii>i, sock_send iiiii>i, sock_shutdown ii>i";
    assert_eq!(found, expected.split(", ").collect::<Vec<_>>());
    assert_eq!(found.len(), 46);
}

fn signature(ty: &FuncType) -> String {
    let letters =
        |types: &[ValType]| -> String { types.iter().map(|ty| if *ty == ValType::I64 { 'I' } else { 'i' }).collect() };
    format!("{}>{}", letters(ty.params()), letters(ty.results()))
}
