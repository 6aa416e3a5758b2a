//! The one public error.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;

use super::{HostError, Kind, Phase, Terminate, Trap, Value};

/// The error of a host function: any error that can travel between threads.
pub type BoxError = Box<dyn StdError + Send + Sync + 'static>;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One frame of a guest backtrace, innermost first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Name of the module, from its name section.
    pub module: Option<String>,
    /// Index of the function in its module.
    pub func_index: u32,
    /// Name of the function, demangled, from the name section or the exports.
    pub func_name: Option<String>,
    /// Offset of the instruction in the module's bytes.
    pub module_offset: Option<u32>,
    /// Source file, where the module carries DWARF.
    pub file: Option<String>,
    /// Line in that file, counted from 1.
    pub line: Option<u32>,
}

/// What went wrong: phase, kind, message, and whatever is known of where and why.
///
/// The size of a pointer, so that `Result<i32>` stays small on the path that works.
pub struct Error(Box<Inner>);

struct Inner {
    phase: Phase,
    kind: Kind,
    message: String,
    backtrace: Vec<Frame>,
    cause: Option<BoxError>,
    value: Option<Value<'static>>,
    exit_code: Option<i32>,
    code: Option<i64>,
    exception: Option<Box<dyn Any + Send + Sync>>,
}

impl Error {
    /// An error of this phase and kind.
    #[cold]
    pub fn new(phase: Phase, kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            phase,
            kind,
            message: message.into(),
            backtrace: Vec::new(),
            cause: None,
            value: None,
            exit_code: None,
            code: None,
            exception: None,
        }))
    }

    /// The error of a trap.
    #[cold]
    #[must_use]
    pub fn trap(trap: Trap) -> Self {
        let (kind, text) = trap.describe();
        Self::new(Phase::Execute, kind, text)
    }

    /// The error of a host function. An [`Error`] of ours goes through as it is, [`Terminate`] is [`Kind::Terminated`], a
    /// [`HostError`] keeps its code, message and cause; anything else becomes the cause of a [`Kind::HostError`].
    #[cold]
    #[must_use]
    pub fn host(error: BoxError) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(own) => return *own,
            Err(other) => other,
        };
        if let Some(terminate) = error.downcast_ref::<Terminate>() {
            return Self::new(Phase::Host, Kind::Terminated, terminate.to_string());
        }
        match error.downcast::<HostError>() {
            Ok(coded) => {
                let mut error = Self::new(Phase::Host, Kind::HostError, coded.message);
                error.0.code = Some(coded.code);
                error.0.cause = coded.cause;
                error
            }
            Err(other) => Self::new(Phase::Host, Kind::HostError, other.to_string()).with_cause(other),
        }
    }

    /// The end of a guest by its own wish.
    #[cold]
    #[must_use]
    pub fn exit(code: i32) -> Self {
        let mut error = Self::new(Phase::Execute, Kind::GuestExit, format!("the guest exited with code {code}"));
        error.0.exit_code = Some(code);
        error
    }

    /// A failure of the operating system on `what`.
    #[cold]
    pub fn io(what: impl fmt::Display, error: std::io::Error) -> Self {
        Self::new(Phase::Io, Kind::Io, format!("{what}: {error}")).with_cause(error.into())
    }

    /// The same error with a cause.
    #[must_use]
    pub fn with_cause(mut self, cause: BoxError) -> Self {
        self.0.cause = Some(cause);
        self
    }

    /// The same error with the typed value of a guest's `Err`.
    #[must_use]
    pub fn with_value(mut self, value: Value<'static>) -> Self {
        self.0.value = Some(value);
        self
    }

    /// The same error with a backtrace, unless it has one already.
    #[must_use]
    pub fn with_backtrace(mut self, frames: Vec<Frame>) -> Self {
        if self.0.backtrace.is_empty() {
            self.0.backtrace = frames;
        }
        self
    }

    /// The same error, reported of another phase.
    #[must_use]
    pub fn in_phase(mut self, phase: Phase) -> Self {
        self.0.phase = phase;
        self
    }

    /// The same error with the guest's exception that it stands for, as the run-time side holds it.
    #[must_use]
    pub(crate) fn with_thrown(mut self, exception: Box<dyn Any + Send + Sync>) -> Self {
        self.0.exception = Some(exception);
        self
    }

    /// The guest's exception that it stands for, as the run-time side holds it.
    pub(crate) fn thrown(&self) -> Option<&(dyn Any + Send + Sync)> {
        self.0.exception.as_deref()
    }

    /// The step that failed.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.0.phase
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// One sentence for a person.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Guest frames, innermost first; empty where no guest code ran.
    #[must_use]
    pub fn backtrace(&self) -> &[Frame] {
        &self.0.backtrace
    }

    /// The error that a host function returned, or what lies under this error.
    #[must_use]
    pub fn cause(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.0.cause.as_deref()
    }

    /// Takes the cause out, for SDKs that hand the very exception back.
    pub fn take_cause(&mut self) -> Option<BoxError> {
        self.0.cause.take()
    }

    /// The typed value of a guest's `Err`.
    #[must_use]
    pub fn value(&self) -> Option<&Value<'static>> {
        self.0.value.as_ref()
    }

    /// The code that a host function gave its error, by [`HostError`].
    #[must_use]
    pub fn code(&self) -> Option<i64> {
        self.0.code
    }

    /// The guest's exit code, for [`Kind::GuestExit`].
    #[must_use]
    pub fn exit_code(&self) -> Option<i32> {
        self.0.exit_code
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.0.kind, self.0.phase, self.0.message)?;
        for frame in &self.0.backtrace {
            write!(f, "\n  at {frame}")?;
        }
        match &self.0.cause {
            Some(cause) => write!(f, "\ncaused by: {cause:?}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.func_name {
            Some(name) => f.write_str(name)?,
            None => write!(f, "<function {}>", self.func_index)?,
        }
        if let (Some(file), Some(line)) = (&self.file, self.line) {
            write!(f, " ({file}:{line})")?;
        } else if let Some(offset) = self.module_offset {
            write!(f, " (+{offset:#x})")?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.as_deref().map(|c| c as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_pointer() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }

    #[test]
    fn our_own_error_passes_a_host_function_unchanged() {
        let inner = Error::new(Phase::Execute, Kind::Unreachable, "unreachable");
        let outer = Error::host(Box::new(inner));
        assert_eq!(outer.kind(), Kind::Unreachable);
        assert!(outer.cause().is_none());
    }
}
