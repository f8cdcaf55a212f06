//! Reads a policy file the way the JVM does, errors included, and keeps the place of everything.
//!
//! Words, quoted strings and single characters are cut exactly as the JVM's tokenizer cuts them: a quoted string
//! ends at the line end even without its closing quote, `'` is no quote, `#` is no comment, a byte order mark is a
//! word of its own.

use diagnostics::Place;

/// Where something stands: lines and columns count from 1, in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    pub line: usize,
    pub column: usize,
    pub end_column: usize,
}

/// One `permission` of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    pub class: String,
    /// The first quoted string, after its escapes; properties (`${…}`) are not expanded.
    pub name: Option<String>,
    pub actions: Option<String>,
    pub signed_by: Option<String>,
    /// The name, or the class where there is no name.
    pub spot: Spot,
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
    pub spot: Spot,
}

/// A policy file as the JVM sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// What was read up to the mistake; the JVM throws it away when there is one.
    pub entries: Vec<Entry>,
    pub mistake: Option<Mistake>,
    /// Quoted strings that end at the line end, which is no mistake for the JVM by itself.
    pub unclosed_strings: Vec<Spot>,
    /// A comment that is never closed: everything behind it is lost without a word.
    pub unclosed_comment: Option<Spot>,
    /// A keystore is named, relative to the file as a rule.
    pub keystore: bool,
}

/// The place of `spot` in `text`, for a finding.
pub fn place(file: &str, text: &str, spot: Spot) -> Place {
    Place {
        file: file.to_owned(),
        line: spot.line,
        column: spot.column,
        end_column: spot.end_column,
        excerpt: lines(text).nth(spot.line.saturating_sub(1)).map(str::to_owned),
        label: None,
    }
}

/// How many lines the text has; the one behind its last line end counts.
pub fn line_count(text: &str) -> usize {
    lines(text).count()
}

/// The lines of the text; a line ends with LF, CRLF or CR, as the JVM counts.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.find(['\n', '\r']) else {
            rest = None;
            return Some(text);
        };
        let after = &text[end..];
        rest = Some(&after[if after.starts_with("\r\n") { 2 } else { 1 }..]);
        Some(&text[..end])
    })
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Quoted(String),
    Sign(char),
    End,
}

struct Tokens<'a> {
    characters: std::iter::Peekable<std::str::Chars<'a>>,
    line: usize,
    column: usize,
    unclosed_strings: Vec<Spot>,
    unclosed_comment: Option<Spot>,
}

