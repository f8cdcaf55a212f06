//! The files that the server opens itself, as its user.

use std::path::{Path, PathBuf};

use diagnostics::Finding;

use crate::access::Closed;

/// What a file is to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// The server reads it, and does not start without.
    Read,
    /// The server reads it, and starts without: then it logs nothing.
    ReadForLogs,
    /// The start script passes over it, and with it over all options of the JVM.
    ReadForOptions,
    /// The server passes over it, and with it over all users or roles in it.
    ReadForSecurity,
    /// The server looks into that directory.
    List,
    /// The command that starts the server.
    Execute,
}

/// A file that the server's user cannot use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedFile {
    pub path: PathBuf,
    pub used: Use,
    /// Why, as it will be at the start.
    pub closed: Closed,
    /// We make it, and could not give it to the server's user.
    pub is_ours: bool,
}

/// A program that names another one to run it, which is not there, or cannot run anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingInterpreter {
    pub program: PathBuf,
    pub interpreter: PathBuf,
    /// A directory stands there.
    pub is_directory: bool,
}

/// What is wrong with the files that the server opens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileFacts {
    pub closed: Vec<ClosedFile>,
    pub missing: Vec<MissingInterpreter>,
    /// Programs that are none.
    pub no_programs: Vec<(PathBuf, NoProgram)>,
}

/// Why a file starts nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoProgram {
    /// A shell runs it, and does nothing.
    Empty,
    Directory,
    /// A symbolic link to something that is not there.
    Link(PathBuf),
}

/// Everything that is closed to the server's user, or not there.
pub fn check(uid: u32, files: &FileFacts) -> Vec<Finding> {
    let missing = files.missing.iter().map(missing).chain(files.no_programs.iter().map(no_program));
    files.closed.iter().filter(|_| uid != 0).map(|file| closed(uid, file)).chain(missing).collect()
}

fn missing(file: &MissingInterpreter) -> Finding {
    let (program, interpreter) = (file.program.display(), file.interpreter.display().to_string());
    if let Some(interpreter) = interpreter.strip_suffix('\r') {
        let message = format!(
            "`{program}` has the line ends of Windows: the kernel looks for `{interpreter}` with a carriage return behind it, \
             which is not there"
        );
        return Finding::error("files/missing", message).help(format!(
            "give it the line ends of Unix where the image is built: `sed -i 's/\\r$//' {program}`; in git, `text eol=lf` in \
             `.gitattributes` keeps them"
        ));
    }
    if file.is_directory {
        let message = format!("`{program}` needs `{interpreter}`, which is a directory");
        return Finding::error("files/missing", message)
            .help("the kernel starts it with what its first line names: `#!/bin/sh` for instance");
    }
    Finding::error("files/missing", format!("`{program}` needs `{interpreter}`, which is not there")).help(
        "the kernel starts it with that program: install it in the image; a Java for glibc does not run on musl (Alpine) and \
         the other way round",
    )
}

fn no_program((program, why): &(PathBuf, NoProgram)) -> Finding {
    let why = match why {
        NoProgram::Empty => "is empty".to_owned(),
        NoProgram::Directory => "is a directory".to_owned(),
        NoProgram::Link(target) => {
            format!("is a symbolic link to `{}`, which is not there", target.display())
        }
    };
    let message = format!("`{}` {why}: nothing would be started", program.display());
    Finding::error("files/missing", message)
        .help("bring the file of the distribution back: something was copied or mounted over it, or the image is incomplete")
}

/// The program that the kernel would start a file with: a script names it in its first line, a 64-bit ELF file in the
/// segment `PT_INTERP`, see execve(2) and elf(5).
pub fn interpreter(file: &[u8]) -> Option<PathBuf> {
    let path = if let Some(line) = file.strip_prefix(b"#!") {
        // A carriage return belongs to the name.
        let mut words = line.split(|byte| *byte == b'\n').next()?.split(|byte| matches!(byte, b' ' | b'\t'));
        words.find(|word| !word.is_empty())?
    } else {
        elf_interpreter(file)?
    };
    let path = std::str::from_utf8(path).ok()?;
    path.starts_with('/').then(|| PathBuf::from(path))
}

fn elf_interpreter(file: &[u8]) -> Option<&[u8]> {
    const INTERPRETER: u64 = 3;
    // 64 bits, lowest byte first.
    if !file.starts_with(b"\x7fELF\x02\x01") {
        return None;
    }
    let number = |offset: usize, length: usize| {
        let bytes = file.get(offset..offset.checked_add(length)?)?;
        Some(bytes.iter().rev().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)))
    };
    let place = |offset: usize, length: usize| usize::try_from(number(offset, length)?).ok();
    let (table, size, count) = (place(32, 8)?, place(54, 2)?, place(56, 2)?);
    for index in 0..count {
        let entry = table.checked_add(index.checked_mul(size)?)?;
        if number(entry, 4)? == INTERPRETER {
            let (offset, length) = (place(entry.checked_add(8)?, 8)?, place(entry.checked_add(32)?, 8)?);
            return file.get(offset..offset.checked_add(length)?)?.split(|byte| *byte == 0).next();
        }
    }
    None
}

