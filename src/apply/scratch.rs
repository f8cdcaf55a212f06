//! A directory for one start of the server, which goes away with it, and what is left of it: a file.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access, getegid, geteuid};
use server::launch::archive::end;

use super::directories::{Owner, chown_to_server, create_with_mode};
use super::write::{self, WriteError, create_error};

/// The directories in it that the server writes to.
const DIRECTORIES: [&str; 4] = ["data", "logs", "tmp", "out"];

/// The directory. Dropped, it is removed with all that is in it, and with a keystore that the server made beside its settings.
pub(crate) struct Scratch {
    path: PathBuf,
    keystore: Option<PathBuf>,
}

impl Scratch {
    /// Makes it in that directory, where the file can be written in the end. `keystore` is where the server looks for its own: it
    /// makes one, whose seed all containers of an image would share.
    ///
    /// # Errors
    /// One of them cannot be made.
    pub(crate) fn new(
        parent: &Path,
        output: &Path,
        owner: Owner,
        keystore: Option<&Path>,
    ) -> Result<Self, WriteError> {
        let directory = output.parent().unwrap_or(Path::new("."));
        let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
        access(directory, AccessFlags::W_OK | AccessFlags::X_OK)
            .map_err(|error| create_error(output, &error.into()))?;
        write::remove_stale(directory);
        let mut random = [0; 8];
        pid1::fill_randomly(&mut random);
        let path = parent.join(format!("es-entrypoint-archive-{:016x}", u64::from_ne_bytes(random)));
        create_with_mode(&path, 0o711).map_err(|error| create_error(&path, &error))?;
        let keystore = keystore.filter(|path| fs::symlink_metadata(path).is_err()).map(Path::to_owned);
        let scratch = Self { path, keystore };
        for name in DIRECTORIES {
            let path = scratch.path(name);
            create_with_mode(&path, 0o700).map_err(|error| create_error(&path, &error))?;
            chown_to_server(&path, owner);
        }
        Ok(scratch)
    }

    /// A path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The file that takes what the server prints.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn log(&self) -> Result<File, WriteError> {
        let path = self.path("log");
        File::create_new(&path).map_err(|error| create_error(&path, &error))
    }

    /// What is in that.
    pub(crate) fn printed(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.path("log")).unwrap_or_default()).into_owned()
    }

    /// Puts a file that the server made where it is for all to read and for nobody to write; gives its size, and nothing
    /// where there is none. It belongs to this user then.
    ///
    /// # Errors
    /// It cannot be written there.
    pub(crate) fn publish(&self, made: &Path, output: &Path) -> Result<Option<u64>, WriteError> {
        // From here on the server's user changes nothing there any more.
        let directory = self.path("out");
        if chown(&directory, Some(geteuid().as_raw()), Some(getegid().as_raw())).is_err() {
            return Ok(None);
        }
        let Ok(found) = fs::symlink_metadata(made) else { return Ok(None) };
        let is_plain = found.is_file() && found.nlink() == 1 && found.size() > 0;
        let finished = || {
            fs::set_permissions(made, Permissions::from_mode(0o644))?;
            OpenOptions::new().append(true).open(made)?.write_all(&end(found.size()))?;
            fs::set_permissions(made, Permissions::from_mode(0o444))
        };
        if !is_plain {
            return Ok(None);
        }
        finished().map_err(|error: std::io::Error| write::write_error(made, &error))?;
        write::copy(made, output, None, true)?;
        Ok(Some(found.size()))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
        let _ = self.keystore.as_ref().map(fs::remove_file);
    }
}

/// A port of the loopback on which nobody listens.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    listener.and_then(|listener| listener.local_addr()).map_or(9200, |address| address.port())
}
