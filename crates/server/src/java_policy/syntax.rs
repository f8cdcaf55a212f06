//! Reads a policy file the way the JVM does, errors included, and keeps the place of everything.
//!
//! Words, quoted strings and single characters are cut exactly as the JVM's tokenizer cuts them: a quoted string
//! ends at the line end even without its closing quote, `'` is no quote, `#` is no comment, a byte order mark is a
//! word of its own.

use std::ops::Range;

/// One `permission` of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    pub class: String,
    /// The first quoted string, after its escapes; properties (`${…}`) are not expanded.
    pub name: Option<String>,
    pub actions: Option<String>,
    pub signed_by: Option<String>,
    /// The bytes of the name, or of the class where there is no name.
    pub range: Range<usize>,
}

/// One `grant { … };`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    pub code_base: Option<String>,
    pub signed_by: Option<String>,
    pub principals: usize,
    pub permissions: Vec<Permission>,
}

impl Entry {
    /// Whether the grant is for all code: nothing restricts it.
    pub fn is_for_everyone(&self) -> bool {
        self.signed_by.is_none()
            && self.principals == 0
            && self.code_base.as_deref().is_none_or(|base| matches!(base, "file:/-" | "file:///-" | "file:-"))
    }
}

/// Why the JVM stops reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub message: String,
    pub range: Range<usize>,
}

/// A policy file as the JVM sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// What was read up to the mistake; the JVM throws it away when there is one.
    pub entries: Vec<Entry>,
    pub mistake: Option<Mistake>,
    /// Quoted strings that end at the line end, which is no mistake for the JVM by itself.
    pub unclosed_strings: Vec<Range<usize>>,
    /// A comment that is never closed: everything behind it is silently ignored.
    pub unclosed_comment: Option<Range<usize>>,
    /// A keystore is named, relative to the file as a rule.
    pub keystore: bool,
}

/// The bytes of the line around that byte, without its end; a line ends with LF, CRLF or CR, as the JVM counts.
pub(super) fn line_around(text: &str, at: usize) -> Range<usize> {
    let at = at.min(text.len());
    let start = text.get(..at).and_then(|before| before.rfind(is_line_end)).map_or(0, |end| end + 1);
    let end = text.get(at..).and_then(|after| after.find(is_line_end)).map_or(text.len(), |end| at + end);
    start..end
}

fn is_line_end(character: char) -> bool {
    matches!(character, '\n' | '\r')
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(String),
    Sign(char),
    End,
}

struct Tokens<'a> {
    text: &'a str,
    characters: std::iter::Peekable<std::str::CharIndices<'a>>,
    unclosed_strings: Vec<Range<usize>>,
    unclosed_comment: Option<Range<usize>>,
}

impl Tokens<'_> {
    fn bump(&mut self) -> Option<char> {
        self.characters.next().map(|(_, character)| character)
    }

    fn bump_if(&mut self, test: impl Fn(char) -> bool) -> Option<char> {
        self.characters.next_if(|(_, character)| test(*character)).map(|(_, character)| character)
    }

    fn peek(&mut self) -> Option<char> {
        self.characters.peek().map(|(_, character)| *character)
    }

    /// Where the next character begins.
    fn at(&mut self) -> usize {
        self.characters.peek().map_or(self.text.len(), |(at, _)| *at)
    }

    fn next(&mut self) -> (Token, Range<usize>) {
        loop {
            let start = self.at();
            let Some(character) = self.bump() else { return (Token::End, start..start) };
            let token = match character {
                '\0'..=' ' => continue,
                '/' if self.peek() == Some('/') => {
                    while self.bump_if(|next| !is_line_end(next)).is_some() {}
                    continue;
                }
                '/' if self.peek() == Some('*') => {
                    self.bump();
                    if !self.skip_comment() {
                        self.unclosed_comment = Some(start..start + 2);
                    }
                    continue;
                }
                '"' => self.quoted(start),
                first if is_word(first) => {
                    let mut word = String::from(first);
                    while let Some(next) = self.bump_if(is_word) {
                        word.push(next);
                    }
                    Token::Word(word)
                }
                sign => Token::Sign(sign),
            };
            return (token, start..self.at());
        }
    }

    /// Whether the comment has an end.
    fn skip_comment(&mut self) -> bool {
        let mut star = false;
        while let Some(character) = self.bump() {
            if star && character == '/' {
                return true;
            }
            star = character == '*';
        }
        false
    }

    fn quoted(&mut self, start: usize) -> Token {
        let mut text = String::new();
        loop {
            if self.peek().is_none_or(is_line_end) {
                let end = self.at();
                self.unclosed_strings.push(start..end);
                break;
            }
            match self.bump() {
                Some('"') | None => break,
                Some('\\') => self.escape(&mut text),
                Some(other) => text.push(other),
            }
        }
        Token::Quoted(text)
    }

    fn escape(&mut self, text: &mut String) {
        let Some(character) = self.bump() else { return };
        text.push(match character {
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            first @ '0'..='7' => {
                // Three digits only when the number stays below 256.
                let mut number = u32::from(first) - 48;
                for _ in 0..if first <= '3' { 2 } else { 1 } {
                    let Some(digit) = self.bump_if(|next| matches!(next, '0'..='7')) else { break };
                    number = number * 8 + u32::from(digit) - 48;
                }
                char::from_u32(number).unwrap_or('?')
            }
            other => other,
        });
    }
}

