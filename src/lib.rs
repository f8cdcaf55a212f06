//! `es-entrypoint`: the PID 1 of Elasticsearch and OpenSearch containers.
//!
//! ```text
//!  argv ─ cli ┐                                                                     ┌ check / explain: print, exit
//!  vars ─ env ┼─► inputs (texts already read) ─► plan ─► Plan{files, command, notes} ┼ render: print or write
//!  files ─────┘    pure: template → policy → quorum → settings …    or Findings       └ run: apply ─► supervise ─► exit code
//! ```
//!
//! Everything between "texts read" and `Plan` is pure: no file system, no environment, no process, no clock.
//! It is a library so that benchmarks and tests reach the parts; the product is the binary.

pub mod apply;
pub mod cli;
pub mod commands;
pub mod derive;
pub mod exit;
pub mod files;
pub mod host;
pub mod java_policy;
pub mod logging;
pub mod output;
pub mod ownership;
pub mod plan;
pub mod prepare;
pub mod users;
