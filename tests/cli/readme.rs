//! The README is true: what its commands print is what it says.

use std::process::{Command, Stdio};

use super::Folder;

const README: &str = include_str!("../../README.md");

/// The commands of the console blocks, in order, each with the lines that follow it.
fn commands() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut commands: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut inside = false;
    for line in README.lines() {
        match (inside, line) {
            (false, _) => inside = line == "```console",
            (true, "```") => inside = false,
            (true, _) => match (line.strip_prefix("$ "), commands.last_mut()) {
                (Some(command), _) => commands.push((command, Vec::new())),
                (None, Some((_, printed))) => printed.push(line),
                (None, None) => panic!("{line:?} before any command"),
            },
        }
    }
    // Setting up is what runs this.
    commands.retain(|(command, _)| !command.starts_with("git ") && !command.starts_with("cargo "));
    commands
}

/// A line without what differs from run to run: times, how wide columns of times are, and the mark (`*`) of rows that are
/// the fastest.
fn lasting(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_unit = |word: &str| ["ms", "s", "min", "k/s", "M/s", "/s", "*"].contains(&word);
    let kept = words
        .iter()
        .enumerate()
        .filter(|(index, word)| !is_unit(word) && !words.get(index + 1).is_some_and(|next| is_unit(next)));
    kept.map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
}

#[test]
fn commands_print_what_the_readme_says() {
    let folder = Folder::new(&[]);
    std::fs::create_dir(folder.path("testdata")).unwrap();
    for name in ["events.csv", "orders.ndjson"] {
        let from = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/");
        std::fs::copy(format!("{from}{name}"), folder.path("testdata").join(name)).unwrap();
    }
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_fmtconv")).parent().unwrap();
    let path = std::env::join_paths(
        std::iter::once(binary.to_owned()).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let path = path.unwrap();
    let commands = commands();
    assert!(commands.len() > 30, "{}", commands.len());
    for (command, expected) in commands {
        let both = format!("exec 2>&1; {command}");
        let mut shell = Command::new("sh");
        shell.args(["-c", &both]).current_dir(folder.path(".")).env("PATH", &path).stdin(Stdio::null());
        let output = String::from_utf8(shell.output().unwrap().stdout).unwrap();
        let printed: Vec<String> = output.lines().map(lasting).collect();
        let expected: Vec<String> = expected.iter().map(|line| lasting(line)).collect();
        if command.starts_with("fmtconv sizes") {
            // Said to be shortened.
            let mut rest = printed.iter();
            assert!(expected.iter().all(|line| rest.any(|other| other == line)), "{command}\n{output}");
        } else {
            assert_eq!(printed, expected, "{command}");
        }
    }
}
