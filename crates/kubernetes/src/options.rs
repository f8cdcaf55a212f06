//! What the caller asks for.

use std::ffi::OsString;

use node::Request;

/// Reads a command line and the variables beside it.
pub type OwnRequest<'a> = &'a (dyn Fn(&[OsString], &[(OsString, OsString)]) -> Option<Request> + Sync);

/// Does a piece of work for each number below the first one, in whatever order, perhaps several at once; ends when all are done.
pub type Share<'a> = &'a (dyn Fn(usize, &(dyn Fn(usize) + Sync)) + Sync);

/// What does not depend on the manifests.
pub struct Options<'a> {
    /// What the command line of `check` asks of every pod.
    pub request: Request,
    /// The minor version of Kubernetes 1 that the manifests are for; nothing is the newest known.
    pub kubernetes_minor: Option<u32>,
    /// Whether comments and annotations that allow findings count.
    pub suppressions: bool,
    /// What a container that starts this program asks for with its arguments and its variables; nothing where they cannot be
    /// read.
    pub own_request: OwnRequest<'a>,
    /// How work is done whose pieces know nothing of each other.
    pub share: Share<'a>,
}
