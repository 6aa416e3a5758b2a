//! What a WASI guest may see and do.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parking_lot::Mutex;

/// How many bytes [`WasiConfig::stdout_capture`] keeps before writes fail with `ENOSPC`.
const DEFAULT_CAPTURE_LIMIT: usize = 64 << 20;

/// A reader that stands in for standard input.
pub(super) type SharedRead = Arc<Mutex<Box<dyn Read + Send>>>;
/// A writer that stands in for standard output or error.
pub(super) type SharedWrite = Arc<Mutex<Box<dyn Write + Send>>>;

/// What a WASI guest gets: arguments, environment, standard streams, directories, clocks and randomness.
///
/// By default there are no arguments, no environment and no directories, standard input is empty, standard output and
/// standard error are the host's own, clocks are real and random numbers come from the system.
///
/// ```
/// use edge_runtime::WasiConfig;
///
/// let config = WasiConfig::new()
///     .args(["greet", "--loud"])
///     .env("LANG", "C.UTF-8")
///     .stdin_bytes(b"Ada\n".to_vec())
///     .stdout_capture()
///     .dir_read_only("templates", "/templates");
/// # drop(config);
/// ```
#[derive(Clone)]
pub struct WasiConfig {
    pub(super) args: Vec<OsString>,
    pub(super) env: Vec<(OsString, OsString)>,
    pub(super) stdin: Input,
    pub(super) stdout: Output,
    pub(super) stderr: Output,
    pub(super) capture_limit: usize,
    pub(super) dirs: Vec<Preopen>,
    pub(super) fixed_clock: Option<Duration>,
    pub(super) random_seed: Option<u64>,
}

/// Where standard input comes from.
#[derive(Clone)]
pub(super) enum Input {
    /// The host's own.
    Inherit,
    /// These bytes, then the end; nothing if there are none.
    Bytes(Arc<[u8]>),
    /// A reader of the host.
    Reader(SharedRead),
}

/// Where standard output or error goes.
#[derive(Clone)]
pub(super) enum Output {
    /// To the host's own.
    Inherit,
    /// Into memory, up to a limit.
    Capture,
    /// To a writer of the host.
    Writer(SharedWrite),
}

/// A directory that the guest finds open when it starts.
#[derive(Clone)]
pub(super) struct Preopen {
    /// The directory on the host.
    pub(super) host: PathBuf,
    /// What the guest calls it.
    pub(super) guest: String,
    /// Whether every change is refused.
    pub(super) read_only: bool,
}

impl Default for WasiConfig {
    fn default() -> Self {
        Self {
            args: Vec::new(),
            env: Vec::new(),
            stdin: Input::Bytes(Arc::from([])),
            stdout: Output::Inherit,
            stderr: Output::Inherit,
            capture_limit: DEFAULT_CAPTURE_LIMIT,
            dirs: Vec::new(),
            fixed_clock: None,
            random_seed: None,
        }
    }
}

impl WasiConfig {
    /// The default: see the type.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends arguments. The first is the program's name by custom.
    #[must_use]
    pub fn args(mut self, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Appends one argument.
    #[must_use]
    pub fn arg(self, arg: impl Into<OsString>) -> Self {
        self.args([arg])
    }

    /// Sets a variable of the environment, in place of an earlier value.
    #[must_use]
    pub fn env(mut self, key: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        let (key, value) = (key.into(), value.into());
        match self.env.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => self.env.push((key, value)),
        }
        self
    }

    /// Sets variables of the environment.
    #[must_use]
    pub fn envs(self, vars: impl IntoIterator<Item = (impl Into<OsString>, impl Into<OsString>)>) -> Self {
        vars.into_iter().fold(self, |config, (key, value)| config.env(key, value))
    }

    /// Sets every variable of the host's environment, as it is now.
    #[must_use]
    pub fn inherit_env(self) -> Self {
        self.envs(std::env::vars_os())
    }

    /// Uses the host's standard input, output and error.
    #[must_use]
    pub fn inherit_stdio(self) -> Self {
        self.stdin_inherit().stdout_inherit().stderr_inherit()
    }

