//! What stands before the first record: byte order mark, header line, and what the first bytes say of the dialect.

use std::io::{Cursor, Read};

use arrow_schema::{DataType, Field};

use super::dialect::{Dialect, LineEnd};
use super::split::first_record;
use super::token::{Rows, Tokenizer};
use crate::code::Code;
use crate::column::repair::{Repair, refuse_utf16, repair};
use crate::error::{Error, Result};
use crate::format::{Limits, ReadOptions};
use crate::report::Report;
use crate::schema::type_text::{field_text, parse_field, same_type, type_text};

/// The bytes looked at to find the dialect.
const LOOK_BYTES: usize = 64 << 10;

/// The columns of a file and where its records begin.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// The dialect, with nothing left to find out.
    pub(super) dialect: Dialect,
    /// Names, unique and not empty.
    pub(super) names: Vec<String>,
    /// Those of the names that are not as they stand there.
    pub(super) renamed: Vec<String>,
    /// The names as they stand there; empty without header line.
    pub(super) written: Vec<String>,
    /// The same as bytes, with the line end.
    pub(super) line: Vec<u8>,
    /// Fields of the types that stand behind the names (`id:Int64`).
    pub(super) types: Vec<Field>,
    /// Bytes before the first record.
    pub(super) bytes: u64,
    /// Lines before the first record.
    pub(super) lines: u64,
    /// Notes.
    pub(super) report: Report,
    /// Whether the file begins with a byte order mark.
    pub(super) mark: bool,
}

/// Reads the header from `input`. What was read beyond it comes back in front of the rest.
///
/// # Errors
/// A header that is not a record or not UTF-8.
pub(super) fn read(
    mut input: Box<dyn Read + Send>,
    options: &ReadOptions,
    dialect: Dialect,
) -> Result<(Header, Box<dyn Read + Send>)> {
    let settings = &options.settings;
    let mut header = Header {
        dialect,
        names: Vec::new(),
        renamed: Vec::new(),
        written: Vec::new(),
        line: Vec::new(),
        types: Vec::new(),
        bytes: 0,
        lines: 0,
        report: Report::default(),
        mark: false,
    };
    let mut head = Head { buffer: Vec::new(), end: false };
    head.fill(&mut input, LOOK_BYTES)?;
    refuse_utf16(&head.buffer)?;
    let mut start = 0;
    if head.buffer.starts_with(b"\xef\xbb\xbf") {
        header.mark = true;
        start = 3;
    }
    if settings.get("line-end").is_none_or(|text| text == "auto") && !head.buffer.contains(&b'\n') {
        // Without a single LF, CR can only end lines.
        header.dialect.line_end = LineEnd::Any;
    }
    for _ in 0..settings.parse::<u64>("skip-lines", "a number of lines")?.unwrap_or(0) {
        let behind = head.line_behind(&mut input, &header.dialect, start, &options.limits)?;
        if behind == start {
            return Err(Error::malformed(format!("there are {} lines, all of which skip-lines skips", header.lines))
                .with_hint("skip fewer: --skip-lines N"));
        }
        start = behind;
        header.lines += 1;
    }
    if settings.get("delimiter").is_none_or(|text| text == "auto") {
        let found = detect_delimiter(&header.dialect, head.buffer.get(start..).unwrap_or_default(), head.end);
        if found != header.dialect.delimiter && header.dialect.quote != Some(found) {
            header.dialect.delimiter = found;
            header.report.note(Code::Dialect, format!("delimiter={}", char::from(found).escape_default()));
        }
    }
    let (from, to) = loop {
        let rest = head.buffer.get(start..).unwrap_or_default();
        match first_record(&header.dialect, rest, head.end) {
            Some((from, to)) => break (start + from, start + to),
            None if head.buffer.len() >= options.limits.record_bytes_max => return Err(too_long(&options.limits)),
            None => {
                let target = (head.buffer.len() * 2).clamp(LOOK_BYTES, options.limits.record_bytes_max);
                head.fill(&mut input, target)?;
            }
        }
    };
    let fields = fields(&header.dialect, &head.buffer[..to], from, &mut header.report)?;
    let behind = if settings.flag("header", true)? {
        header.written = fields.clone();
        header.line = head.buffer[from..to].to_vec();
        if settings.flag("header-types", false)? {
            (header.written, header.types) = split_types(&fields)?;
        }
        to
    } else {
        start
    };
    header.lines += header.dialect.count_lines(&head.buffer[start..behind]);
    header.bytes = behind as u64;
    (header.names, header.renamed) = names(&header.written, fields.len());
    let rest = head.buffer.split_off(behind);
    Ok((header, Box::new(Cursor::new(rest).chain(input))))
}

