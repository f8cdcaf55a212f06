//! What we know about the server, per generation: settings, launch command, host demands. Pure.

pub mod booleans;
pub mod builtin;
pub mod discovery;
pub mod heap;
pub mod host_checks;
pub mod installation;
pub mod launch;
pub mod overrides;
pub mod paths;
pub mod roles;
pub mod settings;
pub mod settings_table;
pub mod variables;
pub mod version;
