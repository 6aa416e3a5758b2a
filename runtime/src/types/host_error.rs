//! What a host function may end with on purpose: an error with a code, or the end of the guest.

use std::error::Error as StdError;
use std::fmt;

use super::BoxError;

/// An error of a host function with a code of its own. The outer call gets [`Kind::HostError`](super::Kind::HostError) with
/// this code, message and cause.
#[derive(Debug)]
pub struct HostError {
    pub(super) code: i64,
    pub(super) message: String,
    pub(super) cause: Option<BoxError>,
}

impl HostError {
    /// An error with this code, whatever it means to the application, and one sentence for a person.
    #[must_use]
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), cause: None }
    }

    /// The same error with what lies under it.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<BoxError>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> i64 {
        self.code
    }
}

impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for HostError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn StdError + 'static))
    }
}

/// Ends the guest early and on purpose: a host function returns it as its error, and the outer call gets
/// [`Kind::Terminated`](super::Kind::Terminated), which is no failure.
///
/// The guest's destructors do not run: a guest with bindgen functions is poisoned afterwards, any other goes on to work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Terminate;

/// What a host function returns to end the guest: `Err(terminate())`.
#[must_use]
pub const fn terminate() -> Terminate {
    Terminate
}

impl fmt::Display for Terminate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a host function ended the guest on purpose")
    }
}

impl StdError for Terminate {}
