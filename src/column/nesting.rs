//! Nested and encoded columns, whatever their layout: where the elements of a row are, which value an encoded row shows,
//! the same type with other children. Those who walk through columns differ in what they do with the values only.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int16Type, Int32Type, Int64Type, RunEndIndexType};
use arrow_array::{Array, ArrayRef, FixedSizeListArray, downcast_dictionary_array};
use arrow_schema::{DataType, Field, FieldRef};

use crate::error::{Error, Result};

/// The element of a list type.
pub(crate) fn element(list: &DataType) -> Option<&FieldRef> {
    match list {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => Some(item),
        _ => None,
    }
}

/// The type without dictionary and run-end encoding.
pub(crate) fn unencoded(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => unencoded(values),
        DataType::RunEndEncoded(_, values) => unencoded(values.data_type()),
        other => other,
    }
}

/// The field that says what the values of runs are: theirs, or, where runs are only a way to hold a column, the column.
pub(crate) fn field_of_runs<'a>(column: &'a Field, values: &'a Field) -> &'a Field {
    if values.metadata().is_empty() { column } else { values }
}

/// The column without dictionary and run-end encoding.
pub(crate) fn unencoded_field(column: &Field) -> Field {
    let said = match column.data_type() {
        DataType::RunEndEncoded(_, values) => field_of_runs(column, values),
        _ => column,
    };
    let plain = column.clone().with_metadata(said.metadata().clone());
    match column.data_type() {
        DataType::Dictionary(_, values) => unencoded_field(&plain.with_data_type(values.as_ref().clone())),
        DataType::RunEndEncoded(_, values) => unencoded_field(&plain.with_data_type(values.data_type().clone())),
        _ => plain,
    }
}

/// The extension type of the values of a column.
pub(crate) fn extension_of(column: &Field) -> Option<&str> {
    match column.data_type() {
        DataType::RunEndEncoded(_, values) if !values.metadata().is_empty() => extension_of(values),
        _ => column.extension_type_name(),
    }
}

/// The types that stand directly in a type, in the order of its children: what walks through types descends by this.
pub(crate) fn parts(data_type: &DataType) -> Vec<&DataType> {
    match data_type {
        DataType::Struct(fields) => fields.iter().map(|field| field.data_type()).collect(),
        DataType::Union(fields, _) => fields.iter().map(|(_, field)| field.data_type()).collect(),
        DataType::Map(entries, _) => vec![entries.data_type()],
        DataType::Dictionary(_, values) => vec![values],
        DataType::RunEndEncoded(_, values) => vec![values.data_type()],
        other => element(other).into_iter().map(|item| item.data_type()).collect(),
    }
}

