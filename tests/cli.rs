//! The command line as a user sees it: cases as data in `tests/cmd`, and the README's console blocks.

#[test]
fn commands() {
    let cases = trycmd::TestCases::new();
    cases.env("PATH", "/usr/bin:/bin");
    cases.default_bin_path(trycmd::cargo::cargo_bin!("es-entrypoint"));
    cases.register_bin("es-entrypoint", trycmd::cargo::cargo_bin!("es-entrypoint"));
    cases.case("tests/cmd/*.toml").case("tests/cmd/*.trycmd").case("README.md");
}
