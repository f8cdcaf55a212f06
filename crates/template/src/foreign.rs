//! Sources of other template engines, which somebody forgot to render: Helm, Jinja, ERB.

use crate::format::Format;
use crate::problem::Problem;

/// Who would fill in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Engine {
    Helm,
    Jinja,
    /// `{{ name }}` alone is of both.
    HelmOrJinja,
    Erb,
}

/// The one finding about a settings file that is such a source: everything else that could be said of it would be about
/// words that are still to be replaced.
pub(crate) fn check(body: &str, format: Format) -> Option<Problem> {
    if format != Format::Elasticsearch || !(body.contains('{') || body.contains("<%")) {
        return None;
    }
    let (start, end) = first_sign(body)?;
    let (what, sign, how) = match engine(body) {
        Engine::Helm => ("a Helm chart", "{{ }}", "`helm template` prints the files that the cluster gets"),
        Engine::Jinja => (
            "a Jinja template",
            "{{ }}` and `{% %}",
            "Ansible's `template` and Salt's `file.managed` do that",
        ),
        Engine::HelmOrJinja => (
            "a Helm chart or a Jinja template",
            "{{ }}",
            "`helm template`, Ansible's `template` and Salt's `file.managed` do that",
        ),
        Engine::Erb => ("an ERB template", "<% %>", "Puppet's and Chef's `template` do that"),
    };
    let message = format!("this is the source of {what}, not a settings file");
    let help = format!(
        "nobody fills in `{sign}` here: render it first and name the result ({how}), or write `${{NAME}}` instead"
    );
    Some(Problem::new("template/unrendered", (start, end), message, help))
}

const OPENING: [(&str, &str); 4] = [("{{", "}}"), ("{%", "%}"), ("{#", "#}"), ("<%", "%>")];

/// Where the first of these stands at a place at which YAML has no other use for it: at the start of a line, of a value,
/// or of an element of a list.
fn first_sign(body: &str) -> Option<(usize, usize)> {
    let mut line_start = 0;
    for line in body.split_inclusive('\n') {
        let at = line_start;
        line_start += line.len();
        let text = line.trim_end();
        let content = text.trim_start().trim_start_matches("- ").trim_start();
        if content.starts_with('#') {
            continue;
        }
        let value = content.split_once(": ").map(|(_, value)| value.trim_start());
        for candidate in [Some(content), value].into_iter().flatten() {
            let inner = candidate.trim_start_matches('[').trim_start();
            let is_quoted = inner.starts_with(['"', '\'']);
            let inner = inner.trim_start_matches(['"', '\'']);
            if let Some(length) = sign(inner, is_quoted) {
                let offset = at + text.len() - inner.len();
                return Some((offset, offset + length));
            }
        }
    }
    None
}

/// How long the sign is that the text begins with.
fn sign(text: &str, is_quoted: bool) -> Option<usize> {
    let (opening, closing) = OPENING.iter().find(|(opening, _)| text.starts_with(opening))?;
    let inner = text.get(opening.len()..)?;
    // A block of several lines.
    let is_open = matches!(*opening, "{%" | "<%" | "{#") && !is_quoted;
    let Some(at) = inner.find(closing) else { return is_open.then_some(opening.len()) };
    let word = inner.get(..at)?.trim();
    // In quotes the texts of alerts, which the server fills in itself, look alike.
    let is_mustache = word.starts_with(['#', '^', '/', '_', '>', '!']) || word.starts_with("ctx");
    (!(is_quoted && is_mustache)).then_some(opening.len() + at + closing.len())
}

fn engine(body: &str) -> Engine {
    const HELM: [&str; 12] = [
        ".Values",
        ".Release",
        ".Chart",
        ".Capabilities",
        "{{ .",
        "{{- .",
        "{{.",
        "include \"",
        "{{ if ",
        "{{- if ",
        "{{- end",
        "{{- with",
    ];
    if OPENING.iter().all(|(opening, _)| *opening == "<%" || !body.contains(opening)) {
        Engine::Erb
    } else if body.contains("{%") || body.contains("{#") {
        Engine::Jinja
    } else if HELM.iter().any(|sign| body.contains(sign)) {
        Engine::Helm
    } else {
        Engine::HelmOrJinja
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(body: &str) -> Option<String> {
        let problem = check(body, Format::Elasticsearch)?;
        Some(format!("{} {}", &body[problem.start..problem.end], problem.finding.message))
    }

    #[test]
    fn sources_of_each_engine() {
        for (body, sign, what) in [
            ("cluster.name: {{ .Values.name }}\n", "{{ .Values.name }}", "a Helm chart"),
            ("# c\na: b\n{{- if .x }}\nc: d\n{{- end }}\n", "{{- if .x }}", "a Helm chart"),
            (
                "a: b\n{{ toYaml .Values.extra | indent 2 }}\n",
                "{{ toYaml .Values.extra | indent 2 }}",
                "a Helm chart",
            ),
            ("node.name: {{ host }}\n", "{{ host }}", "a Helm chart or a Jinja template"),
            ("node.name: \"{{ host }}\"\n", "{{ host }}", "a Helm chart or a Jinja template"),
            ("hosts: ['{{ a }}', b]\n", "{{ a }}", "a Helm chart or a Jinja template"),
            ("hosts:\n  - {{ a }}\n", "{{ a }}", "a Helm chart or a Jinja template"),
            ("{% if x %}\na: b\n{% endif %}\n", "{% if x %}", "a Jinja template"),
            ("{# a comment #}\na: b\n", "{# a comment #}", "a Jinja template"),
            ("a: {{ x }}\n{%- for h in hosts %}\n", "{{ x }}", "a Jinja template"),
            ("a: <%= @name %>\n", "<%= @name %>", "an ERB template"),
            ("<% if @x -%>\na: b\n<% end -%>\n", "<% if @x -%>", "an ERB template"),
            ("<%- |\n  String $x\n| -%>\na: b\n", "<%", "an ERB template"),
        ] {
            let expected = format!("{sign} this is the source of {what}, not a settings file");
            assert_eq!(found(body), Some(expected), "{body}");
        }
    }

    #[test]
    fn what_a_settings_file_may_have() {
        for body in [
            "a: ${A}\n",
            "a: b # {{ x }}\n",
            "# {% if x %}\na: b\n",
            "  # {{ x }}\n",
            "a: {b: {c: d}}\n",
            "a: {b: {}}\n",
            "{\"a\": {\"b\": \"c\"}}\n",
            "a: x{{y}}z\n",
            "a: \"x {{ y }}\"\n",
            "a: '{{ctx.payload}}'\n",
            "a: \"{{#toJson}}x{{/toJson}}\"\n",
            "a: \"{0}\"\n",
            "a: \"%d{ISO8601} %m%n\"\n",
            "a: '<%'\n",
        ] {
            assert_eq!(found(body), None, "{body}");
        }
        assert!(check("a: {{ x }}\n", Format::Yaml).is_none());
    }
}
