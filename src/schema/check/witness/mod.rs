//! Witnesses: a small record that the writer can write and the reader cannot read, or reads as another value.
//!
//! Records are proposed from the writer's schema along the path of a finding (`avro`, `proto`, `columns`), written with
//! the real codec of the writer and read with that of the reader (`codec`): what is returned has been seen to fail, and
//! for the reason of the finding alone (`minimal`, `reduced`).

mod across;
mod avro;
mod codec;
mod columns;
mod json_schema;
mod minimal;
mod proto;
mod reduced;

use std::collections::{HashMap, HashSet};
use std::fmt;

use super::given::Given;
use super::source::Parsed;
use super::{Finding, Mode, Options, Place, RuleSet, Rules, Schema};
use crate::error::Result;
use crate::schema::avsc::Document;
use across::Across;
use codec::Codec;

/// Records that are tried for a finding at most.
const TRIES_MAX: usize = 64;

/// How a witness is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// A datum of Avro, binary.
    Avro,
    /// A message of Protobuf, binary.
    Protobuf,
    /// A message as ProtoJSON.
    ProtoJson,
    /// A JSON text.
    Json,
    /// A file of Arrow IPC with one row.
    Arrow,
}

impl Witness {
    /// The whole record of which this is the part that a finding is about, if it fails in the same way: refused, it is
    /// refused for the reason of the part.
    fn of_whole(self, whole: Witness) -> Option<Witness> {
        match (&self.outcome, &whole.outcome) {
            (Outcome::Refused(_), Outcome::Refused(_)) => Some(Witness { outcome: self.outcome, ..whole }),
            (Outcome::ReadAs(_), Outcome::ReadAs(_)) => Some(whole),
            _ => None,
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Encoding::Avro => "avro",
            Encoding::Protobuf => "protobuf",
            Encoding::ProtoJson => "protojson",
            Encoding::Json => "json",
            Encoding::Arrow => "arrow",
        })
    }
}

/// What the reader made of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It refused the record, with this message.
    Refused(String),
    /// It read this record, as JSON, which is not the one that was written.
    ReadAs(String),
}

/// A record that shows that a schema does not read what another one wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Whether the new schema reads and the old one wrote, or the other way round.
    pub reader_is_new: bool,
    /// The record as JSON: Avro's JSON encoding, or ProtoJSON.
    pub record: String,
    /// How it is encoded.
    pub encoding: Encoding,
    /// The record as the writer's codec writes it.
    pub encoded: Vec<u8>,
    /// What came of it.
    pub outcome: Outcome,
}

/// A record that shows a finding of [`check`](super::check), tried with both schemas: Avro data and messages are written
/// and read by the codecs of their formats, through a conversion where the languages differ; values of JSON Schema are
/// validated.
///
/// `None`: none was found, or the finding is no error. Rules about names, places and conventions have no witness: the
/// data stays readable.
///
/// ```
/// use fmtconv::schema::check::{Mode, Rules, Schema, check, witness};
///
/// let rules = Rules::fmtconv();
/// let record = |kind: &str| {
///     format!(r#"{{"type": "record", "name": "R", "fields": [{{"name": "a", "type": {kind}}}]}}"#)
/// };
/// let old = Schema::parse("old.avsc", &record(r#"["null", "int"]"#), &rules)?;
/// let new = Schema::parse("new.avsc", &record(r#""int""#), &rules)?;
/// let old = [old];
/// let findings = check(&old, &new, Mode::BACKWARD, &rules)?;
/// let shown = witness(&old, &new, Mode::BACKWARD, &rules, &findings[0])?.expect("a record that shows it");
/// assert_eq!(shown.record, r#"{"a":null}"#);
/// assert_eq!(shown.encoded, [0]);
/// # Ok::<(), fmtconv::Error>(())
/// ```
///
/// # Errors
/// `Io` if temporary files cannot be written; those of schemas that a codec does not take.
pub fn witness(old: &[Schema], new: &Schema, mode: Mode, rules: &Rules, finding: &Finding) -> Result<Option<Witness>> {
    witness_with(old, new, mode, rules, &Options::default(), finding)
}

