use std::ffi::OsString;

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

#[test]
fn settings_of_formats_are_options() {
    let registry = crate::format::Registry::builtin();
    let typed = |words: &[&str]| {
        let words: Vec<OsString> =
            ["fmtconv", "convert", "a.csv", "-o", "b.json"].iter().chain(words).map(OsString::from).collect();
        let command = settings::with_settings(Arguments::command(), &registry, &words);
        command.clone().debug_assert();
        command.try_get_matches_from(words).map(|matches| {
            let offers = settings::offers(&matches, &registry);
            offers.into_iter().map(|offer| (offer.format, offer.name, offer.value)).collect::<Vec<_>>()
        })
    };
    let one = |format, name: &str, value: &str| vec![(format, name.to_owned(), value.to_owned())];
    assert_eq!(typed(&[]).unwrap(), []);
    assert_eq!(typed(&["--null-token", "NA"]).unwrap(), one(None, "null-token", "NA"));
    assert_eq!(typed(&["--csv-nested=flatten"]).unwrap(), one(Some("csv"), "nested", "flatten"));
    assert_eq!(typed(&["--no-hints"]).unwrap(), one(None, "hints", "false"));
    assert_eq!(typed(&["--pretty"]).unwrap(), one(None, "pretty", "true"));
    assert!(typed(&["--no-such-setting"]).is_err());
}
