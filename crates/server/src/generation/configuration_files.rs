//! The files that a server reads in its configuration directory beside the main one, and those of its log and the JVM.

/// The security of 1.x and 2.x.
pub(super) const SHIELD: &[&str] =
    &["shield/users", "shield/users_roles", "shield/roles.yml", "shield/role_mapping.yml"];
/// Up to 6.2 X-Pack and the discovery by a file have directories of their own.
pub(super) const X_PACK: &[&str] = &[
    "x-pack/users",
    "x-pack/users_roles",
    "x-pack/roles.yml",
    "x-pack/role_mapping.yml",
    "discovery-file/unicast_hosts.txt",
];
/// Later 6.x looks into these directories, too.
pub(super) const SECURITY_AND_X_PACK: &[&str] = &[
    "users",
    "users_roles",
    "roles.yml",
    "role_mapping.yml",
    "unicast_hosts.txt",
    "x-pack/users",
    "x-pack/users_roles",
    "x-pack/roles.yml",
    "x-pack/role_mapping.yml",
    "discovery-file/unicast_hosts.txt",
];
pub(super) const SECURITY: &[&str] = &[
    "users",
    "users_roles",
    "roles.yml",
    "role_mapping.yml",
    "operator_users.yml",
    "service_tokens",
    "unicast_hosts.txt",
];
/// Not the roles: what they have in `${user_name}` is the user of a request.
pub(super) const OPENSEARCH: &[&str] = &[
    "unicast_hosts.txt",
    "opensearch-security/action_groups.yml",
    "opensearch-security/allowlist.yml",
    "opensearch-security/audit.yml",
    "opensearch-security/config.yml",
    "opensearch-security/internal_users.yml",
    "opensearch-security/nodes_dn.yml",
    "opensearch-security/roles_mapping.yml",
    "opensearch-security/tenants.yml",
    "opensearch-security/whitelist.yml",
];

/// Where the server keeps secure settings.
pub(super) const KEYSTORE: &str = "elasticsearch.keystore";

/// What the server itself makes from 7.13 on.
pub(super) const WITH_SERVICE_TOKENS: &[&str] = &[
    KEYSTORE,
    "users",
    "users_roles",
    "roles.yml",
    "role_mapping.yml",
    "system_key",
    "x-pack",
    "service_tokens",
];

/// The same from 8.0 on.
pub(super) const WITH_CERTIFICATES: &[&str] = &[
    KEYSTORE,
    "users",
    "users_roles",
    "roles.yml",
    "role_mapping.yml",
    "system_key",
    "service_tokens",
    "certs",
];
