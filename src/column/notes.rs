//! Values that are written exactly, but that some readers do not take so, counted by column: numbers with more digits
//! than a double holds ([`Code::BigInteger`]), and NaN whose bits text does not tell ([`Code::NaNPayload`]). And the null
//! of JSON text, which is written as the absence of a value is ([`Code::Missing`]).

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::*;
use arrow_array::{Array, ArrayAccessor, ArrowPrimitiveType, OffsetSizeTrait};
use arrow_buffer::{NullBuffer, i256};
use arrow_schema::{DataType, Field};
use half::f16;

use super::json::{NonFinite, NumberStyle, WriteRules, is_json_null, is_json_text};
use super::nesting::field_of_runs;
use crate::code::Code;
use crate::report::Report;

/// What is looked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Integers of 64 bits beyond 2^53.
    pub integers: bool,
    /// Decimals whose digits, without the point, are a number beyond 2^53.
    pub decimals: bool,
    /// NaN with other bits than the usual one.
    pub nan: bool,
    /// JSON text that is `null`.
    pub json_null: bool,
}

/// The last number up to which a double holds every integer.
const EXACT: u64 = 1 << 53;

/// Adds to `report` what stands in `array`, the column of `field` at `path`. Cost: a pass over the numbers
/// that are looked for, nothing for other columns.
pub fn note(field: &Field, array: &dyn Array, path: &str, wanted: Wanted, report: &mut Report) {
    wanted.walk(field, array, 0..array.len(), path, report);
}

/// The same for every column of `records`.
#[cfg(feature = "json")]
pub fn note_all(records: &arrow_array::RecordBatch, wanted: Wanted, report: &mut Report) {
    for (field, column) in records.schema_ref().fields().iter().zip(records.columns()) {
        note(field, column, field.name(), wanted, report);
    }
}

impl Wanted {
    /// What text written by `rules` may hold.
    pub fn of(rules: &WriteRules) -> Self {
        Wanted {
            integers: rules.int64 == NumberStyle::Number,
            decimals: rules.decimal == NumberStyle::Number,
            nan: rules.non_finite == NonFinite::String,
            json_null: true,
        }
    }

    /// Whether a column may hold something of it.
    fn matters(self, field: &Field) -> bool {
        self.matters_in(field, field.data_type())
    }

    fn matters_in(self, field: &Field, data_type: &DataType) -> bool {
        use DataType as T;
        match data_type {
            T::Int64 | T::UInt64 => self.integers,
            T::Float16 | T::Float32 | T::Float64 => self.nan,
            T::Decimal64(digits, _) | T::Decimal128(digits, _) | T::Decimal256(digits, _) => {
                self.decimals && *digits > 15
            }
            T::Utf8 | T::LargeUtf8 | T::Utf8View => self.json_null && is_json_text(field),
            T::List(item)
            | T::LargeList(item)
            | T::ListView(item)
            | T::LargeListView(item)
            | T::FixedSizeList(item, _)
            | T::Map(item, _) => self.matters(item),
            T::Struct(fields) => fields.iter().any(|field| self.matters(field)),
            T::Union(fields, _) => fields.iter().any(|(_, field)| self.matters(field)),
            T::Dictionary(_, values) => self.matters_in(field, values),
            T::RunEndEncoded(_, values) => self.matters_in(field_of_runs(field, values), values.data_type()),
            _ => false,
        }
    }

    fn walk(self, field: &Field, array: &dyn Array, rows: Range<usize>, path: &str, report: &mut Report) {
        use DataType as T;
        if !self.matters_in(field, array.data_type()) {
            return;
        }
        match array.data_type() {
            T::Struct(fields) => {
                let members = array.as_struct();
                for (field, column) in fields.iter().zip(members.columns()) {
                    let path = format!("{path}.{}", field.name());
                    valid(array.nulls(), &rows, |rows| self.walk(field, column, rows, &path, report));
                }
            }
            T::List(item) => self.list(item, array.as_list::<i32>().value_offsets(), array, rows, path, report),
            T::LargeList(item) => self.list(item, array.as_list::<i64>().value_offsets(), array, rows, path, report),
            T::FixedSizeList(item, _) => {
                let list = array.as_fixed_size_list();
                let (size, path) = (list.value_length() as usize, format!("{path}[]"));
                let first = list.value_offset_at(0);
                valid(array.nulls(), &rows, |rows| {
                    let items = first + rows.start * size..first + rows.end * size;
                    self.walk(item, list.values(), items, &path, report);
                });
            }
            T::ListView(item) | T::LargeListView(item) => {
                let path = format!("{path}[]");
                for row in rows.filter(|row| array.is_valid(*row)) {
                    let values = match array.as_list_view_opt::<i32>() {
                        Some(list) => list.value(row),
                        None => array.as_list_view::<i64>().value(row),
                    };
                    self.walk(item, &values, 0..values.len(), &path, report);
                }
            }
            T::Map(entries, _) => {
                let map = array.as_map();
                let ends = map.value_offsets();
                let DataType::Struct(pair) = entries.data_type() else { return };
                for ((name, column), field) in [("key", map.keys()), ("value", map.values())].into_iter().zip(pair) {
                    let path = format!("{path}.{name}");
                    valid(array.nulls(), &rows, |rows| {
                        let entries = ends[rows.start] as usize..ends[rows.end] as usize;
                        self.walk(field, column, entries, &path, report);
                    });
                }
            }
            T::Union(fields, _) => {
                let union = array.as_union();
                for row in rows {
                    let (id, at) = (union.type_id(row), union.value_offset(row));
                    let Some((_, field)) = fields.iter().find(|(known, _)| *known == id) else { continue };
                    self.walk(field, union.child(id), at..at + 1, &format!("{path}.{}", field.name()), report);
                }
            }
            T::Dictionary(_, _) => {
                let dictionary = array.as_any_dictionary();
                let found = self.each(dictionary.values());
                // None of the values is noted, and the keys of no values may not be asked for.
                if !found.contains(&true) {
                    return;
                }
                let keys = dictionary.normalized_keys();
                let hits = rows.filter(|row| dictionary.is_valid(*row) && found[keys[*row]]);
                self.add(dictionary.values(), hits.count() as u64, path, report);
            }
            T::RunEndEncoded(ends, _) => match ends.data_type() {
                T::Int16 => self.runs::<Int16Type>(array, rows, path, report),
                T::Int32 => self.runs::<Int32Type>(array, rows, path, report),
                _ => self.runs::<Int64Type>(array, rows, path, report),
            },
            _ => self.add(array, self.count(array, rows), path, report),
        }
    }

