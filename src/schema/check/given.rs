//! What is taken for granted when two schemas are compared, and how strictly findings are taken.

use std::str::FromStr;

use super::finding::{Finding, Severity};
use crate::error::{Error, Result};

/// How a check is made beyond its rules; the default changes nothing.
///
/// ```
/// use fmtconv::schema::check::{Mode, Options, Rules, Schema, check_with, compatible};
///
/// let rules = Rules::fmtconv();
/// let record = |field: &str| format!(r#"{{"type": "record", "name": "R", "fields": [{field}]}}"#);
/// let old = Schema::parse("old.avsc", &record(r#"{"name": "price", "type": "long"}"#), &rules)?;
/// let new = Schema::parse("new.avsc", &record(r#"{"name": "cost", "type": "long"}"#), &rules)?;
/// let options = Options { map: vec!["price=cost".parse()?], ..Options::default() };
/// let findings = check_with(&[old], &new, Mode::FULL, &rules, &options)?;
/// assert!(options.compatible(&findings));
/// # Ok::<(), fmtconv::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Warnings count as well: compatible is what holds for all data.
    pub strict: bool,
    /// Values that the reader has no place for count as lost.
    pub no_drop: bool,
    /// Columns that may be null are known to hold none.
    pub assume_no_nulls: bool,
    /// Fields that were renamed.
    pub map: Vec<Renamed>,
}

/// A field that has another name in the new schema: `price=cost`, or `Order.price=cost` for the field of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renamed {
    /// Name of the record, if it matters.
    pub record: Option<String>,
    /// The name in the old schema.
    pub old: String,
    /// The name in the new schema.
    pub new: String,
}

impl FromStr for Renamed {
    type Err = Error;

    fn from_str(text: &str) -> Result<Renamed> {
        let wrong = || {
            Error::usage(format!("{text:?} does not say which field was renamed"))
                .with_hint("--map OLD=NEW, or RECORD.OLD=NEW")
        };
        let (old, new) = text.split_once('=').ok_or_else(wrong)?;
        let (record, old) = match old.rsplit_once('.') {
            Some((record, old)) => (Some(record.rsplit('.').next().unwrap_or(record).to_owned()), old),
            None => (None, old),
        };
        let new = new.rsplit('.').next().unwrap_or(new);
        if old.is_empty() || new.is_empty() {
            return Err(wrong());
        }
        Ok(Renamed { record, old: old.to_owned(), new: new.to_owned() })
    }
}

/// Rules of fields of the writer that the reader has not.
const DROPPED: &[&str] = &["avro-dropped-field", "avro-possible-rename", "field-dropped", "column-dropped"];

impl Options {
    /// Whether nothing found speaks against the new schema.
    pub fn compatible(&self, findings: &[Finding]) -> bool {
        let limit = if self.strict { Severity::Warning } else { Severity::Error };
        findings.iter().all(|finding| finding.severity < limit)
    }

    pub(super) fn judge(&self, finding: &mut Finding) {
        if self.no_drop && DROPPED.contains(&&*finding.rule) {
            finding.severity = Severity::Error;
        }
    }

    pub(super) fn given(&self, reader_is_new: bool) -> Given {
        let renamed = self.map.iter().map(|renamed| {
            let (reader, writer) = match reader_is_new {
                true => (&renamed.new, &renamed.old),
                false => (&renamed.old, &renamed.new),
            };
            (renamed.record.clone(), reader.clone(), writer.clone())
        });
        Given { renamed: renamed.collect(), no_nulls: self.assume_no_nulls }
    }
}

/// The same in terms of reader and writer.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    /// Record, name for the reader, name for the writer.
    renamed: Vec<(Option<String>, String, String)>,
    /// The writer writes no nulls.
    pub no_nulls: bool,
}

impl Given {
    /// What the writer calls a field, if that was said.
    pub fn writer_name(&self, record: &str, field: &str) -> Option<&str> {
        let meant = |(within, name, _): &&(Option<String>, String, String)| {
            name == field && within.as_deref().is_none_or(|within| within == record)
        };
        self.renamed.iter().find(meant).map(|(.., writer)| writer.as_str())
    }

    /// Whether the fields are there.
    ///
    /// # Errors
    /// `Usage` if one is not: it would have no effect.
    pub fn check_names(&self, reader: impl Fn(&str) -> bool, writer: impl Fn(&str) -> bool) -> Result<()> {
        for (_, read, written) in &self.renamed {
            for (name, known) in [(read, reader(read)), (written, writer(written))] {
                if !known {
                    return Err(Error::usage(format!("no field is called {name:?}")).with_hint("--map OLD=NEW"));
                }
            }
        }
        Ok(())
    }

    /// Where neither names nor nulls are asked for.
    ///
    /// # Errors
    /// `Usage` if something was said that has no effect.
    pub fn check_unused(&self, language: super::Language) -> Result<()> {
        match (self.renamed.is_empty(), self.no_nulls) {
            (false, _) => {
                Err(Error::usage(format!("fields of {language} are not renamed one by one: --map has no effect")))
            }
            (_, true) => {
                Err(Error::usage(format!("{language} has no nulls of columns: --assume-no-nulls has no effect")))
            }
            _ => Ok(()),
        }
    }
}
