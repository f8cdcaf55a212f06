//! The documentation says what the program says: its tables are the help texts of the binary, its picture is what the
//! binary prints in a terminal, its links lead somewhere.
//!
//! `SNAPSHOTS=overwrite cargo test --test documents` writes tables, picture and chart again; then read the difference.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests look at the disk and start programs"
)]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, and has to know whether it shall write")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use diagnostics::codes::{CODES, Code};
use diagnostics::page;
use snapbox::data::DataFormat;
use snapbox::{Assert, Data};

#[path = "documents/bootstrap_checks.rs"]
mod bootstrap_checks;
mod common;

/// The longest README that people read.
const README_LINES: usize = 200;

/// Findings that depend on the machine that runs the tests.
const OF_THE_MACHINE: &str = "host/no-address,host/several-addresses,host/nofile,host/nproc,host/memlock,host/max-map-count,host/memory,host/disk-watermark,host/root,\
                              host/data-not-writable,host/address-space,host/file-size,host/system-call-filter,heap/over-limit";

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_es-entrypoint"));
    command.env_clear();
    command
}

/// What `es-entrypoint help TOPIC` prints.
fn help(topic: &str) -> String {
    let output = program().args(["help", topic]).output().unwrap();
    assert!(output.status.success(), "help {topic}");
    String::from_utf8(output.stdout).unwrap()
}

/// The commands that `--help` lists, but for `help` itself.
fn commands() -> Vec<String> {
    let output = program().arg("--help").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let words = text.lines().filter_map(|line| line.strip_prefix("  es-entrypoint ")?.split(' ').next());
    let is_command = |word: &&str| *word != "help" && word.bytes().all(|c| c.is_ascii_lowercase());
    let commands: Vec<String> = words.filter(is_command).map(str::to_owned).collect();
    assert!(commands.len() > 5, "{commands:?}");
    commands
}

fn shall_overwrite() -> bool {
    std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite")
}

/// README and its like, then all pages of `docs`.
fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = fs::read_dir("docs")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| is_page(path))
        .collect();
    pages.sort();
    for page in ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docker/README.md"] {
        pages.push(page.into());
    }
    pages
}

fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "md")
}

/// Held while a page is read and written: the tests of its tables run at the same time.
static PAGE: Mutex<()> = Mutex::new(());

/// Compares the table under this header with these rows, or writes them there.
fn keep_table(page: &str, header: &str, rows: &[String]) {
    let _held = PAGE.lock();
    let text = fs::read_to_string(page).unwrap();
    let start =
        text.find(&format!("\n{header}\n")).unwrap_or_else(|| panic!("{page} has no table `{header}`")) + 1;
    let mut body = start;
    let mut end = start;
    for (index, line) in
        text[start..].split_inclusive('\n').take_while(|line| line.starts_with('|')).enumerate()
    {
        end += line.len();
        if index < 2 {
            body = end;
        }
    }
    let wanted: String = rows.iter().flat_map(|row| [row.as_str(), "\n"]).collect();
    if text[body..end] == wanted {
        return;
    }
    assert!(
        shall_overwrite(),
        "{page}: the table `{header}` should be:\n{wanted}(`SNAPSHOTS=overwrite cargo test --test documents` writes it)"
    );
    fs::write(page, [&text[..body], &wanted, &text[end..]].concat()).unwrap();
}

/// The text of a cell as Markdown: outside of quoted code, some characters mean something.
fn cell(text: &str) -> String {
    let mut out = String::new();
    let mut in_code = false;
    let mut before = ' ';
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        in_code ^= character == '`';
        let after = characters.peek().copied().unwrap_or(' ');
        let in_word = before.is_alphanumeric() && after.is_alphanumeric();
        let is_mark = match character {
            '|' => true,
            '<' | '*' => !in_code,
            // Inside of a word it means nothing.
            '_' => !in_code && !in_word,
            _ => false,
        };
        if is_mark {
            out.push('\\');
        }
        out.push(character);
        before = character;
    }
    out
}

