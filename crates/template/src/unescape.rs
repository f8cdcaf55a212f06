//! Source text of a scalar as the text that it stands for.

use std::borrow::Cow;

/// How the source of a placeholder has to be read before it is text: what its scalar's own style escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quoting {
    None,
    Single,
    Double,
}

/// Undoes what the style of the scalar around it escapes; the error says what to write.
pub(crate) fn unescape(source: &str, quoting: Quoting) -> Result<Cow<'_, str>, &'static str> {
    match quoting {
        Quoting::None => Ok(Cow::Borrowed(source)),
        Quoting::Single if !source.contains('\'') => Ok(Cow::Borrowed(source)),
        Quoting::Single => {
            const HELP: &str = "inside single quotes a `'` is written `''`";
            let mut out = String::with_capacity(source.len());
            let mut rest = source;
            while let Some((before, after)) = rest.split_once('\'') {
                out.push_str(before);
                out.push('\'');
                rest = after.strip_prefix('\'').ok_or(HELP)?;
            }
            out.push_str(rest);
            Ok(Cow::Owned(out))
        }
        Quoting::Double if !source.contains(['"', '\\']) => Ok(Cow::Borrowed(source)),
        Quoting::Double => unescape_double(source).map(Cow::Owned),
    }
}

fn unescape_double(source: &str) -> Result<String, &'static str> {
    const ESCAPE: &str = "inside double quotes a `\\` begins an escape: write `\\\\` for a backslash";
    let mut out = String::with_capacity(source.len());
    let mut characters = source.chars();
    while let Some(character) = characters.next() {
        if character == '"' {
            return Err("inside double quotes a `\"` is written `\\\"`");
        }
        if character != '\\' {
            out.push(character);
            continue;
        }
        let digits = match characters.next().ok_or(ESCAPE)? {
            '0' => {
                out.push('\0');
                0
            }
            'a' => {
                out.push('\x07');
                0
            }
            'b' => {
                out.push('\x08');
                0
            }
            't' | '\t' => {
                out.push('\t');
                0
            }
            'n' => {
                out.push('\n');
                0
            }
            'v' => {
                out.push('\x0b');
                0
            }
            'f' => {
                out.push('\x0c');
                0
            }
            'r' => {
                out.push('\r');
                0
            }
            'e' => {
                out.push('\x1b');
                0
            }
            'N' => {
                out.push('\u{85}');
                0
            }
            '_' => {
                out.push('\u{a0}');
                0
            }
            'L' => {
                out.push('\u{2028}');
                0
            }
            'P' => {
                out.push('\u{2029}');
                0
            }
            same @ (' ' | '"' | '/' | '\\') => {
                out.push(same);
                0
            }
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => return Err(ESCAPE),
        };
        if digits > 0 {
            let mut code = 0_u32;
            for _ in 0..digits {
                let digit = characters.next().and_then(|digit| digit.to_digit(16)).ok_or(ESCAPE)?;
                code = (code << 4) | digit;
            }
            out.push(char::from_u32(code).ok_or(ESCAPE)?);
        }
    }
    Ok(out)
}
