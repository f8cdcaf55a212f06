//! A file system of our own, which answers what we want: the raw protocol of `/dev/fuse`, see fuse(4) and linux/fuse.h.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::sync::Mutex;
use std::time::Duration;

use crate::common::skip;
use crate::lab::{Ended, Lab, ended, root};

/// A directory with one file in it, `elasticsearch.yml`.
#[derive(Clone, Copy)]
struct Served {
    /// Owner, group and mode of the directory.
    owner: (u32, u32, u32),
    /// Whether the content of the file is given; the question is never answered otherwise.
    reads: bool,
}

const CONTENT: &[u8] = b"cluster.name: x\n";
const FILE: &[u8] = b"elasticsearch.yml";
const EPERM: i32 = 1;
const ENOENT: i32 = 2;
const EINTR: i32 = 4;
const ENOSYS: i32 = 38;

/// Numbers one after the other, in the order of bytes of the machine.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn long(mut self, numbers: &[u64]) -> Self {
        self.0.extend(numbers.iter().flat_map(|number| number.to_ne_bytes()));
        self
    }

    fn short(mut self, numbers: &[u32]) -> Self {
        self.0.extend(numbers.iter().flat_map(|number| number.to_ne_bytes()));
        self
    }

    /// `struct fuse_attr` of the directory (1) or the file (2).
    fn attributes(self, node: u64, served: Served) -> Self {
        let (uid, gid, mode) = served.owner;
        let (mode, size) = if node == 1 { (0o040_000 | mode, 0) } else { (0o100_644, CONTENT.len() as u64) };
        self.long(&[node, size, 0, 0, 0, 0]).short(&[0, 0, 0, mode, 1, uid, gid, 0, 4096, 0])
    }
}

/// The questions that get no answer as long as the command is there. Who asked them cannot be killed before, and holds
/// the mount.
struct Waiting {
    device: File,
    /// Nothing once it is over: the kernel asks for the same page once more where it got an error for it.
    questions: Mutex<Option<Vec<u64>>>,
}

impl Waiting {
    fn is_over(&self) -> bool {
        self.questions.lock().unwrap().is_none()
    }

    /// Whether this question may wait.
    fn takes(&self, unique: u64) -> bool {
        self.questions.lock().unwrap().as_mut().map(|questions| questions.push(unique)).is_some()
    }
}

/// However the command ends, a failed assertion included.
struct Release<'a>(&'a Waiting);

impl Drop for Release<'_> {
    fn drop(&mut self) {
        let questions = self.0.questions.lock().unwrap().take();
        questions.unwrap_or_default().iter().for_each(|unique| reply(&self.0.device, *unique, -EPERM, &[]));
    }
}

/// Answers until the file system is gone.
fn serve(mut device: File, served: Served, waiting: &Waiting) {
    let mut request = vec![0; 1 << 17];
    loop {
        let length = match device.read(&mut request) {
            Ok(length) => length,
            // Not mounted yet.
            Err(error) if error.raw_os_error() == Some(EPERM) && !waiting.is_over() => {
                std::thread::yield_now();
                continue;
            }
            // Given up while it was read.
            Err(error) if [Some(ENOENT), Some(EINTR)].contains(&error.raw_os_error()) => continue,
            Err(_) => return,
        };
        let number = |offset: usize| u32::from_ne_bytes(request[offset..offset + 4].try_into().unwrap());
        let unique = u64::from_ne_bytes(request[8..16].try_into().unwrap());
        let node = u64::from_ne_bytes(request[16..24].try_into().unwrap());
        let body = Bytes::default();
        let answer = match number(4) {
            // LOOKUP
            1 if request[40..length - 1] == *FILE => {
                Ok(body.long(&[2, 0, 0, 0]).short(&[0, 0]).attributes(2, served))
            }
            1 => Err(ENOENT),
            // FORGET, BATCH_FORGET
            2 | 42 => continue,
            // GETATTR
            3 => Ok(body.long(&[0, 0]).attributes(node, served)),
            // OPEN, OPENDIR
            14 | 27 => Ok(body.long(&[0, 0])),
            // READ
            15 if served.reads => Ok(Bytes(CONTENT.to_vec())),
            15 if waiting.takes(unique) => continue,
            // SETATTR, and a READ once it is over.
            4 | 15 => Err(EPERM),
            // STATFS
            17 => {
                Ok(body.long(&[1000, 1000, 1000, 1000, 1000]).short(&[4096, 255, 4096, 0]).long(&[0, 0, 0]))
            }
            // INIT
            26 => Ok(body.short(&[7, 31, 0, 0, 0, 1 << 16, 1]).short(&[0; 9])),
            // READDIR: `struct fuse_dirent`, once.
            28 if u64::from_ne_bytes(request[48..56].try_into().unwrap()) == 0 => {
                let mut entry = body.long(&[2, 1]).short(&[u32::try_from(FILE.len()).unwrap(), 8]);
                entry.0.extend_from_slice(FILE);
                entry.0.resize(entry.0.len().next_multiple_of(8), 0);
                Ok(entry)
            }
            // The end of READDIR; RELEASE, FLUSH, RELEASEDIR
            18 | 25 | 28 | 29 => Ok(body),
            _ => Err(ENOSYS),
        };
        let (error, body) = match answer {
            Ok(body) => (0, body.0),
            Err(error) => (-error, Vec::new()),
        };
        reply(&device, unique, error, &body);
    }
}