/// The entries of a help text that takes two lines for each: name and middle, then the meaning.
fn entries(text: &str) -> Vec<(String, String, String)> {
    let lines: Vec<&str> = text.lines().collect();
    lines
        .windows(2)
        .filter(|pair| {
            pair[0].starts_with("  ") && !pair[0].starts_with("   ") && pair[1].starts_with("      ")
        })
        .map(|pair| {
            let (name, middle) = pair[0].trim().split_once(' ').unwrap_or((pair[0].trim(), ""));
            (name.to_owned(), middle.trim().to_owned(), pair[1].trim().to_owned())
        })
        .collect()
}

/// Lines of two columns with at least two blanks between them, up to the first empty line.
fn columns(text: &str) -> Vec<(String, String)> {
    text.lines()
        .take_while(|line| !line.is_empty())
        .map(|line| {
            let (left, right) = line.split_once("  ").unwrap_or_else(|| panic!("one column: {line}"));
            (left.to_owned(), right.trim().to_owned())
        })
        .collect()
}

/// The codes of all findings, in their order, each with its severity and meaning.
fn findings() -> Vec<(String, String, String)> {
    let line = |line: &str| {
        let (code, rest) = line.split_once("  ")?;
        let (meaning, severity) = rest.strip_suffix(')')?.rsplit_once(" (")?;
        Some((code.to_owned(), severity.to_owned(), meaning.to_owned()))
    };
    let text = help("findings");
    let findings: Vec<_> = text.lines().map(|it| line(it).unwrap_or_else(|| panic!("{it}"))).collect();
    assert!(findings.len() > 50, "{findings:?}");
    findings
}

fn codes() -> Vec<String> {
    findings().into_iter().map(|(code, ..)| code).collect()
}

fn area(code: &str) -> &str {
    code.split('/').next().unwrap()
}

#[test]
fn the_tables_of_findings_are_the_help_text() {
    let findings = findings();
    let mut areas: Vec<&str> = findings.iter().map(|(code, ..)| area(code)).collect();
    areas.dedup();
    for name in areas {
        let rows: Vec<String> = findings
            .iter()
            .filter(|(code, ..)| area(code) == name)
            .map(|(code, severity, meaning)| {
                format!("| [`{code}`](#{}) | {severity} | {} |", anchor(code), cell(meaning))
            })
            .collect();
        keep_table("docs/findings.md", &format!("| `{name}/…` | severity | when |"), &rows);
        keep_pages("docs/findings.md", name);
    }
}

/// Compares what follows the table of an area with the pages of its codes, or writes them there.
fn keep_pages(page: &str, area: &str) {
    let _held = PAGE.lock();
    let text = fs::read_to_string(page).unwrap();
    let table = text.find(&format!("\n| `{area}/…` |")).unwrap() + 1;
    let start = table + text[table..].find("\n\n").map_or(text.len() - table, |end| end + 1);
    let end = text[start..].find("\n## ").map_or(text.len(), |end| start + end);
    let wanted: String = CODES.iter().filter(|code| code.area() == area).map(section).collect();
    if text[start..end] == wanted {
        return;
    }
    assert!(
        shall_overwrite(),
        "{page}: the pages of `{area}` differ (`SNAPSHOTS=overwrite cargo test --test documents` writes them)"
    );
    fs::write(page, [&text[..start], &wanted, &text[end..]].concat()).unwrap();
}

/// The page of a code as a section, with what each block is in front of it.
fn section(code: &Code) -> String {
    format!("\n### `{}`\n\n{}", code.name, page::markdown(code.page()))
}

#[test]
fn the_table_of_variables_is_the_help_text() {
    let text = help("variables");
    let (templates, _) = text.split_once("\nOptions as variables:").unwrap();
    let rows: Vec<String> = entries(templates)
        .iter()
        .map(|(name, default, meaning)| format!("| `{name}` | {} | {} |", cell(default), cell(meaning)))
        .collect();
    assert!(rows.len() > 10, "{rows:?}");
    keep_table("docs/variables.md", "| variable | when unset | meaning |", &rows);
}

