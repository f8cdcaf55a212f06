//! The page of a code, as a terminal shows it.
//!
//! A page is Markdown: what the finding means; `Why:` and what the real server does, in its own words; blocks whose
//! first line says what they are; `Fix:`; `Source:`. The blocks are
//!
//! - `yaml wrong elasticsearch.yml 2.3.4`: this file, judged for this version; `right` is the other one;
//! - `yaml wrong kubeconfig`: a file that the commands beside it use;
//! - `sh wrong`: the commands, `docker run …` or `es-entrypoint check …`;
//! - `text`: what somebody prints.
//!
//! A test runs all that are wrong or right.

use std::sync::LazyLock;

use crate::codes::Code;

/// All pages, as `build.rs` made them: `NAME`, a NUL, the text, a NUL.
static PAGES: LazyLock<String> =
    LazyLock::new(|| inflated(include_bytes!(concat!(env!("OUT_DIR"), "/pages.deflate"))));

/// A text of this program that a build script compressed.
#[must_use]
pub fn inflated(compressed: &[u8]) -> String {
    const LARGEST: usize = 1 << 20;
    let bytes = miniz_oxide::inflate::decompress_to_vec_with_limit(compressed, LARGEST).unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

impl Code {
    /// The text of `pages/AREA/NAME.md`, which `help CODE` shows.
    pub fn page(&self) -> &'static str {
        let mut parts = PAGES.split('\0');
        while let (Some(name), Some(text)) = (parts.next(), parts.next()) {
            if name == self.name {
                return text;
            }
        }
        // The macro of the codes has seen the file of each.
        ""
    }
}

/// What stands over a block that begins with this line: `Wrong, elasticsearch.yml of 2.3.4:`.
pub fn caption(fence: &str) -> Option<String> {
    let mut words = fence.trim_start_matches('`').split(' ').skip(1);
    let mut text = String::from(match words.next()? {
        "wrong" => "Wrong",
        "right" => "Right",
        _ => return None,
    });
    for (between, word) in [", ", " of "].into_iter().zip(words) {
        text.push_str(between);
        text.push_str(word);
    }
    text.push(':');
    Some(text)
}

/// The whole page: the code, its severity and meaning, and the text with its blocks indented.
pub fn plain(code: &Code) -> String {
    of_text(code, code.page())
}

/// The same with that text.
pub fn of_text(code: &Code, text: &str) -> String {
    let mut out = format!("{} ({})\n{}\n\n", code.name, code.severity, code.meaning);
    let mut in_block = false;
    for line in text.lines() {
        if line.starts_with("```") {
            in_block = !in_block;
            if let Some(caption) = caption(line).filter(|_| in_block) {
                out.push_str(&caption);
                out.push('\n');
            }
            continue;
        }
        if in_block && !line.is_empty() {
            out.push_str("    ");
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

/// The text as others print Markdown: what a block is stands in front of it.
pub fn markdown(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        match caption(line) {
            Some(caption) => {
                let language = line.split(' ').next().unwrap_or_default();
                out.extend([caption.as_str(), "\n\n", language, "\n"]);
            }
            None => out.extend([line, "\n"]),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_indented_below_what_they_are() {
        let page =
            "It stops.\n\n```yaml wrong a.yml 2.3.4\na: 1\n\nb: 2\n```\n\n```text\nno\n```\n\nSource: x\n";
        let code = Code { name: "a/b", severity: "error", meaning: "it is wrong" };
        assert_eq!(
            of_text(&code, page),
            "a/b (error)\nit is wrong\n\nIt stops.\n\nWrong, a.yml of 2.3.4:\n    a: 1\n\n    b: 2\n\n    no\n\nSource: x\n"
        );
        assert_eq!(
            markdown(page),
            "It stops.\n\nWrong, a.yml of 2.3.4:\n\n```yaml\na: 1\n\nb: 2\n```\n\n```text\nno\n```\n\nSource: x\n"
        );
        assert_eq!(caption("```sh right"), Some("Right:".into()));
        assert_eq!(caption("```"), None);
    }
}
