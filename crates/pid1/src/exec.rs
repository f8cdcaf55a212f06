//! What the child executes, found as a shell finds it.

use std::ffi::{CStr, CString, OsStr, OsString};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use nix::errno::Errno;

use crate::system::{self, CStringArray};

/// What to execute, ready for the kernel.
#[derive(Debug)]
pub(crate) struct Executable {
    /// The paths to try, in order.
    candidates: Vec<CString>,
    arguments: CStringArray,
    /// `/bin/sh PATH ARG…` for each candidate, for a script without `#!`.
    by_shell: Vec<CStringArray>,
    environment: CStringArray,
}

/// Where programs are looked for when the environment has no `PATH`: that of a container, not that of execvp(3), which
/// begins with the current directory in some C libraries.
const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const SHELL: &CStr = c"/bin/sh";

impl Executable {
    /// Looks nothing up yet: `program` with a slash is that file, else each directory of the environment's `PATH` is a
    /// candidate.
    pub(crate) fn new(
        program: &OsStr,
        arguments: &[OsString],
        environment: CStringArray,
    ) -> Result<Self, Errno> {
        let name = program.as_bytes();
        if name.is_empty() {
            return Err(Errno::ENOENT);
        }
        let paths: Vec<Vec<u8>> = if name.contains(&b'/') {
            vec![name.to_vec()]
        } else {
            let path = environment.variable(b"PATH").unwrap_or(DEFAULT_PATH.as_bytes());
            path.split(|byte| *byte == b':')
                .map(|directory| {
                    let directory = if directory.is_empty() { b"." } else { directory };
                    [directory, b"/", name].concat()
                })
                .collect()
        };
        let behind = |head: &[&[u8]]| {
            let arguments = arguments.iter().map(|argument| argument.as_bytes());
            CStringArray::new(head.iter().copied().chain(arguments).map(<[u8]>::to_vec).collect())
        };
        Ok(Self {
            arguments: behind(&[name])?,
            by_shell: paths.iter().map(|path| behind(&[SHELL.to_bytes(), path])).collect::<Result<_, _>>()?,
            candidates: paths
                .into_iter()
                .map(CString::new)
                .collect::<Result<_, _>>()
                .map_err(|_| Errno::EINVAL)?,
            environment,
        })
    }

    /// Executes the first candidate that can be, see execvp(3); gives the reason why none can. Makes system calls only:
    /// the memory is shared with the parent.
    pub(crate) fn execute(&self) -> Errno {
        let mut reason = Errno::ENOENT;
        for (path, by_shell) in self.candidates.iter().zip(&self.by_shell) {
            let error = match system::execute(path, &self.arguments, &self.environment) {
                Errno::ENOEXEC => system::execute(SHELL, by_shell, &self.environment),
                error => error,
            };
            match error {
                // Go on as shells do; a file that may not be executed is the better explanation than none.
                Errno::EACCES => reason = error,
                Errno::ENOTDIR | Errno::ENAMETOOLONG | Errno::ELOOP if reason == Errno::ENOENT => {
                    reason = error;
                }
                Errno::ENOENT | Errno::ENOTDIR | Errno::ENAMETOOLONG | Errno::ELOOP => {}
                _ => return error,
            }
        }
        reason
    }

    /// The candidate that exists, for the message.
    pub(crate) fn existing(&self) -> Option<&Path> {
        self.candidates
            .iter()
            .map(|path| Path::new(OsStr::from_bytes(path.to_bytes())))
            .find(|path| path.exists())
    }
}
