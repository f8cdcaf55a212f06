//! Which names say that their values must not be shown.

/// Whether a variable's or setting's name says that its value is a secret: it contains, in any case, `PASSWORD`,
/// `PASSWD`, `SECRET`, `TOKEN` or `CREDENTIAL`, or has `KEY` as a word between underscores, dots or dashes.
pub fn is_secret_name(name: &str) -> bool {
    holds(name, |byte| matches!(byte, None | Some(b'_' | b'.' | b'-')))
}

/// Whether a text has a word that [`is_secret_name`] knows: words are of letters, digits and `_.-`.
pub fn names_secret(text: &str) -> bool {
    holds(text, |byte| !byte.is_some_and(u8::is_ascii_alphanumeric))
}

/// Asked for every variable and setting of every start: one pass, nothing allocated.
fn holds(text: &str, is_edge: fn(Option<&u8>) -> bool) -> bool {
    let bytes = text.as_bytes();
    let starts = |at: usize, word: &str| {
        bytes.get(at..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()))
    };
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
    use super::{is_secret_name, names_secret};

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
            assert_eq!(names_secret(&format!("é {name}: x")), secret, "{name}");
        }
    }
}