/// Where the elements of the rows of a list (or the entries of a map) are. Offsets of Arrow arrays are not negative.
pub(crate) enum Extents<'a> {
    Small(&'a [i32]),
    Large(&'a [i64]),
    SmallView(&'a [i32], &'a [i32]),
    LargeView(&'a [i64], &'a [i64]),
    Fixed(&'a FixedSizeListArray),
}

impl<'a> Extents<'a> {
    /// Of a list of any layout, with the field and the values of its elements; none for other columns.
    pub fn of(list: &'a dyn Array) -> Option<(Self, &'a FieldRef, &'a ArrayRef)> {
        Some(match list.data_type() {
            DataType::List(item) => {
                let list = list.as_list::<i32>();
                (Extents::Small(list.value_offsets()), item, list.values())
            }
            DataType::LargeList(item) => {
                let list = list.as_list::<i64>();
                (Extents::Large(list.value_offsets()), item, list.values())
            }
            DataType::ListView(item) => {
                let list = list.as_list_view::<i32>();
                (Extents::SmallView(list.value_offsets(), list.value_sizes()), item, list.values())
            }
            DataType::LargeListView(item) => {
                let list = list.as_list_view::<i64>();
                (Extents::LargeView(list.value_offsets(), list.value_sizes()), item, list.values())
            }
            DataType::FixedSizeList(item, _) => {
                let list = list.as_fixed_size_list();
                (Extents::Fixed(list), item, list.values())
            }
            _ => return None,
        })
    }

    /// Those of a row.
    #[inline]
    pub fn get(&self, row: usize) -> Range<usize> {
        match self {
            Extents::Small(offsets) => offsets[row] as usize..offsets[row + 1] as usize,
            Extents::Large(offsets) => offsets[row] as usize..offsets[row + 1] as usize,
            Extents::SmallView(offsets, sizes) => {
                let start = offsets[row] as usize;
                start..start + sizes[row] as usize
            }
            Extents::LargeView(offsets, sizes) => {
                let start = offsets[row] as usize;
                start..start + sizes[row] as usize
            }
            Extents::Fixed(array) => {
                let start = array.value_offset_at(row);
                start..start + array.value_length() as usize
            }
        }
    }

    /// Those of some rows, of `len` elements in all: or all, where they need not lie together.
    pub fn cover(&self, rows: Range<usize>, len: usize) -> Range<usize> {
        match self {
            _ if rows.is_empty() => 0..0,
            Extents::SmallView(..) | Extents::LargeView(..) => 0..len,
            _ => self.get(rows.start).start..self.get(rows.end - 1).end,
        }
    }
}

/// Of a dictionary or of runs: for each row, the row of its value (any where it is null), and the values.
///
/// # Errors
/// `Internal` for other columns.
pub(crate) fn decoded(array: &dyn Array) -> Result<(Vec<usize>, &ArrayRef)> {
    match array.data_type() {
        DataType::Dictionary(..) => {
            let rows = downcast_dictionary_array!(
                array => array.keys_iter().map(|key| key.unwrap_or(0)).collect(),
                other => return Err(Error::internal(format!("a dictionary of {other}")))
            );
            Ok((rows, array.as_any_dictionary().values()))
        }
        DataType::RunEndEncoded(ends, _) => match ends.data_type() {
            DataType::Int16 => runs::<Int16Type>(array),
            DataType::Int32 => runs::<Int32Type>(array),
            _ => runs::<Int64Type>(array),
        },
        other => Err(Error::internal(format!("{other} is not encoded"))),
    }
}

fn runs<R: RunEndIndexType>(array: &dyn Array) -> Result<(Vec<usize>, &ArrayRef)> {
    let runs = array.as_run_opt::<R>().ok_or_else(|| Error::internal("runs of another type"))?;
    Ok(((0..runs.len()).map(|row| runs.get_physical_index(row)).collect(), runs.values()))
}

/// The type with other fields in it: each goes through `change` with its place among its siblings. Types without fields,
/// unions and encodings are left as they are.
pub(crate) fn with_fields(data_type: &DataType, mut change: impl FnMut(usize, &FieldRef) -> FieldRef) -> DataType {
    match data_type {
        DataType::Struct(fields) => {
            DataType::Struct(fields.iter().enumerate().map(|(index, field)| change(index, field)).collect())
        }
        DataType::List(item) => DataType::List(change(0, item)),
        DataType::LargeList(item) => DataType::LargeList(change(0, item)),
        DataType::ListView(item) => DataType::ListView(change(0, item)),
        DataType::LargeListView(item) => DataType::LargeListView(change(0, item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(change(0, item), *size),
        DataType::Map(entries, sorted) => DataType::Map(change(0, entries), *sorted),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::compute::cast;
    use arrow_array::types::Int8Type;
    use arrow_array::{DictionaryArray, Int32Array, ListArray, RunArray};
    use arrow_schema::Field;

    use super::*;

    #[test]
    fn elements_are_found_in_every_layout() {
        let rows = [Some(vec![Some(1), Some(2)]), Some(vec![Some(3), None])];
        let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(rows));
        let item = Arc::new(Field::new_list_field(DataType::Int32, true));
        for kind in [
            DataType::List(item.clone()),
            DataType::LargeList(item.clone()),
            DataType::ListView(item.clone()),
            DataType::LargeListView(item.clone()),
            DataType::FixedSizeList(item.clone(), 2),
        ] {
            let array = cast(&list, &kind).unwrap();
            let (extents, field, values) = Extents::of(&array).unwrap();
            assert_eq!((field, values.len()), (&item, 4), "{kind}");
            assert_eq!((extents.get(0), extents.get(1)), (0..2, 2..4), "{kind}");
            let together = !matches!(kind, DataType::ListView(_) | DataType::LargeListView(_));
            assert_eq!(extents.cover(1..2, 4), if together { 2..4 } else { 0..4 }, "{kind}");
            assert_eq!(extents.cover(1..1, 4), 0..0, "{kind}");
            let wide = with_fields(&kind, |_, item| Arc::new(item.as_ref().clone().with_data_type(DataType::Int64)));
            assert_eq!(format!("{wide}"), format!("{kind}").replace("Int32", "Int64"));
        }
        assert!(Extents::of(&Int32Array::from(vec![1])).is_none());
    }

    #[test]
    fn values_of_runs_say_what_they_are() {
        let uuid = |name: &str| {
            Field::new(name, DataType::FixedSizeBinary(16), true).with_metadata(
                [("ARROW:extension:name".to_owned(), "arrow.uuid".to_owned())]
                    .into_iter()
                    .collect::<arrow_schema::Metadata>(),
            )
        };
        let ends = Arc::new(Field::new("run_ends", DataType::Int32, false));
        let runs = |values: Field| DataType::RunEndEncoded(ends.clone(), Arc::new(values));
        let inside = Field::new("c", runs(uuid("values")), true);
        let bare = Field::new("values", DataType::FixedSizeBinary(16), true);
        let around = uuid("c").with_data_type(runs(bare.clone()));
        let words = DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::FixedSizeBinary(16)));
        for encoded in [inside, around, uuid("c").with_data_type(words), uuid("c")] {
            assert_eq!(extension_of(&encoded), Some("arrow.uuid"), "{encoded:?}");
            assert_eq!(unencoded_field(&encoded), uuid("c"));
            assert_eq!(unencoded(encoded.data_type()), &DataType::FixedSizeBinary(16));
        }
        assert_eq!(extension_of(&Field::new("c", runs(bare), true)), None);
    }

    #[test]
    fn encoded_rows_show_values() {
        let words: DictionaryArray<Int8Type> = [Some("b"), None, Some("a"), Some("b")].into_iter().collect();
        let (rows, values) = decoded(&words).unwrap();
        assert_eq!((rows, values.len()), (vec![0, 0, 1, 0], 2));
        let none: DictionaryArray<Int8Type> = [None::<&str>, None].into_iter().collect();
        assert_eq!(decoded(&none).unwrap().0, [0, 0]);
        let runs =
            RunArray::<Int32Type>::try_new(&Int32Array::from(vec![2, 5]), &Int32Array::from(vec![7, 8])).unwrap();
        let sliced = runs.slice(1, 3);
        assert_eq!(decoded(&sliced).unwrap().0, [0, 1, 1]);
        assert!(decoded(&Int32Array::from(vec![1])).is_err());
    }
}
