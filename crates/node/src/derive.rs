//! Variables that follow from others, where they are unset or empty.

use template::{Content, Environment, Origin, Variable};

use server::discovery::names::VARIABLE;
use server::generation::Generation;
use server::{quorum, roles};

/// What the world says for [`derive`].
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    pub(crate) host_name: Content,
    /// Content of the service account's `namespace` file, empty when there is none.
    pub(crate) service_account_namespace: Content,
    /// The data directory holds a cluster's state already; nothing when that is unknown.
    pub(crate) bootstrapped: Option<bool>,
    pub(crate) generation: &'static Generation,
    /// OpenSearch has its security plugin, and with it the settings of that.
    pub(crate) has_security_plugin: bool,
}

/// Fills in what follows from other variables, where it is unset or empty. What follows from a secret is one too, and
/// what follows from a variable that cannot be used cannot be used either.
pub(crate) fn derive(variables: &mut Environment, surroundings: &Surroundings) {
    variables.explain_missing("INITIAL_MASTER_NODES", ONLY_AT_FIRST);
    if let Some(count) = source(variables, "MASTER_COUNT") {
        let masters = match &count.content {
            Content::Text(text) => quorum::number_of_masters(text),
            _ => None,
        };
        if let Some(names) = initial_masters(variables, &count, masters, surroundings.bootstrapped) {
            fill(variables, "INITIAL_MASTER_NODES", names);
        }
        let content = match (masters, &count.content) {
            (Some(masters), _) => Content::Text(quorum::majority(masters).to_string()),
            (None, Content::Text(_)) => {
                variables.explain_missing("MIN_MASTERS", NO_NUMBER);
                Content::Text(String::new())
            }
            (None, unusable) => unusable.clone(),
        };
        fill(variables, "MIN_MASTERS", Variable { content, ..count });
    }
    for (name, pod, else_from, otherwise) in [
        ("NODE_NAME", Some("POD_NAME"), "the host name", &surroundings.host_name),
        // Container runtimes set it, other systems do not; the server's own script does where it is unset.
        ("HOSTNAME", None, "the host name", &surroundings.host_name),
        ("NAMESPACE", Some("POD_NAMESPACE"), "the service account", &surroundings.service_account_namespace),
    ] {
        let variable = pod.and_then(|pod| source(variables, pod)).unwrap_or_else(|| Variable {
            content: trimmed(otherwise.clone()),
            origin: Origin::Derived(else_from.to_owned()),
            secret: false,
        });
        fill(variables, name, variable);
    }
    derive_roles(variables, surroundings.generation);
    if let Some(content) = discovery_type(variables, surroundings.generation) {
        let origin = Origin::Derived("no other node is named".into());
        fill(variables, "DISCOVERY_TYPE", Variable { content, origin, secret: false });
    }
    let security = source(variables, "SECURITY_ENABLED").filter(|_| surroundings.has_security_plugin);
    if let Some(security) = security {
        let content = match &security.content {
            Content::Text(text) if text.eq_ignore_ascii_case("false") => Content::Text("true".into()),
            Content::Text(_) => Content::Text(String::new()),
            other => other.clone(),
        };
        fill(variables, "SECURITY_DISABLED", Variable { content, ..security });
    }
}

/// The list of roles from the booleans of earlier generations, and the other way round.
fn derive_roles(variables: &mut Environment, generation: &Generation) {
    let booleans = roles::BOOLEANS;
    if generation.roles.has_list() {
        let said: Vec<(&str, Variable)> =
            booleans.into_iter().filter_map(|(name, role)| Some((role, source(variables, name)?))).collect();
        let mut without = Vec::new();
        for (role, variable) in &said {
            match &variable.content {
                // What is neither is a finding, and says nothing about roles.
                Content::Text(text) if roles::boolean(text) == Some(false) => without.push(*role),
                Content::Text(_) => {}
                _ => return fill(variables, "NODE_ROLES", variable.clone()),
            }
        }
        if without.is_empty() {
            return;
        }
        let left = booleans.into_iter().map(|(_, role)| role).filter(|role| !without.contains(role));
        let left = left.map(|role| if role == "master" { generation.master_role } else { role });
        // A list without an element is one that is not set; this role makes no node anything but a client of others.
        let list: Vec<&str> = left.chain(["remote_cluster_client"]).collect();
        let origin = Origin::Derived("NODE_MASTER, NODE_DATA and NODE_INGEST".into());
        let secret = said.iter().any(|(_, variable)| variable.secret);
        fill(variables, "NODE_ROLES", Variable { content: Content::Text(list.join(",")), origin, secret });
    } else if let Some(list) = source(variables, "NODE_ROLES") {
        for (name, role) in booleans {
            let content = match &list.content {
                Content::Text(text) => Content::Text(roles::lists(text, role).to_string()),
                other => other.clone(),
            };
            fill(variables, name, Variable { content, ..list.clone() });
        }
    }
}

