//! The error type: who can fix it, where it happened, what was found, what to do.
//!
//! Shown as `in.csv:1203113: record 1203112, column "qty", byte 88213544: "12a" is not an int64`, then a
//! `hint:` line. Workers know positions relative to their chunk; the ordered point of the pipeline makes
//! them absolute, once, with [`Error::locate`].

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use crate::code::Code;
use crate::policy::Policy;

/// The result of everything that can fail in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Who can fix an error; also the exit code of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An output does not hold the records that were read (exit 1).
    Differs,
    /// Options that contradict each other or make no sense (exit 2).
    Usage,
    /// The input is not what its format says (exit 3).
    Malformed,
    /// A value does not fit the schema or the target; carries a [`Code`] (exit 4).
    Value,
    /// Schemas cannot be reconciled (exit 5).
    Schema,
    /// A loss known from schemas was refused (exit 6).
    Loss,
    /// A limit was reached: record size, depth, memory (exit 7).
    Limit,
    /// Not supported, or not in this build (exit 8).
    Unsupported,
    /// Reading or writing failed (exit 9).
    Io,
    /// A bug in fmtconv (exit 70).
    Internal,
}

impl ErrorKind {
    /// The exit code of the command line.
    pub fn exit_code(self) -> u8 {
        match self {
            ErrorKind::Differs => 1,
            ErrorKind::Usage => 2,
            ErrorKind::Malformed => 3,
            ErrorKind::Value => 4,
            ErrorKind::Schema => 5,
            ErrorKind::Loss => 6,
            ErrorKind::Limit => 7,
            ErrorKind::Unsupported => 8,
            ErrorKind::Io => 9,
            ErrorKind::Internal => 70,
        }
    }
}

/// Where in a source something happened. All numbers count from zero; messages show lines and records from one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Name of the source: a path, `-` for standard input.
    pub source: Option<Arc<str>>,
    /// Byte offset.
    pub byte: Option<u64>,
    /// Lines before it.
    pub line: Option<u64>,
    /// Characters before it in its line.
    pub character: Option<u64>,
    /// Records before it.
    pub record: Option<u64>,
    /// Path of the column: `order.items[].price`.
    pub column: Option<String>,
}

