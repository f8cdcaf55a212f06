//! The command line of the JVM as a whole: every option that it gets, in its order, with who gives it. The heap, the rules
//! about single options and those about options that do not go together look at this one list.

mod collectors;
mod origin;
mod refused;
mod void;

use std::collections::HashSet;

use template::Environment;

use crate::generation::{MemoryVariables, generation};
use crate::jvm_options::JvmOption;
use crate::launch::LaunchFiles;
use crate::launch::java_variables::JavaVariables;
use crate::launch::scripts::{self, Script};
use crate::version::Version;
use diagnostics::Finding;
pub use origin::{Argument, Origin};
pub use void::winner;

/// All that the list depends on.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    pub version: Version,
    pub environment: &'a Environment,
    /// The variables that the JVM reads itself.
    pub java_variables: &'a JavaVariables,
    /// The options that files give.
    pub jvm_options: &'a [JvmOption],
    /// The scripts of the installation, where there is one: what they add themselves is known of those that are known.
    pub files: Option<&'a LaunchFiles>,
}

/// What a shell splits at.
const BLANKS: [char; 3] = [' ', '\t', '\n'];

/// Every option in the order of the command line. A line that counts for some Java only is left out where the Java that
/// will run is not known.
pub fn list(inputs: &Inputs) -> Vec<Argument> {
    let generation = generation(inputs.version);
    let mut list = List { inputs, arguments: Vec::new() };
    for name in &inputs.java_variables.before {
        list.of_java(name);
    }
    if generation.memory_variables == MemoryVariables::Read {
        list.of_script();
    } else {
        for line in inputs.jvm_options.iter().filter(|line| line.is_certain) {
            let origin = Origin::Line(line.span.clone());
            let first = list.arguments.len();
            if generation.splits_option_lines {
                list.words(&line.text, &origin);
            } else {
                list.push(&line.text, origin);
            }
            for argument in &mut list.arguments[first..] {
                argument.is_hidden |= line.is_secret;
            }
        }
    }
    list.variable(generation.java_options);
    for name in &inputs.java_variables.after {
        list.of_java(name);
    }
    hide_split_values(&mut list.arguments);
    list.arguments
}

/// In a variable with a word that looks broken, any other one may belong to that.
fn hide_split_values(arguments: &mut [Argument]) {
    let variable = |argument: &Argument| match argument.origin {
        Origin::Variable(name) | Origin::Size(name) => Some(name),
        Origin::Line(_) | Origin::Script | Origin::Limit => None,
    };
    let mut unclear: HashSet<&str> = HashSet::new();
    let mut takes_value = false;
    for argument in arguments.iter() {
        if argument.is_unclear(takes_value) {
            unclear.extend(variable(argument));
        }
        takes_value = argument.text.starts_with("--") && !argument.text.contains('=');
    }
    for argument in arguments {
        argument.is_hidden |= variable(argument).is_some_and(|name| unclear.contains(name));
    }
}

/// What is wrong with the options as a whole.
pub fn check(version: Version, java_major: Option<u16>, arguments: &[Argument]) -> Vec<Finding> {
    let mut findings = void::check(version, arguments);
    // What another Java makes of an option is not known.
    if let Some(java) = java_major {
        findings.extend(refused::check(java, arguments));
        findings.extend(collectors::check(version, java, arguments));
    }
    findings
}

struct List<'a> {
    inputs: &'a Inputs<'a>,
    arguments: Vec<Argument>,
}

impl List<'_> {
    fn value(&self, name: &str) -> String {
        self.inputs.environment.process(name).unwrap_or_default().to_string_lossy().into_owned()
    }

    fn push(&mut self, text: &str, origin: Origin) {
        let written = matches!(origin, Origin::Variable(_)).then(|| text.to_owned());
        let is_hidden = match &origin {
            Origin::Variable(name) | Origin::Size(name) => {
                self.inputs.environment.get(name).is_some_and(|variable| variable.secret)
            }
            Origin::Line(span) => span.is_secret(),
            Origin::Script | Origin::Limit => false,
        };
        self.arguments.push(Argument { text: text.to_owned(), origin, written, is_hidden });
    }

    fn words(&mut self, text: &str, origin: &Origin) {
        for word in text.split(BLANKS).filter(|word| !word.is_empty()) {
            self.push(word, origin.clone());
        }
    }

    fn variable(&mut self, name: &'static str) {
        self.words(&self.value(name), &Origin::Variable(name));
    }

    /// A variable that the JVM reads: quotes around words go.
    fn of_java(&mut self, name: &'static str) {
        self.words(&self.value(name).replace(['"', '\''], ""), &Origin::Variable(name));
    }

    /// What the scripts of 1.x and 2.x make of variables and add themselves, in their order.
    fn of_script(&mut self) {
        self.variable("JAVA_OPTS");
        for (flag, name, default) in [("-Xms", "ES_MIN_MEM", "256m"), ("-Xmx", "ES_MAX_MEM", "1g")] {
            let set = ["ES_HEAP_SIZE", name].into_iter().find(|name| !self.value(name).is_empty());
            match set {
                Some(name) => self.size(flag, name),
                None => self.push(&format!("{flag}{default}"), Origin::Script),
            }
        }
        for (flag, name) in [("-Xmn", "ES_HEAP_NEWSIZE"), ("-XX:MaxDirectMemorySize=", "ES_DIRECT_SIZE")] {
            if !self.value(name).is_empty() {
                self.size(flag, name);
            }
        }
        let script = self.inputs.files.and_then(scripts::recognize);
        let replaces_collector = script == Some(Script::Two) && !self.value("ES_GC_OPTS").is_empty();
        if replaces_collector {
            self.variable("ES_GC_OPTS");
        } else if script.is_some() {
            for option in scripts::COLLECTOR {
                self.push(option, Origin::Script);
            }
        }
        if script.is_some() {
            for option in ["-XX:+HeapDumpOnOutOfMemoryError", "-XX:+DisableExplicitGC"] {
                self.push(option, Origin::Script);
            }
        }
    }

    /// The script pastes the value behind the flag and splits the whole at blanks. What then is no option would be the class
    /// that the JVM runs: the text as a whole is no size.
    fn size(&mut self, flag: &str, name: &'static str) {
        let text = self.value(name);
        let (size, rest) = text.split_once(BLANKS).unwrap_or((&text, ""));
        let is_whole =
            size.is_empty() || rest.split(BLANKS).any(|word| !word.is_empty() && !word.starts_with('-'));
        self.push(&format!("{flag}{}", if is_whole { &text } else { size }), Origin::Size(name));
        if let Some(argument) = self.arguments.last_mut() {
            argument.written = Some(text.clone());
        }
        if !is_whole {
            self.words(rest, &Origin::Size(name));
        }
    }
}

#[cfg(test)]
mod tests;
