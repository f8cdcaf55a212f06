//! Places that a start cannot use, and who may try it there: whenever `run` ends before the server starts, `check` has said
//! so in the same place, with the same user and the same capabilities. Where the server starts, it has said nothing.

use crate::common::skip;
use crate::lab::{Ended, Lab, ended, root};
use std::process::Command;

/// How a configuration comes to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Base {
    /// From the files of the configuration directory, to a copy.
    Staged,
    /// From templates, into the configuration directory.
    InPlace,
    /// It is finished.
    Finished,
}

use Base::{Finished, InPlace, Staged};

/// Who starts, as words before the command.
const PEOPLE: &[(&str, &[&str])] = &[
    ("root", &[]),
    ("root without CHOWN", &["setpriv", "--bounding-set=-chown"]),
    ("root with SETUID, SETGID and CHOWN", &["setpriv", "--bounding-set=-all,+setuid,+setgid,+chown"]),
    ("root with SETUID and SETGID", &["setpriv", "--bounding-set=-all,+setuid,+setgid"]),
    ("root without SETGID", &["setpriv", "--bounding-set=-setgid"]),
    ("root without anything", &["setpriv", "--bounding-set=-all"]),
    ("1000:0", &["setpriv", "--reuid=1000", "--regid=0", "--clear-groups"]),
    ("1000:1000", &["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups"]),
    ("65534", &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]),
];

