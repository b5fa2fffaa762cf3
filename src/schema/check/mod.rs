//! Schema evolution: whether a schema reads what another one wrote, with the reasons and where they stand.
//!
//! * [`source`]: schema texts and their languages; [`rules`]: whose rules decide; [`mode`]: who reads whom.
//! * `avro`, `json_schema`, `proto`: one engine for each language. Each answers one question, "can `reader` read
//!   everything that `writer` wrote?", and gives the reasons why not.
//! * `cross`: schemas in different languages, through the types that both stand for; `table`: the columns of tables.
//! * [`finding`]: what comes out; [`witness`](mod@witness): a record that shows it.
//!
//! ```
//! use fmtconv::schema::check::{Mode, Rules, Schema, check, compatible};
//!
//! let rules: Rules = "avro".parse()?;
//! let old = r#"{"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}]}"#;
//! let new = r#"{"type": "record", "name": "R", "fields": [{"name": "a", "type": "long"},
//!                                                         {"name": "b", "type": "string"}]}"#;
//! let old = Schema::parse("old.avsc", old, &rules)?;
//! let new = Schema::parse("new.avsc", new, &rules)?;
//! let findings = check(&[old], &new, Mode::BACKWARD, &rules)?;
//! assert!(!compatible(&findings));
//! assert_eq!(findings[0].rule, "avro-missing-default");
//! assert_eq!(findings[0].path, "R.b");
//! assert_eq!(findings[0].place.start, Some((2, 57)));
//! # Ok::<(), fmtconv::Error>(())
//! ```

mod avro;
mod cross;
mod declared;
pub mod finding;
mod given;
mod json_schema;
mod json_text;
pub mod mode;
mod proto;
pub mod rules;
pub mod source;
mod table;
pub mod witness;

#[cfg(test)]
mod tests;

pub use crate::schema::renamed::Renamed;
pub use declared::{by_name_only, constraints, declarations};
pub use finding::{Finding, Place, Severity};
pub use given::Options;
pub use mode::Mode;
pub use rules::{RuleSet, Rules};
pub use source::{Language, Schema, SourceText};
pub use witness::{Witness, witness, witness_with};

use crate::error::{Error, Result};
use finding::Issue;
use given::Given;
use source::Parsed;

/// Compares `new` with earlier versions, oldest first: with the last one, or with all if the mode is transitive.
/// Findings come in the order of files, lines and columns, each once.
///
/// # Errors
/// `Usage` if no earlier version is given, or the rules do not compare these languages.
pub fn check(old: &[Schema], new: &Schema, mode: Mode, rules: &Rules) -> Result<Vec<Finding>> {
    check_with(old, new, mode, rules, &Options::default())
}

/// [`check`] with more said about the data: fields that were renamed, columns without nulls, nothing to be dropped.
///
/// # Errors
/// As [`check`]; `Usage` if an option has no effect on these schemas.
pub fn check_with(old: &[Schema], new: &Schema, mode: Mode, rules: &Rules, options: &Options) -> Result<Vec<Finding>> {
    let Some(last) = old.last() else {
        return Err(Error::usage("there is no old schema to compare with"));
    };
    let versions = if mode.transitive { old } else { std::slice::from_ref(last) };
    let mut findings: Vec<Finding> = Vec::new();
    for old in versions {
        for (wanted, reader_is_new) in [(mode.backward, true), (mode.forward, false)] {
            if !wanted {
                continue;
            }
            let (reader, writer) = if reader_is_new { (new, old) } else { (old, new) };
            let fallback = Place::file(&new.name);
            let issues = can_read(reader, writer, rules, &options.given(reader_is_new))?;
            let found = issues.into_iter().map(|issue| issue.finding(reader_is_new, &fallback));
            for mut finding in found {
                options.judge(&mut finding);
                // What both lack is no matter of direction. One schema may have the rest to say twice.
                let lacks = finding.rule == proto::IMPORT_MISSING;
                let mut all = findings.iter_mut().filter(|_| lacks || versions.len() > 1);
                let known = all.find(|known| {
                    let said = known.backward == finding.backward && !known.against.contains(&old.name);
                    (lacks || said) && known.repeats(&finding)
                });
                match known {
                    Some(known) if known.against.contains(&old.name) => {}
                    Some(known) => known.against.push(old.name.clone()),
                    None => {
                        finding.against.push(old.name.clone());
                        findings.push(finding);
                    }
                }
            }
        }
    }
    findings.sort_by(|a, b| (&a.place, &a.rule, &a.path).cmp(&(&b.place, &b.rule, &b.path)));
    Ok(findings)
}

/// Whether nothing found is an error.
pub fn compatible(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.severity < Severity::Error)
}

/// The reasons why `reader` does not read all that `writer` wrote, and what is worth knowing.
fn can_read(reader: &Schema, writer: &Schema, rules: &Rules, given: &Given) -> Result<Vec<Issue>> {
    rules.check_language(reader.language())?;
    rules.check_language(writer.language())?;
    if rules.of_tables() {
        let (reader, writer) = cross::both(reader, writer, given)?;
        given.check_names(|name| cross::has_field(&reader, name), |name| cross::has_field(&writer, name))?;
        return Ok(table::can_read(&reader, &writer, &rules.set, given));
    }
    match (&reader.parsed, &writer.parsed) {
        (Parsed::Avro(reader), Parsed::Avro(writer)) => avro::can_read(reader, writer, &rules.set, given),
        (Parsed::JsonSchema(reader), Parsed::JsonSchema(writer)) => {
            given.check_unused(Language::JsonSchema)?;
            json_schema::can_read(reader, writer, &rules.set)
        }
        (Parsed::Protobuf(reader), Parsed::Protobuf(writer)) => {
            given.check_unused(Language::Protobuf)?;
            proto::can_read(reader, writer, &rules.set)
        }
        _ if rules.set == RuleSet::Fmtconv => cross::can_read(reader, writer, given),
        _ => Err(Error::usage(format!(
            "{} is written in {}, {} in {}",
            reader.name,
            reader.language(),
            writer.name,
            writer.language()
        ))
        .with_hint("different languages are compared with --rules fmtconv")),
    }
}