/// [`witness`] for a finding of [`check_with`](super::check_with).
///
/// # Errors
/// As [`witness`].
pub fn witness_with(
    old: &[Schema],
    new: &Schema,
    mode: Mode,
    rules: &Rules,
    options: &Options,
    finding: &Finding,
) -> Result<Option<Witness>> {
    if finding.severity < super::Severity::Error {
        return Ok(None);
    }
    let versions = if mode.transitive { old } else { old.last().map_or(&[][..], std::slice::from_ref) };
    for old in versions.iter().rev() {
        for (wanted, reader_is_new) in [(mode.backward, true), (mode.forward, false)] {
            let (reader, writer) = if reader_is_new { (new, old) } else { (old, new) };
            let given = options.given(reader_is_new);
            let both = mode.backward && mode.forward;
            if !wanted || both && !is_found(reader, writer, reader_is_new, rules, &given, finding)? {
                continue;
            }
            let said = if reader_is_new { &finding.old } else { &finding.new };
            let is_of_required = finding.rule.starts_with("proto-required");
            let asked = Asked { rules, given: &given, path: &finding.path, said: said.as_deref(), is_of_required };
            if let Some(found) = between(reader, writer, &asked)? {
                return Ok(Some(Witness { reader_is_new, ..found }));
            }
        }
    }
    Ok(None)
}

/// Whether it is in this direction that a finding was made.
fn is_found(
    reader: &Schema,
    writer: &Schema,
    reader_is_new: bool,
    rules: &Rules,
    given: &Given,
    finding: &Finding,
) -> Result<bool> {
    let fallback = Place::file(&reader.name);
    let issues = super::can_read(reader, writer, rules, given)?;
    let mut found = issues.into_iter().map(|issue| issue.finding(reader_is_new, &fallback));
    Ok(found.any(|found| {
        (found.rule, found.path, found.message) == (finding.rule.clone(), finding.path.clone(), finding.message.clone())
    }))
}

/// What is to be shown.
struct Asked<'a> {
    rules: &'a Rules,
    given: &'a Given,
    /// Of the finding.
    path: &'a str,
    /// What the writer's schema says there.
    said: Option<&'a str>,
    /// Whether it is that the reader demands a value there.
    is_of_required: bool,
}

