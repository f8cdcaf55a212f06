//! The health check of the image for 2.x, asked in a network of its own where nobody listens.

use std::process::{Command, Stdio};

use crate::lab::{UNSHARE, ended};

fn asked(variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(UNSHARE[0]);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/docker/elasticsearch-2/healthcheck");
    command.args(&UNSHARE[1..]).args(["--net", "sh", script]).stdin(Stdio::null());
    command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").envs(variables.iter().copied());
    let found = ended(command);
    assert_eq!(found.code, 1, "{found:?}");
    found.everything()
}

#[test]
fn the_port_is_a_number() {
    let http = |port: &str| format!("nothing listens on the HTTP port {port}\n");
    let transport = |port: &str| format!("nothing listens on the transport port {port}\n");
    for (value, port) in [
        ("9210", "9210"),
        ("9210-9220", "9210"),
        ("", "9200"),
        // Kubernetes, for Services called `http` and `transport`.
        ("tcp://10.96.0.7:9250", "9200"),
        ("tcp://[fd00::7]:9250", "9200"),
    ] {
        assert_eq!(asked(&[("HTTP_PORT", value)]), http(port), "{value}");
    }
    assert_eq!(asked(&[]), http("9200"));
    let off = ("HTTP_ENABLE", "false");
    assert_eq!(asked(&[off, ("TRANSPORT_PORT", "tcp://10.96.0.7:9350")]), transport("9300"));
    assert_eq!(asked(&[off, ("TRANSPORT_PORT", "9310-9320")]), transport("9310"));
    assert_eq!(asked(&[off]), transport("9300"));
}
