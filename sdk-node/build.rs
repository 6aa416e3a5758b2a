//! Link settings of the add-on.

fn main() {
    napi_build::setup();
    // Our signal handlers and threads outlive a worker's environment, whose end unmaps its add-ons: never unmap this one.
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo::rustc-link-arg-cdylib=-Wl,-z,nodelete");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
