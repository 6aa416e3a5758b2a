//! What a guest must not reach: everything outside of its preopened directories.

use std::ffi::{CString, c_char, c_int};
use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;
use std::process::ExitCode;

unsafe extern "C" {
    // `std::os::wasi::fs::symlink_path` is unstable; the C library that `std` stands on has the function anyway.
    fn symlink(target: *const c_char, link: *const c_char) -> c_int;
}

/// Makes a symbolic link at `link` that says `target`.
fn make_symlink(target: &str, link: &Path) -> io::Result<()> {
    let target = CString::new(target)?;
    let link = CString::new(link.to_str().expect("a path in UTF-8"))?;
    // SAFETY: both are zero-terminated strings that live during the call.
    match unsafe { symlink(target.as_ptr(), link.as_ptr()) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// `links DIR`: hard and symbolic links inside the directory; leaves it as it was.
pub(crate) fn links(arguments: &[String]) -> ExitCode {
    let root = Path::new(&arguments[0]).join("wasi-links");
    fs::create_dir(&root).expect("create_dir");
    fs::write(root.join("file"), "linked").expect("write");
    make_symlink("file", &root.join("soft")).expect("symlink");
    fs::hard_link(root.join("file"), root.join("hard")).expect("hard_link");
    println!("target: {:?}", fs::read_link(root.join("soft")).expect("read_link"));
    println!("through the link: {:?}", fs::read_to_string(root.join("soft")).expect("read"));
    println!("is a link: {}", fs::symlink_metadata(root.join("soft")).expect("metadata").is_symlink());
    fs::remove_file(root.join("file")).expect("remove_file");
    println!("dangling: {:?}", fs::read(root.join("soft")).map_err(|error| error.kind()));
    println!("the other name: {:?}", fs::read_to_string(root.join("hard")).expect("read"));
    fs::remove_dir_all(&root).expect("remove_dir_all");
    ExitCode::SUCCESS
}

/// `escape DIR NAME`: tries every way out of the directory, to the file `NAME` in the directory above it. The test
/// puts that file there, and may put a link `link` to it into the directory. Status 1 if a way was open.
pub(crate) fn escape(arguments: &[String]) -> ExitCode {
    let (root, name) = (&arguments[0], &arguments[1]);
    let mut open_ways = 0;
    let mut attempt = |what: &str, escaped: bool| {
        println!("{what}: {}", if escaped { "ESCAPED" } else { "refused" });
        open_ways += u8::from(escaped);
    };
    attempt("up", fs::read(format!("{root}/../{name}")).is_ok());
    attempt("down and up", fs::read(format!("{root}/./../{root}/../{name}")).is_ok());
    attempt("absolute", fs::read("/etc/passwd").is_ok());
    attempt("no such preopen", fs::read_dir("/elsewhere").is_ok());
    attempt("the host's link", fs::read(format!("{root}/link")).is_ok());
    attempt("write", fs::write(format!("{root}/../written"), "x").is_ok());
    attempt("make a directory", fs::create_dir(format!("{root}/../made")).is_ok());
    attempt("rename in", fs::rename(format!("{root}/../{name}"), format!("{root}/stolen")).is_ok());
    attempt("hard link in", fs::hard_link(format!("{root}/../{name}"), format!("{root}/stolen")).is_ok());
    attempt("list", fs::read_dir(format!("{root}/..")).is_ok());
    for (what, target) in [("own link up", format!("../{name}")), ("own absolute link", "/etc/passwd".to_owned())] {
        let link = Path::new(root).join("own-link");
        // The host may refuse to make such a link, or to follow it.
        let made = make_symlink(&target, &link).is_ok();
        attempt(what, made && (fs::read(&link).is_ok() || fs::write(&link, "x").is_ok()));
        fs::remove_file(&link).ok();
    }
    ExitCode::from(u8::from(open_ways > 0))
}

/// `read-only DIR`: that a directory given to be read only cannot be changed. It holds a file `file`.
pub(crate) fn read_only(arguments: &[String]) -> ExitCode {
    let root = Path::new(&arguments[0]);
    let file = root.join("file");
    println!("read: {:?}", fs::read_to_string(&file).expect("read"));
    let mut changes = 0;
    let mut attempt = |what: &str, changed: bool| {
        println!("{what}: {}", if changed { "CHANGED" } else { "refused" });
        changes += u8::from(changed);
    };
    attempt("write", OpenOptions::new().write(true).open(&file).is_ok());
    attempt("append", OpenOptions::new().append(true).open(&file).is_ok());
    attempt("truncate", OpenOptions::new().write(true).truncate(true).open(&file).is_ok());
    attempt("create", fs::write(root.join("new"), "x").is_ok());
    attempt("make a directory", fs::create_dir(root.join("made")).is_ok());
    attempt("rename", fs::rename(&file, root.join("renamed")).is_ok());
    attempt("link", fs::hard_link(&file, root.join("linked")).is_ok());
    attempt("symbolic link", make_symlink("file", &root.join("linked")).is_ok());
    attempt("remove", fs::remove_file(&file).is_ok());
    ExitCode::from(u8::from(changes > 0))
}
