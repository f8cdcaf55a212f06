//! What `--fix` writes into a file of settings: names that changed, what is gone as a comment, one list of roles. Every other
//! byte stays. What several lines do together depends on what becomes of their neighbours, so that all are planned at once.

mod lines;
mod outline;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use self::lines::{Line, Replacement, comment_out};
use self::outline::{Entry, Outline};
use super::catalogue::{self, Fix, Kind, Row};
use super::life::State;
use super::{kinds, role_booleans, values};
use crate::version::Version;
use diagnostics::{Finding, Levels, Source, Span};
use template::{Layer, Setting, Settings};

/// The codes of findings that a change of the file may mend.
const CODES: [&str; 4] = ["quorum/removed", "settings/deprecated", "settings/not-yet", "settings/removed"];
/// No file of settings has more to mend, nor more entries.
const MOST: usize = 200;
const MOST_ENTRIES: usize = 5000;
const ROLES: &str = "node.roles";

/// What becomes of one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Action {
    Rename(String),
    /// It stays as a comment below the reason.
    Comment(String),
    /// The list of roles takes its place, below what there is to say of it.
    Roles(String, String),
    /// The list of roles stands elsewhere.
    Drop,
}

/// Adds to the findings about settings of files what mends them, where that needs no decision. What the levels allow stays as
/// it is.
pub fn mechanical(findings: &mut [Finding], settings: &Settings, version: Version, levels: &Levels) {
    let is_mechanical = |finding: &Finding| CODES.contains(&finding.code) && !levels.allows(finding.code);
    let count = findings.iter().filter(|finding| is_mechanical(finding)).count();
    if count == 0 || count > MOST || settings.entries.len() > MOST_ENTRIES {
        return;
    }
    let mut plans: Vec<(Arc<Source>, Plan)> = Vec::new();
    let mut owners = Vec::new();
    for (index, finding) in findings.iter().enumerate().filter(|(_, finding)| is_mechanical(finding)) {
        for (setting, action) in actions(finding, settings, version) {
            let source = &setting.key_span.source;
            let at = plans.iter().position(|(known, _)| Arc::ptr_eq(known, source)).unwrap_or_else(|| {
                plans.push((Arc::clone(source), Plan::default()));
                plans.len() - 1
            });
            let start = setting.key_span.range.start as usize;
            plans[at].1.wanted.push((start, action));
            owners.push((index, at, start));
        }
    }
    for (source, plan) in &mut plans {
        plan.make(&source.text);
    }
    // One finding may be about several settings: they change together.
    for (index, finding) in findings.iter_mut().enumerate() {
        let mut own = owners.iter().filter(|(owner, ..)| *owner == index).peekable();
        if own.peek().is_none() {
            continue;
        }
        let edits: Option<Vec<_>> =
            own.map(|(_, plan, start)| Some((*plan, plans[*plan].1.edits.get(start)?))).collect();
        for (plan, edits) in edits.unwrap_or_default() {
            for (range, text) in edits {
                let span = Span::new(&plans[plan].0, range.clone());
                if !finding.edits.iter().any(|edit| edit.span == span) {
                    finding.edits.push(diagnostics::Edit { span, text: text.clone() });
                }
            }
        }
    }
}

/// What mends a finding: each setting of a file with what becomes of it.
fn actions<'a>(finding: &Finding, settings: &'a Settings, version: Version) -> Vec<(&'a Setting, Action)> {
    let Some(key) = finding.setting.as_deref() else { return Vec::new() };
    let mut of_key = settings.entries.iter().filter(|it| it.key == key);
    // Which of two counts is a decision.
    let (Some(setting), None) = (of_key.next(), of_key.next()) else { return Vec::new() };
    if setting.layer != Layer::File {
        return Vec::new();
    }
    let Some(row) = catalogue::find(key) else { return Vec::new() };
    if role_booleans::is_replaced(row, version) {
        return roles(settings, version).unwrap_or_default();
    }
    let by_value =
        setting.text().filter(|_| row.name == key).and_then(|text| catalogue::find_value(key, text));
    let row = by_value.unwrap_or(row);
    let action = match (row.fix, row.state(version)) {
        (Fix::Rename(_), _) => renamed(setting, row, settings, version).map(Action::Rename),
        // What still works is no business of ours.
        (Fix::Remove(why), State::Removed | State::NotYet) => {
            Some(Action::Comment(reason(row, why, version)))
        }
        _ => None,
    };
    action.map(|action| (setting, action)).into_iter().collect()
}

