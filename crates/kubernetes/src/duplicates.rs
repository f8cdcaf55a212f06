//! Names that stand twice in one mapping: kubectl makes JSON of the text, and takes the later one silently.

use std::rc::Rc;

use diagnostics::{Finding, Source, Span};
use yaml::Node;

const CODE: &str = "k8s/duplicate-key";
/// So many are told one by one: whoever has more has made them with a program, and mends that.
const MANY: usize = 100;
const FEW: usize = 16;

/// One finding for each name that is there again; of very many, how many more there are.
pub(crate) fn find(source: &Rc<Source>, node: &Node) -> Vec<Finding> {
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
    source: &'s Rc<Source>,
    findings: Vec<Finding>,
    /// The first that is not told by itself, and how many of these there are.
    next: Option<Span>,
    more: usize,
}

impl Found<'_> {
    fn look(&mut self, node: &Node) {
        let entries = node.entries();
        let name = |position: usize| entries.get(position).and_then(|(key, _)| key.text());
        // Few names are compared as they are; of many, those that are alike stand together in this order.
        let mut again: Vec<(usize, usize)> = Vec::new();
        if entries.len() > FEW {
            let mut order: Vec<usize> = (0..entries.len()).collect();
            order.sort_unstable_by_key(|position| (name(*position), *position));
            let pairs = order.windows(2).filter_map(|pair| Some((*pair.last()?, *pair.first()?)));
            again.extend(pairs.filter(|(this, before)| name(*this) == name(*before)));
            again.sort_unstable();
        } else {
            for this in 0..entries.len() {
                let before = (0..this).find(|before| name(*before) == name(this));
                again.extend(before.map(|before| (this, before)));
            }
        }
        let mut again = again.into_iter().peekable();
        for (position, (key, value)) in entries.iter().enumerate() {
            self.look(value);
            let again = again.next_if(|(this, _)| *this == position);
            let before = again.and_then(|(_, before)| entries.get(before));
            if let (Some(name), Some((before, _))) = (key.text(), before) {
                self.tell(name, key, before);
            }
        }
        for item in node.items() {
            self.look(item);
        }
    }

    fn tell(&mut self, name: &str, key: &Node, before: &Node) {
        if name == "<<" {
            return;
        }
        let place = |key: &Node| Span::new(self.source, key.range.clone());
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
