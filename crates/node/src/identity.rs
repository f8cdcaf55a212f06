//! Who the server shall be: `NAME|UID[:GROUP|GID]` looked up in the texts of `/etc/passwd` and `/etc/group`. Pure.

use std::ffi::OsString;

/// User and groups as numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub uid: u32,
    pub gid: u32,
    /// The supplementary groups: those that list the user, or none where a group was asked for.
    pub groups: Vec<u32>,
    /// The home directory of the entry, where there is one.
    pub home: Option<String>,
}

impl Identity {
    /// `HOME` for who changes to this user: the home of the entry, else `/`. A home that was chosen stays; none, and
    /// root's, which an engine sets for the user that it starts, was not chosen.
    pub fn set_home(&self, environment: &mut Vec<(OsString, OsString)>) {
        let home = OsString::from(self.home.as_deref().unwrap_or("/"));
        match environment.iter_mut().find(|(name, _)| name == "HOME") {
            None => environment.push(("HOME".into(), home)),
            Some((_, value)) if value.is_empty() || value == "/root" => *value = home,
            Some(_) => {}
        }
    }
}

/// The numbers of a line of `/etc/passwd`.
struct User<'a> {
    name: &'a str,
    uid: u32,
    gid: u32,
    home: &'a str,
}

/// Reads `--user`. A number is always an id, as in `chown`; an unknown number is allowed, an unknown name is not.
/// The group is the one asked for, else that of the user's entry, else 0.
pub fn resolve_user(spec: &str, passwd: &str, group: &str) -> Result<Identity, String> {
    let (user_text, group_text) = match spec.split_once(':') {
        Some((user, group)) => (user, Some(group).filter(|group| !group.is_empty())),
        None => (spec, None),
    };
    if user_text.is_empty() {
        return Err(
            "the user is empty: give a name or a number, for instance `elasticsearch` or `1000:0`".to_owned()
        );
    }
    let number = id(user_text);
    if number.is_none() && is_number_like(user_text) {
        return Err(String::from("no such user id: write a plain decimal number below 4294967295"));
    }
    let entry = users(passwd).find(|user| number.map_or(user.name == user_text, |uid| user.uid == uid));
    let uid = match (number, &entry) {
        (Some(uid), _) => uid,
        (None, Some(user)) => user.uid,
        (None, None) => {
            return Err("no such user in `/etc/passwd`; a number needs no entry there".to_owned());
        }
    };
    let mut identity = Identity {
        uid,
        gid: entry.as_ref().map_or(0, |user| user.gid),
        groups: Vec::new(),
        home: entry.as_ref().map(|user| user.home.to_owned()).filter(|home| !home.is_empty()),
    };
    match (group_text, &entry) {
        (Some(text), _) => identity.gid = resolve_group(text, group)?,
        (None, Some(user)) => {
            identity.groups = groups(group)
                .filter(|(_, _, members)| members.split(',').any(|member| member == user.name))
                .map(|(_, gid, _)| gid)
                .collect();
        }
        (None, None) => {}
    }
    Ok(identity)
}

fn resolve_group(text: &str, group: &str) -> Result<u32, String> {
    if let Some(gid) = id(text) {
        return Ok(gid);
    }
    if is_number_like(text) {
        return Err(String::from("no such group id: write a plain decimal number below 4294967295"));
    }
    groups(group)
        .find(|(name, _, _)| *name == text)
        .map(|(_, gid, _)| gid)
        .ok_or_else(|| String::from("no such group in `/etc/group`; a number needs no entry there"))
}

/// A plain decimal id. The highest 32-bit number means "unchanged" to the kernel and is none.
fn id(text: &str) -> Option<u32> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|id| plain && *id != u32::MAX)
}

/// Looks like a number and is no user's name, so the message can say what is wrong.
fn is_number_like(text: &str) -> bool {
    text.trim_start().trim_start_matches(['+', '-']).starts_with(|first: char| first.is_ascii_digit())
        && !text
            .trim()
            .contains(|c: char| c.is_ascii_alphabetic() && !matches!(c, 'x' | 'X' | 'a'..='f' | 'A'..='F'))
}

/// The entries whose ids are numbers; other lines are skipped.
fn users(passwd: &str) -> impl Iterator<Item = User<'_>> {
    passwd.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty() && !name.starts_with('#'))?;
        let uid = id(fields.nth(1)?)?;
        let gid = id(fields.next()?)?;
        Some(User { name, uid, gid, home: fields.nth(1).unwrap_or("") })
    })
}

