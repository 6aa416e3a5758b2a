//! Where compiled modules are kept.

use std::env;
use std::path::{Path, PathBuf};

/// A directory of compiled modules, found by their contents and by how they were compiled.
///
/// What is in it is executed, so it belongs to the user who runs the process, and nobody else may write to it: one that is not so
/// is left alone, and modules are compiled. Several processes may use it at the same time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    directory: PathBuf,
    max_size: u64,
}

impl Cache {
    /// A cache in this directory, which is made when it is first needed.
    #[must_use]
    pub fn in_directory(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into(), max_size: 1 << 30 }
    }

    /// The user's own cache: `edge` in `$XDG_CACHE_HOME`, else in `$HOME/.cache`. `None` when neither is set.
    #[must_use]
    pub fn of_user() -> Option<Self> {
        let path = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let base = path("XDG_CACHE_HOME").or_else(|| path("HOME").map(|home| home.join(".cache")))?;
        Some(Self::in_directory(base.join("edge")))
    }

    /// Bytes that all files may have together; those that were not used for longest go first. Default 1 GiB.
    #[must_use]
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.max_size = bytes;
        self
    }

    /// Where it is.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// What [`Cache::max_size`] was set to.
    #[must_use]
    pub fn get_max_size(&self) -> u64 {
        self.max_size
    }
}
