//! Resource limits. The hard one counts: soft limits are raised before the server starts.

use super::facts::{IPC_LOCK, Limit};
use super::{HostInputs, memory_lock_setting};
use crate::heap::human;
use diagnostics::Finding;

/// The hard limit when it is below what is needed.
fn below(limit: Option<Limit>, needed: u64) -> Option<u64> {
    limit?.hard.filter(|hard| *hard < needed)
}

pub(super) fn open_files(inputs: &HostInputs) -> Option<Finding> {
    let needed = inputs.generation().limits.open_files;
    let hard = below(inputs.facts.open_files, needed)?;
    Some(
        inputs.check("host/nofile", format!("at most {hard} open files, the server needs {needed}")).help(format!(
            "`docker run --ulimit nofile=65536:65536`; in Kubernetes the limit is the container runtime's (`LimitNOFILE` of its service){}",
            consequence(inputs)
        )),
    )
}

pub(super) fn processes(inputs: &HostInputs) -> Option<Finding> {
    let needed = inputs.generation().limits.processes?;
    let hard = below(inputs.facts.processes, needed)?;
    Some(
        inputs.check("host/nproc", format!("at most {hard} processes and threads, the server needs {needed}")).help(format!(
            "`docker run --ulimit nproc={needed}:{needed}`; in Kubernetes the limit is the container runtime's (`LimitNPROC` of its service){}",
            consequence(inputs)
        )),
    )
}

pub(super) fn address_space(inputs: &HostInputs) -> Option<Finding> {
    if !inputs.generation().limits.address_space {
        return None;
    }
    let hard = below(inputs.facts.address_space, u64::MAX)?;
    Some(
        inputs
            .check(
                "host/address-space",
                format!("the address space is limited to {}, the server needs it unlimited", human(hard)),
            )
            .help(format!(
                "remove the limit `as` (`ulimit -v`) where the container runtime is started; in Kubernetes `LimitAS` of its service{}",
                consequence(inputs)
            )),
    )
}

pub(super) fn file_size(inputs: &HostInputs) -> Option<Finding> {
    if !inputs.generation().limits.file_size {
        return None;
    }
    let hard = below(inputs.facts.file_size, u64::MAX)?;
    Some(
        inputs
            .check(
                "host/file-size",
                format!("files are limited to {}, the server needs them unlimited", human(hard)),
            )
            .help(format!("`docker run --ulimit fsize=-1:-1`; in Kubernetes the limit is the container runtime's (`LimitFSIZE` of its service){}", consequence(inputs))),
    )
}

pub(super) fn locked_memory(inputs: &HostInputs) -> Option<Finding> {
    let setting = memory_lock_setting(inputs.version, inputs.settings)?;
    let facts = inputs.facts;
    let hard = below(facts.locked_memory, u64::MAX)?;
    let capabilities = facts.capabilities?;
    // As root the capability goes down to the server's user; otherwise it has to be there already and stay.
    let root = facts.uid == 0;
    let held = if root { capabilities.permitted } else { capabilities.effective };
    if held & IPC_LOCK != 0 {
        return None;
    }
    let capability =
        "`docker run --cap-add IPC_LOCK`, in Kubernetes `securityContext.capabilities.add: [IPC_LOCK]`";
    let first = if root {
        format!("add the capability: {capability}")
    } else if capabilities.bounding & IPC_LOCK != 0 {
        "the container has the capability `IPC_LOCK`, but only root can pass it on: start the container as root \
         (without `--user` \
         and `runAsUser`), the server still gets its own user"
            .to_owned()
    } else {
        format!(
            "start the container as root (without `--user` and `runAsUser`, the server still gets its own user) and add the \
             capability: {capability}"
        )
    };
    let message = format!("`{}` asks for locked memory, but only {} may be locked", setting.key, human(hard));
    Some(
        inputs
            .check("host/memlock", message)
            .at(setting.value_span.clone())
            .setting(setting.key.clone())
            .help(format!("{first}; or raise the limit: `docker run --ulimit memlock=-1:-1`")),
    )
}

/// What the server does about it.
fn consequence(inputs: &HostInputs) -> &'static str {
    if inputs.refuses() { "; the server refuses to start otherwise" } else { "" }
}
