//! One schema for many inputs: columns by name, widened only where every value stays what it is, refused otherwise
//! with the names of both inputs. Never first-file-wins.

mod layout;

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit};
use serde_json::Value;

use super::adapt::fit::{digits, integer, is_text};
use super::avsc::keys::{ENUM, LOGICAL};
use super::type_text::field_text;
use crate::column::nesting::unencoded_field;
use crate::column::text;
use crate::error::{Error, Result};

/// The schema that holds the records of all inputs. Columns stand in the order in which they are first seen; a
/// column that some input lacks becomes nullable. The same holds for the fields of structs.
///
/// # Errors
/// `Schema` (exit 5) if two inputs type a column in ways that no exact widening reconciles.
pub fn unify(inputs: &[(Arc<str>, SchemaRef)]) -> Result<SchemaRef> {
    unified(inputs).map_err(|conflict| {
        let column = conflict.path.clone();
        conflict.error(&column, Kinds::Other)
    })
}

/// Two inputs that cannot be one table.
#[derive(Debug)]
pub(crate) struct Conflict {
    /// Path of the column.
    pub path: String,
    /// The type in the inputs before, and the name of the first of them that has the column.
    pub before: (FieldRef, Arc<str>),
    /// The type in another input, and its name.
    pub found: (FieldRef, Arc<str>),
}

/// What all inputs are: that decides what can be done about a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kinds {
    /// CSV: its values are text, and may be of any type.
    Csv,
    /// JSON: its values are of several kinds, which may be kept.
    Json,
    /// Both of them.
    Text,
    /// One of them carries its own types.
    Other,
}

impl Conflict {
    /// `column`: the one that it is in.
    pub fn error(self, column: &str, kinds: Kinds) -> Error {
        let Conflict { path, before, found } = self;
        if Arc::ptr_eq(&before.1, &found.1) {
            return Error::schema(format!(
                "several columns are called {path:?}: other inputs do not tell which is meant"
            ))
            .in_source(before.1)
            .with_hint("convert it into CSV first, which is read with a name for each column");
        }
        let one = |side: &(FieldRef, Arc<str>)| (side.0.extension_type_name().is_some(), field_text(&side.0));
        if one(&before).0 && one(&before) == one(&found) {
            let [before, found] = [before, found].map(|(field, input)| {
                format!("{} in {input}", field.extension_type_metadata().unwrap_or("without parameters"))
            });
            return Error::schema(format!("the extension type of column {path:?} is {before} but {found}"))
                .with_hint(format!("leave it out with --exclude {path}, or convert the inputs one by one"));
        }
        let message = format!(
            "column {path:?} is {} in {} but {} in {}",
            field_text(&before.0),
            before.1,
            field_text(&found.0),
            found.1
        );
        let number = |field: &Field| field.data_type().is_numeric();
        let numbers = number(&before.0) && number(&found.0);
        let whole = path == column;
        Error::schema(message).with_hint(match kinds {
            // Each value is checked then.
            Kinds::Csv | Kinds::Json | Kinds::Text if numbers && whole => {
                format!("give it one type for all inputs: --columns {column}=float64, or --reader-schema FILE")
            }
            _ if numbers => "give it one type for all inputs: --reader-schema FILE".to_owned(),
            Kinds::Csv if whole => format!("give it one type for all inputs: --columns {column}=utf8"),
            Kinds::Json => "keep what each value is: --mixed json".to_owned(),
            _ => format!("leave it out with --exclude {column}, or convert the inputs one by one"),
        })
    }
}

pub(crate) fn unified(inputs: &[(Arc<str>, SchemaRef)]) -> Result<SchemaRef, Conflict> {
    let Some((_, first)) = inputs.first() else { return Ok(Arc::new(Schema::empty())) };
    if inputs.iter().all(|(_, schema)| schema == first) {
        return Ok(first.clone());
    }
    let mut columns: Vec<Column> = Vec::new();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    for (name, schema) in inputs {
        if let Some((one, other)) = twins(schema.fields()) {
            let side = |field: &FieldRef| (field.clone(), name.clone());
            return Err(Conflict { path: one.name().clone(), before: side(one), found: side(other) });
        }
        for field in schema.fields() {
            match by_name.get(field.name()) {
                None => {
                    by_name.insert(field.name().clone(), columns.len());
                    columns.push(Column { field: field.as_ref().clone(), seen_in: name.clone(), count: 1 });
                }
                Some(index) => {
                    let column = &mut columns[*index];
                    column.count += 1;
                    column.field = merge(&column.field, field).map_err(|Clash { path, left, right }| Conflict {
                        path,
                        before: (left, column.seen_in.clone()),
                        found: (right, name.clone()),
                    })?;
                }
            }
        }
    }
    let fields: Vec<Field> = columns
        .into_iter()
        .map(|column| if column.count < inputs.len() { column.field.with_nullable(true) } else { column.field })
        .collect();
    // Schema-level metadata is kept where all inputs agree.
    let mut metadata = first.metadata().clone();
    metadata.retain(|key, value| inputs.iter().all(|(_, schema)| schema.metadata().get(key) == Some(value)));
    Ok(Arc::new(Schema::new_with_metadata(fields, metadata)))
}

