//! The canonical bytes of the values of an array.

use arrow_array::cast::AsArray;
use arrow_array::{Array, MapArray, UnionArray};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field};

use super::branch::{Tag, tags};
use super::relaxed::{Relaxed, Rules};
use super::text::{decimal_token, push_json, push_number};
use super::{BRANCH, FALSE, INTEGER, JSON_NULL, LIST, NULL, OBJECT, TEXT, push_head, push_name, sorted};
use crate::column::decimal::is_decimal_text;
use crate::column::json::{is_json_null, is_json_text};
use crate::column::nesting::{Extents, decoded, field_of_runs};
use crate::error::{Error, Result};
use crate::proof::scalar::Scalar;

/// Writes the values of one array.
pub(super) struct Bytes<'a> {
    nulls: Option<NullBuffer>,
    rules: Rules,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Null,
    Scalar(Scalar<'a>),
    /// With the tag of its null.
    Json(Scalar<'a>, u8),
    Decimal(Scalar<'a>),
    List(Extents<'a>, Box<Bytes<'a>>),
    Struct(Vec<(String, Bytes<'a>)>),
    Map {
        array: &'a MapArray,
        keys: Keys<'a>,
        values: Box<Bytes<'a>>,
    },
    Union {
        array: &'a UnionArray,
        branches: Vec<(i8, Branch<'a>)>,
    },
    /// Row → row of the values.
    Indirect(Vec<usize>, Box<Bytes<'a>>),
}

enum Keys<'a> {
    /// Text: the members of an object.
    Text(Scalar<'a>, Option<NullBuffer>),
    /// Entries of a list.
    Any(Box<Bytes<'a>>),
}

struct Branch<'a> {
    name: &'a str,
    tag: Tag,
    bytes: Bytes<'a>,
}

impl<'a> Bytes<'a> {
    pub(super) fn new(field: &'a Field, array: &'a dyn Array, path: &str, relaxed: &Relaxed) -> Result<Self> {
        Self::inside(field, array, path, relaxed, Rules::default())
    }

    /// The same of a part of a value. `outer`: what is relaxed for the whole. Where the branch of a union is lost, what
    /// was in it may be read as that of another one, whose own unions are others.
    fn inside(field: &'a Field, array: &'a dyn Array, path: &str, relaxed: &Relaxed, outer: Rules) -> Result<Self> {
        let mut rules = relaxed.of(path);
        rules.untagged |= outer.untagged;
        let kind = Self::kind(field, array, path, relaxed, rules)?;
        let nulls = match kind {
            // The values know.
            Kind::Indirect(..) | Kind::Union { .. } => array.nulls().cloned(),
            _ => array.logical_nulls(),
        };
        Ok(Bytes { nulls: nulls.filter(|nulls| nulls.null_count() > 0), rules, kind })
    }

    fn kind(field: &'a Field, array: &'a dyn Array, path: &str, relaxed: &Relaxed, rules: Rules) -> Result<Kind<'a>> {
        if let Some(scalar) = Scalar::new(field, array, rules.naive, !relaxed.any_nan) {
            return Ok(match scalar.is_text() {
                true if is_json_text(field) => Kind::Json(scalar, if relaxed.one_null { NULL } else { JSON_NULL }),
                true if is_decimal_text(field) && !relaxed.text.contains(path) => Kind::Decimal(scalar),
                _ => Kind::Scalar(scalar),
            });
        }
        if let Some((extents, item, values)) = Extents::of(array) {
            let items = Bytes::inside(item, values, &format!("{path}[]"), relaxed, rules);
            let items = items.map_err(|error| error.in_column("[]"))?;
            return Ok(Kind::List(extents, Box::new(items)));
        }
        Ok(match array.data_type() {
            DataType::Null => Kind::Null,
            DataType::Struct(fields) => {
                let columns = array.as_struct().columns();
                let members = sorted(fields, relaxed.by_position).into_iter().map(|(index, name)| {
                    let field = &fields[index];
                    let path = format!("{path}.{}", field.name());
                    let bytes = Bytes::inside(field, &columns[index], &path, relaxed, rules);
                    Ok((name, bytes.map_err(|error| error.in_column(field.name()))?))
                });
                Kind::Struct(members.collect::<Result<_>>()?)
            }
            DataType::Map(entries, _) => {
                let DataType::Struct(pair) = entries.data_type() else { return Err(bad_type(array)) };
                let [key, value] = pair.as_ref() else { return Err(bad_type(array)) };
                let map = array.as_map();
                let values = Bytes::inside(value, map.values(), &format!("{path}.{}", value.name()), relaxed, rules)?;
                let keys: &'a dyn Array = map.keys();
                let keys = match Scalar::new(key, keys, false, true) {
                    Some(scalar) if scalar.is_key() => Keys::Text(scalar, keys.logical_nulls()),
                    _ => Keys::Any(Box::new(Bytes::inside(
                        key,
                        keys,
                        &format!("{path}.{}", key.name()),
                        relaxed,
                        rules,
                    )?)),
                };
                Kind::Map { array: map, keys, values: Box::new(values) }
            }
            DataType::Union(fields, _) => {
                let union = array.as_union();
                let tags = match rules.untagged {
                    true => vec![Tag::Never; fields.len()],
                    false => tags(&fields.iter().map(|(_, field)| field.as_ref()).collect::<Vec<_>>()),
                };
                let branches = fields.iter().zip(tags).map(|((id, field), tag)| {
                    let bytes =
                        Bytes::inside(field, union.child(id), &format!("{path}.{}", field.name()), relaxed, rules);
                    let bytes = bytes.map_err(|error| error.in_column(field.name()))?;
                    Ok((id, Branch { name: field.name(), tag, bytes }))
                });
                Kind::Union { array: union, branches: branches.collect::<Result<_>>()? }
            }
            DataType::Dictionary(..) | DataType::RunEndEncoded(..) => {
                let (rows, values) = decoded(array)?;
                let field = match array.data_type() {
                    DataType::RunEndEncoded(_, inside) => field_of_runs(field, inside),
                    _ => field,
                };
                Kind::Indirect(rows, Box::new(Bytes::inside(field, values, path, relaxed, rules)?))
            }
            _ => return Err(bad_type(array)),
        })
    }

    pub(super) fn push(&self, out: &mut Vec<u8>, row: usize) -> Result<()> {
        let start = out.len();
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            match self.kind {
                Kind::List(..) | Kind::Map { keys: Keys::Any(_), .. } if self.rules.null_list => {
                    push_head(out, LIST, 0)
                }
                Kind::Map { .. } if self.rules.null_list => push_head(out, OBJECT, 0),
                _ => out.push(NULL),
            }
            return Ok(());
        }
        match &self.kind {
            Kind::Null => out.push(NULL),
            Kind::Scalar(scalar) => scalar.push(out, row),
            Kind::Json(scalar, null) if is_json_null(scalar.text(row)) => out.push(*null),
            Kind::Json(scalar, _) => push_json(out, scalar.text(row)),
            Kind::Decimal(scalar) => match decimal_token(scalar.text(row)) {
                Some(token) => push_number(out, token),
                None => scalar.push(out, row),
            },
            Kind::List(extents, items) => {
                let extent = extents.get(row);
                push_head(out, LIST, extent.len());
                for item in extent {
                    items.push(out, item)?;
                }
            }
            Kind::Struct(members) => {
                push_head(out, OBJECT, members.len());
                let mut present = members.is_empty();
                for (name, bytes) in members {
                    push_name(out, name.as_bytes());
                    let value = out.len();
                    bytes.push(out, row)?;
                    present |= out[value] != NULL;
                }
                if self.rules.null_struct && !present {
                    out.truncate(start);
                    out.push(NULL);
                }
            }
            Kind::Map { array, keys, values } => push_map(array, keys, values, out, row)?,
            Kind::Union { array, branches } => push_union(array, branches, out, row)?,
            Kind::Indirect(rows, values) => match rows.get(row) {
                Some(row) => values.push(out, *row)?,
                None => return Err(Error::internal("a row beyond the column")),
            },
        }
        if self.rules.presence && is_default(&out[start..]) {
            out.truncate(start);
            out.push(NULL);
        }
        Ok(())
    }
}

fn bad_type(array: &dyn Array) -> Error {
    Error::unsupported(format!("values of type {} cannot be compared", array.data_type()))
}

/// Zero, false, or nothing in it.
fn is_default(value: &[u8]) -> bool {
    match value {
        [FALSE] => true,
        [INTEGER | TEXT | LIST | OBJECT, rest @ ..] => rest.len() == 8 && rest.iter().all(|byte| *byte == 0),
        _ => false,
    }
}

fn push_map(array: &MapArray, keys: &Keys<'_>, values: &Bytes<'_>, out: &mut Vec<u8>, row: usize) -> Result<()> {
    let offsets = array.value_offsets();
    // Offsets of an Arrow array are not negative.
    let entries = offsets[row] as usize..offsets[row + 1] as usize;
    match keys {
        Keys::Any(keys) => {
            push_head(out, LIST, entries.len());
            for entry in entries {
                push_head(out, OBJECT, 2);
                push_name(out, b"key");
                keys.push(out, entry)?;
                push_name(out, b"value");
                values.push(out, entry)?;
            }
        }
        Keys::Text(keys, nulls) => {
            let mut pairs = Vec::with_capacity(entries.len());
            for entry in entries {
                // No map has null keys by its specification; where one does, it is its own key.
                let null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(entry));
                let mut key = Vec::new();
                if !null {
                    keys.push_text(&mut key, entry);
                }
                let mut value = Vec::new();
                values.push(&mut value, entry)?;
                pairs.push((!null, key, value));
            }
            // Stable: duplicates keep their order.
            pairs.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
            push_head(out, OBJECT, pairs.len());
            for (valid, key, value) in pairs {
                if valid {
                    push_name(out, &key);
                } else {
                    out.extend_from_slice(&u64::MAX.to_le_bytes());
                }
                out.extend_from_slice(&value);
            }
        }
    }
    Ok(())
}

fn push_union(array: &UnionArray, branches: &[(i8, Branch<'_>)], out: &mut Vec<u8>, row: usize) -> Result<()> {
    let id = array.type_id(row);
    let Some((_, branch)) = branches.iter().find(|(branch, _)| *branch == id) else {
        return Err(Error::internal("a union row without branch"));
    };
    let start = out.len();
    let tag = |out: &mut Vec<u8>| {
        out.push(BRANCH);
        push_name(out, branch.name.as_bytes());
    };
    if branch.tag == Tag::Always {
        tag(out);
    }
    branch.bytes.push(out, array.value_offset(row)).map_err(|error| error.in_column(branch.name))?;
    if branch.tag == Tag::Text && out.get(start) == Some(&TEXT) {
        let value = out.split_off(start);
        tag(out);
        out.extend_from_slice(&value);
    }
    Ok(())
}
