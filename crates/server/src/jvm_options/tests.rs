use super::*;

const ES: fn(u16, u16, u16) -> Version = Version::elasticsearch;

fn file(name: &str, text: &str) -> OptionsFile {
    OptionsFile { name: name.to_owned(), text: text.to_owned(), is_shown: true, ..OptionsFile::default() }
}

/// `text file:line:column-end excerpt`, one an option; a `?` before what may not count.
fn reported(version: Version, java: Option<u16>, files: &[OptionsFile]) -> Vec<String> {
    let reported = |option: JvmOption| {
        let place = option.span.locate();
        format!(
            "{}{} {}:{}:{}-{} {}",
            if option.is_certain { "" } else { "?" },
            option.text,
            place.file,
            place.line,
            place.column,
            place.end_column,
            place.excerpt.as_deref().unwrap_or("-"),
        )
    };
    parse(version, java, files).into_iter().map(reported).collect()
}

const LINES: &str = "# -Xmx9g\n-Xms1g\n  17-:-Xmx2g \r\n8:-Xmx3g\n8-13:-Da=b\nx:-Db\n -Dc\n\n-Dd";

#[test]
fn each_generation_takes_other_lines() {
    let files = [file("f", LINES)];
    let all = |java| reported(ES(7, 17, 9), java, &files);
    let two = ["-Xms1g f:2:1-7 -Xms1g", " -Dc f:7:2-5  -Dc", "-Dd f:9:1-4 -Dd"];
    let with = |more: &[&str]| {
        let mut wanted = vec![two[0].to_owned()];
        wanted.extend(more.iter().map(|line| (*line).to_owned()));
        wanted.extend(two[1..].iter().map(|line| line.trim_start().to_owned()));
        wanted
    };
    assert_eq!(all(Some(17)), with(&["-Xmx2g f:3:7-13   17-:-Xmx2g "]));
    assert_eq!(all(Some(8)), with(&["-Xmx3g f:4:3-9 8:-Xmx3g", "-Da=b f:5:6-11 8-13:-Da=b"]));
    assert_eq!(all(Some(15)), with(&[]));
    assert_eq!(
        all(None),
        with(&["?-Xmx2g f:3:7-13   17-:-Xmx2g ", "?-Xmx3g f:4:3-9 8:-Xmx3g", "?-Da=b f:5:6-11 8-13:-Da=b"])
    );
    assert_eq!(reported(Version::opensearch(2, 11, 0), Some(15), &files), with(&[]));
    // 5.x takes a line that begins with a dash, and nothing else.
    assert_eq!(reported(ES(5, 6, 16), Some(8), &files), ["-Xms1g f:2:1-7 -Xms1g", "-Dd f:9:1-4 -Dd"]);
    assert_eq!(reported(ES(2, 3, 4), Some(8), &files), [""; 0]);
    let plain: Vec<&[u8]> = plain_lines(b"# c\n-Xms1g \r\n -Xmx1g\n8:-Xmx2g\n-D\xff").collect();
    assert_eq!(plain, [&b"-Xms1g \r"[..], b"-D\xff"]);
}

#[test]
fn further_files_come_after_it() {
    let files = [file("jvm.options", "-Xms1g\n"), file("jvm.options.d/heap.options", "\n-Xms2g\n")];
    assert_eq!(
        reported(ES(8, 15, 0), Some(21), &files),
        ["-Xms1g jvm.options:1:1-7 -Xms1g", "-Xms2g jvm.options.d/heap.options:2:1-7 -Xms2g"]
    );
}

/// A value that was rendered into the file is never shown: the place is in the line that the user wrote.
#[test]
fn rendered_values_are_not_shown() {
    let rendered = OptionsFile {
        template: Some("# ${A}\n  -Xmx${HEAP}\n-Xms1g\n8-:-Dkey.password=${P:-x}\n".to_owned()),
        ..file("t", "# x\n  -Xmx2g\n-Xms1g\n8-:-Dkey.password=hunter2\n")
    };
    assert_eq!(
        reported(ES(7, 17, 9), Some(17), std::slice::from_ref(&rendered)),
        ["-Xmx2g t:2:3-14   -Xmx${HEAP}", "-Xms1g t:3:1-7 -Xms1g", "-Dkey.password=hunter2 t:4:1-26 -",]
    );
    // What an earlier start rendered has no template.
    let earlier = OptionsFile { template: None, is_shown: false, ..rendered };
    assert_eq!(reported(ES(7, 17, 9), Some(17), &[earlier])[0], "-Xmx2g t:2:3-9 -");
}

/// Beside an option with a mistake there may be one that holds a secret, which was rendered into the file.
#[test]
fn a_line_is_shown_where_it_is_one_option() {
    let text = "-Xmx9z\n  -Xmx9z \n-Xmx9z -Dstore=hunter2\n-Xmx9z\t-Dstore=hunter2\n-Dx.password=hunter2\n";
    let shown: Vec<String> = reported(ES(7, 17, 9), Some(17), &[file("f", text)])
        .iter()
        .map(|line| line.rsplit_once(':').unwrap().1.split_once(' ').unwrap().1.trim().to_owned())
        .collect();
    assert_eq!(shown, ["-Xmx9z", "-Xmx9z", "-", "-", "-"]);
}

#[test]
fn lines_for_which_the_launcher_refuses_the_file() {
    let text = "# c\n\n  \n-Xms1g\n8:-Da\n8-:-Db\n8-13:-Dc\nXmx1g\n  -Xmx1g\n8 :-Dd\n17:De\n # c\n-8:-Df\r\nx:-Dg\r\n\r\n";
    let lines = |version| -> Vec<usize> {
        refused_lines(version, &[file("jvm.options", text)]).iter().map(|it| it.line_and_column().0).collect()
    };
    for version in [ES(6, 8, 23), ES(7, 17, 9), ES(8, 15, 0), Version::opensearch(2, 19, 6)] {
        assert_eq!(lines(version), [8, 9, 10, 11, 12, 14], "{}", version.name());
    }
    // The scripts hand on what begins with `-`.
    for version in [ES(2, 3, 4), ES(5, 6, 16), ES(6, 2, 4)] {
        assert_eq!(lines(version), [0; 0], "{}", version.name());
    }
    let found = check(ES(6, 8, 23), &refused_lines(ES(6, 8, 23), &[file("jvm.options", "-Da\nXmx1g\n")]));
    let found: Vec<String> = found
        .iter()
        .map(|it| format!("{} {} | {}", it.code, it.message, it.help.as_deref().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            "launch/invalid-option Elasticsearch 6.8.23 takes this line for no option of the JVM | it refuses the whole file and \
             does not start: an option begins with `-` in the first column, or after the versions of Java that it is for, `17-:`; \
             a comment begins with `#` there"
        ]
    );
}
