use std::ffi::OsString;

use clap::CommandFactory;

use super::value::parse_bytes;
use super::*;

#[test]
fn the_definition_is_consistent() {
    Arguments::command().debug_assert();
}

/// Terminals differ: a line that is cut here would be cut again there.
#[test]
fn help_is_wrapped_once() {
    fn check(command: &clap::Command) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        for part in help.split("\n\n") {
            let lines: Vec<&str> = part.lines().collect();
            match lines.split_first() {
                Some((&"Examples:", examples)) => {
                    let fits = |line: &&str| line.starts_with("  ") && line.chars().count() <= 80;
                    assert!(examples.iter().all(fits), "{part}");
                }
                _ => assert!(lines.len() <= 1, "{part}"),
            }
        }
        command.get_subcommands().for_each(check);
    }
    check(&Arguments::command());
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
        let options = settings::typed(&registry, &words);
        let command = settings::with_settings(Arguments::command(), &options, &words);
        command.clone().debug_assert();
        command.try_get_matches_from(words).map(|matches| {
            let offers = settings::offers(&matches, &options);
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

#[test]
fn what_is_typed_is_found_as_it_is_listed() {
    let registry = crate::format::Registry::builtin();
    let all = settings::all(&registry);
    settings::with_settings(Arguments::command(), &all, &["fmtconv".into(), "convert".into()]).debug_assert();
    for (name, (format, setting)) in &all {
        for word in [format!("--{name}"), format!("--{name}=x"), format!("--no-{name}")] {
            let typed = settings::typed(&registry, &[word.into()]);
            let (found, set) = typed[name];
            assert_eq!((found, set.name), (*format, setting.name), "{name}");
            assert!(std::ptr::eq(set, *setting), "{name}");
        }
    }
    assert!(settings::typed(&registry, &["null-token".into(), "--csv-".into(), "-csv-nested".into()]).is_empty());
}

#[test]
fn only_what_is_called_for_is_made() {
    let definition = |words: &[&str]| {
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        definition_for(&words)
    };
    let options = |command: &clap::Command, name: &str| {
        command.find_subcommand(name).map(|command| command.get_arguments().count()).unwrap()
    };
    let whole = Arguments::command();
    let some = definition(&["fmtconv", "--threads", "2", "plan", "head"]);
    for command in whole.get_subcommands() {
        let name = command.get_name();
        let same = some.find_subcommand(name).unwrap();
        assert_eq!(command.get_about().map(ToString::to_string), same.get_about().map(ToString::to_string));
        if matches!(name, "plan" | "head") {
            assert_eq!(options(&some, name), options(&whole, name), "{name}");
        }
    }
    assert_eq!((options(&some, "convert"), options(&some, "cat")), (0, 0));
    let schema = definition(&["fmtconv", "schema", "diff"]);
    let schema = schema.find_subcommand("schema").unwrap();
    assert!(options(schema, "diff") > 0 && options(schema, "show") == 0);
    assert!(options(&Arguments::command(), "convert") > 0);
}
