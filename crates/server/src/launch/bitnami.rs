//! Variables of Bitnami's images. Source: bitnami/containers, `elasticsearch-env.sh` of 7 to 9.1 and `opensearch-env.sh` of 2.

use super::instead::Instead::{self, Heap, Majority, Plugins, Setting, Tell, Variable};
use super::instead::{INITIAL_MASTERS, MEMORY_LOCK, SEED_HOSTS};

const ROLES: Instead = Setting(&["node.roles", "node.master"]);
const TRANSPORT_CA: Instead = Variable("TRANSPORT_TLS_CA");
const TRANSPORT_CERTIFICATE: Instead = Variable("TRANSPORT_TLS_CERTIFICATE");
const TRANSPORT_KEY: Instead = Variable("TRANSPORT_TLS_KEY");
const TRANSPORT_KEYSTORE: Instead = Setting(&[
    "xpack.security.transport.ssl.keystore.path",
    "plugins.security.ssl.transport.keystore_filepath",
]);
const TRANSPORT_TRUSTSTORE: Instead = Setting(&[
    "xpack.security.transport.ssl.truststore.path",
    "plugins.security.ssl.transport.truststore_filepath",
]);
const KIND_OF_FILES: Instead = Tell("unset it: the settings that name the files say of which kind they are");
const SECRET: Instead = Tell(
    "set ES_KEYSTORE_ and the name of the setting, for instance ES_KEYSTORE_XPACK_SECURITY_HTTP_SSL_KEYSTORE_SECURE__PASSWORD",
);
const SIZES: Instead = Tell("unset it: the heap is made for the memory of the container");

