//! Where the templates are, and reading them.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use diagnostics::Finding;
use server::Version;
use template::{Format, Template};

use super::unusable::{Unusable, directory_instead, unreadable, unreadable_path};
use crate::request::{NamedTemplate, Templates};
use crate::world::{Answer, FileKind, Reason, World};

/// The largest template or rendered file, in bytes.
const LARGEST_TEMPLATE: u64 = 32 * 1024 * 1024;
/// How deep directories of templates may nest.
const DEEPEST: usize = 16;
/// More files and directories than any configuration has: a wrong `--templates /` must not read a whole disk.
const MOST_FILES: usize = 10_000;
/// More text than all templates have together; all of it is in memory at once.
const MOST_BYTES: usize = 128 << 20;
/// The JVM's options in the configuration directory, from 5.0 on.
pub(crate) const JVM_OPTIONS: &str = "jvm.options";
/// The main configuration file of each product.
pub(crate) const MAIN_FILES: [&str; 2] = ["elasticsearch.yml", "opensearch.yml"];

/// What the templates of a start are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// A directory of templates, rendered to the same paths in the configuration directory.
    Templates,
    /// The configuration directory itself: its files hold placeholders and are rendered to a staged copy.
    Configuration,
    /// The configuration directory as it is: files of the user without placeholders.
    Finished,
    /// The embedded template of the generation.
    BuiltIn,
    /// Nobody can say which files there are: the image may have some.
    Unknown,
}

/// One template, read.
#[derive(Clone, Debug)]
pub struct TemplateFile {
    /// The path as the user knows it.
    pub name: String,
    /// Below the directory of templates.
    pub relative: PathBuf,
    pub format: Format,
    /// Shared: it may be large, and is rendered more than once where no version is named.
    pub bytes: Rc<Vec<u8>>,
    /// Permission bits for the rendered file.
    pub mode: u32,
}

impl TemplateFile {
    /// The file as the renderer wants it.
    pub fn template(&self) -> Template<'_> {
        Template { name: &self.name, bytes: &self.bytes, format: self.format }
    }

    /// Whether this may be the server's own configuration file.
    pub fn is_main(&self) -> bool {
        self.format == Format::Elasticsearch && self.relative.components().count() == 1
    }

    /// Whether it is an embedded one.
    pub fn is_builtin(&self) -> bool {
        self.name.starts_with(BUILT_IN)
    }
}

const BUILT_IN: &str = "built-in:";

/// A file that is copied unchanged into a staged configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainFile {
    pub path: PathBuf,
    pub relative: PathBuf,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Sources {
    pub kind: SourceKind,
    /// The directory the templates came from; nothing for the embedded ones.
    pub directory: Option<PathBuf>,
    pub templates: Vec<TemplateFile>,
    pub plain: Vec<PlainFile>,
    /// The directory has a file that is called like the server's main configuration.
    pub has_main_file: bool,
    /// The embedded templates are used, and the working directory has a `config-templates` of its own.
    pub has_unused_templates: bool,
    /// The variables that files look up themselves, as those of log4j do with `${env:NAME}`.
    pub looked_up: BTreeSet<String>,
    /// What could not be read.
    pub findings: Vec<Finding>,
}

impl Sources {
    fn new(kind: SourceKind, directory: Option<PathBuf>) -> Self {
        Self {
            kind,
            directory,
            templates: Vec::new(),
            plain: Vec::new(),
            has_main_file: false,
            has_unused_templates: false,
            looked_up: BTreeSet::new(),
            findings: Vec::new(),
        }
    }
}

