//! Names the shared library and keeps it in memory.

use std::path::PathBuf;

/// The version of the binary interface. It goes up when a program that was linked before can no longer run.
const ABI: u32 = 0;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libedge.so.{ABI}");
    // Signal handlers point into the library for the life of the process: `dlclose` must not unmap it.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    name_beside_the_library();
}

/// Programs look for the library by its soname, which cargo does not make: a link beside it lets them run from the build
/// folder. What cannot be made there is no error, since only such programs need it.
fn name_beside_the_library() {
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    // target/PROFILE/build/edge-c-HASH/out
    if let Some(profile) = out.ancestors().nth(3) {
        #[cfg(unix)]
        let _ = std::os::unix::fs::symlink("libedge.so", profile.join(format!("libedge.so.{ABI}")));
    }
}
