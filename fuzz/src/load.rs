//! Loader, validator and compiler against damaged modules: an error or a module, never a panic.

use edge_runtime::{Engine, Error, Kind, Module};
use fastrand::Rng;

use crate::damage::damage;
use crate::generate::Case;

/// Loads the damaged module of a seed. `true` when it was still a module.
///
/// # Errors
///
/// When the engine blames itself.
pub fn one(engine: &Engine, seed: u64) -> Result<bool, String> {
    let Some(case) = Case::new(seed) else { return Ok(false) };
    let bytes = damage(&case.wasm, &mut Rng::with_seed(seed));
    // Text must be refused as bytes are.
    let _ = Module::from_text(engine, &String::from_utf8_lossy(&bytes));
    match Module::new(engine, &bytes) {
        // Not run: the damage may have hit the counter that ends it.
        Ok(_) => Ok(true),
        Err(error) if own_fault(&error) => Err(format!("seed {seed}: {error}")),
        Err(_) => Ok(false),
    }
}

fn own_fault(error: &Error) -> bool {
    matches!(error.kind(), Kind::Internal | Kind::CompileFailed | Kind::HostPanic)
}
