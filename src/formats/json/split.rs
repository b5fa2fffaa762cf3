//! Where records end: lines, values one after the other, elements of one array.
//!
//! A raw newline cannot stand inside a JSON string, so it stands between two tokens; and inside a container two
//! neighbouring tokens always have a bracket, comma or colon between them or are one. So a newline behind the end of
//! a value and before the start of a value stands between two records: [`Values`] finds its cuts from behind, without
//! reading the block. Only where no such newline is found does it look at every byte.

use memchr::{memchr2, memrchr, memrchr_iter};

use super::options::Layout;
use super::splitter;
use crate::error::Result;
use crate::pipeline::Split;
use crate::pipeline::few::Few;
use crate::simd::{self, BLOCK, Find, Job, parity};

/// Cuts a text of that layout into chunks of so many objects, if they could be more than are harmless.
pub(super) fn few(layout: Layout, objects: usize, harmless: usize) -> Few {
    // Braces in texts and of objects inside count, too. The shortest object is `{}`.
    Few::new(splitter(layout), b'{', objects, harmless.saturating_mul(2))
}

/// One record a line.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Bytes in which there is no end of a line.
    seen: usize,
}

impl Split for Lines {
    fn split(&mut self, buf: &[u8], end: bool) -> Result<Option<usize>> {
        if end {
            return Ok(Some(buf.len()));
        }
        let cut = buf.get(self.seen..).and_then(|new| memrchr(b'\n', new)).map(|at| self.seen + at + 1);
        self.seen = if cut.is_some() { 0 } else { buf.len() };
        Ok(cut)
    }
}

/// Values one after the other, with or without blanks between them.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// Newlines before this are inside a value.
    newlines_seen: usize,
    scan: Scan,
    /// A number or literal outside of brackets goes on here.
    in_word: bool,
    /// Where the last whole value ends.
    cut: Option<usize>,
    /// Text that cannot be JSON: cut here, so that the decoder says what is wrong.
    broken: bool,
}

impl Split for Values {
    fn split(&mut self, buf: &[u8], end: bool) -> Result<Option<usize>> {
        if end {
            return Ok(Some(buf.len()));
        }
        let cut = self.newline_cut(buf).or_else(|| self.scanned_cut(buf));
        if cut.is_some() {
            *self = Values::default();
        }
        Ok(cut)
    }
}

impl Values {
    fn newline_cut(&mut self, buf: &[u8]) -> Option<usize> {
        // What follows the last token is not known yet.
        let tail = buf.len() - buf.iter().rev().take_while(|byte| is_blank(**byte)).count();
        let known = buf.get(self.newlines_seen..tail)?;
        for newline in memrchr_iter(b'\n', known) {
            let newline = self.newlines_seen + newline;
            let before = buf[..newline].iter().rev().find(|byte| !is_blank(**byte));
            let after = buf[newline..].iter().find(|byte| !is_blank(**byte));
            if before.is_some_and(|byte| ends_value(*byte)) && after.is_some_and(|byte| starts_value(*byte)) {
                return Some(newline + 1);
            }
        }
        self.newlines_seen = tail;
        None
    }

    fn scanned_cut(&mut self, buf: &[u8]) -> Option<usize> {
        let Values { scan, in_word, cut, broken, .. } = self;
        scan.run(buf, |event, at| {
            let word = matches!(event, Event::Byte(byte) if is_word(byte));
            if std::mem::replace(in_word, word) && !word {
                *cut = Some(at - 1);
            }
            match event {
                Event::Close | Event::Quote => *cut = Some(at),
                Event::Open(_) | Event::Comma => {}
                Event::Byte(byte) => *broken |= !(word || is_blank(byte) || BYTE_ORDER_MARK.contains(&byte)),
                Event::Unmatched => *broken = true,
            }
            !*broken
        });
        if *broken { Some(buf.len()) } else { *cut }
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Whether a byte is part of a number or literal.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')
}

fn ends_value(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'}' | b']' | b'"')
}

fn starts_value(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'{' | b'[' | b'"' | b'-')
}

/// Elements of one array; cut behind the commas between them. Any other document is one record.
#[derive(Debug, Default)]
pub(super) struct Elements {
    scan: Scan,
    state: State,
    /// Ends of elements, the last two: the last one may be too close to the end of the buffer.
    cuts: [usize; 2],
}

