//! Which start scripts we know word for word. An edited script is not one of them, and is then executed
//! itself: what was put into it must not get lost.

use super::inputs::LaunchFiles;

/// A script whose work we can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Script {
    /// 1.6 and 1.7: options parsed by the shell, properties before the main class.
    One,
    /// 2.x: `start` and all arguments after the main class.
    Two,
    /// 5.x: the same with `jvm.options`, without `start`.
    Five,
    /// 6.8: a helper of Java reads `jvm.options`.
    Six,
    /// 7.17: and computes heap and more.
    Seven,
    /// OpenSearch 1.3, 2.19 and 3.6.
    OpenSearch1,
    OpenSearch2,
    OpenSearch3,
    /// 8.15: a launcher of Java. Those after it are in the order of their versions.
    Eight15,
    /// 8.17.
    Eight17,
    /// 8.18: the same with entitlements.
    Eight18,
    /// 8.19.0: without the security manager.
    Eight19Patch0,
    /// 8.19.2: it says which Java it is.
    Eight19Patch2,
    /// 8.19.4: the server stands in the directory of its logs.
    Eight19Patch4,
    /// 8.19.21: it leaves 100 MiB of the memory to others.
    Eight19Patch21,
    /// 9.2.
    Nine,
}

impl Script {
    /// A launcher of Java stays with the server.
    pub fn has_launcher(self) -> bool {
        self >= Self::Eight15
    }

    pub(super) fn is_opensearch(self) -> bool {
        matches!(self, Self::OpenSearch1 | Self::OpenSearch2 | Self::OpenSearch3)
    }
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

/// What starts the server from 6.0 on: fingerprints of `bin/elasticsearch`, `bin/elasticsearch-env` (without the values of
/// [`distribution`]), `bin/elasticsearch-env-from-file` and the classes of `lib/elasticsearch-launchers-….jar`, or what
/// OpenSearch calls these.
const KNOWN: &[(Script, [u64; 4])] = &[
    (Script::Six, [0x8a42_8a6e_810c_7ee5, 0xa2d2_526c_11d2_a61f, 0, 0x9a21_91ed_98a0_758e]),
    (
        Script::Seven,
        [0x8647_70c5_72d2_f113, 0x84a4_0a30_fc3e_2dcb, 0xc085_28fd_eb21_ea87, 0x8ec9_9b20_e88a_5598],
    ),
    (Script::Seven, [0x8647_70c5_72d2_f113, 0x84a4_0a30_fc3e_2dcb, 0xc085_28fd_eb21_ea87, OLDER_7_17[0]]),
    (Script::Seven, [0x8647_70c5_72d2_f113, 0x84a4_0a30_fc3e_2dcb, 0xc085_28fd_eb21_ea87, OLDER_7_17[1]]),
    (
        Script::OpenSearch1,
        [0x7391_02d6_3677_106d, 0x2df0_1ed1_6a03_cb22, OPENSEARCH_FROM_FILE, 0x8a89_c18b_7cca_9b85],
    ),
    (
        Script::OpenSearch2,
        [0x609a_314f_dce6_350f, 0xdc05_4139_eb82_8921, OPENSEARCH_FROM_FILE, 0x7644_26c6_8fe9_b821],
    ),
    (
        Script::OpenSearch3,
        [0x609a_314f_dce6_350f, 0x82d1_1db5_4f03_6f74, OPENSEARCH_FROM_FILE, 0xf72a_9c3d_a4af_aabc],
    ),
    (Script::Eight15, [OF_LAUNCHER, 0x0ecf_7fdf_1bcd_7c6d, OLDER_CLI, 0x8a62_99cd_b0fd_f148]),
    // 8.17.0
    (Script::Eight17, [OF_LAUNCHER, 0x0ecf_7fdf_1bcd_7c6d, OLDER_CLI, 0xb4f6_d4b9_6ff8_0ac3]),
    // 8.17.3
    (Script::Eight17, [OF_LAUNCHER, 0x0ecf_7fdf_1bcd_7c6d, OLDER_CLI, 0x1f57_9900_a963_4c8c]),
    // 8.17.4
    (Script::Eight17, [OF_LAUNCHER, 0x0ecf_7fdf_1bcd_7c6d, OLDER_CLI, 0x6563_415e_5362_484e]),
    (Script::Eight18, [OF_LAUNCHER, OF_8_18, OLDER_CLI, 0xb2da_fffb_97b1_f3d5]),
    (Script::Eight19Patch0, [OF_LAUNCHER, OF_8_18, OLDER_CLI, 0x27b6_1fae_a717_3f71]),
    (Script::Eight19Patch2, [OF_LAUNCHER, OF_8_18, OF_8_19, 0x27b6_1fae_a717_3f71]),
    (Script::Eight19Patch4, [OF_LAUNCHER, OF_8_18, OF_8_19, 0x90ab_4b94_cb31_5ec6]),
    (Script::Eight19Patch21, [OF_LAUNCHER, OF_8_18, OF_8_19, 0x863b_f824_599e_3874]),
    (Script::Nine, [OF_LAUNCHER, OF_8_18, OF_8_19, 0x80e3_ec47_4642_f631]),
];
/// The launchers of 7.17.9 and 7.17.24, which give Java 23 other options.
pub(super) const OLDER_7_17: [u64; 2] = [0xfac5_3a83_c75a_9177, 0x7922_e813_dbbe_2808];

/// `bin/elasticsearch` of 8.0 and later.
const OF_LAUNCHER: u64 = 0x9646_0297_43c2_6d01;
/// `bin/elasticsearch-env` from 8.18 on.
const OF_8_18: u64 = 0xb436_5108_2236_0b9b;
/// `bin/elasticsearch-cli` up to 8.19.0, and from 8.19.2 on, where it says which Java it is.
const OLDER_CLI: u64 = 0x2908_b352_4641_2b4b;
const OF_8_19: u64 = 0x054a_cd33_5fb9_7924;
const OPENSEARCH_FROM_FILE: u64 = 0xa93b_8cd7_ccd7_829e;

/// The collector that the scripts of 1.x and 2.x choose.
pub(crate) const COLLECTOR: [&str; 4] = [
    "-XX:+UseParNewGC",
    "-XX:+UseConcMarkSweepGC",
    "-XX:CMSInitiatingOccupancyFraction=75",
    "-XX:+UseCMSInitiatingOccupancyOnly",
];

/// The row with these fingerprints. Scripts with a launcher may differ in nothing but their third; of the others it counts only in
/// images.
fn row(found: [u64; 4]) -> Option<&'static (Script, [u64; 4])> {
    let counts = |script: Script, at: usize| at != 2 || script.has_launcher();
    KNOWN.iter().find(|(script, prints)| (0..4).all(|at| !counts(*script, at) || prints[at] == found[at]))
}

