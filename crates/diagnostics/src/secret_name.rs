//! Which names say that their values must not be shown.

/// Whether a variable's or setting's name says that its value is a secret: it contains, in any case, `PASSWORD`,
/// `PASSWD`, `SECRET`, `TOKEN` or `CREDENTIAL`, or has `KEY` as a word between underscores, dots or dashes.
pub fn is_secret_name(name: &str) -> bool {
    // Asked for every variable and setting of every start: one pass, nothing allocated.
    let bytes = name.as_bytes();
    let starts = |at: usize, word: &str| {
        bytes.get(at..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()))
    };
    let is_edge = |byte: Option<&u8>| matches!(byte, None | Some(b'_' | b'.' | b'-'));
    for (at, byte) in bytes.iter().enumerate() {
        let found = match byte.to_ascii_uppercase() {
            b'P' => starts(at, "PASSWORD") || starts(at, "PASSWD"),
            b'S' => starts(at, "SECRET"),
            b'T' => starts(at, "TOKEN"),
            b'C' => starts(at, "CREDENTIAL"),
            b'K' => {
                let before = at.checked_sub(1).and_then(|before| bytes.get(before));
                starts(at, "KEY") && is_edge(before) && is_edge(bytes.get(at + 3))
            }
            _ => false,
        };
        if found {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::is_secret_name;

    #[test]
    fn secret_names() {
        for (name, secret) in [
            ("ELASTIC_PASSWORD", true),
            ("db_passwd", true),
            ("API_TOKEN_2", true),
            ("AWS_SECRET", true),
            ("CREDENTIALS", true),
            ("S3_KEY", true),
            ("KEY", true),
            ("KEY_ID", true),
            ("my.key", true),
            ("api-KEY-id", true),
            ("KEYS", false),
            ("XKEY", false),
            ("PASSWOR", false),
            ("", false),
            ("KEYSTORE", false),
            ("MONKEY", false),
            ("CLUSTER_NAME", false),
        ] {
            assert_eq!(is_secret_name(name), secret, "{name}");
        }
    }
}
