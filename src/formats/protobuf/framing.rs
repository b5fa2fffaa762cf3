//! How messages stand in a file, and what stands in front of each.

use std::sync::Arc;

use super::known::{self, Known};
use crate::column::bytes;
use crate::column::proto::wire::{Cursor, push_behind_length, push_varint, unzigzag, zigzag};
use crate::error::{Error, Result};
use crate::schema::proto::pool::Pool;

/// How messages stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Each behind its length, a varint.
    Delimited,
    /// The whole file is one.
    Single,
    /// Each behind a byte that says whether it is compressed and its length in four bytes, big-endian, as in gRPC.
    Grpc,
    /// Each behind its length in four bytes, big-endian.
    U32Be,
    /// Each behind its length in four bytes, little-endian.
    U32Le,
    /// Each a line of base64; an empty line is an empty message.
    Base64,
    /// Each a line of hex digits; an empty line is an empty message.
    Hex,
    /// The whole file is one, in the text format.
    Text,
    /// Each a line of the text format; an empty line is an empty message.
    TextLines,
}

impl Framing {
    /// By name, the default first.
    pub const NAMES: &'static [(&'static str, Framing)] = &[
        ("delimited", Framing::Delimited),
        ("single", Framing::Single),
        ("grpc", Framing::Grpc),
        ("u32be", Framing::U32Be),
        ("u32le", Framing::U32Le),
        ("base64", Framing::Base64),
        ("hex", Framing::Hex),
        ("text", Framing::Text),
        ("text-lines", Framing::TextLines),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Framing::NAMES.iter().find(|(_, framing)| *framing == self).map_or("", |(name, _)| name)
    }

    /// The error of a file in this framing that is read in the default one, because none was named.
    pub fn seen(self) -> Error {
        let name = self.name();
        Error::usage(format!("the bytes look like framing={name}, not like messages behind their lengths"))
            .with_hint(format!("add --from-opt framing={name}, or framing=delimited if they are"))
    }

    /// Whether each message is a line of text.
    pub fn is_lines(self) -> bool {
        matches!(self, Framing::Base64 | Framing::Hex | Framing::TextLines)
    }

    /// Whether the whole file is one message.
    pub fn is_one(self) -> bool {
        matches!(self, Framing::Single | Framing::Text)
    }

    /// Whether messages are in the text format.
    pub fn is_text(self) -> bool {
        matches!(self, Framing::Text | Framing::TextLines)
    }

    /// Bytes in front of the message at the start of `bytes`, and bytes of the message; `None` if the former are not
    /// all there. Not for lines, nor for a single message.
    ///
    /// # Errors
    /// Malformed: no length; `Unsupported`: a compressed message.
    pub fn prefix(self, bytes: &[u8]) -> Result<Option<(usize, u64)>> {
        let four = |from: usize| bytes.get(from..)?.first_chunk::<4>().copied();
        match self {
            Framing::Grpc => {
                match bytes.first() {
                    Some(0) | None => {}
                    Some(1) => {
                        return Err(Error::unsupported("a compressed gRPC message: how is not said in the file")
                            .with_hint("record the messages without compression"));
                    }
                    Some(flag) => {
                        return Err(Error::malformed(format!("found {flag}, expected the flag 0 of a gRPC message"))
                            .with_hint("is it the right framing? try --from-opt framing=delimited"));
                    }
                }
                Ok(four(1).map(|length| (5, u32::from_be_bytes(length).into())))
            }
            Framing::U32Be => Ok(four(0).map(|length| (4, u32::from_be_bytes(length).into()))),
            Framing::U32Le => Ok(four(0).map(|length| (4, u32::from_le_bytes(length).into()))),
            _ => {
                let mut length: u64 = 0;
                for (index, &byte) in bytes.iter().take(10).enumerate() {
                    length |= u64::from(byte & 0x7f) << (7 * index);
                    if byte < 0x80 {
                        return Ok(Some((index + 1, length)));
                    }
                }
                match bytes.len() {
                    0..10 => Ok(None),
                    _ => Err(Error::malformed("the length of a message is longer than 10 bytes")
                        .with_hint("is it the right framing? try --from-opt framing=single")),
                }
            }
        }
    }

    /// Steps over what stands in front of the message at the cursor; returns its length, which is there.
    ///
    /// # Errors
    /// Those of [`Framing::prefix`]; malformed if the message is cut off.
    pub fn length(self, cursor: &mut Cursor) -> Result<usize> {
        if self.is_one() {
            return Ok(cursor.left());
        }
        let start = cursor.position();
        let mut ahead = cursor.clone();
        // What is wrong with a length is told below.
        if self == Framing::Delimited
            && let Ok(length) = ahead.length()
        {
            *cursor = ahead;
            return Ok(length);
        }
        let mut ahead = cursor.clone();
        let Some((prefix, length)) = self.prefix(ahead.rest()).map_err(|error| error.at_byte(start as u64))? else {
            return Err(Error::malformed("the input ends inside the length of a message").at_byte(start as u64));
        };
        cursor.advance(prefix);
        match usize::try_from(length).ok().filter(|length| *length <= cursor.left()) {
            Some(length) => Ok(length),
            None => {
                let message = format!("a length of {length} bytes, but {} are left", cursor.left());
                Err(Error::malformed(message).at_byte(start as u64))
            }
        }
    }

    /// Steps over the message at the cursor, and returns the bytes that it is, or its line.
    ///
    /// # Errors
    /// Those of [`Framing::length`].
    pub fn skip<'a>(self, cursor: &mut Cursor<'a>) -> Result<&'a [u8]> {
        if self.is_lines() {
            return Ok(cursor.line());
        }
        let length = self.length(cursor)?;
        let start = cursor.position();
        cursor.advance(length);
        Ok(cursor.since(start))
    }

    /// Appends the message of a line to `out`.
    ///
    /// # Errors
    /// Malformed: not base64 or hex.
    pub fn decode_line(self, line: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let decoded = match self {
            Framing::Hex => bytes::parse_hex(line, out),
            _ => bytes::parse_base64(line, out),
        };
        decoded.map_err(|_| {
            Error::malformed(format!("the line is not {}", self.name()))
                .with_hint("is it the right framing? try --from-opt framing=delimited")
        })
    }

    /// Appends what `write` writes, framed. `width`: bytes that the length before took.
    pub fn push(self, out: &mut Vec<u8>, width: &mut usize, write: impl FnOnce(&mut Vec<u8>)) {
        match self {
            Framing::Delimited => *width = push_behind_length(out, *width, write),
            Framing::Single | Framing::Text => write(out),
            Framing::TextLines => {
                write(out);
                out.push(b'\n');
            }
            Framing::Grpc | Framing::U32Be | Framing::U32Le => {
                if self == Framing::Grpc {
                    out.push(0);
                }
                let start = out.len();
                out.extend_from_slice(&[0; 4]);
                write(out);
                // The encoder refuses longer messages.
                let length = u32::try_from(out.len() - start - 4).unwrap_or(u32::MAX);
                let length = if self == Framing::U32Le { length.to_le_bytes() } else { length.to_be_bytes() };
                out[start..start + 4].copy_from_slice(&length);
            }
            Framing::Base64 | Framing::Hex => {
                let mut message = Vec::new();
                write(&mut message);
                match self {
                    Framing::Hex => bytes::push_hex(out, &message),
                    _ => bytes::push_base64(out, &message),
                }
                out.push(b'\n');
            }
        }
    }
}

