//! What is known of Elasticsearch and OpenSearch, for each generation: settings, discovery, majorities, heap, addresses, the
//! demands on the machine, the policy of the JVM, and the command that starts the server. Pure.

#![forbid(unsafe_code)]

pub mod access;
pub mod auto_configuration;
mod base64;
pub mod bootstrap;
pub mod configuration_files;
pub mod contradictions;
pub mod data;
pub mod discovery;
pub mod files;
pub mod generation;
pub mod guess;
pub mod half_tls;
pub mod heap;
pub mod installation;
pub mod java_policy;
pub mod jvm_arguments;
pub mod jvm_options;
pub mod kubeconfig;
pub mod launch;
pub mod named_files;
pub mod neighbours;
pub mod network;
mod odd_host;
pub mod paths;
pub mod quorum;
pub mod roles;
pub mod secure_settings;
pub mod settings;
mod slip;
pub mod templates;
pub mod temporary;
pub mod transport_tls;
pub mod variables;
mod version;

pub use base64::base64;
pub use generation::{Generation, generation};
pub use version::{Product, Version};