fn reply(mut device: &File, unique: u64, error: i32, body: &[u8]) {
    let mut reply = Bytes::default().short(&[u32::try_from(16 + body.len()).unwrap()]).0;
    reply.extend(error.to_ne_bytes());
    reply.extend(unique.to_ne_bytes());
    reply.extend(body);
    // A question that was given up needs no answer.
    let _ = device.write(&reply);
}

const MOUNT: &str = "place=$1; shift
mount -i -t fuse -o fd=0,rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions none \"$place\" || exit 99
exec \"$@\" </dev/null";

/// The command, with that file system in its place. Nothing where there can be none.
fn within(lab: &Lab, place: &str, served: Served, words: &[&str]) -> Option<Ended> {
    let device = OpenOptions::new().read(true).write(true).open("/dev/fuse").ok()?;
    let place = lab.text(place);
    let prefix = ["unshare", "--mount", "--propagation=private", "sh", "-c", MOUNT, "sh", &place];
    let mut command = lab.prefixed(&prefix, words);
    command.stdin(Stdio::from(device.try_clone().unwrap()));
    let waiting = Waiting { device: device.try_clone().unwrap(), questions: Mutex::new(Some(Vec::new())) };
    let found = std::thread::scope(|scope| {
        scope.spawn(|| serve(device, served, &waiting));
        let _release = Release(&waiting);
        ended(command)
    });
    if found.code == 99 {
        skip("FUSE may not be mounted");
        return None;
    }
    Some(found)
}

/// Nobody can know before: the volume says no only when it is asked.
#[test]
fn a_volume_that_refuses_its_new_owner() {
    if !root("mounting") {
        return;
    }
    let lab = Lab::new("refused");
    lab.write("home/config/elasticsearch.yml", "cluster.name: x\n");
    let served = |mode| Served { owner: (7, 8, mode), reads: true };
    let Some(found) = within(&lab, "home/data", served(0o755), &["run"]) else { return };
    assert_eq!((found.code, found.started()), (78, false), "{found:?}");
    let data = lab.text("home/data");
    let expected = format!(
        "es-entrypoint: warn: cannot give `{data}` to the server's user: Operation not permitted (os error 1)\n\
         error[host/data-not-writable]: `path.data` is `{data}`, which belongs to 7:8 with mode 0755: user 1000 cannot write there\n\
         \x20 = help: the volume refuses a change of its owner (NFS with root squash, a shared folder of the host): `chown 1000 {data}` \
         on the machine that it comes from, in Kubernetes `fsGroup: 1000` in the pod's `securityContext`, or `--user 7:8`, who owns it\n\
         1 error\n"
    );
    assert_eq!(found.errors, expected);
    // Who may write there anyway needs no owner.
    let found = within(&lab, "home/data", served(0o777), &["run"]).unwrap();
    assert!(found.started() && !found.errors.contains("warn"), "{found:?}");
    let found = within(&lab, "home/data", served(0o755), &["run", "--user", "7:8"]).unwrap();
    assert!(found.started() && !found.errors.contains("warn"), "{found:?}");
}

/// A server that answers some questions and not others.
#[test]
fn a_file_whose_content_never_comes() {
    if !root("mounting") {
        return;
    }
    let lab = Lab::new("unread");
    let served = |reads| Served { owner: (0, 0, 0o755), reads };
    let Some(found) = within(&lab, "home/config", served(true), &["check"]) else { return };
    assert_eq!((found.code, found.output.as_str()), (0, ""), "{found:?}");
    let found = within(&lab, "home/config", served(false), &["check"]).unwrap();
    let path = lab.text("home/config/elasticsearch.yml");
    let expected = format!("warning[files/no-answer]: `{path}` gave no answer within 10 seconds");
    assert!(found.code == 0 && found.output.starts_with(&expected), "{found:?}");
    assert!(found.took > Duration::from_secs(10) && found.took < Duration::from_secs(60), "{found:?}");
}
