use super::table::OPTIONS;
use super::*;
use diagnostics::Level;
use node::Target;
use std::ffi::OsStr;

fn words(list: &[&str]) -> Vec<OsString> {
    list.iter().map(OsString::from).collect()
}

fn with(arguments: &[&str], environment: &[(&str, &str)]) -> Result<Invocation, UsageError> {
    let environment: Vec<_> =
        environment.iter().map(|(n, v)| (OsString::from(n), OsString::from(v))).collect();
    parse(Dialect::Own, &words(arguments), &environment)
}

fn options(invocation: Invocation) -> Options {
    match invocation {
        Invocation::Run { options, .. }
        | Invocation::Check(options)
        | Invocation::Render { options, .. }
        | Invocation::Explain(options)
        | Invocation::Health(options)
        | Invocation::Archive { options, .. }
        | Invocation::Quorum { options, .. }
        | Invocation::Policy { options, .. }
        | Invocation::Init { options, .. } => options,
        other => panic!("no options in {other:?}"),
    }
}

fn error(arguments: &[&str], environment: &[(&str, &str)]) -> (String, Option<String>) {
    let error = with(arguments, environment).unwrap_err();
    (error.message, error.help)
}

#[test]
fn what_starts_the_server() {
    for (arguments, rest) in [
        (&[][..], &[][..]),
        (&["elasticsearch"], &[]),
        (&["opensearch", "-Ex=y"], &["-Ex=y"]),
        (&["eswrapper"], &[]),
        (&["bin/elasticsearch", "-Ex=y"], &["-Ex=y"]),
        (&["/usr/share/opensearch/bin/opensearch"], &[]),
        (&["eswrapper", "-Ex=y"], &["-Ex=y"]),
        (&["-Des.x=y", "--cluster.name=z"], &["-Des.x=y", "--cluster.name=z"]),
        (&["--strict"], &["--strict"]),
        (&["run"], &[]),
        (&["run", "--"], &[]),
        (&["run", "--", "elasticsearch", "-d"], &["-d"]),
        (&["run", "--strict", "--", "--cluster.name=z"], &["--cluster.name=z"]),
    ] {
        let Invocation::Run { target, .. } = with(arguments, &[]).unwrap() else { panic!("{arguments:?}") };
        assert_eq!(target, Target::Server(words(rest)), "{arguments:?}");
    }
}

#[test]
fn anything_else_is_supervised_as_it_is() {
    let Ok(Invocation::Init { program, arguments, .. }) = with(&["bash", "-c", "--strict"], &[]) else {
        panic!()
    };
    assert_eq!((program, arguments), ("bash".into(), words(&["-c", "--strict"])));
    let Ok(Invocation::Run { target, .. }) = with(&["run", "--", "bash", "-c", "x"], &[]) else { panic!() };
    assert_eq!(target, Target::Other { program: "bash".into(), arguments: words(&["-c", "x"]) });
    let Ok(Invocation::Init { program, arguments, options }) =
        with(&["init", "--grace", "3", "sleep", "--grace"], &[])
    else {
        panic!()
    };
    assert_eq!((program, arguments), ("sleep".into(), words(&["--grace"])));
    assert_eq!(options.supervision.grace, Some(3.0));
}

#[test]
fn command_line_wins_over_variables_and_lists_add_up() {
    let environment = [
        ("ES_ENTRYPOINT_ES_HOME", "/a"),
        ("ES_ENTRYPOINT_DENY", "quorum/fragile"),
        ("ES_ENTRYPOINT_ALLOW", "quorum/fragile,heap/over-32g"),
        ("ES_ENTRYPOINT_STRICT", ""),
        ("UNRELATED", "x"),
    ];
    let options = options(
        with(&["check", "--es-home=/b", "--es-home", "/c", "--warn", "host/nofile"], &environment).unwrap(),
    );
    assert_eq!(options.es_home, Some("/c".into()));
    assert!(!options.levels.strict);
    assert_eq!(
        options.levels.rows,
        [
            ("quorum/fragile", Level::Allow),
            ("heap/over-32g", Level::Allow),
            ("quorum/fragile", Level::Deny),
            ("host/nofile", Level::Warn)
        ]
    );
}