/// What stands in the way, as commands of a shell in the directory of the lab, among mounts of its own.
const PLACES: &[(&str, &[Base], &str)] = &[
    ("nothing", &[Staged, InPlace, Finished], ""),
    // The runtime directory.
    ("read-only", &[Staged], "mkdir ro; mount -t tmpfs -o ro none ro; export ES_ENTRYPOINT_RUNTIME_DIR=ro/x"),
    ("a file as runtime directory", &[Staged], "touch runtime"),
    ("a link to nowhere as runtime directory", &[Staged], "ln -s nowhere runtime"),
    ("a runtime directory below a file", &[Staged], "touch f; export ES_ENTRYPOINT_RUNTIME_DIR=f/x"),
    ("somebody's runtime directory", &[Staged], "mkdir -m 755 runtime; chown 7 runtime"),
    ("everybody's runtime directory", &[Staged], "mkdir -m 777 runtime"),
    (
        "a full disk",
        &[Staged],
        "mkdir -m 777 runtime; mount -t tmpfs -o size=8k,mode=777 none runtime; dd if=/dev/zero of=runtime/f bs=4k count=2 2>/dev/null",
    ),
    (
        "a disk that becomes full",
        &[Staged],
        "head -c 20000 /dev/zero >home/config/f; mkdir -m 777 runtime; mount -t tmpfs -o size=16k,mode=777 none runtime",
    ),
    (
        "a disk that is just large enough",
        &[Staged],
        "head -c 20000 /dev/zero >home/config/f; mkdir -m 777 runtime; mount -t tmpfs -o size=40k,mode=777 none runtime",
    ),
    (
        "no inode left",
        &[Staged],
        "mkdir -m 777 runtime; mount -t tmpfs -o nr_inodes=2,mode=777 none runtime; touch runtime/f",
    ),
    (
        "two inodes left",
        &[Staged],
        "mkdir -m 777 runtime; mount -t tmpfs -o nr_inodes=3,mode=777 none runtime",
    ),
    ("a file as copy", &[Staged], "mkdir -m 777 runtime; touch runtime/config"),
    ("a link to nowhere as copy", &[Staged], "mkdir -m 777 runtime; ln -s nowhere runtime/config"),
    (
        "the copy of an earlier start",
        &[Staged],
        "mkdir -m 777 runtime; mkdir -m 750 runtime/config; chown 1000:0 runtime/config",
    ),
    (
        "the copy of somebody else",
        &[Staged],
        "mkdir -m 777 runtime; mkdir -m 700 runtime/config; chown 7:7 runtime/config",
    ),
    (
        "a directory in the copy",
        &[Staged],
        "mkdir -m 777 runtime; mkdir -p runtime/config/elasticsearch.yml/x; chown -R 1000:0 runtime/config; chmod 777 runtime/config",
    ),
    (
        "a mount in the copy",
        &[Staged],
        "mkdir -m 777 runtime; mkdir -p -m 777 runtime/config/elasticsearch.yml; mount -t tmpfs none runtime/config/elasticsearch.yml",
    ),
    (
        "somebody's fallback",
        &[Staged],
        "unset ES_ENTRYPOINT_RUNTIME_DIR; mount -t tmpfs -o ro none /run; mkdir -m 1777 t; export TMPDIR=$PWD/t; for u in 0 1000 65534; do mkdir t/es-entrypoint-$u; chown 7 t/es-entrypoint-$u; done",
    ),
    (
        "a fallback",
        &[Staged],
        "unset ES_ENTRYPOINT_RUNTIME_DIR; mount -t tmpfs -o ro none /run; mkdir -m 1777 t; export TMPDIR=$PWD/t",
    ),
    (
        "a fallback for everybody",
        &[Staged],
        "unset ES_ENTRYPOINT_RUNTIME_DIR; mount -t tmpfs -o ro none /run; mkdir -m 1777 t; export TMPDIR=$PWD/t; for u in 0 1000 65534; do mkdir -m 777 t/es-entrypoint-$u; chown $u t/es-entrypoint-$u; done",
    ),
    // The sources.
    ("a closed file to copy", &[Staged], "touch home/config/f; chmod 600 home/config/f"),
    (
        "somebody's file to copy",
        &[Staged],
        "touch home/config/f; chmod 600 home/config/f; chown 7 home/config/f",
    ),
    (
        "a large closed file to copy",
        &[Staged],
        "truncate -s 33M home/config/f; chmod 600 home/config/f; chown 7 home/config/f",
    ),
    (
        "a closed directory to copy",
        &[Staged],
        "mkdir -m 700 home/config/d; touch home/config/d/f; chown 7 home/config/d",
    ),
    ("a link to nowhere to copy", &[Staged], "ln -s nowhere home/config/f"),
    (
        "a closed template",
        &[InPlace],
        "chmod 600 home/config-templates/elasticsearch.yml; chown 7 home/config-templates/elasticsearch.yml",
    ),
    // The configuration directory.
    (
        "a read-only configuration",
        &[InPlace],
        "mount --bind home/config home/config; mount -o remount,ro,bind home/config",
    ),
    (
        "a configuration on a full disk",
        &[InPlace],
        "mount -t tmpfs -o size=4k,mode=777 none home/config; head -c 4096 /dev/zero >home/config/f",
    ),
    (
        "a full disk with this very configuration",
        &[InPlace],
        "mount -t tmpfs -o size=8k,mode=777 none home/config; printf 'cluster.name: x\\n' >home/config/elasticsearch.yml; head -c 4096 /dev/zero >home/config/f",
    ),
    ("a directory as target", &[InPlace], "mkdir home/config/elasticsearch.yml"),
    ("a FIFO as target", &[InPlace], "mkfifo home/config/elasticsearch.yml"),
    ("a link to nowhere as target", &[InPlace], "ln -s /nowhere/x home/config/elasticsearch.yml"),
    (
        "a link to a closed directory as target",
        &[InPlace],
        "mkdir -m 555 c; touch c/x; chown 7 c; ln -s ../../c/x home/config/elasticsearch.yml",
    ),
    (
        "somebody's target",
        &[InPlace],
        "touch home/config/elasticsearch.yml; chown 7 home/config/elasticsearch.yml; chmod 600 home/config/elasticsearch.yml",
    ),
    ("no configuration directory", &[InPlace], "rmdir home/config"),
    ("a file as configuration directory", &[InPlace], "rmdir home/config; touch home/config"),
    (
        "a link to nowhere as configuration directory",
        &[InPlace],
        "rmdir home/config; ln -s nowhere home/config",
    ),
    (
        "a file where a directory belongs",
        &[InPlace],
        "mkdir home/config-templates/d; echo 1 >home/config-templates/d/f; touch home/config/d",
    ),
    (
        "a closed directory in the configuration",
        &[InPlace],
        "mkdir home/config-templates/d; echo 1 >home/config-templates/d/f; mkdir -m 755 home/config/d; chown 7 home/config/d",
    ),
    // What the server reads.
    ("a closed configuration", &[Finished], "chmod 600 home/config/elasticsearch.yml"),
    ("a closed configuration of the group", &[Finished], "chmod 640 home/config/elasticsearch.yml"),
    ("a closed configuration directory", &[Finished], "chmod 700 home/config"),
    ("a closed directory in it", &[Finished], "mkdir -m 700 home/config/d"),
    ("a closed plugin", &[Finished], "mkdir -p -m 755 home/plugins; mkdir -m 700 home/plugins/p"),
    ("a closed way", &[Finished], "chmod 700 home"),
    // Programs.
    ("a java that nobody may execute", &[Finished], "chmod 644 java/bin/java"),
    ("a java for root alone", &[Finished], "chmod 700 java/bin/java"),
    ("a java in a closed directory", &[Finished], "chmod 700 java"),
    ("no programs on this mount", &[Finished], "mount --bind java java; mount -o remount,noexec,bind java"),
    ("a script that nobody may execute", &[Finished], "chmod 644 home/bin/elasticsearch"),
    ("a script for root alone", &[Finished], "chmod 700 home/bin/elasticsearch"),
    (
        "a script whose interpreter is not there",
        &[Finished],
        "sed -i '1s,.*,#!/nowhere/sh,' home/bin/elasticsearch",
    ),
    (
        "a script with a closed interpreter",
        &[Finished],
        "mkdir -m 700 i; cp /bin/sh i; sed -i \"1s,.*,#!$PWD/i/sh,\" home/bin/elasticsearch",
    ),
    (
        "no scripts on this mount",
        &[Finished],
        "mount --bind home/bin home/bin; mount -o remount,noexec,bind home/bin",
    ),
    // Data.
    ("closed data", &[Finished], "chmod 700 home/data"),
    ("somebody's data", &[Finished], "chmod 755 home/data; chown 7 home/data"),
    ("the servers data", &[Finished], "chmod 700 home/data; chown 1000 home/data"),
    ("data for nobody", &[Finished], "chmod 500 home/data"),
    ("read-only data", &[Finished], "mount -t tmpfs -o ro none home/data"),
    ("a file as data", &[Finished], "rmdir home/data; touch home/data"),
    ("a link to nowhere as data", &[Finished], "rmdir home/data; ln -s nowhere home/data"),
    ("data that is to be made", &[Finished], "rmdir home/data"),
    (
        "data that is to be made in a closed directory",
        &[Finished],
        "rmdir home/data; chmod 755 home; chown 7 home",
    ),
    (
        "data behind a closed directory",
        &[Finished],
        "mkdir -m 700 c; mkdir -m 777 c/data; rmdir home/data; ln -s ../c/data home/data",
    ),
    (
        "a closed lock",
        &[Finished],
        "mkdir -p home/data/x/nodes/0; touch home/data/x/nodes/0/node.lock; chmod -R 777 home/data; chmod 600 home/data/x/nodes/0/node.lock",
    ),
    (
        "a closed state",
        &[Finished],
        "mkdir -p home/data/x/nodes/0/_state; chmod -R 777 home/data; chmod 755 home/data/x/nodes/0/_state; chown 7 home/data/x/nodes/0/_state",
    ),
    ("limited files", &[Staged], "ulimit -f 0"),
    (
        "a policy without a place",
        &[Finished],
        "export JAVA_POLICY_READ=/etc/hostname ES_ENTRYPOINT_POLICY=property; touch runtime",
    ),
    (
        "a policy on a full disk",
        &[Finished],
        "export JAVA_POLICY_READ=/etc/hostname ES_ENTRYPOINT_POLICY=property; mkdir -m 777 runtime; \
         mount -t tmpfs -o size=4k,mode=777 none runtime; head -c 4096 /dev/zero >runtime/f",
    ),
    (
        "a policy",
        &[Finished],
        "export JAVA_POLICY_READ=/etc/hostname ES_ENTRYPOINT_POLICY=property; mkdir -m 777 runtime",
    ),
    (
        "a policy in a closed directory",
        &[Finished],
        "export JAVA_POLICY_READ=/etc/hostname ES_ENTRYPOINT_POLICY=property; mkdir -m 700 runtime",
    ),
    (
        "a policy of an earlier start for root alone",
        &[Finished],
        "export JAVA_POLICY_READ=/etc/hostname ES_ENTRYPOINT_POLICY=property; mkdir -m 777 runtime; \
         echo x >runtime/java.policy; chmod 600 runtime/java.policy",
    ),
    (
        "a directory as policy",
        &[Finished],
        "export JAVA_POLICY_READ=/etc/hostname ES_ENTRYPOINT_POLICY=property; mkdir -m 777 runtime runtime/java.policy",
    ),
    (
        "somebody's policy",
        &[Finished],
        "export JAVA_POLICY_READ=/etc/hostname ES_ENTRYPOINT_POLICY=property; mkdir -m 1777 runtime; chmod 1777 runtime; \
         echo x >runtime/java.policy; chown 7 runtime/java.policy runtime",
    ),
    (
        "limited files and a policy",
        &[Finished],
        "export JAVA_POLICY_READ=/etc/hostname ES_ENTRYPOINT_POLICY=property; mkdir -m 777 runtime; ulimit -f 0",
    ),
    (
        "a policy and a copy on a small disk",
        &[Staged],
        "export JAVA_POLICY_READ=/etc/hostname ES_ENTRYPOINT_POLICY=property; mkdir -m 777 runtime; \
         mount -t tmpfs -o size=4k,mode=777 none runtime",
    ),
    (
        "somebody's file in everybody's copy",
        &[Staged],
        "mkdir -m 777 runtime; mkdir runtime/config; echo x >runtime/config/elasticsearch.yml; chmod 1777 runtime/config; \
         chown -R 7 runtime/config",
    ),
    (
        "somebody's list of what was given",
        &[Staged],
        "mkdir -p home/config/shield; echo a >home/config/shield/users; mkdir runtime; echo x >runtime/given; \
         chmod 1777 runtime; chown -R 7 runtime",
    ),
    (
        "a directory as list of what was given",
        &[Staged],
        "mkdir -p home/config/shield; echo a >home/config/shield/users; mkdir -m 777 runtime runtime/given",
    ),
    (
        "a copy that is a mount of its own",
        &[Staged],
        "mkdir -m 777 runtime; mkdir -m 777 runtime/config; mount -t tmpfs -o size=4k,mode=777 none runtime/config; \
         head -c 4096 /dev/zero >home/config/f",
    ),
    (
        "a full disk with what is removed",
        &[Staged],
        "mkdir -m 777 runtime; mount -t tmpfs -o size=8k,mode=777 none runtime; mkdir -m 777 runtime/config; \
         head -c 8192 /dev/zero >runtime/config/alien",
    ),
    (
        "a full disk with what stays",
        &[Staged],
        "mkdir -m 777 runtime; mount -t tmpfs -o size=8k,mode=777 none runtime; mkdir -m 777 runtime/config; \
         mkdir -m 777 runtime/config/shield; head -c 8192 /dev/zero >runtime/config/shield/users",
    ),
    ("a FIFO to copy", &[Staged], "mkfifo home/config/f"),
    ("a loop of links to copy", &[Staged], "ln -s f home/config/f"),
    (
        "a name that is too long",
        &[Staged],
        "export ES_ENTRYPOINT_RUNTIME_DIR=$PWD/$(head -c 300 /dev/zero | tr '\\0' a)",
    ),
    ("a loop of links as target", &[InPlace], "ln -s elasticsearch.yml home/config/elasticsearch.yml"),
    (
        "somebody's target in everybody's directory",
        &[InPlace],
        "touch home/config/elasticsearch.yml; chmod 666 home/config/elasticsearch.yml; chmod 1777 home/config; \
         chown -R 7 home/config",
    ),
    (
        "an unchangeable target",
        &[InPlace],
        "mount -t tmpfs -o mode=777 none home/config; touch home/config/elasticsearch.yml; \
         chattr +i home/config/elasticsearch.yml 2>/dev/null || true",
    ),
    ("a script without an interpreter", &[Finished], "sed -i 1d home/bin/elasticsearch"),
    ("an empty script", &[Finished], ": >home/bin/elasticsearch"),
    ("a script from Windows", &[Finished], "sed -i 's/$/\\r/' home/bin/elasticsearch"),
    (
        "a script whose interpreter is a directory",
        &[Finished],
        "sed -i '1s,.*,#!/etc,' home/bin/elasticsearch",
    ),
    (
        "a link to a full disk as target",
        &[InPlace],
        "mkdir d; mount -t tmpfs -o size=4k,mode=777 none d; head -c 4096 /dev/zero >d/f; touch d/x; chmod 666 d/x; \
         ln -s ../../d/x home/config/elasticsearch.yml",
    ),
    (
        "a mount of a full disk as target",
        &[InPlace],
        "mkdir d; mount -t tmpfs -o size=4k,mode=777 none d; head -c 4096 /dev/zero >d/f; touch d/x; chmod 666 d/x; \
         touch home/config/elasticsearch.yml; mount --bind d/x home/config/elasticsearch.yml",
    ),
    (
        "a mount with room as target, in a directory without",
        &[InPlace],
        "mkdir d; touch d/x; chmod 666 d/x; mount -t tmpfs -o size=4k,mode=777 none home/config; \
         head -c 4096 /dev/zero >home/config/f; touch home/config/elasticsearch.yml; \
         mount --bind d/x home/config/elasticsearch.yml",
    ),
    ("a configuration without inodes", &[InPlace], "mount -t tmpfs -o nr_inodes=1,mode=777 none home/config"),
    (
        "a configuration with few inodes",
        &[InPlace],
        "mkdir home/config-templates/d; echo 1 >home/config-templates/d/f; \
         mount -t tmpfs -o nr_inodes=3,mode=777 none home/config",
    ),
    (
        "everything read-only",
        &[Staged, InPlace, Finished],
        "mount --bind . .; mount -o remount,ro,bind .; export ES_ENTRYPOINT_RUNTIME_DIR=$PWD/runtime",
    ),
    ("a closed working directory", &[Finished, Staged], "mkdir -m 700 w; cd w"),
    ("a Java home that is not there", &[Finished], "export JAVA_HOME=/nowhere"),
    ("a java that is a link to nowhere", &[Finished], "rm java/bin/java; ln -s nowhere java/bin/java"),
    ("a java that is a directory", &[Finished], "rm java/bin/java; mkdir java/bin/java"),
    ("an empty java", &[Finished], ": >java/bin/java"),
    ("a java from Windows", &[Finished], "sed -i 's/$/\\r/' java/bin/java"),
    ("a directory as script", &[Finished], "rm home/bin/elasticsearch; mkdir home/bin/elasticsearch"),
    (
        "a script that is a link to nowhere",
        &[Finished],
        "rm home/bin/elasticsearch; ln -s nowhere home/bin/elasticsearch",
    ),
    ("closed libraries", &[Finished], "chmod 700 home/lib"),
    ("a file as logs", &[Finished], "rmdir home/logs; touch home/logs"),
    ("closed logs", &[Finished], "chmod 755 home/logs; chown 7 home/logs"),
    ("no /dev", &[Staged, InPlace, Finished], "mount -t tmpfs none /dev"),
    ("no umask", &[Staged, InPlace, Finished], "umask 777"),
    (
        "an unchangeable volume",
        &[Finished],
        "mount -t tmpfs none home/data; chmod 755 home/data; chattr +i home/data || rm -r home/data 2>/dev/null; true",
    ),
];

