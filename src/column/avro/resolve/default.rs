//! The default of a field as a datum (specification, section Complex Types, table of field default values).

use serde_json::Value;

use super::super::put;
use crate::error::{Error, Result};
use crate::schema::avsc::model::{Document, Kind, Node, Shape};

/// Levels of nesting at most: records may fill in defaults of their own fields without end.
const DEPTH_MAX: usize = 128;

/// Appends the datum of `node` that a default stands for. Of a union, the first branch that it suits. Fields that a
/// default of a record leaves out take their own defaults.
pub(super) fn encode_default(
    document: &Document,
    node: &Node,
    default: &Value,
    out: &mut Vec<u8>,
    depth: usize,
) -> Result<()> {
    if depth > DEPTH_MAX {
        return Err(Error::limit(format!("a default nested deeper than {DEPTH_MAX} levels")));
    }
    let misfit = || {
        let shown: String = default.to_string().chars().take(60).collect();
        Error::schema(format!("the default {shown} is no {}", document.branch_name(node)))
    };
    match (&node.kind, default) {
        (Kind::Null, Value::Null) => {}
        (Kind::Boolean, Value::Bool(value)) => out.push(u8::from(*value)),
        (Kind::Int, Value::Number(number)) => {
            let value = number.as_i64().and_then(|value| i32::try_from(value).ok()).ok_or_else(misfit)?;
            put::long(out, i64::from(value));
        }
        (Kind::Long, Value::Number(number)) => put::long(out, number.as_i64().ok_or_else(misfit)?),
        (Kind::Float, value) => {
            let wide = float(value).ok_or_else(misfit)?;
            let narrow = wide as f32;
            if wide.is_finite() && !narrow.is_finite() {
                return Err(misfit());
            }
            out.extend_from_slice(&narrow.to_le_bytes());
        }
        (Kind::Double, value) => out.extend_from_slice(&float(value).ok_or_else(misfit)?.to_le_bytes()),
        (Kind::String, Value::String(text)) => put::bytes(out, text.as_bytes()),
        (Kind::Bytes, Value::String(text)) => put::bytes(out, &code_points(text).ok_or_else(misfit)?),
        (Kind::Array(items), Value::Array(values)) => {
            if !values.is_empty() {
                put::long(out, values.len() as i64);
                for value in values {
                    encode_default(document, items, value, out, depth + 1)?;
                }
            }
            out.push(0);
        }
        (Kind::Map(of), Value::Object(entries)) => {
            if !entries.is_empty() {
                put::long(out, entries.len() as i64);
                for (key, value) in entries {
                    put::bytes(out, key.as_bytes());
                    encode_default(document, of, value, out, depth + 1)?;
                }
            }
            out.push(0);
        }
        (Kind::Union(branches), value) => {
            let start = out.len();
            for (number, branch) in branches.iter().enumerate() {
                put::long(out, number as i64);
                if encode_default(document, branch, value, out, depth + 1).is_ok() {
                    return Ok(());
                }
                out.truncate(start);
            }
            return Err(misfit());
        }
        (Kind::Named(id), value) => match (document.types.get(*id).map(|named| &named.shape), value) {
            (Some(Shape::Fixed(size)), Value::String(text)) => {
                let bytes = code_points(text).filter(|bytes| bytes.len() == *size).ok_or_else(misfit)?;
                out.extend_from_slice(&bytes);
            }
            (Some(Shape::Enum { symbols, .. }), Value::String(text)) => {
                let place = symbols.iter().position(|symbol| symbol == text).ok_or_else(misfit)?;
                put::long(out, place as i64);
            }
            (Some(Shape::Record { fields, .. }), Value::Object(members)) => {
                for field in fields {
                    let value = members.get(&field.name).or(field.default.as_ref()).ok_or_else(misfit)?;
                    encode_default(document, &field.node, value, out, depth + 1)
                        .map_err(|error| error.in_column(&field.name))?;
                }
            }
            _ => return Err(misfit()),
        },
        _ => return Err(misfit()),
    }
    Ok(())
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64().filter(|value| value.is_finite()),
        Value::String(text) if text == "NaN" => Some(f64::NAN),
        Value::String(text) if text == "Infinity" => Some(f64::INFINITY),
        Value::String(text) if text == "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// Text of code points 0 to 255 as bytes.
fn code_points(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}
