//! The file that Kubernetes shows as the message of a container that ended: `kubectl describe pod` has the reason then.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use diagnostics::{Finding, Severity};

/// The default place, which the kubelet mounts.
const PATH: &str = "/dev/termination-log";

/// The kubelet shows no more bytes than that, and of a longer text only the end.
const LIMIT: usize = 4096;

/// Says which findings refuse the start.
pub(crate) fn findings(findings: &[Finding]) {
    let refusing = findings.iter().filter(|finding| finding.severity == Severity::Error);
    let texts: Vec<String> = refusing.map(|finding| diagnostics::human(finding, false)).collect();
    text(&shortened(&texts));
}

/// Says why nothing is started, where the file is there. That it cannot be written is no reason to say anything else.
pub(crate) fn text(text: &str) {
    let flags = nix::libc::O_NONBLOCK | nix::libc::O_NOCTTY | nix::libc::O_NOFOLLOW;
    let Ok(mut file) = OpenOptions::new().write(true).custom_flags(flags).open(PATH) else { return };
    if file.metadata().is_ok_and(|metadata| metadata.is_file()) && file.set_len(0).is_ok() {
        let _ = file.write_all(start(text, LIMIT).as_bytes());
    }
}

/// As many of the texts as fit, the first ones, and how many more there are.
fn shortened(texts: &[String]) -> String {
    const ROOM: usize = 64;
    let mut all = String::new();
    for (index, text) in texts.iter().enumerate() {
        let is_last = index + 1 == texts.len();
        let room = if is_last { LIMIT } else { LIMIT - ROOM };
        if all.len() + text.len() <= room {
            all.push_str(text);
            continue;
        }
        if index == 0 {
            let cut = start(text, LIMIT - ROOM);
            all = format!("{}\n", cut.trim_end());
        }
        let more = texts.len() - index - usize::from(index == 0);
        let rest = match more {
            0 => "(the rest is in the log)\n".to_owned(),
            1 => "1 more error is in the log\n".to_owned(),
            _ => format!("{more} more errors are in the log\n"),
        };
        all.push_str(&rest);
        break;
    }
    all
}

/// At most that many bytes of a text, whole characters.
fn start(text: &str, limit: usize) -> &str {
    let end = (0..=limit.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    end.map_or("", |end| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted() {
        let text = |length: usize| "\u{e9}".repeat(length / 2 - 1) + "x\n";
        assert_eq!(shortened(&[]), "");
        assert_eq!(shortened(&[text(10), text(20)]), text(10) + &text(20));
        assert_eq!(shortened(&[text(4096)]), text(4096));
        for (lengths, end) in [
            (&[4098][..], "\u{e9}\n(the rest is in the log)\n"),
            (&[4098, 10], "\u{e9}\n1 more error is in the log\n"),
            (&[2000, 2000, 2000, 2000], "x\n2 more errors are in the log\n"),
            (&[2000, 2098], "x\n1 more error is in the log\n"),
        ] {
            let texts: Vec<String> = lengths.iter().map(|length| text(*length)).collect();
            let shown = shortened(&texts);
            assert!(shown.len() <= LIMIT && shown.ends_with(end), "{lengths:?}: {}", shown.len());
        }
        assert_eq!(start("a\u{e9}", 2), "a");
        assert_eq!(start("a\u{e9}", 9), "a\u{e9}");
    }
}
