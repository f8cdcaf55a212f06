//! Puts the pages of all codes into one compressed text: they are a tenth of the program, and few starts read one.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a build script reads and writes files"
)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=pages");
    println!("cargo:rerun-if-changed=build.rs");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("pages");
    let mut pages = Vec::new();
    for area in sorted(&root)? {
        for page in sorted(&area)? {
            let name = page.strip_prefix(&root)?.with_extension("");
            let name = name.to_str().ok_or("a page whose name is no UTF-8")?;
            pages.extend_from_slice(format!("{name}\0{}\0", fs::read_to_string(&page)?).as_bytes());
        }
    }
    let compressed = miniz_oxide::deflate::compress_to_vec(&pages, 10);
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("pages.deflate"), compressed)?;
    Ok(())
}

fn sorted(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    paths.sort();
    Ok(paths)
}