fn is_word(character: char) -> bool {
    matches!(character, 'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '_' | '$') || u32::from(character) >= 160
}

struct Parser<'a> {
    tokens: Tokens<'a>,
    token: Token,
    range: Range<usize>,
    /// Where the token before ends: something missing belongs there.
    end_before: usize,
}

type Step<T> = Result<T, Mistake>;

/// Reads a policy file.
pub fn parse(text: &str) -> Parsed {
    let mut tokens = Tokens {
        text,
        characters: text.char_indices().peekable(),
        unclosed_strings: Vec::new(),
        unclosed_comment: None,
    };
    let (token, range) = tokens.next();
    let mut parser = Parser { tokens, token, range, end_before: 0 };
    let mut entries = Vec::new();
    let mut keystore = false;
    let mut mistake = parser.file(&mut entries, &mut keystore).err();
    if let Some(mistake) = &mut mistake {
        // A missing quote is the cause of much; where the JVM stumbles over it comes later, or before the odd quote.
        if let Some(range) = parser.tokens.unclosed_strings.first() {
            *mistake = Mistake { message: "the closing `\"` is missing".to_owned(), range: range.clone() };
        } else {
            let line = line_around(text, mistake.range.start);
            while parser.token != Token::End && parser.range.start <= line.end {
                parser.advance();
            }
            if parser.tokens.unclosed_strings.iter().any(|string| line.contains(&string.start)) {
                mistake.message.push_str("; a `\"` is missing on this line");
            }
        }
    }
    let Tokens { unclosed_strings, unclosed_comment, .. } = parser.tokens;
    Parsed { entries, mistake, unclosed_strings, unclosed_comment, keystore }
}

