//! Files and directories that the guest may use.

use std::collections::BTreeMap;
use std::fs;

use super::*;

#[test]
fn a_preopened_directory_says_its_name() {
    let world = world();
    let config = WasiConfig::new().dir(world.path(), "/data").dir_read_only(world.path(), "lib");
    let mut guest = Guest::new(&config);
    for (fd, name) in [(3_u64, "/data"), (4, "lib")] {
        guest.call("fd_prestat_get", &[fd, OUT.into()]).unwrap();
        assert_eq!((guest.memory[OUT as usize], guest.u32(OUT + 4)), (0, name.len() as u32));
        let len = name.len() as u64;
        assert_eq!(guest.call("fd_prestat_dir_name", &[fd, TEXT.into(), len - 1]), Err(Errno::Nametoolong));
        guest.call("fd_prestat_dir_name", &[fd, TEXT.into(), len + 5]).unwrap();
        assert_eq!(guest.get(TEXT, name.len() as u32), name.as_bytes());
    }
    assert_eq!(guest.call("fd_prestat_get", &[5, OUT.into()]), Err(Errno::Badf));
    let opened = guest.open(3, "inside", DIRECTORY).unwrap();
    assert_eq!(
        guest.call("fd_prestat_get", &[opened.into(), OUT.into()]),
        Err(Errno::Badf),
        "not there from the start"
    );
}

#[test]
fn files_are_created_written_sought_and_read() {
    let world = world();
    let mut guest = guest_in(world.path());
    let fd = guest.open(3, "new", CREATE).unwrap();
    assert_eq!(guest.write(fd, b"hello world").unwrap(), 11);
    assert_eq!(guest.seek(fd, -5, 1).unwrap(), 6);
    assert_eq!(guest.read(fd, 100).unwrap(), b"world");
    assert_eq!(guest.read(fd, 100).unwrap(), b"");
    assert_eq!(guest.seek(fd, -4, 2).unwrap(), 7);
    guest.call("fd_tell", &[fd.into(), OUT.into()]).unwrap();
    assert_eq!(guest.u64(OUT), 7);
    assert_eq!(guest.seek(fd, -1, 0), Err(Errno::Inval));
    assert_eq!(guest.seek(fd, 0, 3), Err(Errno::Inval));
    assert_eq!(guest.close(fd), Ok(()));
    assert_eq!(guest.close(fd), Err(Errno::Badf));
    assert_eq!(fs::read(world.path().join("inside/new")).unwrap(), b"hello world");
}

#[test]
fn positioned_access_leaves_the_position_alone() {
    let world = world();
    let mut guest = guest_in(world.path());
    let fd = guest.open(3, "file", WRITE).unwrap();
    guest.put(DATA, b"INS");
    let [list, count] = guest.buffers(&[1, 0, 2]);
    guest.call("fd_pwrite", &[fd.into(), list, count, 0, OUT.into()]).unwrap();
    assert_eq!(guest.u32(OUT), 3);
    guest.put(DATA, &[0; 6]);
    let [list, count] = guest.buffers(&[2, 2]);
    guest.call("fd_pread", &[fd.into(), list, count, 2, OUT.into()]).unwrap();
    assert_eq!(guest.get(DATA, 4), b"Side");
    assert_eq!(guest.read(fd, 10).unwrap(), b"INSide");
    let far = i64::MAX as u64 + 1;
    assert_eq!(guest.call("fd_pread", &[fd.into(), list, count, far, OUT.into()]), Err(Errno::Inval));
    assert_eq!(guest.call("fd_pwrite", &[0, list, count, 0, OUT.into()]), Err(Errno::Badf));
    assert_eq!(guest.call("fd_pread", &[0, list, count, 0, OUT.into()]), Err(Errno::Spipe));
}