fn reason(row: Row, why: &str, version: Version) -> String {
    match row.life.of(version.product).since(version) {
        Some(since) => format!("removed in {since}: {why}"),
        None => format!("unknown to {}: {why}", version.name()),
    }
}

/// The name that the setting has in that version, where nothing else differs.
fn renamed(setting: &Setting, row: Row<'static>, settings: &Settings, version: Version) -> Option<String> {
    let mut name = setting.key.clone();
    let mut next = row;
    // A name may have changed more than once.
    for _ in 0..4 {
        let Fix::Rename(to) = next.fix else { return None };
        name = with_star(&name, next.name, to)?;
        let found = catalogue::find(&name)?;
        // Pools of threads have other settings, too.
        if found.name.ends_with(".*") {
            return None;
        }
        if found.state(version) == State::Present {
            let same_values = row.kind == Kind::Any || found.kind != Kind::Any;
            let other = Setting { key: name.clone(), ..setting.clone() };
            let is_good = kinds::check(&other, Some(found), version, false).is_none()
                && values::check(&other, Some(found), version, false).is_none();
            return (same_values && is_good && settings.get(&name).is_none()).then_some(name);
        }
        next = found;
    }
    None
}

/// `a.x.c` as `b.x.d`, where `a.*.c` is `b.*.d`.
fn with_star(key: &str, from: &str, to: &str) -> Option<String> {
    let Some((before, after)) = from.split_once('*') else { return (key == from).then(|| to.to_owned()) };
    let own = key.strip_prefix(before)?.strip_suffix(after)?;
    Some(to.replacen('*', own, 1))
}

/// All settings that one list of roles takes the place of.
fn roles(settings: &Settings, version: Version) -> Option<Vec<(&Setting, Action)>> {
    let is_replaced = |setting: &&Setting| {
        let row = catalogue::find(&setting.key);
        row.is_some_and(|row| role_booleans::is_replaced(row, version)) && setting.is_set_or_unknown()
    };
    let replaced: Vec<&Setting> = settings.entries.iter().filter(is_replaced).collect();
    let is_plain = |setting: &&Setting| setting.layer == Layer::File && setting.variables.is_empty();
    let given = role_booleans::roles(settings, version)?;
    let is_twice = |one: &&Setting| replaced.iter().filter(|other| other.key == one.key).count() > 1;
    if settings.get(ROLES).is_some() || !replaced.iter().all(is_plain) || replaced.iter().any(is_twice) {
        return None;
    }
    if given.are_all {
        let actions = std::iter::repeat_with(|| Action::Comment(role_booleans::ALL.to_owned()));
        return Some(replaced.into_iter().zip(actions).collect());
    }
    // What still works is not changed into less.
    let is_gone =
        |it: &&Setting| catalogue::find(&it.key).is_some_and(|row| row.state(version) == State::Removed);
    if !(given.unsure.is_empty() || replaced.iter().any(is_gone)) {
        return None;
    }
    let further = given.further("");
    let roles = given.roles;
    let list = if roles.is_empty() { "[]".to_owned() } else { format!("[ {} ]", roles.join(", ")) };
    let actions = std::iter::once(Action::Roles(list, further)).chain(std::iter::repeat(Action::Drop));
    Some(replaced.into_iter().zip(actions).collect())
}

