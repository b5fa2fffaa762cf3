//! Records of the usual shape, 64 bytes at a time: RFC 4180 with any delimiter and quote, as many fields as there are
//! columns, LF or CRLF behind each. Everything else is left to the exact tokenizer, which takes these records apart in
//! the same way: what is quoted where no quote may stand, what stands behind a closing quote, a CR alone, a line
//! without fields, a record of another length, the record that no line end closes.

use memchr::memchr;

use super::dialect::{Dialect, LineEnd, Trim};
use super::mask::{BLOCK, Equal, Job, block_at, parity, run};
use super::token::{FLAG, Rows, Span};

/// The bytes that mean something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks {
    delimiter: u8,
    quote: Option<u8>,
}

impl Marks {
    /// `None`: the dialect has rules that are not known here. One column has its own: a blank line is a record.
    pub(super) fn of(dialect: &Dialect, columns: usize) -> Option<Self> {
        let usual = dialect.escape.is_none()
            && dialect.comment.is_none()
            && dialect.line_end == LineEnd::Lf
            && dialect.trim == Trim::None
            && columns > 1;
        usual.then_some(Marks { delimiter: dialect.delimiter, quote: dialect.quote })
    }
}

/// Adds records from `at` on to `rows`, until it holds `rows_max`, or up to the first of another shape. The position
/// behind the last of them. `bytes` must be shorter than 2^31.
pub(super) fn fill(marks: Marks, bytes: &[u8], at: usize, rows_max: usize, rows: &mut Rows) -> usize {
    let had = rows.len();
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
    let mut copied = 0;
    let mut found = Some(first);
    while let Some(at) = found {
        out.extend_from_slice(text.get(copied..=at).unwrap_or_default());
        copied = at + 2;
        found = memchr(quote, text.get(copied..).unwrap_or_default()).map(|next| copied + next);
    }
    out.extend_from_slice(text.get(copied..).unwrap_or_default());
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
    fn run<E: Equal>(self, equal: E) -> Option<Found> {
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
            let delimiters = equal.mask(block, marks.delimiter) & there;
            let lines = equal.mask(block, b'\n') & there;
            let returns = equal.mask(block, b'\r') & there;
            let quotes = match marks.quote {
                Some(quote) => equal.mask(block, quote) & there,
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
                rows.starts.push(behind as u32);
                behind = base + records.trailing_zeros() as usize + 1;
                due += columns;
                records &= records - 1;
            }
            while opened != 0 {
                let before = (opened & opened.wrapping_neg()) - 1;
                quoted.push((rows.spans.len() + (fields & before).count_ones() as usize) as u32);
                opened &= opened - 1;
            }
            while fields != 0 {
                let end = (base + fields.trailing_zeros() as usize) as u32;
                rows.spans.push(Span { start, end });
                start = end + 1;
                fields &= fields - 1;
            }
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
