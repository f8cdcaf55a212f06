//! Which files of a crate import which, and whether any of them go in a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::{files, without_tests};

/// A module as the parts of its path: none for the root of the crate.
pub(crate) type Module = Vec<String>;

/// The files of one crate.
pub(crate) struct Crate {
    /// The code of each module, without comments and tests.
    modules: BTreeMap<Module, String>,
}

impl Crate {
    /// Reads the files below a `src`.
    pub(crate) fn read(source: &str) -> Self {
        let mut modules = BTreeMap::new();
        for path in files(source, ".rs") {
            let below = path.strip_prefix(source).unwrap().with_extension("");
            let mut module: Module = below.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            if module.last().is_some_and(|name| name == "tests") {
                continue;
            }
            if module.len() == 1 && ["lib", "main"].contains(&module[0].as_str()) {
                module.clear();
            }
            modules.insert(module, code(&path));
        }
        Self { modules }
    }

    #[cfg(test)]
    fn of(texts: &[(&str, &str)]) -> Self {
        let module =
            |name: &str| name.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        Self { modules: texts.iter().map(|(name, text)| (module(name), (*text).to_owned())).collect() }
    }

    /// The files that each file takes something from.
    fn imports(&self) -> BTreeMap<&Module, BTreeSet<&Module>> {
        let mut imports = BTreeMap::new();
        for (module, text) in &self.modules {
            let mut targets = BTreeSet::new();
            for path in self.paths(module, text) {
                let target = self.home_of(&path);
                if target != module {
                    targets.insert(target);
                }
            }
            imports.insert(module, targets);
        }
        imports
    }

    /// Every path in the code that begins with `crate`, `super` or a module below this one, from the root on. A line that
    /// only hands a name of a module below on takes nothing from it.
    fn paths(&self, module: &Module, text: &str) -> Vec<Module> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(word) = next_word(text, &mut at) {
            let before = &text[..at - word.len()];
            if before.ends_with("::") || !text[at..].starts_with("::") {
                continue;
            }
            let line = before.rsplit(['\n', ';']).next().unwrap_or("").trim_start();
            let base = match word {
                "crate" => Module::new(),
                "super" => module[..module.len().saturating_sub(1)].to_vec(),
                _ => {
                    let child = [module.as_slice(), &[word.to_owned()]].concat();
                    if !self.modules.contains_key(&child) || line.starts_with("pub") {
                        continue;
                    }
                    child
                }
            };
            tree(&text[at + 2..], base, &mut found);
        }
        found
    }

    /// The file in which the thing stands that a path names: names that a module hands on are followed.
    fn home_of(&self, path: &[String]) -> &Module {
        let mut path = path.to_vec();
        for _ in 0..8 {
            let depth =
                (0..=path.len()).rev().find(|depth| self.modules.contains_key(&path[..*depth])).unwrap();
            let (module, text) = self.modules.get_key_value(&path[..depth]).unwrap();
            let handed_on = path.get(depth).and_then(|name| {
                let mut imported = Vec::new();
                for start in text.match_indices("use ").map(|(start, word)| start + word.len()) {
                    let line = &text[start..];
                    for (prefix, base) in [
                        ("crate::", &[][..]),
                        ("super::", &module[..depth.saturating_sub(1)]),
                        ("self::", module),
                        ("", module),
                    ] {
                        if let Some(rest) = line.strip_prefix(prefix) {
                            tree(rest, base.to_vec(), &mut imported);
                            break;
                        }
                    }
                }
                imported
                    .into_iter()
                    .find(|other| other.last() == Some(name) && other.len() > 1 && *other != path)
            });
            match handed_on {
                Some(other) if self.modules.contains_key(&other[..other.len() - 1]) => path = other,
                _ => return module,
            }
        }
        self.modules.get_key_value(&Module::new()[..]).unwrap().0
    }

    /// Two files that can each be reached from the other, if there are any.
    pub(crate) fn circle(&self) -> Option<(String, String)> {
        let imports = self.imports();
        let reached = |from: &Module| {
            let mut seen = BTreeSet::new();
            let mut open = vec![from.clone()];
            while let Some(next) = open.pop() {
                for target in &imports[&next] {
                    if seen.insert((*target).clone()) {
                        open.push((*target).clone());
                    }
                }
            }
            seen
        };
        let name = |module: &Module| if module.is_empty() { "the root".to_owned() } else { module.join("/") };
        imports.iter().find_map(|(module, targets)| {
            let back = targets.iter().find(|target| reached(target).contains(*module))?;
            Some((name(module), name(back)))
        })
    }
}

/// The code of a file without comments.
fn code(path: &Path) -> String {
    assert!(fs::exists(path).unwrap());
    let text = without_tests(path);
    let lines = text.lines().map(|line| line.split("//").next().unwrap_or_default());
    lines.fold(String::new(), |code, line| code + line + "\n")
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// The next word from `at` on, which is put behind it.
fn next_word<'a>(text: &'a str, at: &mut usize) -> Option<&'a str> {
    let start = *at + text[*at..].find(is_word)?;
    let length = text[start..].find(|character| !is_word(character)).unwrap_or(text.len() - start);
    *at = start + length;
    Some(&text[start..*at])
}

/// The paths of `a::{b, c::D}`, each behind `base`.
fn tree(text: &str, mut base: Module, found: &mut Vec<Module>) {
    let text = text.trim_start();
    if let Some(inner) = text.strip_prefix('{') {
        let mut depth = 0;
        let mut start = 0;
        for (index, character) in inner.char_indices() {
            match character {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    tree(&inner[start..index], base.clone(), found);
                    start = index + 1;
                    if character == '}' {
                        return;
                    }
                }
                _ => {}
            }
        }
        return;
    }
    let length = text.find(|character| !is_word(character)).unwrap_or(text.len());
    match &text[..length] {
        "" => return,
        "self" => {}
        "super" => {
            base.pop();
        }
        word => base.push(word.to_owned()),
    }
    match text[length..].strip_prefix("::") {
        Some(rest) => tree(rest, base, found),
        None => found.push(base),
    }
}

#[test]
fn circles_are_found() {
    let ways = [
        // A child that takes a type of its parent, which calls the child.
        [
            ("", ""),
            ("a", "mod b;\npub struct T;\nfn f() { b::f() }"),
            ("a/b", "use super::T;\npub fn f() {}"),
        ],
        [("", ""), ("a", "use crate::b::{C, D};"), ("b", "use crate::{a::E, x};")],
        // The name of another file that the parent hands on.
        [("", "pub use a::T;"), ("a", "use crate::b::f;\npub struct T;"), ("b", "use crate::T;")],
    ];
    for texts in ways {
        assert!(Crate::of(&texts).circle().is_some(), "{texts:?}");
    }
    let straight = [
        ("", "mod a;\npub use a::T;"),
        ("a", "mod b;\npub use b::T;\nfn f() { b::f() }"),
        ("a/b", "use super::super::c::X;\npub struct T;"),
        ("c", "pub struct X;"),
    ];
    assert_eq!(Crate::of(&straight).circle(), None);
}
