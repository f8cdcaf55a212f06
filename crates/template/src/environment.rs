//! The environment as typed inputs: which variable has which value, where it came from, and whether it may be shown.
//!
//! Pure: `main` hands over the variables once, and the texts of `NAME_FILE` files after reading them.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::rc::Rc;

use crate::secret::has_password;
use diagnostics::{is_secret_name, order};

/// Where a variable's value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The variables that this process was started with.
    Process,
    /// The file that `NAME_FILE` names.
    File(String),
    /// Computed by us; the text says from what, for instance `MASTER_COUNT`.
    Derived(String),
}

/// What a lookup gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    Text(String),
    /// Set, but not UTF-8: a reference to it is an error.
    NotUtf8,
    /// `NAME` and `NAME_FILE` are both set.
    BothFileAndValue,
    /// `NAME_FILE` names a file that cannot be used; the reason never holds the content.
    UnreadableFile {
        path: String,
        reason: String,
    },
    /// It may be set, and nobody here can say to what. What refers to it has no text, and that is no error.
    Unknown,
}

/// One variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    pub content: Content,
    pub origin: Origin,
    /// Never print the value.
    pub secret: bool,
}

/// The variables as the process got them, found by name.
#[derive(Debug, Default)]
struct Process {
    pairs: Vec<(OsString, OsString)>,
    /// One for each name, in the order of the names: where its last pair stands, and the variable once it was asked for.
    /// A process may have thousands, of which few are ever asked for.
    by_name: Vec<(usize, OnceCell<Variable>)>,
    /// Those that are set, and nobody here can say to what.
    unknown: BTreeMap<String, Variable>,
    /// What else may be set, by the beginning and the end of its name; and what any such name then is.
    others: Option<(Vec<Pattern>, Box<Variable>)>,
    /// What else is set: it has no name that counts here. Many may share it.
    below: Option<Rc<Process>>,
    /// What was answered to questions that many ask who share this.
    answers: RefCell<Vec<(Question, Rc<Answer>)>>,
}

/// Whether a name is one of those that somebody looks for.
pub type Question = fn(&str) -> bool;

/// The places of pairs, and the names of what nobody can say.
type Answer = (Vec<usize>, Vec<String>);

