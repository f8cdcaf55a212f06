//! The built-in templates. Generations that need the same text share it; each has its directory in `config-templates`.

/// The name of a file, and its text.
type Text = (&'static str, &'static str);

pub(super) const ELASTICSEARCH_1: &[Text] = &[
    ("elasticsearch.yml", include_str!("../../../../config-templates/elasticsearch-1/elasticsearch.yml")),
    ("logging.yml", include_str!("../../../../config-templates/elasticsearch-2/logging.yml")),
];

pub(super) const ELASTICSEARCH_2: &[Text] = &[
    ("elasticsearch.yml", include_str!("../../../../config-templates/elasticsearch-2/elasticsearch.yml")),
    ("logging.yml", include_str!("../../../../config-templates/elasticsearch-2/logging.yml")),
];

pub(super) const ELASTICSEARCH_5: &[Text] =
    &[("elasticsearch.yml", include_str!("../../../../config-templates/elasticsearch-5/elasticsearch.yml"))];

pub(super) const ELASTICSEARCH_7_0: &[Text] = &[(
    "elasticsearch.yml",
    include_str!("../../../../config-templates/elasticsearch-7.0/elasticsearch.yml"),
)];

pub(super) const ELASTICSEARCH_7_9: &[Text] =
    &[("elasticsearch.yml", include_str!("../../../../config-templates/elasticsearch-7/elasticsearch.yml"))];

pub(super) const OPENSEARCH_1: &[Text] =
    &[("opensearch.yml", include_str!("../../../../config-templates/opensearch-1/opensearch.yml"))];

pub(super) const OPENSEARCH_2: &[Text] =
    &[("opensearch.yml", include_str!("../../../../config-templates/opensearch-2/opensearch.yml"))];