/// An error. One pointer wide.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    code: Option<Code>,
    message: String,
    origin: Origin,
    located: bool,
    ways: Option<Cow<'static, [Policy]>>,
    hint: Option<String>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of `kind`. `message`: lower-case, no trailing period, what was found and what was expected.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error(Box::new(Inner {
            kind,
            code: None,
            message: message.into(),
            origin: Origin::default(),
            located: false,
            ways: None,
            hint: None,
            cause: None,
        }))
    }

    /// Options make no sense.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }
    /// The input breaks the rules of its format.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Malformed, message)
    }
    /// A value does not fit; `code` is what `--allow` names.
    pub fn value(code: Code, message: impl Into<String>) -> Self {
        let mut error = Self::new(ErrorKind::Value, message);
        error.0.code = Some(code);
        error
    }
    /// Schemas cannot be reconciled.
    pub fn schema(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Schema, message)
    }
    /// A limit was reached.
    pub fn limit(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Limit, message)
    }
    /// Not supported.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }
    /// A bug.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }
    /// Reading or writing failed; `what` is lower-case: "cannot open", "cannot write".
    pub fn io(what: &str, cause: std::io::Error) -> Self {
        let missing = cause.kind() == std::io::ErrorKind::NotFound;
        let error = Self::new(ErrorKind::Io, what).with_cause(cause);
        let reads = ["cannot open", "cannot read"].iter().any(|verb| what.starts_with(verb));
        if missing && reads { error.with_hint("no such file; check the path") } else { error }
    }

    /// Adds the line that says what to do.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }
    /// Keeps the cause for [`StdError::source`]; its text is shown after the message.
    pub fn with_cause(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }
    /// Of a value that only these policies can alter where this arises, of all that its code takes elsewhere.
    pub fn with_ways(mut self, policies: impl Into<Cow<'static, [Policy]>>) -> Self {
        if self.0.ways.is_none() {
            self.0.ways = Some(policies.into());
        }
        self
    }
    /// Of a value that is taken as it stands or not at all: no policy alters it where this arises.
    pub fn as_it_stands(self) -> Self {
        self.with_ways(Vec::new())
    }
    /// The policies that can alter the value where this arises; `None`: all that its code takes.
    pub fn ways(&self) -> Option<&[Policy]> {
        self.0.ways.as_deref()
    }
    /// Names the source, and marks positions as absolute.
    pub fn in_source(mut self, source: impl Into<Arc<str>>) -> Self {
        self.0.origin.source = Some(source.into());
        self.0.located = true;
        self
    }
    /// Sets the record, counted from zero: in the chunk when decoding, in the records given to one `encode` call when encoding.
    pub fn at_record(mut self, record: u64) -> Self {
        self.0.origin.record = Some(record);
        self
    }
    /// Sets the number of line breaks before it (in its chunk).
    pub fn at_line(mut self, line: u64) -> Self {
        self.0.origin.line = Some(line);
        self
    }
    /// Sets the number of characters before it in its line: for texts that people write.
    pub fn at_character(mut self, character: u64) -> Self {
        self.0.origin.character = Some(character);
        self
    }
    /// Sets the byte offset (in its chunk).
    pub fn at_byte(mut self, byte: u64) -> Self {
        self.0.origin.byte = Some(byte);
        self
    }
    /// Takes the byte offset away: it counts in bytes that the reader of the message does not have.
    pub fn without_byte(mut self) -> Self {
        self.0.origin.byte = None;
        self
    }
    /// Puts `name` in front of the column path: called from the inside out while a nested error travels up.
    pub fn in_column(mut self, name: &str) -> Self {
        self.0.origin.column = Some(match self.0.origin.column.take() {
            None => name.to_owned(),
            Some(rest) if rest.starts_with('[') => format!("{name}{rest}"),
            Some(rest) => format!("{name}.{rest}"),
        });
        self
    }
    /// Adds `records`, `lines` and `bytes` to relative positions that are set.
    pub fn shifted(mut self, records: u64, lines: u64, bytes: u64) -> Self {
        if !self.0.located {
            let origin = &mut self.0.origin;
            origin.record = origin.record.map(|n| n + records);
            origin.line = origin.line.map(|n| n + lines);
            origin.byte = origin.byte.map(|n| n + bytes);
        }
        self
    }
    /// Makes relative positions absolute: `base` is where the chunk begins. Does nothing when called again.
    pub fn locate(mut self, base: &Origin) -> Self {
        if !self.0.located {
            self = self.shifted(base.record.unwrap_or(0), base.line.unwrap_or(0), base.byte.unwrap_or(0));
            self.0.located = true;
            self.0.origin.source = base.source.clone();
        }
        self
    }

    /// Who can fix it.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }
    /// The loss code, for [`ErrorKind::Value`] and [`ErrorKind::Loss`].
    pub fn code(&self) -> Option<Code> {
        self.0.code
    }
    /// Sets the loss code.
    pub fn with_code(mut self, code: Code) -> Self {
        self.0.code = Some(code);
        self
    }
    /// What was found and what was expected, without the place.
    pub fn message(&self) -> &str {
        &self.0.message
    }
    /// The message and its cause, without the place.
    pub fn text(&self) -> String {
        match &self.0.cause {
            None => self.0.message.clone(),
            Some(cause) => format!("{}: {cause}", self.0.message),
        }
    }
    /// Where it happened.
    pub fn origin(&self) -> &Origin {
        &self.0.origin
    }
    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { origin, message, code, cause, .. } = &*self.0;
        let mut place = String::new();
        if let Some(source) = &origin.source {
            // The name of a file may have any character; the place is one line.
            for c in source.chars() {
                match c.is_control() {
                    true => place.extend(c.escape_default()),
                    false => place.push(c),
                }
            }
            if let Some(line) = origin.line {
                place.push_str(&format!(":{}", line + 1));
                if let Some(character) = origin.character {
                    place.push_str(&format!(":{}", character + 1));
                }
            }
            place.push_str(": ");
        }
        let mut parts = Vec::new();
        if let (None, Some(line)) = (&origin.source, origin.line) {
            parts.push(format!("line {}", line + 1));
            parts.extend(origin.character.map(|character| format!("character {}", character + 1)));
        }
        if let Some(record) = origin.record {
            parts.push(format!("record {}", record + 1));
        }
        if let Some(column) = &origin.column {
            parts.push(format!("column {column:?}"));
        }
        if let Some(byte) = origin.byte {
            parts.push(format!("byte {byte}"));
        }
        if !parts.is_empty() {
            place.push_str(&parts.join(", "));
            place.push_str(": ");
        }
        write!(f, "{place}{message}")?;
        if let Some(cause) = cause {
            write!(f, ": {cause}")?;
        }
        if let Some(code) = code {
            write!(f, " [{code}]")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} error: {self}", self.0.kind)?;
        match &self.0.hint {
            Some(hint) => write!(f, " (hint: {hint})"),
            None => Ok(()),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.as_deref().map(|cause| cause as _)
    }
}

impl From<Error> for arrow_schema::ArrowError {
    fn from(error: Error) -> Self {
        arrow_schema::ArrowError::ExternalError(Box::new(error))
    }
}

impl From<arrow_schema::ArrowError> for Error {
    /// Gives back our own error if one travelled through Arrow, and takes others that came from outside for failures of
    /// what records are read from; anything else is unexpected, since every value is checked before Arrow sees it.
    fn from(error: arrow_schema::ArrowError) -> Self {
        match error {
            arrow_schema::ArrowError::ExternalError(inner) => match inner.downcast::<Error>() {
                Ok(ours) => *ours,
                Err(other) => Error::new(ErrorKind::Io, "cannot read").with_cause(other),
            },
            arrow_schema::ArrowError::IoError(_, error) => Error::io("cannot read", error),
            other => Error::internal("arrow").with_cause(other),
        }
    }
}
