//! Who the server's container is started as, and what it may: its `securityContext`, that of the pod, and what an image does
//! where they say nothing.

use node::{Machine, User};
use server::bootstrap::facts::{Capabilities, HostFacts};
use server::generation::OfficialImage;
use server::{Version, generation};

use crate::field::Field;
use crate::image::Family;
use crate::quantity::bytes;
use crate::workload::{Pod, all_containers};

/// What the pod decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Security {
    /// Who the container starts as; nothing where the image says that.
    pub(crate) uid: Option<u32>,
    /// Whoever that is, it is not root.
    pub(crate) is_not_root: bool,
    pub(crate) gid: Option<u32>,
    /// Those that the pod adds.
    pub(crate) groups: Vec<u32>,
    pub(crate) fs_group: Option<u32>,
    /// Nothing where the container runtime has its own default.
    pub(crate) capabilities: Option<u64>,
    pub(crate) has_read_only_root: bool,
    pub(crate) memory_limit: Option<u64>,
    pub(crate) token: Token,
}

/// What the pod makes of its service account's token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Token {
    /// The server's user may read it, or nobody can say.
    #[default]
    Any,
    /// Only root may: the kubelet gives it to the user that all containers are said to run as (`kubernetes/kubernetes`,
    /// `pkg/volume/projected`).
    OfRoot,
    Absent,
}

/// What Docker and containerd leave to root, by their numbers in `capabilities(7)`.
const DEFAULTS: [u32; 14] = [0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31];

/// Those that matter here.
const NAMED: [(&str, u32); 5] = [("CHOWN", 0), ("FOWNER", 3), ("SETGID", 6), ("SETUID", 7), ("IPC_LOCK", 14)];

impl Security {
    pub(crate) fn of(pod: &Pod<'_>, version: Option<Version>) -> Self {
        let own = pod.container.get("securityContext");
        let of_pod = pod.spec().get("securityContext");
        let either = |name: &str| if own.get(name).is_there() { own.get(name) } else { of_pod.get(name) };
        let id = |field: Field<'_>| field.integer().and_then(|id| u32::try_from(id).ok());
        let uid = id(either("runAsUser"));
        let of_image = if uid.is_none() { of_image(pod, version) } else { None };
        let is_not_root = uid.is_some_and(|uid| uid != 0)
            || of_image.is_some()
            || (uid.is_none() && either("runAsNonRoot").boolean() == Some(true));
        let fs_group = id(of_pod.get("fsGroup"));
        let mut all = all_containers(pod.spec());
        let is_root = |container: Field<'_>| {
            let own = container.at(&["securityContext", "runAsUser"]);
            id(if own.is_there() { own } else { of_pod.get("runAsUser") }) == Some(0)
        };
        let token = match pod.spec().get("automountServiceAccountToken").boolean() {
            Some(false) => Token::Absent,
            _ if fs_group.is_none() && all.all(is_root) => Token::OfRoot,
            _ => Token::Any,
        };
        let supplementary = of_pod.get("supplementalGroups").items().filter_map(id);
        Self {
            uid: uid.or(of_image),
            is_not_root,
            gid: id(either("runAsGroup")),
            groups: supplementary.chain(fs_group).collect(),
            fs_group,
            capabilities: capabilities(own),
            token,
            has_read_only_root: own.get("readOnlyRootFilesystem").boolean() == Some(true),
            memory_limit: pod
                .container
                .at(&["resources", "limits", "memory"])
                .number_or_text()
                .and_then(bytes),
        }
    }

    /// As the node sees it. Where nobody can say who starts it, it is root, who becomes somebody else: no rule says anything
    /// about that.
    pub(crate) fn machine(&self) -> Machine {
        let uid = self.uid.unwrap_or(if self.is_not_root { 1000 } else { 0 });
        let gid = self.gid.unwrap_or(0);
        let mut groups = self.groups.clone();
        groups.push(gid);
        // Only root has what is not asked for, and whether it is root has to be known.
        let capabilities = self.capabilities.filter(|_| self.uid.is_some() || self.is_not_root);
        let capabilities = capabilities.map(|bounding| {
            let effective = if uid == 0 { bounding } else { 0 };
            Capabilities { bounding, permitted: effective, effective }
        });
        Machine {
            user: User { uid, groups, effective_uid: uid },
            namespace: None,
            host: HostFacts {
                uid,
                gid,
                capabilities,
                memory_limit: self.memory_limit,
                ..HostFacts::default()
            },
        }
    }
}

/// Who the images of known families start as, where they do not start as root.
fn of_image(pod: &Pod<'_>, version: Option<Version>) -> Option<u32> {
    match pod.image.family {
        Family::Bitnami => Some(1001),
        Family::Official => {
            let image = generation(version?).image;
            (image == OfficialImage::Unprivileged).then_some(1000)
        }
        _ => None,
    }
}

fn capabilities(own: Field<'_>) -> Option<u64> {
    if own.get("privileged").boolean() == Some(true) {
        return Some(u64::MAX);
    }
    let lists = own.get("capabilities");
    if !lists.is_there() {
        return None;
    }
    let mut set: u64 = DEFAULTS.iter().fold(0, |set, bit| set | 1 << bit);
    for (list, adds) in [("drop", false), ("add", true)] {
        for name in lists.get(list).items().filter_map(Field::text) {
            let name = name.to_ascii_uppercase();
            let name = name.strip_prefix("CAP_").unwrap_or(&name);
            let found = NAMED.iter().find(|(known, _)| *known == name).map(|(_, bit)| 1 << bit);
            let bits = if name == "ALL" { u64::MAX } else { found.unwrap_or(0) };
            set = if adds { set | bits } else { set & !bits };
        }
    }
    Some(set)
}