/// Name, id and members of each group.
fn groups(group: &str) -> impl Iterator<Item = (&str, u32, &str)> {
    group.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next().filter(|name| !name.is_empty() && !name.starts_with('#'))?;
        let gid = id(fields.nth(1)?)?;
        Some((name, gid, fields.next().unwrap_or("").trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "\
root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
games:x:5:60:games:/usr/games:/usr/sbin/nologin
# a comment:x:7:7::/:
broken:x:abc:1::/:
short:x:9
1000:x:77:77:a name of digits:/seventy:
elasticsearch:x:1001:0:server:/usr/share/elasticsearch:/bin/false
minus:x:-1:-1::/:
last:x:4294967295:4294967295::/:";
    const GROUP: &str = "\
root:x:0:
daemon:x:1:
games:x:60:
users:x:100:games,elasticsearch
disk:x:6:elasticsearch
similar:x:8:elasticsearch2,xelasticsearch
broken:x:zzz:games";

    /// Rule 21: what gosu accepts means the same here; what could become root by mistake is refused.
    #[test]
    fn rule_21_user_specifications() {
        type Row = (&'static str, (u32, u32, &'static [u32], Option<&'static str>));
        let table: [Row; 14] = [
            ("0", (0, 0, &[], Some("/root"))),
            ("0:0", (0, 0, &[], Some("/root"))),
            ("0:", (0, 0, &[], Some("/root"))),
            ("root", (0, 0, &[], Some("/root"))),
            ("0:root", (0, 0, &[], Some("/root"))),
            ("root:60", (0, 60, &[], Some("/root"))),
            // A number is an id, even where it is a user's name.
            ("1000", (1000, 0, &[], None)),
            ("1000:1000", (1000, 1000, &[], None)),
            ("1000:0", (1000, 0, &[], None)),
            ("games", (5, 60, &[100], Some("/usr/games"))),
            // A group that was asked for is the only one.
            ("games:daemon", (5, 1, &[], Some("/usr/games"))),
            ("elasticsearch", (1001, 0, &[100, 6], Some("/usr/share/elasticsearch"))),
            ("1001", (1001, 0, &[100, 6], Some("/usr/share/elasticsearch"))),
            ("4294967294:4294967294", (4_294_967_294, 4_294_967_294, &[], None)),
        ];
        for (spec, (uid, gid, groups, home)) in table {
            let home = home.map(str::to_owned);
            assert_eq!(
                resolve_user(spec, PASSWD, GROUP),
                Ok(Identity { uid, gid, groups: groups.to_vec(), home }),
                "{spec}"
            );
        }
    }

    #[test]
    fn home_of_who_changes() {
        let known = resolve_user("games", PASSWD, GROUP).unwrap();
        let unknown = resolve_user("12345", PASSWD, GROUP).unwrap();
        for (identity, before, after) in [
            (&known, None, "/usr/games"),
            (&known, Some(""), "/usr/games"),
            (&known, Some("/root"), "/usr/games"),
            (&known, Some("/srv"), "/srv"),
            (&unknown, Some("/root"), "/"),
            (&unknown, None, "/"),
        ] {
            let mut environment = vec![("A".into(), "1".into())];
            environment.extend(before.map(|home| ("HOME".into(), home.into())));
            identity.set_home(&mut environment);
            let wanted = [("A".into(), "1".into()), ("HOME".into(), OsString::from(after))];
            assert_eq!(environment, wanted, "{before:?}");
        }
    }

    #[test]
    fn rule_21_refused_specifications() {
        let empty =
            "the user is empty: give a name or a number, for instance `elasticsearch` or `1000:0`".to_owned();
        // Without the text: a mistyped command line can hold anything.
        let no_user = || "no such user in `/etc/passwd`; a number needs no entry there".to_owned();
        let no_group = || "no such group in `/etc/group`; a number needs no entry there".to_owned();
        let wrong_user = || "no such user id: write a plain decimal number below 4294967295".to_owned();
        let wrong_group = || "no such group id: write a plain decimal number below 4294967295".to_owned();
        for (spec, message) in [
            ("", empty.clone()),
            (":0", empty.clone()),
            (":", empty),
            ("bogus", no_user()),
            (" ", no_user()),
            ("root ", no_user()),
            ("broken", no_user()),
            ("minus", no_user()),
            ("last", no_user()),
            ("# a comment", no_user()),
            ("0day", no_user()),
            ("4294967295", wrong_user()),
            ("4294967296", wrong_user()),
            ("18446744073709551616", wrong_user()),
            ("-1", wrong_user()),
            ("+0", wrong_user()),
            ("0x0", wrong_user()),
            (" 0", wrong_user()),
            ("1000.5", wrong_user()),
            ("0:bogus", no_group()),
            ("0:0day", no_group()),
            ("0:broken", no_group()),
            ("nobody:4294967296", no_user()),
            ("games:4294967296", wrong_group()),
            ("games:4294967295", wrong_group()),
            ("games:-1", wrong_group()),
            ("games: 0", wrong_group()),
            ("games:0:0", wrong_group()),
        ] {
            assert_eq!(resolve_user(spec, PASSWD, GROUP), Err(message), "{spec:?}");
        }
        assert_eq!(resolve_user("root", "", ""), Err(no_user()));
    }
}