/// Whether a file has the same settings after a change as before, but for those that [`mechanical`] changes.
pub fn is_as_meant(before: &Settings, after: &Settings, version: Version) -> bool {
    let has_value_of = |new: &Setting, old: &Setting| {
        let texts =
            |setting: &Setting| setting.items.iter().map(|item| item.text.clone()).collect::<Vec<_>>();
        new.value == old.value && texts(new) == texts(old) && new.variables == old.variables
    };
    let mut left = after.entries.iter().peekable();
    let is_meant = before.entries.iter().all(|old| {
        if left.next_if(|new| new.key == old.key && has_value_of(new, old)).is_some() {
            return true;
        }
        let Some(row) = catalogue::find(&old.key) else { return false };
        let is_role = role_booleans::is_replaced(row, version);
        let name = renamed(old, row, before, version);
        let is_new = |new: &&Setting| {
            (is_role && new.key == ROLES) || (name.as_ref() == Some(&new.key) && has_value_of(new, old))
        };
        let by_value = old.text().and_then(|text| catalogue::find_value(&old.key, text));
        let may_go = is_role
            || [Some(row), by_value].into_iter().flatten().any(|row| matches!(row.fix, Fix::Remove(_)));
        left.next_if(is_new).is_some() || may_go
    });
    // A name that stood twice may be gone.
    let others = |it: &Settings| [it.repeated.len(), it.nested.len(), it.misplaced.len()];
    let is_clean = others(after).iter().zip(others(before)).all(|(new, old)| *new <= old);
    is_meant && left.next().is_none() && is_clean
}

/// The changes of one text.
#[derive(Default)]
struct Plan {
    /// Where the name of a setting begins, and what becomes of it.
    wanted: Vec<(usize, Action)>,
    /// What is written for each of those that can be done.
    edits: HashMap<usize, Vec<Replacement>>,
}

/// How a new name is written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// At that key, its own or one of those around it, which becomes this.
    Key(usize, String),
    /// On the level of that entry around it, with this key.
    Outside(usize, String),
}

impl Plan {
    fn make(&mut self, text: &str) {
        let Some((tree, masked)) = template::tree(text) else { return };
        let outline = Outline::new(tree.root(&masked), text);
        if outline.entries.len() > MOST_ENTRIES {
            return;
        }
        let mut actions: HashMap<usize, Action> = HashMap::new();
        for (start, action) in &self.wanted {
            let at = outline.entries.iter().position(|entry| entry.key.start == *start);
            if let Some(at) = at.filter(|at| outline.entries[*at].is_on_lines()) {
                actions.insert(at, action.clone());
            }
        }
        // Of a list of roles there is all or nothing.
        let is_of_roles = |action: &Action| matches!(action, Action::Roles(..) | Action::Drop);
        let wanted = self.wanted.iter().filter(|(_, action)| is_of_roles(action)).count();
        if actions.values().filter(|action| is_of_roles(action)).count() != wanted {
            actions.retain(|_, action| !is_of_roles(action));
        }
        // Two old names of one new one: which value counts is a decision. A mapping may have the name, too.
        let names: Vec<String> = actions.values().filter_map(Action::name).map(str::to_owned).collect();
        actions.retain(|_, action| {
            action.name().is_none_or(|own| {
                names.iter().filter(|name| *name == own).count() == 1
                    && outline.entries.iter().all(|entry| entry.path != own)
            })
        });
        let places = loop {
            let places: HashMap<usize, Place> = actions
                .iter()
                .filter_map(|(at, action)| Some((*at, place(&outline, &actions, *at, action)?)))
                .collect();
            let is_possible = |at: &usize, action: &Action| {
                action.name().is_none()
                    || places.get(at).is_some_and(|it| can_leave(&outline, &actions, &places, *at, it))
            };
            let Some(at) =
                outline.indexes().find(|at| actions.get(at).is_some_and(|it| !is_possible(at, it)))
            else {
                break places;
            };
            if matches!(actions.remove(&at), Some(Action::Roles(..))) {
                actions.retain(|_, action| *action != Action::Drop);
            }
        };
        for (at, action) in &actions {
            let edits = edits(&outline, &actions, &places, *at, action);
            self.edits.insert(outline.entries[*at].key.start, edits);
        }
    }
}

impl Action {
    fn name(&self) -> Option<&str> {
        match self {
            Self::Rename(name) => Some(name),
            Self::Roles(..) => Some(ROLES),
            Self::Comment(_) | Self::Drop => None,
        }
    }
}