/// Finds and reads the templates. `read` are the names of files that the server reads in its configuration directory.
pub(crate) fn find(
    templates: &Templates,
    format: Option<Format>,
    read: &[&str],
    home: Option<&Path>,
    config_dir: Option<&Path>,
    world: &dyn World,
) -> Sources {
    let mut sources = match templates {
        Templates::Named(named) => self::named(named, format, world),
        Templates::Directory(directory) => of_directory(directory, world),
        Templates::Default => usual(home, config_dir, world),
    };
    // Also where the rendered files of another directory are to go; that one of those cannot be written says itself.
    let rendered_to = config_dir.filter(|_| *templates == Templates::Default);
    let directories: BTreeSet<&Path> =
        sources.directory.iter().map(PathBuf::as_path).chain(rendered_to).collect();
    let is_rendered = |name: &str| sources.templates.iter().any(|file| file.relative == Path::new(name));
    let names = read.iter().filter(|name| !is_rendered(name));
    let paths = names.flat_map(|name| directories.iter().map(|directory| directory.join(*name)));
    let is_directory =
        |path: &PathBuf| matches!(world.look(path), Answer::Is(look) if look.kind == FileKind::Directory);
    let found: Vec<Finding> = paths.filter(is_directory).map(|path| directory_instead(&path)).collect();
    sources.findings.extend(found);
    if let Some(directory) = &sources.directory
        && sources.kind == SourceKind::Templates
        && sources.templates.is_empty()
        && sources.findings.is_empty()
    {
        sources.findings.push(unreadable(&directory.display().to_string(), &Unusable::NoTemplate));
    }
    if let Some(format) = format {
        for file in &mut sources.templates {
            file.format = format;
        }
    }
    if let Some(directory) = &sources.directory {
        sources.has_main_file = MAIN_FILES.iter().any(|name| world.look(&directory.join(name)).is_there());
    }
    let unused = world.working_directory().join("config-templates");
    sources.has_unused_templates = sources.kind == SourceKind::BuiltIn && world.look(&unused).is_there();
    sources
}

/// The home's or the root's `config-templates`, else the files of the configuration directory that hold placeholders,
/// else (where the configuration has no settings of its own) the embedded ones.
fn usual(home: Option<&Path>, config_dir: Option<&Path>, world: &dyn World) -> Sources {
    let default = home
        .map(|home| home.join("config-templates"))
        .into_iter()
        .chain([PathBuf::from("/config-templates")])
        // A link to nowhere or a file in its place is a mistake to be reported, not to be ignored.
        .find(|directory| world.look(directory).is_there() || world.link(directory).is_there());
    if let Some(directory) = default {
        return of_directory(&directory, world);
    }
    let candidates = home.map(|home| home.join("config-templates"));
    let may_be = |path: &Path| world.look(path).is_unknown();
    if candidates.as_deref().is_some_and(may_be)
        || may_be(Path::new("/config-templates"))
        || config_dir.is_some_and(may_be)
    {
        return Sources::new(SourceKind::Unknown, None);
    }
    // What is there but no directory, or out of reach, is reported when it is read.
    match config_dir.filter(|path| world.look(path).is_there() || world.link(path).is_there()) {
        Some(directory) => configuration(directory, world),
        None => Sources::new(SourceKind::BuiltIn, None),
    }
}

fn of_directory(directory: &Path, world: &dyn World) -> Sources {
    let mut sources = Sources::new(SourceKind::Templates, Some(directory.to_owned()));
    for (path, relative) in walk(directory, world, &mut sources.findings) {
        read_template(&path, relative, world, &mut sources);
    }
    sources
}