#[test]
fn unknown_names_get_the_nearest_one_and_never_the_value() {
    assert_eq!(
        error(&["check", "--stirct=hunter2"], &[]),
        ("unknown option `--stirct` of `check`".into(), Some("did you mean `--strict`?".into()))
    );
    assert_eq!(
        error(&["check"], &[("ES_ENTRYPOINT_STIRCT", "hunter2")]),
        (
            "unknown variable `ES_ENTRYPOINT_STIRCT`".into(),
            Some("did you mean `ES_ENTRYPOINT_STRICT`?".into())
        )
    );
    assert_eq!(
        error(&["check", "--allow", "quorum/split-brian"], &[]),
        ("`--allow` names an unknown finding".into(), Some("did you mean `quorum/split-brain`?".into()))
    );
    assert_eq!(
        error(&["run", "-Des.x=hunter2"], &[]),
        (
            "unknown option `-D` of `run`".into(),
            Some("arguments for the server go after `--`: `es-entrypoint run -- -Des.x=y`".into())
        )
    );
    assert_eq!(
        error(&["run", "--cluster.name=x"], &[]).1.as_deref(),
        Some("arguments for the server go after `--`: `es-entrypoint run -- -Des.x=y`")
    );
    assert_eq!(
        error(&["run", "--version"], &[]).1.as_deref(),
        Some(
            "did you mean `--session`? arguments for the server go after `--`: `es-entrypoint run -- -Des.x=y`"
        )
    );
    for (argument, directory) in
        [("t", "DIR"), ("./t", "./t"), ("a/t/x.yml", "a/t"), ("/x.yml", "/"), ("x.yml", ".")]
    {
        let file = if directory == "DIR" { "FILE" } else { argument };
        assert_eq!(
            error(&["check", argument], &[]).1,
            Some(format!(
                "for templates in a directory: `es-entrypoint check --templates {directory}`, \
                 for Kubernetes manifests: `es-entrypoint check -f {file}`"
            ))
        );
    }
    assert_eq!(
        error(&["check", "--allow", "host/nofile host/memlock"], &[]).1.as_deref(),
        Some("commas separate codes; see `es-entrypoint help findings`")
    );
    assert_eq!(
        error(&["check", "--output", "hunter2"], &[]),
        ("`--output` is not an option of `check`".into(), Some("see `es-entrypoint help check`".into()))
    );
}

#[test]
fn template_findings_cannot_be_silenced() {
    for option in ["--allow", "--warn"] {
        assert_eq!(
            error(&["check", option, "template/unset"], &[]),
            (
                format!(
                    "`{option}` cannot name `template/unset`: without a rendered file there is nothing to start with"
                ),
                Some("give the placeholder a default, `${NAME:-…}`, or set the variable".into())
            )
        );
    }
    assert!(with(&["check", "--deny", "template/unset"], &[]).is_ok());
}

#[test]
fn a_file_of_findings_stands_beside_each_format() {
    use diagnostics::MessageFormat::{Github, Human, Json, Sarif};
    let variable = |value| [("ES_ENTRYPOINT_MESSAGE_FORMAT", value)];
    for (value, words, format, file) in [
        ("sarif", &["check"][..], Sarif, None),
        ("sarif=/a=b,json", &["check"], Json, Some("/a=b")),
        ("json,sarif=a", &["check", "--message-format", "github"], Github, Some("a")),
        ("json", &["check", "--message-format=sarif=b"], Json, Some("b")),
        ("sarif=a", &["check", "--message-format=sarif=b", "--message-format", "human"], Human, Some("b")),
    ] {
        let Ok(Invocation::Check(options)) = with(words, &variable(value)) else { panic!("{value}") };
        assert_eq!(
            (options.message_format, options.sarif),
            (format, file.map(Into::into)),
            "{value} {words:?}"
        );
    }
    for value in ["sarif=", "json,", "json,xml", "sarif=a,"] {
        assert!(with(&["check", "--message-format", value], &[]).is_err(), "{value}");
    }
}