impl Parser<'_> {
    fn advance(&mut self) -> Token {
        let (token, range) = self.tokens.next();
        self.end_before = self.range.end;
        self.range = range;
        std::mem::replace(&mut self.token, token)
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        matches!(&self.token, Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let found = self.is_keyword(keyword);
        if found {
            self.advance();
        }
        found
    }

    fn take_sign(&mut self, sign: char) -> bool {
        let found = self.token == Token::Sign(sign);
        if found {
            self.advance();
        }
        found
    }

    fn expect_sign(&mut self, sign: char) -> Step<()> {
        if self.take_sign(sign) {
            return Ok(());
        }
        let mut mistake = self.mistake(&format!("`{sign}`"));
        let between = self.tokens.text.get(self.end_before..self.range.start).unwrap_or("");
        if sign == ';' && between.contains(is_line_end) {
            // Show where it belongs rather than what comes next, which may be lines below.
            mistake.range = self.end_before..self.end_before + 1;
        }
        Err(mistake)
    }

    fn expect_quoted(&mut self, what: &str) -> Step<String> {
        if !matches!(self.token, Token::Quoted(_)) {
            return Err(self.mistake(what));
        }
        match self.advance() {
            Token::Quoted(text) => Ok(text),
            _ => Ok(String::new()),
        }
    }

    /// A name with or without quotes.
    fn expect_name(&mut self, what: &str) -> Step<String> {
        if !matches!(self.token, Token::Quoted(_) | Token::Word(_)) {
            return Err(self.mistake(what));
        }
        match self.advance() {
            Token::Quoted(text) | Token::Word(text) => Ok(text),
            _ => Ok(String::new()),
        }
    }

    fn mistake(&self, expected: &str) -> Mistake {
        let found = match &self.token {
            Token::Word(word) if word.starts_with('\u{feff}') => "a byte order mark".to_owned(),
            Token::Word(word) => format!("`{word}`"),
            Token::Quoted(text) => format!("`\"{}\"`", text.escape_default()),
            Token::Sign(sign) => format!("`{sign}`"),
            Token::End => "the end of the file".to_owned(),
        };
        Mistake { message: format!("expected {expected}, found {found}"), range: self.range.clone() }
    }

    fn file(&mut self, entries: &mut Vec<Entry>, keystore: &mut bool) -> Step<()> {
        let mut password = None;
        while self.token != Token::End {
            if self.is_keyword("grant") {
                let entry = self.grant()?;
                entries.push(entry);
            } else if !*keystore && self.take_keyword("keystore") {
                *keystore = true;
                self.expect_quoted("the keystore's URL in quotes")?;
                for what in ["the keystore's type in quotes", "the keystore's provider in quotes"] {
                    if !self.take_sign(',') {
                        break;
                    }
                    self.expect_quoted(what)?;
                }
            } else if password.is_none() && self.is_keyword("keystorePasswordURL") {
                password = Some(self.range.clone());
                self.advance();
                self.expect_quoted("a URL in quotes")?;
            } else if self.token != Token::Sign(';') {
                return Err(self.mistake("`grant` or `keystore`"));
            }
            self.expect_sign(';')?;
        }
        match password {
            Some(range) if !*keystore => {
                Err(Mistake { message: "`keystorePasswordURL` without a `keystore`".to_owned(), range })
            }
            _ => Ok(()),
        }
    }

    fn grant(&mut self) -> Step<Entry> {
        self.advance();
        let mut entry = Entry::default();
        while !self.take_sign('{') {
            let range = self.range.clone();
            if self.take_keyword("codeBase") {
                if entry.code_base.is_some() {
                    return Err(Mistake { message: "a second `codeBase`".to_owned(), range });
                }
                entry.code_base = Some(self.expect_quoted("a URL in quotes")?);
            } else if self.take_keyword("signedBy") {
                if entry.signed_by.is_some() {
                    return Err(Mistake { message: "a second `signedBy`".to_owned(), range });
                }
                let names = self.expect_quoted("names in quotes")?;
                if names.split(',').any(|name| name.trim().is_empty()) {
                    return Err(Mistake { message: "an empty name in `signedBy`".to_owned(), range });
                }
                entry.signed_by = Some(names);
            } else if self.take_keyword("principal") {
                self.principal()?;
                entry.principals += 1;
            } else {
                return Err(self.mistake("`codeBase`, `signedBy`, `principal` or `{`"));
            }
            self.take_sign(',');
        }
        while !self.take_sign('}') {
            if !self.is_keyword("permission") {
                return Err(self.mistake("`permission` or `}`"));
            }
            let permission = self.permission()?;
            entry.permissions.push(permission);
            self.expect_sign(';')?;
        }
        Ok(entry)
    }

    fn principal(&mut self) -> Step<()> {
        // A quoted string alone is the name of a key.
        if matches!(self.token, Token::Quoted(_)) {
            self.advance();
            return Ok(());
        }
        let any_class = self.take_sign('*');
        if !any_class {
            self.expect_name("a principal class")?;
        }
        if self.take_sign('*') {
            return Ok(());
        }
        if any_class {
            return Err(self.mistake("`*` as the name of a principal of any class"));
        }
        self.expect_quoted("a principal's name in quotes").map(|_| ())
    }

    fn permission(&mut self) -> Step<Permission> {
        self.advance();
        let range = self.range.clone();
        let class = self.expect_name("a permission class")?;
        let mut permission = Permission { class, name: None, actions: None, signed_by: None, range };
        if matches!(self.token, Token::Quoted(_)) {
            permission.range = self.range.clone();
            permission.name = Some(self.expect_quoted("a name in quotes")?);
        }
        if !self.take_sign(',') {
            return Ok(permission);
        }
        if matches!(self.token, Token::Quoted(_)) {
            permission.actions = Some(self.expect_quoted("actions in quotes")?);
            if !self.take_sign(',') {
                return Ok(permission);
            }
        }
        if self.take_keyword("signedBy") {
            permission.signed_by = Some(self.expect_quoted("names in quotes")?);
        }
        Ok(permission)
    }
}
