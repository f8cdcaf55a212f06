//! Text that a terminal does not act on.

/// Text for a terminal: control characters (a value may hold escape sequences) become `·`.
pub fn printable(text: &str) -> String {
    text.chars().map(|character| if is_unprintable(character) { '·' } else { character }).collect()
}

/// What a terminal would act on: control characters, line separators, and what turns the direction of text.
pub fn is_unprintable(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
