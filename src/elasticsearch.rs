//! What we know about the server, per generation: settings, launch command, host demands. Pure.

pub mod heap;
pub mod host_checks;
pub mod installation;
pub mod launch;
pub mod variables;
pub mod version;
