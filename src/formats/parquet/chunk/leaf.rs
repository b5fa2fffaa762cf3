//! The leaves of a column: their levels, and which of their values belong to the chunk.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, OffsetSizeTrait, RunArray};
use arrow_buffer::{ArrowNativeType, NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field};

use super::levels::{Levels, NestedLevels};
use crate::code::Code;
use crate::error::{Error, Result};

/// A leaf of all batches of a chunk.
pub(super) struct Leaf {
    /// Its levels.
    pub levels: Levels,
    /// Its values, batch by batch.
    pub parts: Vec<Part>,
}

/// Values of an array: those of some runs of its rows.
pub(super) struct Part {
    /// The array.
    pub array: ArrayRef,
    /// Its rows that hold values, in order.
    pub runs: Vec<Range<usize>>,
}

/// The leaves of a field, from its arrays in all batches.
///
/// # Errors
/// `V-NULL` for a null where the field has none, with its row.
pub(super) fn leaves(field: &Field, arrays: &[ArrayRef]) -> Result<Vec<Leaf>> {
    if !field.data_type().is_nested() {
        return flat(field, arrays).map(|leaf| vec![leaf]);
    }
    let mut all: Vec<Leaf> = Vec::new();
    let mut before = 0;
    for array in arrays {
        let slots = Slots::rows(array.len());
        let mut found = Vec::new();
        descend(array, field.is_nullable(), slots, &mut found).map_err(|error| error.shifted(before, 0, 0))?;
        before += array.len() as u64;
        if all.is_empty() {
            all = found;
            continue;
        }
        for (leaf, more) in all.iter_mut().zip(found) {
            leaf.parts.extend(more.parts);
            if let (Levels::Nested(levels), Levels::Nested(more)) = (&mut leaf.levels, more.levels) {
                levels.repetition.extend(more.repetition);
                levels.definition.extend(more.definition);
            }
        }
    }
    Ok(all)
}

fn flat(field: &Field, arrays: &[ArrayRef]) -> Result<Leaf> {
    let mut before = 0;
    let mut parts = Vec::with_capacity(arrays.len());
    let mut validity = Vec::with_capacity(arrays.len());
    for array in arrays {
        let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        if let (Some(nulls), false) = (&nulls, field.is_nullable()) {
            let row = (0..nulls.len()).find(|row| nulls.is_null(*row)).unwrap_or(0);
            return Err(null(before + row as u64));
        }
        parts.push(match array.as_run_opt::<Int32Type>() {
            Some(runs) => run_values(runs),
            None => Part { array: array.clone(), runs: valid(nulls.as_ref(), array.len()) },
        });
        validity.push((array.len(), nulls));
        before += array.len() as u64;
    }
    Ok(Leaf { levels: Levels::flat(&validity, field.is_nullable()), parts })
}

/// The rows of an array that are not null.
fn valid(nulls: Option<&NullBuffer>, rows: usize) -> Vec<Range<usize>> {
    match nulls {
        Some(nulls) => nulls.valid_slices().map(|(begin, end)| begin..end).collect(),
        None => std::iter::once(0..rows).collect(),
    }
}

/// The values of runs, each as often as its run is long.
fn run_values(runs: &RunArray<Int32Type>) -> Part {
    let values = runs.values_slice();
    let mut places = Vec::with_capacity(values.len());
    let mut begin = 0;
    for (place, end) in runs.run_ends().sliced_values().enumerate() {
        let rows = end.as_usize() - std::mem::replace(&mut begin, end.as_usize());
        if values.is_valid(place) {
            places.extend(std::iter::repeat_n(place..place + 1, rows));
        }
    }
    Part { array: values, runs: places }
}

fn null(row: u64) -> Error {
    Error::value(Code::Null, "null in a column that has none").at_record(row)
}

/// Where there is nothing below a slot.
const NOTHING: u32 = u32::MAX;

/// The slots that a batch has at some depth.
#[derive(Clone)]
struct Slots {
    levels: NestedLevels,
    /// For each slot its row in the array at that depth, or [`NOTHING`].
    places: Vec<u32>,
}

impl Slots {
    /// A slot for each row.
    fn rows(rows: usize) -> Self {
        let levels = NestedLevels { repetition: vec![0; rows], definition: vec![0; rows], ..NestedLevels::default() };
        Slots { levels, places: (0..rows as u32).collect() }
    }

    /// Goes through a field: a slot without a value is defined no further.
    fn optional(&mut self, nulls: Option<&NullBuffer>, nullable: bool) -> Result<()> {
        let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
        if !nullable {
            let is_null = |place: &u32| *place != NOTHING && nulls.is_some_and(|nulls| nulls.is_null(*place as usize));
            return match self.places.iter().position(is_null) {
                Some(slot) => Err(null(self.row_of(slot))),
                None => Ok(()),
            };
        }
        self.levels.most_defined += 1;
        let slots = self.places.iter_mut().zip(&mut self.levels.definition);
        match nulls {
            None => slots.for_each(|(place, level)| *level += u16::from(*place != NOTHING)),
            Some(nulls) => slots.for_each(|(place, level)| {
                if *place != NOTHING {
                    match nulls.is_valid(*place as usize) {
                        true => *level += 1,
                        false => *place = NOTHING,
                    }
                }
            }),
        }
        Ok(())
    }

