//! What a server takes for a port: a number, or two of them as a range.

/// Why the server would refuse the text, and what to write instead. Tried with 1.7.5, 2.3.4, 7.17.29 and 9.2.0: it reads the
/// numbers itself, and its security manager, where it has one, asks for permission to listen on the text as it is, of which
/// `java.net.SocketPermission` refuses lists and blanks (`invalid port range`).
pub(super) fn wrong(text: &str, has_security_manager: bool) -> Option<&'static str> {
    const NUMBER: &str = "write a number, or a range of two like `9200-9300`";
    // What is empty counts as not set, and an address is what Kubernetes puts into a variable: another finding.
    if text.trim().is_empty() || text.contains("://") {
        return None;
    }
    let mut has_several = false;
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| text.trim().parse::<u64>().ok();
        match (number(first), number(last)) {
            (Some(first), Some(last)) if first.max(last) > 65_535 => return Some("ports end at 65535"),
            (Some(first), Some(last)) if first > last => {
                return Some("the smaller port of a range comes first");
            }
            (Some(_), Some(_)) => {}
            _ => return Some(NUMBER),
        }
        has_several |= part.len() < text.len() || part.trim().contains(char::is_whitespace);
    }
    (has_security_manager && has_several)
        .then_some("write one number or one range, `9200-9300`: its security manager takes no list, and no blanks inside")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_said() {
        for (text, anywhere, with_manager) in [
            ("9200", true, true),
            ("9200-9300", true, true),
            ("9200-9200", true, true),
            ("0", true, true),
            ("+9200", true, true),
            // Blanks around it are another finding.
            (" 9200 ", true, true),
            ("", true, true),
            ("tcp://10.0.0.1:9200", true, true),
            ("9200,9201", true, false),
            ("9200, 9205-9207", true, false),
            ("9200 - 9300", true, false),
            ("x", false, false),
            ("9200-x", false, false),
            ("9200-", false, false),
            ("-1", false, false),
            ("9200-9100", false, false),
            ("9200,x", false, false),
            ("92000", false, false),
            ("99999999999999999999", false, false),
            ("9200 9300", false, false),
        ] {
            assert_eq!(wrong(text, false).is_none(), anywhere, "{text}");
            assert_eq!(wrong(text, true).is_none(), with_manager, "{text}");
        }
        assert_eq!(wrong("92000-92100", true), Some("ports end at 65535"));
        assert_eq!(wrong("9200-9100", true), Some("the smaller port of a range comes first"));
        assert_eq!(wrong("x", true), Some("write a number, or a range of two like `9200-9300`"));
    }
}
