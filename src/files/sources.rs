//! Where the templates are, and reading them.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::read::{LARGEST_TEMPLATE, reason, regular_file};
use super::write::is_temporary_name;
use crate::plan::{TemplateFile, as_template};
use diagnostics::{Finding, Place};
use template::Format;

/// How deep directories of templates may nest.
const DEEPEST: usize = 16;
/// More files and directories than any configuration has: a wrong `--templates /` must not read a whole disk.
const MOST_FILES: usize = 10_000;

/// More text than all templates have together; all of it is in memory at once.
const MOST_BYTES: usize = 128 << 20;
/// The JVM's options in the configuration directory, from 5.0 on.
pub const JVM_OPTIONS: &str = "jvm.options";
const NOT_A_DIRECTORY: &str = "is not a directory";
const TOO_MUCH: &str = "makes the templates larger than 128 MiB together";

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
}

/// A file that is taken along unchanged into a staged copy.
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
    /// The `jvm.options` among them: heap and policy depend on it.
    pub jvm_options: Option<Vec<u8>>,
    pub findings: Vec<Finding>,
}

impl Sources {
    /// Nothing yet.
    pub fn new(kind: SourceKind, directory: Option<PathBuf>) -> Self {
        Self {
            kind,
            directory,
            templates: Vec::new(),
            plain: Vec::new(),
            jvm_options: None,
            findings: Vec::new(),
        }
    }
}

/// A template that cannot be used.
pub fn unreadable(name: &str, reason: &str) -> Finding {
    let place = Place { file: name.to_owned(), line: 1, column: 1, end_column: 1, ..Place::default() };
    let help = if reason == "holds too many files" {
        "more than 10,000 files or directories are no configuration: is this the right directory?"
    } else if reason.starts_with("is larger") || reason == TOO_MUCH {
        "a configuration file is small: is this the right file?"
    } else if reason == NOT_A_DIRECTORY || reason == "holds no template" {
        "templates are the files of a directory: name that with `--templates DIR`, or single files with `render FILE`"
    } else if reason.starts_with("is no directory of templates") {
        "it has no `elasticsearch.yml` and no `opensearch.yml`: is this the right directory? name another with `--templates DIR`, \
         or single files with `render FILE`"
    } else {
        "templates and configuration files are regular files of at most 32 MiB that this user may read; \
         mount a file there, or name another with `--templates DIR`"
    };
    Finding::error("template/unreadable", format!("`{name}` {reason}")).at(place).help(help)
}

/// Finds and reads the templates: `explicit`, else the home's or the root's `config-templates`, else the files of the
/// configuration directory that hold placeholders, else (where the configuration has no settings of its own) the
/// embedded ones.
pub fn find(explicit: Option<&Path>, home: Option<&Path>, config_dir: Option<&Path>) -> Sources {
    let default = home
        .map(|home| home.join("config-templates"))
        .into_iter()
        .chain([PathBuf::from("/config-templates")])
        // A link to nowhere or a file in its place is a mistake to be told, not to be passed over.
        .find(|directory| fs::symlink_metadata(directory).is_ok());
    if let Some(directory) = explicit.map(Path::to_owned).or(default) {
        let mut sources = Sources::new(SourceKind::Templates, Some(directory.clone()));
        for (path, relative) in walk(&directory, &mut sources.findings) {
            read_template(&path, relative, None, &mut sources);
        }
        if sources.templates.is_empty() && sources.findings.is_empty() {
            let name = directory.display().to_string();
            sources.findings.push(unreadable(&name, "holds no template"));
        }
        return sources;
    }
    let exists = |path: &&Path| match fs::symlink_metadata(path) {
        // What is there but no directory, or out of reach, is told when it is read.
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
        Ok(_) => true,
    };
    let Some(config_dir) = config_dir.filter(exists) else {
        return Sources::new(SourceKind::BuiltIn, None);
    };
    configuration(config_dir)
}

