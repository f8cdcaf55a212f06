//! Variables with options of the JVM, before anything is made of them. The scripts and launchers of all generations split
//! them at blanks and know no quotes, as was seen on 1.7.5 to 9.5 and OpenSearch 1.3 to 3.6: quotes reach the JVM as they
//! are, and a word that is no option is the class that it runs.

use diagnostics::{Finding, is_secret_name};
use template::{Content, Destination, Environment, Variable, damages};

use crate::generation::{MemoryVariables, generation};
use crate::version::Version;

/// Words after which the JVM takes the next one, whatever it begins with. Source: "The java Command".
const WITH_VALUE: &[&str] = &["-cp", "-classpath", "-p", "-m", "-d", "-jar"];

/// Variables that up to 2.x hold one value, not options.
const VALUES_UP_TO_2: &[&str] = &["ES_HEAP_NEWSIZE", "ES_DIRECT_SIZE", "ES_GC_LOG_FILE"];
/// The heap's own rules judge what these hold, quotes among it.
const SIZES_UP_TO_2: &[&str] = &["ES_HEAP_SIZE", "ES_MIN_MEM", "ES_MAX_MEM"];

/// What is wrong with the variables that the launcher of this version reads.
pub fn check(version: Version, environment: &Environment) -> Vec<Finding> {
    let generation = generation(version);
    let is_old = generation.memory_variables == MemoryVariables::Read;
    let old: &[&str] = if is_old { &["JAVA_OPTS", "ES_GC_OPTS"] } else { &[] };
    let mut findings = Vec::new();
    for name in old.iter().chain([&generation.java_options]) {
        findings.extend(word(name, environment));
        // Quotes are that rule's.
        findings.extend(damaged(name, environment, "env/quoted-value"));
    }
    if is_old {
        findings.extend(VALUES_UP_TO_2.iter().flat_map(|name| damaged(name, environment, "")));
        findings.extend(SIZES_UP_TO_2.iter().flat_map(|name| damaged(name, environment, "env/quoted-value")));
    }
    findings
}

/// What a value looks like, but for what another rule says of it.
fn damaged(name: &str, environment: &Environment, but: &str) -> Vec<Finding> {
    let Some(variable) = environment.get(name) else { return Vec::new() };
    let Content::Text(text) = &variable.content else { return Vec::new() };
    // An option may be a password.
    let secret = variable.secret || is_secret_name(text);
    let variable = &Variable { secret, ..variable.clone() };
    let mut findings = damages(name, variable, text, Destination::Server, environment);
    findings.retain(|finding| finding.code != but);
    findings
}

/// The first word that is no option.
fn word(name: &str, environment: &Environment) -> Option<Finding> {
    let text = environment.process(name)?.to_str()?;
    let mut before = "";
    let mut has_open_quote = false;
    for word in text.split([' ', '\t', '\n']).filter(|word| !word.is_empty()) {
        let takes_value = WITH_VALUE.contains(&before) || (before.starts_with("--") && !before.contains('='));
        // From Java 9 on `@` names a file with options.
        if !(word.starts_with(['-', '@']) || takes_value) {
            return Some(no_option(name, word, has_open_quote));
        }
        has_open_quote |= word.matches('"').count() % 2 == 1 || word.matches('\'').count() % 2 == 1;
        before = word;
    }
    None
}

