//! The way to a refused value: down the column path, through structs, lists and maps.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{
    Array, ArrayRef, GenericListArray, MapArray, OffsetSizeTrait, StructArray, UInt32Array, new_empty_array,
};
use arrow_buffer::OffsetBuffer;
use arrow_ord::ord::make_comparator;
use arrow_schema::{DataType, FieldRef, SortOptions};
use arrow_select::concat::concat;
use arrow_select::take::take;

use super::{Case, Takes};
use crate::code::Code;
use crate::policy::Policy;

/// What follows `name` in a column path.
pub(super) fn behind<'a>(path: &'a str, name: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(name)?;
    match rest.as_bytes().first() {
        None | Some(b'[') => Some(rest),
        Some(b'.') => Some(&rest[1..]),
        Some(_) => None,
    }
}

impl Case<'_> {
    /// An array of one slot, altered at `path` below it so that `takes` is content; and how many values were.
    pub(super) fn mend(
        &mut self,
        array: &ArrayRef,
        nullable: bool,
        path: &str,
        takes: Takes<'_>,
    ) -> Option<(ArrayRef, u64)> {
        let inside = !array.is_null(0) && (!path.is_empty() || self.code == Code::NullElement);
        match array.data_type() {
            DataType::Struct(fields) if inside => {
                let members = array.as_struct();
                fields.iter().enumerate().find_map(|(index, field)| {
                    let rest = behind(path, field.name())?;
                    let whole = |child: &ArrayRef| with_member(members, index, child);
                    let takes = |child: &ArrayRef| whole(child).is_some_and(|whole| takes(&whole));
                    let (child, count) = self.mend(members.column(index), field.is_nullable(), rest, &takes)?;
                    Some((whole(&child)?, count))
                })
            }
            DataType::List(item) if inside => self.list::<i32>(array, item, path, takes),
            DataType::LargeList(item) if inside => self.list::<i64>(array, item, path, takes),
            DataType::Map(_, _) if inside => self.map(array, path, takes),
            DataType::Map(_, _) if self.code == Code::DuplicateKey => self.unique_keys(array, takes),
            _ => self.leaf(array, nullable, takes).map(|array| (array, 1)),
        }
    }

    fn list<O: OffsetSizeTrait>(
        &mut self,
        array: &ArrayRef,
        item: &FieldRef,
        path: &str,
        takes: Takes<'_>,
    ) -> Option<(ArrayRef, u64)> {
        let rest = path.strip_prefix("[]").unwrap_or(path);
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        let of = |values: ArrayRef| -> Option<ArrayRef> {
            let offsets = OffsetBuffer::<O>::from_lengths([values.len()]);
            Some(Arc::new(GenericListArray::<O>::try_new(item.clone(), offsets, values, None).ok()?))
        };
        let alone = |value: &ArrayRef| of(value.clone()).is_some_and(|list| takes(&list));
        let values = array.as_list::<O>().value(0);
        let mut kept = Vec::with_capacity(values.len());
        let mut count = 0;
        for index in 0..values.len() {
            let value = values.slice(index, 1);
            if alone(&value) {
                kept.push(value);
                continue;
            }
            if self.policy == Policy::Ignore {
                count += 1;
                continue;
            }
            let (value, altered) = self.mend(&value, item.is_nullable(), rest, &alone)?;
            kept.push(value);
            count += altered;
        }
        let whole = of(joined(&kept, item.data_type())?)?;
        (count > 0 && takes(&whole)).then_some((whole, count))
    }

    /// Values of a map. Keys are never altered: they would be others.
    fn map(&mut self, array: &ArrayRef, path: &str, takes: Takes<'_>) -> Option<(ArrayRef, u64)> {
        // Formats name the values of a map in their own way.
        let rest = ["{}", "entries.value", "value"].iter().find_map(|name| behind(path, name))?;
        let map = array.as_map();
        let entries = map.value(0);
        let DataType::Struct(fields) = entries.data_type() else { return None };
        let [_, value_field] = &fields[..] else { return None };
        let (keys, values) = (entries.column(0), entries.column(1));
        let pair = |index: usize, value: &ArrayRef| {
            StructArray::try_new(fields.clone(), vec![keys.slice(index, 1), value.clone()], None).ok()
        };
        let mut kept: Vec<ArrayRef> = Vec::with_capacity(entries.len());
        let mut count = 0;
        for index in 0..entries.len() {
            let alone = |value: &ArrayRef| {
                pair(index, value).and_then(|pair| of_entries(map, pair)).is_some_and(|map| takes(&map))
            };
            let value = values.slice(index, 1);
            if alone(&value) {
                kept.push(Arc::new(entries.slice(index, 1)));
                continue;
            }
            let (value, altered) = self.mend(&value, value_field.is_nullable(), rest, &alone)?;
            kept.push(Arc::new(pair(index, &value)?));
            count += altered;
        }
        let whole = of_entries(map, joined(&kept, entries.data_type())?.as_struct().clone())?;
        (count > 0 && takes(&whole)).then_some((whole, count))
    }

    /// The first or the last entry of each key, in the order of the map.
    fn unique_keys(&mut self, array: &ArrayRef, takes: Takes<'_>) -> Option<(ArrayRef, u64)> {
        let map = array.as_map();
        let entries = map.value(0);
        let compare = make_comparator(entries.column(0), entries.column(0), SortOptions::default()).ok()?;
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_by(|left, right| compare(*left, *right).then(left.cmp(right)));
        let groups = order.chunk_by(|left, right| compare(*left, *right).is_eq());
        let chosen = groups.map(|group| match self.policy {
            Policy::First => group.first(),
            Policy::Last => group.last(),
            _ => None,
        });
        let mut kept: Vec<usize> = chosen.map(Option::<&usize>::copied).collect::<Option<_>>()?;
        kept.sort_unstable();
        let indices: UInt32Array = kept.iter().map(|index| u32::try_from(*index).ok()).collect();
        let pairs = take(&entries, &indices, None).ok()?;
        let whole = of_entries(map, pairs.as_struct().clone())?;
        takes(&whole).then_some((whole, (entries.len() - kept.len()) as u64))
    }
}

fn joined(parts: &[ArrayRef], data_type: &DataType) -> Option<ArrayRef> {
    if parts.is_empty() {
        return Some(new_empty_array(data_type));
    }
    let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
    concat(&parts).ok()
}

fn with_member(members: &StructArray, index: usize, child: &ArrayRef) -> Option<ArrayRef> {
    let mut children = members.columns().to_vec();
    *children.get_mut(index)? = child.clone();
    let whole = StructArray::try_new(members.fields().clone(), children, members.nulls().cloned());
    whole.ok().map(|whole| Arc::new(whole) as ArrayRef)
}

/// A map of one slot with these entries.
fn of_entries(map: &MapArray, entries: StructArray) -> Option<ArrayRef> {
    let DataType::Map(field, sorted) = map.data_type() else { return None };
    let offsets = OffsetBuffer::<i32>::from_lengths([entries.len()]);
    let whole = MapArray::try_new(field.clone(), offsets, entries, None, *sorted);
    whole.ok().map(|whole| Arc::new(whole) as ArrayRef)
}
