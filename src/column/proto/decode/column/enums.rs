//! Enum values of a column: numbers become keys of a dictionary of names.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, StringArray};

use crate::schema::proto::pool::Enum;

/// Dictionary keys of enum numbers.
pub struct Enums {
    names: Arc<Names>,
    pub(super) keys: Vec<i32>,
    extra: Vec<i32>,
    extra_keys: HashMap<i32, i32>,
}

/// The declared names of an enum, made once for all batches.
pub struct Names {
    texts: Vec<String>,
    array: ArrayRef,
    keys: HashMap<i32, i32>,
    /// Keys of numbers from zero up, where they are dense.
    dense: Vec<i32>,
    /// The key of what stands for absence.
    default: i32,
}

impl Names {
    /// Names in declaration order; of aliases the first.
    pub fn new(names: &Enum) -> Self {
        let mut texts = Vec::new();
        let mut keys = HashMap::new();
        for (name, number) in &names.values {
            keys.entry(*number).or_insert_with(|| {
                texts.push(name.clone());
                texts.len() as i32 - 1
            });
        }
        let dense = (0..256).map_while(|number| keys.get(&number).copied()).collect();
        // Absent is the first declared value (proto3 demands that it is zero).
        Names { array: Arc::new(StringArray::from_iter_values(&texts)), texts, keys, dense, default: 0 }
    }
}

impl Enums {
    pub(super) fn new(names: Arc<Names>) -> Enums {
        Enums { names, keys: Vec::new(), extra: Vec::new(), extra_keys: HashMap::new() }
    }

    #[inline]
    pub(super) fn key(&mut self, number: i32) -> i32 {
        if let Some(key) = usize::try_from(number).ok().and_then(|number| self.names.dense.get(number)) {
            return *key;
        }
        if let Some(key) = self.names.keys.get(&number) {
            return *key;
        }
        let next = (self.names.texts.len() + self.extra.len()) as i32;
        *self.extra_keys.entry(number).or_insert_with(|| {
            self.extra.push(number);
            next
        })
    }

    /// Rows that are added are absent.
    pub(super) fn resize(&mut self, rows: usize) {
        self.keys.resize(rows, self.names.default);
    }

    /// Keys, and the dictionary: declared names, then the decimal text of numbers that have none.
    pub fn finish(self) -> (Vec<i32>, ArrayRef) {
        let values = if self.extra.is_empty() {
            self.names.array.clone()
        } else {
            let extra = self.extra.iter().map(i32::to_string);
            Arc::new(StringArray::from_iter_values(self.names.texts.iter().cloned().chain(extra)))
        };
        (self.keys, values)
    }
}
