//! What a check found, and where.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// How much a finding counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing: data is read as it was meant, but something is dropped or filled in.
    Note,
    /// Depends on the data: some values may not be readable, or may mean something else.
    Warning,
    /// Incompatible.
    Error,
}

impl Severity {
    /// `note`, `warning`, `error`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A place in a schema file. Lines and columns count from one; none for what a file no longer holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Name of the file.
    pub file: Arc<str>,
    /// Line and column of the first character.
    pub start: Option<(u32, u32)>,
    /// Line and column behind the last character, where that is known.
    pub end: Option<(u32, u32)>,
}

impl Place {
    /// A file as a whole.
    pub fn file(file: &Arc<str>) -> Place {
        Place { file: file.clone(), start: None, end: None }
    }
    /// A point in a file.
    pub fn at(file: &Arc<str>, line: u32, column: u32) -> Place {
        Place { file: file.clone(), start: Some((line, column)), end: None }
    }
}

/// One reason why a schema does not, or may not, read what another one wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Name of the rule, stable: `avro-missing-default`, `FIELD_SAME_TYPE`.
    pub rule: Cow<'static, str>,
    /// How much it counts.
    pub severity: Severity,
    /// Path of the field or type: `Order.items[].price`, `#/properties/a`.
    pub path: String,
    /// The declaration in question: in the new schema, or in the old one where the new one has none.
    pub place: Place,
    /// What the old schema says.
    pub old: Option<String>,
    /// What the new schema says.
    pub new: Option<String>,
    /// What is wrong, in a sentence without capital or full stop.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Names of the old schemas of which it was found, oldest first.
    pub against: Vec<Arc<str>>,
    /// Whether the new schema is the reader: backward; else forward.
    pub backward: bool,
}

impl Finding {
    /// `backward`, `forward`.
    pub fn direction(&self) -> &'static str {
        if self.backward { "backward" } else { "forward" }
    }

    /// Whether another one says the same, of whatever schema in whatever direction.
    pub(super) fn repeats(&self, other: &Finding) -> bool {
        let said = (&self.rule, self.severity, &self.path, &self.place, &self.message);
        said == (&other.rule, other.severity, &other.path, &other.place, &other.message)
            && (&self.old, &self.new, &self.hint) == (&other.old, &other.new, &other.hint)
    }
}

/// A finding as the engines make it, in terms of reader and writer. `{reader}` and `{writer}` in texts stand for "the
/// new schema" and "the old schema", or the other way round.
#[derive(Clone, Debug)]
pub(super) struct Issue {
    pub rule: Cow<'static, str>,
    pub severity: Severity,
    pub path: String,
    pub reader: Side,
    pub writer: Side,
    pub message: String,
    pub hint: Option<String>,
}

/// What one of the two schemas says, and where.
#[derive(Clone, Debug, Default)]
pub(super) struct Side {
    pub place: Option<Place>,
    pub text: Option<String>,
}

impl Side {
    pub fn new(place: Place, text: impl Into<String>) -> Side {
        Side { place: Some(place), text: Some(text.into()) }
    }
    pub fn at(place: Place) -> Side {
        Side { place: Some(place), text: None }
    }
}

impl Issue {
    pub fn error(rule: impl Into<Cow<'static, str>>, path: impl Into<String>, message: impl Into<String>) -> Issue {
        Issue {
            rule: rule.into(),
            severity: Severity::Error,
            path: path.into(),
            reader: Side::default(),
            writer: Side::default(),
            message: message.into(),
            hint: None,
        }
    }
    pub fn severity(mut self, severity: Severity) -> Issue {
        self.severity = severity;
        self
    }
    pub fn sides(mut self, reader: Side, writer: Side) -> Issue {
        self.reader = reader;
        self.writer = writer;
        self
    }
    pub fn hint(mut self, hint: impl Into<String>) -> Issue {
        self.hint = Some(hint.into());
        self
    }

    /// In terms of old and new. `reader_is_new`: backward; else forward.
    pub fn finding(self, reader_is_new: bool, fallback: &Place) -> Finding {
        let (reader, writer) = match reader_is_new {
            true => ("the new schema", "the old schema"),
            false => ("the old schema", "the new schema"),
        };
        let named = |text: String| text.replace("{reader}", reader).replace("{writer}", writer);
        let (new, old) = if reader_is_new { (self.reader, self.writer) } else { (self.writer, self.reader) };
        Finding {
            rule: self.rule,
            severity: self.severity,
            path: self.path,
            place: new.place.or(old.place).unwrap_or_else(|| fallback.clone()),
            old: old.text,
            new: new.text,
            message: named(self.message),
            hint: self.hint.map(named),
            against: Vec::new(),
            backward: reader_is_new,
        }
    }
}