/// What lets that user use the path.
pub(crate) fn open_up(uid: u32, path: &Path, closed: &Closed, bits: &str) -> String {
    if closed.path() == path {
        let path = path.display();
        format!(
            "`chmod a+{bits} {path}` or `chown {uid} {path}`; for a mounted ConfigMap or Secret `defaultMode`, or \
             `securityContext.fsGroup`"
        )
    } else {
        let shown = closed.path().display();
        format!("let user {uid} through with `chmod a+x {shown}`, or put the file elsewhere")
    }
}

fn closed(uid: u32, file: &ClosedFile) -> Finding {
    let path = file.path.display();
    let (verb, bits) = match file.used {
        Use::Read | Use::ReadForLogs | Use::ReadForOptions | Use::ReadForSecurity => ("read", "r"),
        Use::List => ("look into", "rx"),
        Use::Execute => ("execute", "rx"),
    };
    let message = format!("user {uid} cannot {verb} `{path}`: {}", file.closed);
    if file.is_ours {
        return Finding::error("files/unreadable", format!("{message}, as it could not be given to that user")).help(
            format!(
                "the container lacks the capability `CHOWN`: add it (`docker run --cap-add CHOWN`), or start the container as the \
                 server's user: `docker run --user {uid}`"
            ),
        );
    }
    let help = open_up(uid, &file.path, &file.closed, bits);
    let effect = match file.used {
        Use::ReadForLogs => "the server would log nothing",
        Use::ReadForOptions => {
            "the start script would pass over it, and the JVM get none of its options, the heap included"
        }
        Use::ReadForSecurity => "the server would start without all that it holds",
        Use::Read | Use::List | Use::Execute => {
            return Finding::error("files/unreadable", message).help(help);
        }
    };
    Finding::warning("files/unreadable", message).help(format!("{effect}: {help}"))
}