/// Puts the addresses of the hosts in the place of their names, once they are looked up.
pub(crate) fn set_hosts(variables: &mut Environment, addresses: Option<&str>) {
    let Some(addresses) = addresses else { return };
    let secret = variables.get(VARIABLE).is_some_and(|it| it.secret);
    let origin = Origin::Derived(VARIABLE.to_owned());
    variables.set(VARIABLE, Variable { content: Content::Text(addresses.to_owned()), origin, secret });
}

/// `single-node` where that is there, and nothing says that there are other nodes.
fn discovery_type(variables: &Environment, generation: &Generation) -> Option<Content> {
    const OTHERS: [&str; 6] = [
        "DISCOVERY_HOSTS",
        "UNICAST_HOSTS",
        "DISCOVERY_SERVICE",
        "INITIAL_MASTER_NODES",
        "MASTER_STATEFULSET",
        "MIN_MASTERS",
    ];
    let is_alone = |name: &str| match (name, source(variables, name).map(|variable| variable.content)) {
        (_, Some(Content::Unknown)) => None,
        ("MASTER_COUNT" | "MIN_MASTERS", Some(Content::Text(text))) => Some(text == "1"),
        ("NODE_MASTER", Some(Content::Text(text))) => Some(roles::boolean(&text) != Some(false)),
        ("NODE_ROLES", Some(Content::Text(text))) => Some(roles::lists(&text, "master")),
        (_, other) => Some(other.is_none()),
    };
    let all = OTHERS.into_iter().chain(["MASTER_COUNT", "NODE_MASTER", "NODE_ROLES"]);
    let answers: Vec<Option<bool>> = all.filter(|_| generation.has_single_node).map(is_alone).collect();
    if answers.is_empty() || answers.contains(&Some(false)) {
        None
    } else if answers.contains(&None) {
        Some(Content::Unknown)
    } else {
        Some(Content::Text("single-node".into()))
    }
}

/// What would be derived from that variable as it is: without blanks around it, and never empty.
fn source(variables: &Environment, name: &str) -> Option<Variable> {
    let mut variable = variables.get(name)?.clone();
    variable.origin = Origin::Derived(name.to_owned());
    variable.content = trimmed(variable.content);
    (variable.content != Content::Text(String::new())).then_some(variable)
}

fn trimmed(content: Content) -> Content {
    match content {
        Content::Text(text) => Content::Text(text.trim().to_owned()),
        other => other,
    }
}

/// The names of the pods of `MASTER_STATEFULSET`, where this is the first start of a cluster. `masters` is `count` as a
/// number where it is one.
fn initial_masters(
    variables: &Environment,
    count: &Variable,
    masters: Option<u32>,
    bootstrapped: Option<bool>,
) -> Option<Variable> {
    let is_unknown = count.content == Content::Unknown || bootstrapped.is_none();
    let is_possible =
        masters.is_some_and(|masters| masters <= LARGEST_STATEFULSET) || count.content == Content::Unknown;
    if bootstrapped == Some(true) || !is_possible {
        return None;
    }
    let mut set = source(variables, "MASTER_STATEFULSET")?;
    if let Content::Text(name) = &set.content {
        set.content = match masters.filter(|_| !is_unknown) {
            Some(masters) => {
                let names: Vec<String> = (0..masters).map(|index| format!("{name}-{index}")).collect();
                Content::Text(names.join(","))
            }
            None => Content::Unknown,
        };
        set.origin = Origin::Derived("MASTER_STATEFULSET and MASTER_COUNT".into());
        set.secret |= count.secret;
    }
    Some(set)
}

/// It follows from no variable: everybody has it, and whoever sets another value knows that.
fn is_surrounding(variable: &Variable) -> bool {
    matches!(&variable.origin, Origin::Derived(from) if from.starts_with("the "))
}

