//! The dialect: which bytes separate, quote, escape, end lines, and stand for null. The same for reading and writing.

use crate::column::repair::Repair;
use crate::error::{Error, Result};
use crate::format::Settings;

/// What ends a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnd {
    /// LF or CRLF. A CR elsewhere is data.
    Lf,
    /// LF, CRLF or CR.
    Any,
    /// One byte of choice.
    Byte(u8),
}

/// What a line without a single byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlankLine {
    /// Null in files of one column; skipped in others, where no record can look like that.
    Auto,
    /// Nothing.
    Skip,
    /// A record of nulls in files of one column, an error in others.
    Record,
}

/// What happens to records with too few or too many fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ragged {
    /// Missing fields are null, counted as `S-MISSING`.
    pub pad: bool,
    /// Fields too many are dropped, counted as `V-EXTRA-KEY`.
    pub truncate: bool,
}

/// Which spaces and tabs around fields are no data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trim {
    /// None: all are data.
    #[default]
    None,
    /// Those before a field, quoted or not.
    Leading,
    /// Those before and behind a field.
    Both,
}

/// Which bytes mean what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Between fields.
    pub delimiter: u8,
    /// Around fields; doubled inside.
    pub quote: Option<u8>,
    /// Inside quotes: the next byte is data.
    pub escape: Option<u8>,
    /// A line that begins with it is skipped.
    pub comment: Option<u8>,
    /// After records.
    pub line_end: LineEnd,
    /// Unquoted fields that are null; `None`: the empty one, and `\N` in files of one column.
    pub null: Option<Vec<Vec<u8>>>,
    /// Further unquoted fields that are null when reading.
    pub more_nulls: Vec<Vec<u8>>,
    /// What becomes of text that is not UTF-8; `None`: it is refused.
    pub repair: Option<Repair>,
    /// Lines without a byte.
    pub blank_line: BlankLine,
    /// Records of another length.
    pub ragged: Ragged,
    /// Whether spaces and tabs at the start of fields, and at the end of those without quotes, are no data.
    pub trim: Trim,
    /// Whether text behind a closing quote is data.
    pub lenient: bool,
    /// Whether a quote inside an unquoted field is an error. It can only be data, and all readers take it so.
    pub strict: bool,
}

/// The null of one-column files, where an empty line could get lost.
pub const NULL_OF_ONE: &[u8] = b"\\N";

impl Default for Dialect {
    fn default() -> Self {
        Dialect {
            delimiter: b',',
            quote: Some(b'"'),
            escape: None,
            comment: None,
            line_end: LineEnd::Lf,
            null: None,
            more_nulls: Vec::new(),
            repair: None,
            blank_line: BlankLine::Auto,
            ragged: Ragged::default(),
            trim: Trim::None,
            lenient: false,
            strict: false,
        }
    }
}

