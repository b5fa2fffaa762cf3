//! Closed sets of symbols as enums.

use std::collections::HashSet;

use prost_types::{EnumDescriptorProto, EnumValueDescriptorProto, EnumValueOptions};

use super::names::{camel, folded, is_legal, legal, shout};
use super::scope::Scope;
use crate::schema::proto::hint;
use crate::schema::proto::pool::Enum;

/// What an enum is made of.
pub(super) struct Wanted<'a> {
    /// Symbols and their numbers.
    pub names: &'a Enum,
    /// Name of the field.
    pub column: &'a str,
    /// Whether the symbols are the names of an enum of the language: those never change.
    pub from_proto: bool,
    /// Whether symbols that are no names of values are remembered in options.
    pub hints: bool,
}

/// An enum in the scope; the name of its type. `None` if the set is not closed, or the language has no such enum.
///
/// Names of values live in the scope around the enum, so they get the name of the enum before them; the first value of
/// a proto3 enum is zero, so one is added where no symbol has that number.
pub(super) fn enumeration(scope: &mut Scope, wanted: &Wanted) -> Option<String> {
    let names = wanted.names;
    let distinct: HashSet<&str> = names.values.iter().map(|(symbol, _)| symbol.as_str()).collect();
    // Digits stand for numbers without a name.
    let numeric = names.values.iter().any(|(symbol, _)| symbol.parse::<i32>().is_ok());
    if distinct.len() != names.values.len() || names.values.is_empty() || numeric {
        return None;
    }
    let keep = wanted.from_proto && names.values.iter().all(|(symbol, _)| is_legal(symbol) && !scope.is_taken(symbol));
    if !keep && (wanted.from_proto || !wanted.hints) && !names.closed {
        return None;
    }
    let short = names.name.rsplit('.').next().unwrap_or_default();
    let name = if is_legal(short) { short.to_owned() } else { camel(wanted.column) };
    if keep && distinct.contains(name.as_str()) {
        return None;
    }
    let name = scope.free(name);
    let prefix = shout(&name);
    let mut values: Vec<(String, i32, Option<&str>)> = Vec::with_capacity(names.values.len() + 1);
    let mut taken = HashSet::new();
    for (symbol, number) in &names.values {
        let value = if keep { symbol.clone() } else { format!("{prefix}_{}", legal(symbol)) };
        if (!taken.insert(folded(&value)) && !keep) || scope.is_taken(&value) || value == name {
            return None;
        }
        let original = (value != *symbol).then_some(symbol.as_str());
        values.push((value, *number, original));
    }
    match values.iter().position(|(_, number, _)| *number == 0) {
        Some(zero) => values[..=zero].rotate_right(1),
        None => {
            let mut unset = format!("{prefix}_UNSPECIFIED");
            while !taken.insert(folded(&unset)) || scope.is_taken(&unset) {
                unset.push('_');
                unset.push('X');
            }
            values.insert(0, (unset, 0, None));
        }
    }
    scope.take(&name);
    values.iter().for_each(|(value, _, _)| scope.take(value));
    let numbers: HashSet<i32> = values.iter().map(|(_, number, _)| *number).collect();
    let alias = numbers.len() < values.len();
    let value = |(value, number, original): (String, i32, Option<&str>)| EnumValueDescriptorProto {
        name: Some(value),
        number: Some(number),
        options: original.filter(|_| wanted.hints).map(|symbol| EnumValueOptions {
            uninterpreted_option: vec![hint::text_option("fmtconv.enum_value", "symbol", symbol)],
            ..EnumValueOptions::default()
        }),
    };
    scope.message.enum_type.push(EnumDescriptorProto {
        name: Some(name.clone()),
        value: values.into_iter().map(value).collect(),
        options: alias.then(|| prost_types::EnumOptions { allow_alias: Some(true), ..Default::default() }),
        ..EnumDescriptorProto::default()
    });
    Some(scope.full_type(&name))
}
