//! Rejected records as inputs: what a reject file holds is read again, after a schema or an option was corrected.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::error::{Error, Result};
use crate::format::{ReadOptions, Settings};
use crate::input::Input;
use crate::source::{Blob, Source};

/// A line of a reject file (see [`RejectFile`](crate::pipeline::aside::RejectFile)).
#[derive(Deserialize)]
struct Line {
    file: Option<String>,
    format: Option<String>,
    raw: Option<String>,
    base64: Option<String>,
    json: Option<IgnoredAny>,
    source: Option<Described>,
}

/// How the records of one source are read again.
#[derive(Clone, Default, Deserialize)]
struct Described {
    #[serde(default)]
    settings: HashMap<String, String>,
    head: Option<String>,
    head_base64: Option<String>,
    end: Option<String>,
    end_base64: Option<String>,
}

/// Lines that stand together, from one source.
struct Group {
    source: (Option<String>, String),
    from: u64,
    to: u64,
    first_line: u64,
    bytes: u64,
}

/// So many bytes of records are read at once; more are read as a stream.
const AT_ONCE: u64 = 16 << 20;

/// The records of a reject file as inputs, one for each source from which they came: in the format, the dialect and
/// with the header of that source. They are to be read with the options of the run that rejected them, which
/// `options` holds, but for what was wrong. None, if no record was rejected.
///
/// # Errors
/// `Malformed` with the line if it is not a reject file, or a record is not in it.
pub fn inputs(file: &Source, options: &ReadOptions) -> Result<Vec<Input>> {
    let located = |error: Error| error.in_source(file.name());
    let blob = file.blob().map_err(located)?;
    let (groups, described) = survey(&blob, options.limits.record_bytes_max).map_err(located)?;
    let alone = groups.len() == 1;
    let mut inputs = Vec::with_capacity(groups.len());
    for group in groups {
        let Some(how) = described.get(&group.source) else {
            let text = "the line that says how the records of this file are read is not there";
            return Err(located(Error::malformed(text).at_line(group.first_line))
                .with_hint("keep the first line of each source in a reject file"));
        };
        let name = match (&group.source.0, alone) {
            (Some(source), false) => format!("{} ({source})", file.name()),
            _ => file.name().to_string(),
        };
        let mut stream = Stream::new(&blob, &group, how, options.limits.record_bytes_max).map_err(located)?;
        let source = if group.bytes <= AT_ONCE {
            let mut bytes = Vec::new();
            let read = stream.read_to_end(&mut bytes);
            read.map_err(|error| located(crate::source::read_error(error, 0)))?;
            Source::bytes(&name, bytes)
        } else {
            Source::reader(&name, stream)
        };
        let mut options = options.clone();
        options.fixed = Settings::default();
        for (key, value) in &how.settings {
            options.fixed.set(key, value);
        }
        inputs.push(Input { source, format: Some(group.source.1), options });
    }
    Ok(inputs)
}

type Sources = HashMap<(Option<String>, String), Described>;

/// Which lines belong together, and what is said about each source.
fn survey(blob: &Blob, line_bytes_max: usize) -> Result<(Vec<Group>, Sources)> {
    let mut lines = Lines::new(blob, 0, blob.len(), line_bytes_max);
    let mut groups: Vec<Group> = Vec::new();
    let mut described = Sources::new();
    while let Some(line) = lines.next()? {
        let Some(format) = line.format else {
            let (at, file) = (lines.count - 1, line.file.unwrap_or_default());
            if line.json.is_some() {
                let text = "the rejected record could not be decoded, and has no bytes of its own to be read again";
                return Err(Error::usage(text)
                    .at_line(at)
                    .with_hint(format!("convert its file once more, with what was wrong corrected: {file}")));
            }
            return Err(Error::malformed("the rejected record is not in the file").at_line(at));
        };
        let source = (line.file, format);
        if let Some(how) = line.source {
            described.entry(source.clone()).or_insert(how);
        }
        let bytes = line.raw.as_ref().or(line.base64.as_ref()).map_or(0, String::len) as u64;
        match groups.last_mut().filter(|group| group.source == source) {
            Some(group) => {
                group.to = lines.byte;
                group.bytes += bytes;
            }
            None => {
                let (from, first_line) = (lines.began, lines.count - 1);
                groups.push(Group { source, from, to: lines.byte, first_line, bytes });
            }
        }
    }
    Ok((groups, described))
}

/// The lines of a part of a reject file.
struct Lines {
    input: BufReader<Box<dyn Read + Send>>,
    text: Vec<u8>,
    line_bytes_max: u64,
    /// Where the last line began, where the next one begins, and how many there were.
    began: u64,
    byte: u64,
    count: u64,
}

impl Lines {
    fn new(blob: &Blob, from: u64, to: u64, record_bytes_max: usize) -> Self {
        let input: Box<dyn Read + Send> = Box::new(blob.reader_at(from).take(to - from));
        // A byte takes six in JSON text at most.
        let line_bytes_max = (record_bytes_max as u64).saturating_mul(6).saturating_add(1 << 20);
        Lines { input: BufReader::new(input), text: Vec::new(), line_bytes_max, began: from, byte: from, count: 0 }
    }

    fn next(&mut self) -> Result<Option<Line>> {
        loop {
            self.text.clear();
            let read = (&mut self.input).take(self.line_bytes_max).read_until(b'\n', &mut self.text);
            let read = read.map_err(|error| crate::source::read_error(error, self.byte))?;
            if read == 0 {
                return Ok(None);
            }
            self.began = self.byte;
            self.byte += read as u64;
            self.count += 1;
            if self.text.trim_ascii().is_empty() {
                continue;
            }
            return match serde_json::from_slice(&self.text) {
                Ok(line) => Ok(Some(line)),
                Err(error) => Err(Error::malformed("not a line of a reject file")
                    .with_cause(error)
                    .at_line(self.count - 1)
                    .at_byte(self.began)),
            };
        }
    }
}

/// The bytes of a source made of rejected records.
struct Stream {
    lines: Lines,
    end: Arc<[u8]>,
    pending: Vec<u8>,
    at: usize,
}

impl Stream {
    fn new(blob: &Blob, group: &Group, how: &Described, record_bytes_max: usize) -> Result<Self> {
        let head = bytes(how.head.as_deref(), how.head_base64.as_deref())?;
        let end = bytes(how.end.as_deref(), how.end_base64.as_deref())?;
        let lines = Lines::new(blob, group.from, group.to, record_bytes_max);
        Ok(Stream { lines, end: end.into(), pending: head, at: 0 })
    }

    fn fill(&mut self) -> Result<bool> {
        let Some(line) = self.lines.next()? else { return Ok(false) };
        self.pending = bytes(line.raw.as_deref(), line.base64.as_deref())?;
        self.pending.extend_from_slice(&self.end);
        self.at = 0;
        Ok(true)
    }
}

fn bytes(text: Option<&str>, base64: Option<&str>) -> Result<Vec<u8>> {
    match (text, base64) {
        (Some(text), _) => Ok(text.as_bytes().to_vec()),
        (None, Some(base64)) => {
            STANDARD.decode(base64).map_err(|error| Error::malformed("a record is not valid base64").with_cause(error))
        }
        (None, None) => Ok(Vec::new()),
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.at == self.pending.len() {
            if !self.fill().map_err(std::io::Error::other)? {
                return Ok(0);
            }
        }
        let rest = &self.pending[self.at..];
        let n = rest.len().min(into.len());
        into[..n].copy_from_slice(&rest[..n]);
        self.at += n;
        Ok(n)
    }
}
