//! `render`: rendered text to standard output or into a directory.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use template::Environment;

use crate::cli::Options;
use crate::commands::examine::refuse_unrendered;
use crate::exit;
use crate::files::read::{LARGEST_TEMPLATE, standard_input, system_words};
use crate::files::sources::{self, SourceKind, Sources};
use crate::files::write::{self, NewFile, WriteError};
use crate::output::{Stream, Writer, has_error};
use crate::plan::{TemplateFile, as_template};
use crate::prepare;
use diagnostics::Finding;
use diagnostics::{MessageFormat, printable};
use template::Format;

/// Renders; gives the exit code.
pub fn run(options: &Options, words: &[OsString], environment: &Environment, errors: Writer) -> u8 {
    let (mut sources, variables) = if words.is_empty() {
        let mut inputs = prepare::read(options, environment, &[]);
        if let Some(format) = options.format {
            for file in &mut inputs.sources.templates {
                file.format = format;
            }
        }
        (inputs.sources, inputs.variables)
    } else {
        let locations = prepare::locate(options, environment, &[]);
        let sources = named(words, options.format);
        let variables = prepare::named_variables(options, &sources.templates, environment, &locations);
        (sources, variables)
    };
    let mut findings = std::mem::take(&mut sources.findings);
    let templates = &sources.templates;
    if templates.is_empty() && findings.is_empty() {
        findings.push(Finding::error("template/unreadable", "there is no template to render").help(
            "name a template, `--templates DIR`, or `--es-version` of a generation with a built-in one",
        ));
    }
    let mut rendered = Vec::with_capacity(templates.len());
    for file in templates {
        let mut outcome = template::render(&as_template(file), &variables, &options.levels);
        findings.append(&mut outcome.findings);
        rendered.push((file, outcome.bytes));
    }
    sources::refuse_wrong_directory(&sources, &mut findings);
    let mut unrendered = rendered.iter().filter(|(_, bytes)| bytes.is_none()).map(|(file, _)| *file);
    refuse_unrendered(options, &mut unrendered, &mut findings);
    diagnostics::sort(&mut findings);
    let findings = options.levels.apply(findings);
    let _ = errors.findings(&findings);
    if has_error(&findings) || rendered.iter().any(|(_, bytes)| bytes.is_none()) {
        return exit::CONFIG;
    }
    if let Some(name) = options.output.as_ref().and_then(|_| overwritten(&rendered)) {
        tracing::error!(
            "two of the templates would be written to `{}`: render them one by one",
            name.display()
        );
        return exit::USAGE;
    }
    let written = match &options.output {
        None => to_standard_output(&rendered),
        Some(directory) => to_directory(directory, &rendered),
    };
    match written {
        Ok(()) => exit::OK,
        Err(error) => {
            tracing::error!("{}", error.message());
            error.exit_code()
        }
    }
}

fn named(words: &[OsString], format: Option<Format>) -> Sources {
    let mut all = Sources::new(SourceKind::Templates, None);
    for word in words {
        if word == "-" {
            match standard_input(LARGEST_TEMPLATE) {
                Ok(bytes) => all.templates.push(TemplateFile {
                    name: "<stdin>".into(),
                    relative: PathBuf::from("stdin"),
                    format: format.unwrap_or_else(|| Format::of_file_name(None)),
                    bytes,
                    mode: 0o644,
                }),
                Err(reason) => all.findings.push(sources::unreadable("<stdin>", &reason)),
            }
        } else {
            sources::add_named(Path::new(word), format, &mut all);
        }
    }
    all
}

type RenderedFile<'a> = (&'a TemplateFile, Option<Vec<u8>>);

fn to_standard_output(rendered: &[RenderedFile<'_>]) -> Result<(), WriteError> {
    let several = rendered.len() > 1;
    let output = Writer { stream: Stream::Output, format: MessageFormat::Human, color: false };
    for (index, (file, bytes)) in rendered.iter().enumerate() {
        let bytes = bytes.as_deref().unwrap_or_default();
        let mut text = Vec::with_capacity(bytes.len() + 64);
        if several {
            // A policy file knows no `#` comments.
            let mark = if file.format == Format::Policy { "//" } else { "#" };
            text.extend_from_slice(format!("{mark} {}\n", printable(&file.name)).as_bytes());
        }
        text.extend_from_slice(bytes);
        if several && index + 1 < rendered.len() && !bytes.is_empty() && !bytes.ends_with(b"\n") {
            text.push(b'\n');
        }
        output.text(&text).map_err(|error| {
            WriteError::Write(format!("writing to standard output failed: {}", system_words(&error)))
        })?;
    }
    Ok(())
}

/// The place below `--output` for which there are different texts.
fn overwritten<'a>(rendered: &[RenderedFile<'a>]) -> Option<&'a Path> {
    let mut seen = HashMap::new();
    rendered.iter().enumerate().find_map(|(index, (file, bytes))| {
        let earlier = seen.insert(&file.relative, index).and_then(|it| rendered.get(it));
        let differs = |(other, text): &RenderedFile<'_>| other.relative == file.relative && text != bytes;
        earlier.is_some_and(differs).then_some(file.relative.as_path())
    })
}

fn to_directory(directory: &Path, rendered: &[RenderedFile<'_>]) -> Result<(), WriteError> {
    create_directory(directory)?;
    write::remove_stale(directory);
    for (file, bytes) in rendered {
        let path = directory.join(&file.relative);
        if let Some(parent) = file.relative.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            let mut below = directory.to_owned();
            for part in parent {
                below.push(part);
                create_directory(&below)?;
            }
            write::remove_stale(&below);
        }
        write::atomically(
            &path,
            bytes.as_deref().unwrap_or_default(),
            NewFile { mode: file.mode, owner: None },
        )?;
    }
    Ok(())
}

fn create_directory(directory: &Path) -> Result<(), WriteError> {
    match fs::create_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && directory.is_dir() => Ok(()),
        Err(error) => Err(write::create_error(directory, &error)),
        Ok(()) => Ok(()),
    }
}
