//! Who the child and its supervisor are: gosu's table of users, with an `/etc` of the test's own.

use super::genuine;
use super::lab::{self, Mode, output, prefixed};
use crate::common::{binary, skip};

/// In a mount namespace, where `/etc` and `/mnt` are empty; only root may make one.
fn as_root() -> bool {
    let allowed = prefixed(Mode::Ordinary, &["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !allowed {
        skip("changing the user and mounting need root");
    }
    allowed
}

/// `77` is somebody's name; games and 1001 are in further groups.
const PASSWD: &str = "\
root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
games:x:5:60:games:/usr/games:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
elasticsearch:x:1001:0:server:/usr/share/elasticsearch:/bin/false
homeless:x:1002:7:::/bin/false
77:x:78:79:a name of digits:/seventy-seven:/bin/sh
";
const GROUP: &str = "\
root:x:0:
daemon:x:1:
games:x:60:
users:x:100:games,elasticsearch
disk:x:6:elasticsearch,root
77:x:80:
";

/// Runs the words where `/etc` has these two files, or none.
fn with_users(files: Option<(&str, &str)>, home: Option<&str>, words: &[&str]) -> (i32, String, String) {
    let write =
        files.map_or("", |_| "printf %s \"$PASSWD\" >/etc/passwd && printf %s \"$GROUP\" >/etc/group &&");
    let script = format!("mount -t tmpfs none /etc && {write} unset PASSWD GROUP; exec \"$@\"");
    let words = [&["unshare", "--mount", "sh", "-c", &script, "sh"], words].concat();
    let mut command = prefixed(Mode::Ordinary, &words);
    if let Some((passwd, group)) = files {
        command.env("PASSWD", passwd).env("GROUP", group);
    }
    if let Some(home) = home {
        command.env("HOME", home);
    }
    output(&mut command)
}

/// Identity and capabilities of a process as the kernel lists them; nothing may be in the bounding set that was not.
fn expected(uid: u32, gid: u32, groups: &str, new_privileges: bool) -> String {
    let own = |name| lab::status(std::process::id().cast_signed(), name);
    let (none, bounding) = ("0000000000000000".to_owned(), own("CapBnd"));
    let held = if uid == 0 { own("CapPrm") } else { none.clone() };
    format!(
        "Uid: {uid} {uid} {uid} {uid}\nGid: {gid} {gid} {gid} {gid}\nGroups: {groups}\nCapInh: {none}\nCapPrm: {held}\n\
         CapEff: {held}\nCapBnd: {bounding}\nCapAmb: {none}\nNoNewPrivs: {}\n",
        u8::from(!new_privileges)
    )
}

/// What the process of that path in `/proc` is, one blank between two fields.
const SHOW: &str =
    "sed -nE '/^(Uid|Gid|Groups|Cap...|NoNewPrivs):/{s/[[:space:]]+/ /g;s/ $//;s/:$/: /;p;}' /proc/$1/status";

fn show(which: &str, also: &str) -> String {
    format!("set -- {which}; {SHOW}; {also}")
}

/// Whether gosu means the same.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Gosu {
    Agrees,
    /// It knows no difference between a name and a number.
    Differs,
}
use Gosu::{Agrees, Differs};