fn too_long(limits: &Limits) -> Error {
    Error::limit(format!("the header is longer than {} bytes", limits.record_bytes_max))
        .with_hint("raise the limit with --max-record-bytes")
}

struct Head {
    buffer: Vec<u8>,
    end: bool,
}

impl Head {
    fn fill(&mut self, input: &mut Box<dyn Read + Send>, target: usize) -> Result<()> {
        let have = self.buffer.len();
        let missing = target.saturating_sub(have) as u64;
        let read = input
            .take(missing)
            .read_to_end(&mut self.buffer)
            .map_err(|error| crate::source::read_error(error, have as u64))?;
        self.end |= (read as u64) < missing;
        Ok(())
    }

    /// Behind the line that begins at `start`.
    fn line_behind(
        &mut self,
        input: &mut Box<dyn Read + Send>,
        dialect: &Dialect,
        start: usize,
        limits: &Limits,
    ) -> Result<usize> {
        loop {
            let found = (start..self.buffer.len()).find(|at| dialect.line_end_at(&self.buffer, *at) > 0);
            match found {
                Some(at) => return Ok(at + dialect.line_end_at(&self.buffer, at)),
                None if self.end => return Ok(self.buffer.len()),
                None if self.buffer.len() >= limits.record_bytes_max => return Err(too_long(limits)),
                None => self.fill(input, self.buffer.len() * 2)?,
            }
        }
    }
}

/// The texts of the record of `bytes` that begins at `from`; none if it is empty.
fn fields(dialect: &Dialect, bytes: &[u8], from: usize, report: &mut Report) -> Result<Vec<String>> {
    let mut tokenizer = Tokenizer::new(dialect, 0);
    let mut rows = Rows::default();
    let mut at = from;
    tokenizer.check_utf8(bytes);
    tokenizer.fill(bytes, &mut at, 1, &mut rows)?;
    if rows.len() == 0 {
        return Ok(Vec::new());
    }
    let mut fields = Vec::with_capacity(rows.columns);
    for column in 0..rows.columns {
        let (text, _) = rows.text(bytes, 0, column).unwrap_or_default();
        let mut name = text.to_vec();
        // A name is text, also where columns of bytes are wanted.
        let how = if dialect.repair == Some(Repair::Latin1) { Repair::Latin1 } else { Repair::Replace };
        if repair(how, &mut name, 0) {
            report.note(Code::Utf8, format!("column {}", column + 1));
        }
        fields.push(String::from_utf8_lossy(&name).into_owned());
    }
    Ok(fields)
}

/// Names and types of fields like `id:Int64`.
fn split_types(fields: &[String]) -> Result<(Vec<String>, Vec<Field>)> {
    let mut names = Vec::with_capacity(fields.len());
    let mut types = Vec::with_capacity(fields.len());
    for field in fields {
        let Some((name, kind)) = split_type(field) else {
            return Err(Error::malformed(format!("{field:?} in the header has no type"))
                .with_hint("names are written like id:Int64; leave out --header-types if they hold no types"));
        };
        names.push(name.to_owned());
        types.push(kind);
    }
    Ok((names, types))
}

/// Name and type of a field like `id:Int64`: as Arrow prints types, or as `--columns` takes them.
fn split_type(field: &str) -> Option<(&str, Field)> {
    // Types contain colons too (time zones), so the first one behind which all is a type is taken.
    let first = |parse: fn(&str) -> Option<Field>| {
        field.match_indices(':').find_map(|(at, _)| Some((&field[..at], parse(&field[at + 1..])?)))
    };
    let of_arrow = |text: &str| Some(Field::new("", text.parse::<DataType>().ok()?, true));
    first(of_arrow).or_else(|| first(|text| parse_field("", text).ok()))
}

