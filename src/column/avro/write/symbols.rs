//! Text written as enums: what becomes of text that is no symbol, and how often it did.

use std::cell::Cell;
use std::collections::HashMap;

use super::{Branch, Place, Value};

/// What becomes of text that is no symbol of the enum that it is written as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum UnknownSymbol {
    /// The run stops.
    #[default]
    Refuse,
    /// The default of the enum is written, if it has one.
    Default,
    /// Null is written, where that is possible.
    Null,
}

/// The symbols of an enum.
pub(crate) struct Symbols<'a> {
    pub(crate) places: HashMap<&'a [u8], usize>,
    /// The place of the default of the enum.
    pub(crate) default: Option<usize>,
    /// Where text that is no symbol becomes the default: how often it did.
    pub(crate) defaulted: Option<Cell<u64>>,
}

impl<'a> Place<'a> {
    /// Says what becomes of text that is no symbol, here and inside.
    pub(crate) fn set_unknown_symbols(&mut self, unknown: UnknownSymbol) {
        let optional = matches!(self.branch, Branch::Optional { .. });
        if unknown == UnknownSymbol::Null && optional && self.value.is_enum() {
            self.nulled = Some(Cell::new(0));
        }
        match &mut self.value {
            Value::Enum(_, symbols) if unknown == UnknownSymbol::Default => symbols.defaulted = Some(Cell::new(0)),
            value => value.inner_mut(&mut |_, place| place.set_unknown_symbols(unknown)),
        }
    }

    /// Calls `f` with the path and the number of values that were altered, for each place where there are any.
    pub(crate) fn altered(&self, path: &str, f: &mut impl FnMut(&str, u64)) {
        let defaulted = match &self.value {
            Value::Enum(_, symbols) => symbols.defaulted.as_ref(),
            _ => None,
        };
        let count: u64 = self.nulled.iter().chain(defaulted).map(Cell::get).sum();
        if count > 0 {
            f(path, count);
        }
        self.value.inner(&mut |step, place| {
            let path = if step.starts_with('[') || step.is_empty() {
                format!("{path}{step}")
            } else {
                format!("{path}.{step}")
            };
            place.altered(&path, f);
        });
    }
}

impl<'a> Value<'a> {
    fn is_enum(&self) -> bool {
        match self {
            Value::Enum(..) => true,
            Value::Indexed(_, values) => values.value.is_enum(),
            _ => false,
        }
    }

    /// Whether the text of a row is no symbol of the enum that it is written as.
    pub(super) fn is_unknown(&self, row: usize) -> bool {
        match self {
            Value::Enum(texts, symbols) => !symbols.places.contains_key(texts.get(row)),
            Value::Indexed(indices, values) => indices.get(row).is_some_and(|row| values.value.is_unknown(*row)),
            _ => false,
        }
    }

    /// Calls `f` on each place inside, with the step of the path that leads there.
    fn inner(&self, f: &mut dyn FnMut(&str, &Place<'a>)) {
        match self {
            Value::Indexed(_, values) => f("", values),
            Value::List(_, item) => f("[]", item),
            Value::Map(_, keys, values) => {
                f("", keys);
                f("{}", values);
            }
            Value::Record(fields) => fields.iter().for_each(|(name, field)| f(name, field)),
            Value::Union { branches, .. } => branches.iter().flatten().for_each(|(_, branch)| f("", branch)),
            Value::UnionRecord { fields, .. } => fields.iter().for_each(|(_, _, field)| f("", field)),
            _ => {}
        }
    }

    /// The same, to change them.
    fn inner_mut(&mut self, f: &mut dyn FnMut(&str, &mut Place<'a>)) {
        match self {
            Value::Indexed(_, values) => f("", values),
            Value::List(_, item) => f("[]", item),
            Value::Map(_, keys, values) => {
                f("", keys);
                f("{}", values);
            }
            Value::Record(fields) => fields.iter_mut().for_each(|(name, field)| f(name, field)),
            Value::Union { branches, .. } => branches.iter_mut().flatten().for_each(|(_, branch)| f("", branch)),
            Value::UnionRecord { fields, .. } => fields.iter_mut().for_each(|(_, _, field)| f("", field)),
            _ => {}
        }
    }
}