#[test]
fn open_flags_mean_what_they_say() {
    let world = world();
    let mut guest = guest_in(world.path());
    let exclusive = Open { open: OFlags::CREAT | OFlags::EXCL, ..CREATE };
    assert_eq!(guest.open(3, "file", exclusive), Err(Errno::Exist));
    assert_eq!(guest.open(3, "missing", WRITE), Err(Errno::Noent));
    assert_eq!(guest.open(3, "file", DIRECTORY), Err(Errno::Notdir));
    assert_eq!(guest.open(3, "sub", WRITE), Err(Errno::Isdir));
    assert!(guest.open(3, "sub", READ).is_ok(), "a directory opens for reading");
    assert_eq!(guest.open(3, "x", Open { open: OFlags::CREAT | OFlags::DIRECTORY, ..READ }), Err(Errno::Inval));
    assert_eq!(guest.open(0, "x", READ), Err(Errno::Notdir));
    let [at, len] = guest.text(TEXT, "file");
    assert_eq!(
        guest.call("path_open", &[3, 2, at, len, 0, 0, 0, 0, OUT.into()]),
        Err(Errno::Inval),
        "unknown lookup flag"
    );
    assert_eq!(
        guest.call("path_open", &[3, 0, at, len, 16, 0, 0, 0, OUT.into()]),
        Err(Errno::Inval),
        "unknown open flag"
    );
    assert_eq!(
        guest.call("path_open", &[3, 0, at, len, 0, 0, 0, 32, OUT.into()]),
        Err(Errno::Inval),
        "unknown state flag"
    );

    let fd = guest.open(3, "file", Open { open: OFlags::TRUNC, ..WRITE }).unwrap();
    assert_eq!(guest.read(fd, 10).unwrap(), b"");
    assert_eq!(guest.stat(3, "file", true).unwrap(), (4, 0));
}

#[test]
fn paths_are_checked() {
    let world = world();
    let mut guest = guest_in(world.path());
    assert_eq!(guest.open(3, "", READ), Err(Errno::Noent));
    assert_eq!(guest.open(3, "file\0", READ), Err(Errno::Inval));
    assert_eq!(guest.open(3, &"x/".repeat(2049), READ), Err(Errno::Nametoolong));
    assert_eq!(guest.open(3, &"x".repeat(300), READ), Err(Errno::Nametoolong));
    guest.put(TEXT, b"\xff\xfe");
    assert_eq!(guest.call("path_unlink_file", &[3, TEXT.into(), 2]), Err(Errno::Ilseq));
    assert!(guest.open(3, "./sub//../file", READ).is_ok());
}

#[test]
fn a_descriptor_does_what_it_was_opened_for() {
    let world = world();
    let mut guest = guest_in(world.path());
    let read = guest.open(3, "file", READ).unwrap();
    assert_eq!(guest.write(read, b"x"), Err(Errno::Badf));
    assert_eq!(guest.call("fd_filestat_set_size", &[read.into(), 0]), Err(Errno::Notcapable));
    assert_eq!(guest.call("fd_allocate", &[read.into(), 0, 10]), Err(Errno::Notcapable));
    let (rights, _) = guest.rights(read);
    assert!(rights.contains(Rights::FD_READ | Rights::FD_SEEK) && !rights.contains(Rights::FD_WRITE));

    let write = guest.open(3, "file", Open { rights: Rights::FD_WRITE, ..READ }).unwrap();
    assert_eq!(guest.read(write, 1), Err(Errno::Badf));
    assert_eq!(guest.write(write, b"IN"), Ok(2));
    assert_eq!(guest.read(read, 10).unwrap(), b"INside");
    // Created, so the host's descriptor can write; the guest's cannot.
    let created = guest.open(3, "created", Open { open: OFlags::CREAT, ..READ }).unwrap();
    assert_eq!(guest.write(created, b"x"), Err(Errno::Badf));
}

#[test]
fn rights_can_only_be_given_up() {
    let world = world();
    let mut guest = guest_in(world.path());
    let fd = guest.open(3, "file", WRITE).unwrap();
    let (rights, _) = guest.rights(fd);
    let less = rights.difference(Rights::FD_SEEK | Rights::FD_READ);
    guest.call("fd_fdstat_set_rights", &[fd.into(), less.bits(), 0]).unwrap();
    assert_eq!(guest.rights(fd), (less, Rights::empty()));
    assert_eq!(guest.seek(fd, 0, 0), Err(Errno::Notcapable));
    assert_eq!(guest.read(fd, 1), Err(Errno::Badf));
    assert_eq!(guest.call("fd_fdstat_set_rights", &[fd.into(), rights.bits(), 0]), Err(Errno::Notcapable));
    assert_eq!(guest.call("fd_fdstat_set_rights", &[fd.into(), u64::MAX, 0]), Err(Errno::Notcapable));

    // What a directory does not hand on, nothing that is opened through it has.
    let (base, inheriting) = guest.rights(3);
    let handed = inheriting.difference(Rights::FD_WRITE | Rights::PATH_UNLINK_FILE);
    guest.call("fd_fdstat_set_rights", &[3, base.bits(), handed.bits()]).unwrap();
    assert_eq!(guest.open(3, "file", WRITE), Err(Errno::Notcapable));
    let sub = guest.open(3, ".", DIRECTORY).unwrap();
    assert_eq!(guest.path("path_unlink_file", sub, "file"), Err(Errno::Notcapable));
    assert_eq!(guest.path("path_unlink_file", 3, "file"), Ok(()), "its own right");
}