fn no_option(name: &str, word: &str, has_open_quote: bool) -> Finding {
    let first = word.chars().next().filter(|first| matches!(first, '"' | '\''));
    let (what, why) = match first {
        Some(quote) => (
            format!("begins with `{quote}`"),
            format!(
                "quotes reach the JVM as they are: the list form of compose, `- {name}={quote}…{quote}`, and `docker run \
                 --env-file` keep them; write `{name}=…` without quotes"
            ),
        ),
        None if has_open_quote => (
            "is no option".to_owned(),
            "the value is split at blanks, also between quotes, which reach the JVM as they are: write an option without \
             quotes and without blanks in it"
                .to_owned(),
        ),
        None => {
            ("does not begin with `-`".to_owned(), format!("write every option of {name} with its `-`"))
        }
    };
    let message = format!("a word in `{name}` {what}, and the JVM takes it for the class to run");
    Finding::error("launch/invalid-option", message)
        .variable(name)
        .help(format!("the JVM does not start: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(version: Version, pairs: &[(&str, &str)]) -> Vec<String> {
        let environment: Environment = pairs.iter().copied().collect();
        check(version, &environment)
            .into_iter()
            .map(|it| {
                format!(
                    "{} {} {} | {}",
                    it.severity.word(),
                    it.code,
                    it.message,
                    it.help.as_deref().unwrap_or("")
                )
            })
            .collect()
    }

    const TWO: Version = Version::elasticsearch(2, 3, 4);

    #[test]
    fn a_word_that_is_no_option() {
        for (text, expected) in [
            (
                "\"-Dmapper.allow_dots_in_name=true\"",
                "error launch/invalid-option a word in `ES_JAVA_OPTS` begins with `\"`, and the JVM takes it for the class \
                 to run | the JVM does not start: quotes reach the JVM as they are: the list form of compose, `- \
                 ES_JAVA_OPTS=\"…\"`, and `docker run --env-file` keep them; write `ES_JAVA_OPTS=…` without quotes",
            ),
            (
                "'-Xms1g' '-Xmx1g'",
                "error launch/invalid-option a word in `ES_JAVA_OPTS` begins with `'`, and the JVM takes it for the class \
                 to run | the JVM does not start: quotes reach the JVM as they are: the list form of compose, `- \
                 ES_JAVA_OPTS='…'`, and `docker run --env-file` keep them; write `ES_JAVA_OPTS=…` without quotes",
            ),
            (
                "-Dq=\"a b\"",
                "error launch/invalid-option a word in `ES_JAVA_OPTS` is no option, and the JVM takes it for the class to \
                 run | the JVM does not start: the value is split at blanks, also between quotes, which reach the JVM as \
                 they are: write an option without quotes and without blanks in it",
            ),
            (
                "-Xss1m Xmx1g",
                "error launch/invalid-option a word in `ES_JAVA_OPTS` does not begin with `-`, and the JVM takes it for \
                 the class to run | the JVM does not start: write every option of ES_JAVA_OPTS with its `-`",
            ),
        ] {
            for version in [TWO, Version::elasticsearch(6, 8, 23), Version::elasticsearch(9, 1, 0)] {
                assert_eq!(found(version, &[("ES_JAVA_OPTS", text)]), [expected], "{text}");
            }
        }
    }

    #[test]
    fn good_options() {
        for text in [
            "",
            "  -Xms1g\t-Xmx1g\n",
            "-Dlog.pattern=%m%n",
            "-XX:OnError=\"kill\" -Dx='y'",
            "--add-opens java.base/java.lang=ALL-UNNAMED -Da=b",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "-cp /a:/b @/options",
        ] {
            assert_eq!(found(TWO, &[("ES_JAVA_OPTS", text)]), [""; 0], "{text}");
        }
    }

    #[test]
    fn each_version_has_its_variables() {
        let pairs = [("ES_GC_OPTS", "\"-XX:+UseG1GC\""), ("ES_HEAP_NEWSIZE", "'1g'"), ("JAVA_OPTS", "x")];
        let codes = |version| -> Vec<String> {
            found(version, &pairs)
                .iter()
                .map(|it| it.split(' ').take(2).collect::<Vec<_>>().join(" "))
                .collect()
        };
        assert_eq!(
            codes(TWO),
            ["error launch/invalid-option", "error launch/invalid-option", "warning env/quoted-value"]
        );
        assert_eq!(codes(Version::elasticsearch(7, 17, 9)), [""; 0]);
        let opensearch = Version::opensearch(2, 11, 0);
        assert_eq!(found(opensearch, &[("ES_JAVA_OPTS", "'x'")]), [""; 0]);
        assert_eq!(found(opensearch, &[("OPENSEARCH_JAVA_OPTS", "'x'")]).len(), 1);
    }

    #[test]
    fn other_damage() {
        let found = |name, text| -> Vec<String> {
            found(TWO, &[(name, text)]).iter().map(|it| it.split(' ').nth(1).unwrap().to_owned()).collect()
        };
        assert_eq!(found("ES_HEAP_SIZE", "$(HEAP)"), ["env/later-reference"]);
        assert_eq!(found("ES_HEAP_SIZE", "\"1g\""), [""; 0]);
        assert_eq!(found("ES_JAVA_OPTS", "-Dzone={{ zone }}"), ["launch/invalid-option", "env/not-expanded"]);
        assert_eq!(found("ES_JAVA_OPTS", "-Dzone=$(ZONE)"), ["env/later-reference"]);
    }
}
