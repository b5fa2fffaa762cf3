//! The tree: one node for each array, with the blobs that do not change from row to row.
//!
//! `push` writes any row, or says what is wrong with it; [`put`] writes the usual ones faster.

mod put;
mod scalar;

use arrow_array::cast::AsArray;
use arrow_array::{Array, MapArray, UnionArray};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, Field, FieldRef, Fields};

use super::super::build::Seen;
use super::super::string::{SPECIAL, escape, push_string};
use super::super::text::push_minified_text;
use super::super::{is_json_text, is_variant};
use std::cell::Cell;
use std::ops::Range;

use self::scalar::{NULL, Scalar};
use super::key::{is_object_key, push_key};
use super::variant::VariantColumn;
use super::{BytesStyle, NonFinite, NumberStyle, UnionStyle, WriteRules};
use crate::code::Code;
use crate::column::nesting::{Extents, decoded};
use crate::column::number;
use crate::column::repair;
use crate::column::text::entries::Entries;
use crate::column::text::put::Constant;
use crate::column::text::{BytesText, TextColumn, TextForm, refused};
use crate::error::{Error, Result};
use crate::report::Report;

/// Writes rows of one array as JSON values.
pub struct ValueWriter<'a> {
    nulls: Option<NullBuffer>,
    rules: WriteRules,
    /// Values that became null because JSON has no number for them.
    lost: Cell<u64>,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Null,
    Scalar(Scalar<'a>, TextForm),
    Json(TextColumn<'a>),
    /// Binary values as arrays or as characters.
    Bytes(TextColumn<'a>),
    List(Extents<'a>, Box<Member<'a>>),
    Struct(Vec<Member<'a>>),
    Variant(Box<VariantColumn<'a>>),
    Map {
        array: &'a MapArray,
        keys: Keys<'a>,
        values: Box<Member<'a>>,
    },
    Union {
        array: &'a UnionArray,
        branches: Vec<(i8, Member<'a>)>,
    },
    /// A dictionary of text.
    Entries(Entries),
    /// Row → row of the values.
    Indirect(Vec<usize>, Box<ValueWriter<'a>>),
}

/// A field of a struct, a branch of a union, the items of a list or the values of a map.
struct Member<'a> {
    name: &'a str,
    /// What stands before the value: `"name":` of a field, `,` of an item, `:` of the value of a map.
    blob: Constant,
    /// The same and `"`.
    quoted: Constant,
    /// The same and `null`.
    null: Constant,
    writer: ValueWriter<'a>,
}

enum Keys<'a> {
    /// Keys of one object.
    Object(Box<Scalar<'a>>),
    /// An array of entries.
    Entries(Box<ValueWriter<'a>>),
}

impl<'a> ValueWriter<'a> {
    /// For the rows of `array`, the column of `field`. Cost: once per array, not per row (but for dictionaries and
    /// runs, whose rows are looked up here).
    ///
    /// # Errors
    /// `Unsupported` if the type cannot be written.
    pub fn new(field: &Field, array: &'a dyn Array, rules: &WriteRules) -> Result<Self> {
        Self::of(field, array, 0..array.len(), rules)
    }

    /// The same for those rows only that are going to be written: of the elements of a list, those of the rows of the
    /// list.
    fn of(field: &Field, array: &'a dyn Array, rows: Range<usize>, rules: &WriteRules) -> Result<Self> {
        let kind = Self::kind(field, array, rows, rules)?;
        let nulls = match kind {
            // The values know.
            Kind::Indirect(..) | Kind::Union { .. } => array.nulls().cloned(),
            _ => array.logical_nulls(),
        };
        let nulls = nulls.filter(|nulls| nulls.null_count() > 0);
        Ok(ValueWriter { nulls, rules: *rules, lost: Cell::new(0), kind })
    }

    fn kind(field: &Field, array: &'a dyn Array, rows: Range<usize>, rules: &WriteRules) -> Result<Kind<'a>> {
        if is_json_text(field) && matches!(array.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
        {
            return Ok(Kind::Json(TextColumn::new(array, field, BytesText::Base64)?));
        }
        if is_single(array.data_type()) {
            let hex = rules.bytes == BytesStyle::Hex;
            let mut column = TextColumn::new(array, field, if hex { BytesText::Hex } else { BytesText::Base64 })?;
            column.mark(rows, SPECIAL);
            if column.is_binary() && matches!(rules.bytes, BytesStyle::Array | BytesStyle::Latin1) {
                return Ok(Kind::Bytes(column));
            }
            let style = match array.data_type() {
                DataType::Int64 | DataType::UInt64 => rules.int64,
                kind if kind.is_decimal() => rules.decimal,
                _ => NumberStyle::Number,
            };
            let form = if style == NumberStyle::String { TextForm::Plain } else { column.form() };
            return Ok(Kind::Scalar(Scalar::new(column, array.len()), form));
        }
        if let Some((extents, item, values)) = Extents::of(array) {
            let rows = extents.cover(rows, values.len());
            let items = Member::new("[]", b",", item, values, rows, rules)?;
            return Ok(Kind::List(extents, Box::new(items)));
        }
        Ok(match array.data_type() {
            DataType::Null => Kind::Null,
            DataType::Struct(fields) if is_variant(field) => {
                Kind::Variant(Box::new(VariantColumn::new(fields, array.as_struct(), rules)?))
            }
            DataType::Struct(fields) => Kind::Struct(members(fields, array.as_struct().columns(), rows, rules)?),
            DataType::Map(..) => {
                let map = array.as_map();
                let (key_field, value_field) = map_fields(map)?;
                let entries = Extents::Small(map.value_offsets()).cover(rows, map.entries().len());
                let values = ValueWriter::of(value_field, map.values(), entries.clone(), rules)?;
                let values = Box::new(Member::of("value", b":", values));
                let keys: &'a dyn Array = map.keys();
                let column = match is_single(keys.data_type()) {
                    true => Some(TextColumn::new(keys, key_field, BytesText::Base64)?).filter(is_object_key),
                    false => None,
                };
                let keys = match column {
                    Some(mut column) => {
                        column.mark(entries, SPECIAL);
                        Keys::Object(Box::new(Scalar::new(column, keys.len())))
                    }
                    None => Keys::Entries(Box::new(ValueWriter::of(key_field, keys, entries, rules)?)),
                };
                Kind::Map { array: map, keys, values }
            }
            DataType::Union(fields, _) => {
                let union = array.as_union();
                let mut branches = Vec::with_capacity(fields.len());
                for (id, field) in fields.iter() {
                    let child: &'a dyn Array = union.child(id);
                    branches.push((
                        id,
                        Member::new(field.name(), &key(field.name()), field, child, 0..child.len(), rules)?,
                    ));
                }
                Kind::Union { array: union, branches }
            }
            DataType::Dictionary(_, value) => {
                let string = |out: &mut Vec<u8>, text: &str| {
                    push_string(out, text.as_bytes());
                    Some(())
                };
                if let Some(entries) = Entries::new(array, string).filter(|_| !is_json_text(field)) {
                    return Ok(Kind::Entries(entries));
                }
                let field =
                    Field::new(field.name(), value.as_ref().clone(), true).with_metadata(field.metadata().clone());
                let (rows, values) = decoded(array)?;
                Kind::Indirect(rows, Box::new(ValueWriter::new(&field, values, rules)?))
            }
            DataType::RunEndEncoded(_, value) => {
                let (rows, values) = decoded(array)?;
                Kind::Indirect(rows, Box::new(ValueWriter::new(value, values, rules)?))
            }
            other => return Err(Error::unsupported(format!("{other} cannot be written as JSON"))),
        })
    }

    /// Appends the value of a row.
    ///
    /// # Errors
    /// A value that JSON cannot hold, with its column path.
    #[inline]
    pub fn push(&self, out: &mut Vec<u8>, row: usize) -> Result<()> {
        if self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            out.extend_from_slice(b"null");
            return Ok(());
        }
        match &self.kind {
            Kind::Scalar(scalar, form) => self.push_scalar(scalar.column(), *form, out, row),
            Kind::Struct(members) => push_object(members, self.rules.omit_nulls, out, row),
            Kind::Variant(column) => column.push(out, row),
            Kind::Null => {
                out.extend_from_slice(b"null");
                Ok(())
            }
            Kind::Json(texts) => self.push_json(texts.text(row).as_bytes(), out),
            Kind::Bytes(column) => {
                push_bytes(column.bytes(row).unwrap_or_default(), self.rules.bytes, out);
                Ok(())
            }
            Kind::List(extents, items) => {
                out.push(b'[');
                for (index, item) in extents.get(row).enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    items.writer.push(out, item).map_err(|error| error.in_column(items.name))?;
                }
                out.push(b']');
                Ok(())
            }
            Kind::Map { array, keys, values } => push_map(array, keys, &values.writer, out, row),
            Kind::Union { array, branches } => self.push_union(array, branches, out, row),
            Kind::Entries(entries) => {
                out.extend_from_slice(entries.get(row).unwrap_or(b"null"));
                Ok(())
            }
            Kind::Indirect(rows, values) => match rows.get(row) {
                Some(row) => values.push(out, *row),
                None => Err(Error::internal("a row beyond the column")),
            },
        }
    }

    /// Values of this array itself that became null so far.
    pub(super) fn lost(&self) -> u64 {
        self.lost.get()
    }

    /// Adds to `report` what was lost so far in the column called `path`.
    pub fn losses(&self, path: &str, report: &mut Report) {
        if self.rules.non_finite != NonFinite::Null {
            return;
        }
        match &self.kind {
            Kind::Scalar(..) if self.lost.get() > 0 => {
                *report.losses.entry((Code::NonFinite, path.to_owned())).or_default() += self.lost.get();
            }
            Kind::Variant(column) if column.losses() > 0 => {
                *report.losses.entry((Code::NonFinite, path.to_owned())).or_default() += column.losses();
            }
            Kind::List(_, items) => items.writer.losses(&format!("{path}[]"), report),
            Kind::Struct(members) => {
                members.iter().for_each(|member| member.writer.losses(&format!("{path}.{}", member.name), report));
            }
            Kind::Map { values, .. } => values.writer.losses(&format!("{path}.value"), report),
            Kind::Union { branches, .. } => {
                branches.iter().for_each(|(_, branch)| branch.writer.losses(&format!("{path}.{}", branch.name), report))
            }
            Kind::Indirect(_, values) => values.losses(path, report),
            _ => {}
        }
    }

    #[inline]
    fn push_scalar(&self, column: &TextColumn<'_>, form: TextForm, out: &mut Vec<u8>, row: usize) -> Result<()> {
        match form {
            TextForm::Literal => column.push(out, row).map_err(refused),
            TextForm::Text => {
                push_string(out, column.text(row).as_bytes());
                Ok(())
            }
            TextForm::Plain => {
                out.push(b'"');
                column.push(out, row).map_err(refused)?;
                out.push(b'"');
                Ok(())
            }
            TextForm::Float => match column.non_finite(row) {
                None => column.push(out, row).map_err(refused),
                Some(name) => match self.rules.non_finite {
                    NonFinite::Error => Err(Error::value(Code::NonFinite, format!("{name} has no JSON number"))
                        .with_hint("write it as a string with --nonfinite=string")),
                    NonFinite::Null => {
                        self.lost.set(self.lost.get() + 1);
                        out.extend_from_slice(b"null");
                        Ok(())
                    }
                    NonFinite::String => {
                        push_string(out, name.as_bytes());
                        Ok(())
                    }
                },
            },
        }
    }

    /// Text of a column of JSON text: checked, since whatever stands there becomes part of the output.
    fn push_json(&self, text: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let mut scratch = Vec::new();
        push_minified_text(text, self.rules.depth_max, &mut scratch, out).map_err(|error| {
            // It may be JSON beyond the limit.
            let what = if error.code() == Some(Code::Depth) { "" } else { "not JSON: " };
            let message = format!("the text of a JSON column is {what}{}", error.message());
            let refused = Error::value(error.code().unwrap_or(Code::Token), message);
            match error.hint() {
                Some(hint) => refused.with_hint(hint),
                None => refused,
            }
        })
    }

    fn push_union(
        &self,
        array: &UnionArray,
        branches: &[(i8, Member<'_>)],
        out: &mut Vec<u8>,
        row: usize,
    ) -> Result<()> {
        let id = array.type_id(row);
        let Some((_, branch)) = branches.iter().find(|(branch, _)| *branch == id) else {
            return Err(Error::internal("a union row without branch"));
        };
        let child_row = array.value_offset(row);
        let tagged = self.rules.union == UnionStyle::Tagged;
        if tagged {
            out.push(b'{');
            out.extend_from_slice(branch.blob.as_bytes());
        }
        branch.writer.push(out, child_row).map_err(|error| error.in_column(branch.name))?;
        if tagged {
            out.push(b'}');
        }
        Ok(())
    }
}

/// A name as it stands before a value.
fn key(name: &str) -> Vec<u8> {
    let mut key = Vec::new();
    push_string(&mut key, name.as_bytes());
    key.push(b':');
    key
}

impl<'a> Member<'a> {
    /// `blob` stands before each value.
    fn new(
        name: &'a str,
        blob: &[u8],
        field: &Field,
        array: &'a dyn Array,
        rows: Range<usize>,
        rules: &WriteRules,
    ) -> Result<Self> {
        let writer = ValueWriter::of(field, array, rows, rules).map_err(|error| error.in_column(name))?;
        Ok(Self::of(name, blob, writer))
    }

    fn of(name: &'a str, blob: &[u8], writer: ValueWriter<'a>) -> Self {
        let with = |value: &[u8]| Constant::new(&[blob, value].concat());
        Member { name, blob: with(b""), quoted: with(b"\""), null: with(b"null"), writer }
    }
}

fn members<'a>(
    fields: &'a Fields,
    columns: &'a [arrow_array::ArrayRef],
    rows: Range<usize>,
    rules: &WriteRules,
) -> Result<Vec<Member<'a>>> {
    let pairs = fields.iter().zip(columns).enumerate();
    pairs
        .map(|(index, (field, column))| {
            // What stands between two members goes with the second, unless members can be left out.
            let comma: &[u8] = if index > 0 && !rules.omit_nulls { b"," } else { b"" };
            Member::new(field.name(), &[comma, &key(field.name())].concat(), field, column, rows.clone(), rules)
        })
        .collect()
}

/// Appends an object.
#[inline]
fn push_object(members: &[Member<'_>], omit_nulls: bool, out: &mut Vec<u8>, row: usize) -> Result<()> {
    out.push(b'{');
    if omit_nulls {
        push_members_there(members, out, row)?;
    } else {
        for member in members {
            out.extend_from_slice(member.blob.as_bytes());
            member.writer.push(out, row).map_err(|error| error.in_column(member.name))?;
        }
    }
    out.push(b'}');
    Ok(())
}

/// Appends the members that are not null.
fn push_members_there(members: &[Member<'_>], out: &mut Vec<u8>, row: usize) -> Result<()> {
    let mut first = true;
    for member in members {
        let start = out.len();
        if !first {
            out.push(b',');
        }
        out.extend_from_slice(member.blob.as_bytes());
        let value = out.len();
        member.writer.push(out, row).map_err(|error| error.in_column(member.name))?;
        // Nulls hide behind encodings and unions too: the text tells.
        match out.get(value..) == Some(b"null") {
            true => out.truncate(start),
            false => first = false,
        }
    }
    Ok(())
}

pub(super) fn push_bytes(bytes: &[u8], style: BytesStyle, out: &mut Vec<u8>) {
    if style == BytesStyle::Latin1 {
        let mut text = Vec::with_capacity(bytes.len() * 2);
        repair::push_latin1(&mut text, bytes);
        return push_string(out, &text);
    }
    out.push(b'[');
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        number::push_u64(out, (*byte).into());
    }
    out.push(b']');
}

/// Whether values of the type are not nested, not encoded, and not always null.
fn is_single(kind: &DataType) -> bool {
    !(kind.is_nested() || matches!(kind, DataType::Null | DataType::Dictionary(..) | DataType::RunEndEncoded(..)))
}

fn map_fields(map: &MapArray) -> Result<(&FieldRef, &FieldRef)> {
    match map.entries().fields().as_ref() {
        [key, value] => Ok((key, value)),
        _ => Err(Error::internal("the entries of a map are not pairs")),
    }
}

fn push_map(array: &MapArray, keys: &Keys<'_>, values: &ValueWriter<'_>, out: &mut Vec<u8>, row: usize) -> Result<()> {
    let offsets = array.value_offsets();
    // Offsets of an Arrow array are not negative.
    let entries = offsets[row] as usize..offsets[row + 1] as usize;
    match keys {
        Keys::Object(keys) => {
            out.push(b'{');
            let mut seen = Seen::default();
            let many = entries.len() > 1;
            for (index, entry) in entries.enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                if keys.column().is_null(entry) {
                    return Err(Error::value(Code::Null, "a map key is null"));
                }
                let start = out.len();
                push_key(keys.column(), out, entry)?;
                if many && !seen.insert(&out[start..]) {
                    let key = String::from_utf8_lossy(&out[start..]).into_owned();
                    return Err(Error::value(Code::DuplicateKey, format!("the key {key} stands twice in one map")));
                }
                out.push(b':');
                values.push(out, entry)?;
            }
            out.push(b'}');
        }
        Keys::Entries(keys) => {
            out.push(b'[');
            for (index, entry) in entries.enumerate() {
                out.extend_from_slice(if index > 0 { b",{\"key\":" } else { b"{\"key\":" });
                keys.push(out, entry)?;
                out.extend_from_slice(b",\"value\":");
                values.push(out, entry)?;
                out.push(b'}');
            }
            out.push(b']');
        }
    }
    Ok(())
}

/// What the text of a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordShape {
    /// An object with a member for each column.
    Object,
    /// An array with an element for each column.
    Array,
    /// The value of the only column.
    Value,
}

/// Writes records: the columns of a batch as one value.
pub struct RecordWriter<'a> {
    members: Vec<Member<'a>>,
    omit_nulls: bool,
    shape: RecordShape,
}

impl<'a> RecordWriter<'a> {
    /// For the rows of `records`.
    ///
    /// # Errors
    /// As [`ValueWriter::new`].
    pub fn new(records: &'a arrow_array::RecordBatch, rules: &WriteRules, shape: RecordShape) -> Result<Self> {
        let fields = records.schema_ref().fields();
        let members = members(fields, records.columns(), 0..records.num_rows(), rules)?;
        let shape = if shape == RecordShape::Value && members.len() != 1 { RecordShape::Object } else { shape };
        Ok(RecordWriter { members, omit_nulls: rules.omit_nulls, shape })
    }

    /// Adds to `report` what was lost so far.
    pub fn losses(&self, report: &mut Report) {
        self.members.iter().for_each(|member| member.writer.losses(member.name, report));
    }

    /// Appends a record.
    ///
    /// # Errors
    /// As [`ValueWriter::push`].
    #[inline]
    pub fn push(&self, out: &mut Vec<u8>, row: usize) -> Result<()> {
        match self.shape {
            RecordShape::Object => push_object(&self.members, self.omit_nulls, out, row),
            RecordShape::Array => {
                out.push(b'[');
                self.push_values(out, row)?;
                out.push(b']');
                Ok(())
            }
            RecordShape::Value => self.push_values(out, row),
        }
    }

    fn push_values(&self, out: &mut Vec<u8>, row: usize) -> Result<()> {
        for (index, member) in self.members.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            member.writer.push(out, row).map_err(|error| error.in_column(member.name))?;
        }
        Ok(())
    }
}