/// Where the array of records stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Before the first byte of the document.
    #[default]
    Before,
    /// Between its brackets.
    Inside,
    /// In a document that is not an array.
    Other,
    /// Behind the document.
    After,
    /// Text that cannot be JSON: cut here, so that the decoder says what is wrong.
    Broken,
}

impl Split for Elements {
    fn split(&mut self, buf: &[u8], end: bool) -> Result<Option<usize>> {
        if end {
            return Ok(Some(buf.len()));
        }
        let Elements { scan, state, cuts } = self;
        scan.run(buf, |event, at| {
            *state = match (*state, event) {
                (State::Before, Event::Open(b'[')) => State::Inside,
                (State::Before | State::After, Event::Byte(byte)) if is_blank(byte) => *state,
                (State::Before, Event::Byte(byte)) if BYTE_ORDER_MARK.contains(&byte) => State::Before,
                (State::Before, Event::Open(_) | Event::Byte(_)) => State::Other,
                (State::Before, Event::Quote) => State::After,
                (State::Inside, Event::Comma) => {
                    *cuts = [cuts[1], at];
                    State::Inside
                }
                (State::Inside | State::Other, Event::Close) => State::After,
                (State::Other, Event::Byte(_) | Event::Comma) => State::Other,
                _ => State::Broken,
            };
            *state != State::Broken
        });
        if *state == State::Broken {
            return Ok(Some(buf.len()));
        }
        // Something must be left behind the cut: it shows that the array goes on, or how it ends.
        let cut = cuts.iter().copied().rfind(|cut| 0 < *cut && *cut < buf.len());
        if cut.is_some() {
            *self = Elements { scan: Scan { depth: 1, ..Scan::default() }, state: State::Inside, cuts: [0; 2] };
        }
        Ok(cut)
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// What [`Scan`] finds.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A bracket that opens depth one.
    Open(u8),
    /// A bracket back to depth zero.
    Close,
    /// A closing bracket at depth zero.
    Unmatched,
    /// A comma at depth one.
    Comma,
    /// The end of a string at depth zero.
    Quote,
    /// Any other byte at depth zero.
    Byte(u8),
}

/// Reads strings and brackets; goes on where it stopped when more bytes come.
#[derive(Debug, Default)]
struct Scan {
    at: usize,
    depth: usize,
    in_string: bool,
}

impl Scan {
    /// Looks at the bytes of `buf` not seen before; `event` gets what it finds with the place behind it, and says
    /// whether to go on.
    fn run(&mut self, buf: &[u8], event: impl FnMut(Event, usize) -> bool) {
        simd::run(Search { scan: self, buf, event });
    }

    /// Looks at a block inside of brackets that has no backslashes; false if `event` says so.
    #[inline]
    fn block(&mut self, marks: &Marks, event: &mut impl FnMut(Event, usize) -> bool) -> bool {
        let start = self.at;
        // All bytes behind a quote up to the next one.
        let mut strings = parity(marks.quotes);
        if self.in_string {
            strings = !strings;
        }
        let (opens, closes) = (marks.opens & !strings, marks.closes & !strings);
        if self.depth > 1 + closes.count_ones() as usize {
            // Nothing here is at depth one.
            self.depth = self.depth + opens.count_ones() as usize - closes.count_ones() as usize;
        } else {
            let mut found = opens | closes | (marks.commas & !strings);
            while found != 0 {
                let bit = found & found.wrapping_neg();
                let behind = start + found.trailing_zeros() as usize + 1;
                found ^= bit;
                let mut what = None;
                if opens & bit != 0 {
                    self.depth += 1;
                } else if closes & bit != 0 {
                    self.depth -= 1;
                    what = (self.depth == 0).then_some(Event::Close);
                } else if self.depth == 1 {
                    what = Some(Event::Comma);
                }
                let goes_on = what.is_none_or(|what| event(what, behind));
                if !goes_on || self.depth == 0 {
                    (self.at, self.in_string) = (behind, false);
                    return goes_on;
                }
            }
        }
        self.in_string = strings >> 63 == 1;
        self.at = start + BLOCK;
        true
    }

