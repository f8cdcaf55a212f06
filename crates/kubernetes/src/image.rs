//! What an image is, from its name: which server, which version, whose entrypoint.

use server::{Product, Version};

/// Whose image it is, as far as its name says: that decides what becomes of variables and which configuration it brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Elastic's and Docker's own, and those of the OpenSearch project.
    Official,
    /// `pires/docker-elasticsearch…`.
    Pires,
    /// That of the logging addon of Kubernetes.
    Addon,
    Bitnami,
    /// Those of this project, `es-entrypoint/elasticsearch…`: this program, with its own templates.
    Own,
    /// Anybody's.
    Other,
}

/// An image of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) family: Family,
    /// What its name says that its server is.
    pub(crate) server: &'static str,
    /// From the tag; nothing where it names none.
    pub(crate) version: Option<Version>,
}

/// Parts of names of images that go with a server and are none.
const COMPANIONS: [&str; 22] = [
    "exporter",
    "curator",
    "dashboard",
    "kibana",
    "operator",
    "elastalert",
    "cerebro",
    "kopf",
    "-head",
    "-hq",
    "logstash",
    "fluent",
    "beat",
    "filebeat",
    "cleaner",
    "proxy",
    "-test",
    "dump",
    "index",
    "setup",
    "reload",
    "metrics",
];

/// The image of that reference, if it is one of a server by its name.
pub(crate) fn of_server(reference: &str) -> Option<Image> {
    let (path, tag) = split(reference);
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_server = name.contains("elasticsearch") || name.contains("opensearch");
    if !is_server || COMPANIONS.iter().any(|part| name.contains(part)) {
        return None;
    }
    let product = product(name);
    Some(Image {
        family: family(path, name),
        server: server(name),
        version: tag.and_then(|tag| version(tag, product)),
    })
}

/// Whether an image is called and numbered like an official one, as in a registry that mirrors others.
pub(crate) fn is_mirror(reference: &str) -> bool {
    let (path, tag) = split(reference);
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_number = |tag: &str| tag.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    ["elasticsearch", "elasticsearch-oss", "opensearch"].contains(&name) && tag.is_some_and(is_number)
}

/// What the tag of any image says of the version, where another thing says that it is a server's.
pub(crate) fn of_other(reference: &str) -> Image {
    let (path, tag) = split(reference);
    let name = path.rsplit('/').next().unwrap_or(path);
    // The tags of an image with another name are no versions of the server.
    let is_server = name.contains("elasticsearch") || name.contains("opensearch");
    let version = tag.filter(|_| is_server).and_then(|tag| version(tag, product(name)));
    Image { family: Family::Other, server: server(name), version }
}

fn server(name: &str) -> &'static str {
    if name.contains("opensearch") { "opensearch" } else { "elasticsearch" }
}

fn product(name: &str) -> Product {
    if name.contains("opensearch") { Product::OpenSearch } else { Product::Elasticsearch }
}

/// `registry:5000/path/name:tag@sha256:…` as path and tag.
fn split(reference: &str) -> (&str, Option<&str>) {
    let reference = reference.split_once('@').map_or(reference, |(before, _)| before);
    match reference.rsplit_once(':') {
        // What follows the colon of a registry's port has a slash in it.
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (reference, None),
    }
}

fn family(path: &str, name: &str) -> Family {
    let is_below = |folder: &str| path.rsplit('/').skip(1).any(|it| it == folder);
    if is_below("pires") && name.contains("kubernetes") {
        return Family::Pires;
    }
    if is_below("es-entrypoint") {
        return Family::Own;
    }
    if is_below("bitnami") || is_below("bitnamilegacy") {
        return Family::Bitnami;
    }
    let is_addon = is_below("google_containers")
        || path.starts_with("k8s.gcr.io/")
        || is_below("fluentd_elasticsearch")
        || is_below("fluentd-elasticsearch");
    if is_addon && name == "elasticsearch" {
        return Family::Addon;
    }
    let is_official = path == "elasticsearch"
        || path.ends_with("library/elasticsearch")
        || path.starts_with("docker.elastic.co/elasticsearch/")
        || is_below("opensearchproject");
    if is_official { Family::Official } else { Family::Other }
}

/// The version in a tag: `2.3.4`, `v6.2.5`, `1.7.1-4`, `7.17.0-debian-10-r1`.
fn version(tag: &str, product: Product) -> Option<Version> {
    let numbers = tag.strip_prefix('v').unwrap_or(tag).split(['-', '_', '+']).next()?;
    // `2` alone is a moving tag; its newest release is judged like the first but for details.
    let version = Version::parse(numbers)?;
    Some(Version { product, ..version })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_servers() {
        for (reference, family, version) in [
            ("elasticsearch:2.3.4", Family::Official, Some(Version::elasticsearch(2, 3, 4))),
            (
                "docker.elastic.co/elasticsearch/elasticsearch-oss:7.4.2",
                Family::Official,
                Some(Version::elasticsearch(7, 4, 2)),
            ),
            ("opensearchproject/opensearch:2.11.0", Family::Official, Some(Version::opensearch(2, 11, 0))),
            (
                "quay.io/pires/docker-elasticsearch-kubernetes:2.3.4",
                Family::Pires,
                Some(Version::elasticsearch(2, 3, 4)),
            ),
            (
                "gcr.io/google_containers/elasticsearch:v2.4.1-1",
                Family::Addon,
                Some(Version::elasticsearch(2, 4, 1)),
            ),
            (
                "docker.io/bitnami/elasticsearch:7.17.0-debian-10-r1",
                Family::Bitnami,
                Some(Version::elasticsearch(7, 17, 0)),
            ),
            (
                "registry:5000/es-entrypoint/elasticsearch:2.3.4",
                Family::Own,
                Some(Version::elasticsearch(2, 3, 4)),
            ),
            ("registry:5000/team/elasticsearch", Family::Other, None),
            ("team/elasticsearch:latest@sha256:00", Family::Other, None),
        ] {
            let found = of_server(reference).unwrap();
            assert_eq!((found.family, found.version), (family, version), "{reference}");
        }
        for reference in [
            "justwatch/elasticsearch_exporter:1.1.0",
            "opensearchproject/opensearch-dashboards:2.11.0",
            "docker.elastic.co/eck/eck-operator:2.9",
            "busybox",
            "kibana:7.0.0",
        ] {
            assert_eq!(of_server(reference), None, "{reference}");
        }
    }
}
