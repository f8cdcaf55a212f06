//! The ways of tini: its table, one child, what it inherited given on, orphans adopted only where that is asked for.

use super::lab::{self, Mode, Running, modes, output};
use super::{called, command, ready, recorder};
use crate::common::binary;
use crate::{common, helper};

const TERM: i32 = 15;
const USR1: i32 = 10;
const END: i32 = 63;

#[test]
fn its_table_is_ours() {
    for &mode in modes() {
        for options in [&[][..], &["-g"]] {
            let mut running = recorder(mode, &[], &[&[called("tini").as_str()], options].concat());
            ready(&mut running);
            let kept_back = [4, 5, 6, 7, 8, 9, 11, 17, 19, 21, 22, 31, 32, 33];
            for signal in (1..END).filter(|signal| !kept_back.contains(signal)) {
                running.send(signal);
                assert_eq!(running.line().split(' ').next(), Some(signal.to_string().as_str()), "{mode:?}");
            }
            for signal in [4, 5, 6, 7, 8, 11, 21, 22, 31, END] {
                running.send(signal);
            }
            assert_eq!(running.line(), format!("{END} 0 0"), "{mode:?}");
            assert_eq!(running.code(), 0);
        }
    }
}

#[test]
fn its_group_gets_the_signal_where_that_is_asked_for() {
    // The one behind is ended by the signal, and the child by its end.
    let script = "trap ':' USR1
                  sh -c 'trap \"echo behind; exit 0\" USR1; echo ready; while :; do sleep 0.01; done' &
                  wait $!; wait $!; echo main; exit 3";
    for (options, environment) in [(&["-g"][..], &[][..]), (&[], &[("TINI_KILL_PROCESS_GROUP", "")])] {
        let tini = called("tini");
        let words = [&[tini.as_str()], options, &["--", "sh", "-c", script]].concat();
        let mut running = Running::start(&mut command(Mode::Ordinary, environment, &words));
        assert_eq!(running.line(), "ready");
        running.send(USR1);
        assert_eq!((running.line(), running.line()), ("behind".to_owned(), "main".to_owned()), "{words:?}");
        assert_eq!(running.code(), 3);
    }
}

/// A signal that the child sends to its group, as `kill 0` does, is not for us, nor is our signal for the others in it.
#[test]
fn its_child_leads_a_group_but_gets_its_signals_alone() {
    let script = "
        trap 'echo main; exit 3' USR1
        sh -c 'trap \"echo behind\" USR1; echo ready; while :; do sleep 0.01; done' &
        while :; do wait $!; done";
    for &mode in modes() {
        let mut running =
            Running::start(&mut command(mode, &[], &[&called("tini"), "--", "sh", "-c", script]));
        assert_eq!(running.line(), "ready");
        let child = common::within(10, "the child", || lab::children(running.pid()).first().copied());
        let group = |pid: i32| nix::unistd::getpgid(Some(nix::unistd::Pid::from_raw(pid))).unwrap().as_raw();
        assert_eq!(group(child), child, "{mode:?}");
        assert_ne!(group(running.pid()), child, "{mode:?}");
        running.send(USR1);
        assert_eq!(running.line(), "main", "{mode:?}");
        assert_eq!(running.code(), 3, "{mode:?}");
    }
}

#[test]
fn the_child_inherits_what_it_found() {
    // HUP, USR1 and a real-time signal; INT and TTOU.
    const BLOCKED: u64 = 1 | 1 << 9 | 1 << 39;
    let mut command = command(
        Mode::Ordinary,
        &[],
        &[&called("tini"), "--", "grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"],
    );
    helper::start_with(&mut command, BLOCKED, &[2, 22]);
    let own =
        u64::from_str_radix(&lab::status(std::process::id().cast_signed(), "SigIgn"), 16).unwrap() & !0x1000;
    let inherited = format!("SigBlk:\t0000008000000201\nSigIgn:\t{:016x}\n", own | 0x20_0002);
    assert_eq!(output(&mut command), (0, inherited, String::new()));
}