    /// Looks at the next byte, or the rest of a string; false if there is none, or `event` says so.
    fn step(&mut self, buf: &[u8], event: &mut impl FnMut(Event, usize) -> bool) -> bool {
        if self.in_string {
            return self.string(buf) && (self.depth > 0 || event(Event::Quote, self.at));
        }
        let Some(&byte) = buf.get(self.at) else { return false };
        self.at += 1;
        let found = match byte {
            b'"' => {
                self.in_string = true;
                None
            }
            b'{' | b'[' => {
                self.depth += 1;
                (self.depth == 1).then_some(Event::Open(byte))
            }
            b'}' | b']' if self.depth == 0 => Some(Event::Unmatched),
            b'}' | b']' => {
                self.depth -= 1;
                (self.depth == 0).then_some(Event::Close)
            }
            b',' if self.depth == 1 => Some(Event::Comma),
            _ => (self.depth == 0).then_some(Event::Byte(byte)),
        };
        found.is_none_or(|found| event(found, self.at))
    }

    /// Goes behind the quote that ends the string; false if it is not there yet.
    fn string(&mut self, buf: &[u8]) -> bool {
        loop {
            let rest = buf.get(self.at..).unwrap_or_default();
            match memchr2(b'"', b'\\', rest) {
                None => {
                    self.at = buf.len();
                    return false;
                }
                Some(offset) if rest[offset] == b'"' => {
                    self.at += offset + 1;
                    self.in_string = false;
                    return true;
                }
                Some(offset) if offset + 1 < rest.len() => self.at += offset + 2,
                Some(offset) => {
                    // The escaped byte is not there yet.
                    self.at += offset;
                    return false;
                }
            }
        }
    }
}

/// [`Scan::run`], compiled for the CPU.
struct Search<'a, E> {
    scan: &'a mut Scan,
    buf: &'a [u8],
    event: E,
}

impl<E: FnMut(Event, usize) -> bool> Job for Search<'_, E> {
    type Out = ();

    #[inline(always)]
    fn run<F: Find>(self, find: F) {
        let Search { scan, buf, mut event } = self;
        loop {
            let ahead = buf.get(scan.at..).and_then(|rest| rest.first_chunk()).filter(|_| scan.depth > 0);
            let Some(block) = ahead else {
                if !scan.step(buf, &mut event) {
                    return;
                }
                continue;
            };
            let marks = Marks::of(find, block);
            if marks.backslashes == 0 {
                if !scan.block(&marks, &mut event) {
                    return;
                }
                continue;
            }
            let end = scan.at + BLOCK;
            while scan.at < end {
                if !scan.step(buf, &mut event) {
                    return;
                }
            }
        }
    }
}

/// Where the bytes stand that make the structure of JSON: a bit for each byte of a block.
struct Marks {
    quotes: u64,
    backslashes: u64,
    /// Brackets and braces.
    opens: u64,
    closes: u64,
    commas: u64,
}

impl Marks {
    #[inline(always)]
    fn of(find: impl Find, block: &[u8; BLOCK]) -> Self {
        Marks {
            quotes: find.any_of(block, [b'"']),
            backslashes: find.any_of(block, [b'\\']),
            opens: find.any_of(block, [b'{', b'[']),
            closes: find.any_of(block, [b'}', b']']),
            commas: find.any_of(block, [b',']),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn blocks_and_bytes_find_the_same(
            parts in prop::collection::vec(
                prop_oneof![
                    Just("[".to_owned()), Just("]".to_owned()), Just("{".to_owned()), Just("}".to_owned()),
                    Just(",".to_owned()), Just("\"a,]}\"".to_owned()), Just("\"".to_owned()), Just("\\\"".to_owned()),
                    Just("[[[[".to_owned()), Just("]]]]".to_owned()), "[ -~]{0,40}", "[a-z]{0,70}",
                ],
                0..60,
            ),
            first in 0_usize..300,
        ) {
            let text = format!("[{}", parts.concat());
            let all = text.as_bytes();
            let mut wanted = Vec::new();
            let mut bytes = Scan::default();
            while bytes.step(all, &mut |event, at| {
                wanted.push(format!("{event:?} {at}"));
                true
            }) {}
            let mut found = Vec::new();
            let mut blocks = Scan::default();
            for buf in [&all[..first.min(all.len())], all] {
                blocks.run(buf, |event, at| {
                    found.push(format!("{event:?} {at}"));
                    true
                });
            }
            prop_assert_eq!(found, wanted);
            prop_assert_eq!((blocks.at, blocks.depth, blocks.in_string), (bytes.at, bytes.depth, bytes.in_string));
        }
    }
}