/// A file that we write for the server where its user cannot read it.
pub fn own_closed(uid: u32, path: &Path, closed: &Closed) -> Finding {
    let (shown, way) = (path.display(), closed.path().display());
    let opened = if closed.path() == path {
        format!("remove it, or `chmod a+r {way}`")
    } else {
        format!(
            "let user {uid} through with `chmod a+x {way}`, or name another directory with ES_ENTRYPOINT_RUNTIME_DIR"
        )
    };
    Finding::error("files/unreadable", format!("user {uid} cannot read `{shown}`: {closed}"))
        .help(format!("es-entrypoint writes it there for the server: {opened}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bootstrap::facts::Owner;

    fn found(path: &str, used: Use, closed: &str, is_ours: bool) -> String {
        let closed = Closed::Mode { path: closed.into(), owner: Owner { uid: 0, gid: 0, mode: 0o100_600 } };
        let file = ClosedFile { path: path.into(), used, closed, is_ours };
        let files = FileFacts { closed: vec![file], ..FileFacts::default() };
        assert_eq!(check(0, &files), [], "root reads everything");
        let finding = check(1000, &files).remove(0);
        format!(
            "{} {}: {} | {}",
            finding.severity.word(),
            finding.code,
            finding.message,
            finding.help.clone().unwrap()
        )
    }

    #[test]
    fn what_starts_a_program() {
        let mut elf = vec![0; 160];
        elf[..6].copy_from_slice(b"\x7fELF\x02\x01");
        (elf[32], elf[54], elf[56]) = (64, 56, 1);
        (elf[64], elf[72], elf[96]) = (3, 140, 9);
        elf[140..149].copy_from_slice(b"/lib/ld-x");
        let cut = |length: usize| &elf[..length];
        for (file, expected) in [
            (&b"#!/bin/sh\nexec x\n"[..], Some("/bin/sh")),
            (b"#! /usr/bin/env bash\n", Some("/usr/bin/env")),
            (b"#!\t/bin/bash\t-e", Some("/bin/bash")),
            (b"#!/bin/sh\r\n", Some("/bin/sh\r")),
            (b"#!/bin/sh -e\r\n", Some("/bin/sh")),
            (b"#!sh\n", None),
            (b"#!", None),
            (b"", None),
            (b"exec x\n", None),
            (&elf, Some("/lib/ld-x")),
            (cut(148), None),
            (cut(100), None),
            (cut(20), None),
            (b"\x7fELF\x01\x01", None),
        ] {
            assert_eq!(interpreter(file), expected.map(PathBuf::from), "{file:?}");
        }
        let mut loops = elf.clone();
        loops[32..40].fill(0xff);
        assert_eq!(interpreter(&loops), None);
    }

    #[test]
    fn what_is_not_there() {
        let missing = MissingInterpreter {
            program: "/jdk/bin/java".into(),
            interpreter: "/lib64/ld-linux-x86-64.so.2".into(),
            is_directory: false,
        };
        let windows = MissingInterpreter { interpreter: "/bin/sh\r".into(), ..missing.clone() };
        let directory =
            MissingInterpreter { interpreter: "/etc".into(), is_directory: true, ..missing.clone() };
        let no_programs = [NoProgram::Empty, NoProgram::Directory, NoProgram::Link("../x".into())];
        let no_programs = no_programs.map(|why| ("/es/bin/elasticsearch".into(), why)).into();
        let facts = FileFacts { closed: Vec::new(), missing: vec![missing, windows, directory], no_programs };
        let found: Vec<String> = check(0, &facts)
            .into_iter()
            .map(|it| format!("{} {} | {}", it.code, it.message, it.help.clone().unwrap()))
            .collect();
        assert_eq!(
            found,
            [
                "files/missing `/jdk/bin/java` needs `/lib64/ld-linux-x86-64.so.2`, which is not there | the kernel starts it with that program: install it in the image; a Java for glibc does not run on musl (Alpine) and the other way round",
                "files/missing `/jdk/bin/java` has the line ends of Windows: the kernel looks for `/bin/sh` with a carriage return behind it, which is not there | give it the line ends of Unix where the image is built: `sed -i 's/\\r$//' /jdk/bin/java`; in git, `text eol=lf` in `.gitattributes` keeps them",
                "files/missing `/jdk/bin/java` needs `/etc`, which is a directory | the kernel starts it with what its first line names: `#!/bin/sh` for instance",
                "files/missing `/es/bin/elasticsearch` is empty: nothing would be started | bring the file of the distribution back: something was copied or mounted over it, or the image is incomplete",
                "files/missing `/es/bin/elasticsearch` is a directory: nothing would be started | bring the file of the distribution back: something was copied or mounted over it, or the image is incomplete",
                "files/missing `/es/bin/elasticsearch` is a symbolic link to `../x`, which is not there: nothing would be started | bring the file of the distribution back: something was copied or mounted over it, or the image is incomplete",
            ]
        );
    }

    #[test]
    fn what_is_closed_and_what_opens_it() {
        assert_eq!(
            found("/c/elasticsearch.yml", Use::Read, "/c/elasticsearch.yml", false),
            "error files/unreadable: user 1000 cannot read `/c/elasticsearch.yml`: `/c/elasticsearch.yml` belongs to 0:0 with mode 0600 | `chmod a+r /c/elasticsearch.yml` or `chown 1000 /c/elasticsearch.yml`; for a mounted ConfigMap or Secret `defaultMode`, or `securityContext.fsGroup`"
        );
        assert_eq!(
            found("/opt/jdk/bin/java", Use::Execute, "/opt", false),
            "error files/unreadable: user 1000 cannot execute `/opt/jdk/bin/java`: `/opt` belongs to 0:0 with mode 0600 | let user 1000 through with `chmod a+x /opt`, or put the file elsewhere"
        );
        assert_eq!(
            found("/c/logging.yml", Use::ReadForLogs, "/c/logging.yml", false),
            "warning files/unreadable: user 1000 cannot read `/c/logging.yml`: `/c/logging.yml` belongs to 0:0 with mode 0600 | the server would log nothing: `chmod a+r /c/logging.yml` or `chown 1000 /c/logging.yml`; for a mounted ConfigMap or Secret `defaultMode`, or `securityContext.fsGroup`"
        );
        let begin = "warning files/unreadable: user 1000 cannot read `/c/users`: `/c/users` belongs to 0:0 with mode 0600 | ";
        let end = "`chmod a+r /c/users` or `chown 1000 /c/users`; for a mounted ConfigMap or Secret `defaultMode`, or `securityContext.fsGroup`";
        assert_eq!(
            found("/c/users", Use::ReadForSecurity, "/c/users", false),
            format!("{begin}the server would start without all that it holds: {end}")
        );
        assert_eq!(
            found("/c/users", Use::ReadForOptions, "/c/users", false),
            format!(
                "{begin}the start script would pass over it, and the JVM get none of its options, the heap included: {end}"
            )
        );
        assert_eq!(
            found("/run/c", Use::List, "/run/c", true),
            "error files/unreadable: user 1000 cannot look into `/run/c`: `/run/c` belongs to 0:0 with mode 0600, as it could not be given to that user | the container lacks the capability `CHOWN`: add it (`docker run --cap-add CHOWN`), or start the container as the server's user: `docker run --user 1000`"
        );
    }
}
