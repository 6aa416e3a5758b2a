//! The reader of artifacts against damaged files: an error, or a module whose code is what was written.

use edge_runtime::{ArtifactForm, Engine, Kind, Module};
use fastrand::Rng;

use crate::damage::damage;
use crate::generate::Case;

/// Loads the damaged artifact of a seed, as if it were trusted. `true` when the damage hit nothing that is read.
///
/// # Errors
///
/// When a module comes out of it whose code is another one, or the engine blames itself.
pub fn one(engine: &Engine, seed: u64) -> Result<bool, String> {
    let Some(module) = Case::new(seed).and_then(|case| Module::new(engine, &case.wasm).ok()) else { return Ok(false) };
    let mut rng = Rng::with_seed(seed);
    let form = if rng.bool() { ArtifactForm::Native } else { ArtifactForm::Universal };
    let bytes = damage(&module.serialize(form).map_err(|e| e.to_string())?, &mut rng);
    // SAFETY: it is not executed.
    match unsafe { Module::from_trusted_bytes(engine, &bytes) } {
        // Without its end a universal module is a module, and is compiled.
        Ok(loaded) if !loaded.is_precompiled() => Ok(false),
        Ok(loaded) if loaded.serialize(form).ok() == module.serialize(form).ok() => Ok(true),
        Ok(_) => Err(format!("seed {seed}: damaged code was taken")),
        Err(error) if matches!(error.kind(), Kind::Internal | Kind::CompileFailed | Kind::HostPanic) => {
            Err(format!("seed {seed}: {error}"))
        }
        Err(_) => Ok(false),
    }
}
