use super::super::variables::Dotted;
use super::*;
use crate::settings::overlay::apply_overrides;
use crate::settings::samples;

const SCRIPT: Mapping = Mapping::Script { dotted: Dotted::Whole, encoded: true };
const SEVEN: Version = Version::elasticsearch(7, 17, 0);
const EIGHT: Version = Version::elasticsearch(8, 15, 0);

/// One line a finding: `severity code variable place: message | help`.
fn found(
    version: Version,
    mapping: Mapping,
    given: &[(Layer, &str, &str)],
    file: Settings,
    variables: &[(&str, &str)],
) -> Vec<String> {
    let environment: Environment = variables.iter().copied().collect();
    let given: Vec<Override> = given
        .iter()
        .map(|(layer, key, text)| Override {
            variable: (*layer == Layer::Variable).then(|| (*key).to_owned()),
            ..Override::new(*key, text, *layer, &environment)
        })
        .collect();
    let mut settings = file;
    apply_overrides(&mut settings, &given);
    let line = |finding: Finding| {
        let place = finding.location().unwrap();
        let variable = finding.variable.clone().unwrap_or_default();
        format!(
            "{} {} {variable} {}:{}:{}: {} | {}",
            finding.severity.word(),
            finding.code,
            place.file,
            place.line,
            place.column,
            finding.message,
            finding.help_text().unwrap_or_default()
        )
    };
    check(&given, &settings, &environment, mapping, version).into_iter().map(line).collect()
}

#[test]
fn a_reference_without_a_value() {
    let given = [(Layer::Variable, "node.name", "master-${POD}")];
    assert_eq!(
        found(EIGHT, Mapping::Launcher, &given, Settings::default(), &[]),
        [
            "error template/unset POD <environment>:1:1: `POD` is not set, which the value of `node.name` refers to | the \
          server would not start: set POD, or write a default, `${POD:…}`"
        ]
    );
    assert_eq!(found(EIGHT, Mapping::Launcher, &given, Settings::default(), &[("POD", "0")]), [""; 0]);
}

#[test]
fn one_setting_given_twice() {
    let both = [(Layer::Variable, "a.b", "1"), (Layer::Argument, "a.b", "2")];
    assert_eq!(
        found(SEVEN, SCRIPT, &both, Settings::default(), &[]),
        [
            "error settings/duplicate-key  <arguments>:1:1: `a.b` is set twice, by the variable `a.b` and by an argument | \
          the start script hands variables on as arguments, and the server refuses one that is there twice: remove one"
        ]
    );
    let same = [(Layer::Variable, "a.b", "1"), (Layer::Argument, "a.b", "1")];
    assert_eq!(found(SEVEN, SCRIPT, &same, Settings::default(), &[]), [""; 0]);
    let arguments = [(Layer::Argument, "a.b", "1"), (Layer::Argument, "a.b", "2")];
    assert_eq!(
        found(EIGHT, Mapping::Nobody, &arguments, Settings::default(), &[]),
        [
            "error settings/duplicate-key  <arguments>:1:2: `a.b` is set twice, by an argument and by an argument | the \
          server refuses an argument that is there twice: remove one"
        ]
    );
    let two = Version::elasticsearch(2, 3, 4);
    assert_eq!(found(two, Mapping::Nobody, &arguments, Settings::default(), &[]), [""; 0]);
    // The launcher puts the variable over the argument.
    let launcher = [both[1], both[0]];
    assert_eq!(found(EIGHT, Mapping::Launcher, &launcher, Settings::default(), &[]), [""; 0]);
    let variables = [(Layer::Variable, "a.b", "1"), (Layer::Variable, "a.b", "2")];
    assert_eq!(
        found(EIGHT, Mapping::Launcher, &variables, Settings::default(), &[]),
        [
            "error settings/duplicate-key a.b <environment>:1:2: `a.b` is set twice, by the variable `a.b` and by the \
          variable `a.b` | which of them counts is left to chance: remove one"
        ]
    );
}

#[test]
fn a_template_and_a_variable_of_one_setting() {
    let file = || samples::from_variable("cluster.name", "logs", "CLUSTER_NAME");
    let given = |text| [(Layer::Variable, "cluster.name", text)];
    let set = [("CLUSTER_NAME", "logs")];
    assert_eq!(
        found(SEVEN, SCRIPT, &given("prod"), file(), &set),
        [
            "warning launch/ignored-variable CLUSTER_NAME elasticsearch.yml:1:1: `CLUSTER_NAME` does not count: the \
          variable `cluster.name` sets `cluster.name`, too, and wins | keep one of the two: what is given beside the file \
          counts before it; what counts is at <environment>:1:1"
        ]
    );
    let argument = [(Layer::Argument, "cluster.name", "prod")];
    assert_eq!(
        found(SEVEN, SCRIPT, &argument, file(), &set),
        [
            "warning launch/ignored-variable CLUSTER_NAME elasticsearch.yml:1:1: `CLUSTER_NAME` does not count: an argument \
             of the server sets `cluster.name`, too, and wins | keep one of the two: what is given beside the file counts \
             before it; what counts is at <arguments>:1:1"
        ]
    );
    assert_eq!(found(SEVEN, SCRIPT, &given("logs"), file(), &set), [""; 0]);
    // A default of the template is nobody's wish.
    assert_eq!(found(SEVEN, SCRIPT, &given("prod"), file(), &[]), [""; 0]);
    let constant = samples::texts(&[("cluster.name", "docker-cluster")]);
    assert_eq!(found(SEVEN, SCRIPT, &given("prod"), constant, &set), [""; 0]);
}

#[test]
fn settings_that_this_program_makes_of_variables() {
    let own = Mapping::Nobody.with_ours();
    let both = |text| [(Layer::Variable, "cluster.name", "1"), (Layer::Argument, "cluster.name", text)];
    assert_eq!(
        found(SEVEN, own, &both("2"), Settings::default(), &[]),
        [
            "warning launch/ignored-variable cluster.name <arguments>:1:1: `cluster.name` does not count: an argument sets \
          `cluster.name`, too, and wins | keep one of the two: this place counts"
        ]
    );
    assert_eq!(found(SEVEN, own, &both("1"), Settings::default(), &[]), [""; 0]);
    let variables = [(Layer::Variable, "cluster.name", "1"), (Layer::Variable, "cluster.name", "2")];
    assert_eq!(
        found(SEVEN, own, &variables, Settings::default(), &[]),
        [
            "warning launch/ignored-variable cluster.name <environment>:1:2: `cluster.name` does not count: the variable \
             `cluster.name` sets `cluster.name`, too, and wins | keep one of the two: this place counts"
        ]
    );
}
