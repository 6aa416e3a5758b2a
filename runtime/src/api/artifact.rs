//! Modules as files that hold their compiled code.

use std::fs::{self, File};
use std::path::Path;

use bytes::Bytes;
use memmap2::Mmap;

use super::{Engine, Module};
use crate::artifact::{is_artifact, native_part};
use crate::types::{Error, Kind, Result};
use crate::vm;

/// The form of a file with compiled code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ArtifactForm {
    /// The module, with its native code in a custom section: every other runtime runs it too, and edge where the code does not
    /// suit.
    #[default]
    Universal,
    /// Native code of edge, which nothing else can use.
    Native,
}

impl ArtifactForm {
    /// The form that a file of this name has: universal when it ends in `.wasm`, else native.
    #[must_use]
    pub fn of_path(path: &Path) -> Self {
        if path.extension().is_some_and(|extension| extension == "wasm") { Self::Universal } else { Self::Native }
    }
}

impl Module {
    /// The module and its compiled code as the contents of a file, for [`Module::from_trusted_file`].
    ///
    /// # Errors
    ///
    /// As [`Module::new`], when functions are compiled that were not called yet.
    pub fn serialize(&self, form: ArtifactForm) -> Result<Vec<u8>> {
        self.0.write(form == ArtifactForm::Universal)
    }

    /// [`Module::serialize`] into a file. It appears whole or not at all, and who has mapped the one before keeps that.
    ///
    /// # Errors
    ///
    /// [`Kind::Io`], and as [`Module::serialize`].
    pub fn serialize_to(&self, path: impl AsRef<Path>, form: ArtifactForm) -> Result<()> {
        let path = path.as_ref();
        replace(path, &self.serialize(form)?).map_err(|e| Error::io(format_args!("cannot write {}", path.display()), e))
    }

    /// Whether its native code was loaded, not compiled.
    #[must_use]
    pub fn is_precompiled(&self) -> bool {
        self.0.is_precompiled()
    }

    /// A module from bytes that may hold native code, which is then used: as [`Module::serialize`] made them, or a module in the
    /// binary format. A universal module whose native code does not suit this machine and engine is compiled.
    ///
    /// # Safety
    ///
    /// If there is native code in the bytes, it was made by [`Module::serialize`] and nobody else had a hand in it: it is
    /// checked for damage, but whoever can write it can have anything executed.
    ///
    /// # Errors
    ///
    /// As [`Module::new`]; [`Kind::ArtifactDamaged`], and [`Kind::ArtifactMismatch`] when nothing but native code is there and
    /// it was made for another version, machine or setting.
    pub unsafe fn from_trusted_bytes(engine: &Engine, bytes: &[u8]) -> Result<Self> {
        if !is_artifact(bytes) && native_part(bytes).is_none() {
            return Self::new(engine, bytes);
        }
        // SAFETY: the caller's promise.
        unsafe { load(engine, &Bytes::copy_from_slice(bytes), None) }
    }

    /// [`Module::from_trusted_bytes`] of a file, which is mapped and not read. Text when the name ends in `.wat`.
    ///
    /// # Safety
    ///
    /// As [`Module::from_trusted_bytes`]; and nobody writes into the file while the module lives, which
    /// [`Module::serialize_to`] does not do either: it puts a new file in the place of the old one.
    ///
    /// # Errors
    ///
    /// As [`Module::from_trusted_bytes`], and [`Kind::Io`].
    pub unsafe fn from_trusted_file(engine: &Engine, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let failed = |e| Error::io(format_args!("cannot read {}", path.display()), e);
        let file = File::open(path).map_err(failed)?;
        // What cannot be mapped (an empty file, a pipe) cannot be an artifact either.
        // SAFETY: the caller promises that nobody changes the file.
        let Ok(map) = (unsafe { Mmap::map(&file) }) else { return Self::from_file(engine, path) };
        if !is_artifact(&map) && native_part(&map).is_none() {
            return Self::from_file(engine, path);
        }
        // SAFETY: the caller's promise.
        unsafe { load(engine, &Bytes::from_owner(map), Some(&file)) }
    }
}

/// Loads an artifact, or the universal module around it.
///
/// # Safety
///
/// As [`Module::from_trusted_bytes`].
unsafe fn load(engine: &Engine, bytes: &Bytes, file: Option<&File>) -> Result<Module> {
    let limits = &engine.config().limits.module;
    let base = native_part(bytes);
    // SAFETY: the caller's promise.
    let loaded = unsafe { vm::Module::from_artifact(&engine.0, bytes, base.unwrap_or(0), file, limits) };
    match loaded {
        Err(error) if base.is_some() && error.kind() == Kind::ArtifactMismatch => Module::new(engine, bytes),
        loaded => loaded.map(Module),
    }
}

/// Writes a file beside its place, then moves it there.
pub(super) fn replace(path: &Path, contents: &[u8]) -> std::io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}.{:08x}", std::process::id(), fastrand::u32(..)));
    let written = fs::write(&beside, contents).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // What is left of it is of no use to anybody.
        let _ = fs::remove_file(&beside);
    }
    written
}