/// The beginning and the end of names.
type Pattern = (String, &'static str);

impl Process {
    fn new(pairs: Vec<(OsString, OsString)>) -> Self {
        let name = |position: usize| pairs.get(position).map(|(name, _)| name);
        // Of equal names the last one stands last.
        let order = order::indexes(pairs.len(), &|one, other| name(one).cmp(&name(other)));
        let of_one_name = order.chunk_by(|one, other| name(*one) == name(*other));
        let by_name =
            of_one_name.filter_map(|positions| Some((*positions.last()?, OnceCell::new()))).collect();
        Self { pairs, by_name, ..Self::default() }
    }

    fn find(&self, name: &str) -> Option<(&(OsString, OsString), &OnceCell<Variable>)> {
        self.find_own(name).or_else(|| {
            let below = self.below.as_ref().filter(|_| !self.unknown.contains_key(name))?;
            below.find(name)
        })
    }

    fn find_own(&self, name: &str) -> Option<(&(OsString, OsString), &OnceCell<Variable>)> {
        let name_of = |position: usize| self.pairs.get(position).map(|(name, _)| name.as_os_str());
        let found =
            self.by_name.binary_search_by_key(&Some(OsStr::new(name)), |(position, _)| name_of(*position));
        let (position, variable) = self.by_name.get(found.ok()?)?;
        Some((self.pairs.get(*position)?, variable))
    }

    fn get(&self, name: &str) -> Option<&Variable> {
        let Some(((_, value), variable)) = self.find(name) else { return self.get_unknown(name) };
        Some(variable.get_or_init(|| {
            let content = value.to_str().map_or(Content::NotUtf8, |text| Content::Text(text.to_owned()));
            let secret =
                is_secret_name(name) || matches!(&content, Content::Text(text) if has_password(text));
            Variable { content, origin: Origin::Process, secret }
        }))
    }
}

impl Process {
    fn get_unknown(&self, name: &str) -> Option<&Variable> {
        let other = || {
            let (patterns, variable) = self.others.as_ref()?;
            let fits = |(begin, end): &Pattern| name.starts_with(begin.as_str()) && name.ends_with(end);
            patterns.iter().any(fits).then_some(&**variable)
        };
        let below = || self.below.as_ref()?.unknown.get(name);
        self.unknown.get(name).or_else(below).or_else(other)
    }

    /// What of this has names that were asked for. Whoever shares it may ask the same: it is not looked through again.
    fn answer(&self, question: Question) -> Rc<Answer> {
        let mut answers = self.answers.borrow_mut();
        // Two functions at one address answer alike.
        let known = answers.iter().find(|(known, _)| std::ptr::fn_addr_eq(*known, question));
        if let Some((_, answer)) = known {
            return Rc::clone(answer);
        }
        let is_asked_for = |place: &usize| {
            let name = self.pairs.get(*place).and_then(|(name, _)| name.to_str());
            name.is_some_and(question)
        };
        let pairs = (0..self.pairs.len()).filter(is_asked_for).collect();
        let unknown = self.unknown.keys().filter(|name| question(name)).cloned().collect();
        let answer = Rc::new((pairs, unknown));
        answers.push((question, Rc::clone(&answer)));
        answer
    }

    fn is_own(&self, name: &str) -> bool {
        self.find_own(name).is_some() || self.unknown.contains_key(name)
    }
}

/// Every variable there is: those of the process, and what files and other variables gave to further names. Where the
/// process has a name twice, the last one counts, for templates and the server's scripts alike.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    process: Rc<Process>,
    /// What was set since, and counts before those of the process.
    set: BTreeMap<String, Variable>,
    /// Why variables have no value that others would have given.
    reasons: BTreeMap<String, String>,
    /// What others would have given to variables that have a value of their own.
    beaten: BTreeMap<String, Variable>,
}

impl Environment {
    /// The variables of the process. Names that are not UTF-8 cannot be referred to, and are only passed on.
    pub fn new(pairs: Vec<(OsString, OsString)>) -> Self {
        Self { process: Rc::new(Process::new(pairs)), ..Self::default() }
    }

