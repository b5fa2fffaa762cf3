//! Parsing Canonical Form (specification, section Parsing Canonical Form for Schemas): two schemas with the same form
//! read and write the same bytes.

use std::fmt::Write;

use super::model::{Document, Kind, Node, Shape};

/// The Parsing Canonical Form: full names, the attributes that bytes depend on in the order of the specification, no
/// blanks. Logical types, documentation, aliases and defaults do not count.
pub fn canonical_form(document: &Document) -> String {
    let mut out = String::new();
    let mut defined = vec![false; document.types.len()];
    node(document, &document.root, &mut defined, &mut out);
    out
}

/// The form of the named type called `name` where it stands first, if there is one.
#[cfg(feature = "avro")]
pub(crate) fn canonical_type(document: &Document, name: &str) -> Option<String> {
    let id = document.types.iter().position(|named| named.name.full() == name)?;
    let mut out = String::new();
    named(document, id, &mut vec![false; document.types.len()], &mut out);
    Some(out)
}

fn node(document: &Document, found: &Node, defined: &mut [bool], out: &mut String) {
    match &found.kind {
        Kind::Array(items) => {
            out.push_str("{\"type\":\"array\",\"items\":");
            node(document, items, defined, out);
            out.push('}');
        }
        Kind::Map(values) => {
            out.push_str("{\"type\":\"map\",\"values\":");
            node(document, values, defined, out);
            out.push('}');
        }
        Kind::Union(branches) => list(branches, out, |branch, out| node(document, branch, defined, out)),
        Kind::Named(id) => named(document, *id, defined, out),
        _ => text(&document.branch_name(found), out),
    }
}

fn named(document: &Document, id: usize, defined: &mut [bool], out: &mut String) {
    let Some(named) = document.types.get(id) else { return };
    let full = named.name.full();
    if std::mem::replace(&mut defined[id], true) {
        text(&full, out);
        return;
    }
    out.push_str("{\"name\":");
    text(&full, out);
    match &named.shape {
        Shape::Record { fields, error } => {
            out.push_str(if *error { ",\"type\":\"error\",\"fields\":" } else { ",\"type\":\"record\",\"fields\":" });
            list(fields, out, |field, out| {
                out.push_str("{\"name\":");
                text(&field.name, out);
                out.push_str(",\"type\":");
                node(document, &field.node, defined, out);
                out.push('}');
            });
        }
        Shape::Enum { symbols, .. } => {
            out.push_str(",\"type\":\"enum\",\"symbols\":");
            list(symbols, out, |symbol, out| text(symbol, out));
        }
        Shape::Fixed(size) => {
            // Writing to a String cannot fail.
            let _ = write!(out, ",\"type\":\"fixed\",\"size\":{size}");
        }
    }
    out.push('}');
}

fn list<T>(items: &[T], out: &mut String, mut push: impl FnMut(&T, &mut String)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        push(item, out);
    }
    out.push(']');
}

fn text(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}