    /// The row of the batch that a slot belongs to.
    fn row_of(&self, slot: usize) -> u64 {
        match self.levels.most_repeated {
            0 => slot as u64,
            _ => self.levels.repetition[..=slot].iter().filter(|level| **level == 0).count() as u64 - 1,
        }
    }

    /// Goes into lists: a slot for each element of a list, and one for each empty list.
    fn repeated(self, elements: impl Fn(usize) -> Range<usize>) -> Slots {
        let Slots { levels: old, places: lists } = self;
        let level = old.most_repeated + 1;
        let most_defined = old.most_defined + 1;
        let mut levels = NestedLevels { most_repeated: level, most_defined, ..NestedLevels::default() };
        let elements = |list: &u32| if *list == NOTHING { 0..0 } else { elements(*list as usize) };
        let count = lists.iter().map(|list| elements(list).len().max(1)).sum();
        let mut places = Vec::with_capacity(count);
        levels.repetition.reserve(count);
        levels.definition.reserve(count);
        for (slot, list) in lists.iter().enumerate() {
            let (repetition, definition) = (old.repetition[slot], old.definition[slot]);
            let elements = elements(list);
            if elements.is_empty() {
                levels.repetition.push(repetition);
                levels.definition.push(definition);
                places.push(NOTHING);
                continue;
            }
            levels.repetition.push(repetition);
            levels.repetition.resize(levels.repetition.len() + elements.len() - 1, level);
            levels.definition.resize(levels.definition.len() + elements.len(), definition + 1);
            places.extend(elements.start as u32..elements.end as u32);
        }
        Slots { levels, places }
    }

    /// The leaf with the values of `array`.
    fn leaf(self, array: &ArrayRef) -> Leaf {
        let mut runs: Vec<Range<usize>> = Vec::new();
        let mut add = |first: u32, count: usize| match runs.last_mut() {
            _ if first == NOTHING => {}
            Some(run) if run.end == first as usize => run.end += count,
            _ => runs.push(first as usize..first as usize + count),
        };
        // Most values stand behind one another: so many are looked at together.
        const TOGETHER: usize = 32;
        for places in self.places.chunks(TOGETHER) {
            let first = places[0];
            let next = |index: usize| first.wrapping_add(index as u32);
            let strays = places.iter().enumerate().filter(|(index, place)| **place != next(*index)).count();
            match strays == 0 && first != NOTHING {
                true => add(first, places.len()),
                false => places.iter().for_each(|place| add(*place, 1)),
            }
        }
        Leaf { levels: Levels::Nested(self.levels), parts: vec![Part { array: array.clone(), runs }] }
    }
}

fn descend(array: &ArrayRef, nullable: bool, mut slots: Slots, found: &mut Vec<Leaf>) -> Result<()> {
    if u32::try_from(array.len()).map_or(true, |len| len == NOTHING) {
        return Err(Error::unsupported("more than 2^32 values in a batch"));
    }
    slots.optional(array.logical_nulls().as_ref(), nullable)?;
    fn spans<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>) -> impl Fn(usize) -> Range<usize> {
        |list| offsets[list].as_usize()..offsets[list + 1].as_usize()
    }
    match array.data_type() {
        DataType::Struct(fields) => {
            let members = array.as_struct().columns();
            let Some(((last, last_field), others)) =
                members.iter().zip(fields).collect::<Vec<_>>().split_last().map(|(last, rest)| (*last, rest.to_vec()))
            else {
                return Ok(());
            };
            for (member, field) in others {
                descend(member, field.is_nullable(), slots.clone(), found)
                    .map_err(|error| error.in_column(field.name()))?;
            }
            descend(last, last_field.is_nullable(), slots, found).map_err(|error| error.in_column(last_field.name()))
        }
        DataType::List(item) => {
            let list = array.as_list::<i32>();
            descend(list.values(), item.is_nullable(), slots.repeated(spans(list.offsets())), found)
                .map_err(|error| error.in_column("[]"))
        }
        DataType::LargeList(item) => {
            let list = array.as_list::<i64>();
            descend(list.values(), item.is_nullable(), slots.repeated(spans(list.offsets())), found)
                .map_err(|error| error.in_column("[]"))
        }
        DataType::FixedSizeList(item, size) => {
            let list = array.as_fixed_size_list();
            let size = usize::try_from(*size).unwrap_or(0);
            descend(list.values(), item.is_nullable(), slots.repeated(|list| list * size..(list + 1) * size), found)
                .map_err(|error| error.in_column("[]"))
        }
        DataType::Map(entries, _) => {
            let map = array.as_map();
            let entries_array: ArrayRef = std::sync::Arc::new(map.entries().clone());
            descend(&entries_array, entries.is_nullable(), slots.repeated(spans(map.offsets())), found)
        }
        _ => {
            found.push(slots.leaf(array));
            Ok(())
        }
    }
}

/// Whether the leaves of a type are found here.
pub(super) fn is_known(data_type: &DataType) -> bool {
    match data_type {
        DataType::Struct(fields) => fields.iter().all(|field| is_known(field.data_type())),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            is_known(item.data_type())
        }
        DataType::Map(entries, _) => is_known(entries.data_type()),
        other => !other.is_nested(),
    }
}
