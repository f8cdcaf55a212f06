//! The variables that the built-in templates refer to: help, README and tests share this table.

/// One variable.
#[derive(Clone, Copy, Debug)]
pub struct TemplateVariable {
    pub name: &'static str,
    /// What holds when it is unset, as text for people.
    pub default: &'static str,
    pub help: &'static str,
}

/// All of them. Filled together with the templates.
pub const TEMPLATE_VARIABLES: &[TemplateVariable] = &[];
