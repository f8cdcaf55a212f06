//! Tells the linker how the static binary shall lie in memory; the scripts in `link/` say why.
#![allow(
    clippy::disallowed_methods,
    reason = "a build script reads what cargo tells it through the environment"
)]

fn main() {
    println!("cargo:rerun-if-changed=link");
    println!("cargo:rerun-if-changed=build.rs");
    let musl = std::env::var("CARGO_CFG_TARGET_ENV").is_ok_and(|value| value == "musl");
    let release = std::env::var("PROFILE").is_ok_and(|value| value == "release");
    if musl
        && release
        && let Ok(root) = std::env::var("CARGO_MANIFEST_DIR")
    {
        println!("cargo:rustc-link-arg-bins=-T{root}/link/discard-unwind-tables.ld");
        println!("cargo:rustc-link-arg-bins=--no-eh-frame-hdr");
        println!("cargo:rustc-link-arg-bins=-T{root}/link/start-together.ld");
        // Nothing is relocated at start, so nobody would protect a part that is read-only after relocation: it would
        // only be one more part to map, and to fault on.
        println!("cargo:rustc-link-arg-bins=-znorelro");
        // What lies where, for `scripts/static-check.sh`.
        if let Ok(out) = std::env::var("OUT_DIR") {
            println!("cargo:rustc-link-arg-bins=-Map={out}/es-entrypoint.map");
        }
    }
}
