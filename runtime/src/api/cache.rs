//! SANDBOX-CRITICAL: modules from a directory of compiled ones, which are executed as they are found.
//!
//! A file is trusted because nobody else could have written it: the directory and the file belong to the user of the process, and no
//! other may write to them. Files appear whole, by renaming. What is damaged all the same is thrown away. Nothing that goes
//! wrong here is an error of whoever loads a module: then it is compiled.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use memmap2::Mmap;

use super::artifact::replace;
use super::{ArtifactForm, Engine, Module};
use crate::types::{Cache, ModuleLimits, Result};
use crate::vm;

/// Modules below this size are compiled in less time than a file takes.
const SMALLEST: usize = 4 << 10;
/// Files of the cache end in this; those that are being written begin with a dot.
const EXTENSION: &str = "edge";
/// After this time a file that is still being written belongs to nobody.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// A module from the engine's cache, else from the compiler, and then it is in the cache.
pub(super) fn module(
    engine: &Engine,
    bytes: &[u8],
    limits: &ModuleLimits,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<Module> {
    let compile = || vm::Module::new(&engine.0, bytes, limits, progress).map(Module);
    let Some(cache) = engine.config().cache.as_ref().filter(|_| bytes.len() >= SMALLEST) else { return compile() };
    if private_directory(cache.directory()).is_none() {
        return compile();
    }
    let path = cache.directory().join(name(engine, bytes, limits));
    if let Some(module) = load(engine, bytes, limits, &path) {
        return Ok(module);
    }
    let module = compile()?;
    if module.0.is_lazy() {
        // All of it would have to be compiled now.
        return Ok(module);
    }
    let file = module.serialize(ArtifactForm::Native)?;
    if file.len() as u64 <= cache.get_max_size() && replace(&path, &file).is_ok() {
        shrink(cache);
    }
    Ok(module)
}

/// The name of the file that holds the code of a module: a hash over all that it depends on.
fn name(engine: &Engine, bytes: &[u8], limits: &ModuleLimits) -> String {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&engine.0.fingerprint_bytes());
    // What was refused must not be found because somebody else may load more.
    hasher.update(format!("{limits:?}").as_bytes());
    if bytes.len() >= (1 << 20) {
        hasher.update_rayon(bytes)
    } else {
        hasher.update(bytes)
    };
    format!("{}.{EXTENSION}", hasher.finalize().to_hex())
}

/// Makes the directory if need be. `None` unless it is this user's own.
fn private_directory(path: &Path) -> Option<()> {
    // Only what is missing of it; what exists stays as it is.
    DirBuilder::new().recursive(true).mode(0o700).create(path).ok()?;
    let metadata = fs::symlink_metadata(path).ok()?;
    (metadata.is_dir() && is_private(&metadata)).then_some(())
}

/// Whether nobody but the user of this process can have written it.
fn is_private(metadata: &Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw() && metadata.mode() & 0o022 == 0
}

/// The module in this file, if it is what was put there. If it is not, the file goes.
fn load(engine: &Engine, bytes: &[u8], limits: &ModuleLimits, path: &Path) -> Option<Module> {
    let file = OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW).open(path).ok()?;
    let metadata = file.metadata().ok()?;
    let module = (metadata.is_file() && is_private(&metadata)).then(|| map(engine, bytes, limits, &file)).flatten();
    match module {
        // For those that look what was not used for long.
        Some(_) => drop(file.set_modified(SystemTime::now())),
        None => drop(fs::remove_file(path)),
    }
    module
}

fn map(engine: &Engine, bytes: &[u8], limits: &ModuleLimits, file: &File) -> Option<Module> {
    // SAFETY: files of the cache are replaced, never written to, by those who may.
    let map = Bytes::from_owner(unsafe { Mmap::map(file) }.ok()?);
    // SAFETY: only this user can have written it, and then by this library.
    let module = unsafe { vm::Module::from_artifact(&engine.0, &map, 0, Some(file), limits) }.ok()?;
    (module.bytes() == bytes).then_some(Module(module))
}

/// Removes what was not used for longest until a fifth of the size is free, if the size is exceeded.
fn shrink(cache: &Cache) {
    let mut files = files(cache.directory());
    let mut total: u64 = files.iter().map(|(_, _, size)| size).sum();
    if total <= cache.get_max_size() {
        return;
    }
    files.sort();
    for (_, path, size) in files {
        if total <= cache.get_max_size() / 5 * 4 {
            break;
        }
        // Somebody else may have been faster.
        let _ = fs::remove_file(path);
        total -= size;
    }
}

/// When each file was used last, where it is, and its size. What somebody began and never finished is removed.
fn files(directory: &Path) -> Vec<(SystemTime, PathBuf, u64)> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        let Some((metadata, used)) = entry.metadata().ok().and_then(|m| Some((m.clone(), m.modified().ok()?))) else {
            continue;
        };
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            if used.elapsed().is_ok_and(|age| age > ABANDONED) {
                let _ = fs::remove_file(path);
            }
        } else if path.extension().is_some_and(|extension| extension == EXTENSION) {
            files.push((used, path, metadata.len()));
        }
    }
    files
}