#[test]
fn bad_values_name_what_is_accepted() {
    assert_eq!(
        error(&["check"], &[("ES_ENTRYPOINT_MESSAGE_FORMAT", "hunter2")]),
        (
            "the value of `ES_ENTRYPOINT_MESSAGE_FORMAT` is not valid".into(),
            Some("it takes one of `human`, `json`, `github`, `sarif`, `sarif=FILE`".into())
        )
    );
    for arguments in [
        &["check", "--es-version", "two"][..],
        &["check", "--strict=maybe"],
        &["check", "--strict="],
        &["check", "--es-home"],
        &["run", "--grace", "-1"],
        &["run", "--grace", "1e3"],
        &["run", "--grace", "."],
        &["run", "--stop-status", "256"],
        &["run", "--group", "--session"],
        &["render", "--output", "/tmp", "-"],
        &["quorum"],
        &["quorum", "1", "2"],
        &["policy"],
        &["policy", "frobnicate"],
        &["init"],
        &["check", "word"],
        &["help", "nonsense"],
    ] {
        assert!(with(arguments, &[]).is_err(), "{arguments:?}");
    }
}

#[test]
fn seconds_are_plain_and_bounded() {
    for name in ["grace", "stop-timeout", "linger"] {
        let option = format!("--{name}");
        for (text, value) in
            [("0", 0.0), ("0.5", 0.5), (".5", 0.5), ("5.", 5.0), ("030", 30.0), ("31536000", 31_536_000.0)]
        {
            let found = options(with(&["init", &option, text, "true"], &[]).unwrap()).supervision;
            let seconds = match name {
                "grace" => found.grace,
                "linger" => found.linger,
                _ => found.stop_timeout,
            };
            assert_eq!(seconds, Some(value), "{option} {text}");
        }
        for text in [
            "-1",
            "-0",
            "+1",
            "1e9",
            "1e-3",
            "nan",
            "NaN",
            "inf",
            "-inf",
            "infinity",
            "1s",
            "0x10",
            " 1",
            "1 ",
            "1,5",
            "1.2.3",
            ".",
            "31536001",
            "31536000.5",
            "99999999999999999999999999",
            "one",
        ] {
            let wanted = Some("it takes seconds from 0 to 31536000, like `30` or `0.5`".to_owned());
            assert_eq!(
                error(&["init", &option, text, "true"], &[]),
                (format!("the value of `{option}` is not valid"), wanted.clone()),
                "{text}"
            );
            let variable = format!("ES_ENTRYPOINT_{}", name.replace('-', "_").to_uppercase());
            assert_eq!(
                error(&["init", "true"], &[(&variable, text)]),
                (format!("the value of `{variable}` is not valid"), wanted),
                "{text}"
            );
        }
    }
}

#[test]
fn exit_codes_are_bytes() {
    let codes = |arguments: &[&str]| options(with(arguments, &[]).unwrap()).supervision.success_codes;
    assert_eq!(codes(&["init", "-e", "0", "-e255", "--success-code", "3,143", "true"]), [0, 255, 3, 143]);
    let variable = [("ES_ENTRYPOINT_SUCCESS_CODE", "1, 2")];
    assert_eq!(
        options(with(&["init", "-e3", "true"], &variable).unwrap()).supervision.success_codes,
        [1, 2, 3]
    );
    for text in ["256", "-1", "x", "1.0", "1,", "1 2", "0x1"] {
        for option in ["--success-code", "--stop-status", "-e"] {
            assert_eq!(
                error(&["init", option, text, "true"], &[]),
                (
                    format!("the value of `{option}` is not valid"),
                    Some("it takes an exit code from 0 to 255".into())
                ),
                "{text}"
            );
        }
    }
}

