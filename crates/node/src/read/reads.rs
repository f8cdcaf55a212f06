//! Which files the server reads in its configuration directory, as far as the version is known.

use std::path::{Path, PathBuf};

use server::Generation;
use server::configuration_files::is_configuration_of_any;
use server::generation::JvmOptions;

/// The JVM's options in the configuration directory, from 5.0 on.
pub(super) const JVM_OPTIONS: &str = "jvm.options";
/// The main configuration file of each product.
pub(crate) const MAIN_FILES: [&str; 2] = ["elasticsearch.yml", "opensearch.yml"];

/// What the server reads.
pub(super) struct Reads {
    /// Nothing where the version is a guess.
    pub(super) generation: Option<&'static Generation>,
}

impl Reads {
    /// The names of the files that it opens in any case. Which these are beside the main one is only known with the version.
    pub(super) fn names(&self) -> Vec<&'static str> {
        let Some(generation) = self.generation else { return MAIN_FILES.to_vec() };
        let options = (generation.jvm_options != JvmOptions::None).then_some(JVM_OPTIONS);
        [generation.main_file, generation.logging.file()].into_iter().chain(options).collect()
    }

    /// Whether it opens that file in any case.
    pub(super) fn needs(&self, relative: &Path) -> bool {
        self.names().iter().any(|name| relative == Path::new(name))
    }

    /// Whether that file is configuration, among all the files of a directory. The main file of another product is where the
    /// server's own is missing: then somebody meant it.
    pub(super) fn is_configuration(&self, relative: &Path, all: &[(PathBuf, PathBuf)]) -> bool {
        match self.generation {
            None => is_configuration_of_any(relative),
            Some(generation) => {
                generation.is_configuration(relative)
                    || is_main(relative) && !self.is_main_of_another(relative, all)
            }
        }
    }

    /// Whether that is the main file of another product, beside the server's own.
    pub(super) fn is_main_of_another(&self, relative: &Path, all: &[(PathBuf, PathBuf)]) -> bool {
        let Some(own) = self.generation.map(|generation| Path::new(generation.main_file)) else {
            return false;
        };
        is_main(relative) && relative != own && all.iter().any(|(_, relative)| relative == own)
    }
}

fn is_main(relative: &Path) -> bool {
    MAIN_FILES.iter().any(|name| relative == Path::new(name))
}
