use clap::CommandFactory;

use super::*;

#[test]
fn the_definition_is_consistent() {
    Arguments::command().debug_assert();
}

#[test]
fn byte_counts_take_suffixes() {
    assert_eq!(parse_bytes("4096"), Ok(4096));
    assert_eq!(parse_bytes("64k"), Ok(65536));
    assert_eq!(parse_bytes("512M"), Ok(512 << 20));
    assert_eq!(parse_bytes("2GiB"), Ok(2 << 30));
    for bad in ["", "0", "k", "1x", "-1", "1.5G", "99999999999999999999", "99999999T"] {
        assert!(parse_bytes(bad).is_err(), "{bad}");
    }
}
