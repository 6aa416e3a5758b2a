//! Link settings of the extension.

fn main() {
    // Our signal handlers and threads outlive the module object: the library must never be unmapped, whoever closes it.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-link-arg-cdylib=-Wl,-z,nodelete");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
