//! The disk as the node's world, as far as reading an installation needs it.

use std::ffi::OsString;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use node::{
    Access, Answer, FileKind, LockHolder, Look, Machine, Reason, ServerUser, SilentMount, Space, World,
};
use server::network::Interfaces;

pub(crate) struct TestDisk;

fn answer<T>(result: std::io::Result<T>) -> Answer<T> {
    match result {
        Ok(thing) => Answer::Is(thing),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Answer::Absent,
        Err(error) => Answer::Refused(Reason::System(error.to_string())),
    }
}

impl World for TestDisk {
    fn read(&self, path: &Path, _: u64) -> Answer<Vec<u8>> {
        answer(std::fs::read(path))
    }

    fn look(&self, path: &Path) -> Answer<Look> {
        answer(std::fs::metadata(path).map(|metadata| Look {
            kind: if metadata.is_dir() { FileKind::Directory } else { FileKind::Regular },
            uid: metadata.uid(),
            gid: metadata.gid(),
            mode: metadata.mode() & 0o7777,
            size: metadata.len(),
            identity: (metadata.dev(), metadata.ino()),
        }))
    }

    fn list(&self, path: &Path) -> Answer<Vec<OsString>> {
        answer(std::fs::read_dir(path).map(|entries| entries.flatten().map(|it| it.file_name()).collect()))
    }

    fn link(&self, path: &Path) -> Answer<PathBuf> {
        std::fs::read_link(path).map_or(Answer::Absent, Answer::Is)
    }

    fn real(&self, path: &Path) -> Answer<PathBuf> {
        answer(std::fs::canonicalize(path))
    }

    fn allows(&self, path: &Path, _: Access) -> Answer<()> {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.permissions().mode() & 0o111 != 0 => Answer::Is(()),
            Ok(_) => Answer::Refused(Reason::PermissionDenied),
            Err(_) => Answer::Absent,
        }
    }

    fn permits(&self, _: &Path, _: &ServerUser, _: Access) -> Answer<()> {
        Answer::Unknown
    }

    fn lock(&self, _: &Path) -> Answer<LockHolder> {
        Answer::Unknown
    }

    fn space(&self, _: &Path) -> Answer<Space> {
        Answer::Unknown
    }

    fn is_read_only(&self, _: &Path) -> Answer<bool> {
        Answer::Unknown
    }

    fn is_noexec(&self, _: &Path) -> Answer<bool> {
        Answer::Unknown
    }

    fn is_mount_point(&self, _: &Path) -> Answer<bool> {
        Answer::Unknown
    }

    fn silent(&self) -> Vec<SilentMount> {
        Vec::new()
    }

    fn is_silent(&self, _: &Path) -> bool {
        false
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
    }

    fn working_directory(&self) -> PathBuf {
        PathBuf::from("/")
    }

    fn host_name(&self) -> Answer<String> {
        answer(std::fs::read_to_string("/proc/sys/kernel/hostname").map(|name| name.trim_end().to_owned()))
    }

    fn interfaces(&self) -> Answer<Interfaces> {
        Answer::Unknown
    }

    fn machine(&self) -> Answer<Machine> {
        Answer::Unknown
    }
}
