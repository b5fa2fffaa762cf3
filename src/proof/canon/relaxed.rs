//! What does not count when records are compared.

use std::collections::{BTreeMap, BTreeSet};

use arrow_schema::{DataType, Field, Fields};

use crate::code::Code;
use crate::column::decimal::is_decimal_text;

/// What does not count when records are compared, beyond what the model leaves out anyway: the losses known from
/// schemas that a conversion had to accept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Relaxed {
    /// Column path (`order.items[].price`) and the losses there.
    columns: BTreeMap<String, Vec<Code>>,
    /// Fields are matched by position, since names were changed.
    pub(super) by_position: bool,
    /// NaNs are equal whatever their payloads.
    pub(super) any_nan: bool,
    /// The `null` of JSON text is the absence of a value.
    pub(super) one_null: bool,
    /// Columns in which text of decimals is text.
    pub(super) text: BTreeSet<String>,
}

impl Relaxed {
    /// Leaves the payloads of NaNs out of the comparison: no text has them.
    pub fn allow_any_nan(&mut self) {
        self.any_nan = true;
    }

    /// Has JSON text that is `null` equal to the absence of a value: some formats write both alike, and tell.
    pub fn allow_one_null(&mut self) {
        self.one_null = true;
    }

    /// Text of decimals in columns of `fields` is compared as text: a format may keep it without keeping what it means.
    pub(in crate::proof) fn keep_text(&mut self, fields: &Fields, parent: &str) {
        for field in fields {
            let path = format!("{parent}{}", field.name());
            self.keep_text_of(field, path);
        }
    }

    fn keep_text_of(&mut self, field: &Field, path: String) {
        match field.data_type() {
            DataType::Struct(fields) => self.keep_text(fields, &format!("{path}.")),
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::ListView(item)
            | DataType::LargeListView(item)
            | DataType::FixedSizeList(item, _) => self.keep_text_of(item, format!("{path}[]")),
            DataType::Map(entries, _) => {
                if let DataType::Struct(fields) = entries.data_type() {
                    self.keep_text(fields, &format!("{path}."));
                }
            }
            DataType::Union(fields, _) => {
                for (_, field) in fields.iter() {
                    self.keep_text_of(field, format!("{path}.{}", field.name()));
                }
            }
            _ if is_decimal_text(field) => {
                self.text.insert(path);
            }
            _ => {}
        }
    }

    /// Whether columns are matched by position.
    pub(in crate::proof) fn by_position(&self) -> bool {
        self.by_position
    }

    /// Leaves out of the comparison what `code` loses in the column at `path`. False if the model cannot: the column
    /// cannot be compared.
    pub fn allow(&mut self, code: Code, path: &str) -> bool {
        match code {
            Code::NullList | Code::NullStruct | Code::Presence | Code::UnionTag | Code::Naive => {
                self.columns.entry(path.to_owned()).or_default().push(code);
                true
            }
            Code::Name => {
                self.by_position = true;
                true
            }
            // Not part of a value, or not visible in one.
            Code::Zone | Code::Type | Code::Meta | Code::Missing | Code::MapOrder | Code::EnumSet => true,
            _ => false,
        }
    }

    pub(super) fn of(&self, path: &str) -> Rules {
        let codes = self.columns.get(path).map(Vec::as_slice).unwrap_or_default();
        Rules {
            null_list: codes.contains(&Code::NullList),
            null_struct: codes.contains(&Code::NullStruct),
            presence: codes.contains(&Code::Presence),
            untagged: codes.contains(&Code::UnionTag),
            naive: codes.contains(&Code::Naive),
        }
    }
}

/// What is relaxed for one column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Rules {
    pub null_list: bool,
    pub null_struct: bool,
    pub presence: bool,
    pub untagged: bool,
    pub naive: bool,
}
