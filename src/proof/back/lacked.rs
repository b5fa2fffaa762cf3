//! Fields of an output that its records lack, at any depth. What comes back for them is what stands for a field that was
//! not written: null, the default that its schema declares, or the zero of Protobuf.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, Field, Fields};

use super::partner;
use crate::column::nesting::{Extents, element};
use crate::column::parse::plain_type;
use crate::error::{Error, Result};
use crate::proof::check::differs;
use crate::schema::adapt::missing;

/// What records lack of a field.
#[derive(Debug)]
pub(super) enum Lacked {
    /// All of it, and what stands for it if that is not only null.
    Whole(Option<ArrayRef>),
    /// Members of a struct, of the entries of a map, or the element of a list (0), or what is in them.
    Inside(Vec<(usize, Lacked)>),
}

/// A value: its place in its array, and its record.
type Place = (usize, u64);

impl Lacked {
    /// What is lacked of `read`, which is in the records as `written`, if it is. `None`: nothing, or it is not known what
    /// comes back.
    pub fn of(written: Option<&Field>, read: &Field, by_position: bool) -> Option<Lacked> {
        match written {
            None => Lacked::whole(read),
            Some(written) => {
                let inside = inside(&plain_type(written.data_type()), read.data_type(), by_position);
                (!inside.is_empty()).then_some(Lacked::Inside(inside))
            }
        }
    }

    fn whole(read: &Field) -> Option<Lacked> {
        let value = missing(read).ok()?;
        if value.logical_null_count() == 0 {
            return (value.data_type() == read.data_type()).then_some(Lacked::Whole(Some(value)));
        }
        // A default that is told in another way than by what stands for the field is none that is known here.
        let may_default = read.metadata().keys().any(|key| key.ends_with("default"));
        (!may_default).then_some(Lacked::Whole(None))
    }

    /// Fails if something else comes back for it.
    ///
    /// # Errors
    /// `Differs`, with the record and the path below the column.
    pub fn check(&self, column: &ArrayRef) -> Result<()> {
        self.find(column, (0..column.len()).map(|row| (row, row as u64)).collect())
    }

    fn find(&self, array: &ArrayRef, mut places: Vec<Place>) -> Result<()> {
        if let Some(nulls) = array.logical_nulls() {
            places.retain(|(place, _)| nulls.is_valid(*place));
        }
        let children = match self {
            Lacked::Whole(value) => {
                let stands = |place: usize| {
                    value.as_ref().is_some_and(|value| value.to_data() == array.slice(place, 1).to_data())
                };
                return match places.into_iter().find(|(place, _)| !stands(*place)) {
                    None => Ok(()),
                    Some((_, row)) => {
                        Err(differs("a value comes back where none was written".to_owned()).at_record(row))
                    }
                };
            }
            Lacked::Inside(children) => children,
        };
        let members = |columns: &[ArrayRef], fields: &Fields, places: &[Place]| {
            children.iter().try_for_each(|(index, lacked)| match (columns.get(*index), fields.get(*index)) {
                (Some(column), Some(field)) => {
                    lacked.find(column, places.to_vec()).map_err(|error| error.in_column(field.name()))
                }
                _ => Err(Error::internal("a field is lacked that the output has not")),
            })
        };
        match array.data_type() {
            DataType::Struct(fields) => members(array.as_struct().columns(), fields, &places),
            DataType::Map(_, _) => {
                let map = array.as_map();
                let offsets = map.value_offsets();
                let entries = elements(&places, |row| offsets[row] as usize..offsets[row + 1] as usize);
                members(map.entries().columns(), map.entries().fields(), &entries)
            }
            _ => match (Extents::of(array), children.as_slice()) {
                (Some((extents, _, values)), [(_, lacked)]) => {
                    let items = elements(&places, |row| extents.get(row));
                    lacked.find(values, items).map_err(|error| error.in_column("[]"))
                }
                _ => Ok(()),
            },
        }
    }
}

/// What is lacked in a type.
fn inside(written: &DataType, read: &DataType, by_position: bool) -> Vec<(usize, Lacked)> {
    match (written, read) {
        (DataType::Struct(columns), DataType::Struct(fields)) => {
            let each = fields.iter().enumerate().filter_map(|(index, field)| {
                let column = partner(columns, index, field, by_position).map(|column| column.as_ref());
                Some((index, Lacked::of(column, field, by_position)?))
            });
            each.collect()
        }
        (DataType::Map(columns, _), DataType::Map(entries, _)) => {
            // Keys and values are what they are by their places.
            match (columns.data_type(), entries.data_type()) {
                (DataType::Struct(columns), DataType::Struct(fields)) => {
                    let pairs = columns.iter().zip(fields).enumerate();
                    let each = pairs.filter_map(|(index, (column, field))| {
                        Some((index, Lacked::of(Some(column), field, by_position)?))
                    });
                    each.collect()
                }
                _ => Vec::new(),
            }
        }
        (written, read) => match (element(written), element(read)) {
            (Some(column), Some(item)) => {
                Lacked::of(Some(column), item, by_position).map(|lacked| (0, lacked)).into_iter().collect()
            }
            _ => Vec::new(),
        },
    }
}

/// The elements of the lists at `places`.
fn elements(places: &[Place], of: impl Fn(usize) -> std::ops::Range<usize>) -> Vec<Place> {
    places.iter().flat_map(|(place, row)| of(*place).map(|element| (element, *row))).collect()
}