/// A lab in which nothing is in the way, whose directory only this test has.
fn lab(base: Base, worker: usize) -> Lab {
    let lab = Lab::new(&format!("place-{worker}"));
    let text = match base {
        Staged | InPlace => "cluster.name: ${NAME:-x}\n",
        Finished => "cluster.name: x\n",
    };
    let directory = if base == InPlace { "home/config-templates" } else { "home/config" };
    lab.write(format!("{directory}/elasticsearch.yml"), text);
    lab.write("java/bin/java", SERVER);
    // As an image has it: everybody may read, and write only to data and logs.
    lab.mode("", 0o777);
    if base == InPlace {
        lab.mode("home/config", 0o777);
    }
    lab
}

/// What the server does first with what it was given; "STARTED" is said by one that could go on.
const SERVER: &str = r#"#!/bin/sh
conf=$ES_HOME/config
for word do
    case $word in
        --path.conf=*) conf=${word#--path.conf=} ;;
    esac
done
fail() { echo "BROKEN $*"; exit 1; }
cat "$conf/elasticsearch.yml" >/dev/null || fail configuration
ls -R "$conf" >/dev/null || fail configuration directory
cat "$ES_HOME"/lib/*.jar >/dev/null || fail libraries
for directory in data logs; do
    mkdir -p "$ES_HOME/$directory/x/y" && rmdir "$ES_HOME/$directory/x/y" "$ES_HOME/$directory/x" || fail $directory
done
if [ -d "$ES_HOME/plugins" ]; then ls "$ES_HOME"/plugins/* >/dev/null || fail plugins; fi
for word in $ES_JAVA_OPTS $JAVA_OPTS; do
    case $word in
        -Djava.security.policy=*) cat "${word#*=}" >/dev/null || fail policy ;;
    esac
done
node=$ES_HOME/data/x/nodes/0
if [ -d "$node" ]; then
    true >>"$node/node.lock" || fail lock
    if [ -d "$node/_state" ]; then true >"$node/_state/x" && rm "$node/_state/x" || fail state; fi
fi
echo STARTED
"#;

/// What `check` and then `run` made of a place, and `run` once more with everything allowed that `check` had found.
struct Verdict {
    checked: i32,
    findings: Vec<String>,
    run: i32,
    starts: bool,
    /// Whether the server goes on where nothing holds it back.
    works: bool,
    all: Ended,
}

fn verdict(lab: &Lab, commands: &str, who: &[&str]) -> Verdict {
    let script = format!(
        "{commands}\n\
         found=$(\"$@\" check --message-format=json); code=$?; echo \"$found\"; echo \"CHECKED $code\"\n\
         \"$@\" run; echo \"RUN $?\"\n\
         for code in $(echo \"$found\" | grep -o '\"code\":\"[^\"]*\"' | cut -d'\"' -f4); do\n\
         ES_ENTRYPOINT_ALLOW=$ES_ENTRYPOINT_ALLOW,$(echo $code | grep -v ^template/); done\n\
         if [ -n \"$found\" ]; then echo FORCED; \"$@\" run; fi; true"
    );
    let prefix = [&["unshare", "--mount", "--propagation=private", "sh", "-c", &script, "sh"], who].concat();
    let nothing: [&str; 0] = [];
    let all = ended(lab.prefixed(&prefix, nothing));
    let number = |word: &str| {
        let line = all.output.lines().find_map(|line| line.strip_prefix(word));
        line.and_then(|code| code.trim().parse().ok()).unwrap_or_else(|| panic!("{all:?}"))
    };
    let findings: Vec<String> = all
        .output
        .lines()
        .take_while(|line| !line.starts_with("CHECKED"))
        .filter(|line| line.contains("\"code\""))
        .map(str::to_owned)
        .collect();
    let (first, forced) = match all.output.split_once("FORCED\n") {
        Some((first, forced)) => (first, Some(forced)),
        None => (all.output.as_str(), None),
    };
    let starts = first.contains("STARTED");
    Verdict {
        checked: number("CHECKED "),
        run: number("RUN "),
        starts,
        works: starts || forced.is_some_and(|forced| forced.contains("STARTED")),
        findings,
        all,
    }
}

fn is_allowed() -> bool {
    let mounts = Command::new("unshare").args(["--mount", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    let is_allowed = mounts.is_ok_and(|output| output.status.success());
    if !is_allowed {
        skip("mounts of its own are not allowed here");
    }
    is_allowed
}

/// Most of the time they wait for the disk.
const AT_ONCE: usize = 4;

#[test]
fn what_ends_a_start_is_found_before_and_nothing_else() {
    if !root("becoming somebody else") || !is_allowed() {
        return;
    }
    let rows: Vec<_> = PLACES
        .iter()
        .flat_map(|(place, bases, commands)| bases.iter().map(move |base| (*place, *base, *commands)))
        .flat_map(|row| PEOPLE.iter().map(move |who| (row, who)))
        .collect();
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE)
            .map(|worker| {
                let own = rows.iter().skip(worker).step_by(AT_ONCE);
                scope.spawn(move || {
                    own.filter_map(|((place, base, commands), (name, who))| {
                        judge(&lab(*base, worker), (place, *base, name), commands, who)
                    })
                    .collect::<Vec<String>>()
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is wrong with the verdict: an end that was not foreseen, or a finding where nothing is wrong.
fn judge(lab: &Lab, row: (&str, Base, &str), commands: &str, who: &[&str]) -> Option<String> {
    let found = verdict(lab, commands, who);
    let is_unannounced = [73, 74, 126, 127].contains(&found.run) && found.checked != 78;
    let is_broken = found.checked == 0 && !found.starts;
    let is_false_alarm = found.checked != 0 && found.works;
    (is_unannounced || is_broken || is_false_alarm).then(|| {
        format!(
            "{} {row:?}: check {}, run {}, works {}\n    {}\n    {}",
            if is_false_alarm { "FALSE ALARM" } else { "HOLE" },
            found.checked,
            found.run,
            found.works,
            found.findings.join("\n    "),
            found.all.errors.trim().replace('\n', "\n    ")
        )
    })
}