#[test]
fn orphans_are_adopted_where_that_is_asked_for() {
    let script = "(sh -c 'exec sleep 60' & echo $!); echo orphaned; exec sleep 60";
    for (name, options, environment, adopted) in [
        ("tini", &[][..], &[][..], false),
        ("tini", &["-s"], &[], true),
        ("tini", &[], &[("TINI_SUBREAPER", "")], true),
        ("tini", &["-s"], &[("ES_ENTRYPOINT_NO_SUBREAPER", "true")], true),
        ("tini", &[], &[("TINI_SUBREAPER", ""), ("ES_ENTRYPOINT_NO_SUBREAPER", "true")], false),
        ("dumb-init", &[], &[], false),
        ("dumb-init", &[], &[("ES_ENTRYPOINT_NO_SUBREAPER", "false")], true),
    ] {
        let program = called(name);
        let words = [&[program.as_str()], options, &["--", "sh", "-c", script]].concat();
        let mut running = Running::start(&mut command(Mode::Ordinary, environment, &words));
        let orphan: i32 = running.line().parse().unwrap();
        assert_eq!(running.line(), "orphaned");
        let parent = lab::status(orphan, "PPid");
        helper::send(orphan, 9);
        assert_eq!(parent == running.pid().to_string(), adopted, "{words:?} {environment:?}");
    }
}

/// Ends when its one orphan is reaped; that ends, with 5, once the shell that started it is gone.
pub(crate) const ORPHAN: &str = r#"
    p=$(sh -c 'sh -c "while [ -d /proc/$$ ]; do sleep 0.01; done; exit 5" >/dev/null & echo $!')
    while [ -d /proc/$p ]; do sleep 0.01; done"#;

#[test]
fn each_reaped_orphan_is_told_where_that_is_asked_for() {
    let own = binary().to_str().unwrap();
    for &mode in modes() {
        for (program, options) in [(&*called("tini"), &["-sw"][..]), (own, &["init", "-w"])] {
            let words = [&[program], options, &["--", "sh", "-c", ORPHAN]].concat();
            let (code, _, reported) = output(&mut command(mode, &[], &words));
            assert_eq!(code, 0, "{mode:?}");
            assert!(reported.starts_with("es-entrypoint: warn: process "), "{mode:?} {words:?}: {reported}");
            assert!(reported.ends_with(" reaped, code 5\n"), "{mode:?} {words:?}: {reported}");
        }
    }
}

#[test]
fn the_death_of_our_parent_is_a_signal_where_that_is_asked_for() {
    for options in [&["-p", "SIGUSR1"][..], &["-pUSR1"], &["-p", "10"]] {
        // The shell in between ends once the child is ready; the child says what it got.
        let script = "exec 9<&0; \"$@\" & read x <&9; kill -9 $$";
        let tini = called("tini");
        let child = "trap 'echo reported; exit' USR1; echo ready; while :; do sleep 0.01; done";
        let words =
            [&["sh", "-c", script, "sh", tini.as_str()], options, &["--", "sh", "-c", child]].concat();
        let mut command = command(Mode::Ordinary, &[], &words);
        let mut running = Running::start(command.stdin(std::process::Stdio::piped()));
        assert_eq!(running.line(), "ready");
        drop(running.child.stdin.take());
        assert_eq!(running.code(), -9);
        assert_eq!(running.line(), "reported", "{options:?}");
    }
}

#[test]
fn term_is_forwarded_and_its_code_can_be_a_success() {
    for (options, code) in [(&[][..], 143), (&["-e", "143"], 0)] {
        for &mode in modes() {
            let tini = called("tini");
            let words =
                [&[tini.as_str()], options, &["--", "sh", "-c", "echo ready; exec sleep 60"]].concat();
            let mut running = Running::start(&mut command(mode, &[], &words));
            assert_eq!(running.line(), "ready");
            running.send(TERM);
            assert_eq!(running.code(), code, "{mode:?}");
        }
    }
}