#[test]
fn rule_21_the_table_of_gosu() {
    if !as_root() {
        return;
    }
    let gosu = genuine("gosu");
    let binary = binary().to_str().unwrap();
    for (spec, (uid, gid, groups, home), other) in [
        ("0", (0, 0, "6", "/root"), Agrees),
        ("0:0", (0, 0, "", "/root"), Agrees),
        ("0:", (0, 0, "6", "/root"), Agrees),
        ("root", (0, 0, "6", "/root"), Agrees),
        ("0:root", (0, 0, "", "/root"), Agrees),
        ("root:60", (0, 60, "", "/root"), Agrees),
        ("1000", (1000, 0, "", "/"), Agrees),
        ("1000:1000", (1000, 1000, "", "/"), Agrees),
        ("1000:0", (1000, 0, "", "/"), Agrees),
        ("1000:games", (1000, 60, "", "/"), Agrees),
        ("games", (5, 60, "100", "/usr/games"), Agrees),
        ("5", (5, 60, "100", "/usr/games"), Agrees),
        ("games:daemon", (5, 1, "", "/usr/games"), Agrees),
        ("games:60", (5, 60, "", "/usr/games"), Agrees),
        ("nobody", (65534, 65534, "", "/nonexistent"), Agrees),
        ("nobody:0", (65534, 0, "", "/nonexistent"), Agrees),
        ("elasticsearch", (1001, 0, "6 100", "/usr/share/elasticsearch"), Agrees),
        ("elasticsearch:elasticsearch", (0, 0, "", ""), Agrees),
        ("2147483647:2147483647", (2_147_483_647, 2_147_483_647, "", "/"), Agrees),
        ("4294967294", (4_294_967_294, 0, "", "/"), Differs),
        ("77", (77, 0, "", "/"), Differs),
        ("0:77", (0, 77, "", "/root"), Differs),
    ] {
        let files = Some((PASSWD, GROUP));
        let refused = home.is_empty();
        let child = show("$$", "echo HOME=$HOME");
        let supervisor = show("$PPID", "");
        let run = |words: &[&str], script: &str| {
            with_users(files, Some("/root"), &[words, &["sh", "-c", script]].concat())
        };
        let ours = run(&[binary, "init", "--user", spec], &child);
        if refused {
            assert_eq!((ours.0, ours.1.as_str()), (64, ""), "{spec}");
        } else {
            let text = expected(uid, gid, groups, false) + &format!("HOME={home}\n");
            assert_eq!(ours, (0, text, String::new()), "{spec}");
            let text = expected(uid, gid, groups, false);
            assert_eq!(run(&[binary, "init", "--user", spec], &supervisor).1, text, "{spec}: the supervisor");
        }
        if let (Some(gosu), Agrees) = (&gosu, other) {
            let theirs = run(&[gosu, spec], &child);
            if refused {
                assert_eq!(theirs.0, 1, "{spec}: gosu {theirs:?}");
            } else {
                let text = expected(uid, gid, groups, true) + &format!("HOME={home}\n");
                assert_eq!((theirs.0, theirs.1), (0, text), "{spec}: gosu");
            }
        }
    }
}

#[test]
fn rule_21_who_is_nobody_is_never_root() {
    if !as_root() {
        return;
    }
    let gosu = genuine("gosu");
    let binary = binary().to_str().unwrap();
    let no_user = "no such user in `/etc/passwd`; a number needs no entry there";
    let no_group = "no such group in `/etc/group`; a number needs no entry there";
    let not_an_id = |what: &str| format!("no such {what} id: write a plain decimal number below 4294967295");
    let (wrong_user, wrong_group) = (not_an_id("user"), not_an_id("group"));
    for (spec, message) in [
        (":0", "the user is empty: give a name or a number, for instance `elasticsearch` or `1000:0`"),
        ("bogus", no_user),
        ("0day", no_user),
        (" ", no_user),
        ("root ", no_user),
        ("0:bogus", no_group),
        ("0:0day", no_group),
        ("4294967295", &*wrong_user),
        ("4294967296", &wrong_user),
        ("-1", &wrong_user),
        ("+0", &wrong_user),
        ("0x0", &wrong_user),
        (" 0", &wrong_user),
        ("nobody:4294967295", &wrong_group),
        ("nobody:4294967296", &wrong_group),
        ("nobody:-1", &wrong_group),
        ("0:0:0", &wrong_group),
    ] {
        let ours = with_users(Some((PASSWD, GROUP)), None, &[binary, "init", "--user", spec, "--", "id"]);
        assert_eq!(
            ours,
            (64, String::new(), format!("es-entrypoint: error: `--user`: {message}\n")),
            "{spec:?}"
        );
        // gosu takes the empty user for root, and strips nothing either.
        if let Some(gosu) = gosu.as_ref().filter(|_| !spec.starts_with([':', '+']) && spec != "0:0:0") {
            let theirs = with_users(Some((PASSWD, GROUP)), None, &[gosu, spec, "id"]);
            assert_ne!(theirs.0, 0, "{spec:?}: gosu {theirs:?}");
        }
    }
    let ours = with_users(Some((PASSWD, GROUP)), None, &[binary, "init", "--user", "", "--", "id"]);
    assert_eq!(
        ours,
        (
            64,
            String::new(),
            "error: the value of `--user` is empty\n  = help: give a value, or leave the option out\n"
                .to_owned()
        )
    );
}

