//! Side-by-side figures against the tools people use instead: medians of interleaved runs, as ratios.
//!
//! `cargo bench --target x86_64-unknown-linux-musl --bench peers`, or `make bench`. Needs GNU `envsubst` (package
//! gettext-base), GNU `time`, and for the start an unpacked Elasticsearch 2.3.4 in `TEST_ELASTICSEARCH_HOME_2_3_4` or
//! `.cache/elasticsearch-2.3.4`.

#![allow(
    clippy::disallowed_methods,
    reason = "a benchmark is a program of its own and reads its environment"
)]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const OURS: &str = env!("CARGO_BIN_EXE_es-entrypoint");

fn main() {
    let directory = std::env::temp_dir().join(format!("es-entrypoint-bench-{}", std::process::id()));
    fs::create_dir_all(&directory).expect("temporary directory");
    let ok = [small_file(&directory), large_files(&directory), start(&directory), memory(&directory)];
    let _ = fs::remove_dir_all(&directory);
    if ok.contains(&false) {
        println!("\nsome bounds were missed");
        std::process::exit(1);
    }
    println!("\nall bounds kept");
}

/// A command with a clean environment and the variables of the templates.
fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    for index in 0..64 {
        command.env(
            format!("ES_VAR_{index:02}"),
            format!("value-{}", "abcdefghijkl".get(..index % 13).unwrap_or("")),
        );
    }
    command.stderr(Stdio::inherit());
    command
}

fn timed(command: &mut Command) -> Duration {
    let begin = Instant::now();
    let status = command.status().expect("the program starts");
    let elapsed = begin.elapsed();
    assert!(status.success(), "{command:?}: {status}");
    elapsed
}

/// Medians of interleaved runs.
fn medians<const N: usize>(rounds: usize, mut runs: [&mut dyn FnMut() -> Duration; N]) -> [Duration; N] {
    let mut times = vec![Vec::with_capacity(rounds); N];
    for round in 0..=rounds {
        for (index, run) in runs.iter_mut().enumerate() {
            let time = run();
            // The first round warms the caches.
            if round > 0 {
                times[index].push(time);
            }
        }
    }
    std::array::from_fn(|index| {
        times[index].sort();
        times[index][rounds / 2]
    })
}

fn line(what: &str, ours: Duration, peer: &str, theirs: Duration, bound: f64) -> bool {
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    let kept = ratio <= bound;
    println!(
        "{what:<34} ours {:>9.2} ms   {peer:<22} {:>9.2} ms   ratio {ratio:>6.3}   bound {bound:.3} {}",
        ours.as_secs_f64() * 1e3,
        theirs.as_secs_f64() * 1e3,
        if kept { "" } else { "MISSED" }
    );
    kept
}

/// Lines of the kinds that configurations have, with a placeholder in three of four and comments around, until
/// `size` bytes; a tenth of them is placeholders.
fn yaml(size: usize) -> String {
    let mut text = String::with_capacity(size + 512);
    let mut seed = 7_u32;
    let mut letters = |count: usize| -> String {
        (0..count)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                char::from(b'a' + (seed >> 28) as u8)
            })
            .collect()
    };
    let mut index = 0;
    while text.len() < size {
        let variable = format!("${{ES_VAR_{:02}}}", index % 64);
        let filler = letters(60);
        let _ = match index % 4 {
            0 => writeln!(text, "node.attr.key_{index:06}: {variable}  # {filler}"),
            1 => writeln!(text, "path.repo_{index:06}: \"/mnt/{filler}/{variable}/x\""),
            2 => writeln!(
                text,
                "hosts_{index:06}: ['{variable}:9300', 10.0.0.{}:9300]  # {filler}",
                index % 250
            ),
            _ => writeln!(text, "# comment {filler}\nplain_{index:06}: es-{variable}-node"),
        };
        let _ = writeln!(text, "# {}", letters(40));
        index += 1;
    }
    text
}

fn to_file(path: &Path) -> Stdio {
    File::create(path).expect("output file").into()
}

fn small_file(directory: &Path) -> bool {
    let template = directory.join("elasticsearch.yml");
    fs::write(&template, yaml(20_000)).expect("template");
    let output = directory.join("out");
    let path = template.display().to_string();
    let [ours, theirs] = medians(
        200,
        [&mut || timed(command(OURS, &["render", &path]).stdout(to_file(&output))), &mut || {
            timed(
                command("envsubst", &[])
                    .stdin(File::open(&template).expect("template"))
                    .stdout(to_file(&output)),
            )
        }],
    );
    line("render 20 KB elasticsearch.yml", ours, "GNU envsubst", theirs, 3.0)
}

