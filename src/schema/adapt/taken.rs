//! The values that an enum takes.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::{Array, StringArrayType};
use arrow_schema::{DataType, Field};
use hashbrown::HashSet;

use super::fit::symbols;
use crate::schema::avsc::keys::ENUM;

/// The values that an enum takes.
#[derive(Debug)]
pub(crate) struct Taken {
    symbols: HashSet<String>,
    /// Numbers without a name as well, as their digits: Protobuf says so of its open enums.
    numbers: bool,
    /// Whether symbols have numbers.
    is_numbered: bool,
}

impl Taken {
    /// By the metadata of a field; `None`: it is no enum.
    pub fn by(field: &Field) -> Option<Taken> {
        let value: serde_json::Value = serde_json::from_str(field.metadata().get(ENUM)?).ok()?;
        let numbers = value.get("closed").and_then(serde_json::Value::as_bool) == Some(false);
        let symbols = symbols(field)?.into_iter().collect();
        Some(Taken { symbols, numbers, is_numbered: value.get("numbers").is_some() })
    }

    /// Where data is said to be of the schema already: messages keep numbers without a name in closed enums as well.
    pub fn declared(self) -> Taken {
        Taken { numbers: self.numbers || self.is_numbered, ..self }
    }

    pub fn has(&self, text: &str) -> bool {
        let is_number = || text.parse().is_ok_and(|number: i32| number.to_string() == text);
        self.symbols.contains(text) || self.numbers && is_number()
    }

    /// Whether it takes every value that `other` takes, some of which are called otherwise here.
    pub fn has_all_of(&self, other: &Taken, renamed: &HashMap<String, String>) -> bool {
        let there = |symbol| self.has(renamed.get(symbol).unwrap_or(symbol));
        (self.numbers || !other.numbers) && other.symbols.iter().all(there)
    }

    /// Whether all values of an array of text, or of a dictionary of text, are taken. Those that a dictionary holds for no
    /// row count as well: `false` may only mean that each row has to be looked at.
    pub fn has_all_in(&self, array: &dyn Array) -> bool {
        fn all<'a>(taken: &Taken, texts: impl StringArrayType<'a>) -> bool {
            texts.iter().flatten().all(|text| taken.has(text))
        }
        match array.data_type() {
            DataType::Utf8 => all(self, array.as_string::<i32>()),
            DataType::LargeUtf8 => all(self, array.as_string::<i64>()),
            DataType::Utf8View => all(self, array.as_string_view()),
            DataType::Dictionary(..) => self.has_all_in(array.as_any_dictionary().values()),
            _ => false,
        }
    }
}