#[test]
fn numbers_do_without_any_file() {
    if !as_root() {
        return;
    }
    let binary = binary().to_str().unwrap();
    for (spec, uid, gid) in [("0", 0, 0), ("0:0", 0, 0), ("1000", 1000, 0), ("1000:54", 1000, 54)] {
        let words = [binary, "init", "--user", spec, "sh", "-c", &show("$$", "echo HOME=$HOME")];
        let found = with_users(None, None, &words);
        assert_eq!(found, (0, expected(uid, gid, "", false) + "HOME=/\n", String::new()), "{spec}");
    }
    let found = with_users(None, None, &[binary, "init", "--user", "root", "id"]);
    let reported =
        "es-entrypoint: error: `--user`: no such user in `/etc/passwd`; a number needs no entry there\n";
    assert_eq!(found, (64, String::new(), reported.to_owned()));
}

/// An engine sets `HOME` for the user that it starts; a home that somebody chose stays. gosu always sets it.
#[test]
fn home_is_that_of_the_user_unless_somebody_chose_one() {
    if !as_root() {
        return;
    }
    let binary = binary().to_str().unwrap();
    for (spec, before, after) in [
        ("games", None, "/usr/games"),
        ("games", Some(""), "/usr/games"),
        ("games", Some("/root"), "/usr/games"),
        ("games", Some("/srv"), "/srv"),
        ("homeless", Some("/root"), "/"),
        ("1000", Some("/root"), "/"),
        ("root", None, "/root"),
    ] {
        let words = [binary, "init", "--user", spec, "sh", "-c", "echo $HOME"];
        let found = with_users(Some((PASSWD, GROUP)), before, &words);
        assert_eq!(found, (0, format!("{after}\n"), String::new()), "{spec} {before:?}");
    }
    // Nobody changes: nothing changes.
    let found = with_users(Some((PASSWD, GROUP)), None, &[binary, "init", "sh", "-c", "echo ${HOME-unset}"]);
    assert_eq!(found, (0, "unset\n".to_owned(), String::new()));
}

/// A user who is not root cannot change. Where that was asked for, nothing is started as somebody else, as gosu has it.
#[test]
fn who_is_not_root_stays_who_he_is() {
    if !as_root() {
        return;
    }
    let binary = binary().to_str().unwrap();
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let run = |user: &[&str]| {
        let start = [binary, "init"];
        let program = ["sh", "-c", &show("$$", "echo HOME=$HOME")];
        with_users(Some((PASSWD, GROUP)), Some("/srv"), &[&nobody[..], &start, user, &program].concat())
    };
    let stays = (0, expected(65534, 65534, "", false) + "HOME=/srv\n", String::new());
    for user in [["--user", "nobody"], ["--user", "65534:65534"]] {
        assert_eq!(run(&user), stays, "{user:?}");
    }
    for (user, ids) in
        [("games", "5:60"), ("root", "0:0"), ("65534:0", "65534:0"), ("65533:65534", "65533:65534")]
    {
        let reported = format!(
            "es-entrypoint: error: `--user` asks for {ids}, but this process is 65534:65534, and only root can become somebody \
             else: start the container as root, or as that user and without `--user`\n"
        );
        assert_eq!(run(&["--user", user]), (64, String::new(), reported), "{user}");
    }
}

#[test]
fn an_installation_that_would_make_everybody_root_is_refused() {
    if !as_root() {
        return;
    }
    let reported = "error: this program is installed setuid or setgid: everybody who may run it could become root\n  \
                = help: take that away with `chmod u-s,g-s`; in a container start it as root\n";
    let binary = binary().to_str().unwrap();
    for mode in ["4755", "2755", "6755"] {
        for words in
            ["lent init --user 0 -- id", "lent run", "lent check", "lent --help", "lent id", "dumb-init id"]
        {
            let script = format!(
                "mount -t tmpfs -o suid,exec none /mnt && install -m {mode} {binary} /mnt/lent && ln -s lent /mnt/dumb-init &&
                 exec setpriv --reuid=65534 --regid=65534 --clear-groups /mnt/{words}"
            );
            let found = output(&mut prefixed(Mode::Ordinary, &["unshare", "--mount", "sh", "-c", &script]));
            assert_eq!(found, (78, String::new(), reported.to_owned()), "{mode} {words}");
        }
    }
    // For root the mode changes nothing.
    let script = format!(
        "mount -t tmpfs -o suid,exec none /mnt && install -m 4755 {binary} /mnt/lent && exec /mnt/lent init -- echo ran"
    );
    let found = output(&mut prefixed(Mode::Ordinary, &["unshare", "--mount", "sh", "-c", &script]));
    assert_eq!(found, (0, "ran\n".to_owned(), String::new()));
}
