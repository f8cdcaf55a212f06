//! One node, from the world around it to a plan: [`read`] gathers facts, [`judge`] says what is wrong, [`plan`] says
//! what to write and what to start. Pure but for the [`World`] that it is given, which only `read` asks.

#![forbid(unsafe_code)]

mod derive;
mod facts;
mod health;
mod identity;
mod judge;
mod keystore;
mod plan;
mod read;
mod request;
mod world;

pub use facts::{
    ConfigFile, Configuration, Earlier, Facts, GivenFile, MachineFacts, RuntimeDir, VersionFrom,
};
pub use health::{Health, health};
pub use identity::{Identity, resolve_user};
pub use judge::{judge, judge_again, judge_majorities};
pub use keystore::{Entry, Found as FoundKeystore, KeystoreFacts};
pub use plan::policy::{PolicyAction, PolicyFile, PolicyPlan, plan as plan_policy};
pub use plan::{Aside, Copy, KeystoreFile, Ledger, NewFile, Plan, Planned, plan};
pub use read::sources::{LARGEST_TEMPLATE, PlainFile, SourceKind, Sources, TemplateFile};
pub use read::walk::{TEMPORARY_INFIX, is_temporary_name};
pub use read::{
    find_java, java_facts, jvm_options_of_script, look_again, normal as normal_path, read, read_installation,
};
pub use request::{
    ArchiveMode, Depth, NamedTemplate, Ownership, PolicyMode, RUNTIME_DIR_HELP, Request, Target, Templates,
};
pub use world::{
    Access, Answer, FileKind, LockHolder, Look, Machine, Reason, ServerProcess, ServerUser, SilentMount,
    Space, User, UserNamespace, World,
};