/// Sets what is unset or empty.
fn fill(variables: &mut Environment, name: &str, variable: Variable) {
    let is_empty = |variable: &Variable| matches!(&variable.content, Content::Text(text) if text.is_empty());
    if is_empty(&variable) {
        return;
    }
    let own = variables.get(name).filter(|own| !is_empty(own));
    if own.is_none() {
        variables.set(name, variable);
    } else if own.is_some_and(|own| !matches!(own.origin, Origin::Derived(_))) && !is_surrounding(&variable) {
        variables.set_beaten(name, variable);
    }
}

/// Why nothing follows from a `MASTER_COUNT`; whatever its value is, it is not shown.
const NO_NUMBER: &str = "MIN_MASTERS would follow from MASTER_COUNT, whose value is no possible number of \
    master-eligible nodes: set that to their number in the whole cluster, for instance MASTER_COUNT=3";

/// Why a list of first masters may have no value. A default of its own would be a node that does not exist.
const ONLY_AT_FIRST: &str = "write `${INITIAL_MASTER_NODES:-}`: the list is only for the first start of a new cluster, where \
    it follows from MASTER_STATEFULSET and MASTER_COUNT";

/// More masters than any cluster has: a typing error must not make a list of a billion names.
const LARGEST_STATEFULSET: u32 = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(pairs: &[(&str, &str)], surroundings: &Surroundings) -> Environment {
        let mut variables: Environment = pairs.iter().copied().collect();
        derive(&mut variables, surroundings);
        variables
    }

    #[test]
    fn derived_values() {
        let here = Surroundings {
            generation: server::generation(server::Version::elasticsearch(2, 3, 4)),
            has_security_plugin: false,
            host_name: Content::Text("box\n".into()),
            service_account_namespace: Content::Text("search".into()),
            bootstrapped: Some(false),
        };
        let all = derived(
            &[("MASTER_COUNT", "3"), ("MASTER_STATEFULSET", "es-master"), ("MIN_MASTERS", "")],
            &here,
        );
        assert_eq!(all.text("MIN_MASTERS"), Some("2"));
        assert_eq!(all.text("INITIAL_MASTER_NODES"), Some("es-master-0,es-master-1,es-master-2"));
        assert_eq!((all.text("NODE_NAME"), all.text("HOSTNAME")), (Some("box"), Some("box")));
        assert_eq!(all.get("HOSTNAME").unwrap().origin, Origin::Derived("the host name".into()));
        assert_eq!(all.text("NAMESPACE"), Some("search"));
        assert_eq!(all.get("MIN_MASTERS").unwrap().origin, Origin::Derived("MASTER_COUNT".into()));
        let pod = derived(&[("POD_NAME", "es-0"), ("POD_NAMESPACE", "logs"), ("NODE_NAME", "")], &here);
        assert_eq!((pod.text("NODE_NAME"), pod.text("NAMESPACE")), (Some("es-0"), Some("logs")));
        // With the network of its node a pod has the node's.
        assert_eq!(pod.text("HOSTNAME"), Some("box"));
        assert_eq!(derived(&[("HOSTNAME", "")], &here).text("HOSTNAME"), Some("box"));
        assert_eq!(derived(&[("HOSTNAME", "own")], &here).text("HOSTNAME"), Some("own"));
        let nowhere = Surroundings { host_name: Content::Text(String::new()), ..here.clone() };
        assert_eq!(derived(&[], &nowhere).get("HOSTNAME"), None);
        let own = derived(
            &[("NODE_NAME", "n"), ("POD_NAME", "p"), ("MIN_MASTERS", "9"), ("MASTER_COUNT", "3")],
            &here,
        );
        assert_eq!((own.text("NODE_NAME"), own.text("MIN_MASTERS")), (Some("n"), Some("9")));
        for junk in ["", "0", "three", "-1", "99999999999"] {
            assert_eq!(derived(&[("MASTER_COUNT", junk)], &here).get("MIN_MASTERS"), None, "{junk}");
        }
        let second = Surroundings { bootstrapped: Some(true), ..here };
        let second = derived(&[("MASTER_COUNT", "3"), ("MASTER_STATEFULSET", "es")], &second);
        assert_eq!(second.get("INITIAL_MASTER_NODES"), None);
    }
}
