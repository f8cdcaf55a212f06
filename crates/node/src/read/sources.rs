//! Where the templates are, and reading them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use diagnostics::Finding;
use server::generation::MadeInConfig;
use server::{Version, generation};
use template::{Environment, Format, Template};

use super::reads::{MAIN_FILES, Reads};
use super::unusable::{Unusable, directory_instead, unreadable, unreadable_path};
use super::walk::walk;
use crate::request::{NamedTemplate, Templates};
use crate::world::{Answer, FileKind, Reason, World};

/// The largest file in which variables are looked for that others look up, in bytes.
const LARGEST_LOOKED_UP: u64 = 1 << 20;
/// The largest template or rendered file, in bytes.
pub const LARGEST_TEMPLATE: u64 = template::LIMIT as u64;
/// More text than all templates have together; all of it is in memory at once.
const MOST_BYTES: usize = 128 << 20;

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
    pub bytes: Arc<Vec<u8>>,
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
    /// The main file of another product, beside the one that is read.
    pub not_read: Option<PathBuf>,
    /// The directory has a file that is called like the server's main configuration.
    pub has_main_file: bool,
    /// The embedded templates are used, and the working directory has a `config-templates` of its own.
    pub has_unused_templates: bool,
    /// The variables that files look up themselves, as those of log4j do with `${env:NAME}`.
    pub looked_up: BTreeSet<String>,
    /// What could not be read.
    pub findings: Vec<Finding>,
    /// The files and directories that these are about.
    pub refused: BTreeSet<PathBuf>,
}

impl Sources {
    /// Whether the server has a main file that nobody reads here: its own, beside templates without one.
    pub(crate) fn hide_main_file(&self, main_file: Option<usize>) -> bool {
        main_file.is_none() && self.kind == SourceKind::Templates
    }

    fn new(kind: SourceKind, directory: Option<PathBuf>) -> Self {
        Self {
            kind,
            directory,
            templates: Vec::new(),
            plain: Vec::new(),
            not_read: None,
            has_main_file: false,
            has_unused_templates: false,
            looked_up: BTreeSet::new(),
            findings: Vec::new(),
            refused: BTreeSet::new(),
        }
    }

    fn refuse(&mut self, path: &Path, why: &Unusable, world: &dyn World) {
        self.findings.push(unreadable_path(path, why, world));
        self.refused.insert(path.to_owned());
    }
}

