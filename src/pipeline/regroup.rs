//! Cuts ordered batches into groups of exactly so many rows, without copying.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{ByteViewType, Int32Type};
use arrow_array::{Array, ArrayRef, DictionaryArray, GenericByteViewArray};
use arrow_schema::DataType;

use super::place::{Place, Places};
use super::stage::Batch;
use crate::error::{Origin, Result};
use crate::report::Report;

/// Batches that belong in one piece, and where their rows came from.
pub struct Group {
    /// The batches.
    pub batches: Vec<Batch>,
    /// Where the rows came from.
    pub places: Places,
}

/// Groups of exactly `rows` rows; the last may be shorter, and a group ends early at a batch boundary once it
/// holds `bytes` bytes (both are functions of the input and the options).
pub struct Regroup<I> {
    chunks: I,
    rows: usize,
    bytes: usize,
    nested_cost: usize,
    place: Place,
    /// Where the chunk began: errors of reading count from there.
    begin: Place,
    pending: std::collections::VecDeque<(Batch, Option<Arc<str>>, u64)>,
    group: Group,
    group_rows: usize,
    group_bytes: usize,
    failed: Option<crate::error::Error>,
    done: bool,
    /// Whether any group was made: an input without records still gives one group, for the report.
    any: bool,
}

impl<I> Regroup<I>
where
    I: Iterator<Item = Result<(Origin, Result<Vec<Batch>>, bool)>>,
{
    /// Groups the batches of `chunks`, each in one part or more; the first says that it is.
    pub fn new(chunks: I, rows: usize, bytes: usize) -> Self {
        Regroup {
            chunks,
            rows,
            bytes,
            nested_cost: 1,
            place: Place::default(),
            begin: Place::default(),
            pending: Default::default(),
            group: Group { batches: Vec::new(), places: Places::default() },
            group_rows: 0,
            group_bytes: 0,
            failed: None,
            done: false,
            any: false,
        }
    }

    /// Counts the bytes of columns of lists and structs so many times ([`Encode::nested_cost`](super::Encode::nested_cost)).
    pub fn with_nested_cost(self, nested_cost: usize) -> Self {
        Regroup { nested_cost, ..self }
    }

    fn take_group(&mut self) -> Group {
        self.group_rows = 0;
        self.group_bytes = 0;
        self.any = true;
        std::mem::replace(&mut self.group, Group { batches: Vec::new(), places: Places::default() })
    }

    /// Bytes of large dictionaries that the batch before did not have: each is held as a whole.
    fn new_dictionaries(&self, batch: &Batch) -> usize {
        let before = self.group.batches.last().map(|batch| batch.records.columns()).unwrap_or_default();
        let dictionaries = batch.records.columns().iter().enumerate().filter_map(|(index, column)| {
            let values = column.as_any_dictionary_opt()?.values();
            let last = before.get(index).and_then(|column| column.as_any_dictionary_opt());
            let is_new = !last.is_some_and(|last| Arc::ptr_eq(last.values(), values));
            let bytes = values.get_array_memory_size();
            (is_new && bytes > SMALL_DICTIONARY_BYTES).then_some(bytes)
        });
        dictionaries.sum()
    }

    /// Moves rows of the first pending batch into the group. True if the group is full.
    fn fill(&mut self) -> bool {
        let Some((batch, source, record)) = self.pending.pop_front() else { return false };
        let room = self.rows - self.group_rows;
        let have = batch.records.num_rows();
        self.group.places.push(self.group_rows as u64, source.clone(), record);
        if have <= room {
            self.group_rows += have;
            self.group_bytes += sliced_bytes(&batch, self.nested_cost) + self.new_dictionaries(&batch);
            self.group.batches.push(batch);
            return self.group_rows == self.rows || self.group_bytes >= self.bytes;
        }
        // The counts of a batch that is cut go with its first part, but for the rows of the rest.
        let rest = have - room;
        let mut report = batch.report.clone();
        report.records_in -= rest as u64;
        let first = Batch { records: batch.records.slice(0, room), report };
        let second = Batch { records: batch.records.slice(room, rest), report: Report::read(rest as u64) };
        self.pending.push_front((second, source, record + room as u64));
        self.group.batches.push(first);
        true
    }
}

