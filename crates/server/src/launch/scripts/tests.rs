use super::*;

/// A directory of a jar, without what it tells of.
fn jar(entries: &[(&str, u32)]) -> Vec<u8> {
    let mut jar = b"anything".to_vec();
    let at = u32::try_from(jar.len()).unwrap();
    for (name, sum) in entries {
        let mut entry = [0; 46];
        entry[..4].copy_from_slice(b"PK\x01\x02");
        entry[16..20].copy_from_slice(&sum.to_le_bytes());
        entry[28] = u8::try_from(name.len()).unwrap();
        entry[30] = 3;
        jar.extend(entry);
        jar.extend(name.as_bytes());
        jar.extend(b"abc");
    }
    let mut end = [0; 22];
    end[..4].copy_from_slice(b"PK\x05\x06");
    end[10] = u8::try_from(entries.len()).unwrap();
    end[16..20].copy_from_slice(&at.to_le_bytes());
    jar.extend(end);
    jar
}

#[test]
fn jars_are_told_by_their_classes() {
    let print = |entries: &[(&str, u32)]| classes(&jar(entries));
    let one = print(&[("A.class", 1), ("META-INF/MANIFEST.MF", 2), ("B.class", 3)]);
    assert!(one.is_some_and(|one| one != 0));
    assert_eq!(print(&[("B.class", 3), ("A.class", 1)]), one);
    assert_ne!(print(&[("B.class", 3), ("A.class", 2)]), one);
    assert_ne!(print(&[("B.class", 3), ("C.class", 1)]), one);
    assert_ne!(print(&[("B.class", 3)]), one);
    let whole = jar(&[("A.class", 1), ("B.class", 3)]);
    for length in 0..whole.len() - 6 {
        assert_eq!(classes(&whole[..length]), None, "{length}");
    }
    assert_eq!(classes(&[0; 100]), None);
}

#[test]
fn what_an_archive_says_of_itself_is_no_edit() {
    let script = |kind: &str| {
        format!("#!/bin/bash\n\nES_DISTRIBUTION_TYPE={kind}\nES_BUNDLED_JDK=false\ncd \"$ES_HOME\"\n")
    };
    let (archive, image) = (script("zip"), script("docker"));
    assert_eq!(fingerprint(archive.as_bytes()), fingerprint(image.as_bytes()));
    assert_ne!(fingerprint(archive.as_bytes()), fingerprint(script("$(id)").as_bytes()));
    assert_ne!(fingerprint(archive.as_bytes()), fingerprint(format!("{archive}id\n").as_bytes()));
    assert_eq!(distribution(image.as_bytes(), "DISTRIBUTION_TYPE"), Some("docker"));
    assert_eq!(distribution(image.as_bytes(), "BUNDLED_JDK"), Some("false"));
    assert_eq!(distribution(image.as_bytes(), "DISTRIBUTION_FLAVOR"), None);
}

#[test]
fn each_row_is_found() {
    for known in KNOWN {
        assert_eq!(row(known.1), Some(known));
    }
}