/// The configuration directory as source: templates where there are placeholders, everything else as it is.
fn configuration(directory: &Path, world: &dyn World) -> Sources {
    let mut sources = Sources::new(SourceKind::Configuration, Some(directory.to_owned()));
    let mut others = Vec::new();
    for (path, relative) in walk(directory, world, &mut sources.findings) {
        // What is too large for a template (a dictionary, say) is copied as it is.
        let large = matches!(world.look(&path), Answer::Is(look) if look.kind == FileKind::Regular && look.size > LARGEST_TEMPLATE);
        if large {
            sources.plain.push(PlainFile { path, relative });
            continue;
        }
        read_template(&path, relative, world, &mut sources);
        if let Some(mut file) = sources.templates.pop_if(|file| !template::has_placeholders(&file.template()))
        {
            // Only the main file is looked at again: the others would be kept in memory for nothing.
            if !file.is_main() {
                file.bytes = Rc::default();
            }
            others.push(file);
        }
    }
    let templates = std::mem::take(&mut sources.templates);
    let finished = others.iter().find(|file| file.is_main()).is_some_and(|file| has_content(&file.bytes));
    let has_main_template = templates.iter().any(TemplateFile::is_main);
    sources.kind = match (templates.is_empty(), finished || has_main_template) {
        (true, true) => SourceKind::Finished,
        (true, false) => SourceKind::BuiltIn,
        (false, _) => SourceKind::Configuration,
    };
    sources.templates = templates;
    for file in others {
        // The settings of a finished file are judged like those of a rendered one.
        if file.is_main() && sources.kind != SourceKind::BuiltIn {
            sources.templates.push(file);
        } else {
            sources.plain.push(PlainFile { path: directory.join(&file.relative), relative: file.relative });
        }
    }
    sources
}

/// The templates of `render`'s command line.
fn named(named: &[NamedTemplate], format: Option<Format>, world: &dyn World) -> Sources {
    let mut sources = Sources::new(SourceKind::Templates, None);
    for template in named {
        match template {
            NamedTemplate::StandardInput(Ok(bytes)) => sources.templates.push(TemplateFile {
                name: "<stdin>".into(),
                relative: PathBuf::from("stdin"),
                format: format.unwrap_or_else(|| Format::of_file_name(None)),
                bytes: Rc::clone(bytes),
                mode: 0o644,
            }),
            NamedTemplate::StandardInput(Err(reason)) => {
                sources.findings.push(unreadable("<stdin>", &Unusable::Reason(reason.clone())));
            }
            NamedTemplate::Path(path) => {
                if matches!(world.look(path), Answer::Is(look) if look.kind == FileKind::Directory) {
                    for (file, relative) in walk(path, world, &mut sources.findings) {
                        read_template(&file, relative, world, &mut sources);
                    }
                } else {
                    let relative = PathBuf::from(path.file_name().unwrap_or(path.as_os_str()));
                    read_template(path, relative, world, &mut sources);
                }
            }
        }
    }
    sources
}

/// The embedded templates of that version take the place of what is missing. Where it has none, there is nothing to render:
/// the configuration directory stays as it is, and the server may write there what it has to keep.
pub(crate) fn embed(sources: &mut Sources, version: Version) {
    let Some(files) = server::templates::templates(version) else {
        sources.kind = SourceKind::Finished;
        return;
    };
    sources.templates = files
        .iter()
        .map(|(path, text)| TemplateFile {
            name: format!("{BUILT_IN}{path}"),
            relative: PathBuf::from(path),
            format: Format::of_file_name(Some(path)),
            bytes: Rc::new(text.as_bytes().to_vec()),
            mode: 0o644,
        })
        .collect();
    let embedded = &sources.templates;
    sources.plain.retain(|file| !embedded.iter().any(|it| it.relative == file.relative));
}

fn read_template(path: &Path, relative: PathBuf, world: &dyn World, sources: &mut Sources) {
    let name = path.display().to_string();
    let why = match world.read(path, LARGEST_TEMPLATE) {
        Answer::Is(bytes) => {
            sources.looked_up.extend(looked_up(&bytes));
            let held: usize = sources.templates.iter().map(|file| file.bytes.len()).sum();
            if held + bytes.len() <= MOST_BYTES {
                let format = Format::of_file_name(Some(&name));
                let mode = world.look(path).is().map_or(0o640, |look| look.mode & 0o666 | 0o600);
                sources.templates.push(TemplateFile { name, relative, format, bytes: Rc::new(bytes), mode });
                return;
            }
            Unusable::TooMuch
        }
        Answer::Absent => Unusable::Reason(Reason::Missing),
        Answer::Refused(reason) => Unusable::Reason(reason),
        Answer::Unknown => return,
    };
    sources.findings.push(unreadable_path(path, &why, world));
}

