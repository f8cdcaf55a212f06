use super::*;

fn of(words: &str, java_major: u16, memory: Option<u64>, share: Option<HeapShare>) -> Result<String, String> {
    let words: Vec<&str> = words.split(' ').collect();
    options(&Inputs {
        words: &words,
        java_major,
        sizes_heap: share.is_some(),
        memory,
        page_size: Some(4096),
        share,
    })
    .map(|options| options.join(" "))
}

/// `MaxHeapSize` of `-XX:+PrintFlagsFinal`, the same on Java 17.0.15, 25.0.3, 26.0.2 and 27.0.1, with one processor as with two, with and
/// without `-Xms`.
#[test]
fn heaps_are_rounded_as_the_jvm_does() {
    for (asked, rounded) in [
        ("128m", 134_217_728_u64),
        ("129m", 136_314_880),
        ("333m", 350_224_384),
        ("369m", 387_973_120),
        ("409m", 429_916_160),
        ("2457m", 2_577_399_808),
        ("4097m", 4_299_161_600),
        ("8191m", 8_589_934_592),
        ("8193m", 8_598_323_200),
        ("16385m", 17_196_646_400),
        ("31743m", 33_285_996_544),
        ("32769m", 34_393_292_800),
        ("65537m", 68_753_031_168),
        ("1000000k", 1_025_507_328),
        ("1073741825", 1_075_838_976),
        ("12345678901", 12_348_030_976),
        ("2457m -XX:G1HeapRegionSize=4m", 2_579_496_960),
        ("512m -XX:G1HeapRegionSize=16m", 536_870_912),
    ] {
        let words = format!("-XX:+UseG1GC -Xmx{asked}");
        let expected = format!("-XX:MaxDirectMemorySize={}", rounded / 2);
        for java in [17, 21, 25, 26, 27] {
            assert_eq!(of(&words, java, None, None), Ok(expected.clone()), "{asked} {java}");
        }
    }
    let even = "-XX:+UseG1GC -Xms1g -Xmx1g";
    for java in [11, 16, 28] {
        assert_eq!(of(even, java, None, None), Ok("-XX:MaxDirectMemorySize=536870912".to_owned()));
        assert!(of("-XX:+UseG1GC -Xmx1025m", java, None, None).is_err());
    }
}

/// With pages of 64 KiB the piece of a card table's page is 32 MiB.
#[test]
fn other_pages_are_not_computed() {
    for (page_size, asked, is_known) in [
        (Some(65_536), "1025m", false),
        (Some(65_536), "1g", true),
        (None, "1025m", false),
        (None, "1g", true),
    ] {
        let size = format!("-Xmx{asked}");
        let words = ["-XX:+UseG1GC", &*size];
        let found = options(&Inputs {
            words: &words,
            java_major: 21,
            sizes_heap: false,
            memory: None,
            page_size,
            share: None,
        });
        assert_eq!(found.is_ok(), is_known, "{page_size:?} {asked} {found:?}");
    }
}

#[test]
fn flags_that_leave_the_heap_alone() {
    for flag in [
        "-XX:StartFlightRecording",
        "-XX:StartFlightRecording=disk=false",
        "-XX:StartFlightRecording:disk=false",
        "-XX:FlightRecorderOptions:stackdepth=64",
        "-XX:+UseCompactObjectHeaders",
        "-XX:-UsePerfData",
        "-XX:CompileCommand=dontinline,java/lang/invoke/MethodHandle.setAsTypeCache",
    ] {
        let expected = "-XX:MaxDirectMemorySize=537919488".to_owned();
        assert_eq!(of(&format!("-XX:+UseG1GC -Xmx1025m {flag}"), 25, None, None), Ok(expected), "{flag}");
    }
}

#[test]
fn what_only_the_jvm_knows() {
    for (words, why) in [
        ("-XX:+UseG1GC", "no option sets the maximum heap"),
        ("-Xmx1g", "no option chooses the G1 collector"),
        ("-XX:+UseG1GC -Xms2g -Xmx1g", "the initial heap is larger than the maximum"),
        ("-Xmx1g -XX:+UseParallelGC", "what `-XX:+UseParallelGC` does to the heap only the JVM knows"),
        ("-XX:-UseG1GC", "what `-XX:-UseG1GC` does to the heap only the JVM knows"),
        ("-XX:MaxRAMPercentage=50", "what `-XX:MaxRAMPercentage` does to the heap only the JVM knows"),
        ("-XX:G1HeapRegionSize=3m", "what `-XX:G1HeapRegionSize` does to the heap only the JVM knows"),
        ("-Xmn100m", "what `-Xmn100m` does to the heap only the JVM knows"),
        ("-Xmx1gb", "what `-Xmx1gb` does to the heap only the JVM knows"),
        ("-Xmx0", "what `-Xmx0` does to the heap only the JVM knows"),
        ("@/etc/options", "what `…` does to the heap only the JVM knows"),
        ("secret", "what `…` does to the heap only the JVM knows"),
        ("--module-path=/secret", "what `--module-path` does to the heap only the JVM knows"),
    ] {
        assert_eq!(of(words, 17, None, None), Err(why.to_owned()), "{words}");
    }
    let unknown = "the roles or the memory that the heap follows from are not known";
    for (java, memory) in [(17, None), (11, Some(GIBIBYTE))] {
        assert_eq!(of("-XX:+UseG1GC", java, memory, Some(HeapShare::Data)), Err(unknown.to_owned()));
    }
}

/// As the classes of 7.17.29 have it; most of it is recorded.
#[test]
fn heaps_from_the_memory() {
    for (share, memory, expected) in [
        (HeapShare::Data, 200 << 20, 128),
        (HeapShare::Data, 1023 << 20, 409),
        (HeapShare::Data, 100 << 30, 31 << 10),
        (HeapShare::MasterOnly, 4 << 30, 2457),
        (HeapShare::MasterOnly, 100 << 30, 31 << 10),
        (HeapShare::MachineLearningOnly, 1 << 30, 409),
        (HeapShare::MachineLearningOnly, 4 << 30, 1024),
        (HeapShare::MachineLearningOnly, 100 << 30, 2048),
        (HeapShare::Fixed, 100 << 30, 1024),
    ] {
        assert_eq!(share.heap(memory), expected, "{share:?} {memory}");
    }
}
