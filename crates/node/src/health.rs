//! Whom `health` asks: the node that runs here, by the configuration that it has. Reads a few files, and judges nothing.

use std::path::{Path, PathBuf};

use diagnostics::Levels;
use server::guess::{FIRST_GUESS, guess};
use server::launch::java_variables::read_by_java;
use server::launch::{self, running, variables};
use server::network::{Questions, Target};
use server::settings::overlay::apply_overrides;
use server::{Version, generation};
use template::{Environment, Format, Settings, Template};

use crate::read::config_dir::ConfigDir;
use crate::read::installation::{self, homes, named_home};
use crate::read::reads::MAIN_FILES;
use crate::read::runtime;
use crate::read::sources::LARGEST_TEMPLATE;
use crate::request::Request;
use crate::world::{Answer, ServerProcess, World};

/// Whom to ask, and what is known of the process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    pub target: Target,
    pub questions: Questions,
    /// The server is stopped, and the kernel alone takes connections.
    pub is_stopped: bool,
}

/// Looks for the node of this container. The server's own command line says most: with which arguments it was started, and
/// where its configuration is.
///
/// # Errors
/// There is no configuration that could be read, as a sentence.
pub fn health(
    request: &Request,
    environment: &Environment,
    is_ready: bool,
    world: &dyn World,
) -> Result<Health, String> {
    let named = named_home(request, environment);
    let process = process(named.as_deref(), world);
    let words = process.as_ref().map(|it| it.words.as_slice()).unwrap_or_default();
    let named = named.or_else(|| running::home(words));
    let homes = homes(named.as_deref());
    let found = installation::find(&homes, environment, world).is();
    let home = named.or_else(|| found.as_ref().map(|it| it.home.clone()));
    let known = request.es_version.or_else(|| found.as_ref()?.version);
    let directories: Vec<PathBuf> = if process.is_some() {
        running::config_dir(words).or_else(|| Some(home.as_ref()?.join("config"))).into_iter().collect()
    } else {
        let version = known.unwrap_or(FIRST_GUESS);
        let staged = runtime::probe(request, environment, world).path.join("config");
        let own = ConfigDir::find(request, home.as_deref(), version, found.is_some(), environment).path;
        [staged].into_iter().chain(own).collect()
    };
    let file = main_file(&directories, known, world)?;
    if file.is_none() && process.is_none() {
        let of = directories.last().map(|it| format!(" in `{}`", it.display())).unwrap_or_default();
        return Err(format!("there is no configuration{of} to read"));
    }
    let mut settings = Settings::default();
    if let Some((path, bytes)) = &file {
        let name = path.display().to_string();
        let file = Template { name: &name, bytes, format: Format::Elasticsearch };
        settings = template::inspect(&file, environment, &Levels::default()).settings;
    }
    let launch = found.as_ref().map(|it| &it.launch);
    let version = known.unwrap_or_else(|| {
        let name = file.as_ref().and_then(|(path, _)| path.file_name()?.to_str());
        guess(&settings, name)
    });
    let mapping = variables::mapping(version, launch);
    let java = read_by_java(launch, None);
    let outside = launch::settings_outside_file(version, environment, words, mapping, &java);
    apply_overrides(&mut settings, &outside);
    let interfaces = world.interfaces().is().unwrap_or_default();
    let target = Target::of(&settings, version, &interfaces, is_ready);
    let questions = match world.listeners() {
        Answer::Is(listeners) => {
            let own = || world.sockets(process.as_ref()?.pid).is();
            target.questions(&listeners, process.as_ref().map(|it| it.uid), own)
        }
        _ => Questions::Ask(target.guesses()),
    };
    Ok(Health { target, questions, is_stopped: process.is_some_and(|it| it.is_stopped) })
}

/// The server of that home; where none is named, any one, and rather that of a usual home.
fn process(home: Option<&Path>, world: &dyn World) -> Option<ServerProcess> {
    let mut all = world.servers(running::is_server).is()?;
    let real = |path: &Path| world.real(path).is();
    let is_of = |process: &ServerProcess, home: &Path| {
        running::home(&process.words)
            .is_some_and(|own| own == home || real(&own).is_some_and(|own| real(home) == Some(own)))
    };
    let own = match home {
        Some(home) => all.iter().position(|it| is_of(it, home))?,
        None => all.iter().position(|it| homes(None).iter().any(|home| is_of(it, home))).unwrap_or(0),
    };
    (own < all.len()).then(|| all.swap_remove(own))
}

/// The first main file that is there, and what is in it.
fn main_file(
    directories: &[PathBuf],
    version: Option<Version>,
    world: &dyn World,
) -> Result<Option<(PathBuf, Vec<u8>)>, String> {
    let names = match version {
        Some(version) => vec![generation(version).main_file],
        None => MAIN_FILES.to_vec(),
    };
    for directory in directories {
        for name in &names {
            let path = directory.join(name);
            match world.read(&path, LARGEST_TEMPLATE) {
                Answer::Is(bytes) => return Ok(Some((path, bytes))),
                Answer::Refused(reason) => return Err(format!("`{}` {reason}", path.display())),
                Answer::Absent | Answer::Unknown => {}
            }
        }
    }
    Ok(None)
}
