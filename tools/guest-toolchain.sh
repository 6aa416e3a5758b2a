# shellcheck shell=bash
# Sourced by `setup-guest-toolchain` and `build-guests`: which toolchain builds the guests, and how.
#
# Two are known. `rustup`: the machine's own toolchain with its wasm targets added. `debian`: where rustup's server
# cannot be reached, Debian's compiler, which has no wasm standard library of its own and builds it from source.

guest_targets=(wasm32-unknown-unknown wasm32-wasip1)

# Debian's packages, and the one file of each by which we see that it is there.
declare -A debian_packages=(
    [rustc-web]=/usr/bin/rustc
    [cargo-web]=/usr/bin/cargo
    [rust-web-src]=/usr/lib/rustlib/src/rust/library/std/Cargo.toml
    [lld-22]=/usr/bin/wasm-ld-22
    [wasi-libc]=/usr/lib/wasm32-wasi/crt1-command.o
)

# The targets that rustup's active toolchain lacks, one a line; fails when there is no rustup toolchain to ask.
# A target counts as there when its `core` is: `rustup target list` reads a manifest that a broken download leaves behind.
missing_rustup_targets() {
    command -v rustup >/dev/null && rustup which rustc >/dev/null 2>&1 || return 1
    local target
    for target in "${guest_targets[@]}"; do
        compgen -G "$(rustc --print sysroot)/lib/rustlib/$target/lib/libcore-*.rlib" >/dev/null || echo "$target"
    done
}

# Debian's packages that are not installed, one a line.
missing_debian_packages() {
    local package
    for package in "${!debian_packages[@]}"; do
        [[ -e ${debian_packages[$package]} ]] || echo "$package"
    done
}

# Prints `rustup` or `debian`, whichever is complete; fails when none is. EDGE_GUEST_TOOLCHAIN forces one, so that
# the tests can build with both on one machine.
guest_toolchain() {
    local missing
    if [[ ${EDGE_GUEST_TOOLCHAIN:-rustup} == rustup ]] && missing=$(missing_rustup_targets) && [[ -z $missing ]]; then
        echo rustup
    elif [[ ${EDGE_GUEST_TOOLCHAIN:-debian} == debian ]] && [[ -z $(missing_debian_packages) ]]; then
        echo debian
    else
        return 1
    fi
}
