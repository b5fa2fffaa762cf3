//! The records of a slice, told apart without taking them apart: for runs that set bad records aside.

use std::sync::Arc;

use super::decode::Decoder;
use super::dialect::{BlankLine, Dialect, LineEnd};
use super::split::lines;
use crate::error::Result;
use crate::pipeline::{Again, Cut, CutRecord, Cutter, Slice};

impl Cutter for Decoder {
    fn cut(&self, slice: &Slice) -> Result<Cut> {
        let plan = self.plan();
        let dialect = &plan.dialect;
        let mut records = records(dialect, plan.names.len(), &slice.bytes);
        let mut at = 0;
        let mut count = 0;
        for record in &mut records {
            count += dialect.count_lines(&slice.bytes[at..record.start]);
            at = record.start;
            record.line = Some(count);
        }
        Ok(Cut {
            bytes: slice.bytes.clone(),
            decode: Arc::new(self.clone()),
            records,
            lines: dialect.count_lines(&slice.bytes),
            malformed_ends: true,
            again: again(dialect, &plan.header),
        })
    }
}

/// The records of `bytes`, which begin with one: by the rules of the tokenizer. A line that breaks the rules of quoting
/// ends where the cutter of chunks finds its end.
pub(super) fn records(dialect: &Dialect, columns: usize, bytes: &[u8]) -> Vec<CutRecord> {
    let blank_is_record = match dialect.blank_line {
        BlankLine::Auto => columns == 1,
        BlankLine::Skip => false,
        BlankLine::Record => true,
    };
    let mut out = Vec::new();
    let mut start = 0;
    for behind in lines(dialect, bytes) {
        let comment = dialect.comment.is_some_and(|comment| bytes[start] == comment);
        let blank = dialect.line_end_at(bytes, start) == behind - start;
        if !comment && (!blank || blank_is_record) {
            let end = start + without_line_end(dialect, &bytes[start..behind]);
            out.push(CutRecord { start, end, place: (start as u64, end as u64), line: None });
        }
        start = behind;
    }
    out
}

fn without_line_end(dialect: &Dialect, line: &[u8]) -> usize {
    let ends: &[&[u8]] = match dialect.line_end {
        LineEnd::Lf => &[b"\r\n", b"\n"],
        LineEnd::Any => &[b"\r\n", b"\n", b"\r"],
        LineEnd::Byte(byte) => return line.len() - usize::from(line.last() == Some(&byte)),
    };
    ends.iter().find_map(|end| line.strip_suffix(*end)).map_or(line.len(), <[u8]>::len)
}

/// With the header line, if the file has one, and the dialect that was found.
fn again(dialect: &Dialect, header: &[u8]) -> Again {
    let end = match dialect.line_end {
        LineEnd::Lf | LineEnd::Any => b'\n',
        LineEnd::Byte(byte) => byte,
    };
    let named = |byte: u8| match byte {
        b'\t' => "tab".to_owned(),
        b'\n' => "\\n".to_owned(),
        0 => "\\0".to_owned(),
        byte => char::from(byte).to_string(),
    };
    let line_end = match dialect.line_end {
        LineEnd::Lf => "lf".to_owned(),
        LineEnd::Any => "any".to_owned(),
        LineEnd::Byte(b'\r') => "cr".to_owned(),
        LineEnd::Byte(byte) => named(byte),
    };
    let mut head = header.to_vec();
    if head.last().is_some_and(|last| *last != end) {
        head.push(end);
    }
    let settings =
        vec![("delimiter", named(dialect.delimiter)), ("line-end", line_end), ("skip-lines", "0".to_owned())];
    Again { format: "csv", settings, head, end: vec![end] }
}
