//! Which symbol of an enum is which of another one: by name, by number between versions of one Protobuf enum, and by
//! name without the prefix that Protobuf's style guide asks for (`STATE_A` of `State` is `A`).

use std::collections::HashMap;

use arrow_schema::Field;
use serde::Deserialize;

use super::avsc::keys::ENUM;

/// What the metadata of a field says of its enum.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Symbols {
    #[serde(default)]
    pub name: Option<String>,
    pub symbols: Vec<String>,
    /// Protobuf's numbers, one for each symbol.
    #[serde(default)]
    pub numbers: Option<Vec<i32>>,
    #[serde(default)]
    pub closed: Option<bool>,
}

impl Symbols {
    /// Of the column, or of the items of the column.
    pub fn of(field: &Field) -> Option<Symbols> {
        let found: Symbols = serde_json::from_str(field.metadata().get(ENUM)?).ok()?;
        found.numbers.as_ref().is_none_or(|numbers| numbers.len() == found.symbols.len()).then_some(found)
    }

    fn has(&self, symbol: &str) -> bool {
        self.symbols.iter().any(|known| known == symbol)
    }

    fn short_name(&self) -> &str {
        let name = self.name.as_deref().unwrap_or_default();
        name.rsplit('.').next().unwrap_or(name)
    }

    /// The prefix that all symbols of a Protobuf enum have.
    fn prefix(&self) -> Option<String> {
        self.numbers.as_ref()?;
        prefix(self.short_name(), self.symbols.iter().map(String::as_str))
    }

    fn numbered(&self) -> impl Iterator<Item = (&str, i32)> {
        self.symbols.iter().map(String::as_str).zip(self.numbers.iter().flatten().copied())
    }
}

/// The prefix of the symbols of an enum called `name`, if all of them have it.
pub(crate) fn prefix<'a>(name: &str, mut symbols: impl Iterator<Item = &'a str>) -> Option<String> {
    let prefix = format!("{}_", screaming(name));
    symbols.all(|symbol| symbol.starts_with(&prefix)).then_some(prefix)
}

/// `OrderState` becomes `ORDER_STATE`.
fn screaming(name: &str) -> String {
    let mut out = String::new();
    let mut lower = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && lower {
            out.push('_');
        }
        lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        out.push(c.to_ascii_uppercase());
    }
    out
}

/// The symbols of `from` that `to` has under another name, with that name; digits stand for a number without a name,
/// on either side.
pub(crate) fn renamed(from: &Symbols, to: &Symbols) -> HashMap<String, String> {
    let mut found = HashMap::new();
    let versions = from.numbers.is_some() && to.numbers.is_some() && from.short_name() == to.short_name();
    let called = |wanted: i32| to.numbered().find(|(_, number)| *number == wanted).map(|(name, _)| name);
    if versions {
        for (symbol, number) in from.numbered().filter(|(symbol, _)| !to.has(symbol)) {
            match called(number) {
                Some(name) => found.insert(symbol.to_owned(), name.to_owned()),
                // A closed enum has no place for it.
                None if to.closed == Some(false) => found.insert(symbol.to_owned(), number.to_string()),
                None => None,
            };
        }
        for (_, number) in to.numbered().filter(|(_, number)| from.numbered().all(|(_, known)| known != *number)) {
            found.extend(called(number).map(|name| (number.to_string(), name.to_owned())));
        }
        return found;
    }
    let (own, other) = (from.prefix(), to.prefix());
    let without = |symbol: &'_ str, prefix: &Option<String>| {
        let short = prefix.as_ref().and_then(|prefix| symbol.strip_prefix(prefix.as_str()));
        short.filter(|short| !short.is_empty()).unwrap_or(symbol).to_owned()
    };
    for symbol in from.symbols.iter().filter(|symbol| !to.has(symbol)) {
        let short = without(symbol, &own);
        let same = to.symbols.iter().find(|name| without(name, &other) == short);
        found.extend(same.map(|name| (symbol.clone(), name.clone())));
    }
    found
}

/// The same by what fields say; none if one of them is no enum.
pub(crate) fn renamed_in(from: &Field, to: &Field) -> HashMap<String, String> {
    match (Symbols::of(from), Symbols::of(to)) {
        (Some(from), Some(to)) => renamed(&from, &to),
        _ => HashMap::new(),
    }
}

/// The item of a list or the value of a map, with what the column says of its enum.
pub(crate) fn of_item(column: &Field, item: &Field) -> Field {
    match column.metadata().get(ENUM) {
        Some(said) if !item.metadata().contains_key(ENUM) && !item.data_type().is_nested() => {
            let mut metadata = item.metadata().clone();
            metadata.insert(ENUM.to_owned(), said.clone());
            item.clone().with_metadata(metadata)
        }
        _ => item.clone(),
    }
}

#[cfg(test)]
mod tests;