    fn list<O: OffsetSizeTrait>(
        self,
        item: &Field,
        offsets: &[O],
        array: &dyn Array,
        rows: Range<usize>,
        path: &str,
        report: &mut Report,
    ) {
        let path = format!("{path}[]");
        let values = match array.as_list_opt::<i32>() {
            Some(list) => list.values(),
            None => array.as_list::<i64>().values(),
        };
        valid(array.nulls(), &rows, |rows| {
            self.walk(item, values, offsets[rows.start].as_usize()..offsets[rows.end].as_usize(), &path, report);
        });
    }

    fn runs<R: RunEndIndexType>(self, array: &dyn Array, rows: Range<usize>, path: &str, report: &mut Report) {
        let Some(runs) = array.as_run_opt::<R>() else { return };
        let found = self.each(runs.values());
        let hits = rows.filter(|row| found[runs.get_physical_index(*row)]);
        self.add(runs.values(), hits.count() as u64, path, report);
    }

    /// Of each value of an encoding whether it is one of those.
    fn each(self, values: &dyn Array) -> Vec<bool> {
        (0..values.len()).map(|row| self.count(values, row..row + 1) > 0).collect()
    }

    fn add(self, values: &dyn Array, count: u64, path: &str, report: &mut Report) {
        if count > 0 {
            let code = match values.data_type() {
                DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Code::Missing,
                kind if kind.is_floating() => Code::NaNPayload,
                _ => Code::BigInteger,
            };
            *report.losses.entry((code, path.to_owned())).or_default() += count;
        }
    }

    /// How many of the numbers in some rows are ones of those.
    fn count(self, array: &dyn Array, rows: Range<usize>) -> u64 {
        use DataType as T;
        match array.data_type() {
            T::Int64 => count::<Int64Type>(array, rows, |value| value.unsigned_abs() > EXACT),
            T::UInt64 => count::<UInt64Type>(array, rows, |value| value > EXACT),
            T::Float16 => {
                count::<Float16Type>(array, rows, |value| value.is_nan() && value.to_bits() != f16::NAN.to_bits())
            }
            T::Float32 => {
                count::<Float32Type>(array, rows, |value| value.is_nan() && value.to_bits() != f32::NAN.to_bits())
            }
            T::Float64 => {
                count::<Float64Type>(array, rows, |value| value.is_nan() && value.to_bits() != f64::NAN.to_bits())
            }
            T::Decimal64(_, _) => count::<Decimal64Type>(array, rows, |value| value.unsigned_abs() > EXACT),
            T::Decimal128(_, _) => {
                count::<Decimal128Type>(array, rows, |value| value.unsigned_abs() > u128::from(EXACT))
            }
            T::Decimal256(_, _) => {
                let exact = i256::from_i128(EXACT.into());
                count::<Decimal256Type>(array, rows, |value| value > exact || value < exact.wrapping_neg())
            }
            T::Utf8 => nulls_of_json(array.as_string::<i32>(), rows),
            T::LargeUtf8 => nulls_of_json(array.as_string::<i64>(), rows),
            T::Utf8View => nulls_of_json(array.as_string_view(), rows),
            _ => 0,
        }
    }
}

/// How many of some texts are the `null` of JSON.
fn nulls_of_json<'a>(texts: impl ArrayAccessor<Item = &'a str>, rows: Range<usize>) -> u64 {
    rows.filter(|row| texts.is_valid(*row) && is_json_null(texts.value(*row).as_bytes())).count() as u64
}

fn count<T: ArrowPrimitiveType>(array: &dyn Array, rows: Range<usize>, wanted: impl Fn(T::Native) -> bool) -> u64 {
    let values = array.as_primitive::<T>().values();
    let slice = values.get(rows.clone()).unwrap_or_default();
    let all = slice.iter().filter(|value| wanted(**value)).count();
    match array.nulls().filter(|_| all > 0) {
        None => all as u64,
        Some(nulls) => rows.filter(|row| nulls.is_valid(*row) && wanted(values[*row])).count() as u64,
    }
}

/// Calls `run` for each run of rows that are not null.
fn valid(nulls: Option<&NullBuffer>, rows: &Range<usize>, mut run: impl FnMut(Range<usize>)) {
    match nulls.filter(|nulls| nulls.null_count() > 0) {
        None if rows.is_empty() => {}
        None => run(rows.clone()),
        Some(nulls) => {
            let runs = nulls.slice(rows.start, rows.len());
            runs.valid_slices().for_each(|(start, end)| run(rows.start + start..rows.start + end));
        }
    }
}

#[cfg(test)]
mod tests;
