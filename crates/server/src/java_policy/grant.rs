//! What is to become readable, and the least permission that does it.

use std::collections::HashSet;

use diagnostics::Finding;

/// A path that the JVM is to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub path: String,
    /// The variable that names it; nothing for `--read`.
    pub variable: Option<&'static str>,
}

/// What stands at a requested path. The shell finds out; a path that cannot be looked at counts as missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything that is not a directory, symbolic links followed.
    File,
    Directory,
    /// A file or directory in a mounted Secret or `ConfigMap`: `directory` is the nearest parent that holds a
    /// `..data` link. Its content is swapped as a whole, and with it what the links lead to.
    SecretMount {
        directory: String,
    },
    Missing,
    /// Nobody can say what is there.
    Unknown,
    /// In a directory that the server may read without any grant, whichever way its JVM looks at symbolic links.
    Readable,
}

/// A requested path with the fact about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub path: String,
    pub kind: Kind,
    /// The variable that names it; nothing for `--read`.
    pub variable: Option<&'static str>,
}

impl Grant {
    /// The request with its fact.
    pub fn new(request: Request, kind: Kind) -> Self {
        Self { path: request.path, kind, variable: request.variable }
    }
}

/// The paths of a variable: separated by commas or line ends, blanks around them removed. Blank lines and a comma
/// at the end of a line are no paths; an empty piece elsewhere is one, which [`permissions`] refuses: something
/// was expected there.
pub fn requested(text: &str, variable: Option<&'static str>) -> Vec<Request> {
    let mut requests = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let line = line.strip_suffix(',').unwrap_or(line);
        requests.extend(line.split(',').map(|path| Request { path: path.trim().to_owned(), variable }));
    }
    requests
}

/// The permissions for some grants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Names of `java.io.FilePermission`, not yet escaped, each once, in the order asked for.
    pub names: Vec<String>,
    /// Errors: that path is refused. Warnings: it is granted.
    pub findings: Vec<Finding>,
    /// What is worth a log line, such as neighbours that become readable too.
    pub notes: Vec<String>,
}

impl Permissions {
    /// Whether some path is refused.
    pub fn is_refused(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == diagnostics::Severity::Error)
    }
}

/// Directories below which far more lies than one server has to read.
const WIDE: [&str; 14] = [
    "/bin", "/dev", "/etc", "/home", "/lib", "/mnt", "/opt", "/proc", "/root", "/run", "/sys", "/tmp",
    "/usr", "/var",
];

/// The least permissions that make the granted paths readable.
pub fn permissions(grants: &[Grant]) -> Permissions {
    let mut result = Permissions::default();
    let mut known = HashSet::new();
    for grant in grants {
        let name = match refusal(&grant.path) {
            Ok(path) if grant.kind == Kind::Readable => {
                let message = format!("`{path}` is in a directory that the server may read anyway");
                let finding = Finding::warning("policy/pointless", message)
                    .help("nothing is granted: remove the path from the request");
                result.findings.push(with_variable(finding, grant));
                continue;
            }
            Ok(path) => name_of(grant, &path, &mut result),
            Err(finding) => {
                result.findings.push(with_variable(*finding, grant));
                continue;
            }
        };
        if known.insert(name.clone()) {
            result.names.push(name);
        }
    }
    result
}

fn name_of(grant: &Grant, path: &str, result: &mut Permissions) -> String {
    match &grant.kind {
        Kind::File | Kind::Readable | Kind::Unknown => path.to_owned(),
        Kind::Directory => {
            if WIDE.contains(&path) {
                let finding = Finding::warning(
                    "policy/too-broad",
                    format!("everything below `{path}` is to become readable"),
                )
                .help("name the files, or the one directory, that the server has to read");
                result.findings.push(with_variable(finding, grant));
            }
            format!("{path}/-")
        }
        Kind::SecretMount { directory } => match refusal(directory) {
            Ok(directory) => {
                result.notes.push(format!(
                    "`{path}` is in a mounted Secret or ConfigMap: everything below `{directory}` becomes readable, \
                     because an exact path would no longer match after the next update of the mount"
                ));
                format!("{directory}/-")
            }
            // The root directory as a mount: better stale than wide open.
            Err(_) => path.to_owned(),
        },
        Kind::Missing => {
            let finding = Finding::warning(
                "policy/missing-path",
                format!("`{path}` is to become readable, but is not there"),
            )
            .help(format!(
                "mount it, or remove the path; the grant is for exactly `{path}`, which is not enough for a \
                 directory or a mounted Secret"
            ));
            result.findings.push(with_variable(finding, grant));
            path.to_owned()
        }
    }
}

fn with_variable(finding: Finding, grant: &Grant) -> Finding {
    match grant.variable {
        Some(name) => finding.variable(name),
        None => finding,
    }
}

/// The path without doubled and trailing slashes and `.` parts, or why it cannot be granted.
fn refusal(path: &str) -> Result<String, Box<Finding>> {
    const UNSAFE: &str = "policy/unsafe-path";
    let refuse = |code, message: String, help: &str| Err(Box::new(Finding::error(code, message).help(help)));
    if path.is_empty() {
        return refuse(
            UNSAFE,
            "an empty path cannot be made readable".to_owned(),
            "name an absolute path, or remove the comma that nothing follows",
        );
    }
    if path.contains(char::is_control) {
        return refuse(
            UNSAFE,
            "a path with a line break or another control character cannot be made readable".to_owned(),
            "a line break would end the string in the policy file; rename the file or mount it elsewhere",
        );
    }
    if path.contains("${") {
        return refuse(
            UNSAFE,
            format!("`{path}` holds `${{`, which the JVM would expand"),
            "policy files have no escape for `${`: write the path out, or mount the file elsewhere",
        );
    }
    if !path.starts_with('/') {
        return refuse(
            "policy/cwd-relative",
            format!("`{path}` is not an absolute path"),
            "in a policy file a relative path is below the JVM's working directory: start it with `/`",
        );
    }
    let mut clean = String::with_capacity(path.len());
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            return refuse(
                UNSAFE,
                format!("`{path}` holds `..`"),
                "because of symbolic links, `..` cannot be resolved before the start: write the path without it",
            );
        }
        clean.push('/');
        clean.push_str(part);
    }
    if clean.is_empty() {
        return refuse(
            "policy/too-broad",
            "`/` would make every file of the container readable".to_owned(),
            "name the files, or the one directory, that the server has to read",
        );
    }
    if clean.ends_with("/*") || clean.ends_with("/-") {
        return refuse(
            UNSAFE,
            format!("`{path}` ends with a wildcard of policy files"),
            "name the directory itself: everything below it becomes readable",
        );
    }
    Ok(clean)
}
