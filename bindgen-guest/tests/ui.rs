//! What is refused, and in which words. Bless changed words with `TRYBUILD=overwrite`.

#[test]
fn refused() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
}
