//! The peer of the guest `echo`'s `echo_string` and `echo_bytes`.

use extism_pdk::{FnResult, plugin_fn};

/// Returns what it is given.
#[plugin_fn]
pub fn echo(input: Vec<u8>) -> FnResult<Vec<u8>> {
    Ok(input)
}