/// Another framing that the first bytes of a file show, if they are taken for messages behind varint lengths. `whole`:
/// there are no more bytes; `fits`: whether bytes are a message of the schema, with no field that it does not know;
/// `goes_on`: whether the whole file is in a framing, asked where its first bytes do not tell.
pub fn another(
    head: &[u8],
    whole: bool,
    fits: impl Fn(&[u8]) -> bool,
    goes_on: impl FnOnce(Framing) -> bool,
) -> Option<Framing> {
    let framing = looks_like(head, whole)?;
    if !Framing::Delimited.holds(head, whole, &fits) {
        return Some(framing);
    }
    // What the schema explains as delimited messages alone only happens to look so.
    let both = framing.holds(head, whole, &fits);
    // Four empty messages and one that is not are a frame of gRPC; what follows may be any length of another one.
    let one_frame = !whole && !framing.is_lines() && framing.frames(head).is_some_and(|frames| frames.complete < 2);
    (both && (!one_frame || goes_on(framing))).then_some(framing)
}

/// Frames that bytes begin with.
struct Frames {
    /// Those that are all there.
    complete: usize,
    /// Whether the start of another follows.
    more: bool,
}

/// The framing that the first bytes of a file show: of frames with fixed lengths, or of lines of text.
pub fn looks_like(head: &[u8], whole: bool) -> Option<Framing> {
    let blank = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
    let mut lines = head.split(blank).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    if first.len() >= 2 && head.iter().all(|byte| base64(byte) || blank(byte)) {
        let hex = first.len() % 2 == 0 && head.iter().all(|byte| byte.is_ascii_hexdigit() || blank(byte));
        return Some(if hex { Framing::Hex } else { Framing::Base64 });
    }
    [Framing::Grpc, Framing::U32Be, Framing::U32Le].into_iter().find(|framing| framing.explains(head, whole))
}

impl Framing {
    /// Whether the bytes are frames: two whole ones, or one and the start of another where the head of a file ends. One
    /// frame of gRPC is enough if it ends where the `whole` file ends.
    fn explains(self, head: &[u8], whole: bool) -> bool {
        self.frames(head).is_some_and(|frames| match frames.complete {
            0 => false,
            1 if whole => self == Framing::Grpc && !frames.more,
            1 => frames.more,
            _ => true,
        })
    }