/// The names behind `${env:` and `${env.`.
fn looked_up(bytes: &[u8]) -> Vec<String> {
    const MARK: &str = "${env";
    // Nothing is gained where the bytes are no text.
    let Ok(text) = std::str::from_utf8(bytes) else { return Vec::new() };
    let names = text.match_indices(MARK).filter_map(|(at, _)| {
        let name = text[at + MARK.len()..].strip_prefix([':', '.'])?;
        let end = name.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        Some(name[..end.unwrap_or(name.len())].to_owned())
    });
    names.collect()
}

/// Whether a configuration file has anything but blank lines and comments.
fn has_content(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b'\n').any(|line| {
        let line = line.trim_ascii();
        !line.is_empty() && !line.starts_with(b"#") && line != b"---"
    })
}

/// What stands between a file's name and the digits in the name of its temporary file: `.NAME.es-entrypoint-…`.
pub const TEMPORARY_INFIX: &str = ".es-entrypoint-";

/// Whether a file of that name is a temporary file of this program.
pub fn is_temporary_name(name: &str) -> bool {
    name.strip_prefix('.')
        .and_then(|rest| rest.rsplit_once(TEMPORARY_INFIX))
        .is_some_and(|(name, suffix)| !name.is_empty() && !suffix.is_empty())
}

/// All files below a directory as (path, path below the directory), in order. Names that start with `..` are the
/// inside of a `ConfigMap` or Secret mount, whose visible names are links into it, to directories too.
pub(crate) fn walk(
    directory: &Path,
    world: &dyn World,
    findings: &mut Vec<Finding>,
) -> Vec<(PathBuf, PathBuf)> {
    let mut files = Vec::new();
    let mut directories = 0;
    let mut waiting = vec![(PathBuf::new(), Vec::new())];
    while let Some((below, above)) = waiting.pop() {
        // Joined with nothing it would be named with a `/` at its end.
        let path = if below == Path::new("") { directory.to_owned() } else { directory.join(&below) };
        let mut refuse = |path: &Path, why: &Unusable| findings.push(unreadable_path(path, why, world));
        let names = match world.list(&path) {
            Answer::Is(names) => names,
            Answer::Absent => {
                refuse(&path, &Unusable::Reason(Reason::Missing));
                continue;
            }
            Answer::Refused(reason) => {
                refuse(&path, &Unusable::Reason(reason));
                continue;
            }
            Answer::Unknown => continue,
        };
        let identity = world.look(&path).is().map_or((0, 0), |look| look.identity);
        if above.contains(&identity) {
            refuse(&path, &Unusable::Loop);
            continue;
        }
        let chain = [above.as_slice(), &[identity]].concat();
        directories += 1;
        for name in names {
            if is_skipped(&name) {
                continue;
            }
            let relative = below.join(&name);
            let full = directory.join(&relative);
            let is_directory =
                matches!(world.look(&full), Answer::Is(look) if look.kind == FileKind::Directory);
            if !is_directory {
                files.push((full, relative));
            } else if chain.len() <= DEEPEST {
                waiting.push((relative, chain.clone()));
            } else {
                refuse(&full, &Unusable::TooDeep);
            }
        }
        if files.len().max(directories) > MOST_FILES {
            refuse(directory, &Unusable::TooManyFiles);
            return Vec::new();
        }
    }
    files.sort();
    files
}

fn is_skipped(name: &OsStr) -> bool {
    let text = name.to_string_lossy();
    // The root of a volume has a `lost+found` that only root may enter.
    text.starts_with("..") || text == "lost+found" || is_temporary_name(&text)
}