impl<I> Iterator for Regroup<I>
where
    I: Iterator<Item = Result<(Origin, Result<Vec<Batch>>, bool)>>,
{
    type Item = Result<Group>;

    fn next(&mut self) -> Option<Result<Group>> {
        loop {
            while !self.pending.is_empty() {
                if self.fill() {
                    return Some(Ok(self.take_group()));
                }
            }
            if let Some(error) = self.failed.take() {
                self.done = true;
                return Some(Err(error));
            }
            if self.done {
                return None;
            }
            match self.chunks.next() {
                Some(Ok((origin, batches, is_begin))) => {
                    if is_begin {
                        self.place.enter(&origin);
                        self.begin = self.place.clone();
                    }
                    match batches {
                        Ok(batches) => {
                            for batch in batches {
                                let (source, record) = self.place.here();
                                self.place.advance(&batch.report);
                                self.pending.push_back((batch, source, record));
                            }
                        }
                        Err(error) => self.failed = Some(self.begin.locate(error)),
                    }
                }
                Some(Err(error)) => self.failed = Some(error),
                None => {
                    self.done = true;
                    if !self.group.batches.is_empty() || !self.any {
                        return Some(Ok(self.take_group()));
                    }
                }
            }
        }
    }
}

/// Bytes of dictionaries that are not looked at: those that Parquet text may come with, or not.
const SMALL_DICTIONARY_BYTES: usize = 256 << 10;

/// What a column of runs takes beside its values, about: two arrays, with their types and buffers.
const RUNS_BYTES: usize = 512;

/// Bytes of the values of a batch, of its slice alone. A dictionary of text counts as the text that it stands for: where a
/// group ends does not depend on which of them came. Runs count as what they take, with what holds them; lists and structs
/// `nested_cost` times.
pub(super) fn sliced_bytes(batch: &Batch, nested_cost: usize) -> usize {
    use DataType as T;
    let cost = |column: &ArrayRef| match column.data_type() {
        T::Struct(_) | T::List(_) | T::LargeList(_) | T::FixedSizeList(_, _) | T::Map(_, _) => nested_cost,
        _ => 1,
    };
    batch.records.columns().iter().map(|column| cost(column) * column_bytes(column)).sum()
}

fn column_bytes(column: &ArrayRef) -> usize {
    match column.data_type() {
        DataType::Dictionary(_, values) if **values == DataType::Utf8 => {
            if let Some(dictionary) = column.as_dictionary_opt::<Int32Type>() {
                return text_bytes(dictionary);
            }
        }
        // A slice of views holds the bytes of the whole array.
        DataType::Utf8View => return view_bytes(column.as_string_view()),
        DataType::BinaryView => return view_bytes(column.as_binary_view()),
        DataType::RunEndEncoded(_, _) => {
            if let Some(runs) = column.as_run_opt::<Int32Type>() {
                let values = runs.values_slice();
                return RUNS_BYTES + values.len() * size_of::<i32>() + column_bytes(&values);
            }
        }
        _ => {}
    }
    column.to_data().get_slice_memory_size().unwrap_or_else(|_| column.get_array_memory_size())
}

fn view_bytes<T: ByteViewType>(views: &GenericByteViewArray<T>) -> usize {
    let nulls = views.nulls().map_or(0, |nulls| nulls.len().div_ceil(8));
    size_of_val(&views.views()[..]) + views.total_buffer_bytes_used() + nulls
}

/// Bytes of a dictionary of text as text.
fn text_bytes(dictionary: &DictionaryArray<Int32Type>) -> usize {
    let offsets = dictionary.values().as_string::<i32>().value_offsets();
    let keys = dictionary.keys();
    let of_row = |row: usize| {
        let key = usize::try_from(keys.values()[row]).ok();
        key.and_then(|key| offsets.get(key..key + 2)).map_or(0, |ends| ends[1].abs_diff(ends[0]) as usize)
    };
    let text: usize = match keys.nulls().filter(|nulls| nulls.null_count() > 0) {
        None => (0..keys.len()).map(of_row).sum(),
        Some(nulls) => nulls.valid_indices().map(of_row).sum(),
    };
    let nulls = keys.nulls().map_or(0, |nulls| nulls.len().div_ceil(8));
    text + (keys.len() + 1) * size_of::<i32>() + nulls
}

#[cfg(test)]
mod tests;
