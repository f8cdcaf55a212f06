//! `render`: rendered text to standard output or into a directory.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use diagnostics::printable;
use node::{ConfigFile, Depth, LARGEST_TEMPLATE, NamedTemplate, Request, Templates};
use template::{Environment, Format};

use crate::apply::write::{self, NewFile, WriteError};
use crate::cli::Options;
use crate::disk::Disk;
use crate::disk::read::{standard_input, system_words};
use crate::exit;
use crate::output::{Writer, has_error, standard_output};

/// Renders; gives the exit code.
pub(crate) fn run(options: &Options, words: &[OsString], environment: Environment, errors: Writer<'_>) -> u8 {
    let mut request = Request { format: options.format, ..options.request(Depth::Templates) };
    if !words.is_empty() {
        request.templates = Templates::Named(words.iter().map(named).collect());
    }
    let disk = Disk::default();
    let facts = node::read(request, environment, &disk);
    let mut findings = node::judge(&facts);
    node::plan(&facts, &mut findings);
    diagnostics::sort(&mut findings);
    let findings = options.levels.apply(findings);
    if let Err(code) = errors.findings(&findings) {
        return code;
    }
    let rendered: Option<Vec<Rendered<'_>>> = facts.files.iter().map(Rendered::of).collect();
    let Some(rendered) = rendered.filter(|_| !has_error(&findings)) else { return exit::CONFIG };
    if let Some(name) = options.output.as_ref().and_then(|_| overwritten(&rendered)) {
        tracing::error!(
            "two of the templates would be written to `{}`: render them one by one",
            name.display()
        );
        return exit::USAGE;
    }
    let written = match &options.output {
        None => to_standard_output(&rendered),
        Some(directory) => write::all(
            directory,
            rendered.iter().map(|Rendered { file, bytes }| {
                let new =
                    NewFile { mode: file.mode(), owner: None, is_secret: file.holds_secret(), lasts: true };
                (file.template.relative.as_path(), *bytes, new)
            }),
        ),
    };
    match written {
        Ok(()) => exit::OK,
        Err(error) => {
            tracing::error!("{}", error.message());
            error.exit_code()
        }
    }
}

fn named(word: &OsString) -> NamedTemplate {
    if word == "-" {
        NamedTemplate::StandardInput(standard_input(LARGEST_TEMPLATE).map(Arc::new))
    } else {
        NamedTemplate::Path(PathBuf::from(word))
    }
}

/// A file that has its bytes.
struct Rendered<'a> {
    file: &'a ConfigFile,
    bytes: &'a [u8],
}

impl<'a> Rendered<'a> {
    fn of(file: &'a ConfigFile) -> Option<Self> {
        Some(Self { file, bytes: file.inspected.rendered.bytes.as_deref()? })
    }
}

fn to_standard_output(rendered: &[Rendered<'_>]) -> Result<(), WriteError> {
    let several = rendered.len() > 1;
    for (index, Rendered { file, bytes }) in rendered.iter().enumerate() {
        let mut text = Vec::with_capacity(bytes.len() + 64);
        if several {
            // A policy file knows no `#` comments.
            let mark = if file.template.format == Format::Policy { "//" } else { "#" };
            text.extend_from_slice(format!("{mark} {}\n", printable(&file.template.name)).as_bytes());
        }
        text.extend_from_slice(bytes);
        if several && index + 1 < rendered.len() && !bytes.is_empty() && !bytes.ends_with(b"\n") {
            text.push(b'\n');
        }
        standard_output(&text).map_err(|error| {
            WriteError::Write(format!("writing to standard output failed: {}", system_words(&error)))
        })?;
    }
    Ok(())
}

/// The place below `--output` for which there are different texts.
fn overwritten<'a>(rendered: &[Rendered<'a>]) -> Option<&'a Path> {
    let mut seen: HashMap<&Path, &[u8]> = HashMap::new();
    rendered.iter().find_map(|Rendered { file, bytes }| {
        let relative = file.template.relative.as_path();
        seen.insert(relative, bytes).is_some_and(|earlier| earlier != *bytes).then_some(relative)
    })
}
