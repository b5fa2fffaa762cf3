//! What is taken for granted when two schemas are compared, and how strictly findings are taken.

use super::finding::{Finding, Severity};
use crate::error::{Error, Result};
use crate::schema::renamed::Renamed;

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
    /// The message that counts, with or without its package, where a schema of Protobuf has several and one of them is
    /// compared with a record or with columns.
    pub message: Option<String>,
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
        Given { renamed: renamed.collect(), no_nulls: self.assume_no_nulls, message: self.message.clone() }
    }
}

/// The same in terms of reader and writer.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    /// Record, name for the reader, name for the writer.
    renamed: Vec<(Option<String>, String, String)>,
    /// The writer writes no nulls.
    pub no_nulls: bool,
    /// The message that is compared with what is no message.
    pub message: Option<String>,
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