struct Column {
    field: Field,
    seen_in: Arc<str>,
    count: usize,
}

/// Where two fields cannot be one.
struct Clash {
    path: String,
    left: FieldRef,
    right: FieldRef,
}

/// A field that holds the values of both, if one exists.
fn merge(left: &Field, right: &Field) -> Result<Field, Clash> {
    let clash = || Clash { path: left.name().clone(), left: Arc::new(left.clone()), right: Arc::new(right.clone()) };
    let nullable = left.is_nullable() || right.is_nullable();
    let mut metadata = left.metadata().clone();
    metadata.retain(|key, value| right.metadata().get(key) == Some(value));
    let enums = (left.metadata().get(ENUM), right.metadata().get(ENUM));
    if let (Some(one), Some(other)) = enums
        && one != other
        && let Some(both) = both_enums(one, other)
    {
        metadata.insert(ENUM.to_owned(), both);
    }
    let same_meaning = same_meaning(left, right);
    let data_type = if left.data_type() == right.data_type() && same_extension(left, right) {
        left.data_type().clone()
    } else if right.data_type() == &DataType::Null {
        return Ok(left.clone().with_nullable(true));
    } else if left.data_type() == &DataType::Null {
        return Ok(right.clone().with_nullable(true));
    } else if layout::is_encoded(left) || layout::is_encoded(right) {
        return encoded(left, right).ok_or_else(clash);
    } else if let Some(layout) = layout::of_bytes(left.data_type(), right.data_type()).filter(|_| same_meaning) {
        layout
    } else if left.extension_type_name().is_some() || right.extension_type_name().is_some() {
        return Err(clash());
    } else {
        let inside =
            |inner: Clash, between: &str| Clash { path: format!("{}{between}{}", left.name(), inner.path), ..inner };
        let items = |one: &FieldRef, other: &FieldRef| {
            let item = merge(&one.as_ref().clone().with_name("[]"), &other.as_ref().clone().with_name("[]"));
            item.map(|item| Arc::new(item.with_name(one.name()))).map_err(|clash| inside(clash, ""))
        };
        match (left.data_type(), right.data_type()) {
            (DataType::Struct(one), DataType::Struct(other)) => {
                if twins(one).or(twins(other)).is_some() {
                    return Err(clash());
                }
                DataType::Struct(members(one, other).map_err(|clash| inside(clash, "."))?)
            }
            (DataType::Map(one, sorted), DataType::Map(other, _)) => match (one.data_type(), other.data_type()) {
                (DataType::Struct(pair), DataType::Struct(others)) if pair.len() == 2 && others.len() == 2 => {
                    let value = others[1].as_ref().clone().with_name(pair[1].name());
                    let key = others[0].as_ref().clone().with_name(pair[0].name());
                    let fields =
                        [(&pair[0], key), (&pair[1], value)].map(|(one, other)| merge(one, &other).map(Arc::new));
                    let fields: Fields =
                        fields.into_iter().collect::<Result<Vec<_>, _>>().map_err(|clash| inside(clash, "."))?.into();
                    DataType::Map(Arc::new(one.as_ref().clone().with_data_type(DataType::Struct(fields))), *sorted)
                }
                _ => return Err(clash()),
            },
            (one, other) => match layout::elements(one, other) {
                Some((item, items_of_other)) => layout::of_lists(one, other, items(item, items_of_other)?),
                None => widen(one, other).ok_or_else(clash)?,
            },
        }
    };
    Ok(Field::new(left.name(), data_type, nullable).with_metadata(metadata))
}

/// Whether bytes of one field mean what the same bytes mean in the other.
fn same_meaning(left: &Field, right: &Field) -> bool {
    same_extension(left, right) && left.metadata().get(LOGICAL) == right.metadata().get(LOGICAL)
}

/// Whether both are of one extension type, with the same parameters: coordinates of two reference systems are not one
/// column.
fn same_extension(left: &Field, right: &Field) -> bool {
    let parameters = |field: &Field| match field.extension_type_metadata() {
        // Written both ways where there are none.
        None | Some("{}") => String::new(),
        Some(text) => text.to_owned(),
    };
    left.extension_type_name() == right.extension_type_name() && parameters(left) == parameters(right)
}

/// A field for the values of both, of which one is a dictionary or runs: a dictionary if both are one of texts.
fn encoded(left: &Field, right: &Field) -> Option<Field> {
    let (one, other) = (unencoded_field(left), unencoded_field(right));
    if !same_meaning(&one, &other) {
        return None;
    }
    let plain = merge(&one, &other).ok().filter(|plain| text::check(plain).is_ok())?;
    let keys = layout::keys(left.data_type(), right.data_type()).filter(|_| is_text(plain.data_type()));
    Some(match keys {
        Some(keys) => {
            let values = Box::new(plain.data_type().clone());
            plain.with_data_type(DataType::Dictionary(Box::new(keys), values))
        }
        None => plain,
    })
}

