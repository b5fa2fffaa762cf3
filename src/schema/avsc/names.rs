//! Arrow names are any text; Avro names are letters, digits and `_`.

use std::collections::HashSet;

use super::parse::is_legal_name;

/// A legal name that looks like `name`: every other character becomes `_`, a digit in front gets one.
pub(crate) fn legal_name(name: &str) -> String {
    let mut legal: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if legal.is_empty() || legal.starts_with(|c: char| c.is_ascii_digit()) {
        legal.insert(0, '_');
    }
    legal
}

/// Legal names for siblings, in their order. Names that are legal are taken first and never change; the others get
/// `_2`, `_3` where they collide. A name that comes twice keeps its first place.
pub(crate) fn legal_names<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut first = Vec::new();
    for name in names.clone() {
        first.push(is_legal_name(name) && taken.insert(name.to_owned()));
    }
    names
        .zip(first)
        .map(|(name, kept)| if kept { name.to_owned() } else { unique(legal_name(name), &mut taken) })
        .collect()
}

/// `name`, or `name_2`, `name_3`, … if it is taken; takes it.
pub(crate) fn unique(name: String, taken: &mut HashSet<String>) -> String {
    if taken.insert(name.clone()) {
        return name;
    }
    let mut number = 2;
    loop {
        let candidate = format!("{name}_{number}");
        if taken.insert(candidate.clone()) {
            return candidate;
        }
        number += 1;
    }
}
