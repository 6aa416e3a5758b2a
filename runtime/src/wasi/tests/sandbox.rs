//! A path that leaves its directory is refused, and what is read-only stays as it is.

use std::fs;
use std::os::unix::fs::symlink;

use super::*;

/// The ways out that a path alone can try.
fn ways_out(world: &Path) -> Vec<String> {
    let absolute = world.join("outside/secret");
    ["../outside/secret", "sub/../../outside/secret", "./.././outside/secret", "sub/../..//outside/secret"]
        .into_iter()
        .map(String::from)
        .chain([absolute.to_str().unwrap().into(), "/file".into()])
        .collect()
}

/// Links inside that lead outside, made by the host; a guest cannot make the absolute ones.
fn links_out(world: &Path) -> Vec<&'static str> {
    let inside = world.join("inside");
    symlink("../outside/secret", inside.join("relative")).unwrap();
    symlink(world.join("outside/secret"), inside.join("absolute")).unwrap();
    symlink("../../outside/secret", inside.join("sub/climbs")).unwrap();
    symlink("sub/climbs", inside.join("chain")).unwrap();
    symlink("..", inside.join("up")).unwrap();
    symlink(world.join("outside"), inside.join("dir")).unwrap();
    symlink("sub/..", inside.join("here")).unwrap();
    vec!["relative", "absolute", "sub/climbs", "chain", "up/outside/secret", "dir/secret", "here/../outside/secret"]
}

/// Nothing outside has changed.
fn assert_untouched(world: &Path) {
    assert_eq!(fs::read(world.join("outside/secret")).unwrap(), b"secret");
    let names: Vec<_> = fs::read_dir(world.join("outside")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["secret"]);
    assert_eq!(fs::read_dir(world).unwrap().count(), 2);
}

#[test]
fn no_path_leads_out() {
    let world = world();
    let mut guest = guest_in(world.path());
    let mut paths = ways_out(world.path());
    paths.extend(links_out(world.path()).into_iter().map(String::from));
    for path in &paths {
        for how in [READ, WRITE, CREATE, Open { open: OFlags::TRUNC, ..WRITE }] {
            assert_eq!(guest.open(3, path, how), Err(Errno::Perm), "open {path}");
        }
        assert_eq!(guest.stat(3, path, true), Err(Errno::Perm), "stat {path}");
        let [at, len] = guest.text(TEXT, path);
        assert_eq!(guest.call("path_filestat_set_times", &[3, 1, at, len, 0, 0, 2]), Err(Errno::Perm), "times {path}");
    }
    assert_untouched(world.path());
}

#[test]
fn nothing_is_made_moved_or_removed_outside() {
    let world = world();
    links_out(world.path());
    let mut guest = guest_in(world.path());
    for parent in ["..", "../outside", "up", "up/outside", "dir", "sub/../.."] {
        let (secret, new) = (format!("{parent}/secret"), format!("{parent}/new"));
        assert_eq!(guest.path("path_create_directory", 3, &new), Err(Errno::Perm), "mkdir {new}");
        assert_eq!(guest.path("path_remove_directory", 3, &new), Err(Errno::Perm), "rmdir {new}");
        assert_eq!(guest.path("path_unlink_file", 3, &secret), Err(Errno::Perm), "unlink {secret}");
        assert_eq!(guest.symlink("x", 3, &new), Err(Errno::Perm), "symlink {new}");
        assert_eq!(guest.two_paths("path_rename", (3, "file"), (3, &new)), Err(Errno::Perm), "rename to {new}");
        assert_eq!(guest.two_paths("path_rename", (3, &secret), (3, "taken")), Err(Errno::Perm), "rename {secret}");
        assert_eq!(guest.two_paths("path_link", (3, "file"), (3, &new)), Err(Errno::Perm), "link to {new}");
        assert_eq!(guest.two_paths("path_link", (3, &secret), (3, "taken")), Err(Errno::Perm), "link {secret}");
    }
    assert_untouched(world.path());
    assert_eq!(fs::read(world.path().join("inside/file")).unwrap(), b"inside");
}

#[test]
fn a_link_that_the_guest_makes_leads_nowhere_outside() {
    let world = world();
    let mut guest = guest_in(world.path());
    let absolute = world.path().join("outside/secret");
    assert_eq!(guest.symlink(absolute.to_str().unwrap(), 3, "mine"), Err(Errno::Perm));
    guest.symlink("../outside/secret", 3, "mine").unwrap();
    assert_eq!(guest.open(3, "mine", READ), Err(Errno::Perm));
    guest.symlink("../outside/new", 3, "dangling").unwrap();
    assert_eq!(guest.open(3, "dangling", CREATE), Err(Errno::Perm));
    // A link to a link: its name is the link itself, never what it leads to.
    guest.two_paths("path_link", (3, "mine"), (3, "again")).unwrap();
    assert_eq!(guest.open(3, "again", READ), Err(Errno::Perm));
    // Where a host's link leads is not told either, if it is a path of the host.
    symlink(&absolute, world.path().join("inside/host")).unwrap();
    let [at, len] = guest.text(TEXT, "host");
    assert_eq!(guest.call("path_readlink", &[3, at, len, DATA.into(), 100, OUT.into()]), Err(Errno::Perm));
    assert_untouched(world.path());
}

#[test]
fn a_directory_that_moves_takes_no_way_out_along() {
    let world = world();
    let mut guest = guest_in(world.path());
    guest.path("path_create_directory", 3, "sub/deep").unwrap();
    let deep = guest.open(3, "sub/deep", DIRECTORY).unwrap();
    // From here, `../..` was inside; a descriptor is its own world all the same.
    assert_eq!(guest.open(deep, "../../file", READ), Err(Errno::Perm));
    guest.two_paths("path_rename", (3, "sub/deep"), (3, "up")).unwrap();
    assert_eq!(guest.open(deep, "../../outside/secret", READ), Err(Errno::Perm));
    assert_eq!(guest.open(deep, "..", DIRECTORY), Err(Errno::Perm));
}