/// Finds and reads the templates.
pub(super) fn find(
    templates: &Templates,
    format: Option<Format>,
    reads: &Reads,
    home: Option<&Path>,
    config_dir: Option<&Path>,
    world: &dyn World,
) -> Sources {
    let mut sources = match templates {
        Templates::Named(named) => self::named(named, format, world),
        Templates::Directory(directory) => of_directory(directory, reads, world),
        Templates::Default => usual(home, config_dir, reads, world),
    };
    // Also where the rendered files of another directory are to go; that one of those cannot be written says itself.
    let rendered_to = config_dir.filter(|_| *templates == Templates::Default);
    let mut directories = BTreeSet::new();
    directories.extend(sources.directory.iter().map(PathBuf::as_path).chain(rendered_to));
    let is_rendered = |name: &str| sources.templates.iter().any(|file| file.relative == Path::new(name));
    let names: Vec<&str> = reads.names().into_iter().filter(|name| !is_rendered(name)).collect();
    let paths = names.iter().flat_map(|name| directories.iter().map(|directory| directory.join(*name)));
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

/// The home's or the root's `config-templates`, else what the server reads in the configuration directory and holds
/// placeholders, else (where the configuration has no settings of its own) the embedded ones.
fn usual(home: Option<&Path>, config_dir: Option<&Path>, reads: &Reads, world: &dyn World) -> Sources {
    let default = home
        .map(|home| home.join("config-templates"))
        .into_iter()
        .chain([PathBuf::from("/config-templates")])
        // A link to nowhere or a file in its place is a mistake to be reported, not to be ignored.
        .find(|directory| world.look(directory).is_there() || world.link(directory).is_there());
    if let Some(directory) = default {
        return of_directory(&directory, reads, world);
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
        Some(directory) => configuration(directory, reads, world),
        None => Sources::new(SourceKind::BuiltIn, None),
    }
}

fn of_directory(directory: &Path, reads: &Reads, world: &dyn World) -> Sources {
    let mut sources = Sources::new(SourceKind::Templates, Some(directory.to_owned()));
    let all = walk(directory, world, &mut |path, why| sources.refuse(path, why, world));
    let why = |relative: &Path| if reads.needs(relative) { Why::Needed } else { Why::Listed };
    for (path, relative) in &all {
        if reads.is_main_of_another(relative, &all) {
            sources.not_read = Some(path.clone());
        } else {
            read_template(path, relative, why(relative), world, &mut sources);
        }
    }
    sources
}

/// Whether it is the list of other nodes.
fn names_hosts(file: &TemplateFile) -> bool {
    file.relative.ends_with("unicast_hosts.txt")
}

/// The configuration directory as source: what the server reads there is a template where it has placeholders, everything
/// else stays as it is.
fn configuration(directory: &Path, reads: &Reads, world: &dyn World) -> Sources {
    let mut sources = Sources::new(SourceKind::Configuration, Some(directory.to_owned()));
    let (mut others, mut closed) = (Vec::new(), Vec::new());
    let all = walk(directory, world, &mut |path, why| sources.refuse(path, why, world));
    let why = |relative: &Path| if reads.needs(relative) { Why::Needed } else { Why::Listed };
    sources.not_read = all
        .iter()
        .find(|(_, relative)| reads.is_main_of_another(relative, &all))
        .map(|(path, _)| path.clone());
    for (path, relative) in &all {
        if !reads.is_configuration(relative, &all) {
            let Some(plain) = plain_file(path, relative, world) else { continue };
            // Its placeholders are not ours, but log4j may look up variables in it.
            match world.read(path, LARGEST_LOOKED_UP) {
                Answer::Is(bytes) => sources.looked_up.extend(looked_up(&bytes)),
                Answer::Refused(reason) if !matches!(reason, Reason::TooLarge(_)) => {
                    closed.push((path, reason));
                }
                Answer::Refused(_) | Answer::Absent | Answer::Unknown => {}
            }
            sources.plain.push(plain);
            continue;
        }
        read_template(path, relative, why(relative), world, &mut sources);
        if let Some(mut file) = sources.templates.pop_if(|file| !template::has_placeholders(&file.template()))
        {
            // Only these are looked at again: the others would be kept in memory for nothing.
            if !file.is_main() && !names_hosts(&file) {
                file.bytes = Arc::default();
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
        if (file.is_main() && sources.kind != SourceKind::BuiltIn)
            || (names_hosts(&file) && sources.kind == SourceKind::Finished)
        {
            sources.templates.push(file);
        } else {
            sources.plain.push(PlainFile { path: directory.join(&file.relative), relative: file.relative });
        }
    }
    // What has to be copied has to be readable for us.
    if sources.kind == SourceKind::Configuration {
        for (path, reason) in closed {
            sources.refuse(path, &Unusable::Reason(reason), world);
        }
    }
    sources
}

/// A file that would be copied. Of anything else there is no copy: nobody waits for a FIFO, and a link to nowhere is none.
pub(super) fn plain_file(path: &Path, relative: &Path, world: &dyn World) -> Option<PlainFile> {
    let may_be_copied = match world.look(path) {
        Answer::Is(look) => look.kind == FileKind::Regular,
        Answer::Absent => false,
        Answer::Refused(_) | Answer::Unknown => true,
    };
    may_be_copied.then(|| PlainFile { path: path.to_owned(), relative: relative.to_owned() })
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
                bytes: Arc::clone(bytes),
                mode: 0o644,
            }),
            NamedTemplate::StandardInput(Err(reason)) => {
                sources.findings.push(unreadable("<stdin>", &Unusable::Reason(reason.clone())));
            }
            NamedTemplate::Path(path) => {
                if matches!(world.look(path), Answer::Is(look) if look.kind == FileKind::Directory) {
                    let mut refuse = |path: &Path, why: &Unusable| sources.refuse(path, why, world);
                    for (file, relative) in walk(path, world, &mut refuse) {
                        read_template(&file, &relative, Why::Named, world, &mut sources);
                    }
                } else {
                    let relative = PathBuf::from(path.file_name().unwrap_or(path.as_os_str()));
                    read_template(path, &relative, Why::Named, world, &mut sources);
                }
            }
        }
    }
    sources
}