fn large_files(directory: &Path) -> bool {
    let text = yaml(10 * 1024 * 1024);
    let template = directory.join("large.yml");
    fs::write(&template, &text).expect("template");
    let output = directory.join("out");
    let path = template.display().to_string();
    let mut run = |format: &'static str| {
        let (path, output) = (path.clone(), output.clone());
        move || timed(command(OURS, &["render", "--format", format, &path]).stdout(to_file(&output)))
    };
    let (mut as_yaml, mut as_text) = (run("yaml"), run("text"));
    let (mut as_properties, mut as_options) = (run("properties"), run("jvm-options"));
    let mut peer = || {
        timed(
            command("envsubst", &[]).stdin(File::open(&template).expect("template")).stdout(to_file(&output)),
        )
    };
    let [yaml, text_time, properties, options, theirs] =
        medians(9, [&mut as_yaml, &mut as_text, &mut as_properties, &mut as_options, &mut peer]);
    let rate = |time: Duration| text.len() as f64 / 1e6 / time.as_secs_f64();
    let mut ok = line("render 10 MB as YAML", yaml, "GNU envsubst", theirs, 1000.0);
    let kept = rate(yaml) >= 20.0;
    println!(
        "{:<34} {:.1} MB/s   bound 20.0 {}",
        "  throughput of that",
        rate(yaml),
        if kept { "" } else { "MISSED" }
    );
    ok &= kept;
    ok &= line("render 10 MB as text", text_time, "GNU envsubst", theirs, 1.0);
    ok &= line("render 10 MB as properties", properties, "GNU envsubst", theirs, 1.0);
    ok &= line("render 10 MB as jvm.options", options, "GNU envsubst", theirs, 1.0);
    ok
}

/// From our start to the JVM: `java` is `/bin/true`, so the whole run is preparing, starting and ending it.
fn start(directory: &Path) -> bool {
    let home = std::env::var_os("TEST_ELASTICSEARCH_HOME_2_3_4").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/elasticsearch-2.3.4"),
        PathBuf::from,
    );
    if !home.join("bin/elasticsearch").is_file() {
        println!("start: left out, there is no Elasticsearch 2.3.4 in {}", home.display());
        return false;
    }
    let es = directory.join("es");
    let copied = Command::new("cp").arg("-a").arg(&home).arg(&es).status().expect("cp");
    assert!(copied.success());
    let data = directory.join("data");
    for index in 0..100 {
        let below = data.join(format!("d{index}"));
        fs::create_dir_all(&below).expect("data");
        for file in 0..100 {
            fs::write(below.join(format!("f{file}")), b"").expect("data");
        }
    }
    let java_home = directory.join("jre");
    fs::create_dir_all(java_home.join("bin")).expect("jre");
    symlink("/bin/true", java_home.join("bin/java")).expect("java");
    let template = directory.join("templates");
    fs::create_dir_all(&template).expect("templates");
    fs::write(
        template.join("elasticsearch.yml"),
        format!("cluster.name: ${{CLUSTER_NAME}}\npath.data: {}\n", data.display()),
    )
    .expect("template");
    let entrypoint = directory.join("entrypoint.sh");
    fs::write(
        &entrypoint,
        "#!/bin/sh\nset -e\nenvsubst < \"$TEMPLATES/elasticsearch.yml\" > \"$ES/config/elasticsearch.yml\"\n\
         chown -R 1000:1000 \"$DATA\"\nexec chroot --userspec=1000:1000 / \"$ES/bin/elasticsearch\"\n",
    )
    .expect("script");
    fs::set_permissions(&entrypoint, fs::Permissions::from_mode(0o755)).expect("script");
    fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).expect("directory");
    let base = |program: &str, arguments: &[&str]| {
        let mut command = command(program, arguments);
        command
            .env("JAVA_HOME", &java_home)
            .env("CLUSTER_NAME", "bench")
            .env("TEMPLATES", &template)
            .env("ES", &es)
            .env("ES_HOME", &es)
            .env("DATA", &data)
            .stdout(Stdio::null());
        command
    };
    let script = es.join("bin/elasticsearch").display().to_string();
    let runtime = directory.join("run").display().to_string();
    let templates = template.display().to_string();
    let entrypoint = entrypoint.display().to_string();
    let ours = || {
        let mut command = base(OURS, &["run", "--templates", &templates, "--runtime-dir", &runtime]);
        command.stderr(Stdio::null());
        command
    };
    let [ours, alone, shell] = medians(
        31,
        [&mut || timed(&mut ours()), &mut || timed(&mut base(&script, &[])), &mut || {
            timed(&mut base(&entrypoint, &[]))
        }],
    );
    let mut ok = line("start to JVM, all prepared", ours, "bin/elasticsearch", alone, 1.0 / 3.0);
    ok &= line("start to JVM, all prepared", ours, "shell entrypoint", shell, 1.0 / 20.0);
    ok
}

/// The largest resident size of rendering a real configuration.
fn memory(directory: &Path) -> bool {
    let template = directory.join("elasticsearch.yml");
    let report = directory.join("memory");
    let mut sizes = Vec::new();
    for _ in 0..5 {
        let path = template.display().to_string();
        let report_path = report.display().to_string();
        let status = command("time", &["-f", "%M", "-o", &report_path, OURS, "render", &path])
            .stdout(Stdio::null())
            .status()
            .expect("GNU time");
        assert!(status.success());
        sizes.push(fs::read_to_string(&report).expect("report").trim().parse::<u64>().expect("kilobytes"));
    }
    sizes.sort_unstable();
    let size = sizes[2];
    let kept = size <= 4096;
    println!(
        "{:<34} {size} kB resident at most   bound 4096 {}",
        "memory of rendering 20 KB",
        if kept { "" } else { "MISSED" }
    );
    kept
}