#[test]
fn flags_of_an_open_file_change() {
    let world = world();
    let mut guest = guest_in(world.path());
    let fd = guest.open(3, "file", Open { flags: FdFlags::APPEND, ..WRITE }).unwrap();
    guest.write(fd, b"+").unwrap();
    guest.call("fd_fdstat_get", &[fd.into(), OUT.into()]).unwrap();
    assert_eq!(guest.u16(OUT + 2), FdFlags::APPEND.bits());
    guest.seek(fd, 0, 0).unwrap();
    guest.call("fd_fdstat_set_flags", &[fd.into(), 0]).unwrap();
    guest.write(fd, b"I").unwrap();
    assert_eq!(fs::read(world.path().join("inside/file")).unwrap(), b"Inside+");
    let sync = FdFlags::SYNC.bits().into();
    assert_eq!(guest.call("fd_fdstat_set_flags", &[fd.into(), sync]), Err(Errno::Notsup));
    assert_eq!(guest.call("fd_fdstat_set_flags", &[fd.into(), 64]), Err(Errno::Inval));
    let sync = guest.open(3, "file", Open { flags: FdFlags::SYNC | FdFlags::DSYNC, ..WRITE }).unwrap();
    assert_eq!(guest.write(sync, b"."), Ok(1));
}

#[test]
fn sizes_and_times_are_set_and_reported() {
    let world = world();
    let mut guest = guest_in(world.path());
    let fd = guest.open(3, "file", WRITE).unwrap();
    guest.call("fd_filestat_set_size", &[fd.into(), 100]).unwrap();
    assert_eq!(guest.call("fd_filestat_set_size", &[fd.into(), u64::MAX]), Err(Errno::Inval));
    guest.call("fd_allocate", &[fd.into(), 90, 20]).unwrap();
    assert_eq!(guest.call("fd_allocate", &[fd.into(), u64::MAX, 2]), Err(Errno::Inval));
    assert_eq!(guest.call("fd_allocate", &[fd.into(), 0, 0]), Err(Errno::Inval));
    assert_eq!(guest.stat(3, "file", true).unwrap(), (4, 110));

    guest.call("fd_filestat_set_times", &[fd.into(), 1_000_000_001, 2_000_000_002, 1 | 4]).unwrap();
    guest.call("fd_filestat_get", &[fd.into(), OUT.into()]).unwrap();
    assert_eq!((guest.u64(OUT + 40), guest.u64(OUT + 48)), (1_000_000_001, 2_000_000_002));
    assert_eq!(guest.u64(OUT + 24), 1, "links");

    let [at, len] = guest.text(TEXT, "file");
    guest.call("path_filestat_set_times", &[3, 1, at, len, 0, 5_000_000_000, 4]).unwrap();
    guest.call("path_filestat_get", &[3, 1, at, len, OUT.into()]).unwrap();
    assert_eq!((guest.u64(OUT + 40), guest.u64(OUT + 48)), (1_000_000_001, 5_000_000_000));
    guest.call("path_filestat_set_times", &[3, 0, at, len, 0, 0, 2]).unwrap();
    guest.call("path_filestat_get", &[3, 0, at, len, OUT.into()]).unwrap();
    assert!(guest.u64(OUT + 40) > 1_600_000_000_000_000_000, "now");
    for both in [1 | 2, 4 | 8, 16] {
        assert_eq!(guest.call("fd_filestat_set_times", &[fd.into(), 0, 0, both]), Err(Errno::Inval));
    }
    guest.call("fd_filestat_set_times", &[3, 7, 7, 1 | 4]).unwrap();
    guest.call("fd_filestat_get", &[3, OUT.into()]).unwrap();
    assert_eq!((guest.memory[OUT as usize + 16], guest.u64(OUT + 48)), (3, 7), "a directory");
}

#[test]
fn sync_and_advice_are_accepted() {
    let world = world();
    let mut guest = guest_in(world.path());
    let fd = guest.open(3, "file", WRITE).unwrap();
    for fd in [fd, 3] {
        assert_eq!(guest.call("fd_sync", &[fd.into()]), Ok(()));
        assert_eq!(guest.call("fd_datasync", &[fd.into()]), Ok(()));
    }
    for advice in 0..6 {
        assert_eq!(guest.call("fd_advise", &[fd.into(), 0, 0, advice]), Ok(()), "advice {advice}");
    }
    assert_eq!(guest.call("fd_advise", &[fd.into(), 0, 0, 6]), Err(Errno::Inval));
    assert_eq!(guest.call("fd_advise", &[fd.into(), u64::MAX, 0, 0]), Err(Errno::Inval));
    assert_eq!(guest.call("fd_advise", &[3, 0, 0, 0]), Err(Errno::Badf));
}