impl Dialect {
    /// The dialect that settings describe. `delimiter=auto` and `line-end=auto` leave the default.
    ///
    /// # Errors
    /// `Usage`: unknown values, and bytes with two meanings.
    pub fn from_settings(settings: &Settings) -> Result<Self> {
        let mut dialect = Dialect::default();
        if settings.get("delimiter").is_some_and(|text| text != "auto") {
            dialect.delimiter = settings.byte("delimiter")?.unwrap_or(b',');
        }
        match settings.get("quote") {
            Some("none") => dialect.quote = None,
            _ => dialect.quote = settings.byte("quote")?.or(dialect.quote),
        }
        dialect.escape = settings.byte("escape")?.filter(|escape| Some(*escape) != dialect.quote);
        dialect.comment = settings.byte("comment")?;
        dialect.line_end = match settings.get("line-end") {
            None | Some("auto" | "lf" | "crlf") => LineEnd::Lf,
            Some("any") => LineEnd::Any,
            Some("cr") => LineEnd::Byte(b'\r'),
            Some(_) => match settings.byte("line-end")? {
                Some(b'\n') | None => LineEnd::Lf,
                Some(byte) => LineEnd::Byte(byte),
            },
        };
        let tokens =
            |name| settings.get(name).map(|text| text.split('|').map(|token| token.as_bytes().to_vec()).collect());
        dialect.null = tokens("null-token");
        dialect.more_nulls = tokens("null-values").unwrap_or_default();
        dialect.repair = settings.choice("invalid-utf8", &Repair::NAMES)?.flatten();
        dialect.blank_line = match settings.get("blank-lines") {
            None | Some("auto") => BlankLine::Auto,
            Some("skip") => BlankLine::Skip,
            Some("record") => BlankLine::Record,
            Some(other) => {
                return Err(Error::usage(format!("blank-lines={other}: expected auto, skip or record")));
            }
        };
        for policy in settings.get("ragged").unwrap_or("error").split(',') {
            match policy {
                "error" => {}
                "pad" => dialect.ragged.pad = true,
                "truncate" => dialect.ragged.truncate = true,
                other => {
                    return Err(Error::usage(format!("ragged={other}: expected error, pad, truncate or pad,truncate")));
                }
            }
        }
        let trims = [("none", Trim::None), ("leading", Trim::Leading), ("both", Trim::Both)];
        dialect.trim = settings.choice("trim", &trims)?.unwrap_or_default();
        dialect.lenient = settings.flag("lenient", false)?;
        dialect.strict = settings.flag("strict", false)?;
        dialect.check()?;
        Ok(dialect)
    }

    fn check(&self) -> Result<()> {
        let line = match self.line_end {
            LineEnd::Lf | LineEnd::Any => b'\n',
            LineEnd::Byte(byte) => byte,
        };
        let roles = [
            ("delimiter", Some(self.delimiter)),
            ("quote", self.quote),
            ("escape", self.escape),
            ("comment", self.comment),
            ("line end", Some(line)),
        ];
        for (index, (role, byte)) in roles.iter().enumerate() {
            let Some(byte) = byte else { continue };
            if !byte.is_ascii() {
                return Err(Error::usage(format!("the {role} must be an ASCII character")));
            }
            if *byte == b'\r' && self.line_end != LineEnd::Byte(b'\r') {
                return Err(Error::usage(format!("the {role} cannot be a carriage return")));
            }
            if let Some((other, _)) = roles[..index].iter().find(|(_, used)| *used == Some(*byte)) {
                return Err(Error::usage(format!("{:?} is both {other} and {role}", char::from(*byte))));
            }
        }
        Ok(())
    }

    /// Whether a byte beside a field is no data.
    #[inline]
    pub(super) fn is_blank(&self, byte: u8) -> bool {
        matches!(byte, b' ' | b'\t') && byte != self.delimiter
    }

    /// The byte to look for at the end of lines. In [`LineEnd::Any`], CR too.
    pub(super) fn line_byte(&self) -> u8 {
        match self.line_end {
            LineEnd::Lf | LineEnd::Any => b'\n',
            LineEnd::Byte(byte) => byte,
        }
    }

    /// How many line ends are in `bytes`, for positions in messages.
    pub(super) fn count_lines(&self, bytes: &[u8]) -> u64 {
        let ends = memchr::memchr_iter(self.line_byte(), bytes).count();
        let lone = match self.line_end {
            LineEnd::Any => memchr::memchr_iter(b'\r', bytes).filter(|at| bytes.get(at + 1) != Some(&b'\n')).count(),
            _ => 0,
        };
        (ends + lone) as u64
    }

    /// The length of the line end at `at`: 0 if there is none.
    #[inline]
    pub(super) fn line_end_at(&self, bytes: &[u8], at: usize) -> usize {
        match (bytes.get(at), self.line_end) {
            (Some(byte), LineEnd::Byte(end)) => usize::from(*byte == end),
            (Some(b'\n'), _) => 1,
            (Some(b'\r'), LineEnd::Lf) => match bytes.get(at + 1) {
                Some(b'\n') => 2,
                // A file cut between CR and LF.
                None => 1,
                Some(_) => 0,
            },
            (Some(b'\r'), LineEnd::Any) => 1 + usize::from(bytes.get(at + 1) == Some(&b'\n')),
            _ => 0,
        }
    }
}