/// The embedded templates of that version take the place of what is missing. Where the server makes a keystore and more in its
/// configuration directory, and no variable says anything, there is nothing to render: that directory stays as it is.
pub(crate) fn embed(sources: &mut Sources, version: Version, environment: &Environment) {
    let files = server::templates::templates(version);
    let keeps = matches!(generation(version).made_in_config, Some(MadeInConfig::Keystore(_)));
    let is_given = |name: &str| {
        environment.set_in_process(name).is_some()
            || environment.set_in_process(&format!("{name}_FILE")).is_some()
            || environment.is_unknown_in_process(name)
    };
    if keeps && sources.has_main_file && !server::variables::of_templates(version).any(is_given) {
        sources.kind = SourceKind::Finished;
        return;
    }
    sources.templates = files
        .iter()
        .map(|(path, text)| TemplateFile {
            name: format!("{BUILT_IN}{path}"),
            relative: PathBuf::from(path),
            format: Format::of_file_name(Some(path)),
            bytes: Arc::new(text.as_bytes().to_vec()),
            mode: 0o644,
        })
        .collect();
    let embedded = &sources.templates;
    sources.plain.retain(|file| !embedded.iter().any(|it| it.relative == file.relative));
}

/// The file of that name as one that is written anew, where it would have been copied.
pub(super) fn take_plain(sources: &mut Sources, name: &str, world: &dyn World) -> Option<TemplateFile> {
    let at = sources.plain.iter().position(|file| file.relative == Path::new(name))?;
    let before = sources.templates.len();
    let PlainFile { path, relative } = sources.plain.remove(at);
    read_template(&path, &relative, Why::Needed, world, sources);
    (sources.templates.len() > before).then(|| sources.templates.pop())?
}

/// Why a file is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    /// Somebody named it.
    Named,
    /// It is in the directory, and the server opens it in any case.
    Needed,
    /// It is in the directory.
    Listed,
}

/// Reads one file. One that the server does not need, and that was taken away since its directory was listed, is passed over.
fn read_template(path: &Path, relative: &Path, why: Why, world: &dyn World, sources: &mut Sources) {
    let name = path.display().to_string();
    let refused = match world.read(path, LARGEST_TEMPLATE) {
        Answer::Is(bytes) => {
            sources.looked_up.extend(looked_up(&bytes));
            let held: usize = sources.templates.iter().map(|file| file.bytes.len()).sum();
            if held + bytes.len() <= MOST_BYTES {
                let format = Format::of_file_name(Some(&name));
                let mode = world.look(path).is().map_or(0o640, |look| look.mode & 0o666 | 0o600);
                let (relative, bytes) = (relative.to_owned(), Arc::new(bytes));
                sources.templates.push(TemplateFile { name, relative, format, bytes, mode });
                return;
            }
            Unusable::TooMuch
        }
        Answer::Absent if why == Why::Listed && is_taken_away(path, world) => return,
        Answer::Absent if why == Why::Needed && is_taken_away(path, world) => Unusable::TakenAway,
        Answer::Absent => Unusable::Reason(Reason::Missing),
        Answer::Refused(reason) => Unusable::Reason(reason),
        Answer::Unknown => return,
    };
    sources.refuse(path, &refused, world);
}

/// Whether nothing is there any more, and not a link that somebody made to nowhere. The names in a `ConfigMap` or Secret
/// mount are links through `..data`, which is changed as a whole before the names are.
fn is_taken_away(path: &Path, world: &dyn World) -> bool {
    match world.link(path) {
        Answer::Is(target) => target.starts_with("..data"),
        Answer::Absent => true,
        Answer::Refused(_) | Answer::Unknown => false,
    }
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