/// Two fields of one name: nothing tells which of them a field of another input is.
fn twins(fields: &Fields) -> Option<(&FieldRef, &FieldRef)> {
    let mut known: HashMap<&str, &FieldRef> = HashMap::with_capacity(fields.len());
    fields.iter().find_map(|field| known.insert(field.name(), field).map(|twin| (twin, field)))
}

/// Fields of both structs, by name; those of one only may be null.
fn members(left: &Fields, right: &Fields) -> Result<Fields, Clash> {
    let mut fields: Vec<Field> = Vec::with_capacity(left.len());
    for field in left {
        fields.push(match right.iter().find(|other| other.name() == field.name()) {
            Some(other) => merge(field, other)?,
            None => field.as_ref().clone().with_nullable(true),
        });
    }
    let new = right.iter().filter(|field| !left.iter().any(|other| other.name() == field.name()));
    fields.extend(new.map(|field| field.as_ref().clone().with_nullable(true)));
    Ok(fields.into())
}

/// The symbols of both enums, those of the first one first. Numbers, where they have some, must not contradict.
fn both_enums(one: &str, other: &str) -> Option<String> {
    let mut both: Value = serde_json::from_str(one).ok()?;
    let other: Value = serde_json::from_str(other).ok()?;
    if both.get("numbers").is_some() || other.get("numbers").is_some() {
        return None;
    }
    let more = other.get("symbols")?.as_array()?.clone();
    let symbols = both.get_mut("symbols")?.as_array_mut()?;
    for symbol in more {
        if !symbols.contains(&symbol) {
            symbols.push(symbol);
        }
    }
    Some(both.to_string())
}

/// The smallest type that holds every value of both, exactly. Integers become floats only where the float holds all of
/// them: 32 bits in 64. Times get the finer unit; a value beyond its range stops the run.
pub fn widen(left: &DataType, right: &DataType) -> Option<DataType> {
    if left == right {
        return Some(left.clone());
    }
    if let (Some((left_bits, left_signed)), Some((right_bits, right_signed))) = (integer(left), integer(right)) {
        let (bits, signed) = match (left_signed, right_signed) {
            (true, true) | (false, false) => (left_bits.max(right_bits), left_signed),
            (true, false) => (left_bits.max(right_bits.saturating_mul(2)), true),
            (false, true) => (right_bits.max(left_bits.saturating_mul(2)), true),
        };
        return Some(match (bits, signed) {
            (8, true) => DataType::Int8,
            (16, true) => DataType::Int16,
            (32, true) => DataType::Int32,
            (64, true) => DataType::Int64,
            (8, false) => DataType::UInt8,
            (16, false) => DataType::UInt16,
            (32, false) => DataType::UInt32,
            (64, false) => DataType::UInt64,
            _ => DataType::Decimal128(20, 0),
        });
    }
    match (left, right) {
        (DataType::Float16, DataType::Float32) | (DataType::Float32, DataType::Float16) => Some(DataType::Float32),
        (DataType::Float16 | DataType::Float32, DataType::Float64) => Some(DataType::Float64),
        (DataType::Float64, DataType::Float16 | DataType::Float32) => Some(DataType::Float64),
        (number, float @ (DataType::Float32 | DataType::Float64))
        | (float @ (DataType::Float32 | DataType::Float64), number) => {
            let exact = if *float == DataType::Float64 { 32 } else { 16 };
            integer(number).filter(|(bits, _)| *bits <= exact).map(|_| float.clone())
        }
        (DataType::Timestamp(one, zone), DataType::Timestamp(other, same)) => {
            (zone == same).then(|| DataType::Timestamp(*one.max(other), zone.clone()))
        }
        (DataType::Time32(one) | DataType::Time64(one), DataType::Time32(other) | DataType::Time64(other)) => {
            Some(match one.max(other) {
                unit @ (TimeUnit::Second | TimeUnit::Millisecond) => DataType::Time32(*unit),
                unit => DataType::Time64(*unit),
            })
        }
        (DataType::Duration(one), DataType::Duration(other)) => Some(DataType::Duration(*one.max(other))),
        (DataType::Date32, DataType::Date64) | (DataType::Date64, DataType::Date32) => Some(DataType::Date64),
        _ => {
            let (left_precision, left_scale) = as_decimal(left)?;
            let (right_precision, right_scale) = as_decimal(right)?;
            let scale = left_scale.max(right_scale);
            let whole = (left_precision as i16 - left_scale as i16).max(right_precision as i16 - right_scale as i16);
            match u8::try_from(whole + scale as i16).ok()? {
                precision @ 1..=38 => Some(DataType::Decimal128(precision, scale)),
                precision @ 39..=76 => Some(DataType::Decimal256(precision, scale)),
                _ => None,
            }
        }
    }
}

fn as_decimal(data_type: &DataType) -> Option<(u8, i8)> {
    match data_type {
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale)
            if *scale >= 0 =>
        {
            Some((*precision, *scale))
        }
        other => integer(other).map(|(bits, _)| (digits(bits, false), 0)),
    }
}

#[cfg(test)]
mod tests;
