//! Columns of variants as JSON: the values as they are encoded in binary, and parts of them in columns of their own
//! (shredded), put together again.
//!
//! Source: Apache Parquet, `VariantEncoding.md` and `VariantShredding.md`. Members of objects are written in the order
//! of their names, as the binary encoding lists them; decimals with all digits of their scale, dates and times as in
//! columns, binary values as the rules say.

mod binary;

use std::cell::Cell;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StructArray};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, Fields, TimeUnit};

use super::super::string::push_string;
use super::super::{is_json_text, is_uuid};
use super::WriteRules;
use super::writer::ValueWriter;
use crate::code::Code;
use crate::column::nesting::Extents;
use crate::column::temporal::Zone;
use crate::column::text::{BytesText, TextColumn};
use crate::error::{Error, Result};
use binary::{Names, Text, members};

/// A column of variants.
pub(super) struct VariantColumn<'a> {
    metadata: TextColumn<'a>,
    whole: Part<'a>,
    rules: WriteRules,
    /// Values that became null because JSON has no number for them.
    pub(super) lost: Cell<u64>,
}

/// A variant, or a part of one, in up to two columns: its value in binary, and typed.
struct Part<'a> {
    value: Option<TextColumn<'a>>,
    typed: Option<(Option<NullBuffer>, Typed<'a>)>,
}

/// What is shredded.
enum Typed<'a> {
    Scalar(Box<ValueWriter<'a>>),
    List(Extents<'a>, Box<Part<'a>>),
    /// In the order of their names.
    Object(Vec<Member<'a>>),
}

struct Member<'a> {
    name: &'a str,
    nulls: Option<NullBuffer>,
    part: Part<'a>,
}

/// The error for bytes that are no variant.
#[cold]
fn damaged(what: impl std::fmt::Display) -> Error {
    Error::value(Code::Token, format!("the variant is damaged: {what}"))
}

/// A part that is shredded in a way that the specification does not know.
fn unknown(what: impl std::fmt::Display) -> Error {
    Error::unsupported(format!("a variant shredded as {what}"))
        .with_hint("the Parquet specification of shredded variants has no such type; exclude the column with --exclude")
}

impl<'a> VariantColumn<'a> {
    /// For the rows of `array`, which is laid out as a variant.
    ///
    /// # Errors
    /// `Unsupported` if it is shredded in a way that the specification does not know.
    pub(super) fn new(fields: &'a Fields, array: &'a StructArray, rules: &WriteRules) -> Result<Self> {
        let (field, column) = child(fields, array, "metadata").ok_or_else(|| unknown("a group without metadata"))?;
        let metadata = TextColumn::new(column, field, BytesText::Base64)?;
        Ok(VariantColumn { metadata, whole: Part::new(fields, array, rules)?, rules: *rules, lost: Cell::new(0) })
    }

    /// Appends the value of a row.
    ///
    /// # Errors
    /// `V-TYPE` for bytes that are no variant, also where parts contradict each other; `V-DEPTH`; those of typed parts.
    pub(super) fn push(&self, out: &mut Vec<u8>, row: usize) -> Result<()> {
        let bytes = bytes_of(&self.metadata, row).ok_or_else(|| damaged("it has no metadata"))?;
        let names = Names::new(bytes)?;
        let there = self.part(&self.whole, &names, row, 0, out)?;
        if !there {
            // Where a value is required, a missing one is null (VariantShredding.md, section Value Shredding).
            out.extend_from_slice(b"null");
        }
        Ok(())
    }

    /// Appends a part; false if it is missing.
    fn part(&self, part: &Part<'_>, names: &Names<'_>, row: usize, depth: usize, out: &mut Vec<u8>) -> Result<bool> {
        let value = part.value.as_ref().and_then(|column| bytes_of(column, row));
        let typed = part.typed.as_ref().filter(|(nulls, _)| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)));
        let Some((_, typed)) = typed else {
            let Some(value) = value else { return Ok(false) };
            self.text(names, value.len()).value(value, depth, out)?;
            return Ok(true);
        };
        match (typed, value) {
            (Typed::Object(shredded), value) => self.object(shredded, value, names, row, depth, out)?,
            (_, Some(_)) => return Err(damaged("a part of it has both a value and a typed value")),
            (Typed::Scalar(writer), None) => writer.push(out, row)?,
            (Typed::List(extents, items), None) => {
                self.check_depth(depth)?;
                out.push(b'[');
                for (index, item) in extents.get(row).enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    if !self.part(items, names, item, depth + 1, out)? {
                        out.extend_from_slice(b"null");
                    }
                }
                out.push(b']');
            }
        }
        Ok(true)
    }

    /// Appends an object whose members are partly shredded.
    fn object(
        &self,
        shredded: &[Member<'_>],
        value: Option<&[u8]>,
        names: &Names<'_>,
        row: usize,
        depth: usize,
        out: &mut Vec<u8>,
    ) -> Result<()> {
        self.check_depth(depth)?;
        let others = match value {
            Some(value) => {
                members(names, value)?.ok_or_else(|| damaged("members of what is no object are shredded"))?
            }
            None => Vec::new(),
        };
        let mut budget = self.text(names, value.map_or(0, <[u8]>::len));
        let mut others = others.into_iter().peekable();
        let first = out.len() + 1;
        out.push(b'{');
        let key = |out: &mut Vec<u8>, name: &str| {
            if out.len() > first {
                out.push(b',');
            }
            push_string(out, name.as_bytes());
            out.push(b':');
        };
        for member in shredded {
            while let Some((name, value)) = others.next_if(|(name, _)| *name < member.name) {
                key(out, name);
                budget.value(value, depth + 1, out)?;
            }
            if others.peek().is_some_and(|(name, _)| *name == member.name) {
                return Err(damaged(format!("its member {:?} is shredded and in its value as well", member.name)));
            }
            let start = out.len();
            key(out, member.name);
            let absent = member.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
            if absent || !self.part(&member.part, names, row, depth + 1, out)? {
                out.truncate(start);
            }
        }
        for (name, value) in others {
            key(out, name);
            budget.value(value, depth + 1, out)?;
        }
        out.push(b'}');
        Ok(())
    }

    fn text<'n>(&'n self, names: &'n Names<'n>, bytes: usize) -> Text<'n> {
        Text::new(names, &self.rules, &self.lost, bytes)
    }

    fn check_depth(&self, depth: usize) -> Result<()> {
        if depth < self.rules.depth_max { Ok(()) } else { Err(binary::too_deep(self.rules.depth_max)) }
    }

    /// Values that became null, those of typed parts too.
    pub(super) fn losses(&self) -> u64 {
        self.lost.get() + self.whole.losses()
    }
}

