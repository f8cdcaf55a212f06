//! The entries of the keystore that variables give.

use std::fmt::Write as _;

use diagnostics::{Json, MessageFormat, printable};
use node::KeystoreFacts;

/// One line for each, without any value.
pub(super) fn report(
    keystore: &KeystoreFacts,
    mask: &str,
    origin: &dyn Fn(&str) -> String,
    format: MessageFormat,
) -> String {
    let path = keystore.path.display().to_string();
    let mut out = String::new();
    let missing = keystore.missing();
    if format != MessageFormat::Json && !keystore.entries.is_empty() {
        let _ = writeln!(out, "keystore {}", printable(&path));
    }
    let width = keystore.entries.iter().map(|entry| entry.key.chars().count()).max().unwrap_or(0).min(48);
    for entry in &keystore.entries {
        let from = origin(&entry.variable);
        let is_new = missing.iter().any(|missing| missing.key == entry.key);
        if format == MessageFormat::Json {
            let mut json = Json::default();
            json.open("", '{');
            json.text("entry", &entry.key);
            json.text("value", mask);
            json.text("source", &from);
            json.text("variable", &entry.variable);
            json.text("file", &path);
            json.raw("}\n");
            out.push_str(&json.into_text());
        } else {
            let note = if is_new { "" } else { ", stays as it is" };
            let _ = writeln!(out, "    {:width$}  {mask}  {}{note}", printable(&entry.key), printable(&from));
        }
    }
    out
}
