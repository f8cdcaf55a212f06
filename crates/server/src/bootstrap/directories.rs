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
        // Root makes it; what remains is the way there.
        _ if inputs.handover == Handover::Given => format!("{is}, which user {uid} cannot reach: {closed}"),
        _ => format!("{is}, which user {uid} cannot create: {closed}"),
    };
    error(message, help(inputs, directory, closed))
}

fn help(inputs: &HostInputs, directory: &Directory, closed: &Closed) -> String {
    let uid = inputs.server_uid;
    let path = closed.path();
    let shown = path.display();
    let is_there = directory.nearest == directory.path;
    let is_on_the_way = path != directory.nearest && directory.nearest.starts_with(path);
    if is_on_the_way || (!is_there && inputs.handover == Handover::Given) {
        return format!("let user {uid} through with `chmod o+x {shown}`, or name another directory");
    }
    if let Closed::Mode { owner, .. } = closed
        && owner.uid == uid
    {
        return format!(
            "`chmod u+rwx {shown}`: it belongs to user {uid} already, and its mode keeps that user out"
        );
    }
    let wanted = directory.path.display();
    let (hand_over, itself) = if is_there {
        let kubernetes = fs_group(uid);
        let by_hand = format!(
            "`chown {uid} {shown}`, {kubernetes} (not for a hostPath volume: `chown` that on the node)"
        );
        (by_hand, "changes the owner")
    } else {
        // What is above it may be the system's: that keeps its owner.
        (
            format!("`mkdir -p {wanted} && chown {uid} {wanted}` as root, or mount a volume there"),
            "makes the directory for that user",
        )
    };
    match inputs.handover {
        Handover::NotRoot => {
            format!(
                "{hand_over}, or start the container as root: es-entrypoint then {itself} before it drops root"
            )
        }
        Handover::NoCapability => format!(
            "{hand_over}, or let es-entrypoint change the owner: it needs the capability `CHOWN` for that \
             (`docker run --cap-add CHOWN`)"
        ),
        Handover::Off => {
            format!("{hand_over}, or do without `--chown off`: es-entrypoint then {itself}")
        }
        Handover::Refused => {
            let refuses = "the volume refuses a change of its owner (NFS with root squash, a shared folder of the host)";
            let as_owner = match closed {
                Closed::Mode { owner, .. } if owner.uid != 0 => {
                    format!(", or `--user {}:{}`, who owns it", owner.uid, owner.gid)
                }
                _ => String::new(),
            };
            let kubernetes = fs_group(uid);
            format!(
                "{refuses}: `chown {uid} {shown}` on the machine that it comes from, {kubernetes}{as_owner}"
            )
        }
        Handover::Given => {
            format!("`chmod u+rwx {shown}`: user {uid} will own it, and its mode keeps the owner out")
        }
    }
}

/// What makes Kubernetes give a volume to a user. Any group will do: the pod's processes get it, and the volume, too.
fn fs_group(group: u32) -> String {
    format!("in Kubernetes `fsGroup: {group}` in the pod's `securityContext`")
}
