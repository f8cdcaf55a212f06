//! What a scalar with placeholders must mean: its parsed value with each placeholder replaced, and whether the server would
//! read that as it is meant.

use crate::format::Format;
use crate::problem::Problem;
use crate::scalar::Position;
use crate::yaml::Walker;
use yaml::Entry;

impl Walker<'_, '_> {
    /// Puts the expected text together: the parsed value with each marker replaced.
    pub(crate) fn expected_text(&mut self, entry: &Entry, first: usize) -> bool {
        if self.use_plain_engine(entry) {
            return true;
        }
        let mut rest = entry.value.as_str();
        for piece in &self.pieces {
            let Some(at) = rest.find(self.marker) else { return self.lost(entry) };
            self.expected.push_str(rest.get(..at).unwrap_or(""));
            self.expected.push_str(self.values.get(piece.start..piece.end).unwrap_or(""));
            rest = rest.get(at + piece.token.end - piece.token.start..).unwrap_or("");
        }
        if rest.contains(self.marker) || self.tokens.get(first).is_none() {
            return self.lost(entry);
        }
        self.expected.push_str(rest);
        true
    }

    /// What a key that holds a secret is called in messages: the placeholders instead of their values.
    pub(crate) fn shown_key(&self, entry: &Entry) -> String {
        let mut shown = String::new();
        let mut rest = entry.value.as_str();
        for piece in &self.pieces {
            let Some(at) = rest.find(self.marker) else { break };
            shown.push_str(rest.get(..at).unwrap_or(""));
            shown.push_str("${");
            shown.push_str(piece.token.name(self.body));
            shown.push('}');
            rest = rest.get(at + piece.token.end - piece.token.start..).unwrap_or("");
        }
        shown + rest
    }

    /// Plain text with plain `${NAME}` placeholders is what the `envsubst` crate is made for. It gets only the names
    /// that the scalar has, only texts without `$`, `{` and `}`, and its error, which would show a value, is dropped.
    fn use_plain_engine(&mut self, entry: &Entry) -> bool {
        let is_special = |text: &str| text.bytes().any(|byte| matches!(byte, b'$' | b'{' | b'}'));
        let whole = self.pieces.len() == 1
            && self
                .pieces
                .first()
                .is_some_and(|piece| entry.value.len() == piece.token.end - piece.token.start);
        // It goes over the whole text once for each name.
        let many = self.pieces.len() > 8;
        if whole || many || is_special(&self.values) || is_special(&entry.value) {
            return false;
        }
        let mut source = String::with_capacity(entry.value.len());
        let mut rest = entry.value.as_str();
        self.plain_engine.clear();
        for piece in &self.pieces {
            if !piece.token.is_bare() || piece.token.brackets(self.body).0 != "${" {
                return false;
            }
            let name = piece.token.name(self.body);
            let written = self.body.get(piece.token.start..piece.token.end).unwrap_or("");
            let Some(at) = rest.find(self.marker) else { return false };
            source.push_str(rest.get(..at).unwrap_or(""));
            source.push_str(written);
            rest = rest.get(at + written.len()..).unwrap_or("");
            let value = self.values.get(piece.start..piece.end).unwrap_or("");
            self.plain_engine.insert(name.to_owned(), value.to_owned());
        }
        source.push_str(rest);
        match envsubst::substitute(source, &self.plain_engine) {
            Ok(text) => {
                self.expected = text;
                true
            }
            Err(_) => false,
        }
    }

    fn lost(&mut self, entry: &Entry) -> bool {
        let message = "the placeholders of this value cannot be distinguished from its text";
        let help = "put the value in double quotes on one line";
        self.evaluator.problems.push(Problem::new(
            "template/structure",
            (entry.start, entry.start + 1),
            message,
            help,
        ));
        false
    }

    /// Refuses or warns of what the server would make of the text.
    pub(crate) fn check_reexpansion(&mut self, entry: &Entry, position: Position, text: &str) {
        if position.key && text.chars().count() > 1000 {
            let message = "a key longer than 1000 characters";
            let help = "YAML ends a key after 1024 characters: use a shorter value";
            self.evaluator.problems.push(Problem::new(
                "template/unsafe-value",
                (entry.start, entry.end),
                message,
                help,
            ));
        }
        if self.evaluator.format != Format::Elasticsearch {
            return;
        }
        if text.contains("${") && self.makes_reference(text, entry) {
            let range = self
                .pieces
                .first()
                .map_or((entry.start, entry.end), |piece| (piece.token.start, piece.token.end));
            let message = "a value and the text beside it make `${`";
            let help = "Elasticsearch would expand it once more and knows no escape: change the value";
            self.evaluator.problems.push(Problem::new("template/unsafe-value", range, message, help));
        }
    }

    /// Whether a `${` of the text begins or ends in a variable's value.
    fn makes_reference(&self, text: &str, entry: &Entry) -> bool {
        // The ranges of the pieces in the text.
        let mut at = 0;
        let mut rest = entry.value.as_str();
        for piece in &self.pieces {
            let Some(before) = rest.find(self.marker) else { return true };
            at += before;
            let end = at + piece.end - piece.start;
            let parts = |border: usize| {
                let both = border.checked_sub(1).and_then(|before| text.as_bytes().get(before..=border));
                both == Some(b"${")
            };
            if at < end && (parts(at) || parts(end)) {
                return true;
            }
            at = end;
            rest = rest.get(before + piece.token.end - piece.token.start..).unwrap_or("");
        }
        false
    }
}
