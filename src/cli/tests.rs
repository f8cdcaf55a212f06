use super::*;

fn words(list: &[&str]) -> Vec<OsString> {
    list.iter().map(OsString::from).collect()
}

fn with(arguments: &[&str], environment: &[(&str, &str)]) -> Result<Invocation, UsageError> {
    let environment: Vec<_> =
        environment.iter().map(|(n, v)| (OsString::from(n), OsString::from(v))).collect();
    parse(&words(arguments), &environment)
}

fn options(invocation: Invocation) -> Options {
    match invocation {
        Invocation::Run { options, .. }
        | Invocation::Check(options)
        | Invocation::Render { options, .. }
        | Invocation::Explain(options)
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
    assert!(!options.strict);
    assert_eq!(
        options.levels,
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
fn bad_values_name_what_is_accepted() {
    assert_eq!(
        error(&["check"], &[("ES_ENTRYPOINT_MESSAGE_FORMAT", "hunter2")]),
        (
            "the value of `ES_ENTRYPOINT_MESSAGE_FORMAT` is not valid".into(),
            Some("it takes one of `human`, `json`, `github`".into())
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
fn every_option_of_the_table_is_understood() {
    for row in OPTIONS.iter().filter(|row| row.is_shown()) {
        let (_, command) = CommandName::ALL.iter().find(|(_, command)| row.is_for(*command)).unwrap();
        let value = match row.name {
            "es-version" => "2.3.4",
            "allow" | "warn" | "deny" => "quorum/fragile",
            "message-format" | "log-format" => "json",
            "log-level" => "debug",
            "format" => "yaml",
            "policy" | "chown" => "off",
            "min" | "stop-timeout" | "grace" | "stop-status" => "1",
            "rewrite" => "HUP:TERM",
            _ if row.takes == Takes::Switch => "true",
            _ => "x",
        };
        let option = format!("--{}={value}", row.name);
        let mut arguments = vec![command.word(), &option];
        match command {
            CommandName::Quorum => arguments.push("3"),
            CommandName::Policy => arguments.push("check"),
            CommandName::Init => arguments.push("true"),
            _ => {}
        }
        let parsed = options(with(&arguments, &[]).unwrap());
        assert_ne!(parsed, Options::default(), "{option} changed nothing");
    }
}

#[test]
fn judging() {
    let options = Options {
        levels: vec![
            ("quorum/split-brain", Level::Deny),
            ("quorum/split-brain", Level::Warn),
            ("quorum/fragile", Level::Allow),
        ],
        ..Options::default()
    };
    let findings = vec![
        Finding::error("quorum/split-brain", "m"),
        Finding::warning("quorum/fragile", "m"),
        Finding::warning("host/nofile", "m"),
    ];
    let judged: Vec<_> = options.judge(findings.clone()).iter().map(|f| (f.code, f.severity)).collect();
    assert_eq!(judged, [("quorum/split-brain", Severity::Warning), ("host/nofile", Severity::Warning)]);
    let strict = Options { strict: true, ..options };
    assert!(strict.judge(findings).iter().all(|finding| finding.severity == Severity::Error));
}
