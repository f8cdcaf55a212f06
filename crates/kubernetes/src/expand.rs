//! `$(NAME)` in the values, commands and arguments of a container, as Kubernetes' `third_party/forked/golang/expansion` does
//! it: `$$` gives `$` everywhere, an unknown name is left as it is, and what comes in is not expanded again.

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Text(String),
    /// It is set, and nobody here can say to what.
    Unknown,
}

/// A text after expansion; nothing where a part of it is unknown.
pub(crate) fn expand(text: &str, find: impl Fn(&str) -> Option<Known>) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let behind = &rest[1..];
        if let Some(behind) = behind.strip_prefix('$') {
            out.push('$');
            rest = behind;
            continue;
        }
        let name = behind.strip_prefix('(').and_then(|inside| inside.split_once(')'));
        match name {
            Some((name, after)) => {
                match find(name) {
                    Some(Known::Text(value)) => out.push_str(&value),
                    Some(Known::Unknown) => return None,
                    None => {
                        out.push_str("$(");
                        out.push_str(name);
                        out.push(')');
                    }
                }
                rest = after;
            }
            None => {
                out.push('$');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_kubelet_expands() {
        let known = |name: &str| match name {
            "A" => Some(Known::Text("1".to_owned())),
            "DOLLAR" => Some(Known::Text("$(A)".to_owned())),
            "SECRET" => Some(Known::Unknown),
            _ => None,
        };
        for (text, expanded) in [
            ("", ""),
            ("$(A)", "1"),
            ("x$(A)$(A)y", "x11y"),
            ("$$(A)", "$(A)"),
            ("pa$$word", "pa$word"),
            ("$(B)", "$(B)"),
            ("$x $", "$x $"),
            ("$(A", "$(A"),
            ("$(DOLLAR)", "$(A)"),
            ("$$$(A)", "$1"),
        ] {
            assert_eq!(expand(text, known).as_deref(), Some(expanded), "{text}");
        }
        assert_eq!(expand("x$(SECRET)", known), None);
    }
}
