//! The mode that tests run in unless they are about a mode: `EDGE_TEST_MODE` is one of the names of [`Mode::ALL`].
#![allow(dead_code, reason = "every test file uses some of it")]

use std::sync::OnceLock;

use edge_runtime::{Config, Engine, Mode};

/// The mode.
///
/// # Panics
///
/// When there is no mode of that name: a test must not pass because of a typing error.
pub(crate) fn mode() -> Mode {
    std::env::var("EDGE_TEST_MODE").map_or_else(
        |_| Mode::default(),
        |name| Mode::from_name(&name).unwrap_or_else(|e| panic!("EDGE_TEST_MODE: {}", e.message())),
    )
}

/// An engine of the mode that all tests of a program share.
pub(crate) fn engine() -> Engine {
    static SHARED: OnceLock<Engine> = OnceLock::new();
    SHARED.get_or_init(|| mode().engine(Config::new()).expect("this machine is supported")).clone()
}

/// An engine for every mode, for tests that are about what modes have in common.
pub(crate) fn engines() -> impl Iterator<Item = (Mode, Engine)> {
    Mode::ALL.iter().map(|mode| (*mode, mode.engine(Config::new()).expect("this machine runs every mode")))
}
