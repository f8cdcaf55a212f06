//! The files of JVM options that the server will read: rendered ones, those of the configuration, those of its script.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use server::generation;
use server::generation::JvmOptions;
use server::jvm_options::OptionsFile;

use super::installation;
use super::reads::JVM_OPTIONS;
use super::sources::SourceKind;
use crate::facts::{ConfigFile, Facts};
use crate::world::{Access, Answer, World};

/// The directory of further options beside `jvm.options`, from 7.7 on and in OpenSearch.
const DIRECTORY: &str = "jvm.options.d";
/// No file of options has a reason to be larger, in bytes.
const LARGEST: u64 = 1 << 20;

/// The files in the order in which the server reads them. Fills in what the script of 5.x would read.
pub(crate) fn read(facts: &mut Facts, world: &dyn World) -> Vec<OptionsFile> {
    let is_5 =
        facts.known_version().is_none_or(|version| generation(version).jvm_options == JvmOptions::Lines);
    let named = match &facts.installation {
        Some(installed) if is_5 => installation::jvm_options(&installed.home, &facts.environment, world),
        _ => None,
    };
    let main = main_options(facts, named.as_ref(), world);
    let mut files: Vec<OptionsFile> = main.into_iter().collect();
    let mut is_whole = has_needed(facts, world);
    if reads_directory(facts) {
        let further = further_options(facts, world);
        is_whole &= further.iter().all(Option::is_some);
        files.extend(further.into_iter().flatten());
    }
    // The script of 5.x would read the file on disk, which a start may render only now, or beside it.
    let rendered = match (facts.configuration.directory(), rendered(facts, Path::new(JVM_OPTIONS))) {
        (Some(directory), Some((_, Some(bytes))))
            if facts
                .known_version()
                .is_some_and(|version| generation(version).jvm_options == JvmOptions::Lines)
                && facts.environment.set_in_process("ES_JVM_OPTIONS").is_none() =>
        {
            Some((world.absolute(&directory.join(JVM_OPTIONS)), bytes.to_vec()))
        }
        _ => None,
    };
    let texts = is_whole.then(|| files.iter().map(|file| file.text.clone()).collect());
    if let Some(installation) = &mut facts.installation {
        installation.launch.jvm_options = rendered.or(named);
        installation.launch.options = texts;
    }
    files
}

/// Whether the launcher finds the files that it cannot do without.
fn has_needed(facts: &Facts, world: &dyn World) -> bool {
    let generation = generation(facts.version);
    let main = generation.sizes_heap.then_some(generation.main_file);
    let is_there = |name: &str| {
        if let Some((_, bytes)) = rendered(facts, Path::new(name)) {
            return bytes.is_some();
        }
        let path = facts.config_dir.as_ref().map(|directory| directory.join(name));
        path.is_some_and(|path| world.allows(&path, Access::Read) == Answer::Is(()))
    };
    // From 8.0 on it looks for these, too.
    let logging = generation.configures_security.then_some("log4j2.properties");
    let plugins = facts.config_dir.as_ref().map(|directory| directory.join("elasticsearch-plugins.yml"));
    [JVM_OPTIONS].into_iter().chain(main).chain(logging).all(is_there)
        && (logging.is_none() || plugins.is_some_and(|path| world.look(&path).is_absent()))
}

fn reads_directory(facts: &Facts) -> bool {
    generation(facts.version).jvm_options == JvmOptions::FileAndDirectory
}

/// The template with that path, and what was rendered from it.
fn rendered<'a>(facts: &'a Facts, relative: &Path) -> Option<(&'a ConfigFile, Option<&'a [u8]>)> {
    let file = facts.files.iter().find(|file| file.template.relative == relative)?;
    Some((file, file.inspected.rendered.bytes.as_deref()))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The `jvm.options` that the server will read: those that the start script names, else rendered ones, else those of
/// the configuration.
fn main_options(facts: &Facts, named: Option<&(PathBuf, Vec<u8>)>, world: &dyn World) -> Option<OptionsFile> {
    match (rendered(facts, Path::new(JVM_OPTIONS)), named) {
        (Some((file, Some(bytes))), named)
            if named.is_none_or(|(_, other)| other == bytes)
                || facts.environment.set_in_process("ES_JVM_OPTIONS").is_none() =>
        {
            Some(of_template(file, bytes))
        }
        // What an earlier start rendered says nothing about this one, and holds its values.
        (Some((_, None)), _) => None,
        (_, Some((path, bytes))) => Some(on_disk(path, bytes, facts)),
        _ => {
            let path = facts.config_dir.as_ref()?.join(JVM_OPTIONS);
            let bytes = world.read(&path, LARGEST).is().unwrap_or_default();
            Some(on_disk(&path, &bytes, facts))
        }
    }
}

fn of_template(file: &ConfigFile, bytes: &[u8]) -> OptionsFile {
    let template = text(&file.template.bytes);
    let ends: Vec<usize> = template.match_indices('\n').map(|(end, _)| end).collect();
    let secrets = file.inspected.uses.iter().filter(|it| it.is_secret());
    let line = |at: u32| ends.partition_point(|end| *end < at as usize);
    let mut secret_lines = BTreeSet::new();
    secret_lines.extend(secrets.map(|it| line(it.span.range.start)));
    OptionsFile {
        name: file.template.name.clone(),
        text: text(bytes),
        secret_lines,
        template: Some(template),
        is_shown: true,
    }
}

fn on_disk(path: &Path, bytes: &[u8], facts: &Facts) -> OptionsFile {
    // Beside a directory of templates, what stands in the configuration was rendered, and may hold values.
    let is_shown = facts.sources.kind != SourceKind::Templates;
    OptionsFile { name: path.display().to_string(), text: text(bytes), is_shown, ..OptionsFile::default() }
}

/// The files of `jvm.options.d` that the server will find, in its order: those that are rendered, and those that are
/// there and stay; nothing for one that cannot be read.
fn further_options(facts: &Facts, world: &dyn World) -> Vec<Option<OptionsFile>> {
    // Java's `*` takes a dot at the beginning for a character like all others.
    let is_read = |name: &OsString| name.to_str().is_some_and(|name| name.ends_with(".options"));
    let mut found: BTreeMap<OsString, Option<OptionsFile>> = BTreeMap::new();
    // A staged copy has all that is there.
    if let Some(directory) = facts.config_dir.as_deref().map(|directory| directory.join(DIRECTORY)) {
        for name in world.list(&directory).is().unwrap_or_default().into_iter().filter(is_read) {
            let path = directory.join(&name);
            let file = world.read(&path, LARGEST).is().map(|bytes| on_disk(&path, &bytes, facts));
            found.insert(name, file);
        }
    }
    for file in &facts.files {
        let relative = &file.template.relative;
        if relative.parent() == Some(Path::new(DIRECTORY))
            && let Some(name) = relative.file_name().map(OsString::from).filter(is_read)
        {
            let bytes = file.inspected.rendered.bytes.as_deref();
            found.insert(name, bytes.map(|bytes| of_template(file, bytes)));
        }
    }
    found.into_values().collect()
}