#[test]
fn two_directories_exchange_files_and_nothing_else() {
    let world = world();
    fs::create_dir(world.path().join("other")).unwrap();
    let config = WasiConfig::new().dir(world.path().join("inside"), "/a").dir(world.path().join("other"), "/b");
    let mut guest = Guest::new(&config);
    guest.two_paths("path_rename", (3, "file"), (4, "moved")).unwrap();
    assert_eq!(fs::read(world.path().join("other/moved")).unwrap(), b"inside");
    assert_eq!(guest.two_paths("path_rename", (4, "moved"), (3, "../moved")), Err(Errno::Perm));
    assert_eq!(guest.two_paths("path_link", (4, "moved"), (3, "../moved")), Err(Errno::Perm));
    assert_eq!(guest.two_paths("path_rename", (4, "../outside/secret"), (3, "x")), Err(Errno::Perm));
}

#[test]
fn what_is_read_only_refuses_every_change() {
    let world = world();
    let inside = world.path().join("inside");
    symlink("file", inside.join("link")).unwrap();
    fs::create_dir(world.path().join("writable")).unwrap();
    let config = WasiConfig::new().dir_read_only(&inside, "/").dir(world.path().join("writable"), "/w");
    let before: Vec<_> = listing(&inside);
    let mut guest = Guest::new(&config);
    let sub = guest.open(3, ".", DIRECTORY).unwrap();
    let file = guest.open(3, "file", READ).unwrap();
    for fd in [3, sub] {
        for how in [
            WRITE,
            CREATE,
            Open { rights: Rights::FD_WRITE, ..READ },
            Open { open: OFlags::TRUNC, ..READ },
            Open { open: OFlags::CREAT, ..READ },
        ] {
            assert_eq!(guest.open(fd, "file", how), Err(Errno::Rofs));
            assert_eq!(guest.open(fd, "new", how), Err(Errno::Rofs));
        }
        for name in ["path_create_directory", "path_remove_directory", "path_unlink_file"] {
            assert_eq!(guest.path(name, fd, "file"), Err(Errno::Rofs), "{name}");
        }
        assert_eq!(guest.symlink("x", fd, "new"), Err(Errno::Rofs));
        for name in ["path_rename", "path_link"] {
            assert_eq!(guest.two_paths(name, (fd, "file"), (fd, "new")), Err(Errno::Rofs), "{name} within");
            assert_eq!(guest.two_paths(name, (fd, "file"), (4, "new")), Err(Errno::Rofs), "{name} out");
            assert_eq!(guest.two_paths(name, (4, "new"), (fd, "file")), Err(Errno::Rofs), "{name} in");
        }
        for path in ["file", "link"] {
            let [at, len] = guest.text(TEXT, path);
            assert_eq!(guest.call("path_filestat_set_times", &[fd.into(), 1, at, len, 0, 0, 10]), Err(Errno::Rofs));
        }
        assert_eq!(guest.call("fd_filestat_set_times", &[fd.into(), 0, 0, 10]), Err(Errno::Rofs));
        assert!(!guest.rights(fd).0.intersects(Rights::DIRECTORY_WRITE));
    }
    assert_eq!(guest.call("fd_filestat_set_times", &[file.into(), 0, 0, 10]), Err(Errno::Rofs));
    assert!(guest.write(file, b"x").is_err());
    assert!(guest.call("fd_filestat_set_size", &[file.into(), 0]).is_err());
    assert!(guest.call("fd_allocate", &[file.into(), 0, 100]).is_err());
    assert_eq!(listing(&inside), before);
    // Reading goes on.
    let through = guest.open(sub, "link", READ).unwrap();
    assert_eq!(guest.read(through, 10).unwrap(), b"inside");
    assert_eq!(guest.stat(3, "file", true).unwrap(), (4, 6));
}

/// Everything in a directory, with what must not change.
fn listing(dir: &Path) -> Vec<(std::ffi::OsString, u64, std::time::SystemTime)> {
    let mut entries: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let metadata = entry.metadata().unwrap();
            (entry.file_name(), metadata.len(), metadata.modified().unwrap())
        })
        .collect();
    entries.sort();
    entries
}

#[test]
fn renumbering_over_a_preopened_directory_gives_no_rights_away() {
    let world = world();
    fs::create_dir(world.path().join("writable")).unwrap();
    let config =
        WasiConfig::new().dir_read_only(world.path().join("inside"), "/ro").dir(world.path().join("writable"), "/w");
    let mut guest = Guest::new(&config);
    guest.call("fd_renumber", &[3, 4]).unwrap();
    assert_eq!(guest.path("path_create_directory", 4, "new"), Err(Errno::Rofs), "read-only under its new number");
    assert_eq!(guest.path("path_create_directory", 3, "new"), Err(Errno::Badf));
    guest.call("fd_prestat_get", &[4, OUT.into()]).unwrap();
    assert_eq!(guest.u32(OUT + 4), 3, "it keeps its own name, /ro");
    assert_eq!(fs::read_dir(world.path().join("writable")).unwrap().count(), 0);
}

#[test]
fn special_files_of_the_host_are_what_they_are() {
    let world = world();
    let socket = std::os::unix::net::UnixListener::bind(world.path().join("inside/socket")).unwrap();
    let mut guest = guest_in(world.path());
    assert_eq!(guest.stat(3, "socket", true).unwrap().0, 6);
    assert!(guest.open(3, "socket", READ).is_err(), "a socket does not open as a file");
    drop(socket);
}
