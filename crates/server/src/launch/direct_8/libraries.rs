//! Where the server's Java looks for the libraries of the system.

use crate::bootstrap::facts::Java;

/// The folder of `lib/platform` for a processor, as Rust names it, and `java.library.path` of that Java as it is built for it.
pub(super) fn library_path(java: &Java, processor: &str) -> Result<(&'static str, String), String> {
    let platform = match processor {
        "x86_64" => "linux-x64",
        "aarch64" => "linux-aarch64",
        _ => return Err("where its Java looks for libraries on this processor is not known".to_owned()),
    };
    let system = match java.implementor.as_deref() {
        Some("Debian") => {
            let directory = format!("{processor}-linux-gnu");
            format!(
                "/usr/lib/{directory}/jni:/lib/{directory}:/usr/lib/{directory}:/usr/lib/jni:/lib:/usr/lib"
            )
        }
        Some("Oracle Corporation" | "Eclipse Adoptium") => "/usr/lib64:/lib64:/lib:/usr/lib".to_owned(),
        _ => return Err("where its Java looks for libraries is not known".to_owned()),
    };
    Ok((platform, format!("/usr/java/packages/lib:{system}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `-XshowSettings:properties` prints it with Temurin 21 and 25 for `aarch64`. Debian's Java 21 for `aarch64` has its list in
    /// `libjvm.so`; that for `x86_64` is in the recordings.
    #[test]
    fn where_java_looks_for_libraries() {
        let of = |implementor: &str, processor| {
            let java = Java { implementor: Some(implementor.to_owned()), ..Java::default() };
            library_path(&java, processor)
        };
        let upstream = "/usr/java/packages/lib:/usr/lib64:/lib64:/lib:/usr/lib".to_owned();
        assert_eq!(of("Eclipse Adoptium", "x86_64"), Ok(("linux-x64", upstream.clone())));
        assert_eq!(of("Oracle Corporation", "aarch64"), Ok(("linux-aarch64", upstream)));
        let debian = "/usr/java/packages/lib:/usr/lib/aarch64-linux-gnu/jni:/lib/aarch64-linux-gnu:/usr/lib/aarch64-linux-gnu:\
                      /usr/lib/jni:/lib:/usr/lib";
        assert_eq!(of("Debian", "aarch64"), Ok(("linux-aarch64", debian.to_owned())));
        let why = "where its Java looks for libraries on this processor is not known";
        assert_eq!(of("Debian", "riscv64"), Err(why.to_owned()));
        assert_eq!(
            of("Another", "x86_64"),
            Err("where its Java looks for libraries is not known".to_owned())
        );
    }
}
