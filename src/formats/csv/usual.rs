//! Records of the usual shape, 64 bytes at a time: where they end, and where their fields lie.
//!
//! The usual shape is RFC 4180 with any delimiter and quote, as many fields as there are
//! columns, LF or CRLF behind each. Everything else is left to the exact tokenizer, which takes these records apart in
//! the same way: what is quoted where no quote may stand, what stands behind a closing quote, a CR alone, a line
//! without fields, a record of another length, the record that no line end closes.

use memchr::memchr;

use super::dialect::{Dialect, LineEnd, Trim};
use super::token::{FLAG, Rows, Span};
use crate::simd::word::{ONES, zeros};
use crate::simd::{BLOCK, Find, Job, block_at, parity, run};

/// The bytes that mean something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks {
    delimiter: u8,
    quote: Option<u8>,
}

impl Marks {
    /// `None`: the dialect has rules that are not known here.
    pub(super) fn of(dialect: &Dialect) -> Option<Self> {
        let usual = dialect.escape.is_none()
            && dialect.comment.is_none()
            && dialect.line_end == LineEnd::Lf
            && dialect.trim == Trim::None;
        usual.then_some(Marks { delimiter: dialect.delimiter, quote: dialect.quote })
    }
}

/// How far lines were told apart, and what is known there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines {
    /// Bytes looked at.
    pub(super) at: usize,
    /// All bits if `at` lies inside quotes.
    inside: u64,
    /// 1 if the byte before `at` ends a field, or is a quote.
    edge: u64,
}

impl Lines {
    /// At the start of a record.
    pub(super) const START: Lines = Lines { at: 0, inside: 0, edge: 1 };
}

/// Goes on to the end of `bytes`: behind the last line end outside quotes, if there is one, and whether a quote stands
/// where none may open a field: what follows is then not known, and `lines` means nothing any more.
pub(super) fn last_line(marks: Marks, bytes: &[u8], lines: &mut Lines) -> (Option<usize>, bool) {
    run(LastLine { marks, bytes, lines })
}

struct LastLine<'a> {
    marks: Marks,
    bytes: &'a [u8],
    lines: &'a mut Lines,
}

impl Job for LastLine<'_> {
    type Out = (Option<usize>, bool);

    #[inline(always)]
    fn run<F: Find>(self, find: F) -> Self::Out {
        let LastLine { marks, bytes, lines } = self;
        let Lines { mut at, mut inside, mut edge } = *lines;
        let mut last = None;
        let mut room = [0; BLOCK];
        while at < bytes.len() {
            let (block, there) = block_at(bytes, at, &mut room);
            let count = there.count_ones() as usize;
            let ends = find.any_of(block, [b'\n']) & there;
            let quotes = marks.quote.map_or(0, |quote| find.any_of(block, [quote]) & there);
            let mut outside = ends & !inside;
            if quotes != 0 {
                let within = parity(quotes) ^ inside;
                let edges = ends | quotes | (find.any_of(block, [marks.delimiter]) & there);
                let odd = quotes & within & !(edges << 1 | edge);
                outside = ends & !within;
                if odd != 0 {
                    outside &= (odd & odd.wrapping_neg()) - 1;
                }
                if outside != 0 {
                    last = Some(at + BLOCK - outside.leading_zeros() as usize);
                }
                if odd != 0 {
                    return (last, true);
                }
                inside = (within.cast_signed() >> 63).cast_unsigned();
            } else if outside != 0 {
                last = Some(at + BLOCK - outside.leading_zeros() as usize);
            }
            let before = block[count - 1];
            edge = u64::from(before == b'\n' || before == marks.delimiter || Some(before) == marks.quote);
            at += count;
        }
        *lines = Lines { at, inside, edge };
        (last, false)
    }
}

/// Adds records from `at` on to `rows`, until it holds `rows_max`, or up to the first of another shape. The position
/// behind the last of them. `bytes` must be shorter than 2^31.
pub(super) fn fill(marks: Marks, bytes: &[u8], at: usize, rows_max: usize, rows: &mut Rows) -> usize {
    let had = rows.len();
    if had == 0 {
        // Room that is not used is never touched.
        rows.spans.reserve((bytes.len() / 4).min(rows_max.saturating_mul(rows.columns)) + BLOCK);
        rows.starts.reserve((bytes.len() / 8).min(rows_max) + BLOCK);
    }
    let Some(Found { behind, quoted, any_cr }) = run(Fill { marks, bytes, at, rows_max, rows }) else { return at };
    let columns = rows.columns;
    if any_cr {
        for last in rows.spans[had * columns..].iter_mut().skip(columns - 1).step_by(columns) {
            let cr = last.end > last.start && bytes[last.end as usize - 1] == b'\r';
            last.end -= u32::from(cr);
        }
    }
    let quote = marks.quote.unwrap_or_default();
    for index in quoted {
        let Some(span) = rows.spans.get_mut(index as usize) else { break };
        // The field begins and ends with a quote.
        let inside = bytes.get(span.start as usize + 1..span.end as usize - 1).unwrap_or_default();
        *span = match memchr(quote, inside) {
            None => Span { start: (span.start + 1) | FLAG, end: span.end - 1 },
            Some(first) => {
                let start = rows.arena.len() as u32;
                push_single(&mut rows.arena, inside, first, quote);
                Span { start: start | FLAG, end: rows.arena.len() as u32 | FLAG }
            }
        };
    }
    behind
}

