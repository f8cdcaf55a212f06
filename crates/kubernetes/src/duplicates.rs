//! Names that stand twice in one mapping: kubectl makes JSON of the text, and takes the later one silently.

use std::sync::Arc;

use diagnostics::{Finding, Source, Span};
use yaml::Node;

const CODE: &str = "k8s/duplicate-key";
/// So many are told one by one: whoever has more has made them with a program, and mends that.
const MANY: usize = 100;
const FEW: usize = 16;

/// One finding for each name that is there again; of very many, how many more there are.
pub(crate) fn find(source: &Arc<Source>, node: Node<'_>) -> Vec<Finding> {
    // Nearly always there are none.
    if !node.may_repeat() {
        return Vec::new();
    }
    let mut found = Found { source, findings: Vec::new(), next: None, more: 0 };
    found.look(node);
    let Found { mut findings, next, more, .. } = found;
    if let Some(next) = next {
        let message = match more {
            1 => "another name stands twice in this object".to_owned(),
            more => format!("{more} more names stand twice in this object, from here on"),
        };
        let help = "mend what is told of the others first, and whatever has written them";
        findings.push(Finding::error(CODE, message).at(next).help(help));
    }
    findings
}

struct Found<'s> {
    source: &'s Arc<Source>,
    findings: Vec<Finding>,
    /// The first that is not told by itself, and how many of these there are.
    next: Option<Span>,
    more: usize,
}

impl Found<'_> {
    fn look(&mut self, node: Node<'_>) {
        // Few names are compared as they are.
        let is_few = node.entries().nth(FEW).is_none();
        let mut few = [""; FEW];
        let mut keys = 0;
        let mut many = if is_few { Vec::new() } else { again(node) }.into_iter().peekable();
        for (key, value) in node.entries() {
            self.look(value);
            let Some(name) = key.text() else { continue };
            let before = if is_few {
                let known = few.iter().take(keys).position(|known| *known == name);
                if let Some(free) = few.get_mut(keys) {
                    *free = name;
                    keys += 1;
                }
                known.and_then(|place| node.entries().filter(|(key, _)| key.text().is_some()).nth(place))
            } else {
                let before = many.next_if(|(this, _)| *this == key.at());
                before.map(|(_, before)| (key.beside(before), value))
            };
            if let Some((before, _)) = before {
                self.tell(name, key, before);
            }
        }
        for item in node.items() {
            self.look(item);
        }
    }

    fn tell(&mut self, name: &str, key: Node<'_>, before: Node<'_>) {
        if name == "<<" {
            return;
        }
        let place = |key: Node<'_>| Span::new(self.source, key.range());
        if self.findings.len() == MANY {
            self.more += 1;
            self.next = self.next.take().or_else(|| Some(place(key)));
            return;
        }
        let message = format!("`{name}` stands twice in one mapping: only this one counts");
        let finding = Finding::error(CODE, message)
            .at(place(key))
            .help("what the first one says is lost silently: put both together, or remove one")
            .also(place(before), "the first one is");
        self.findings.push(finding);
    }
}

/// The keys of a mapping that are there again, each with the one before; both by their places in the tree. There may be
/// millions.
fn again(node: Node<'_>) -> Vec<(u32, u32)> {
    let mut keys: Vec<u32> = Vec::new();
    keys.extend(node.entries().map(|(key, _)| key.at()));
    let name = |at: u32| node.beside(at).text();
    // Those that are alike stand together then.
    keys.sort_unstable_by_key(|at| (name(*at), *at));
    let pairs = keys.windows(2).filter_map(|pair| Some((*pair.last()?, *pair.first()?)));
    let mut again: Vec<(u32, u32)> = pairs.filter(|(this, before)| name(*this) == name(*before)).collect();
    again.sort_unstable();
    again
}
