//! The binary from outside: commands, exit codes, what is left on disk.
#![cfg(all(feature = "cli", feature = "avro", feature = "parquet", feature = "protobuf"))]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

#[path = "cli/avro.rs"]
mod avro;
#[path = "cli/edges.rs"]
mod edges;
#[path = "cli/enums.rs"]
mod enums;
#[path = "cli/evolution.rs"]
mod evolution;
#[path = "cli/folders.rs"]
mod folders;
#[path = "cli/hints.rs"]
mod hints;
#[path = "cli/limits.rs"]
mod limits;
#[path = "cli/looked_at.rs"]
mod looked_at;
#[path = "cli/messages.rs"]
mod messages;
#[path = "cli/outer.rs"]
mod outer;
#[cfg(unix)]
#[path = "cli/pipes.rs"]
mod pipes;
#[path = "cli/protobuf.rs"]
mod protobuf;
#[cfg(unix)]
#[path = "cli/readme.rs"]
mod readme;
#[path = "cli/restored.rs"]
mod restored;
#[path = "cli/said.rs"]
mod said;
#[path = "cli/schema_check.rs"]
mod schema_check;
#[path = "cli/schema_files.rs"]
mod schema_files;
#[path = "cli/several.rs"]
mod several;
#[path = "cli/side_files.rs"]
mod side_files;
#[path = "cli/strict.rs"]
mod strict;
#[path = "cli/text.rs"]
mod text;
#[path = "cli/told.rs"]
mod told;
#[path = "cli/variant.rs"]
mod variant;

const ROWS: &str = "id,name,price\n1,ann,1.50\n2,\"b, c\",2.25\n3,,3.00\n";
const NDJSON: &str = "{\"id\":1,\"name\":\"ann\",\"price\":1.50}\n{\"id\":2,\"name\":\"b, c\",\"price\":2.25}\n\
                      {\"id\":3,\"name\":null,\"price\":3.00}\n";

/// A folder with files, in which commands run.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Folder(tempfile::tempdir().unwrap());
        for (name, text) in files {
            folder.write(name, text);
        }
        folder
    }
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    fn read(&self, name: &str) -> String {
        String::from_utf8(std::fs::read(self.path(name)).unwrap()).unwrap()
    }
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fmtconv"));
        command.current_dir(self.0.path()).args(arguments).stdin(Stdio::null());
        command
    }
    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().unwrap())
    }
    fn pipe(&self, arguments: &[&str], input: &[u8]) -> Ran {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        Ran::from(output)
    }
    /// Names of everything below, sorted; hidden files as well.
    fn names(&self) -> Vec<String> {
        fn walk(folder: &Path, out: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { walk(&path, out) } else { out.push(path) }
            }
        }
        let mut paths = Vec::new();
        walk(self.0.path(), &mut paths);
        let names = paths.iter().map(|path| path.strip_prefix(self.0.path()).unwrap().to_string_lossy().into_owned());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }
}

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
    bytes: Vec<u8>,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Ran {
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
            bytes: output.stdout,
        }
    }
}

impl Ran {
    #[track_caller]
    fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout: {}\nstderr: {}", self.out, self.err);
        self
    }
    /// Standard error has all of these.
    #[track_caller]
    fn says(self, texts: &[&str]) -> Self {
        for text in texts {
            assert!(self.err.contains(text), "{text:?} is not in: {}", self.err);
        }
        self
    }
}

#[test]
fn convert_prints_the_equation() {
    let folder = Folder::new(&[("a.csv", ROWS)]);
    let ran = folder.run(&["convert", "a.csv", "-o", "a.parquet"]).ends(0);
    let size = std::fs::metadata(folder.path("a.parquet")).unwrap().len();
    assert!(ran.err.starts_with(&format!("3 records in = 3 out + 0 rejected · 47 B → {size} B · ")), "{}", ran.err);
    assert!(ran.err.ends_with(" · losses: none\n"), "{}", ran.err);
    assert_eq!(ran.out, "");
    // The bytes of a container are counted once.
    folder.run(&["convert", "a.parquet", "-o", "b.csv"]).ends(0).says(&[&format!(" · {size} B → 47 B · ")]);
    assert_eq!(folder.read("b.csv"), ROWS);
    let many = ["convert", "a.parquet", "a.parquet", "-o", "c.csv"];
    let both = 2 * size;
    let shown = format!(" · {}.{} kB → ", both / 1000, both % 1000 / 100);
    let ran = folder.run(&many).ends(0).says(&["6 records in = 6 out"]);
    assert!((1000..10_000).contains(&both) && ran.err.contains(&shown[..6]), "{both}: {}", ran.err);
    assert_eq!(folder.run(&["convert", "a.csv", "-o", "q.avro", "-q"]).ends(0).err, "");
}

#[test]
fn every_format_comes_back() {
    let folder = Folder::new(&[("a.csv", ROWS)]);
    for name in ["a.json", "a.ndjson", "a.avro", "a.pb", "a.parquet", "a.arrow", "a.arrows", "a.tsv", "a.csv.gz"] {
        let mut write = vec!["convert", "a.csv", "-o", name];
        let mut read = vec!["cat", name];
        if name == "a.pb" {
            write.extend(["--emit-schema", "a.proto"]);
            read.extend(["--schema", "a.proto"]);
        }
        folder.run(&write).ends(0);
        let out = folder.run(&read).ends(0).out;
        match name {
            // A decimal is a message of text there.
            "a.pb" => assert_eq!(out.lines().count(), 3, "{name}"),
            // JSON has no types: a number with a fraction is read as a float.
            "a.json" | "a.ndjson" => {
                assert_eq!(out, NDJSON.replace("1.50", "1.5").replace("3.00", "3.0"), "{name}");
            }
            _ => assert_eq!(out, NDJSON, "{name}"),
        }
    }
}

