//! Time grows with the input, not with its square: four times the input costs at most five times the CPU time, whatever
//! shape it has. A start in a namespace with a thousand Services, and a file that somebody made to hang a pipeline, end soon.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "a test may fail, starts programs and writes files"
)]

mod common;
#[path = "growth/shapes.rs"]
mod shapes;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use common::binary;
use shapes::{Input, SHAPES, Shape};

/// The smaller input is made larger until it takes that long, so that the start of the program does not count.
const MEASURABLE: Duration = Duration::from_millis(15);
const TIMES: usize = 4;
const BOUND: f64 = 5.0;
/// Other programs on the machine make a run longer, never shorter: the shortest of several is the true one. A machine that
/// others use, too, can be slow for seconds, and the larger input is caught by that more often than the smaller one: what
/// is over the bound is measured that long before it counts.
const PATIENCE: Duration = Duration::from_secs(20);

/// The CPU time of one run, of the program alone: nothing else that this test has started ends meanwhile.
fn cpu_time(place: &Path, input: &Input) -> Duration {
    let used = || {
        let usage = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap();
        let micros = (usage.user_time() + usage.system_time()).num_microseconds();
        Duration::from_micros(micros.try_into().unwrap())
    };
    let before = used();
    let status = Command::new(binary())
        .args(&input.words)
        .current_dir(place)
        .env_clear()
        .envs(input.environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(matches!(status.code(), Some(0 | 78)), "{status}: {:?}", input.words);
    used().checked_sub(before).unwrap()
}

/// A directory with the files of that input.
fn place(name: &str, input: &Input) -> std::path::PathBuf {
    let place = std::env::temp_dir().join(name);
    for (path, text) in &input.files {
        let path = place.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        if path.parent().is_some_and(|directory| directory.ends_with("bin")) {
            std::fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
        }
    }
    std::fs::create_dir_all(&place).unwrap();
    place
}

/// What is wrong with that shape, if anything is.
fn judge((name, start, most, make): &Shape) -> Option<String> {
    let measure = |size: usize, runs: usize| {
        let input = make(size);
        let place = place("input", &input);
        let least = (0..runs).map(|_| cpu_time(&place, &input)).min().unwrap();
        std::fs::remove_dir_all(place).unwrap();
        least
    };
    let mut size = *start;
    let mut small = measure(size, 1);
    while small < MEASURABLE && 2 * size <= *most {
        size *= 2;
        small = measure(size, 1);
    }
    let mut large = Duration::MAX;
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        large = large.min(measure(TIMES * size, 1));
        small = small.min(measure(size, 1));
        let growth = large.as_secs_f64() / small.as_secs_f64();
        if growth <= BOUND {
            return None;
        }
        // That much is no noise, and would take long to measure again.
        if growth > 2.0 * BOUND {
            break;
        }
    }
    Some(format!("{name}: {size} take {small:?}, {} take {large:?}", TIMES * size))
}

#[test]
fn four_times_the_input_costs_at_most_five_times_the_time() {
    let slow: Vec<String> = SHAPES.iter().filter_map(judge).collect();
    assert!(slow.is_empty(), "{slow:#?}");
}