/// Appends `text` with one quote for each two, the first of which stands at `first`.
fn push_single(out: &mut Vec<u8>, text: &[u8], first: usize, quote: u8) {
    let (head, mut rest) = text.split_at(first);
    out.reserve(text.len() + 8);
    out.extend_from_slice(head);
    let needle = ONES * u64::from(quote);
    while let Some(eight) = rest.first_chunk::<8>() {
        let quotes = zeros(u64::from_le_bytes(*eight) ^ needle);
        // All eight bytes go, and those behind the first quote come back: cheaper than a copy of another length.
        let end = out.len();
        out.extend_from_slice(eight);
        if quotes == 0 {
            rest = &rest[8..];
        } else {
            let at = quotes.trailing_zeros() as usize / 8;
            out.truncate(end + at + 1);
            rest = rest.get(at + 2..).unwrap_or_default();
        }
    }
    while let [byte, behind @ ..] = rest {
        out.push(*byte);
        rest = if *byte == quote { behind.get(1..).unwrap_or_default() } else { behind };
    }
}

/// Appends the fields that end where `fields` has bits, in the block from `base` on; the first begins at `start`, which
/// becomes where the next one does. Eight at a time, however many there are: as many turns as fields would be a branch
/// that nobody guesses.
#[inline(always)]
fn push_spans(spans: &mut Vec<Span>, fields: u64, base: u32, start: &mut u32) {
    let len = spans.len() + fields.count_ones() as usize;
    let (mut rest, mut from) = (fields, *start);
    loop {
        spans.extend((0..8).map(|_| {
            let span = Span { start: from, end: base + rest.trailing_zeros() };
            from = span.end + 1;
            rest &= rest.wrapping_sub(1);
            span
        }));
        if rest == 0 {
            break;
        }
    }
    spans.truncate(len);
    // Behind the last end. Those that were too many began elsewhere.
    *start = if fields == 0 { *start } else { base + BLOCK as u32 - fields.leading_zeros() };
}

struct Fill<'a> {
    marks: Marks,
    bytes: &'a [u8],
    at: usize,
    rows_max: usize,
    rows: &'a mut Rows,
}

struct Found {
    /// Behind the last whole record.
    behind: usize,
    /// Fields that begin with a quote, by the index of their span; maybe more of them than there are spans.
    quoted: Vec<u32>,
    /// Whether there is a CR, and so an LF behind each.
    any_cr: bool,
}

impl Job for Fill<'_> {
    type Out = Option<Found>;

    #[inline(always)]
    fn run<F: Find>(self, find: F) -> Option<Found> {
        let Fill { marks, bytes, at, rows_max, rows } = self;
        let columns = rows.columns;
        let had = rows.len();
        let mut quoted = Vec::new();
        let mut room = [0; BLOCK];
        let mut base = at;
        let mut start = at as u32;
        let mut behind = at;
        // How many spans there are at the end of the record.
        let mut due = rows.spans.len() + columns;
        // Of the byte before the block: all bits if it lies inside quotes; the lowest bit if it ends a field or is a
        // quote, if it is a quote, if it closes a field, if it is a CR.
        let (mut inside, mut edge, mut after_quote, mut closed, mut cr) = (0_u64, 1_u64, 0_u64, 0_u64, 0_u64);
        let mut any_cr = 0;
        let mut usual = true;
        while usual && base < bytes.len() && rows.len() < rows_max && rows.spans.len() < due {
            let (block, there) = block_at(bytes, base, &mut room);
            let delimiters = find.any_of(block, [marks.delimiter]) & there;
            let lines = find.any_of(block, [b'\n']) & there;
            let returns = find.any_of(block, [b'\r']) & there;
            let quotes = match marks.quote {
                Some(quote) => find.any_of(block, [quote]) & there,
                None => 0,
            };
            let ends = delimiters | lines;
            let mut odd = (returns << 1 | cr) & !lines;
            let mut opened = 0;
            let within = if quotes | closed == 0 {
                (edge, after_quote, closed) = (ends >> 63, 0, 0);
                inside
            } else {
                let within = parity(quotes) ^ inside;
                let (opens, closes) = (quotes & within, quotes & !within);
                opened = opens & !(quotes << 1 | after_quote);
                odd |= opens & !((ends | quotes) << 1 | edge);
                odd |= (closes << 1 | closed) & !(ends | quotes | returns);
                (edge, after_quote, closed) = ((ends | quotes) >> 63, quotes >> 63, closes >> 63);
                within
            };
            inside = (within.cast_signed() >> 63).cast_unsigned();
            cr = returns >> 63;
            any_cr |= returns;
            odd &= there;
            let mut fields = ends & !within;
            let mut records = lines & !within;
            if odd != 0 {
                let before = (odd & odd.wrapping_neg()) - 1;
                fields &= before;
                records &= before;
                usual = false;
            }
            while records != 0 {
                let upto = records ^ (records - 1);
                if rows.spans.len() + (fields & upto).count_ones() as usize != due {
                    usual = false;
                    break;
                }
                let end = base + records.trailing_zeros() as usize;
                // In a file of one column: whether a blank line is a record is not decided here.
                if columns == 1 && (end == behind || (end == behind + 1 && bytes[behind] == b'\r')) {
                    usual = false;
                    break;
                }
                rows.starts.push(behind as u32);
                behind = end + 1;
                due += columns;
                records &= records - 1;
            }
            while opened != 0 {
                let before = (opened & opened.wrapping_neg()) - 1;
                quoted.push((rows.spans.len() + (fields & before).count_ones() as usize) as u32);
                opened &= opened - 1;
            }
            push_spans(&mut rows.spans, fields, base as u32, &mut start);
            base += BLOCK;
        }
        if rows.starts.len() > rows_max {
            behind = rows.starts[rows_max] as usize;
            rows.starts.truncate(rows_max);
        }
        rows.spans.truncate(rows.len() * columns);
        (rows.len() > had).then_some(Found { behind, quoted, any_cr: any_cr != 0 })
    }
}
