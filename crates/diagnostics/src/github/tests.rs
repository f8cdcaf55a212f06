use super::*;
use crate::samples::split_brain;

#[test]
fn what_ends_a_command_is_escaped() {
    let mut finding = split_brain("a:b,c.yml");
    finding.message = "50% of\nit".into();
    finding.help = None;
    assert_eq!(
        text(&finding),
        "::error file=a%3Ab%2Cc.yml,line=31,col=27,endColumn=41,title=quorum/split-brain::50%25 of%0Ait\n"
    );
}