/// What a variable becomes, by the settings of each template that change with it.
#[test]
fn the_table_of_variables_and_generations_is_that_of_the_templates() {
    use server::variables::{TEMPLATE_VARIABLES, of_templates};
    let columns = [
        "1.7.5",
        "2.3.4",
        "5.6.16",
        "6.8.23",
        "7.17.29",
        "8.19.21",
        "9.2.0",
        "os-1.3.20",
        "os-2.19.6",
        "os-3.6.0",
    ];
    let versions = columns.map(|text| server::Version::parse(text).unwrap());
    let settings = |version, name: Option<&str>| -> Vec<(String, Option<String>)> {
        let environment: template::Environment = name.map(|name| (name, "x")).into_iter().collect();
        let files = server::templates::templates(version).iter();
        let inspected = files.map(|(name, text)| {
            let format = template::Format::of_file_name(Some(name));
            let file = template::Template { name, bytes: text.as_bytes(), format };
            template::inspect(&file, &environment, &diagnostics::Levels::default()).settings
        });
        let entries = inspected.flat_map(|settings| settings.entries);
        entries.map(|it| (it.key.clone(), it.text().map(str::to_owned))).collect()
    };
    let row = |name: &'static str| {
        let mut keys: Vec<String> = Vec::new();
        let cells = versions.map(|version| {
            let without = settings(version, None);
            let changed = settings(version, Some(name)).into_iter().filter(|entry| !without.contains(entry));
            for (key, _) in changed {
                if !keys.contains(&key) {
                    keys.push(key);
                }
            }
            if of_templates(version).any(|used| used == name) { " x |" } else { " |" }
        });
        let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        format!("| `{name}` | {} |{}", keys.join(", "), cells.concat())
    };
    let names = TEMPLATE_VARIABLES.iter().map(|row| row.name).filter(|name| *name != "KUBECONFIG");
    let rows: Vec<String> = names.map(row).collect();
    keep_table(
        "docs/variables.md",
        "| variable | becomes | 1 | 2 | 5 | 6 | 7 | 8 | 9 | OpenSearch 1 | 2 | 3 |",
        &rows,
    );
}

/// Every test that the page names is there.
#[test]
fn tests_of_official_images_are_there() {
    let page = fs::read_to_string("docs/official-images.md").unwrap();
    let mut sources = String::new();
    let mut folders = vec![PathBuf::from("tests"), PathBuf::from("crates"), PathBuf::from("src")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                sources.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let rows = page.lines().filter(|line| line.starts_with("| ")).skip(1);
    let last = rows.filter_map(|row| row.trim_end_matches(" |").rsplit(" | ").next());
    let mut count = 0;
    for name in last.flat_map(|cell| cell.split('`').skip(1).step_by(2)) {
        assert!(
            sources.contains(&format!("#[test]\nfn {name}()"))
                || sources.contains(&format!("    fn {name}()")),
            "no test `{name}`"
        );
        count += 1;
    }
    assert!(count > 20, "{count}");
}

#[test]
fn the_table_of_other_images_variables_is_the_programs() {
    let rows: Vec<String> = server::launch::foreign::rows()
        .map(|(name, instead)| format!("| `{name}` | {} |", cell(&instead)))
        .collect();
    keep_table("docs/migrating.md", "| variable | set instead |", &rows);
}

/// The options of a command, as its help text has them: with what they take, and the meaning.
fn options(command: &str) -> Vec<(String, String)> {
    let text = help(command);
    let (_, list) = text.split_once("\nOptions:\n").unwrap();
    let mut options: Vec<(String, String)> = Vec::new();
    for line in list.lines() {
        let found = line.strip_prefix("  ").filter(|rest| rest.starts_with("--"));
        match (found, options.last_mut()) {
            (Some(option), _) => {
                let (left, right) = option.split_once("  ").unwrap_or((option, ""));
                options.push((left.to_owned(), right.trim().to_owned()));
            }
            (None, Some((_, meaning))) => {
                let blank = if meaning.is_empty() { "" } else { " " };
                *meaning = format!("{meaning}{blank}{}", line.trim());
            }
            (None, None) => panic!("no option: {line}"),
        }
    }
    options
}

#[test]
fn the_table_of_options_is_the_help_text() {
    let commands = commands();
    let of_commands: Vec<(&str, Vec<(String, String)>)> =
        commands.iter().map(|command| (command.as_str(), options(command))).collect();
    let mut all: Vec<(String, String)> = Vec::new();
    for (_, options) in &of_commands {
        for option in options {
            if !all.contains(option) {
                all.push(option.clone());
            }
        }
    }
    let rows: Vec<String> = all
        .iter()
        .map(|option| {
            let commands: Vec<&str> = of_commands
                .iter()
                .filter(|(_, options)| options.contains(option))
                .map(|(command, _)| *command)
                .collect();
            format!("| `{}` | {} | {} |", option.0, commands.join(" "), cell(&option.1))
        })
        .collect();
    keep_table("docs/commands.md", "| option | commands | meaning |", &rows);
}

#[test]
fn the_table_of_exit_codes_is_the_help_text() {
    let rows: Vec<String> = columns(&help("exit-codes"))
        .iter()
        .map(|(code, meaning)| format!("| {code} | {} |", cell(meaning)))
        .collect();
    keep_table("docs/commands.md", "| exit code | when |", &rows);
}

#[test]
fn the_table_of_placeholders_is_the_help_text() {
    let rows: Vec<String> = columns(&help("placeholders"))
        .iter()
        .map(|(forms, meaning)| {
            let forms: Vec<String> = forms.split(' ').map(|form| format!("`{form}`")).collect();
            format!("| {} | {} |", forms.join(" "), cell(meaning))
        })
        .collect();
    keep_table("docs/templates.md", "| form | meaning |", &rows);
}

/// The lines of a page outside its blocks of code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    })
}