    /// Reads standard input from these bytes.
    #[must_use]
    pub fn stdin_bytes(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.stdin = Input::Bytes(bytes.into().into());
        self
    }

    /// Reads standard input from the host's own.
    #[must_use]
    pub fn stdin_inherit(mut self) -> Self {
        self.stdin = Input::Inherit;
        self
    }

    /// Reads standard input from `reader`, which copies of this configuration share.
    #[must_use]
    pub fn stdin_read(mut self, reader: impl Read + Send + 'static) -> Self {
        self.stdin = Input::Reader(Arc::new(Mutex::new(Box::new(reader))));
        self
    }

    /// Writes standard output to the host's own.
    #[must_use]
    pub fn stdout_inherit(mut self) -> Self {
        self.stdout = Output::Inherit;
        self
    }

    /// Writes standard error to the host's own.
    #[must_use]
    pub fn stderr_inherit(mut self) -> Self {
        self.stderr = Output::Inherit;
        self
    }

    /// Keeps standard output in memory, for [`Wasi::stdout`](super::Wasi::stdout).
    #[must_use]
    pub fn stdout_capture(mut self) -> Self {
        self.stdout = Output::Capture;
        self
    }

    /// Keeps standard error in memory, for [`Wasi::stderr`](super::Wasi::stderr).
    #[must_use]
    pub fn stderr_capture(mut self) -> Self {
        self.stderr = Output::Capture;
        self
    }

    /// How many bytes are captured of each stream, 64 MiB by default; what is written beyond fails with `ENOSPC`.
    #[must_use]
    pub fn capture_limit(mut self, bytes: usize) -> Self {
        self.capture_limit = bytes;
        self
    }

    /// Writes standard output to `writer`, which copies of this configuration share.
    #[must_use]
    pub fn stdout_write(mut self, writer: impl Write + Send + 'static) -> Self {
        self.stdout = Output::Writer(Arc::new(Mutex::new(Box::new(writer))));
        self
    }

    /// Writes standard error to `writer`, which copies of this configuration share.
    #[must_use]
    pub fn stderr_write(mut self, writer: impl Write + Send + 'static) -> Self {
        self.stderr = Output::Writer(Arc::new(Mutex::new(Box::new(writer))));
        self
    }

    /// Opens the host's directory `host` to the guest, which calls it `guest`, for reading and writing.
    #[must_use]
    pub fn dir(self, host: impl Into<PathBuf>, guest: impl Into<String>) -> Self {
        self.preopen(host.into(), guest.into(), false)
    }

    /// Opens the host's directory `host` to the guest, which calls it `guest`; every change is refused with `EROFS`.
    #[must_use]
    pub fn dir_read_only(self, host: impl Into<PathBuf>, guest: impl Into<String>) -> Self {
        self.preopen(host.into(), guest.into(), true)
    }

    /// Starts the guest's clocks at `start` and lets them advance only by what the guest sleeps, which takes no time:
    /// the same run every time. Times before 1970 count as 1970.
    #[must_use]
    pub fn fixed_clock(mut self, start: SystemTime) -> Self {
        self.fixed_clock = Some(start.duration_since(UNIX_EPOCH).unwrap_or_default());
        self
    }

    /// Draws random numbers from a sequence that `seed` determines. They are not fit for secrets.
    #[must_use]
    pub fn random_seed(mut self, seed: u64) -> Self {
        self.random_seed = Some(seed);
        self
    }

    fn preopen(mut self, host: PathBuf, guest: String, read_only: bool) -> Self {
        self.dirs.push(Preopen { host, guest, read_only });
        self
    }
}

impl std::fmt::Debug for WasiConfig {
    /// Names variables without their values, which may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let dirs: Vec<_> = self.dirs.iter().map(|dir| (&dir.guest, &dir.host, dir.read_only)).collect();
        f.debug_struct("WasiConfig")
            .field("args", &self.args)
            .field("env", &self.env.iter().map(|(key, _)| key).collect::<Vec<_>>())
            .field("dirs", &dirs)
            .finish_non_exhaustive()
    }
}
