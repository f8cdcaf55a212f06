//! `$(NAME)` in the values, commands and arguments of a container, as Kubernetes' `third_party/forked/golang/expansion` does
//! it: `$$` gives `$` everywhere, an unknown name is left as it is, and what comes in is not expanded again.

use diagnostics::Span;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Text(String),
    /// The value of a Secret of the input, which is used for the configuration and never shown.
    Secret(String),
    /// It is set, and nobody here can say to what.
    Unknown,
}

/// One variable with the place that gives it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) value: Known,
    pub(crate) span: Option<Span>,
}

/// What becomes of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expanded {
    /// Nothing where a part of it is unknown.
    pub(crate) text: Option<String>,
    /// The names whose references stay as they are.
    pub(crate) left: Vec<String>,
    /// A `$$` became `$` where nobody who knows that would write it.
    pub(crate) lost_dollar: bool,
}

/// Expands a text.
pub(crate) fn expand(text: &str, find: impl Fn(&str) -> Option<Known>) -> Expanded {
    let mut expanded = Expanded::default();
    let mut is_known = true;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let behind = &rest[1..];
        if let Some(behind) = behind.strip_prefix('$') {
            // `$$(NAME)` is the way to write `$(NAME)`. Before `{` it is the escape of other tools, whose result fits, and
            // whoever doubles each of several knows what becomes of them.
            let before = text.len() - rest.len();
            expanded.lost_dollar |= !behind.starts_with(['(', '{', '$']) && !text[..before].ends_with('$');
            out.push('$');
            rest = behind;
            continue;
        }
        let name = behind.strip_prefix('(').and_then(|inside| inside.split_once(')'));
        let Some((name, after)) = name else {
            out.push('$');
            rest = behind;
            continue;
        };
        match find(name) {
            Some(Known::Text(value)) => out.push_str(&value),
            Some(Known::Secret(_) | Known::Unknown) => is_known = false,
            None => {
                out.push_str("$(");
                out.push_str(name);
                out.push(')');
                expanded.left.push(name.to_owned());
            }
        }
        rest = after;
    }
    out.push_str(rest);
    Expanded { text: is_known.then_some(out), ..expanded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_kubelet_expands() {
        let known = |name: &str| match name {
            "A" => Some(Known::Text("1".to_owned())),
            "EMPTY" => Some(Known::Text(String::new())),
            "DOLLAR" => Some(Known::Text("$(A)".to_owned())),
            "SECRET" => Some(Known::Unknown),
            _ => None,
        };
        for (text, expanded, left, lost_dollar) in [
            ("", "", &[][..], false),
            ("$(A)", "1", &[], false),
            ("x$(A)$(A)y", "x11y", &[], false),
            ("$(EMPTY)", "", &[], false),
            ("$$(A)", "$(A)", &[], false),
            ("pa$$word", "pa$word", &[], true),
            ("end$$", "end$", &[], true),
            ("$${A}", "${A}", &[], false),
            ("$$$$x", "$$x", &[], false),
            ("$(B)", "$(B)", &["B"], false),
            ("$x $", "$x $", &[], false),
            ("$(A", "$(A", &[], false),
            ("$()", "$()", &[""], false),
            ("$(DOLLAR)", "$(A)", &[], false),
            ("$$$(A)", "$1", &[], false),
            ("$$$(B)", "$$(B)", &["B"], false),
        ] {
            let left = left.iter().map(|name| (*name).to_owned()).collect();
            let wanted = Expanded { text: Some(expanded.to_owned()), left, lost_dollar };
            assert_eq!(expand(text, known), wanted, "{text}");
        }
        assert_eq!(expand("x$(SECRET)$(B)", known).text, None);
    }
}