/// The name of a column with its type behind it, and whether the type is what reading that gives. If not, what is read
/// is the type without what it means, or text.
pub(super) fn typed_name(name: &str, field: &Field) -> (String, bool) {
    let data_type = field.data_type();
    let texts = [data_type.to_string(), field_text(field), type_text(data_type)];
    let as_text = format!("{name}:{}", DataType::Utf8);
    let mut nearest = None;
    for text in texts {
        let written = format!("{name}:{text}");
        let Some((_, read)) = split_type(&written).filter(|(known, _)| *known == name) else { continue };
        if same_type(&read, field) {
            return (written, true);
        }
        nearest.get_or_insert(written);
    }
    (nearest.unwrap_or(as_text), false)
}

/// Names for `count` columns: as written, but numbered where they are empty or were used before; and those.
pub(super) fn names(written: &[String], count: usize) -> (Vec<String>, Vec<String>) {
    let mut used: std::collections::HashSet<String> = written.iter().cloned().collect();
    let mut taken = std::collections::HashSet::new();
    let mut names = Vec::with_capacity(count);
    let mut renamed = Vec::new();
    // The number to try next for each name that came again.
    let mut next: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    for index in 0..count {
        let wanted = match written.get(index) {
            Some(name) if !name.is_empty() => {
                if taken.insert(name.clone()) {
                    names.push(name.clone());
                    continue;
                }
                name.clone()
            }
            _ => String::new(),
        };
        let number = next.entry(wanted.clone()).or_insert(2);
        if wanted.is_empty() {
            *number = if index == 0 { 1 } else { (*number).max(index + 1) };
        }
        let name = loop {
            let name = if wanted.is_empty() { format!("column_{number}") } else { format!("{wanted}_{number}") };
            if used.insert(name.clone()) {
                break name;
            }
            *number += 1;
        };
        if !written.is_empty() {
            renamed.push(name.clone());
        }
        names.push(name);
    }
    (names, renamed)
}

/// How many fields the first records of `head` have; `None` if they are broken.
fn field_counts(dialect: &Dialect, head: &[u8], end: bool) -> Option<Vec<usize>> {
    let mut counts = Vec::new();
    let mut at = 0;
    while at < head.len() && counts.len() < 100 {
        let Some((from, to)) = first_record(dialect, &head[at..], end) else { break };
        let mut rows = Rows::default();
        let mut from = at + from;
        at += to;
        Tokenizer::new(dialect, 0).fill(&head[..at], &mut from, 1, &mut rows).ok()?;
        if rows.len() > 0 {
            counts.push(rows.columns);
        }
    }
    Some(counts)
}

/// Whether the first records of `head` have equally many fields, more than one.
pub(super) fn is_table(dialect: &Dialect, head: &[u8], end: bool) -> bool {
    field_counts(dialect, head, end)
        .is_some_and(|counts| counts.first().is_some_and(|first| *first > 1 && counts.iter().all(|n| n == first)))
}

/// The delimiter of the file that begins with `head`: the comma if the first record has one; else the one of `;`, tab
/// and `|` that cuts all records of `head` into equally many fields, the most; else the comma.
pub(super) fn detect_delimiter(dialect: &Dialect, head: &[u8], end: bool) -> u8 {
    let counts = |delimiter: u8| -> Option<Vec<usize>> {
        if [dialect.quote, dialect.comment, dialect.escape].contains(&Some(delimiter)) {
            return None;
        }
        field_counts(&Dialect { delimiter, lenient: true, ..dialect.clone() }, head, end)
    };
    if counts(b',').is_some_and(|counts| counts.first().is_some_and(|first| *first > 1)) {
        return b',';
    }
    let mut best = (1, b',');
    for delimiter in [b';', b'\t', b'|'] {
        if let Some(counts) = counts(delimiter)
            && let Some(first) = counts.first()
            && *first > best.0
            && counts.iter().all(|count| count == first)
        {
            best = (*first, delimiter);
        }
    }
    best.1
}