/// What stands between backquotes in a line.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

#[test]
fn every_code_and_variable_named_in_the_documents_exists() {
    let codes = codes();
    let areas: BTreeSet<&str> = codes.iter().map(|code| area(code)).collect();
    let variables: BTreeSet<String> =
        entries(&help("variables")).into_iter().map(|(name, ..)| name).collect();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for word in prose(&text).flat_map(quoted) {
            let is_name =
                |name: &str| !name.is_empty() && name.bytes().all(|c| c.is_ascii_lowercase() || c == b'-');
            if let Some((front, name)) = word.split_once('/')
                && areas.contains(front)
                && is_name(name)
            {
                assert!(
                    codes.iter().any(|code| code == word),
                    "{}: there is no finding `{word}`",
                    page.display()
                );
            }
            let name = word.split(['=', ' ']).next().unwrap();
            if name.starts_with("ES_ENTRYPOINT_") && name.bytes().all(|c| c.is_ascii_uppercase() || c == b'_')
            {
                let exists = variables.contains(name) || name == "ES_ENTRYPOINT_SOME_NAME";
                assert!(exists, "{}: there is no variable `{name}`", page.display());
            }
        }
    }
}

/// The last column of the table of generations is counted.
#[test]
fn the_settings_known_are_those_of_the_catalogue() {
    use server::settings::catalogue::{Kind, Row};
    use server::settings::life::State;
    const PAGE: &str = "docs/generations.md";
    const CATALOGUE: &str = include_str!("../crates/server/src/settings/catalogue.txt");
    let text = fs::read_to_string(PAGE).unwrap();
    let header = text.lines().find(|line| line.starts_with("| generation | one node starts |")).unwrap();
    let lines =
        text.lines().skip_while(|line| *line != header).skip(2).take_while(|line| line.starts_with('|'));
    let row = |line: &str| {
        let mut cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let newest = cells[1].rsplit(", ").next().unwrap();
        let product = if cells[0].starts_with("OpenSearch") { "os-" } else { "" };
        let version = server::Version::parse(&format!("{product}{newest}")).unwrap();
        let (mut has, mut lacks) = (0, 0);
        for row in CATALOGUE.lines().filter_map(Row::parse).filter(|row| row.kind != Kind::Value) {
            match row.state(version) {
                State::Present | State::Deprecated => has += 1,
                State::Removed | State::NotYet => lacks += 1,
                State::Unknown => {}
            }
        }
        let count = format!("{has} it has, {lacks} it has not");
        *cells.last_mut().unwrap() = &count;
        format!("| {} |", cells.join(" | "))
    };
    let rows: Vec<String> = lines.map(row).collect();
    assert_eq!(rows.len(), 10);
    keep_table(PAGE, header, &rows);
}

#[test]
fn the_readme_is_short() {
    let lines = fs::read_to_string("README.md").unwrap().lines().count();
    assert!(lines <= README_LINES, "README.md has {lines} lines, {README_LINES} are enough");
}

#[test]
fn the_readme_names_every_command() {
    let text = fs::read_to_string("README.md").unwrap();
    for command in commands() {
        assert!(text.lines().any(|line| line.starts_with(&format!("| `{command}"))), "{command}");
    }
}

