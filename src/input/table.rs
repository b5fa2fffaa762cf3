//! The schema of many inputs that are read as one table.

mod lost;

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef};

use super::{Resolved, reading};
use crate::code::Code;
use crate::column::nesting::element;
use crate::error::{Error, Result};
use crate::pipeline::Exec;
use crate::report::Report;
use crate::schema::infer::evidence::Evidence;
use crate::schema::unify::{Kinds, unified};

/// Gives inputs whose types were inferred those that one file with the records of all would get; what it would tell.
pub(super) fn retype(schemas: &mut [(Arc<str>, SchemaRef)], evidence: Vec<Option<Box<dyn Evidence>>>) -> Report {
    // Each format has rules of its own.
    let mut groups: Vec<(Box<dyn Evidence>, Vec<usize>)> = Vec::new();
    for (index, evidence) in evidence.into_iter().enumerate().filter_map(|(index, one)| Some((index, one?))) {
        match groups.iter_mut().find_map(|(group, members)| group.join(evidence.as_ref()).then_some(members)) {
            Some(members) => members.push(index),
            None => groups.push((evidence, vec![index])),
        }
    }
    let mut report = Report::default();
    for (evidence, members) in groups {
        let joined = evidence.joined();
        for index in members {
            let (_, own) = &mut schemas[index];
            *own = Arc::new(joined.retype(own));
        }
        report.merge(&joined.report);
    }
    report
}

/// What becomes of columns that are not the same in all inputs: null where an input does not have them, and of a type
/// that holds all values. So it is with members of structs. A key that a file of JSON lacks is as one that some of its
/// records lack. What one says of its columns beside their types, and others do not say, is lost. `typed`: the schemas
/// of the inputs after [`retype`].
pub(super) fn differences(
    inputs: &[Resolved],
    own: &[SchemaRef],
    typed: &[(Arc<str>, SchemaRef)],
    common: &Schema,
) -> Report {
    let mut report = Report::default();
    for (_, typed) in typed {
        lost::lost(typed, common, &mut report);
    }
    for (_, own) in inputs.iter().zip(own).filter(|(input, _)| input.format.info().name != "json") {
        missing(own.fields(), common.fields(), "", &mut report);
    }
    for field in common.fields() {
        let is_narrower = |found: &Field| {
            !found.data_type().equals_datatype(field.data_type()) && found.data_type() != &DataType::Null
        };
        if own.iter().filter_map(|own| own.field_with_name(field.name()).ok()).any(is_narrower) {
            report.note(Code::Widened, field.name().clone());
        }
    }
    report
}

/// Tells, once for all inputs, of the fields that one of them does not have, by their paths.
fn missing(own: &Fields, common: &Fields, path: &str, report: &mut Report) {
    for field in common {
        let path = if path.is_empty() { field.name().clone() } else { format!("{path}.{}", field.name()) };
        match own.find(field.name()) {
            Some((_, own)) => missing_inside(own, field, &path, report),
            None => {
                report.losses.insert((Code::Missing, path), 1);
            }
        }
    }
}

fn missing_inside(own: &Field, common: &Field, path: &str, report: &mut Report) {
    match (own.data_type(), common.data_type()) {
        (DataType::Struct(own), DataType::Struct(common)) => missing(own, common, path, report),
        (DataType::Map(own, _), DataType::Map(common, _)) => {
            // Keys and values may be called otherwise in each input.
            let pair = |entries: &Field| match entries.data_type() {
                DataType::Struct(pair) => pair.clone(),
                _ => Fields::empty(),
            };
            for (own, common) in pair(own).iter().zip(&pair(common)) {
                missing_inside(own, common, &format!("{path}.{}", common.name()), report);
            }
        }
        (own, common) => {
            if let Some((own, common)) = element(own).zip(element(common)) {
                missing_inside(own, common, &format!("{path}[]"), report);
            }
        }
    }
}

/// The schema of all inputs. A column that is of several kinds becomes JSON text in all of them, where that was asked
/// for.
pub(super) fn common(schemas: &mut [(Arc<str>, SchemaRef)], inputs: &[Resolved], exec: &Exec) -> Result<SchemaRef> {
    let as_json = inputs.iter().any(|input| input.options.settings.get("mixed") == Some("json"));
    loop {
        let conflict = match unified(schemas) {
            Ok(schema) => return Ok(typed(&schema, inputs)),
            Err(conflict) => conflict,
        };
        if as_json && reading::make_json(schemas, &conflict.path) {
            continue;
        }
        let other = inputs.iter().find(|input| input.source.name() == conflict.found.1);
        let (path, wanted) = (conflict.path.clone(), conflict.before.0.clone());
        let error = conflict.error(&column_of(&path, schemas), kinds(inputs));
        // In text, it may be one value of many.
        return Err(match other.and_then(|input| reading::misfit(input, &wanted, &path, exec)) {
            Some(misfit) => misfit_told(error, &misfit),
            None => error,
        });
    }
}

fn kinds(inputs: &[Resolved]) -> Kinds {
    let every = |names: &[&str]| inputs.iter().all(|input| names.contains(&input.format.info().name));
    if every(&["csv"]) {
        Kinds::Csv
    } else if every(&["json"]) {
        Kinds::Json
    } else if every(&["csv", "json"]) {
        Kinds::Text
    } else {
        Kinds::Other
    }
}

/// The column that a path is in.
fn column_of(path: &str, schemas: &[(Arc<str>, SchemaRef)]) -> String {
    let is_in =
        |name: &str| path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    let names = schemas.iter().flat_map(|(_, schema)| schema.fields()).map(|field| field.name());
    // The longest: names may have dots.
    names.filter(|name| is_in(name)).max_by_key(|name| name.len()).map_or_else(|| path.to_owned(), String::clone)
}

/// The schema with columns of text where no input has a value, if one of them is CSV: so it is when that is read alone.
fn typed(schema: &SchemaRef, inputs: &[Resolved]) -> SchemaRef {
    if !inputs.iter().any(|input| input.format.info().name == "csv") {
        return schema.clone();
    }
    let field = |field: &Arc<Field>| match field.data_type() {
        DataType::Null => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8)),
        _ => field.clone(),
    };
    let fields: Vec<_> = schema.fields().iter().map(field).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

/// An error about types, with the value that showed it.
fn misfit_told(error: Error, misfit: &Error) -> Error {
    let origin = misfit.origin();
    let record = origin.record.map_or_else(String::new, |record| format!("record {}: ", record + 1));
    let told = Error::schema(format!("{}; the first such value: {record}{}", error.message(), misfit.message()));
    match error.hint() {
        Some(hint) => told.with_hint(hint),
        None => told,
    }
}
