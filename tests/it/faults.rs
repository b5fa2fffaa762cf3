//! What fails, fails whole: one error of the right kind, and no output.

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex};

use fmtconv::{Convert, ErrorKind, Input, Output, Source};

use super::data::sample;
use super::files::{Kind, Proto, exec, kinds, target, write};

/// Fails behind `good` bytes.
struct Broken {
    bytes: Vec<u8>,
    at: usize,
    good: usize,
}

impl Read for Broken {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.good {
            return Err(io::Error::other("the cable was pulled"));
        }
        let n = out.len().min(self.good - self.at);
        out[..n].copy_from_slice(&self.bytes[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).expect("the folder is there").next().is_none()
}

fn named(name: &str) -> Kind {
    let kinds = kinds();
    kinds.iter().find(|kind| kind.name == name || kind.format.info().name == name).copied().unwrap_or(kinds[0])
}

#[test]
fn reader_that_fails_at_any_byte_leaves_no_output() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let batch = sample(3);
    for from in kinds() {
        let source = write(from, &batch).expect("the sample can be written");
        for good in 0..source.bytes.len() {
            let reader = Broken { bytes: source.bytes.clone(), at: 0, good };
            let input = source.input_from(Source::reader("broken", reader), Some(64));
            let output = Output::path(folder.path().join("out"));
            let outcome = Convert::new(input).to(target(named("json"), output, None)).exec(exec(2)).run();
            let Err(error) = outcome else { panic!("{}: byte {good} cannot be read, and nobody says so", from.name) };
            assert_eq!(error.kind(), ErrorKind::Io, "{}: byte {good}: {error}", from.name);
            assert!(error.to_string().contains("broken"), "{}: the source is not named: {error}", from.name);
            assert!(is_empty(folder.path()), "{}: byte {good} left an output", from.name);
        }
    }
}

#[test]
fn input_cut_off_at_any_byte_is_refused_or_whole_records() {
    let batch = sample(3);
    for from in kinds() {
        let source = write(from, &batch).expect("the sample can be written");
        for good in 0..source.bytes.len() {
            let input = source.input_from(Source::bytes("cut", source.bytes[..good].to_vec()), Some(64));
            let (output, memory) = Output::memory();
            match Convert::new(input).to(target(named("json"), output, None)).exec(exec(1)).run() {
                // A text ends where it ends: fewer records, none of them made up.
                Ok(report) => assert!(report.records_out <= 3, "{}: {report:?}", from.name),
                Err(error) => {
                    assert_ne!(error.kind(), ErrorKind::Internal, "{}: byte {good}: {error}", from.name);
                    assert!(memory.take().is_none(), "{}: byte {good}: an output was committed", from.name);
                }
            }
        }
    }
}

/// Takes `room` bytes, a few at a time.
#[derive(Clone)]
struct Full {
    taken: Arc<Mutex<Vec<u8>>>,
    room: usize,
}

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut taken = self.taken.lock().expect("no writer panics");
        if taken.len() >= self.room {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "no space left"));
        }
        let n = bytes.len().min(self.room - taken.len()).min(5);
        taken.extend_from_slice(&bytes[..n]);
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn writer_that_fails_at_any_byte_is_an_error() {
    let batch = sample(3);
    let source = write(named("arrow"), &batch).expect("the sample can be written");
    for to in kinds() {
        let definition = to.needs_definition().then(Proto::new);
        let run = |room: usize| {
            let full = Full { taken: Arc::default(), room };
            let output = Output::writer("full", full.clone());
            let target = target(to, output, definition.as_ref());
            let outcome = Convert::new(source.input(Some(64))).to(target).exec(exec(2)).run();
            (outcome, full.taken)
        };
        let (outcome, taken) = run(usize::MAX);
        outcome.unwrap_or_else(|error| panic!("{}: {error}", to.name));
        let size = taken.lock().expect("no writer panics").len();
        assert!(size > 0, "{} wrote nothing", to.name);
        for room in 0..size {
            let (outcome, _) = run(room);
            let Err(error) = outcome else { panic!("{}: byte {room} cannot be written, and nobody says so", to.name) };
            assert_eq!(error.kind(), ErrorKind::Io, "{}: byte {room}: {error}", to.name);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn full_disk_is_an_error() {
    let source = write(named("arrow"), &sample(3)).expect("the sample can be written");
    for to in kinds() {
        let definition = to.needs_definition().then(Proto::new);
        let target = target(to, Output::path("/dev/full").overwrite(true), definition.as_ref());
        let outcome = Convert::new(source.input(None)).to(target).exec(exec(2)).run();
        let Err(error) = outcome else { panic!("{}: a full disk is not noticed", to.name) };
        assert_eq!(error.kind(), ErrorKind::Io, "{}: {error}", to.name);
        assert!(error.to_string().contains("/dev/full"), "{}: {error}", to.name);
    }
}

#[test]
fn failed_run_leaves_the_folder_as_it_was() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let before = folder.path().join("before");
    std::fs::write(&before, "what was there").expect("a file can be written");
    let lines = "{\"a\":1}\n".repeat(500) + "{\"a\":}\n";
    for to in kinds() {
        for (name, overwrite) in [("before", true), ("after", false)] {
            let definition = to.needs_definition().then(Proto::new);
            let mut input = Input::with_format(Source::bytes("bad", lines.clone()), "json");
            input.options.schema = Some(Arc::new(arrow::datatypes::Schema::new(vec![arrow::datatypes::Field::new(
                "a",
                arrow::datatypes::DataType::Int64,
                true,
            )])));
            input.options.limits.chunk_bytes = 256;
            let output = Output::path(folder.path().join(name)).overwrite(overwrite);
            let outcome = Convert::new(input).to(target(to, output, definition.as_ref())).exec(exec(8)).run();
            let Err(error) = outcome else { panic!("{}: bad JSON is accepted", to.name) };
            assert_eq!(error.kind(), ErrorKind::Malformed, "{}: {error}", to.name);
            assert!(error.to_string().contains("bad:501:"), "{}: the line is not named: {error}", to.name);
            let left: Vec<_> = std::fs::read_dir(folder.path()).expect("the folder is there").flatten().collect();
            assert_eq!(left.len(), 1, "{}: left {left:?}", to.name);
            assert_eq!(std::fs::read_to_string(&before).expect("the file is there"), "what was there");
        }
    }
}

#[test]
fn existing_output_is_not_replaced_unless_allowed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("out");
    std::fs::write(&path, "what was there").expect("a file can be written");
    let source = write(named("arrow"), &sample(3)).expect("the sample can be written");
    for to in kinds() {
        let definition = to.needs_definition().then(Proto::new);
        let target = target(to, Output::path(&path), definition.as_ref());
        let error = Convert::new(source.input(None)).to(target).exec(exec(1)).run().expect_err("the output exists");
        assert_eq!(error.kind(), ErrorKind::Usage, "{}: {error}", to.name);
        assert_eq!(std::fs::read_to_string(&path).expect("the file is there"), "what was there");
    }
}