/// The configuration directory as source: templates where there are placeholders, the rest as it is.
fn configuration(directory: &Path) -> Sources {
    let mut sources = Sources::new(SourceKind::Configuration, Some(directory.to_owned()));
    let mut others = Vec::new();
    for (path, relative) in walk(directory, &mut sources.findings) {
        // What is too large for a template (a dictionary, say) is taken along as it is.
        let large =
            fs::metadata(&path).is_ok_and(|metadata| metadata.is_file() && metadata.len() > LARGEST_TEMPLATE);
        if large {
            sources.plain.push(PlainFile { path, relative });
            continue;
        }
        read_template(&path, relative, None, &mut sources);
        if let Some(mut file) =
            sources.templates.pop_if(|file| !template::has_placeholders(&as_template(file)))
        {
            // Only these two are looked at again: the rest would be kept in memory for nothing.
            if !file.is_main() {
                let bytes = std::mem::take(&mut file.bytes);
                if file.relative == Path::new(JVM_OPTIONS) {
                    sources.jvm_options = Some(bytes);
                }
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

/// One finding instead of one for each file of a directory that is no directory of templates: it has no configuration
/// of the server, and more than a few of its files are refused.
pub fn refuse_wrong_directory(sources: &Sources, findings: &mut Vec<Finding>) {
    const FEW: usize = 10;
    let Some(directory) = &sources.directory else { return };
    let has_main = ["elasticsearch.yml", "opensearch.yml"].iter().any(|name| directory.join(name).exists());
    if sources.kind != SourceKind::Templates || has_main {
        return;
    }
    let is_of_template = |finding: &Finding| finding.code.starts_with("template/");
    let mut count = 0;
    let mut last = None;
    for finding in findings.iter().filter(|finding| is_of_template(finding)) {
        // Those of one file stand together.
        let file = finding.place.as_ref().map(|place| &place.file);
        count += usize::from(file != last);
        last = file;
    }
    if count > FEW {
        findings.retain(|finding| !is_of_template(finding));
        let reason = format!("is no directory of templates: {count} of its files are refused");
        findings.push(unreadable(&directory.display().to_string(), &reason));
    }
}

/// Reads a named template, or all of a named directory.
pub fn add_named(path: &Path, format: Option<Format>, sources: &mut Sources) {
    if path.is_dir() {
        for (file, relative) in walk(path, &mut sources.findings) {
            read_template(&file, relative, format, sources);
        }
    } else {
        let relative = PathBuf::from(path.file_name().unwrap_or(path.as_os_str()));
        read_template(path, relative, format, sources);
    }
}

fn read_template(path: &Path, relative: PathBuf, format: Option<Format>, sources: &mut Sources) {
    let name = path.display().to_string();
    match regular_file(path, LARGEST_TEMPLATE) {
        Ok(bytes) => {
            let held: usize = sources.templates.iter().map(|file| file.bytes.len()).sum();
            if held + bytes.len() > MOST_BYTES {
                sources.findings.push(unreadable(&name, TOO_MUCH));
                return;
            }
            let format = format.unwrap_or_else(|| Format::of_file_name(Some(&name)));
            let mode = fs::metadata(path).map_or(0o640, |metadata| metadata.mode() & 0o666 | 0o600);
            sources.templates.push(TemplateFile { name, relative, format, bytes, mode });
        }
        Err(reason) => sources.findings.push(unreadable(&name, &reason)),
    }
}

/// Whether a configuration file has anything but blank lines and comments.
fn has_content(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b'\n').any(|line| {
        let line = line.trim_ascii();
        !line.is_empty() && !line.starts_with(b"#") && line != b"---"
    })
}

/// All files below a directory as (path, path below the directory), in order. Names that start with `..` are the
/// inside of a `ConfigMap` or Secret mount, whose visible names are links into it, to directories too.
fn walk(directory: &Path, findings: &mut Vec<Finding>) -> Vec<(PathBuf, PathBuf)> {
    let mut files = Vec::new();
    let mut directories = 0;
    let mut waiting = vec![(PathBuf::new(), Vec::new())];
    while let Some((below, above)) = waiting.pop() {
        // Joined with nothing it would be named with a `/` at its end.
        let path = if below == Path::new("") { directory.to_owned() } else { directory.join(&below) };
        let mut refuse = |path: &Path, reason: &str| {
            findings.push(unreadable(&path.display().to_string(), reason));
        };
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) => {
                match error.kind() {
                    std::io::ErrorKind::NotADirectory => refuse(&path, NOT_A_DIRECTORY),
                    _ => refuse(&path, &reason(&error)),
                }
                continue;
            }
        };
        let identity = fs::metadata(&path).map_or((0, 0), |metadata| (metadata.dev(), metadata.ino()));
        if above.contains(&identity) {
            refuse(&path, "is a link to a directory above it");
            continue;
        }
        let chain = [above.as_slice(), &[identity]].concat();
        directories += 1;
        for entry in entries.flatten() {
            let name = entry.file_name();
            let text = name.to_string_lossy();
            // The root of a volume has a `lost+found` that only root may enter.
            if text.starts_with("..") || text == "lost+found" || is_temporary_name(&text) {
                continue;
            }
            let relative = below.join(&name);
            let is_directory = entry
                .file_type()
                .is_ok_and(|kind| kind.is_dir() || (kind.is_symlink() && entry.path().is_dir()));
            if !is_directory {
                files.push((directory.join(&relative), relative));
            } else if chain.len() <= DEEPEST {
                waiting.push((relative, chain.clone()));
            } else {
                refuse(&entry.path(), "is nested too deeply");
            }
        }
        if files.len().max(directories) > MOST_FILES {
            refuse(directory, "holds too many files");
            return Vec::new();
        }
    }
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_no_content() {
        assert!(!has_content(b"# a\n\n   # b\r\n---\n"));
        assert!(has_content(b"# a\ncluster.name: x\n"));
    }
}