#[test]
fn outputs_are_not_replaced_unless_asked() {
    let folder = Folder::new(&[("a.csv", ROWS), ("b.json", "old")]);
    folder
        .run(&["convert", "a.csv", "-o", "b.json"])
        .ends(2)
        .says(&["error: b.json: the output exists", "--overwrite"]);
    assert_eq!(folder.read("b.json"), "old");
    folder.run(&["convert", "a.csv", "-o", "b.json", "--overwrite"]).ends(0);
    assert!(folder.read("b.json").contains("ann"));
}

#[test]
fn a_failed_run_leaves_what_was_there() {
    let folder = Folder::new(&[("bad.csv", "a,b\n1,2\n3\n"), ("out.parquet", "old")]);
    let ran = folder.run(&["convert", "bad.csv", "-o", "out.parquet", "--overwrite"]).ends(3);
    assert!(ran.err.starts_with("error: bad.csv:3: record 2"), "{}", ran.err);
    assert_eq!(folder.read("out.parquet"), "old");
    folder.run(&["convert", "bad.csv", "-o", "new.parquet"]).ends(3);
    assert_eq!(folder.names(), ["bad.csv", "out.parquet"]);
}

#[test]
fn exit_codes_say_who_can_fix_it() {
    let files = [
        ("a.csv", ROWS),
        ("x.ndjson", "{\"id\":\"word\"}\n"),
        ("long.json", "[\"0123456789012345678901234567890123456789\"]"),
        ("u.ndjson", "{\"a\":1}\n"),
    ];
    let folder = Folder::new(&files);
    let cases: &[(&[&str], i32, &str)] = &[
        (&["convert", "a.csv"], 2, "there is no output"),
        (&["convert", "a.csv", "-o", "a.nope"], 2, "no format has the extension"),
        (&["convert", "a.csv", "-o", "a.parquet", "--to", "nope"], 2, "unknown format"),
        (&["convert", "a.csv", "-o", "a.parquet", "--to-opt", "nope=1"], 2, "no setting"),
        (&["convert", "a.csv", "-o", "a.parquet", "--select", "nope"], 2, "there is no column"),
        (&["convert", "a.csv", "-o", "a.parquet", "--columns", "id=nope"], 2, "type"),
        (&["convert", "a.csv", "-o", "a.parquet", "--allow", "nope"], 2, "is no loss code"),
        (&["nope"], 2, "unrecognized"),
        (&["convert", "a.csv", "-o", "a.parquet", "--nope"], 2, "unexpected argument"),
        (&["cat", "nope/*.csv"], 2, "no file matches"),
        (&["convert", "a.csv", "-o", "a.json", "--columns", "name=int64"], 4, "ann"),
        (&["convert", "x.ndjson", "u.ndjson", "a.csv", "-o", "y.parquet"], 5, "id"),
        (
            &["convert", "long.json", "-o", "y.parquet", "--max-record-bytes", "16", "--chunk-bytes", "8"],
            7,
            "--max-record-bytes",
        ),
        (&["cat", "missing.csv"], 9, "no such file"),
        (&["convert", "a.csv", "-o", "no/folder.csv"], 9, "mkdir -p no"),
    ];
    for (arguments, code, text) in cases {
        let ran = folder.run(arguments);
        assert_eq!(ran.code, Some(*code), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(text), "{arguments:?}: {}", ran.err);
        assert_eq!(ran.out, "", "{arguments:?}");
    }
    let names = ["a.csv", "long.json", "u.ndjson", "x.ndjson"];
    assert_eq!(folder.names(), names, "a failed run left something");
}

#[test]
fn losses_are_said_refused_and_allowed() {
    let folder = Folder::new(&[]);
    let columns = ["--columns", "at=timestamp[us, Europe/Paris]"];
    folder.write("b.ndjson", "{\"at\":\"2024-01-01T00:00:00+01:00\"}\n");
    let base = ["convert", "b.ndjson", "-o", "out.json"];
    let ran = folder.run(&[&base[..], &columns].concat()).ends(0);
    let Some(code) = ran.err.split([' ', '\n']).find(|word| word.starts_with("S-")) else {
        panic!("no loss is known of a time zone in JSON: {}", ran.err)
    };
    assert!(ran.err.starts_with("note: losses known from the schemas: "), "{}", ran.err);
    std::fs::remove_file(folder.path("out.json")).unwrap();
    folder.run(&[&base[..], &columns, &["--strict"]].concat()).ends(6).says(&["hint: allow it: --allow", code]);
    assert!(!folder.path("out.json").exists());
    folder.run(&[&base[..], &columns, &["--strict", "--allow", code]].concat()).ends(0);
    let plan = folder.run(&[&["plan", "b.ndjson", "--to", "json"][..], &columns].concat()).ends(0);
    assert!(plan.out.contains(code), "{}", plan.out);
}

