//! Whether this process can become the server's user, as the kernel decides it: capabilities(7), `user_namespaces(7)`.

use diagnostics::Finding;
use server::bootstrap::facts::{SETGID, SETUID};

use crate::identity::Identity;
use crate::world::Machine;

/// What keeps root from becoming that user; a start would end with 126.
pub(crate) fn check(identity: &Identity, machine: &Machine) -> Option<Finding> {
    let Identity { uid, gid, groups, .. } = identity;
    let host = &machine.host;
    let namespace = machine.namespace.as_ref();
    // What is as it shall be needs no right to change it.
    let changes_groups = namespace.is_some_and(|it| sorted(&it.supplementary) != sorted(groups));
    if let Some(namespace) = namespace {
        let missing = if namespace.has_user(*uid) {
            let all = groups.iter().chain([gid]);
            let groups = all.copied().find(|id| !namespace.has_group(*id));
            groups.map(|id| format!("group {id}"))
        } else {
            Some(format!("user {uid}"))
        };
        if let Some(missing) = missing {
            let message = format!("the server cannot become {missing}: this user namespace has no such id");
            return Some(finding(message).help(
                "name a user and a group that it has with `--user`, or give the engine more ids (rootless: `/etc/subuid` and \
                 `/etc/subgid`)",
            ));
        }
        if changes_groups && namespace.keeps_groups {
            let message = format!(
                "the server cannot become user {uid}: this user namespace keeps the groups that we have"
            );
            return Some(finding(message).help(
                "`setgroups` is denied in it: start the container as the server's user, or let the engine write the map of \
                 groups with `newgidmap`",
            ));
        }
    }
    let capabilities = host.capabilities?.effective;
    let needed =
        [("SETGID", changes_groups || *gid != host.gid, SETGID), ("SETUID", *uid != host.uid, SETUID)];
    let missing: Vec<&str> = needed
        .into_iter()
        .filter(|(_, is_needed, bit)| *is_needed && capabilities & bit == 0)
        .map(|(name, ..)| name)
        .collect();
    if missing.is_empty() {
        return None;
    }
    let (word, all) = match &missing[..] {
        [one] => ("capability", format!("`{one}`")),
        both => ("capabilities", format!("`{}`", both.join("` and `"))),
    };
    let message = format!("the server cannot become user {uid} and group {gid} without the {word} {all}");
    Some(finding(message).help(format!(
        "start the container as that user: `docker run --user {uid}:{gid}`, in compose `user: \"{uid}:{gid}\"`, in Kubernetes \
         `securityContext.runAsUser: {uid}`; or start it as root and add `SETUID`, `SETGID` and `CHOWN`"
    )))
}

fn finding(message: String) -> Finding {
    Finding::error("host/user", message)
}

fn sorted(groups: &[u32]) -> Vec<u32> {
    let mut groups = groups.to_vec();
    diagnostics::order::sort(&mut groups);
    groups.dedup();
    groups
}

#[cfg(test)]
mod tests {
    use server::bootstrap::facts::{Capabilities, HostFacts};

    use super::*;
    use crate::world::{User, UserNamespace};

    const ALL: (u32, u32) = (0, u32::MAX);

    fn machine(effective: Option<u64>, namespace: impl Into<Option<UserNamespace>>) -> Machine {
        let capabilities = effective.map(|effective| Capabilities { effective, ..Capabilities::default() });
        Machine {
            user: User { uid: 0, groups: vec![0], effective_uid: 0 },
            namespace: namespace.into(),
            host: HostFacts { capabilities, ..HostFacts::default() },
        }
    }

    fn namespace(users: &[(u32, u32)], keeps_groups: bool, supplementary: &[u32]) -> UserNamespace {
        let users = users.to_vec();
        UserNamespace { groups: users.clone(), users, keeps_groups, supplementary: supplementary.to_vec() }
    }

    fn found(identity: (u32, u32, &[u32]), machine: &Machine) -> Option<String> {
        let (uid, gid, groups) = identity;
        let identity = Identity { uid, gid, groups: groups.to_vec(), home: None };
        check(&identity, machine).map(|finding| finding.message.clone())
    }

    #[test]
    fn who_cannot_become_the_servers_user() {
        let whole = || namespace(&[ALL], false, &[]);
        let both = "the server cannot become user 1000 and group 1000 without the capabilities `SETGID` and `SETUID`";
        for (identity, machine, expected) in [
            ((1000, 1000, &[][..]), machine(Some(SETUID | SETGID), whole()), None),
            ((1000, 1000, &[]), machine(Some(0), whole()), Some(both)),
            (
                (1000, 0, &[]),
                machine(Some(0), whole()),
                Some("the server cannot become user 1000 and group 0 without the capability `SETUID`"),
            ),
            (
                (1000, 0, &[]),
                machine(Some(SETUID), namespace(&[ALL], false, &[0, 5])),
                Some("the server cannot become user 1000 and group 0 without the capability `SETGID`"),
            ),
            ((1000, 0, &[5, 0]), machine(Some(SETUID), namespace(&[ALL], false, &[0, 5])), None),
            // Nothing changes.
            ((0, 0, &[]), machine(Some(0), whole()), None),
            (
                (1000, 0, &[]),
                machine(Some(u64::MAX), namespace(&[(0, 1000)], false, &[])),
                Some("the server cannot become user 1000: this user namespace has no such id"),
            ),
            ((1000, 0, &[]), machine(Some(u64::MAX), namespace(&[(0, 1), (1, 65536)], false, &[])), None),
            (
                (5, 5, &[1000]),
                machine(Some(u64::MAX), namespace(&[(0, 1000)], false, &[])),
                Some("the server cannot become group 1000: this user namespace has no such id"),
            ),
            (
                (5, 0, &[]),
                machine(Some(u64::MAX), namespace(&[(0, 1000)], true, &[0])),
                Some("the server cannot become user 5: this user namespace keeps the groups that we have"),
            ),
            ((5, 0, &[0]), machine(Some(u64::MAX), namespace(&[(0, 1000)], true, &[0])), None),
            // What is not known is no mistake.
            ((1000, 1000, &[7]), machine(None, None), None),
        ] {
            assert_eq!(found(identity, &machine).as_deref(), expected, "{identity:?} {machine:?}");
        }
    }
}