#[test]
fn short_options_are_those_of_init_alone() {
    for (arguments, letter) in
        [(&["run", "-g"][..], 'g'), (&["check", "-s"], 's'), (&["quorum", "-e", "3"], 'e')]
    {
        assert_eq!(error(arguments, &[]).0, format!("unknown option `-{letter}` of `{}`", arguments[0]));
    }
    for (arguments, asked) in [
        (
            &["init", "-sgv", "-w", "true"][..],
            &["init", "--no-subreaper=false", "--group", "--log-level", "debug", "--log-reaped", "true"][..],
        ),
        (
            &["init", "-cr15:2", "-pTERM", "true"],
            &["init", "--single-child", "--rewrite", "15:2", "--parent-death-signal", "TERM", "true"],
        ),
        (&["init", "--verbose", "true"], &["init", "--log-level=debug", "true"]),
        (&["init", "-v", "--log-level", "warn", "true"], &["init", "--log-level", "warn", "true"]),
    ] {
        assert_eq!(with(arguments, &[]), with(asked, &[]), "{arguments:?}");
    }
    for arguments in [&["init", "-V"], &["init", "--version"]] {
        assert_eq!(with(arguments, &[]), Ok(Invocation::Version));
    }
    assert_eq!(with(&["init", "-l"], &[]), Ok(Invocation::Help("Apache-2.0 OR MIT\n".into())));
    assert_eq!(with(&["init", "-g", "-h", "--yolo"], &[]), with(&["help", "init"], &[]));
}

#[test]
fn names_of_other_programs() {
    for (name, dialect) in [
        ("tini", Dialect::Tini),
        ("/usr/bin/tini", Dialect::Tini),
        ("tini-static", Dialect::Tini),
        ("/sbin/docker-init", Dialect::Tini),
        ("./dumb-init", Dialect::DumbInit),
        ("dumb-init/", Dialect::Own),
        ("/usr/local/bin/kubectl-es_entrypoint", Dialect::Kubectl),
        ("/usr/local/bin/es-healthcheck", Dialect::Health),
        ("es-entrypoint", Dialect::Own),
        ("Tini", Dialect::Own),
        ("tini2", Dialect::Own),
        ("", Dialect::Own),
    ] {
        assert_eq!(Dialect::of(OsStr::new(name)), dialect, "{name}");
    }
}

#[test]
fn service_links_of_a_service_with_our_name_are_ignored() {
    let environment = [
        ("ES_ENTRYPOINT_SERVICE_HOST", "10.0.0.1"),
        ("ES_ENTRYPOINT_SERVICE_PORT", "9200"),
        ("ES_ENTRYPOINT_SERVICE_PORT_HTTP", "9200"),
        ("ES_ENTRYPOINT_PORT", "tcp://10.0.0.1:9200"),
        ("ES_ENTRYPOINT_PORT_9200_TCP", "tcp://10.0.0.1:9200"),
        ("ES_ENTRYPOINT_PORT_9200_TCP_PROTO", "tcp"),
        ("ES_ENTRYPOINT_PORT_9200_TCP_PORT", "9200"),
        ("ES_ENTRYPOINT_PORT_9200_TCP_ADDR", "10.0.0.1"),
    ];
    assert!(with(&["check"], &environment).is_ok());
}