#[test]
fn names_that_change_are_told() {
    let folder = Folder::new(&[]);
    folder.write("a.csv", "order id,b\n1,2\n");
    folder.run(&["convert", "a.csv", "-o", "a.pb"]).ends(0).says(&["N-NAME", "order id"]);
    folder.run(&["convert", "a.csv", "-o", "b.pb", "--no-hints"]).ends(0).says(&["S-NAME", "order id"]);
}

#[test]
fn standard_input_and_output() {
    let folder = Folder::new(&[]);
    let ran = folder.pipe(&["convert", "-", "-o", "-", "--to", "csv"], ROWS.as_bytes()).ends(0);
    assert_eq!(ran.out, ROWS);
    ran.says(&["N-SPOOL: standard input was kept in a temporary file"]);
    assert_eq!(folder.pipe(&["cat", "-"], ROWS.as_bytes()).ends(0).out, NDJSON);
    let avro = folder.pipe(&["convert", "-", "--to", "avro"], ROWS.as_bytes()).ends(0).bytes;
    assert_eq!(folder.pipe(&["cat", "-"], &avro).ends(0).out, NDJSON);
    folder.pipe(&["cat", "-"], b"").ends(2).says(&["an empty input has no format", "--from"]);
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let folder = Folder::new(&[]);
    let line = "{\"a\":\"some text to fill the pipe\"}\n";
    folder.write("big.ndjson", &line.repeat(200_000));
    let mut child =
        folder.command(&["cat", "big.ndjson"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = vec![0; line.len()];
    let mut stdout = child.stdout.take().unwrap();
    std::io::Read::read_exact(&mut stdout, &mut first).unwrap();
    drop(stdout);
    let output = Ran::from(child.wait_with_output().unwrap()).ends(0);
    assert_eq!(first, line.as_bytes());
    assert_eq!(output.err, "");
}

#[test]
fn the_report_of_a_closed_pipe_is_not_that_of_a_failure() {
    let folder = Folder::new(&[]);
    let line = "{\"a\":\"some text to fill the pipe\"}\n";
    folder.write("big.ndjson", &line.repeat(200_000));
    for _ in 0..2 {
        // Who replaces the report of the first run knows it as one.
        let words = ["convert", "big.ndjson", "--to", "json", "-o", "-", "--report", "r.json"];
        let mut child = folder.command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        std::io::Read::read_exact(&mut stdout, &mut [0]).unwrap();
        drop(stdout);
        Ran::from(child.wait_with_output().unwrap()).ends(0);
        let report = folder.read("r.json");
        assert!(report.contains("\"status\": \"closed\"") && !report.contains("error"), "{report}");
    }
}

#[cfg(unix)]
#[test]
fn a_name_that_is_too_long_is_told_before_reading() {
    let folder = Folder::new(&[("a.csv", "n\n300\n")]);
    let name = format!("{}.parquet", "x".repeat(300));
    // The value that does not fit would be told if the input were read.
    let ran = folder.run(&["convert", "a.csv", "-o", &name, "--columns", "n=int8"]).ends(9);
    ran.says(&["too long", "shorter name"]);
    let long = format!("{name}.ndjson");
    folder.run(&["convert", "a.csv", "-o", "o.parquet", "--columns", "n=int8", "--rejects", &long]).ends(9);
    assert_eq!(folder.names(), ["a.csv"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let folder = Folder::new(&[("a.csv", ROWS)]);
    folder.run(&["convert", "a.csv", "-o", "/dev/full", "--to", "json"]).ends(9).says(&["/dev/full: cannot write"]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = folder.command(&["cat", "a.csv"]).stdout(full).output().unwrap();
    Ran::from(output).ends(9);
}

#[cfg(unix)]
#[test]
fn an_interrupt_removes_what_was_written() {
    for (signal, status) in [("-INT", 130), ("-TERM", 143), ("-HUP", 129)] {
        stopped_by(signal, status);
    }
}

#[cfg(unix)]
fn stopped_by(signal: &str, status: i32) {
    let folder = Folder::new(&[]);
    let mut command = folder.command(&["convert", "-", "--from", "ndjson", "-o", "out.avro", "--columns", "a=int64"]);
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let id = child.id().to_string();
    // An endless stream: only the interrupt ends the run.
    let feeder = std::thread::spawn(move || while stdin.write_all(b"{\"a\":1}\n").is_ok() {});
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    let ran = Ran::from(child.wait_with_output().unwrap()).ends(status);
    feeder.join().unwrap();
    assert!(ran.err.contains("interrupted"), "{}", ran.err);
    assert_eq!(folder.names(), Vec::<String>::new());
}

#[test]
fn globs_folders_and_lists() {
    let files = [
        ("d/a.csv", "x\n1\n"),
        ("d/s/b.csv", "x\n2\n"),
        ("d/c.txt", "no"),
        ("d/.h.csv", "x\n9\n"),
        ("l", "d/s/b.csv\nd/a.csv\n"),
    ];
    let folder = Folder::new(&files);
    let cat = |arguments: &[&str]| folder.run(&[&["cat"], arguments].concat()).ends(0).out;
    assert_eq!(cat(&["d/*.csv"]), "{\"x\":1}\n");
    assert_eq!(cat(&["d/**/*.csv"]), "{\"x\":1}\n{\"x\":2}\n");
    assert_eq!(cat(&["d"]), "{\"x\":1}\n{\"x\":2}\n");
    assert_eq!(cat(&["--files-from", "l"]), "{\"x\":2}\n{\"x\":1}\n");
    let ran = folder.pipe(&["cat", "--files-from", "-"], b"d/a.csv\r\n\n").ends(0);
    assert_eq!(ran.out, "{\"x\":1}\n");
    let empty = Folder::new(&[("e/c.txt", "no")]);
    empty.run(&["cat", "e"]).ends(2).says(&["no file in this folder", "parquet"]);
}

#[test]
fn many_inputs_are_unified() {
    let folder = Folder::new(&[("a.csv", "x,y\n1,a\n"), ("b.ndjson", "{\"y\":\"b\",\"z\":true}\n")]);
    let out = folder.run(&["cat", "a.csv", "b.ndjson"]).ends(0).out;
    assert_eq!(out, "{\"x\":1,\"y\":\"a\",\"z\":null}\n{\"x\":null,\"y\":\"b\",\"z\":true}\n");
}

#[test]
fn file_by_file_one_bad_file_does_not_stop_the_rest() {
    let files = [("raw/a.csv", ROWS), ("raw/bad.csv", "a,b\n1\n"), ("raw/s/c.csv", ROWS), ("raw/z.ndjson", NDJSON)];
    let folder = Folder::new(&files);
    let base = ["convert", "raw", "--out-dir", "out", "--to", "parquet"];
    let ran = folder.run(&[&base[..], &["--report", "r.json"]].concat()).ends(3);
    let ran = ran.says(&["3 files converted, 1 failed · 9 records in = 9 out + 0 rejected", "\n  raw/bad.csv: "]);
    assert!(ran.err.starts_with("error: raw/bad.csv:2: "), "{}", ran.err);
    let outputs = || {
        folder
            .names()
            .into_iter()
            .filter(|name| name.starts_with("out/") && !name.starts_with("out/."))
            .collect::<Vec<_>>()
    };
    assert_eq!(outputs(), ["out/a.parquet", "out/s/c.parquet", "out/z.parquet"]);
    let report: serde_json::Value = serde_json::from_str(&folder.read("r.json")).unwrap();
    assert_eq!((&report["converted"], &report["failed"]), (&3.into(), &1.into()));

    // Again: refused before anything starts; resumed, only what is missing; an older output is not current.
    folder.run(&base).ends(2).says(&["the output exists, and 2 more", "--resume"]);
    folder.write("raw/bad.csv", "a,b\n1,2\n");
    let resume = [&base[..], &["--resume"]].concat();
    folder.run(&resume).ends(0).says(&["1 file converted, 3 complete already"]);
    assert!(outputs().contains(&"out/bad.parquet".to_owned()));
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
    std::fs::File::options().write(true).open(folder.path("raw/a.csv")).unwrap().set_modified(later).unwrap();
    folder.run(&resume).ends(2).says(&["out/a.parquet: the output exists, and is older"]);
    folder.run(&[&resume[..], &["--overwrite"]].concat()).ends(0).says(&["1 file converted, 3 complete already"]);
}

#[test]
fn outputs_of_one_name_are_refused_before_start() {
    let folder = Folder::new(&[("a.csv", ROWS), ("a.ndjson", NDJSON)]);
    let ran = folder.run(&["convert", "a.csv", "a.ndjson", "--out-dir", "o", "--to", "avro"]).ends(2);
    ran.says(&["a.csv and a.ndjson would both be written here"]);
    assert!(!folder.path("o").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8() {
    use std::os::unix::ffi::OsStrExt;
    let folder = Folder::new(&[]);
    let name = std::ffi::OsStr::from_bytes(b"d/n\xff.csv");
    std::fs::create_dir(folder.path("d")).unwrap();
    std::fs::write(folder.0.path().join(name), ROWS).unwrap();
    let ran = Ran::from(folder.command(&["cat"]).arg(name).output().unwrap()).ends(0);
    assert_eq!(ran.out, NDJSON);
    folder.run(&["convert", "d", "--out-dir", "o", "--to", "avro"]).ends(0);
    assert!(folder.0.path().join(std::ffi::OsStr::from_bytes(b"o/n\xff.avro")).exists());
}

#[test]
fn threads_do_not_change_bytes() {
    let folder = Folder::new(&[]);
    let mut text = String::from("id,name,price\n");
    for id in 0..20_000 {
        text.push_str(&format!("{id},name {id},{}.{:02}\n", id % 97, id % 100));
    }
    folder.write("a.csv", &text);
    for extension in ["ndjson", "avro", "pb", "parquet", "arrow", "csv.gz"] {
        let bytes = ["1", "2", "8"].map(|threads| {
            let output = format!("t{threads}.{extension}");
            let arguments = ["convert", "a.csv", "-o", &output, "-j", threads, "--name", "Row", "--chunk-bytes", "16k"];
            folder.run(&arguments).ends(0);
            std::fs::read(folder.path(&output)).unwrap()
        });
        assert!(bytes[0] == bytes[1] && bytes[0] == bytes[2], "{extension}");
    }
}

#[test]
fn head_stops_early() {
    let folder = Folder::new(&[("a.csv", ROWS)]);
    let first = NDJSON.lines().next().unwrap().to_owned() + "\n";
    assert_eq!(folder.run(&["head", "-n", "1", "a.csv"]).ends(0).out, first);
    assert_eq!(folder.run(&["head", "a.csv"]).ends(0).out, NDJSON);
    assert_eq!(folder.run(&["head", "-n", "0", "a.csv"]).ends(0).out, "");
    assert_eq!(folder.run(&["head", "-n", "1", "a.csv", "--to", "csv"]).ends(0).out, "id,name,price\n1,ann,1.50\n");
    // What comes later is not looked at: neither its type nor its damage.
    let mut text = "x\n".to_owned() + &"1\n".repeat(200_000);
    text.push_str("word\n\"open");
    folder.write("long.csv", &text);
    assert_eq!(folder.run(&["head", "-n", "2", "long.csv"]).ends(0).out, "{\"x\":1}\n{\"x\":1}\n");
}

#[test]
fn head_of_an_endless_stream() {
    let folder = Folder::new(&[]);
    let line = "{\"a\":1,\"b\":\"text\"}\n";
    let mut command = folder.command(&["head", "-n", "3", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || while stdin.write_all(line.as_bytes()).is_ok() {});
    let ran = Ran::from(child.wait_with_output().unwrap()).ends(0);
    feeder.join().unwrap();
    assert_eq!(ran.out, line.repeat(3));
    // A stream that ends is read whole, whatever its format.
    let parquet = folder.pipe(&["convert", "-", "--to", "parquet"], ROWS.as_bytes()).ends(0).bytes;
    assert_eq!(folder.pipe(&["head", "-n", "2", "-"], &parquet).ends(0).out.lines().count(), 2);
}

#[test]
fn count_adds_up() {
    let folder = Folder::new(&[("a.csv", ROWS), ("b.ndjson", NDJSON)]);
    folder.run(&["convert", "a.csv", "-o", "a.parquet"]).ends(0);
    assert_eq!(folder.run(&["count", "a.parquet"]).ends(0).out, "3\n");
    let ran = folder.run(&["count", "a.csv", "b.ndjson", "a.parquet", "-v"]).ends(0).says(&["b.ndjson: 3"]);
    assert_eq!(ran.out, "9\n");
}

#[test]
fn schemas_are_shown_in_every_language() {
    let folder = Folder::new(&[("a.csv", ROWS)]);
    let show = |language: &str| folder.run(&["schema", "show", "a.csv", "--as", language]).ends(0).out;
    assert!(show("arrow").contains("decimal128(3,2)"));
    let avro: serde_json::Value = serde_json::from_str(&show("avro")).unwrap();
    assert_eq!(avro["fields"][0]["name"], "id");
    assert!(show("proto").contains("optional int64 id = 1;"));
    let json: serde_json::Value = serde_json::from_str(&show("json-schema")).unwrap();
    assert_eq!(json["properties"]["id"]["maximum"], i64::MAX);
    // What was printed is read again.
    folder.write("a.avsc", &show("avro"));
    folder.write("a.proto", &show("proto"));
    assert!(show("parquet").starts_with("message a {\n  OPTIONAL INT64 id;\n"), "{}", show("parquet"));
    assert_eq!(
        show("ddl"),
        "CREATE TABLE \"a\" (\n  \"id\" BIGINT,\n  \"name\" VARCHAR,\n  \"price\" DECIMAL(3,2)\n);\n"
    );
    // What a language has no place for is told.
    folder.run(&["schema", "show", "a.csv", "--as", "ddl", "--columns", "id=float16"]).ends(0).says(&["S-TYPE (id)"]);
    assert!(folder.run(&["schema", "show", "a.avsc"]).ends(0).out.contains("decimal128(3,2)"));
    assert!(folder.run(&["schema", "show", "a.proto"]).ends(0).out.contains("int64"));
}

#[test]
fn a_given_schema_reads_and_writes() {
    let proto = "syntax = \"proto3\"; package shop;\nmessage Row { optional int32 id = 7; optional string name = 2; optional double price = 3; }\n";
    let folder = Folder::new(&[("a.csv", ROWS), ("p.proto", proto), ("broken.proto", "message {")]);
    folder.run(&["convert", "a.csv", "-o", "a.pb", "--schema", "p.proto"]).ends(0);
    let out = folder.run(&["cat", "a.pb", "--schema", "p.proto", "--message", "shop.Row"]).ends(0).out;
    assert_eq!(out.lines().next(), Some("{\"id\":1,\"name\":\"ann\",\"price\":1.5}"));
    folder.run(&["cat", "a.pb", "--from", "protobuf"]).ends(2).says(&["--schema"]);
    folder.run(&["cat", "a.csv", "--schema", "broken.proto"]).ends(5).says(&["broken.proto"]);
    folder.run(&["cat", "a.csv", "--schema", "missing.avsc"]).ends(9).says(&["missing.avsc"]);
    // A data file lends its schema; a container that has one of its own keeps it, and says so.
    folder.run(&["convert", "a.csv", "-o", "t.parquet", "--columns", "id=utf8"]).ends(0);
    let out = folder.run(&["cat", "a.csv", "--schema", "t.parquet"]).ends(0).out;
    assert!(out.starts_with("{\"id\":\"1\""), "{out}");
    let ran = folder.run(&["convert", "t.parquet", "-o", "u.ndjson", "--schema", "p.proto"]).ends(0);
    ran.says(&["parquet carries its own schema: p.proto has no effect"]);
    folder.run(&["convert", "a.csv", "-o", "v.avro", "--to-schema", "p.proto"]).ends(2).says(&[".avsc"]);
}

#[test]
fn columns_are_chosen_renamed_and_typed() {
    let folder = Folder::new(&[("a.csv", ROWS)]);
    let arguments =
        ["cat", "a.csv", "--select", "price,id", "--rename", "id=key", "--columns", "price=decimal(5,3),id=int8"];
    let out = folder.run(&arguments).ends(0).out;
    assert_eq!(out.lines().next(), Some("{\"price\":1.500,\"key\":1}"));
    assert_eq!(folder.run(&["head", "-n1", "a.csv", "--exclude", "name,price"]).ends(0).out, "{\"id\":1}\n");
}

#[test]
fn facts_for_machines() {
    let folder = Folder::new(&[("a.csv", ROWS), ("bad.csv", "a,b\n1\n")]);
    let ran = folder.run(&["convert", "a.csv", "-o", "a.avro", "--log-format", "json", "--report", "r.json"]).ends(0);
    let line: serde_json::Value = serde_json::from_str(ran.err.trim()).unwrap();
    let report: serde_json::Value = serde_json::from_str(&folder.read("r.json")).unwrap();
    for facts in [&line, &report] {
        assert_eq!(
            (&facts["records_in"], &facts["records_out"], &facts["rejected"]),
            (&3.into(), &3.into(), &0.into())
        );
        assert_eq!(facts["status"], "done");
    }
    let ran = folder.run(&["cat", "bad.csv", "--log-format", "json"]).ends(3);
    let line: serde_json::Value = serde_json::from_str(ran.err.trim()).unwrap();
    assert_eq!((&line["kind"], &line["exit"], &line["line"]), (&"malformed".into(), &3.into(), &2.into()));
}

#[test]
fn the_content_overrules_a_wrong_name() {
    let folder = Folder::new(&[("a.csv", ROWS)]);
    folder.run(&["convert", "a.csv", "-o", "a.avro"]).ends(0);
    std::fs::rename(folder.path("a.avro"), folder.path("wrong.csv")).unwrap();
    let ran = folder.run(&["cat", "wrong.csv"]).ends(0).says(&["note: wrong.csv holds avro"]);
    assert_eq!(ran.out, NDJSON);
}

#[test]
fn inspect_sizes_formats_completions_and_man() {
    let folder = Folder::new(&[("a.csv", ROWS)]);
    folder.run(&["convert", "a.csv", "-o", "a.parquet"]).ends(0);
    assert!(folder.run(&["inspect", "a.parquet"]).ends(0).out.contains("row groups"));
    let facts: serde_json::Value =
        serde_json::from_str(&folder.run(&["inspect", "--json", "a.parquet"]).ends(0).out).unwrap();
    assert_eq!(facts["rows"], 3);

    let sizes: serde_json::Value =
        serde_json::from_str(&folder.run(&["sizes", "a.csv", "--json"]).ends(0).out).unwrap();
    let rows = sizes["rows"].as_array().unwrap();
    for row in rows {
        assert_eq!(row["records"], 3, "{row}");
    }
    let of = |format: &str| rows.iter().find(|row| row["format"] == format && row["codec"] == "none").unwrap();
    assert_eq!(of("csv")["bytes"], ROWS.len());
    assert!(rows.iter().any(|row| row["best"] == true));
    let columns = ["sizes", "a.csv", "--by-column", "--formats", "csv,parquet"];
    let table = folder.run(&columns).ends(0).out;
    assert!(table.contains("bytes of each column, written alone"), "{table}");
    let json = folder.run(&[&columns[..], &["--json"]].concat()).ends(0).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    for column in json["columns"].as_array().unwrap() {
        assert!(column["bytes"]["csv"].as_u64().unwrap() > 0 && column["bytes"]["parquet"].as_u64().unwrap() > 0);
    }
    let svg = folder.run(&["sizes", "a.csv", "--svg", "--formats", "csv,avro"]).ends(0).out;
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n") && svg.contains(">avro zstd<"), "{svg}");
    let page = folder.run(&[&columns[..], &["--html"]].concat()).ends(0).out;
    assert!(page.starts_with("<!doctype html>") && page.contains("<svg") && page.contains("written alone"), "{page}");
    folder.run(&["sizes", "a.csv", "--svg", "--html"]).ends(2);
    let table = folder.run(&["sizes", "a.csv", "--csv", "--formats", "csv,avro"]).ends(0).out;
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    assert_eq!(&reader.headers().unwrap()[2], "bytes");
    assert!(reader.records().all(|row| row.unwrap()[3] == *"3"));

    let formats = folder.run(&["formats"]).ends(0).out;
    for name in ["csv", "json", "avro", "protobuf", "parquet", "arrow"] {
        assert!(formats.lines().any(|line| line.starts_with(name)), "{name}: {formats}");
        folder.run(&["formats", name]).ends(0);
    }
    for shell in ["bash", "zsh", "fish"] {
        assert!(folder.run(&["completions", shell]).ends(0).out.contains("fmtconv"));
    }
    assert!(folder.run(&["man", "convert"]).ends(0).out.contains(".TH"));
    folder.run(&["man", "nope"]).ends(2);
    folder.run(&[]).ends(2);
    folder.run(&["--version"]).ends(0);
    assert!(folder.run(&["convert", "--help"]).ends(0).out.contains("Examples:"));
}

#[test]
fn schemas_are_checked_with_exit_codes_and_formats() {
    let folder = Folder::new(&[
        ("old.avsc", r#"{"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}]}"#),
        ("wide.avsc", r#"{"type": "record", "name": "R", "fields": [{"name": "a", "type": "long"}]}"#),
        ("bad.avsc", r#"{"type": "record", "name": "R""#),
        ("protos.old/a/v1/m.proto", "syntax = \"proto3\";\npackage a.v1;\nmessage M {\n  int32 id = 1;\n}\n"),
        ("protos.new/a/v1/m.proto", "syntax = \"proto3\";\npackage a.v1;\nmessage M {\n  string id = 1;\n}\n"),
        ("x.proto", "syntax = \"proto3\";\nimport \"sub/y.proto\";\nmessage M { sub.Y y = 1; }\n"),
        ("sub/y.proto", "syntax = \"proto3\";\npackage sub;\nmessage Y {}\n"),
    ]);
    let check = |arguments: &[&str]| folder.run(&[&["schema", "check"], arguments].concat());
    check(&["old.avsc", "wide.avsc"]).ends(0);
    let forward = check(&["old.avsc", "wide.avsc", "--mode", "forward"]).ends(1);
    assert!(forward.out.contains("wide.avsc:1:"), "{}", forward.out);
    check(&["old.avsc", "wide.avsc", "old.avsc", "--mode", "backward-transitive"]).ends(1);
    check(&["old.avsc", "wide.avsc", "--rules", "nonsense"]).ends(2);
    check(&["old.avsc"]).ends(2);
    check(&["old.avsc", "bad.avsc"]).ends(3);
    check(&["x.proto", "x.proto"]).ends(0);
    // A text that both languages take is read as the one beside it.
    folder.write("a.json", r#"{"type": "string"}"#);
    folder.write("b.json", r#"{"type": "bytes"}"#);
    check(&["a.json", "b.json", "--rules", "confluent"]).ends(0);

    let json = check(&["protos.old", "protos.new", "--rules", "buf-wire", "--format", "json"]).ends(1);
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(value["compatible"], false);
    let finding = &value["findings"][0];
    let expected = serde_json::json!({
        "rule": "FIELD_WIRE_COMPATIBLE_TYPE", "severity": "error", "path": "a.v1.M.id", "file": "protos.new/a/v1/m.proto",
        "line": 4, "column": 3, "old": "int32", "new": "string",
        "message": "type of field id (1) changed from int32 to string", "hint": null,
        "against": ["protos.old"], "direction": "backward",
    });
    assert_eq!(*finding, expected);
    let github = check(&["protos.old", "protos.new", "--rules", "buf:FIELD_SAME_TYPE", "--format", "github"]);
    assert!(github.out.starts_with(
        "::error file=protos.new/a/v1/m.proto,line=4,col=3,endLine=4,endColumn=9,title=FIELD_SAME_TYPE::"
    ));
    for format in ["junit", "sarif"] {
        check(&["protos.old", "protos.new", "--format", format]).ends(1);
    }
}

#[test]
fn digest_is_the_same_whatever_holds_the_records() {
    let folder = Folder::new(&[("a.csv", ROWS)]);
    for file in ["a.parquet", "a.avro", "a.arrow", "a.ndjson"] {
        folder.run(&["convert", "a.csv", "-o", file, "--verify"]).ends(0).says(&["verified: 3 records, 0 differences"]);
    }
    let ran = folder.run(&["digest", "a.csv", "a.parquet", "a.avro", "a.arrow", "a.ndjson"]).ends(0);
    let lines: Vec<(&str, &str)> = ran.out.lines().map(|line| line.split_once("  ").unwrap()).collect();
    assert_eq!(lines.len(), 5);
    assert!(lines.iter().all(|(digest, _)| digest.starts_with("r1:") && *digest == lines[0].0), "{}", ran.out);
    assert_eq!(lines[1].1, "3  a.parquet");
    folder.write("b.csv", "id,name,price\n3,,3.00\n1,ann,1.50\n2,\"b, c\",2.25\n");
    assert_ne!(folder.run(&["digest", "b.csv"]).ends(0).out.split("  ").next().unwrap(), lines[0].0);
    let any = |file: &str| {
        let ran = folder.run(&["digest", "--any-order", "--json", file]).ends(0);
        serde_json::from_str::<serde_json::Value>(&ran.out).unwrap()["digest"].as_str().unwrap().to_owned()
    };
    assert!(any("a.avro").starts_with("m1:"));
    assert_eq!(any("a.avro"), any("b.csv"));
    let of = |columns: &str| folder.run(&["digest", "a.csv", "--select", columns]).ends(0).out;
    assert_eq!(of("id,price"), of("price,id"));
    assert_ne!(of("id,price"), of("id,name"));
    // A file that cannot be read does not hide the others.
    folder.write("bad.avro", "Obj\u{1}");
    let ran = folder.run(&["digest", "bad.avro", "a.avro"]).ends(3).says(&["bad.avro"]);
    assert!(ran.out.contains("a.avro"), "{}", ran.out);
}

#[test]
fn diff_tells_records_and_paths() {
    let folder = Folder::new(&[("a.csv", ROWS), ("b.csv", "id,name,price\n1,ann,1.5\n3,,3.25\n4,new,0.25\n")]);
    folder.run(&["convert", "a.csv", "-o", "a.avro"]).ends(0);
    let ran = folder.run(&["diff", "a.csv", "a.avro"]).ends(0).says(&["3 and 3 records: 3 equal"]);
    assert_eq!(ran.out, "");
    let ran = folder
        .run(&["diff", "a.avro", "b.csv", "--key", "id"])
        .ends(1)
        .says(&["1 equal, 1 changed, 1 removed, 1 added"]);
    let expected = "- record 2: {\"id\":2,\"name\":\"b, c\",\"price\":2.25}\n~ record 3 → 2, id=3\n    price: 3 → 3.25\n\
                    + record 3: {\"id\":4,\"name\":\"new\",\"price\":0.25}\n";
    let records: String =
        ran.out.lines().filter(|line| !line.starts_with("type ")).map(|line| format!("{line}\n")).collect();
    assert_eq!(records, expected);
    let ran = folder.run(&["diff", "a.avro", "b.csv", "--key", "id", "--json", "--limit", "1"]).ends(1);
    let lines: Vec<serde_json::Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = lines.last().unwrap();
    assert_eq!((last["kind"].as_str(), last["changed"].as_u64()), (Some("summary"), Some(1)));
    assert_eq!(lines.iter().filter(|line| line["kind"] == "removed").count(), 1);
    assert_eq!(lines.iter().filter(|line| line["kind"] == "changed").count(), 0);
    let quiet = folder.run(&["diff", "a.avro", "b.csv", "-q"]).ends(1);
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("", ""));
    folder.run(&["diff", "a.avro", "b.csv", "--key", "nope"]).ends(2).says(&["nope", "columns: id, name, price"]);
    folder.run(&["diff", "a.avro", "none.csv"]).ends(9);
}

#[test]
fn verify_lists_all_damage() {
    let folder = Folder::new(&[("a.csv", ROWS), ("bad.csv", "id,name\n1,a\n2\n3,c\n4,d,e\n")]);
    folder.run(&["convert", "a.csv", "-o", "a.parquet"]).ends(0);
    let ran = folder.run(&["verify", "a.csv", "a.parquet"]).ends(0);
    assert_eq!(ran.out, "a.csv: ok, 3 records\na.parquet: ok, 3 records\n");
    let ran = folder.run(&["verify", "bad.csv", "--from-opt", "infer=false"]).ends(1);
    assert!(
        ran.out.contains("damaged") && ran.out.contains("bad.csv:3: ") && ran.out.contains("bad.csv:5: "),
        "{}",
        ran.out
    );
    let ran = folder.run(&["verify", "a.parquet", "bad.csv", "--json"]).ends(1);
    let lines: Vec<serde_json::Value> = ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((lines[0]["status"].as_str(), lines[1]["status"].as_str()), (Some("ok"), Some("damaged")));
    folder.run(&["verify", "none.csv"]).ends(9);
}

#[test]
fn verify_of_a_conversion_goes_with_folders_and_streams() {
    let folder = Folder::new(&[("in/a.csv", ROWS), ("in/b.csv", ROWS)]);
    let run = ["convert", "in", "--out-dir", "out", "--to", "avro", "--verify", "--report", "report.json"];
    folder.run(&run).ends(0).says(&["verified: 6 records, 0 differences"]);
    let report: serde_json::Value = serde_json::from_str(&folder.read("report.json")).unwrap();
    assert_eq!(report["verified"]["records"], 6);
    let ran = folder.pipe(&["convert", "-", "--from", "csv", "--to", "csv", "--verify"], ROWS.as_bytes());
    let ran = ran.ends(0).says(&["verified: 3 records, 0 differences"]);
    assert_eq!(ran.out, ROWS);
    assert_eq!(folder.names().iter().filter(|name| name.contains(".part")).count(), 0);
}

#[test]
fn nulls_that_become_zeros_are_told_and_refused_when_strict() {
    let folder = Folder::new(&[
        ("m.proto", "syntax = \"proto3\";\nmessage M { int32 a = 1; optional int32 b = 2; repeated string r = 3; }\n"),
        ("n.ndjson", "{\"a\":null,\"b\":null,\"r\":null}\n"),
        ("v.ndjson", "{\"a\":null,\"b\":null,\"r\":[\"x\"]}\n{\"a\":1,\"b\":2,\"r\":[]}\n"),
    ]);
    let to = |input: &str, more: &[&str]| {
        folder.run(&[&["convert", input, "-o", "out.pb", "--to-schema", "m.proto", "--overwrite"][..], more].concat())
    };
    // Columns of nothing but nulls, and nulls among values.
    to("n.ndjson", &[]).ends(0).says(&["S-PRESENCE (a)", "S-NULL-LIST (r)"]);
    to("v.ndjson", &[]).ends(0).says(&["S-PRESENCE (a)"]);
    std::fs::remove_file(folder.path("out.pb")).unwrap();
    to("v.ndjson", &["--strict"]).ends(6).says(&["S-", "--allow"]);
    assert!(!folder.path("out.pb").exists());
    to("v.ndjson", &["--strict", "--allow", "S-PRESENCE,S-NULL-LIST,S-TYPE"]).ends(0);
}

#[test]
fn records_of_parquet_that_are_too_long_are_a_limit() {
    let long = format!("text\n{}\n", "x".repeat(5000));
    let folder = Folder::new(&[("a.csv", &long)]);
    folder.run(&["convert", "a.csv", "-o", "a.parquet", "--compression", "none"]).ends(0);
    folder.run(&["cat", "a.parquet", "--max-record-bytes", "4096"]).ends(7).says(&["limit", "--max-record-bytes"]);
    folder.run(&["cat", "a.parquet", "--max-record-bytes", "16384"]).ends(0);
}
