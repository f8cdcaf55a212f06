//! The options that were given, in order, and the [`Options`] that they add up to.

use super::command::CommandName;
use super::dialect::Dialect;
use super::error::UsageError;
use super::options::{Options, SupervisionOptions};
use super::row::OptionRow;
use super::value::Value;

/// An option that was given: its row of the table and its value, which is not checked yet.
pub(super) struct Given {
    pub(super) row: &'static OptionRow,
    pub(super) value: Value,
}

impl Given {
    fn apply(&self, options: &mut Options) -> Result<(), UsageError> {
        self.row.set(options, &self.value)
    }
}

/// Sets all options. A later one wins: first the variables of tini and dumb-init, then ours, then the command line.
///
/// Every value is checked, also where the command has no use for it: a pod's variables are for the `run` of its
/// container, and a mistake in them is reported by every command.
pub(super) fn parse_values(
    command: CommandName,
    dialect: Dialect,
    tini_variables: &[Given],
    variables: &[Given],
    command_line: &[Given],
) -> Result<Options, UsageError> {
    let mut options = Options { supervision: SupervisionOptions::defaults(dialect), ..Options::default() };
    for given in tini_variables {
        given.apply(&mut options)?;
    }
    // The defaults of the delivery hold only where no option chooses one.
    let defaults = (options.supervision.group, options.supervision.session);
    (options.supervision.group, options.supervision.session) = (false, false);
    for given in variables.iter().chain(command_line) {
        given.apply(&mut options)?;
    }
    let supervision = &mut options.supervision;
    if supervision.group && supervision.session {
        return Err(UsageError::new(format_args!("`--group` and `--session` exclude each other"))
            .help(format_args!("a session's leader leads a process group too: `--session` is enough")));
    }
    if !(supervision.single_child || supervision.group || supervision.session) {
        (supervision.group, supervision.session) = defaults;
    }
    if command != CommandName::Check {
        options.files.clear();
    }
    Ok(options)
}
