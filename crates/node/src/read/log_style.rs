//! `ES_LOG_STYLE`, where the distribution has the file that it chooses: that of the official images does.

use std::collections::BTreeSet;
use std::path::Path;

use server::generation::Generation;
use template::Environment;

use super::sources::{PlainFile, Sources};
use crate::facts::{ConfigFile, LOG_STYLE, LogStyle};
use crate::request::Request;
use crate::world::{Answer, World};

/// What the entrypoint of the official images copies over the configuration of the log.
const TO_FILES: &str = "log4j2.file.properties";
/// No configuration of log4j has a reason to be larger, in bytes.
const LARGEST: u64 = 1 << 20;

/// Nothing where there is nothing to choose from, or a template says how to log.
pub(super) fn read(
    request: &Request,
    generation: &Generation,
    environment: &Environment,
    files: &[ConfigFile],
    config_dir: Option<&Path>,
    world: &dyn World,
) -> Option<LogStyle> {
    let value = environment.text_in_process(LOG_STYLE).filter(|value| !value.is_empty())?;
    let directory = config_dir.filter(|_| request.is_about_a_start())?;
    let (source, main) = (directory.join(TO_FILES), generation.logging.file());
    let content = world.read(&source, LARGEST);
    let has_template = || files.iter().any(|file| file.template.relative == Path::new(main));
    if !matches!(content, Answer::Is(_)) || has_template() {
        return None;
    }
    Some(match &*value {
        "console" => LogStyle::AsItIs,
        "file" if world.read(&directory.join(main), LARGEST) == content => LogStyle::AsItIs,
        "file" => LogStyle::Files(source),
        _ => LogStyle::Invalid(value),
    })
}

/// The copy of the configuration gets the other file.
pub(super) fn apply(
    style: Option<&LogStyle>,
    generation: &Generation,
    sources: &mut Sources,
    referenced: &mut BTreeSet<String>,
) {
    referenced.extend(style.map(|_| LOG_STYLE.to_owned()));
    if let Some(LogStyle::Files(source)) = style {
        let main = Path::new(generation.logging.file());
        sources.plain.retain(|file| file.relative != main);
        sources.plain.push(PlainFile { path: source.clone(), relative: main.to_owned() });
    }
}
