//! Names the shared library and keeps it in memory.

/// The version of the binary interface. It goes up when a program that was linked before can no longer run.
const ABI: u32 = 0;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libedge.so.{ABI}");
    // Signal handlers point into the library for the life of the process: `dlclose` must not unmap it.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
}