impl<'a> Part<'a> {
    fn new(fields: &'a Fields, array: &'a StructArray, rules: &WriteRules) -> Result<Self> {
        let value = child(fields, array, "value");
        let value = value.map(|(field, column)| TextColumn::new(column, field, BytesText::Base64)).transpose()?;
        if value.as_ref().is_some_and(|value| !value.is_binary()) {
            return Err(unknown("a group whose value is not binary"));
        }
        let typed = child(fields, array, "typed_value");
        let typed =
            typed.map(|(field, column)| Ok::<_, Error>((column.logical_nulls(), Typed::new(field, column, rules)?)));
        Ok(Part { value, typed: typed.transpose()? })
    }

    fn losses(&self) -> u64 {
        match &self.typed {
            None => 0,
            Some((_, Typed::Scalar(writer))) => writer.lost(),
            Some((_, Typed::List(_, items))) => items.losses(),
            Some((_, Typed::Object(members))) => members.iter().map(|member| member.part.losses()).sum(),
        }
    }
}

impl<'a> Typed<'a> {
    fn new(field: &'a Field, column: &'a ArrayRef, rules: &WriteRules) -> Result<Self> {
        let group = |field: &'a Field, column: &'a ArrayRef| match field.data_type() {
            DataType::Struct(fields) if fields.iter().all(|field| is_part(field.name())) => {
                Part::new(fields, column.as_struct(), rules)
            }
            other => Err(unknown(format!("{other} in place of a value and a typed value"))),
        };
        match field.data_type() {
            DataType::Struct(fields) => {
                let pairs = fields.iter().zip(column.as_struct().columns());
                let members = pairs.map(|(field, column)| {
                    Ok::<_, Error>(Member {
                        name: field.name(),
                        nulls: column.nulls().cloned(),
                        part: group(field, column)?,
                    })
                });
                let mut members = members.collect::<Result<Vec<_>>>()?;
                members.sort_by(|left, right| left.name.cmp(right.name));
                Ok(Typed::Object(members))
            }
            DataType::List(item) => {
                let list = column.as_list::<i32>();
                Ok(Typed::List(Extents::Small(list.value_offsets()), Box::new(group(item, list.values())?)))
            }
            DataType::LargeList(item) => {
                let list = column.as_list::<i64>();
                Ok(Typed::List(Extents::Large(list.value_offsets()), Box::new(group(item, list.values())?)))
            }
            _ if is_scalar(field) => Ok(Typed::Scalar(Box::new(ValueWriter::new(field, column, rules)?))),
            other => Err(unknown(other)),
        }
    }
}

/// Whether a variant has values of the type (VariantShredding.md, section Shredded Value Types).
fn is_scalar(field: &Field) -> bool {
    use DataType as T;
    match field.data_type() {
        T::Boolean | T::Int8 | T::Int16 | T::Int32 | T::Int64 | T::Float32 | T::Float64 | T::Date32 => true,
        T::Decimal32(..) | T::Decimal64(..) | T::Decimal128(..) => true,
        T::Time64(TimeUnit::Microsecond) => true,
        T::Timestamp(TimeUnit::Microsecond | TimeUnit::Nanosecond, zone) => {
            matches!(Zone::of(zone.as_deref()), Some(Zone::Naive | Zone::Utc))
        }
        T::Binary | T::LargeBinary | T::BinaryView => true,
        T::Utf8 | T::LargeUtf8 | T::Utf8View => !is_json_text(field),
        T::FixedSizeBinary(16) => is_uuid(field),
        _ => false,
    }
}

fn is_part(name: &str) -> bool {
    matches!(name, "value" | "typed_value")
}

fn child<'a>(fields: &'a Fields, array: &'a StructArray, name: &str) -> Option<(&'a Field, &'a ArrayRef)> {
    let at = fields.iter().position(|field| field.name() == name)?;
    Some((fields.get(at)?.as_ref(), array.columns().get(at)?))
}

fn bytes_of<'a>(column: &TextColumn<'a>, row: usize) -> Option<&'a [u8]> {
    if column.is_null(row) { None } else { column.bytes(row) }
}

#[cfg(test)]
mod tests;