#[test]
fn service_links_of_a_service_that_is_called_like_an_option_are_ignored() {
    for service in
        ["ES_ENTRYPOINT_USER", "ES_ENTRYPOINT_STRICT", "ES_ENTRYPOINT_SERVICE_PORT", "ES_ENTRYPOINT_X"]
    {
        for (address, url) in [("10.0.0.1", "tcp://10.0.0.1:9200"), ("fd00::1", "udp://[fd00::1]:9200")] {
            let environment = [
                ("SERVICE_HOST", address),
                ("SERVICE_PORT", "9200"),
                ("SERVICE_PORT_HTTP_API", "9200"),
                ("PORT", url),
                ("PORT_9200_TCP", url),
                ("PORT_9200_TCP_PROTO", "tcp"),
                ("PORT_9200_TCP_PORT", "9200"),
                ("PORT_9200_TCP_ADDR", address),
            ];
            for (name, value) in environment {
                let name = format!("{service}_{name}");
                let parsed = with(&["check"], &[(&*name, value)]);
                assert_eq!(options(parsed.unwrap()), options(with(&["check"], &[]).unwrap()), "{name}");
                // A value of another shape is not from Kubernetes.
                assert!(with(&["check"], &[(&*name, "true")]).is_err(), "{name}");
            }
        }
    }
    // An option is one, whatever it holds.
    for (name, value) in [("ES_ENTRYPOINT_USER", "10"), ("ES_ENTRYPOINT_RUNTIME_DIR", "tcp://10.0.0.1:9200")]
    {
        let parsed = with(&["run"], &[(name, value)]);
        assert_ne!(options(parsed.unwrap()), options(with(&["run"], &[]).unwrap()), "{name}");
    }
}

#[test]
fn every_option_of_the_table_is_understood() {
    for row in OPTIONS.iter().filter(|row| row.is_shown()) {
        let (_, command) = CommandName::ALL.iter().find(|(_, command)| row.is_for(*command)).unwrap();
        let value = match row.name {
            "es-version" => "2.3.4",
            "allow" | "warn" | "deny" => "quorum/fragile",
            "message-format" | "log-format" => "json",
            "log-level" => "debug",
            "format" => "yaml",
            "policy" | "chown" | "archive" => "off",
            "launch" => "script",
            "min" | "timeout" | "discovery-wait" | "stop-timeout" | "grace" | "linger" | "stop-status"
            | "success-code" => "1",
            "rewrite" => "HUP:TERM",
            "kubernetes-version" => "1.35",
            _ if row.is_switch() => "true",
            _ => "x",
        };
        let option = format!("--{}={value}", row.name);
        let mut arguments = vec![command.word(), &option];
        match command {
            CommandName::Quorum => arguments.push("3"),
            CommandName::Policy => arguments.push("check"),
            CommandName::Init => arguments.push("true"),
            CommandName::Check => match row.name {
                "fix" => arguments.extend(["-f", "x"]),
                "dry-run" => arguments.extend(["--fix", "-f", "x"]),
                _ => {}
            },
            _ => {}
        }
        let parsed = options(with(&arguments, &[]).unwrap());
        assert_ne!(parsed, Options::default(), "{option} changed nothing");
    }
}

#[test]
fn a_plugin_of_kubectl_checks_manifests() {
    let plugin = |words: &[&str]| {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        parse(Dialect::Kubectl, &words, &[])
    };
    let files = |words: &[&str]| options(plugin(words).unwrap()).files;
    assert_eq!(files(&["-f", "a", "--strict"]), ["a"]);
    assert_eq!(files(&["a", "b", "--strict", "c"]), ["a", "b", "c"]);
    assert_eq!(files(&["-"]), ["-"]);
    assert_eq!(files(&["check", "-f", "a"]), ["a"]);
    assert_eq!(plugin(&["quorum", "3"]), with(&["quorum", "3"], &[]));
    assert_eq!(plugin(&["--version"]), Ok(Invocation::Version));
    assert_eq!(plugin(&["--help"]), with(&["help", "check"], &[]));
    assert_eq!(plugin(&[]).unwrap_err().message, "there is nothing to judge");
    assert_eq!(plugin(&["--strict"]).unwrap_err().message, "there is nothing to judge");
}

#[test]
fn words_after_a_file_are_files() {
    let files = |words: &[&str]| options(with(words, &[]).unwrap()).files;
    assert_eq!(files(&["check", "-f", "a.yml", "b.yml", "--strict", "c.yml"]), ["a.yml", "b.yml", "c.yml"]);
    assert!(with(&["check", "a.yml"], &[]).is_err());
}
