//! Nulls in columns that have none by their schema, and that no bitmap of the column shows: keys of dictionaries may
//! point to them, runs and branches of unions may hold them. Encoders would take them for values, and no array around
//! them could be made where they are read back.

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, FieldRef, SchemaRef};

use crate::column::nesting::{Extents, element};

/// The columns of `schema` in which there may be one.
pub(super) fn suspects(schema: &SchemaRef) -> Vec<usize> {
    let hides = |field: &FieldRef| match field.data_type() {
        // The null of a branch is a value of a union; around it another one is needed to make it a fault.
        DataType::Union(branches, _) => branches.iter().any(|(_, branch)| may_hide(branch)),
        _ => may_hide(field),
    };
    let fields = schema.fields().iter().enumerate();
    fields.filter(|(_, field)| hides(field)).map(|(index, _)| index).collect()
}

/// Whether a null of a field, or of one in it, may be hidden.
fn may_hide(field: &FieldRef) -> bool {
    match field.data_type() {
        DataType::Dictionary(..) | DataType::RunEndEncoded(..) => !field.is_nullable(),
        DataType::Union(branches, _) => !field.is_nullable() || branches.iter().any(|(_, branch)| may_hide(branch)),
        DataType::Struct(members) => members.iter().any(may_hide),
        DataType::Map(entries, _) => may_hide(entries),
        other => element(other).is_some_and(may_hide),
    }
}

/// The first record with a null in one of the columns `suspects` that is not to be there, and the path of the null.
pub(crate) fn first(records: &RecordBatch, schema: &SchemaRef, suspects: &[usize]) -> Option<(usize, String)> {
    let found = suspects.iter().filter_map(|index| {
        let (field, array) = (schema.fields().get(*index)?, records.column(*index));
        let rows: Vec<_> = (0..array.len()).map(|row| (row, row)).collect();
        match array.data_type() {
            DataType::Union(..) => inside(field.data_type(), array, &rows, field.name()),
            _ => forbidden(field, array, &rows, field.name()),
        }
    });
    found.min_by_key(|(record, _)| *record)
}

/// The first null of a field, or of one in it. `rows`: records, and the rows of `array` that are theirs.
fn forbidden(field: &FieldRef, array: &dyn Array, rows: &[(usize, usize)], path: &str) -> Option<(usize, String)> {
    let Some(nulls) = array.logical_nulls().filter(|nulls| nulls.null_count() > 0) else {
        return inside(field.data_type(), array, rows, path);
    };
    let own = rows.iter().find(|(_, row)| nulls.is_null(*row)).filter(|_| !field.is_nullable());
    let present: Vec<_> = rows.iter().copied().filter(|(_, row)| nulls.is_valid(*row)).collect();
    let own = own.map(|(record, _)| (*record, path.to_owned()));
    own.into_iter().chain(inside(field.data_type(), array, &present, path)).min_by_key(|(record, _)| *record)
}

/// The first null in the fields that an array is made of, of rows that are not null. `data_type`: the type that says which
/// fields have nulls; none where it is no layout of the array.
fn inside(data_type: &DataType, array: &dyn Array, rows: &[(usize, usize)], path: &str) -> Option<(usize, String)> {
    let elements = |range: &dyn Fn(usize) -> std::ops::Range<usize>| -> Vec<_> {
        rows.iter().flat_map(|(record, row)| range(*row).map(|element| (*record, element))).collect()
    };
    if let (Some((extents, _, values)), Some(item)) = (Extents::of(array), element(data_type)) {
        return forbidden(item, values, &elements(&|row| extents.get(row)), &format!("{path}[]"));
    }
    match data_type {
        DataType::Struct(members) => {
            let columns = members.iter().zip(array.as_struct_opt()?.columns());
            let found = columns
                .filter_map(|(field, column)| forbidden(field, column, rows, &format!("{path}.{}", field.name())));
            found.min_by_key(|(record, _)| *record)
        }
        DataType::Map(entries, _) => {
            let map = array.as_map_opt()?;
            let offsets = map.value_offsets();
            let rows = elements(&|row| offsets[row] as usize..offsets[row + 1] as usize);
            forbidden(entries, map.entries(), &rows, path)
        }
        DataType::Union(branches, _) => {
            let union = array.as_union_opt()?;
            let found = branches.iter().filter_map(|(id, branch)| {
                let theirs = rows.iter().filter(|(_, row)| union.type_id(*row) == id);
                let theirs: Vec<_> = theirs.map(|(record, row)| (*record, union.value_offset(*row))).collect();
                forbidden(branch, union.child(id), &theirs, &format!("{path}.{}", branch.name()))
            });
            found.min_by_key(|(record, _)| *record)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
