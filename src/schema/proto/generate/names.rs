//! Names that the language allows.

use crate::error::{Error, Result};

/// Whether a name is an identifier.
pub(crate) fn is_legal(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// Whether a name that a user gave is one of a message, with a package or without.
///
/// # Errors
/// `Usage` if not.
pub(crate) fn check_name(name: &str) -> Result<()> {
    match name.split('.').all(is_legal) {
        true => Ok(()),
        false => Err(Error::usage(format!("{name:?} is no name of a message in Protobuf"))
            .with_hint("letters, digits and _ make a name; dots separate it from a package: shop.v1.Order")),
    }
}

/// Names that are equal in this form (`order_id`, `orderId`, `OrderID`) are not legal beside each other.
pub(super) fn folded(name: &str) -> String {
    name.chars().filter(|letter| *letter != '_').map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Every other letter becomes `_`; a leading digit gets one before it.
pub(super) fn legal(name: &str) -> String {
    let mut out: String =
        name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    if out.is_empty() || out.starts_with(|first: char| first.is_ascii_digit()) {
        out.insert(0, '_');
    }
    out
}

/// `order_item` → `OrderItem`: how Protobuf names the entry type of a map.
pub(super) fn camel(name: &str) -> String {
    let mut out = String::new();
    let mut upper = true;
    for letter in name.chars() {
        if letter == '_' {
            upper = true;
        } else if std::mem::take(&mut upper) {
            out.push(letter.to_ascii_uppercase());
        } else {
            out.push(letter);
        }
    }
    if out.is_empty() || out.starts_with(|first: char| first.is_ascii_digit()) {
        out.insert(0, 'X');
    }
    out
}

/// `OrderStatus` → `ORDER_STATUS`
pub(super) fn shout(name: &str) -> String {
    let mut out = String::new();
    let mut lower = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && lower {
            out.push('_');
        }
        lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        out.push(letter.to_ascii_uppercase());
    }
    out
}

/// The name of a message for a file or table of this name.
pub(super) fn type_name(name: &str, default: &str) -> String {
    if let Some((package, short)) = name.rsplit_once('.').filter(|_| check_name(name).is_ok()) {
        return format!("{package}.{}", camel(short));
    }
    let camel = camel(&legal(name));
    if name.chars().any(|letter| letter.is_ascii_alphanumeric()) { camel } else { default.to_owned() }
}

/// The type of the entries of a map field: its name is not free to choose.
pub(super) fn entry_name(field: &str) -> String {
    format!("{}Entry", camel(field))
}