/// The targets of the links and pictures of a page.
fn links(text: &str) -> Vec<String> {
    let mut links = Vec::new();
    for line in prose(text) {
        // A link may stand in a line together with quoted code, which may look like one.
        let line: String = line.split('`').step_by(2).collect();
        for part in line.split("](").skip(1) {
            links.push(part.split(')').next().unwrap().to_owned());
        }
    }
    links
}

/// The name that a heading has in links.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    kept.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            if link.starts_with("https://") {
                continue;
            }
            let (file, fragment) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() { page.clone() } else { page.parent().unwrap().join(file) };
            assert!(target.exists(), "{}: `{link}` leads nowhere", page.display());
            if !fragment.is_empty() {
                let text = fs::read_to_string(&target).unwrap();
                let has_it = prose(&text).any(|line| line.starts_with('#') && anchor(line) == fragment);
                assert!(has_it, "{}: `{link}`: no such heading", page.display());
            }
        }
    }
}

#[test]
fn every_page_can_be_found() {
    let mut linked = BTreeSet::new();
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            let file = link.split('#').next().unwrap();
            if let Ok(path) = fs::canonicalize(page.parent().unwrap().join(file))
                && path != fs::canonicalize(&page).unwrap()
            {
                linked.insert(path);
            }
        }
    }
    for page in pages().iter().filter(|page| !page.ends_with("README.md") || page.starts_with("docker")) {
        assert!(linked.contains(&fs::canonicalize(page).unwrap()), "nothing links to {}", page.display());
    }
}

/// Runs the command in a terminal and gives what it prints there, and its exit code.
fn in_terminal(command: &mut Command) -> (String, i32) {
    let terminal = nix::pty::openpty(None, None).unwrap();
    command.stdin(terminal.slave.try_clone().unwrap());
    command.stdout(terminal.slave.try_clone().unwrap());
    command.stderr(terminal.slave);
    let mut child = command.spawn().unwrap();
    // The command holds the other end until it is gone.
    *command = Command::new("true");
    let mut printed = Vec::new();
    // The end of a terminal is an error, EIO; what was read before it counts.
    let _ = File::from(terminal.master).read_to_end(&mut printed);
    let status = child.wait().unwrap();
    (String::from_utf8(printed).unwrap().replace("\r\n", "\n"), status.code().unwrap())
}

#[test]
fn the_picture_is_what_a_refused_start_prints() {
    let shown = "MASTER_COUNT=3 MIN_MASTERS=1 es-entrypoint";
    let mut start = program();
    start.current_dir("docs/examples/home");
    start.envs(shown.split(' ').filter_map(|word| word.split_once('=')));
    // What an image has: the installation with its templates, and a Java.
    start.env("ES_HOME", ".").env("ES_ENTRYPOINT_TEMPLATES", "config-templates");
    start.env("JAVA_HOME", "../java8").env("TERM", "xterm");
    // Who runs the tests, and where, must not matter.
    start.env("ES_ENTRYPOINT_ALLOW", OF_THE_MACHINE);
    let (printed, code) = in_terminal(&mut start);
    assert_eq!(code, 78, "{printed}");
    // Terminals show bold colours as bright ones.
    let bright = printed.replace("\u{1b}[1;3", "\u{1b}[1;9");
    assert_ne!(bright, printed, "no colours");
    let session = format!("$ {shown}\n{bright}$ echo $?\n{code}\n");
    Assert::new().action_env("SNAPSHOTS").eq(
        Data::text(session).coerce_to(DataFormat::TermSvg),
        Data::read_from(Path::new("docs/refused-start.svg"), Some(DataFormat::TermSvg)),
    );
}

#[test]
fn the_charts_show_the_tables_of_benchmarks() {
    for (name, file) in [("init", "docs/benchmarks.svg"), ("starts", "docs/starts.svg")] {
        let output = Command::new("scripts/chart.sh").args([name, "docs/benchmarks.md"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let chart = String::from_utf8(output.stdout).unwrap();
        if shall_overwrite() {
            fs::write(file, &chart).unwrap();
        }
        assert!(
            fs::read_to_string(file).unwrap_or_default() == chart,
            "{file} is not the chart of docs/benchmarks.md: `SNAPSHOTS=overwrite cargo test --test documents` draws it"
        );
    }
}
