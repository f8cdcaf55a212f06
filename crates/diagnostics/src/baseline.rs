//! Findings of an earlier run, written as JSON, that are not told again.

use std::collections::HashMap;
use std::iter::Peekable;
use std::str::Chars;

use crate::finding::Finding;

/// The findings of an earlier run. Lines move, so that a finding is known by its code, its file and its message.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    /// How many of each are left.
    entries: HashMap<[String; 3], usize>,
}

impl Baseline {
    /// Reads what `--message-format json` wrote. Lines of the log among them say nothing.
    ///
    /// # Errors
    /// The number of the first line that is no such object.
    pub fn parse(text: &str) -> Result<Self, usize> {
        let mut baseline = Self::default();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let members = members(line).ok_or(index + 1)?;
            if members.contains_key("code") {
                let key =
                    ["code", "file", "message"].map(|name| members.get(name).cloned().unwrap_or_default());
                *baseline.entries.entry(plain(key)).or_default() += 1;
            } else if !members.contains_key("level") {
                return Err(index + 1);
            }
        }
        Ok(baseline)
    }

    /// Whether this finding is in it; each entry excuses one.
    pub fn excuses(&mut self, finding: &Finding) -> bool {
        let file = finding.location().map_or_else(String::new, |place| place.file);
        let key = plain([finding.code.to_owned(), file, finding.message.clone()]);
        match self.entries.get_mut(&key) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }

    /// How many entries excused nothing.
    pub fn left(&self) -> usize {
        self.entries.values().sum()
    }
}

/// `./a.yml` is `a.yml`.
fn plain([code, file, message]: [String; 3]) -> [String; 3] {
    let file = file.strip_prefix("./").map(str::to_owned).unwrap_or(file);
    [code, file, message]
}

/// The members of an object on one line; those that are no texts have their words.
fn members(line: &str) -> Option<HashMap<String, String>> {
    let mut characters = line.trim().chars().peekable();
    let mut members = HashMap::new();
    expect(&mut characters, '{')?;
    if skip_blanks(&mut characters) == Some('}') {
        characters.next();
        return characters.next().is_none().then_some(members);
    }
    loop {
        let name = string(&mut characters)?;
        expect(&mut characters, ':')?;
        let value = if skip_blanks(&mut characters)? == '"' {
            string(&mut characters)?
        } else {
            let mut word = String::new();
            while let Some(character) =
                characters.next_if(|it| it.is_ascii_alphanumeric() || "+-.".contains(*it))
            {
                word.push(character);
            }
            word
        };
        members.insert(name, value);
        match skip_blanks(&mut characters)? {
            ',' => characters.next(),
            '}' => {
                characters.next();
                return characters.next().is_none().then_some(members);
            }
            _ => return None,
        };
    }
}

fn skip_blanks(characters: &mut Peekable<Chars<'_>>) -> Option<char> {
    while characters.next_if(char::is_ascii_whitespace).is_some() {}
    characters.peek().copied()
}

fn expect(characters: &mut Peekable<Chars<'_>>, wanted: char) -> Option<()> {
    skip_blanks(characters);
    (characters.next()? == wanted).then_some(())
}

fn string(characters: &mut Peekable<Chars<'_>>) -> Option<String> {
    expect(characters, '"')?;
    let mut units: Vec<u16> = Vec::new();
    let mut buffer = [0; 2];
    loop {
        let character = match characters.next()? {
            '"' => return String::from_utf16(&units).ok(),
            '\\' => match characters.next()? {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'u' => {
                    let digits: String = characters.by_ref().take(4).collect();
                    units.push(u16::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4)?);
                    continue;
                }
                escaped @ ('"' | '\\' | '/') => escaped,
                _ => return None,
            },
            other => other,
        };
        units.extend_from_slice(character.encode_utf16(&mut buffer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::Secrets;
    use crate::source::{Source, Span};

    fn found(message: &str) -> Finding {
        let source = Source::new("./a.yml", "a: 1\nb: 2\n", Secrets::none);
        Finding::error("a/b", message).at(Span::new(&source, 5..6))
    }

    #[test]
    fn an_entry_excuses_one_finding_wherever_it_went() {
        let text = "{\"code\":\"a/b\",\"severity\":\"error\",\"message\":\"m \\\"\\u00e9\\ud83d\\ude00\\n\",\"file\":\"a.yml\",\"line\":70}\n\
                    {\"level\":\"info\",\"message\":\"1 objects\"}\n\n\
                    { \"code\" : \"a/c\" , \"message\" : \"x\" }\n";
        let mut baseline = Baseline::parse(text).unwrap();
        assert_eq!(baseline.left(), 2);
        assert!(!baseline.excuses(&found("other")));
        assert!(baseline.excuses(&found("m \"é😀\n")));
        assert!(!baseline.excuses(&found("m \"é😀\n")));
        assert!(baseline.excuses(&Finding::warning("a/c", "x")));
        assert_eq!(baseline.left(), 0);
    }

    #[test]
    fn what_a_run_wrote_is_read_again() {
        let text =
            crate::text(&[found("a\\b\t`c`")], crate::MessageFormat::Json, false, &crate::Run::default());
        assert!(Baseline::parse(&text).unwrap().excuses(&found("a\\b\t`c`")));
    }

    #[test]
    fn other_texts_are_refused_by_the_line() {
        for (text, line) in [
            ("error[a/b]: m", 1),
            ("{}\n", 1),
            ("\n[]\n", 2),
            ("{\"code\":\"a/b\"}\n{\"code\":\"a/b\"", 2),
            ("{\"code\":\"a/b\"} x", 1),
            ("{\"code\":\"\\ud83d\"}", 1),
            ("{\"code\" \"a\"}", 1),
            ("{\"version\":\"2.1.0\",\"runs\":[{}]}", 1),
        ] {
            assert_eq!(Baseline::parse(text).unwrap_err(), line, "{text}");
        }
        assert_eq!(Baseline::parse("").unwrap().left(), 0);
    }
}
