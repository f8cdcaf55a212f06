//! Which start scripts we know word for word. An edited script is not one of them, and is then executed
//! itself: what was put into it must not get lost.

use super::inputs::LaunchFiles;

/// A script whose work we can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// 1.6 and 1.7: options parsed by the shell, properties before the main class.
    One,
    /// 2.x: `start` and all arguments after the main class.
    Two,
    /// 5.x: the same with `jvm.options`, without `start`.
    Five,
}

/// Fingerprints of `bin/elasticsearch`, comments left out.
const SCRIPTS: &[(u64, Script)] = &[
    // 1.6, 1.7
    (0x5cab_225d_9748_5773, Script::One),
    // 2.0
    (0x3f58_7793_967e_3f4c, Script::Two),
    // 2.1
    (0xff58_06be_4eb3_8ce0, Script::Two),
    // 2.2 to 2.4
    (0xa532_ec3c_e81a_61e9, Script::Two),
    // 5.0 to 5.2
    (0x691b_933c_e2aa_d2bf, Script::Five),
    // 5.4 to 5.6
    (0x8193_d492_d02e_1f7a, Script::Five),
];

/// Fingerprints of `bin/elasticsearch.in.sh`, comments and version left out.
const INCLUDES: &[(u64, Script)] = &[
    // 1.6 to 1.7.4
    (0x1324_65ad_d983_5e9b, Script::One),
    // 1.7.5
    (0xab02_89c0_466b_4887, Script::One),
    // 2.0 to 2.4
    (0x82d8_aa7a_ff11_070e, Script::Two),
    // 5.0 to 5.2
    (0x246b_3603_8025_6716, Script::Five),
    // 5.4 to 5.6
    (0xdcd6_e972_a372_160d, Script::Five),
];

/// The collector that the scripts of 1.x and 2.x choose.
pub(crate) const COLLECTOR: [&str; 4] = [
    "-XX:+UseParNewGC",
    "-XX:+UseConcMarkSweepGC",
    "-XX:CMSInitiatingOccupancyFraction=75",
    "-XX:+UseCMSInitiatingOccupancyOnly",
];

/// The script when both it and its include file are as they were shipped.
pub fn recognize(files: &LaunchFiles) -> Option<Script> {
    let known = |table: &[(u64, Script)], print: u64| {
        table.iter().find(|(known, _)| *known == print).map(|(_, script)| *script)
    };
    let script = known(SCRIPTS, fingerprint(files.script.as_deref()?))?;
    let include = known(INCLUDES, fingerprint(&files.include.as_ref()?.1))?;
    (script == include).then_some(script)
}

/// The server's jar that an include file puts first on the class path: `elasticsearch-2.3.4.jar`.
pub(super) fn server_jar(include: &[u8]) -> Option<&str> {
    let start = find(include, JAR_START)? + JAR_START.len() - JAR_PREFIX.len();
    let length = find(&include[start..], b".jar")? + b".jar".len();
    let name = std::str::from_utf8(&include[start..start + length]).ok()?;
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')).then_some(name)
}

const JAR_PREFIX: &[u8] = b"elasticsearch-";
const JAR_START: &[u8] = b"$ES_HOME/lib/elasticsearch-";

pub(super) fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    loop {
        let at = from + memchr::memchr(first, text.get(from..)?)?;
        if text.get(at..)?.starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// Whether one of the scripts that start the server has that name of a variable in it, outside of comments: it was taught to
/// read it.
pub(super) fn mention(files: &LaunchFiles, name: &str) -> bool {
    let scripts = [&files.script, &files.environment_script].into_iter().flatten();
    let include = files.include.as_ref().map(|(_, text)| text);
    let mut lines = scripts.chain(include).flat_map(|text| lines(text));
    lines.any(|line| !line.trim_ascii_start().starts_with(b"#") && has_word(line, name.as_bytes()))
}

fn has_word(line: &[u8], word: &[u8]) -> bool {
    let is_of_name =
        |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let mut from = 0;
    while let Some(at) = line.get(from..).and_then(|rest| find(rest, word)) {
        let (start, end) = (from + at, from + at + word.len());
        let before = start.checked_sub(1).and_then(|before| line.get(before));
        if !is_of_name(before) && !is_of_name(line.get(end)) {
            return true;
        }
        from = end;
    }
    false
}

/// The variables that they take out of the environment. Reads them whole: to be asked once.
pub(super) fn unset(files: &LaunchFiles) -> Vec<&[u8]> {
    let scripts = [&files.script, &files.environment_script].into_iter().flatten();
    let lines = scripts.flat_map(|text| lines(text));
    lines.filter_map(|line| line.trim_ascii().strip_prefix(b"unset ")).collect()
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text).map(|end| end + 1));
    let ends = memchr::memchr_iter(b'\n', text).chain([text.len()]);
    starts.zip(ends).filter_map(|(start, end)| text.get(start..end))
}

/// FNV-1a of the lines that matter. Not a protection: it only distinguishes shipped from edited.
pub(super) fn fingerprint(text: &[u8]) -> u64 {
    let mut state: u64 = 0xcbf2_9ce4_8422_2325;
    let mut feed = |bytes: &[u8]| {
        for byte in bytes {
            state = (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    let jar = server_jar(text).map(str::as_bytes);
    for line in lines(text) {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        match jar.and_then(|jar| find(line, jar).map(|at| (at, jar))) {
            Some((at, jar)) => {
                feed(&line[..at]);
                feed(&line[at + jar.len()..]);
            }
            None => feed(line),
        }
        feed(b"\n");
    }
    state
}
