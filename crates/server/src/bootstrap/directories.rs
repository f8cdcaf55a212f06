//! The directories that the server writes to.

use diagnostics::Finding;

use super::facts::{Directory, Handover};
use super::inputs::HostInputs;
use crate::access::Closed;

/// What keeps the server from writing there.
pub(super) fn writable(inputs: &HostInputs, directory: &Directory) -> Option<Finding> {
    let shown = directory.path.display();
    let is = format!("`{}` is `{shown}`", directory.setting);
    let error = |message: String, help: String| {
        Some(Finding::error("host/data-not-writable", message).setting(directory.setting.clone()).help(help))
    };
    if !directory.is_directory {
        return error(
            format!("{is}, which is not a directory"),
            "mount a directory there, or name another one".to_owned(),
        );
    }
    if directory.read_only {
        return error(
            format!("{is}, which is on a read-only file system"),
            format!(
                "mount a volume there: `docker run -v NAME:{shown}`, or `--tmpfs {shown}` for one that may be lost"
            ),
        );
    }
    if let Some(reason) = &directory.cannot_make {
        return error(
            format!("{is}, which cannot be made in `{}`: {reason}", directory.nearest.display()),
            format!("mount a volume there: `docker run -v NAME:{shown}`"),
        );
    }
    let closed = directory.closed.as_ref().filter(|_| inputs.server_uid != 0)?;
    let (uid, nearest) = (inputs.server_uid, directory.nearest.as_path());
    let is_there = nearest == directory.path;
    let message = match closed {
        Closed::Mode { path, owner } if is_there && *path == directory.path => format!(
            "{is}, which belongs to {}:{} with mode {:04o}: user {uid} cannot write there",
            owner.uid,
            owner.gid,
            owner.mode & 0o7777
        ),
        _ if closed.path() != nearest && nearest.starts_with(closed.path()) => {
            format!("{is}, which user {uid} cannot reach: {closed}")
        }
        _ if is_there => format!("{is}, where user {uid} cannot write: {closed}"),
        _ => format!("{is}, which user {uid} cannot create: {closed}"),
    };
    error(message, help(inputs, directory, closed))
}

fn help(inputs: &HostInputs, directory: &Directory, closed: &Closed) -> String {
    let uid = inputs.server_uid;
    let path = closed.path();
    let shown = path.display();
    if path != directory.nearest && directory.nearest.starts_with(path) {
        return format!("let user {uid} through with `chmod o+x {shown}`, or name another directory");
    }
    let hand_over = format!(
        "`chown {uid} {shown}`, in Kubernetes `securityContext.fsGroup` (it does nothing for a hostPath volume: `chown` that on \
         the node)"
    );
    match inputs.handover {
        Handover::NotRoot => format!(
            "{hand_over}, or start the container as root: es-entrypoint then changes the owner before it drops root"
        ),
        Handover::NoCapability => format!(
            "{hand_over}, or let es-entrypoint change the owner: it needs the capability `CHOWN` for that \
             (`docker run --cap-add CHOWN`)"
        ),
        Handover::Off => {
            format!("{hand_over}, or leave `--chown off` out: es-entrypoint then changes the owner")
        }
        Handover::Refused => {
            let refuses = "the volume refuses a change of its owner (NFS with root squash, a shared folder of the host)";
            let as_owner = match closed {
                Closed::Mode { owner, .. } if owner.uid != 0 => {
                    format!(", or `--user {}:{}`, who owns it", owner.uid, owner.gid)
                }
                _ => String::new(),
            };
            format!(
                "{refuses}: `chown {uid} {shown}` where it comes from, in Kubernetes `securityContext.fsGroup`{as_owner}"
            )
        }
        Handover::Given => format!("`chmod u+rwx {shown}`: its new owner may not write there either"),
    }
}
