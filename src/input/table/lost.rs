//! What inputs say of their columns beside types, and the table of all of them does not.

use arrow_schema::{DataType, Field, Fields, Metadata, Schema};
use serde_json::Value;

use crate::code::Code;
use crate::column::nesting::{element, unencoded_field};
use crate::report::{Report, named};
use crate::schema::annotations::says_something;
use crate::schema::avsc::keys::{ENUM, LOGICAL};

/// Tells, once for all inputs, of metadata, meanings and sets of symbols of one that the common schema lacks.
pub(super) fn lost(own: &Schema, common: &Schema, report: &mut Report) {
    if is_unsaid(own.metadata(), common.metadata()) {
        report.losses.insert((Code::Meta, String::new()), 1);
    }
    of_fields(own.fields(), common.fields(), "", report);
}

fn of_fields(own: &Fields, common: &Fields, path: &str, report: &mut Report) {
    for field in own {
        if let Some((_, common)) = common.find(field.name()) {
            let path =
                if path.is_empty() { named(field.name()).to_owned() } else { format!("{path}.{}", field.name()) };
            of_field(field, common, &path, report);
        }
    }
}

fn of_field(own: &Field, common: &Field, path: &str, report: &mut Report) {
    // What runs say may stand at their values.
    let (own, common) = (unencoded_field(own), unencoded_field(common));
    for code in codes(own.metadata(), common.metadata()) {
        report.losses.insert((code, path.to_owned()), 1);
    }
    match (own.data_type(), common.data_type()) {
        (DataType::Struct(own), DataType::Struct(common)) => of_fields(own, common, path, report),
        (DataType::Map(own, _), DataType::Map(common, _)) => {
            // Keys and values may be called otherwise in each input.
            if let (DataType::Struct(own), DataType::Struct(common)) = (own.data_type(), common.data_type()) {
                for (own, common) in own.iter().zip(common) {
                    of_field(own, common, &format!("{path}.{}", common.name()), report);
                }
            }
        }
        (own, common) => {
            if let Some((own, common)) = element(own).zip(element(common)) {
                of_field(own, common, &format!("{path}[]"), report);
            }
        }
    }
}

fn codes(own: &Metadata, common: &Metadata) -> Vec<Code> {
    let mut codes = Vec::new();
    if own.get(LOGICAL).is_some_and(|meaning| common.get(LOGICAL) != Some(meaning)) {
        codes.push(Code::Type);
    }
    // The symbols of two enums are those of both.
    let lost_default = match (own.get(ENUM), common.get(ENUM)) {
        (Some(_), None) => {
            codes.push(Code::EnumSet);
            false
        }
        (Some(own), Some(common)) => default_of(own).is_some_and(|default| default_of(common) != Some(default)),
        (None, _) => false,
    };
    if lost_default || is_unsaid(own, common) {
        codes.push(Code::Meta);
    }
    codes
}

/// Whether one says something that the other one does not say, or says otherwise.
fn is_unsaid(own: &Metadata, common: &Metadata) -> bool {
    let mut unsaid = own.clone();
    unsaid.retain(|key, value| common.get(key) != Some(value));
    says_something(&unsaid)
}

/// The default of an enum.
fn default_of(facts: &str) -> Option<Value> {
    serde_json::from_str::<Value>(facts).ok()?.get("default").cloned()
}

#[cfg(test)]
mod tests;