impl Tokens<'_> {
    fn bump(&mut self) -> Option<char> {
        let character = self.characters.next()?;
        if character == '\n' || (character == '\r' && self.characters.peek() != Some(&'\n')) {
            self.line += 1;
            self.column = 1;
        } else {
            self.column += 1;
        }
        Some(character)
    }

    fn spot_from(&self, line: usize, column: usize) -> Spot {
        let end_column = if self.line == line { self.column } else { column + 1 };
        Spot { line, column, end_column: end_column.max(column + 1) }
    }

    fn next(&mut self) -> (Token, Spot) {
        loop {
            let (line, column) = (self.line, self.column);
            let Some(character) = self.bump() else { return (Token::End, self.spot_from(line, column)) };
            let token = match character {
                '\0'..=' ' => continue,
                '/' if self.characters.peek() == Some(&'/') => {
                    while self.characters.next_if(|next| !matches!(next, '\n' | '\r')).is_some() {
                        self.column += 1;
                    }
                    continue;
                }
                '/' if self.characters.peek() == Some(&'*') => {
                    self.bump();
                    if !self.skip_comment() {
                        self.unclosed_comment = Some(Spot { line, column, end_column: column + 2 });
                    }
                    continue;
                }
                '"' => self.quoted(line, column),
                start if is_word(start) => {
                    let mut word = String::from(start);
                    while let Some(next) = self.characters.next_if(|next| is_word(*next)) {
                        self.column += 1;
                        word.push(next);
                    }
                    Token::Word(word)
                }
                sign => Token::Sign(sign),
            };
            return (token, self.spot_from(line, column));
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

    fn quoted(&mut self, line: usize, column: usize) -> Token {
        let mut text = String::new();
        loop {
            match self.characters.peek() {
                None | Some('\n' | '\r') => {
                    let spot = self.spot_from(line, column);
                    self.unclosed_strings.push(spot);
                    break;
                }
                Some(_) => {}
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
                    let Some(digit) = self.characters.next_if(|next| matches!(next, '0'..='7')) else {
                        break;
                    };
                    self.column += 1;
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
    spot: Spot,
    /// End of the token before: where something missing belongs.
    before: Spot,
}

type Step<T> = Result<T, Mistake>;

/// Reads a policy file.
pub fn parse(text: &str) -> Parsed {
    let mut tokens = Tokens {
        characters: text.chars().peekable(),
        line: 1,
        column: 1,
        unclosed_strings: Vec::new(),
        unclosed_comment: None,
    };
    let (token, spot) = tokens.next();
    let mut parser = Parser { tokens, token, spot, before: Spot { line: 1, column: 1, end_column: 2 } };
    let mut entries = Vec::new();
    let mut keystore = false;
    let mut mistake = parser.file(&mut entries, &mut keystore).err();
    if let Some(mistake) = &mut mistake {
        // A missing quote is the cause of much; where the JVM stumbles over it comes later, or before the odd quote.
        if let Some(spot) = parser.tokens.unclosed_strings.first() {
            *mistake = Mistake { message: "the closing `\"` is missing".to_owned(), spot: *spot };
        } else {
            while parser.token != Token::End && parser.spot.line <= mistake.spot.line {
                parser.advance();
            }
            if parser.tokens.unclosed_strings.iter().any(|spot| spot.line == mistake.spot.line) {
                mistake.message.push_str("; a `\"` is missing on this line");
            }
        }
    }
    let Tokens { unclosed_strings, unclosed_comment, .. } = parser.tokens;
    Parsed { entries, mistake, unclosed_strings, unclosed_comment, keystore }
}

impl Parser<'_> {
    fn advance(&mut self) -> Token {
        let (token, spot) = self.tokens.next();
        self.before = self.spot;
        self.spot = spot;
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
        if sign == ';' && self.before.line != 0 {
            // Show where it belongs rather than what comes next, which may be lines below.
            let Spot { line, end_column, .. } = self.before;
            if line != self.spot.line {
                mistake.spot = Spot { line, column: end_column, end_column: end_column + 1 };
            }
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
        Mistake { message: format!("expected {expected}, found {found}"), spot: self.spot }
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
                password = Some(self.spot);
                self.advance();
                self.expect_quoted("a URL in quotes")?;
            } else if self.token != Token::Sign(';') {
                return Err(self.mistake("`grant` or `keystore`"));
            }
            self.expect_sign(';')?;
        }
        match password {
            Some(spot) if !*keystore => {
                Err(Mistake { message: "`keystorePasswordURL` without a `keystore`".to_owned(), spot })
            }
            _ => Ok(()),
        }
    }

    fn grant(&mut self) -> Step<Entry> {
        self.advance();
        let mut entry = Entry::default();
        while !self.take_sign('{') {
            let spot = self.spot;
            if self.take_keyword("codeBase") {
                if entry.code_base.is_some() {
                    return Err(Mistake { message: "a second `codeBase`".to_owned(), spot });
                }
                entry.code_base = Some(self.expect_quoted("a URL in quotes")?);
            } else if self.take_keyword("signedBy") {
                if entry.signed_by.is_some() {
                    return Err(Mistake { message: "a second `signedBy`".to_owned(), spot });
                }
                let names = self.expect_quoted("names in quotes")?;
                if names.split(',').any(|name| name.trim().is_empty()) {
                    return Err(Mistake { message: "an empty name in `signedBy`".to_owned(), spot });
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
        let mut spot = self.spot;
        let class = self.expect_name("a permission class")?;
        let mut permission = Permission { class, name: None, actions: None, signed_by: None, spot };
        if matches!(self.token, Token::Quoted(_)) {
            spot = self.spot;
            permission.name = Some(self.expect_quoted("a name in quotes")?);
            permission.spot = spot;
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
