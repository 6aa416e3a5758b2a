//! The directory of compiled modules.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, SystemTime};

use edge_runtime::{Cache, Config, Engine, Instance, Kind, Limits, Module, OptLevel, Store};
use tempfile::TempDir;

/// A module of over 4 KiB whose function gives `number`.
fn wasm(number: u32) -> Vec<u8> {
    let text = format!(
        r#"(module (memory 1) (data (i32.const 0) "{}") (func (export "f") (result i32) (i32.const {number})))"#,
        "x".repeat(5000)
    );
    wat::parse_str(text).unwrap()
}

fn engine(directory: &Path) -> Engine {
    Engine::new(&Config::new().cache(Some(Cache::in_directory(directory)))).unwrap()
}

fn check(module: &Module, number: i32) {
    let instance = Instance::new(&Store::new(module.engine(), Limits::default()), module, &[]).unwrap();
    assert_eq!(instance.func("f").unwrap().call(&[]).unwrap()[0].i32(), Some(number));
}

/// Loads the module and says whether it came from the cache.
fn found(engine: &Engine, number: u32) -> bool {
    let module = Module::new(engine, &wasm(number)).unwrap();
    check(&module, number as i32);
    module.is_precompiled()
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn the_second_time_it_is_there() {
    let folder = folder();
    let directory = folder.path().join("made/when/needed");
    assert!(!found(&engine(&directory), 1) && found(&engine(&directory), 1));
    assert_eq!(fs::metadata(&directory).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(!found(&engine(&directory), 2), "another module");
    assert_eq!(files(&directory).len(), 2);
}

#[test]
fn other_settings_and_limits_are_other_files() {
    let folder = folder();
    let config = || Config::new().cache(Some(Cache::in_directory(folder.path())));
    assert!(!found(&engine(folder.path()), 1));
    for config in [config().opt_level(OptLevel::None), config().fuel(true), config().signals(false)] {
        assert!(!found(&Engine::new(&config).unwrap(), 1), "{config:?}");
        assert!(found(&Engine::new(&config).unwrap(), 1), "{config:?}");
    }
    let mut limits = Limits::default();
    limits.module.module_size = 100;
    let error = Module::new(&Engine::new(&config().limits(limits)).unwrap(), &wasm(1)).unwrap_err();
    assert_eq!(error.kind(), Kind::TooLarge);
}

#[test]
fn small_modules_and_those_that_are_refused_leave_nothing() {
    let folder = folder();
    let engine = engine(folder.path());
    Module::from_text(&engine, "(module)").unwrap();
    Module::new(&engine, &wasm(1)[..4500]).unwrap_err();
    assert_eq!(files(folder.path()), [] as [PathBuf; 0]);
}

#[test]
fn damage_is_compiled_away() {
    let folder = folder();
    let engine = engine(folder.path());
    assert!(!found(&engine, 1));
    let file = files(folder.path()).remove(0);
    let whole = fs::read(&file).unwrap();
    let torn = whole[..whole.len() / 2].to_vec();
    let mut bent = whole.clone();
    bent[whole.len() / 2] ^= 1;
    for damaged in [Vec::new(), b"hello".to_vec(), torn, bent] {
        fs::write(&file, &damaged).unwrap();
        assert!(!found(&engine, 1), "{} bytes", damaged.len());
        assert_eq!(fs::read(&file).unwrap(), whole, "it is replaced");
        assert!(found(&engine, 1));
    }
}

#[test]
fn a_file_under_a_wrong_name_is_not_taken() {
    let folder = folder();
    let engine = engine(folder.path());
    assert!(!found(&engine, 1));
    let first = files(folder.path()).remove(0);
    let contents = fs::read(&first).unwrap();
    fs::remove_file(&first).unwrap();
    assert!(!found(&engine, 2));
    let second = files(folder.path()).remove(0);
    fs::write(&second, contents).unwrap();
    assert!(!found(&engine, 2));
}

#[test]
fn what_others_can_write_is_not_trusted() {
    let folder = folder();
    let directory = folder.path().join("cache");
    let engine = engine(&directory);
    assert!(!found(&engine, 1));
    let file = files(&directory).remove(0);
    // A file that others may write to.
    fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
    assert!(!found(&engine, 1) && found(&engine, 1));
    // A link to a file elsewhere.
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(&file, &elsewhere).unwrap();
    symlink(&elsewhere, &file).unwrap();
    assert!(!found(&engine, 1) && found(&engine, 1));
    // A directory that others may write to.
    fs::set_permissions(&directory, Permissions::from_mode(0o777)).unwrap();
    assert!(!found(&engine, 1));
    // And a link to a directory.
    fs::set_permissions(&directory, Permissions::from_mode(0o700)).unwrap();
    let link = folder.path().join("link");
    symlink(&directory, &link).unwrap();
    assert!(!found(&self::engine(&link), 1) && found(&engine, 1));
}

#[test]
fn without_a_place_modules_are_compiled() {
    let folder = folder();
    fs::write(folder.path().join("file"), "").unwrap();
    for directory in [folder.path().join("file"), folder.path().join("file/below"), PathBuf::from("/proc/none")] {
        let engine = engine(&directory);
        assert!(!found(&engine, 1) && !found(&engine, 1), "{}", directory.display());
    }
}

#[test]
fn its_size_is_bounded_and_the_oldest_go_first() {
    let folder = folder();
    assert!(!found(&engine(folder.path()), 0));
    let size = fs::metadata(files(folder.path()).remove(0)).unwrap().len();
    let cache = Cache::in_directory(folder.path()).max_size(5 * size);
    let engine = Engine::new(&Config::new().cache(Some(cache))).unwrap();
    let age = |path: &Path, seconds| {
        let time = SystemTime::now() - Duration::from_secs(seconds);
        File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
    };
    let before = |count: u32| (1..count).for_each(|number| assert!(!found(&engine, number)));
    before(5);
    files(folder.path()).iter().for_each(|file| age(file, 1000));
    assert!(found(&engine, 3), "and used now");
    assert!(!found(&engine, 5), "the sixth");
    assert_eq!(files(folder.path()).len(), 4);
    assert!(found(&engine, 3) && found(&engine, 5));

    let none = Cache::in_directory(folder.path()).max_size(size - 1);
    let engine = Engine::new(&Config::new().cache(Some(none))).unwrap();
    assert!(!found(&engine, 9));
    assert_eq!(files(folder.path()).len(), 4, "what is larger than all is not written");
}

#[test]
fn what_nobody_finishes_goes_after_an_hour() {
    let folder = folder();
    let (old, young) = (folder.path().join(".old.edge"), folder.path().join(".young.edge"));
    fs::write(&young, "").unwrap();
    fs::write(&old, "").unwrap();
    File::options()
        .write(true)
        .open(&old)
        .unwrap()
        .set_modified(SystemTime::now() - Duration::from_secs(7200))
        .unwrap();
    assert!(!found(&engine(folder.path()), 1));
    assert!(young.exists() && !old.exists());
}

#[test]
fn many_may_use_it_at_once() {
    let folder = folder();
    let barrier = Barrier::new(8);
    let barrier = &barrier;
    thread::scope(|scope| {
        for thread in 0..8 {
            let engine = engine(folder.path());
            scope.spawn(move || {
                for round in 0..20 {
                    barrier.wait();
                    found(&engine, round);
                    if thread == 0 && round % 3 == 0 {
                        let _ = fs::remove_file(&files(engine.config().get_cache().unwrap().directory())[0]);
                    }
                }
            });
        }
    });
    assert!(files(folder.path()).iter().all(|file| !file.file_name().unwrap().as_encoded_bytes().starts_with(b".")));
}

#[test]
fn the_users_own_is_where_caches_are() {
    let cache = Cache::of_user();
    let expected = std::env::var_os("XDG_CACHE_HOME")
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache").into()))
        .map(|base| Path::new(&base).join("edge"));
    assert_eq!(cache.as_ref().map(|cache| cache.directory().to_owned()), expected);
    assert_eq!(cache.map(|cache| cache.get_max_size()), expected.map(|_| 1 << 30));
}