    /// The same with further names that are set, and nobody here can say to what; a pair of such a name does not count. Also
    /// unknown is every other name that begins and ends like one of `others`. What the process of `below` has is set, too, where
    /// nothing else has that name; `below` has nothing below it.
    pub fn with_unknown(
        mut pairs: Vec<(OsString, OsString)>,
        unknown: impl IntoIterator<Item = String>,
        others: Vec<(String, &'static str)>,
        below: Option<&Self>,
    ) -> Self {
        let variable = |secret| Variable { content: Content::Unknown, origin: Origin::Process, secret };
        let mut by_name = BTreeMap::new();
        by_name.extend(unknown.into_iter().map(|name| (name.clone(), variable(is_secret_name(&name)))));
        let unknown = by_name;
        pairs.retain(|(name, _)| name.to_str().is_none_or(|name| !unknown.contains_key(name)));
        // Whether a name is that of a secret is not asked again: its value is not there to be shown.
        let others = (!others.is_empty()).then(|| (others, Box::new(variable(true))));
        let below = below.map(|below| Rc::clone(&below.process));
        let process = Process { unknown, others, below, ..Process::new(pairs) };
        Self { process: Rc::new(process), ..Self::default() }
    }

    /// The variable, or nothing when it is unset.
    pub fn get(&self, name: &str) -> Option<&Variable> {
        self.set.get(name).or_else(|| self.process.get(name))
    }

    /// The value when it is set and readable text.
    pub fn text(&self, name: &str) -> Option<&str> {
        match &self.get(name)?.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// What the process itself has under that name, whatever files and derivation made of it: what the server, its
    /// scripts and its plugins will see.
    pub fn process(&self, name: &str) -> Option<&OsStr> {
        self.process.find(name).map(|((_, value), _)| value.as_os_str())
    }

    /// Whether the process has that name, and nobody here can say with which value: [`Self::process`] gives nothing for it, and
    /// nothing follows from that.
    pub fn is_unknown_in_process(&self, name: &str) -> bool {
        self.process.find(name).is_none() && self.process.get_unknown(name).is_some()
    }

    /// All names of that kind that are certainly set and asked for.
    pub fn unknown_in_process(&self, question: Question) -> Vec<String> {
        let mut names = self.process.answer(question).1.clone();
        if let Some(below) = &self.process.below {
            let further = below.answer(question);
            names.extend(further.1.iter().filter(|name| !self.process.is_own(name)).cloned());
        }
        names
    }

    /// The same where it is not empty.
    pub fn set_in_process(&self, name: &str) -> Option<&OsStr> {
        self.process(name).filter(|value| !value.is_empty())
    }

    /// The same as text; what is no UTF-8 is replaced.
    pub fn text_in_process(&self, name: &str) -> Option<String> {
        self.set_in_process(name).map(|value| value.to_string_lossy().into_owned())
    }

    /// What the process itself has under each name that is asked for, in the order of the names; those that are no UTF-8 are left
    /// out.
    pub fn in_process(&self, question: Question) -> BTreeMap<&str, &OsStr> {
        let pairs = self.pairs_in_process(question).into_iter();
        let mut by_name = BTreeMap::new();
        by_name.extend(pairs.filter_map(|(name, value)| Some((name.to_str()?, value.as_os_str()))));
        by_name
    }

    /// The same in the order of the process, where a name may stand twice.
    pub fn pairs_in_process(&self, question: Question) -> Vec<&(OsString, OsString)> {
        let places = self.process.answer(question);
        let own = places.0.iter().filter_map(|place| self.process.pairs.get(*place));
        let mut pairs: Vec<_> = own.collect();
        if let Some(below) = &self.process.below {
            let places = below.answer(question);
            let further = places.0.iter().filter_map(|place| below.pairs.get(*place));
            let is_own = |name: &OsStr| name.to_str().is_some_and(|name| self.process.is_own(name));
            pairs.extend(further.filter(|(name, _)| !is_own(name)));
        }
        pairs
    }

    /// The variables as the process got them, in their order.
    pub fn pairs(&self) -> Vec<&(OsString, OsString)> {
        let below = self.process.below.iter().flat_map(|below| &below.pairs);
        let below = below.filter(|(name, _)| !name.to_str().is_some_and(|name| self.process.is_own(name)));
        self.process.pairs.iter().chain(below).collect()
    }

    /// Sets a variable, replacing what was there. The process keeps its own.
    pub fn set(&mut self, name: impl Into<String>, variable: Variable) {
        self.set.insert(name.into(), variable);
    }

    /// Keeps what would have been set, had that variable no value of its own.
    pub fn set_beaten(&mut self, name: impl Into<String>, variable: Variable) {
        self.beaten.insert(name.into(), variable);
    }

    /// What would have been set, had that variable no value of its own.
    pub fn beaten(&self, name: &str) -> Option<&Variable> {
        self.beaten.get(name)
    }

    /// Says why that variable has no value, and what gives it one: for whoever refers to it.
    pub fn explain_missing(&mut self, name: impl Into<String>, reason: impl Into<String>) {
        self.reasons.insert(name.into(), reason.into());
    }

    /// Why that variable has no value, where more is known than that nobody set it.
    pub(crate) fn why_missing(&self, name: &str) -> Option<&str> {
        self.reasons.get(name).map(String::as_str)
    }

    /// Every name in order, for suggestions.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let layers = || std::iter::once(&self.process).chain(&self.process.below);
        let known = layers().flat_map(|layer| &layer.pairs).filter_map(|(name, _)| name.to_str());
        let unknown = layers().flat_map(|layer| layer.unknown.keys());
        let further = unknown.chain(self.set.keys()).map(String::as_str);
        let mut names = BTreeSet::new();
        names.extend(known.chain(further));
        names.into_iter()
    }
}

/// An environment of name and text pairs, for tests.
impl<'a> FromIterator<(&'a str, &'a str)> for Environment {
    fn from_iter<T: IntoIterator<Item = (&'a str, &'a str)>>(pairs: T) -> Self {
        Self::new(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// Names that are looked up although no template refers to them: other values are derived from these.
const SOURCES_OF_DERIVED: [&str; 4] = ["MASTER_COUNT", "MASTER_STATEFULSET", "POD_NAME", "POD_NAMESPACE"];

/// Whether a variable of that name is read although no template refers to it.
pub fn is_source_of_derived(name: &str) -> bool {
    SOURCES_OF_DERIVED.contains(&name)
}

/// The files to read for the referenced names: `(NAME, path)` where `NAME` is unset and `NAME_FILE` has a value.
/// Where both are set the variable becomes an error for whoever refers to it.
pub fn value_files(environment: &mut Environment, referenced: &BTreeSet<String>) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let sources = SOURCES_OF_DERIVED.iter().map(|name| (*name).to_owned());
    let mut names = referenced.clone();
    names.extend(sources);
    for name in names {
        let file = format!("{name}_FILE");
        let is_unknown = environment.get(&file).is_some_and(|it| it.content == Content::Unknown);
        if is_unknown && environment.get(&name).is_none() {
            set_from_file(environment, &name, "", None);
            continue;
        }
        let Some(path) = environment.text(&file).filter(|path| !path.is_empty()) else {
            continue;
        };
        if let Some(variable) = environment.get(&name) {
            // Whether it is set is not known.
            if variable.content == Content::Unknown {
                continue;
            }
            let origin = Origin::Process;
            environment.set(&name, Variable { content: Content::BothFileAndValue, origin, secret: true });
        } else {
            files.push((name, path.to_owned()));
        }
    }
    files
}

/// Sets a variable from its file: exactly one trailing newline goes. `read` is nothing when nobody can say what the
/// file holds.
pub fn set_from_file(
    environment: &mut Environment,
    name: &str,
    path: &str,
    read: Option<Result<Vec<u8>, String>>,
) {
    let unreadable = |reason: String| Content::UnreadableFile { path: path.to_owned(), reason };
    let content = match read {
        None => Content::Unknown,
        Some(Err(reason)) => unreadable(reason),
        Some(Ok(mut bytes)) => {
            if bytes.last() == Some(&b'\n') {
                bytes.pop();
            }
            match String::from_utf8(bytes) {
                Ok(text) => Content::Text(text),
                Err(_) => unreadable("is not UTF-8 text".into()),
            }
        }
    };
    environment.set(name, Variable { content, origin: Origin::File(path.to_owned()), secret: true });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_files_are_read_only_for_unset_names() {
        let mut environment: Environment =
            [("A_FILE", "/a"), ("B", "x"), ("B_FILE", "/b"), ("C_FILE", ""), ("D_FILE", "/d")]
                .into_iter()
                .collect();
        let names = ["A", "B", "C"].map(String::from).into_iter().collect();
        assert_eq!(value_files(&mut environment, &names), [("A".to_owned(), "/a".to_owned())]);
        assert_eq!(environment.get("B").unwrap().content, Content::BothFileAndValue);
        let mut unknown = Environment::with_unknown(Vec::new(), ["E_FILE".to_owned()], Vec::new(), None);
        let names = ["E"].map(String::from).into_iter().collect();
        assert_eq!(value_files(&mut unknown, &names), []);
        assert_eq!(unknown.get("E").unwrap().content, Content::Unknown);
        set_from_file(&mut environment, "A", "/a", Some(Ok(b"secret\n\n".to_vec())));
        assert_eq!(environment.text("A"), Some("secret\n"));
        assert!(environment.get("A").unwrap().secret);
        set_from_file(&mut environment, "A", "/a", Some(Ok(b"\xff".to_vec())));
        assert_eq!(
            environment.get("A").unwrap().content,
            Content::UnreadableFile { path: "/a".into(), reason: "is not UTF-8 text".into() }
        );
    }

    #[test]
    fn an_unknown_variable_is_set() {
        let pairs = vec![("A".into(), "1".into()), ("B".into(), "2".into())];
        let environment = Environment::with_unknown(
            pairs,
            ["B".to_owned(), "DB_PASSWORD".to_owned()],
            vec![("ES_".to_owned(), ""), (String::new(), "_SERVICE_HOST")],
            None,
        );
        for (name, is_unknown) in [("ES_X", true), ("LOGS_SERVICE_HOST", true), ("C", false), ("A", false)] {
            assert_eq!(environment.is_unknown_in_process(name), is_unknown, "{name}");
            let content = environment.get(name).map(|variable| variable.content == Content::Unknown);
            assert_eq!(content.unwrap_or(false), is_unknown, "{name}");
        }
        assert_eq!(environment.get("B").unwrap().content, Content::Unknown);
        assert_eq!((environment.text("B"), environment.process("B")), (None, None));
        assert!(environment.is_unknown_in_process("B") && !environment.is_unknown_in_process("A"));
        assert!(environment.get("DB_PASSWORD").unwrap().secret);
        assert_eq!(environment.names().collect::<Vec<_>>(), ["A", "B", "DB_PASSWORD"]);
        assert_eq!(environment.pairs().len(), 1);
    }

    #[test]
    fn what_many_share_counts_where_nothing_else_has_that_name() {
        let pair = |name: &str, value: &str| (name.into(), value.into());
        let shared = Environment::with_unknown(
            vec![pair("A", "shared"), pair("B", "shared"), pair("C", "shared")],
            ["D".to_owned(), "E".to_owned(), "F".to_owned()],
            Vec::new(),
            None,
        );
        let environment = Environment::with_unknown(
            vec![pair("A", "own"), pair("D", "own")],
            ["B".to_owned(), "E".to_owned()],
            vec![("X_".to_owned(), "")],
            Some(&shared),
        );
        let texts = ["A", "B", "C", "D", "E"].map(|name| environment.text(name));
        assert_eq!(texts, [Some("own"), None, Some("shared"), Some("own"), None]);
        for name in ["B", "E", "F", "X_1"] {
            assert!(environment.is_unknown_in_process(name), "{name}");
            assert_eq!(environment.get(name).unwrap().content, Content::Unknown, "{name}");
        }
        let any = |_: &str| true;
        for _ in 0..2 {
            assert_eq!(environment.unknown_in_process(any), ["B", "E", "F"]);
            assert_eq!(environment.unknown_in_process(|name| name > "B"), ["E", "F"]);
            let known: Vec<_> = environment.in_process(any).into_iter().collect();
            assert_eq!(known, [("A", "own"), ("C", "shared"), ("D", "own")].map(|(a, b)| (a, OsStr::new(b))));
            assert_eq!(environment.in_process(|name| name == "C").len(), 1);
        }
        assert_eq!(environment.pairs(), [&pair("A", "own"), &pair("D", "own"), &pair("C", "shared")]);
        assert_eq!(environment.names().collect::<String>(), "ABCDEF");
    }

    #[test]
    fn the_last_variable_of_a_name_counts_everywhere() {
        let mut environment: Environment = [("A", "first"), ("B", ""), ("A", "last")].into_iter().collect();
        assert_eq!(environment.text("A"), Some("last"));
        assert_eq!(environment.process("A"), Some(OsStr::new("last")));
        assert_eq!((environment.process("B"), environment.set_in_process("B")), (Some(OsStr::new("")), None));
        assert_eq!(environment.process("C"), None);
        // What is derived or read from files is nothing that the server's own scripts would see.
        let derived = Origin::Derived("A".into());
        environment.set("A", Variable { content: Content::Text("x".into()), origin: derived, secret: false });
        assert_eq!(environment.text("A"), Some("x"));
        assert_eq!(environment.process("A"), Some(OsStr::new("last")));
        let names: Vec<&str> = environment.names().collect();
        assert_eq!(names, ["A", "B"]);
    }
}
