//! Compresses the catalogue of settings, which is text of a hundred kilobytes.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a build script reads and writes files"
)]

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=src/settings/catalogue.txt");
    println!("cargo:rerun-if-changed=build.rs");
    let text = fs::read_to_string("src/settings/catalogue.txt")?;
    let rows: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).chain([""]).collect();
    let rows = rows.join("\n");
    let compressed = miniz_oxide::deflate::compress_to_vec(rows.as_bytes(), 10);
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("catalogue.deflate"), compressed)?;
    Ok(())
}