/// Their names begin with the product. Sorted by name. A `…_PASSWORD` alone is what health checks use, too.
pub(super) const BITNAMI: &[(&str, Instead)] = &[
    ("ACTION_DESTRUCTIVE_REQUIRES_NAME", Setting(&["action.destructive_requires_name"])),
    ("ADVERTISED_HOSTNAME", Setting(&["network.publish_host"])),
    ("BIND_ADDRESS", Variable("NETWORK_HOST")),
    ("CA_CERT_LOCATION", TRANSPORT_CA),
    (
        "CERTS_DIR",
        Tell(
            "put the files below the configuration directory, and name them in TRANSPORT_TLS_CERTIFICATE and its like",
        ),
    ),
    ("CLUSTER_HOSTS", Setting(SEED_HOSTS)),
    ("CLUSTER_MASTER_HOSTS", Setting(INITIAL_MASTERS)),
    ("CLUSTER_NAME", Variable("CLUSTER_NAME")),
    ("DATA_DIR_LIST", Variable("PATH_DATA")),
    ("DISABLE_GC_LOGS", Tell("take the lines with `gc` and `GC` out of `jvm.options`")),
    ("DISABLE_JVM_HEAP_DUMP", Tell("put `-XX:-HeapDumpOnOutOfMemoryError` into the options of the JVM")),
    ("ENABLE_FIPS_MODE", Setting(&["xpack.security.fips_mode.enabled"])),
    ("ENABLE_REST_TLS", Setting(&["xpack.security.http.ssl.enabled", "plugins.security.ssl.http.enabled"])),
    ("ENABLE_SECURITY", Setting(&["xpack.security.enabled"])),
    ("EXTRA_FLAGS", Tell("pass them as arguments of the server")),
    ("FS_SNAPSHOT_REPO_PATH", Setting(&["path.repo"])),
    ("HEAP_SIZE", Heap),
    ("HTTP_PORT_NUMBER", Setting(&["http.port"])),
    ("HTTP_TLS_CA_CERT_LOCATION", Variable("HTTP_TLS_CA")),
    (
        "HTTP_TLS_KEYSTORE_LOCATION",
        Setting(&["xpack.security.http.ssl.keystore.path", "plugins.security.ssl.http.keystore_filepath"]),
    ),
    ("HTTP_TLS_KEYSTORE_PASSWORD", SECRET),
    ("HTTP_TLS_KEY_PASSWORD", SECRET),
    ("HTTP_TLS_NODE_CERT_LOCATION", Variable("HTTP_TLS_CERTIFICATE")),
    ("HTTP_TLS_NODE_KEY_LOCATION", Variable("HTTP_TLS_KEY")),
    (
        "HTTP_TLS_TRUSTSTORE_LOCATION",
        Setting(&[
            "xpack.security.http.ssl.truststore.path",
            "plugins.security.ssl.http.truststore_filepath",
        ]),
    ),
    ("HTTP_TLS_TRUSTSTORE_PASSWORD", SECRET),
    ("HTTP_TLS_USE_PEM", KIND_OF_FILES),
    ("IS_DEDICATED_NODE", ROLES),
    ("KEYS", Tell("set ES_KEYSTORE_ and the name of the setting, for each of them")),
    ("KEYSTORE_LOCATION", TRANSPORT_KEYSTORE),
    ("KEYSTORE_PASSWORD", SECRET),
    ("KEY_PASSWORD", SECRET),
    ("LOCK_ALL_MEMORY", Setting(MEMORY_LOCK)),
    ("MAX_ALLOWED_MEMORY", SIZES),
    ("MAX_ALLOWED_MEMORY_PERCENTAGE", SIZES),
    ("MAX_TIMEOUT", Tell("unset it: nothing here waits for the server")),
    ("MINIMUM_MASTER_NODES", Majority),
    ("NODE_CERT_LOCATION", TRANSPORT_CERTIFICATE),
    ("NODE_KEY_LOCATION", TRANSPORT_KEY),
    ("NODE_NAME", Variable("NODE_NAME")),
    ("NODE_ROLES", ROLES),
    ("NODE_TYPE", ROLES),
    ("PLUGINS", Plugins),
    ("PORT_NUMBER", Setting(&["http.port"])),
    ("SECURITY_ADMIN_CERT_LOCATION", Tell("unset it: run the plugin's `securityadmin.sh` yourself")),
    ("SECURITY_ADMIN_DN", Setting(&["plugins.security.authcz.admin_dn"])),
    ("SECURITY_ADMIN_KEY_LOCATION", Tell("unset it: run the plugin's `securityadmin.sh` yourself")),
    ("SECURITY_BOOTSTRAP", Tell("unset it: run the plugin's `securityadmin.sh` yourself")),
    ("SECURITY_NODES_DN", Setting(&["plugins.security.nodes_dn"])),
    ("SKIP_TRANSPORT_TLS", Tell("unset it, and switch TLS between nodes on or off where its settings are")),
    ("TLS_USE_PEM", KIND_OF_FILES),
    ("TLS_VERIFICATION_MODE", Setting(&["xpack.security.transport.ssl.verification_mode"])),
    (
        "TRANSPORT_PORT_NUMBER",
        Tell("write the port into the configuration: `transport.tcp.port` up to 6.6, `transport.port` later"),
    ),
    ("TRANSPORT_TLS_CA_CERT_LOCATION", TRANSPORT_CA),
    ("TRANSPORT_TLS_KEYSTORE_LOCATION", TRANSPORT_KEYSTORE),
    ("TRANSPORT_TLS_KEYSTORE_PASSWORD", SECRET),
    ("TRANSPORT_TLS_KEY_PASSWORD", SECRET),
    ("TRANSPORT_TLS_NODE_CERT_LOCATION", TRANSPORT_CERTIFICATE),
    ("TRANSPORT_TLS_NODE_KEY_LOCATION", TRANSPORT_KEY),
    ("TRANSPORT_TLS_TRUSTSTORE_LOCATION", TRANSPORT_TRUSTSTORE),
    ("TRANSPORT_TLS_TRUSTSTORE_PASSWORD", SECRET),
    ("TRANSPORT_TLS_USE_PEM", KIND_OF_FILES),
    ("TRUSTSTORE_LOCATION", TRANSPORT_TRUSTSTORE),
    ("TRUSTSTORE_PASSWORD", SECRET),
];