/// The script when both it and its include file are as they were shipped.
pub fn recognize(files: &LaunchFiles) -> Option<Script> {
    let known = |table: &[(u64, Script)], print: u64| {
        table.iter().find(|(known, _)| *known == print).map(|(_, script)| *script)
    };
    let start = fingerprint(files.script.as_deref()?);
    if let Some(environment) = &files.environment_script {
        let print = fingerprint(environment);
        let cli = files.cli_script.as_ref().map(|text| fingerprint(text));
        let (script, prints) = row([start, print, cli.unwrap_or_default(), files.launcher?])?;
        if script.has_launcher() {
            return Some(*script);
        }
        let is_image =
            *script != Script::Six && distribution(environment, "DISTRIBUTION_TYPE") == Some("docker");
        let from_file = || files.from_file.as_ref().map(|text| fingerprint(text));
        return (!is_image || from_file() == Some(prints[2])).then_some(*script);
    }
    let script = known(SCRIPTS, start)?;
    let include = known(INCLUDES, fingerprint(&files.include.as_ref()?.1))?;
    (script == include).then_some(script)
}

/// What the script of an archive or of an image says of itself: `ES_DISTRIBUTION_TYPE=docker`, asked for without the
/// product's letters.
pub(super) fn distribution<'a>(environment_script: &'a [u8], name: &str) -> Option<&'a str> {
    let value = |line: &'a [u8]| {
        let (found, value) = of_distribution(line.trim_ascii())?;
        (found == name.as_bytes()).then_some(value)
    };
    lines(environment_script).find_map(value).and_then(|value| std::str::from_utf8(value).ok())
}

/// Name and value of such a line.
fn of_distribution(line: &[u8]) -> Option<(&[u8], &[u8])> {
    const NAMES: [&[u8]; 3] = [b"DISTRIBUTION_FLAVOR", b"DISTRIBUTION_TYPE", b"BUNDLED_JDK"];
    let line = line.strip_prefix(b"ES_").or_else(|| line.strip_prefix(b"OPENSEARCH_"))?;
    let (name, value) = line.split_at(memchr::memchr(b'=', line)?);
    let value = value.get(1..)?;
    (NAMES.contains(&name) && value.iter().all(u8::is_ascii_alphanumeric)).then_some((name, value))
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

/// FNV-1a.
fn continued(state: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(state, |state, byte| (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

const FIRST_STATE: u64 = 0xcbf2_9ce4_8422_2325;

/// The classes of a jar, told by the names and checksums in its directory: two jars with the same ones do the same.
/// Nothing where it is no jar.
pub fn classes(jar: &[u8]) -> Option<u64> {
    let number = |at: usize, length: usize| {
        let bytes = jar.get(at..at.checked_add(length)?)?;
        Some(bytes.iter().rev().fold(0_usize, |number, byte| number << 8 | usize::from(*byte)))
    };
    let end = jar.windows(4).rposition(|it| it == b"PK\x05\x06")?;
    let mut at = number(end + 16, 4)?;
    let mut sum = 0_u64;
    for _ in 0..number(end + 10, 2)? {
        jar.get(at..)?.strip_prefix(b"PK\x01\x02")?;
        let length = number(at + 28, 2)?;
        let name = jar.get(at + 46..at + 46 + length)?;
        if name.ends_with(b".class") {
            // In whatever order they are.
            sum = sum.wrapping_add(continued(continued(FIRST_STATE, name), jar.get(at + 16..at + 20)?));
        }
        at += 46 + length + number(at + 30, 2)? + number(at + 32, 2)?;
    }
    Some(sum)
}

/// FNV-1a of the lines that matter. Not a protection: it only distinguishes shipped from edited.
pub(super) fn fingerprint(text: &[u8]) -> u64 {
    let mut state = FIRST_STATE;
    let mut feed = |bytes: &[u8]| state = continued(state, bytes);
    let jar = server_jar(text).map(str::as_bytes);
    for line in lines(text) {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        match (jar.and_then(|jar| find(line, jar).map(|at| (at, jar))), of_distribution(line)) {
            (Some((at, jar)), _) => {
                feed(&line[..at]);
                feed(&line[at + jar.len()..]);
            }
            (None, Some((name, _))) => feed(name),
            (None, None) => feed(line),
        }
        feed(b"\n");
    }
    state
}

#[cfg(test)]
mod tests;