    /// The frames that the bytes begin with. `None`: they are none, or one of them is empty: a zero length read as a
    /// varint is an empty message, so a few of those in front of a message must not look like a frame.
    fn frames(self, head: &[u8]) -> Option<Frames> {
        /// More than any head holds whole says nothing.
        const LENGTH_MAX: u64 = 1 << 24;
        let (mut rest, mut complete) = (head, 0);
        while !rest.is_empty() {
            let Some((prefix, length)) = self.prefix(rest).ok()? else { return Some(Frames { complete, more: true }) };
            let message = rest.get(prefix..).filter(|_| (1..LENGTH_MAX).contains(&length))?;
            // The first field of a message has a number and a wire type.
            if !message.is_empty() && Cursor::new(message).tag().is_err() {
                return None;
            }
            match message.get(length as usize..) {
                Some(behind) => rest = behind,
                None => return Some(Frames { complete, more: true }),
            }
            complete += 1;
        }
        Some(Frames { complete, more: false })
    }

    /// Whether the bytes are messages that fit, one of them not empty; the last one may be cut off unless they are the
    /// `whole` file.
    fn holds(self, head: &[u8], whole: bool, fits: impl Fn(&[u8]) -> bool) -> bool {
        let mut cursor = Cursor::new(head);
        let (mut found, mut line) = (false, Vec::new());
        while !cursor.is_done() {
            let Ok(bytes) = self.skip(&mut cursor) else { return found && !whole };
            let message = if self.is_lines() {
                line.clear();
                if self.decode_line(bytes, &mut line).is_err() {
                    // The last line may be cut off.
                    return found && !whole && cursor.is_done();
                }
                &line
            } else {
                bytes
            };
            if !fits(message) {
                return false;
            }
            found |= !message.is_empty();
        }
        found
    }
}

/// What stands in front of each message, inside its frame, in the wire format of Confluent's schema registry: a zero
/// byte, the id of the schema, and which message of the schema it is.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The id; when reading: the one that all must have, if one was given.
    pub id: Option<u32>,
    /// Index of the message in its file, then of the nested message in that.
    pub path: Vec<i64>,
    /// When reading with a folder of schemas: what becomes of each id but [`Envelope::id`].
    pub known: Option<Arc<Known>>,
}

impl Envelope {
    /// For a message of `pool`.
    ///
    /// # Errors
    /// `Schema` if the message is not in its file.
    pub fn new(pool: &Pool, message: usize, id: Option<u32>) -> Result<Envelope> {
        let path = pool.index_path(message).ok_or_else(|| Error::schema("the message is not in its file"))?;
        Ok(Envelope { id, path, known: None })
    }

    /// Steps over it.
    ///
    /// # Errors
    /// Malformed: it is not there; `Schema`: it is of another schema or message.
    pub fn read(&self, cursor: &mut Cursor) -> Result<()> {
        let start = cursor.position() as u64;
        let (id, path) = Envelope::parts(cursor)?;
        self.check(id, &path).map_err(|error| error.at_byte(start))
    }

    fn check(&self, id: u32, path: &[i64]) -> Result<()> {
        match (&self.known, self.id) {
            (Some(known), own) if own != Some(id) => return known.check(id, path),
            (None, Some(expected)) if expected != id => {
                return Err(Error::schema(format!("a message of schema {id}, expected {expected}")).with_hint(
                    "messages of several schemas are read with a folder of them: --schemas DIR; or set others aside: \
                     --rejects FILE",
                ));
            }
            _ => {}
        }
        if path != self.path { Err(known::other_message(path, &self.path)) } else { Ok(()) }
    }

    /// Steps over one; returns the id and the path.
    ///
    /// # Errors
    /// Malformed: it is not there.
    pub fn parts(cursor: &mut Cursor) -> Result<(u32, Vec<i64>)> {
        let start = cursor.position() as u64;
        let fail = |message: String| Error::malformed(message).at_byte(start);
        match cursor.peek_byte() {
            Some(0) => cursor.advance(1),
            Some(byte) => return Err(fail(format!("found byte 0x{byte:02x}, expected the zero of a schema id"))),
            None => return Err(fail("the message ends where its schema id should stand".to_owned())),
        }
        let id = u32::from_be_bytes(cursor.four()?.to_le_bytes());
        let count = unzigzag(cursor.varint()?);
        // No count is short for the first message.
        let path = match usize::try_from(count) {
            Ok(0) => vec![0],
            Ok(count) if count <= cursor.left() => {
                (0..count).map(|_| cursor.varint().map(unzigzag)).collect::<Result<Vec<_>>>()?
            }
            _ => return Err(fail(format!("a path of {count} message indexes"))),
        };
        Ok((id, path))
    }

    /// Appends it.
    pub fn push(&self, out: &mut Vec<u8>) {
        out.push(0);
        out.extend_from_slice(&self.id.unwrap_or_default().to_be_bytes());
        if self.path == [0] {
            return out.push(0);
        }
        push_varint(out, zigzag(self.path.len() as i64));
        for index in &self.path {
            push_varint(out, zigzag(*index));
        }
    }
}
