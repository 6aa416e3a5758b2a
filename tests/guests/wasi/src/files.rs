//! Files and directories, in the preopened directory that the first argument names.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn directory(arguments: &[String]) -> PathBuf {
    PathBuf::from(arguments.first().expect("the argument after the part names a directory"))
}

/// `files DIR`: everything that `std::fs` can do with files and directories; leaves `DIR` as it was.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    let root = directory(arguments).join("wasi-guest");
    fs::create_dir(&root).expect("create_dir");
    contents(&root.join("file.txt")).expect("contents");
    open_modes(&root).expect("open modes");
    directories(&root).expect("directories");
    errors(&root);
    fs::remove_dir_all(&root).expect("remove_dir_all");
    println!("gone: {}", !root.exists());
    ExitCode::SUCCESS
}

/// Writing, reading, appending, seeking, cutting, and what is known of a file.
fn contents(path: &Path) -> io::Result<()> {
    fs::write(path, "first line\n")?;
    OpenOptions::new().append(true).open(path)?.write_all(b"second line\n")?;
    println!("read: {:?}", fs::read_to_string(path)?);

    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    file.seek(SeekFrom::Start(6))?;
    file.write_all(b"LINE")?;
    println!("position: {}", file.stream_position()?);
    file.seek(SeekFrom::End(-5))?;
    let mut end = String::new();
    file.read_to_string(&mut end)?;
    println!("end: {end:?}");
    println!("before the start: {:?}", file.seek(SeekFrom::Current(-1000)).map_err(|error| error.kind()));
    file.set_len(10)?;
    file.sync_all()?;

    let metadata = fs::metadata(path)?;
    println!("length: {}, file: {}, directory: {}", metadata.len(), metadata.is_file(), metadata.is_dir());
    println!("modified: {}", metadata.modified()?.elapsed().is_ok_and(|age| age.as_secs() < 3600));
    println!("cut: {:?}", fs::read_to_string(path)?);

    file.set_len(3 << 20)?;
    file.seek(SeekFrom::Start(0))?;
    let mut long = Vec::new();
    println!("long: {}, zeros: {}", file.read_to_end(&mut long)?, long[10..].iter().all(|byte| *byte == 0));
    Ok(())
}

/// Which ways to open a file make it, empty it, or refuse.
fn open_modes(root: &Path) -> io::Result<()> {
    let path = root.join("modes");
    let kind = |result: io::Result<File>| result.map(drop).map_err(|error| error.kind());
    println!("open what is not there: {:?}", kind(File::open(&path)));
    println!("create new: {:?}", kind(File::create_new(&path)));
    println!("create new again: {:?}", kind(File::create_new(&path)));
    fs::write(&path, "text")?;
    println!("truncate: {:?}", kind(File::create(&path)));
    println!("length: {}", fs::metadata(&path)?.len());
    println!("write to what is open to read: {}", File::open(&path)?.write(b"x").is_err());
    println!("a file as a directory: {}", fs::read_dir(&path).is_err());
    fs::remove_file(&path)
}

/// Directories, and moving things between them.
fn directories(root: &Path) -> io::Result<()> {
    fs::create_dir_all(root.join("a/b/c"))?;
    fs::rename(root.join("file.txt"), root.join("a/b/moved.txt"))?;
    fs::copy(root.join("a/b/moved.txt"), root.join("a/copy.txt"))?;
    // More entries than fit into one buffer of `fd_readdir`.
    for index in 0..300 {
        File::create(root.join(format!("a/b/c/entry-{index:03}")))?;
    }
    println!("entries: {}", names(&root.join("a/b/c"))?.len());
    println!("a: {:?}", names(&root.join("a"))?);
    println!("remove what is not empty: {}", fs::remove_dir(root.join("a")).is_err());
    fs::rename(root.join("a/b"), root.join("renamed"))?;
    println!("renamed: {:?}", names(&root.join("renamed"))?);
    Ok(())
}

/// What fails, and how.
fn errors(root: &Path) {
    let kind = |result: io::Result<()>| result.map_err(|error| error.kind());
    println!("create what is there: {:?}", kind(fs::create_dir(root)));
    println!("remove what is not there: {:?}", kind(fs::remove_file(root.join("missing"))));
    println!("rename what is not there: {:?}", kind(fs::rename(root.join("missing"), root.join("other"))));
    println!("read a directory: {}", fs::read(root).is_err());
}

/// The names in a directory, sorted.
fn names(path: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// `append FILE TEXT`: adds a line to a file, which is made if it is not there.
pub(crate) fn append(arguments: &[String]) -> ExitCode {
    let mut file = OpenOptions::new().create(true).append(true).open(&arguments[0]).expect("open to append");
    writeln!(file, "{}", arguments[1]).expect("append");
    ExitCode::SUCCESS
}

/// `cat FILE...`: prints files; status 1 and the reason on standard error for one that cannot be read.
pub(crate) fn cat(paths: &[String]) -> ExitCode {
    for path in paths {
        match fs::read(path) {
            Ok(bytes) => io::stdout().write_all(&bytes).expect("write"),
            Err(error) => {
                eprintln!("{path}: {:?}", error.kind());
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

/// `ls DIR`: the names in a directory, sorted, directories with a slash after them.
pub(crate) fn list(arguments: &[String]) -> ExitCode {
    let root = directory(arguments);
    for name in names(&root).expect("read_dir") {
        let is_directory = fs::symlink_metadata(root.join(&name)).expect("metadata").is_dir();
        println!("{name}{}", if is_directory { "/" } else { "" });
    }
    ExitCode::SUCCESS
}
