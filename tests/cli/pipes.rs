//! What can be read once: named pipes, `/dev/stdin`, what a shell makes of `<(command)`; and who waits for it.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::Folder;

/// More records than are looked at to tell a format.
fn long() -> Folder {
    let records: String = (0..9_000).map(|id| format!("{{\"id\":{id},\"name\":\"n{id}\"}}\n")).collect();
    let folder = Folder::new(&[("a.ndjson", &records)]);
    for to in ["a.csv", "a.json", "a.avro", "a.pb", "a.parquet", "a.arrow", "a.arrows"] {
        folder.run(&["convert", "a.ndjson", "-o", to]).ends(0);
    }
    folder
}

#[test]
fn every_format_is_read_from_a_pipe_with_a_path() {
    let folder = long();
    let digest = folder.run(&["digest", "a.ndjson"]).ends(0).out;
    let (digest, _) = digest.split_once(' ').unwrap();
    for from in ["csv", "json", "ndjson", "avro", "pb", "parquet", "arrow", "arrows"] {
        let bytes = std::fs::read(folder.path(&format!("a.{from}"))).unwrap();
        let format = if from == "arrows" { "arrow" } else { from };
        let schema: &[&str] = if from == "pb" { &["--schema", "a.proto"] } else { &[] };
        let run = |words: &[&str]| folder.pipe(&[words, &["--from", format], schema].concat(), &bytes);
        assert!(run(&["digest", "/dev/stdin"]).ends(0).out.starts_with(digest), "{from}");
        assert_eq!(run(&["count", "/dev/stdin"]).ends(0).out.trim(), "9000", "{from}");
        assert!(run(&["verify", "/dev/stdin"]).ends(0).out.contains("ok, 9,000 records"), "{from}");
        assert_eq!(run(&["head", "-n", "1", "/dev/stdin", "--to", "csv"]).ends(0).out, "id,name\n0,n0\n", "{from}");
        run(&["convert", "/dev/stdin", "-o", "b.parquet", "--overwrite", "--verify"])
            .ends(0)
            .says(&["9,000 records in = 9,000 out", "0 differences"]);
        assert!(folder.run(&["digest", "b.parquet"]).ends(0).out.starts_with(digest), "{from}");
    }
}

#[test]
fn the_name_of_a_pipe_tells_the_format() {
    let folder = long();
    assert!(Command::new("mkfifo").arg(folder.path("pipe.csv")).status().unwrap().success());
    let feed = || {
        let (from, to) = (folder.path("a.csv"), folder.path("pipe.csv"));
        std::thread::spawn(move || std::fs::copy(from, to))
    };
    for words in [["count", "pipe.csv"], ["count", "pipe.csv"]] {
        let feeder = feed();
        assert_eq!(folder.run(&words).ends(0).out.trim(), "9000");
        feeder.join().unwrap().unwrap();
    }
    let feeder = feed();
    folder.run(&["diff", "pipe.csv", "a.ndjson"]).ends(0).says(&[]);
    feeder.join().unwrap().unwrap();
}

/// What a command does that writes a file beside its output into a pipe: it must not read from it.
#[test]
fn what_is_written_to_a_pipe_is_not_read_from_it() {
    let folder = Folder::new(&[("a.csv", "id\n1\n"), ("s.avsc", "\"int\"")]);
    assert!(Command::new("mkfifo").arg(folder.path("pipe")).status().unwrap().success());
    let ran = |words: &[&str]| {
        let mut command = folder.command(words);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let begun = Instant::now();
        while child.try_wait().unwrap().is_none() {
            if begun.elapsed() > Duration::from_secs(30) {
                child.kill().unwrap();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        super::Ran::from(child.wait_with_output().unwrap())
    };
    let convert = ["convert", "a.csv", "-o", "o.csv", "--overwrite", "--report"];
    assert!(ran(&[&convert[..], &["/dev/stdout"]].concat()).ends(0).out.contains("\"status\": \"done\""));
    let pipe = folder.path("pipe");
    let reader = std::thread::spawn(move || std::fs::read_to_string(pipe).unwrap());
    ran(&[&convert[..], &["pipe"]].concat()).ends(0);
    assert!(reader.join().unwrap().contains("\"status\": \"done\""));
    for lock in ["/dev/stdout", "pipe"] {
        ran(&["schema", "lock", "s.avsc", "--lock", lock]).ends(2).says(&["a lock file holds earlier versions"]);
    }
    let none = ran(&["schema", "lock", "s.avsc", "--lock", "none/x.lock"]).ends(9);
    let none = none.says(&["none/x.lock", "no such folder"]);
    assert!(!none.err.contains(".tmp"), "{}", none.err);
}

#[test]
fn one_signal_stops_who_waits_for_input() {
    let folder = Folder::new(&[]);
    for words in [&["cat", "-", "--from", "csv"][..], &["convert", "-", "--from", "ndjson", "-o", "a.parquet"]] {
        let mut command = folder.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Long enough to be waiting, whatever else the machine does.
        std::thread::sleep(Duration::from_millis(500));
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let begun = Instant::now();
        let status = loop {
            match child.try_wait().unwrap() {
                Some(status) => break Some(status),
                None if begun.elapsed() > Duration::from_secs(30) => break None,
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        };
        let _ = child.kill();
        assert_eq!(status.and_then(|status| status.code()), Some(130), "{words:?}");
        // It heard the signal: it was not ended by force.
        let mut told = String::new();
        child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        assert!(told.contains("interrupted"), "{words:?}: {told}");
    }
    assert!(folder.names().is_empty());
}

#[test]
fn one_signal_ends_who_waits_for_a_pipe_that_nobody_opens() {
    let folder = Folder::new(&[("a.csv", "a\n1\n")]);
    assert!(Command::new("mkfifo").arg(folder.path("pipe")).status().unwrap().success());
    for words in [&["count", "pipe", "--from", "csv"][..], &["convert", "a.csv", "-o", "pipe", "--to", "ndjson"]] {
        let mut child = folder.command(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(500));
        assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(143), "{words:?}");
    }
    assert_eq!(folder.names(), ["a.csv", "pipe"]);
}

#[test]
fn two_signals_in_a_row_leave_nothing_behind() {
    let folder = Folder::new(&[("a.csv", &"1,2,3,a,b,c\n".repeat(3_000_000))]);
    let mut command = folder.command(&["convert", "a.csv", "--csv-infer=false", "-o", "a.ndjson"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    let is_there = || folder.names().iter().any(|name| name.ends_with(".part"));
    while !is_there() && begun.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(is_there(), "{:?}", folder.names());
    let kill = format!("kill -INT {0}; kill -TERM {0}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    let status = child.wait().unwrap();
    assert!(matches!(status.code(), Some(130 | 143)), "{status:?}");
    assert_eq!(folder.names(), ["a.csv"]);
}

#[test]
fn a_signal_is_heard_while_types_are_inferred() {
    let records = "{\"id\":1,\"name\":\"a\",\"price\":1.5}\n".repeat(1_500_000);
    let folder = Folder::new(&[("a.ndjson", &records)]);
    let mut command = folder.command(&["schema", "show", "a.ndjson", "--infer-rows", "1000000000"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(200));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("interrupted"), "{ended:?}");
}