/// Where the new name of an entry can be written.
fn place(outline: &Outline, actions: &HashMap<usize, Action>, at: usize, action: &Action) -> Option<Place> {
    let name = action.name()?;
    let entry = &outline.entries[at];
    if let Some(own) = outline.below(entry.parent, name) {
        return Some(Place::Key(at, own.to_owned()));
    }
    for around in outline.around(at) {
        let above = &outline.entries[around];
        // All below it may have the same change of their names.
        let whole = name.strip_suffix(&entry.path[above.path.len()..]);
        if let Some(whole) = whole
            && let Some(own) = outline.below(above.parent, whole)
            && outline.entries.iter().all(|other| other.path != whole)
            && actions.iter().all(|(leaf, other)| {
                let is_there = other.name().is_some_and(|name| name.starts_with(&format!("{whole}.")));
                !is_there || outline.around(*leaf).any(|it| it == around)
            })
            && outline.leaves(around).all(|leaf| match actions.get(&leaf) {
                Some(Action::Comment(_)) => true,
                Some(Action::Rename(other)) => {
                    other.strip_prefix(whole) == Some(&outline.entries[leaf].path[above.path.len()..])
                }
                _ => false,
            })
        {
            return Some(Place::Key(around, own.to_owned()));
        }
    }
    let around =
        outline.around(at).find(|around| outline.below(outline.entries[*around].parent, name).is_some())?;
    let own = outline.below(outline.entries[around].parent, name)?;
    Some(Place::Outside(around, own.to_owned()))
}

/// Whether an entry can leave the mappings around it where it stands: what comes behind it in them leaves them as well.
fn can_leave(
    outline: &Outline,
    actions: &HashMap<usize, Action>,
    places: &HashMap<usize, Place>,
    at: usize,
    place: &Place,
) -> bool {
    let Place::Outside(around, _) = place else { return true };
    outline.leaves(*around).filter(|leaf| *leaf > at).all(|leaf| {
        match (actions.get(&leaf), places.get(&leaf)) {
            (Some(Action::Comment(_) | Action::Drop), _) => true,
            (Some(_), Some(Place::Outside(other, _))) => other <= around,
            _ => false,
        }
    })
}

/// What is written for one entry, and for the mappings around it that become empty.
fn edits(
    outline: &Outline,
    actions: &HashMap<usize, Action>,
    places: &HashMap<usize, Place>,
    at: usize,
    action: &Action,
) -> Vec<Replacement> {
    let entry = &outline.entries[at];
    let text = outline.text;
    let mut edits: Vec<Replacement> = Vec::new();
    if let Action::Roles(list, further) = action {
        if !further.is_empty() {
            edits.push(Line::at(text, entry.key.start).comment_above(further));
        }
        edits.push((entry.value.clone(), list.clone()));
    }
    match (places.get(&at), action) {
        (Some(Place::Key(key, name)), _) => edits.push((outline.entries[*key].name.clone(), name.clone())),
        (Some(Place::Outside(around, name)), _) => {
            let line = Line::at(text, outline.entries[*around].key.start);
            let indent = &text[line.start..outline.entries[*around].key.start];
            edits.push((Line::at(text, entry.key.start).start..entry.key.end, format!("{indent}{name}")));
        }
        (None, Action::Drop) => edits.push(Line::at(text, entry.key.start).without(entry.whole())),
        (None, Action::Comment(reason)) => edits.extend(comment_out(text, entry.whole(), Some(reason))),
        (None, Action::Rename(_) | Action::Roles(..)) => {}
    }
    for around in outline.around(at) {
        let leaves_it = |leaf: usize| match places.get(&leaf) {
            // It may stay further in.
            Some(Place::Outside(other, _)) => *other <= around,
            Some(Place::Key(..)) => false,
            None => matches!(actions.get(&leaf), Some(Action::Comment(_) | Action::Drop)),
        };
        if !outline.leaves(around).all(leaves_it) {
            break;
        }
        let above: &Entry = &outline.entries[around];
        let line = Line::at(text, above.key.start);
        let head: Range<usize> = above.key.start..above.colon + 1;
        let is_told =
            outline.leaves(around).any(|leaf| matches!(actions.get(&leaf), Some(Action::Comment(_))));
        if is_told || line.rest(head.end).contains('#') {
            edits.extend(comment_out(text, head, None));
        } else {
            edits.push(line.without(head));
        }
    }
    edits
}
