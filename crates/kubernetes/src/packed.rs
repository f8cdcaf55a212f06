//! A tree of a manifest in few bytes: those of all objects are in memory together, and most are looked at for a moment.

use yaml::{Content, Node, Properties, Style};

const STYLES: [Style; 5] = [Style::Plain, Style::Single, Style::Double, Style::Literal, Style::Folded];
const SCALAR: u8 = 0;
const ALIAS: u8 = 1;
const SEQUENCE: u8 = 2;
const MAPPING: u8 = 3;
/// The text stands in the source as it is; that of a literal block but for the spaces before each line.
const AS_WRITTEN: u8 = 1 << 5;
const PROPERTIES: u8 = 1 << 6;

/// The bytes for a tree whose ranges are those of a text.
pub(crate) fn pack(node: &Node, text: &str) -> Box<[u8]> {
    let mut bytes = Vec::new();
    put_node(node, text, &mut bytes);
    bytes.into()
}

/// The tree again.
pub(crate) fn unpack(bytes: &[u8], text: &str) -> Option<Node> {
    Reader { bytes, text }.node()
}

fn put_node(node: &Node, text: &str, bytes: &mut Vec<u8>) {
    let (mut kind, own) = match &node.content {
        Content::Scalar { text, style } => {
            let style = STYLES.iter().position(|known| known == style).unwrap_or_default();
            (SCALAR | u8::try_from(style << 2).unwrap_or_default(), &**text)
        }
        Content::Alias(name) => (ALIAS, &**name),
        Content::Sequence(_) => (SEQUENCE, ""),
        Content::Mapping(_) => (MAPPING, ""),
    };
    let written = if kind & 3 == SCALAR { text.get(node.inner_range()) } else { None };
    let indent = written.filter(|written| written.starts_with('|')).and_then(|written| indent(written, own));
    let is_as_written = written == Some(own) || indent.is_some();
    kind |= if is_as_written { AS_WRITTEN } else { 0 };
    kind |= if node.properties.is_some() { PROPERTIES } else { 0 };
    bytes.push(kind);
    put_number(node.range.start, bytes);
    put_number(node.range.len(), bytes);
    if let Some(properties) = &node.properties {
        for part in [&properties.anchor, &properties.tag] {
            bytes.push(u8::from(part.is_some()));
            put_text(part.as_deref().unwrap_or_default(), bytes);
        }
    }
    match &node.content {
        Content::Scalar { .. } | Content::Alias(_) if is_as_written => {
            indent.into_iter().for_each(|indent| put_number(indent, bytes));
        }
        Content::Scalar { .. } | Content::Alias(_) => put_text(own, bytes),
        Content::Sequence(items) => {
            put_number(items.len(), bytes);
            items.iter().for_each(|item| put_node(item, text, bytes));
        }
        Content::Mapping(entries) => {
            put_number(entries.len(), bytes);
            for (key, value) in entries {
                put_node(key, text, bytes);
                put_node(value, text, bytes);
            }
        }
    }
}

/// How many spaces each line of a literal block has lost, where nothing else happened to it.
fn indent(written: &str, own: &str) -> Option<usize> {
    let spaces = |text: &str| {
        let line = text.lines().find(|line| !line.trim().is_empty())?;
        Some(line.len() - line.trim_start().len())
    };
    let (_, body) = written.split_once('\n')?;
    let indent = spaces(body)?.checked_sub(spaces(own)?)?;
    (yaml::literal(written, indent) == own).then_some(indent)
}

fn put_text(text: &str, bytes: &mut Vec<u8>) {
    put_number(text.len(), bytes);
    bytes.extend_from_slice(text.as_bytes());
}

/// Seven bits a byte, the lowest first.
fn put_number(mut number: usize, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(low(number) | 0x80);
        number >>= 7;
    }
    bytes.push(low(number));
}

/// The lowest seven bits.
fn low(number: usize) -> u8 {
    u8::try_from(number & 0x7F).unwrap_or_default()
}

struct Reader<'a> {
    bytes: &'a [u8],
    text: &'a str,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        let mut shift = 0;
        loop {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7F).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(number);
            }
            shift += 7;
        }
    }

    fn text(&mut self) -> Option<String> {
        let length = self.number()?;
        let (text, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(std::str::from_utf8(text).ok()?.to_owned())
    }

    fn node(&mut self) -> Option<Node> {
        let kind = self.byte()?;
        let start = self.number()?;
        let range = start..start + self.number()?;
        let mut node = Node { range, content: Content::Alias(Box::default()), properties: None };
        if kind & PROPERTIES != 0 {
            let mut part = || Some((self.byte()? == 1).then_some(self.text()?));
            node.properties = Some(Box::new(Properties { anchor: part()?, tag: part()? }));
        }
        node.content = match kind & 3 {
            SCALAR => {
                let style = *STYLES.get(usize::from(kind >> 2 & 7))?;
                node.content = Content::Scalar { text: Box::default(), style };
                let text = match kind & AS_WRITTEN {
                    0 => self.text()?,
                    _ if style == Style::Literal => {
                        let indent = self.number()?;
                        yaml::literal(self.text.get(node.inner_range())?, indent)
                    }
                    _ => self.text.get(node.inner_range())?.to_owned(),
                };
                let text = text.into();
                Content::Scalar { text, style }
            }
            ALIAS => Content::Alias(self.text()?.into()),
            SEQUENCE => Content::Sequence((0..self.number()?).map(|_| self.node()).collect::<Option<_>>()?),
            _ => {
                let pairs = (0..self.number()?).map(|_| Some((self.node()?, self.node()?)));
                Content::Mapping(pairs.collect::<Option<_>>()?)
            }
        };
        Some(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_comes_back_as_it_was() {
        let text = "a: &x !!str 3\nb: ['q', \"d\\n\", p, *x]\nc: |\n  é 1\n  2\nl: |2-\n   x\nm: |+\n\n   x\n  y\n\nd: >-\n  f\n  g\n? [k]\n: {}\n'e''e': \"\"\n";
        let node = yaml::parse(text).unwrap().unwrap();
        let packed = pack(&node, text);
        assert!(packed.len() < 200, "{}", packed.len());
        assert_eq!(unpack(&packed, text), Some(node));
        assert_eq!(unpack(&packed[..packed.len() - 1], text), None);
    }
}