#[test]
fn a_directory_is_not_a_file() {
    let world = world();
    let mut guest = guest_in(world.path());
    assert_eq!(guest.read(3, 1), Err(Errno::Isdir));
    assert_eq!(guest.write(3, b"x"), Err(Errno::Isdir));
    assert_eq!(guest.seek(3, 0, 0), Err(Errno::Badf));
    assert_eq!(guest.call("fd_filestat_set_size", &[3, 0]), Err(Errno::Badf));
    let file = guest.open(3, "file", READ).unwrap();
    assert_eq!(guest.call("fd_readdir", &[file.into(), DATA.into(), 100, 0, OUT.into()]), Err(Errno::Notdir));
    assert_eq!(guest.path("path_create_directory", file, "x"), Err(Errno::Notdir));
}

#[test]
fn directories_are_made_and_removed() {
    let world = world();
    let mut guest = guest_in(world.path());
    assert_eq!(guest.path("path_create_directory", 3, "sub"), Err(Errno::Exist));
    assert_eq!(guest.path("path_create_directory", 3, "no/x"), Err(Errno::Noent));
    guest.path("path_create_directory", 3, "sub/deep/").unwrap();
    assert_eq!(guest.path("path_remove_directory", 3, "sub"), Err(Errno::Notempty));
    assert_eq!(guest.path("path_unlink_file", 3, "sub"), Err(Errno::Isdir));
    assert_eq!(guest.path("path_remove_directory", 3, "file"), Err(Errno::Notdir));
    guest.path("path_remove_directory", 3, "sub/deep").unwrap();
    guest.path("path_remove_directory", 3, "sub/").unwrap();
    assert!(!world.path().join("inside/sub").exists());
}

#[test]
fn files_are_renamed_linked_and_removed() {
    let world = world();
    let mut guest = guest_in(world.path());
    guest.two_paths("path_rename", (3, "file"), (3, "sub/moved")).unwrap();
    assert_eq!(guest.two_paths("path_rename", (3, "file"), (3, "x")), Err(Errno::Noent));
    guest.two_paths("path_link", (3, "sub/moved"), (3, "second")).unwrap();
    assert_eq!(guest.two_paths("path_link", (3, "second"), (3, "sub/moved")), Err(Errno::Exist));
    assert_eq!(guest.two_paths("path_link", (3, "sub"), (3, "x")), Err(Errno::Perm));
    guest.path("path_unlink_file", 3, "sub/moved").unwrap();
    assert_eq!(guest.path("path_unlink_file", 3, "sub/moved"), Err(Errno::Noent));
    assert_eq!(guest.path("path_unlink_file", 3, "second/"), Err(Errno::Notdir));
    assert_eq!(fs::read(world.path().join("inside/second")).unwrap(), b"inside");
    let [at, len] = guest.text(TEXT, "second");
    assert_eq!(guest.call("path_link", &[3, 1, at, len, 3, at, len]), Err(Errno::Inval), "following is refused");
}

#[test]
fn links_are_made_read_and_followed() {
    let world = world();
    let mut guest = guest_in(world.path());
    guest.symlink("../file", 3, "sub/link").unwrap();
    let fd = guest.open(3, "sub/link", READ).unwrap();
    assert_eq!(guest.read(fd, 10).unwrap(), b"inside");
    assert_eq!(guest.open(3, "sub/link", Open { follow: false, ..READ }), Err(Errno::Loop));
    assert_eq!(guest.stat(3, "sub/link", true).unwrap(), (4, 6));
    assert_eq!(guest.stat(3, "sub/link", false).unwrap().0, 7);

    let [at, len] = guest.text(TEXT, "sub/link");
    for (room, expected) in [(100, "../file"), (4, "../f"), (0, "")] {
        guest.call("path_readlink", &[3, at, len, DATA.into(), room, OUT.into()]).unwrap();
        assert_eq!(guest.get(DATA, guest.u32(OUT)), expected.as_bytes());
    }
    let [at, len] = guest.text(TEXT, "file");
    assert_eq!(guest.call("path_readlink", &[3, at, len, DATA.into(), 10, OUT.into()]), Err(Errno::Inval));

    guest.symlink("loop", 3, "loop").unwrap();
    assert_eq!(guest.open(3, "loop", READ), Err(Errno::Loop));
    assert_eq!(guest.symlink("x", 3, "file"), Err(Errno::Exist));
    assert_eq!(guest.symlink("x", 3, "new/"), Err(Errno::Noent));
}

