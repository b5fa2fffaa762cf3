//! Which kind of column a node of the schema gets.

use std::sync::Arc;

use arrow_array::StringArray;
use arrow_array::builder::BooleanBufferBuilder;
use arrow_schema::{DataType, Field, FieldRef};

use super::{Column, IntMeaning, Kind, LongMeaning, Variable, mismatch};
use crate::column::nesting::unencoded;
use crate::error::{Error, Result};
use crate::schema::avsc::keys;
use crate::schema::avsc::model::{Document, Kind as AvroKind, Logical, Node, Shape};

pub(super) fn kind(document: &Document, sizes: &[usize], node: &Node, target: &FieldRef) -> Result<Kind> {
    let column = |node: &Node, target: &FieldRef| Column::new(document, sizes, node, target);
    if target.metadata().get(keys::LOWERED).is_some_and(|text| text.starts_with("recursion:"))
        && matches!(node.kind, AvroKind::Named(_))
    {
        return Ok(match target.data_type() {
            DataType::Binary => Kind::Raw(Variable::new(), node.clone()),
            _ => Kind::Json(Variable::new(), node.clone(), 0),
        });
    }
    let inner = unencoded(target.data_type());
    let logical = document.logical(node);
    Ok(match (&node.kind, logical) {
        (AvroKind::Null, _) => Kind::Null,
        (AvroKind::Boolean, _) => Kind::Boolean(BooleanBufferBuilder::new(0)),
        (AvroKind::Int, Logical::Date) => Kind::Int(Vec::new(), IntMeaning::Date),
        (AvroKind::Int, Logical::Time(_)) => Kind::Int(Vec::new(), IntMeaning::TimeMillis),
        (AvroKind::Int, _) => Kind::Int(Vec::new(), IntMeaning::Number),
        (AvroKind::Long, Logical::Time(_)) => Kind::Long(Vec::new(), LongMeaning::TimeMicros),
        (AvroKind::Long, Logical::Timestamp { unit, utc, .. }) => {
            Kind::Long(Vec::new(), LongMeaning::Timestamp(*unit, *utc))
        }
        (AvroKind::Long, _) => Kind::Long(Vec::new(), LongMeaning::Number),
        (AvroKind::Float, _) => Kind::Float(Vec::new()),
        (AvroKind::Double, _) => Kind::Double(Vec::new()),
        (AvroKind::Bytes, Logical::Decimal { precision, scale }) => decimal(*precision, *scale, None),
        (AvroKind::Bytes, Logical::BigDecimal) => Kind::BigDecimal(Variable::new()),
        (AvroKind::Bytes, _) => Kind::Binary(Variable::new()),
        (AvroKind::String, Logical::Uuid) if *inner != DataType::Utf8 => Kind::UuidText(Vec::new(), 0),
        // Where some text is not UTF-8, its column may be read as bytes.
        (AvroKind::String, _) if *inner == DataType::Binary => Kind::Binary(Variable::new()),
        (AvroKind::String, _) => Kind::Text(Variable::new()),
        (AvroKind::Array(items), logical) => match inner {
            DataType::Map(entries, _) if *logical == Logical::Map => Kind::Pairs {
                offsets: vec![0],
                entry: Box::new(column(items, entries)?),
                least_size: document.least_size(items, sizes),
            },
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::ListView(item)
            | DataType::LargeListView(item)
            | DataType::FixedSizeList(item, _) => Kind::List {
                offsets: vec![0],
                item: Box::new(column(items, item)?),
                least_size: document.least_size(items, sizes),
                room: match inner {
                    DataType::FixedSizeList(_, size) => usize::try_from(*size).unwrap_or(0),
                    _ => 0,
                },
            },
            other => return Err(mismatch("an array", other)),
        },
        (AvroKind::Map(values), _) => match inner {
            DataType::Map(entries, _) => match entries.data_type() {
                DataType::Struct(fields) if fields.len() == 2 => Kind::Map {
                    offsets: vec![0],
                    keys: Box::new(column(&Node::plain(AvroKind::String), &fields[0])?),
                    values: Box::new(column(values, &fields[1])?),
                    least_size: document.least_size(values, sizes).saturating_add(1),
                },
                other => return Err(mismatch("a map entry", other)),
            },
            other => return Err(mismatch("a map", other)),
        },
        (AvroKind::Union(branches), _) => match inner {
            DataType::Union(fields, _) if fields.len() == branches.len() => {
                let columns = branches.iter().zip(fields.iter()).map(|(branch, (_, field))| column(branch, field));
                Kind::Union { ids: Vec::new(), offsets: Vec::new(), branches: columns.collect::<Result<_>>()? }
            }
            other => return Err(mismatch("a union", other)),
        },
        (AvroKind::Named(id), logical) => {
            let named = document.types.get(*id).ok_or_else(|| Error::internal("a type that is not there"))?;
            match (&named.shape, logical) {
                (Shape::Fixed(_), Logical::Duration) => Kind::Duration(Vec::new()),
                (Shape::Fixed(size), Logical::Decimal { precision, scale }) => decimal(*precision, *scale, Some(*size)),
                (Shape::Fixed(size), _) => Kind::Fixed(Vec::new(), *size),
                (Shape::Enum { symbols, .. }, _) => {
                    Kind::Enum { keys: Vec::new(), symbols: Arc::new(StringArray::from_iter_values(symbols)) }
                }
                (Shape::Record { fields, .. }, _) => {
                    let targets = record_fields(inner, fields.len())?;
                    let columns = fields.iter().zip(&targets).map(|(field, target)| {
                        column(&field.node, target).map_err(|error| error.in_column(target.name()))
                    });
                    Kind::Record {
                        names: targets.iter().map(|target| target.name().clone()).collect(),
                        fields: columns.collect::<Result<_>>()?,
                    }
                }
            }
        }
    })
}

/// The fields of the record behind a type: a struct, or a union or interval that was written as a record.
fn record_fields(data_type: &DataType, len: usize) -> Result<Vec<FieldRef>> {
    match data_type {
        DataType::Struct(fields) if fields.len() == len => Ok(fields.iter().cloned().collect()),
        // The record has nulls where another branch is set.
        DataType::Union(fields, _) if fields.len() == len => {
            Ok(fields.iter().map(|(_, field)| Arc::new(Field::clone(field).with_nullable(true))).collect())
        }
        DataType::Interval(_) if len == 3 => {
            let part = |name: &str, data_type| Arc::new(Field::new(name, data_type, false));
            Ok(vec![part("months", DataType::Int32), part("days", DataType::Int32), part("nanos", DataType::Int64)])
        }
        other => Err(mismatch("a record", other)),
    }
}

fn decimal(precision: usize, scale: usize, fixed: Option<usize>) -> Kind {
    match (u8::try_from(precision), i8::try_from(scale)) {
        (Ok(precision), Ok(scale)) if precision <= 38 => {
            Kind::Decimal128 { values: Vec::new(), fixed, precision, scale }
        }
        (Ok(precision), Ok(scale)) if precision <= 76 => {
            Kind::Decimal256 { values: Vec::new(), fixed, precision, scale }
        }
        _ => Kind::DecimalText { text: Variable::new(), fixed, precision, scale },
    }
}