fn between(reader: &Schema, writer: &Schema, asked: &Asked<'_>) -> Result<Option<Witness>> {
    let Asked { rules, given, path, .. } = *asked;
    if rules.of_tables() {
        return columns::witness(reader, writer, path, given);
    }
    match (&reader.parsed, &writer.parsed) {
        (Parsed::Avro(read), Parsed::Avro(written)) => of_avro(read.document(), written.document(), asked),
        (Parsed::Protobuf(read), Parsed::Protobuf(written)) => {
            let Some((names, proposals)) = proto::records(Some(read), written, path, TRIES_MAX) else {
                return Ok(None);
            };
            let whole = Codec::new(reader, writer)?;
            let json = match &rules.set {
                RuleSet::ProtoJson => true,
                RuleSet::Buf(chosen) => !chosen.iter().any(|name| name == "WIRE"),
                _ => false,
            };
            // The last one has nothing but what is required: where that is refused, the field is not the reason.
            let bare = match (&rules.set, proposals.last()) {
                (RuleSet::ProtoJson, _) | (_, None) => None,
                (_, Some(bare)) => whole.protobuf(&names, bare)?,
            };
            let refused_anyway = bare.is_some_and(|bare| matches!(bare.outcome, Outcome::Refused(_)));
            let binary = rules.set != RuleSet::ProtoJson;
            let attempt = |codec: &Codec, proposal: &proto::Proposal, binary: bool| match binary {
                true => codec.protobuf(&names, proposal),
                false => codec.protojson(&names, proposal),
            };
            let mut fields: HashMap<i64, Option<Codec>> = HashMap::new();
            for proposal in proposals {
                let ways =
                    [(true, binary), (false, json)].into_iter().filter(|(_, wanted)| *wanted).map(|(way, _)| way);
                let number = proposal.number;
                let alone = number.and_then(|number| {
                    let codec =
                        fields.entry(number).or_insert_with(|| reduced::to_field(reader, writer, &names, number));
                    codec.as_ref()
                });
                for binary in ways {
                    let found = match alone {
                        // The field by itself is the reason, the record as a whole is what shows it.
                        Some(codec) => match attempt(codec, &proposal.alone(), binary)? {
                            Some(own) => attempt(&whole, &proposal, binary)?.and_then(|found| own.of_whole(found)),
                            None => None,
                        },
                        None => attempt(&whole, &proposal, binary)?.filter(|found| {
                            match (&found.outcome, &proposal.field) {
                                (Outcome::Refused(why), Some((name, other))) if refused_anyway => {
                                    let told = |name: &String| why.contains(&format!("{name:?}"));
                                    told(name) || other.as_ref().is_some_and(told)
                                }
                                (Outcome::Refused(_), None) if refused_anyway => asked.is_of_required,
                                _ => true,
                            }
                        }),
                    };
                    if found.is_some() {
                        return Ok(found);
                    }
                }
            }
            Ok(None)
        }
        (Parsed::JsonSchema(read), Parsed::JsonSchema(written)) => {
            let text = |schema: &Schema| schema.files.first().map(|file| file.text.clone()).unwrap_or_default();
            let (new, old) = (text(reader), text(writer));
            let reads = json_schema::Side { name: &reader.name, text: &new, schema: read };
            let writes = json_schema::Side { name: &writer.name, text: &old, schema: written };
            Ok(json_schema::witness(&reads, &writes, path))
        }
        (Parsed::Protobuf(_), Parsed::Avro(written)) => {
            let across = Across::new(reader, writer, given)?;
            let records = avro::records(written.document(), path, None, TRIES_MAX);
            first(records.map(|record| across.witness(Encoding::Avro, &record, path)))
        }
        (Parsed::Avro(_), Parsed::Protobuf(written)) => {
            let across = Across::new(reader, writer, given)?;
            let full = across.message().and_then(|name| Some((name, path.split_once('.')?.1)));
            let path_of_message = full.map(|(name, rest)| format!("{name}.{rest}"));
            let proposals = proto::records(None, written, path_of_message.as_deref().unwrap_or(path), TRIES_MAX);
            let records = proposals.map(|(_, proposals)| proposals).unwrap_or_default();
            first(records.into_iter().map(|proposal| across.witness(Encoding::Protobuf, &proposal.record, path)))
        }
        _ => columns::witness(reader, writer, path, given),
    }
}

/// Avro resolves whole schemas: a record is a witness if the schemas reduced to the path of the finding refuse what is
/// left of it, and the whole ones the record itself.
fn of_avro(reader: &Document, writer: &Document, asked: &Asked<'_>) -> Result<Option<Witness>> {
    let Asked { given, path, said, .. } = *asked;
    let (Some(least), Some(whole)) =
        (minimal::minimal(reader, writer, path, given), minimal::with_aliases(reader, writer, given))
    else {
        return Ok(None);
    };
    let codec = Codec::of_avro(&whole, &writer.text)?;
    let reduced = Codec::of_avro(&least.reader, &least.writer)?;
    let mut seen = HashSet::new();
    for record in avro::records(writer, &least.path, said, TRIES_MAX) {
        let left = least.record(writer, &record).to_string();
        if !seen.insert(left.clone()) {
            continue;
        }
        let Some(Witness { outcome, .. }) = reduced.avro(&left)? else { continue };
        if let Some(found) = codec.avro(&record.to_string())? {
            return Ok(Some(Witness { outcome, ..found }));
        }
    }
    Ok(None)
}

/// The first that was found.
fn first(mut tries: impl Iterator<Item = Result<Option<Witness>>>) -> Result<Option<Witness>> {
    tries.find_map(Result::transpose).transpose()
}
