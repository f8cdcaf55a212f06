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
    for (at, byte) in bytes.iter().enumerate() {
        let is_around = |before: usize, word: &str| {
            let part = at.checked_sub(before).and_then(|start| bytes.get(start..start + word.len()));
            part.is_some_and(|part| part.eq_ignore_ascii_case(word.as_bytes()))
        };
        // Each word has one of these, and other letters are far more frequent.
        let found = match byte | 0x20 {
            b'w' => is_around(4, "PASSWORD") || is_around(4, "PASSWD"),
            b'c' => is_around(2, "SECRET") || is_around(0, "CREDENTIAL"),
            b'k' => {
                let before = at.checked_sub(1).and_then(|before| bytes.get(before));
                is_around(2, "TOKEN") || is_around(0, "KEY") && is_edge(before) && is_edge(bytes.get(at + 3))
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