/// Reads a directory through buffers of this size: name to (cookie after it, number, type).
fn list(guest: &mut Guest, fd: u32, buffer: u32, remove: bool) -> BTreeMap<String, (u64, u64, u8)> {
    let mut entries = BTreeMap::new();
    let mut cookie = 0;
    loop {
        guest.call("fd_readdir", &[fd.into(), DATA.into(), buffer.into(), cookie, OUT.into()]).unwrap();
        let used = guest.u32(OUT);
        let mut at = DATA;
        while at + 24 <= DATA + used {
            let (next, ino, len) = (guest.u64(at), guest.u64(at + 8), guest.u32(at + 16));
            let file_type = guest.memory[at as usize + 20];
            if at + 24 + len > DATA + used {
                break;
            }
            let name = String::from_utf8(guest.get(at + 24, len).to_vec()).unwrap();
            assert_eq!(entries.insert(name.clone(), (next, ino, file_type)), None, "{name} comes once");
            if remove && !name.starts_with('.') {
                guest.path("path_unlink_file", fd, &name).unwrap();
            }
            cookie = next;
            at += 24 + len;
        }
        if used < buffer {
            return entries;
        }
    }
}

#[test]
fn a_directory_is_listed_whole_through_any_buffer() {
    let world = world();
    let sub = world.path().join("inside/sub");
    for index in 0..200 {
        fs::write(sub.join(format!("file-{index}")), "").unwrap();
    }
    std::os::unix::fs::symlink("x", sub.join("link")).unwrap();
    fs::create_dir(sub.join("dir")).unwrap();
    let mut guest = guest_in(world.path());
    let fd = guest.open(3, "sub", DIRECTORY).unwrap();
    let whole = list(&mut guest, fd, 32 << 10, false);
    assert_eq!(whole.len(), 204);
    assert_eq!((whole["."].2, whole[".."].2, whole["link"].2, whole["dir"].2, whole["file-7"].2), (3, 3, 7, 3, 4));
    guest.call("fd_filestat_get", &[fd.into(), OUT.into()]).unwrap();
    assert_eq!((whole["."].1, whole[".."].1), (guest.u64(OUT + 8), guest.u64(OUT + 8)));
    assert_eq!(list(&mut guest, fd, 100, false), whole);

    guest.call("fd_readdir", &[fd.into(), DATA.into(), 10, 0, OUT.into()]).unwrap();
    assert_eq!(guest.u32(OUT), 10, "cut within an entry");
    guest.call("fd_readdir", &[fd.into(), DATA.into(), 100, u64::MAX, OUT.into()]).unwrap();
    assert_eq!(guest.u32(OUT), 0, "beyond the end");
}

#[test]
fn what_is_deleted_while_reading_makes_nothing_skipped() {
    let world = world();
    let sub = world.path().join("inside/sub");
    for index in 0..100 {
        fs::write(sub.join(format!("file-{index}")), "").unwrap();
    }
    let mut guest = guest_in(world.path());
    let fd = guest.open(3, "sub", DIRECTORY).unwrap();
    assert_eq!(list(&mut guest, fd, 200, true).len(), 102);
    assert_eq!(list(&mut guest, fd, 200, false).len(), 2, "a new reading sees the new state");
    assert_eq!(fs::read_dir(&sub).unwrap().count(), 0);
}

#[test]
fn descriptors_are_renumbered() {
    let world = world();
    let mut guest = guest_in(world.path());
    let (one, two) = (guest.open(3, "file", READ).unwrap(), guest.open(3, "sub", DIRECTORY).unwrap());
    guest.call("fd_renumber", &[one.into(), two.into()]).unwrap();
    assert_eq!(guest.read(two, 10).unwrap(), b"inside");
    assert_eq!(guest.read(one, 10), Err(Errno::Badf));
    assert_eq!(guest.call("fd_renumber", &[two.into(), one.into()]), Err(Errno::Badf), "the target must be open");
    assert_eq!(guest.call("fd_renumber", &[two.into(), two.into()]), Ok(()));
    assert_eq!(guest.call("fd_renumber", &[two.into(), u32::MAX.into()]), Err(Errno::Badf));
    assert_eq!(guest.read(two, 10).unwrap(), b"");
}
