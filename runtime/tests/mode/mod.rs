//! The mode that tests run in unless they are about a mode: `EDGE_TEST_MODE` is one of the names of `edge wast --mode`.

use std::sync::OnceLock;

use edge_runtime::{Config, Engine, OptLevel};

/// The settings of the mode.
///
/// # Panics
///
/// When there is no mode of that name: a test must not pass because of a typing error.
pub(crate) fn config() -> Config {
    let config = Config::new();
    match std::env::var("EDGE_TEST_MODE").as_deref() {
        Err(_) | Ok("optimised") => config,
        Ok("fast") => config.opt_level(OptLevel::None),
        Ok("signal-free") => config.signals(false),
        Ok("interpreter") => config.interpreter(true),
        Ok(other) => panic!("EDGE_TEST_MODE={other}: not one of optimised, fast, signal-free, interpreter"),
    }
}

/// An engine of the mode that all tests of a program share.
pub(crate) fn engine() -> Engine {
    static SHARED: OnceLock<Engine> = OnceLock::new();
    SHARED.get_or_init(|| Engine::new(&config()).expect("this machine is supported")).clone()
}
