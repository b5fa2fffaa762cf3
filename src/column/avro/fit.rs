//! What becomes of columns in an Avro schema that the user gave: what its types are, what they cannot hold, and what
//! reading them gives.

use std::sync::Arc;

use arrow_array::{RecordBatch, new_empty_array};
use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit};

use super::bind::{bind, columns_of, is_uuid_text, place};
use super::raw::check_raw;
use super::restore::branch_of_nulls;
use crate::code::Code;
use crate::column::nesting::{element, extension_of, unencoded};
use crate::error::Error;
use crate::fit::{Fit, GivenFits, Returns, integer_range};
use crate::schema::avsc::model::{Document, Field as AvroField, Kind, Logical, Node, Shape};
use crate::schema::avsc::{self, ToArrow, keys};

/// What becomes of the columns, and of those inside, when they are written with `document`.
pub(crate) fn fits(schema: &Schema, document: &Document) -> GivenFits {
    let mut judge = Judge { document, fits: GivenFits::default(), place: Vec::new() };
    let batch = RecordBatch::new_empty(Arc::new(schema.clone()));
    let whole = match bind(document, &batch) {
        Err(error) if error.origin().column.is_none() => Err(error),
        // It is of a column, which is looked at below.
        Err(_) => Ok(()),
        Ok(_) => check_raw(document, schema),
    };
    if let Err(error) = whole {
        judge.fits.schema = Some(Fit::refused(error.message()));
        judge.hint(&error);
    }
    let read = |hints: bool| avsc::document_to_arrow(document, &ToArrow { hints, ..ToArrow::default() }).ok();
    let (restored, natural) = (read(true), read(false));
    let back = Back {
        restored: restored.as_ref().map(|(schema, _)| schema.fields()),
        natural: natural.as_ref().map(|(schema, _)| schema.fields()),
    };
    match document.fields(&document.root) {
        Some(avro) => judge.record(schema.fields(), avro, back),
        // Data that is not records is one column.
        None => {
            if let [column] = &schema.fields()[..] {
                judge.inside(0, column, &document.root, back.at(0));
            }
        }
    }
    judge.fits
}

/// Columns, or a column, that reading gives, with hints and without.
struct Back<'a, T: ?Sized> {
    restored: Option<&'a T>,
    natural: Option<&'a T>,
}

impl<T: ?Sized> Clone for Back<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Back<'_, T> {}

impl<'a> Back<'a, Fields> {
    /// Columns are read in the order of the fields of the schema.
    fn at(self, index: usize) -> Back<'a, Field> {
        let of = |fields: &'a Fields| fields.get(index).map(AsRef::as_ref);
        Back { restored: self.restored.and_then(of), natural: self.natural.and_then(of) }
    }
}

impl<'a> Back<'a, Field> {
    /// The columns inside.
    fn fields(self) -> Back<'a, Fields> {
        let of = |field: &'a Field| match field.data_type() {
            DataType::Struct(fields) => Some(fields),
            DataType::Map(entries, _) => match entries.data_type() {
                DataType::Struct(fields) => Some(fields),
                _ => None,
            },
            _ => None,
        };
        Back { restored: self.restored.and_then(of), natural: self.natural.and_then(of) }
    }

    /// The items.
    fn item(self) -> Back<'a, Field> {
        let of = |field: &'a Field| element(field.data_type()).map(AsRef::as_ref);
        Back { restored: self.restored.and_then(of), natural: self.natural.and_then(of) }
    }

    /// A branch.
    fn branch(self, index: usize) -> Back<'a, Field> {
        let of = |field: &'a Field| match field.data_type() {
            DataType::Union(branches, _) => branches.iter().nth(index).map(|(_, branch)| branch.as_ref()),
            DataType::Struct(fields) => fields.get(index).map(AsRef::as_ref),
            _ => None,
        };
        Back { restored: self.restored.and_then(of), natural: self.natural.and_then(of) }
    }
}

struct Judge<'a> {
    document: &'a Document,
    fits: GivenFits,
    place: Vec<usize>,
}

impl Judge<'_> {
    fn record(&mut self, columns: &Fields, avro: &[AvroField], back: Back<Fields>) {
        let found = columns_of(avro, columns);
        for (index, column) in columns.iter().enumerate() {
            match found.iter().position(|of| *of == Some(index)) {
                Some(at) => {
                    let back = back.at(at);
                    let renamed = |back: Option<&Field>| back.is_some_and(|back| back.name() != column.name());
                    let (restored, natural) = (renamed(back.restored), renamed(back.natural));
                    self.place.push(index);
                    let fit = self.field(column, &avro[at].node, back);
                    let fit = match (restored, natural) {
                        _ if fit.is_refused() => fit,
                        (true, _) => fit.at_best(Returns::Wider).with(&[Code::Name]),
                        (_, true) => fit.at_best(Returns::Hinted).with(&[Code::Renamed]),
                        _ => fit,
                    };
                    self.fits.fields.insert(self.place.clone(), fit);
                    self.place.pop();
                }
                None => {
                    let place = [&self.place[..], &[index]].concat();
                    self.fits.fields.insert(place, Fit::refused("the Avro schema has no field of this name"));
                }
            }
        }
    }

    /// A field that stands inside another.
    fn inside(&mut self, index: usize, column: &Field, node: &Node, back: Back<Field>) {
        self.place.push(index);
        let fit = self.field(column, node, back);
        self.fits.fields.insert(self.place.clone(), fit);
        self.place.pop();
    }

    /// What becomes of a column; what is inside goes into the list.
    fn field(&mut self, column: &Field, node: &Node, back: Back<Field>) -> Fit {
        let array = new_empty_array(column.data_type());
        if let Err(error) = place(self.document, node, column, &array) {
            self.hint(&error);
            let path = error.origin().column.as_deref();
            return Fit::refused(
                path.map_or_else(|| error.message().into(), |at| format!("{at}: {}", error.message())),
            );
        }
        let plain = unencoded(column.data_type());
        let is_union = matches!(plain, DataType::Union(..));
        let (node, holds_null) = match &node.kind {
            Kind::Null => (node, true),
            Kind::Union(branches) => {
                let mut others = branches.iter().filter(|branch| branch.kind != Kind::Null);
                let only = others.next().filter(|_| others.next().is_none());
                let only = only.filter(|only| !is_union || self.document.fields(only).is_some());
                (only.unwrap_or(node), branches.iter().any(|branch| branch.kind == Kind::Null))
            }
            _ => (node, false),
        };
        // The rest of a recursive type is written as the datum that it is.
        if column.metadata().get(keys::LOWERED).is_some_and(|text| text.starts_with("recursion:")) {
            let json = matches!(plain, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
            let fit = Fit::exact(self.name(node)).whole();
            return if json { fit.with(&[Code::Token, Code::ExtraKey]) } else { fit };
        }
        let fit = returned(self.name(node), column, back).with(&self.codes(node, column, plain));
        self.children(plain, node, back);
        if column.is_nullable() && !holds_null && !is_union { fit.with(&[Code::Null]) } else { fit }
    }

    fn children(&mut self, plain: &DataType, node: &Node, back: Back<Field>) {
        match (plain, &node.kind) {
            (DataType::Struct(fields), _) => {
                if let Some(avro) = self.document.fields(node) {
                    self.record(fields, avro, back.fields());
                }
            }
            (DataType::Map(entries, _), Kind::Array(pair)) => {
                if let (DataType::Struct(fields), Some(avro)) = (entries.data_type(), self.document.fields(pair)) {
                    self.record(fields, avro, back.fields());
                }
            }
            (DataType::Map(entries, _), Kind::Map(values)) => {
                if let DataType::Struct(fields) = entries.data_type()
                    && let [key, value] = &fields[..]
                {
                    self.inside(0, key, &Node::plain(Kind::String), back.fields().at(0));
                    self.inside(1, value, values, back.fields().at(1));
                }
            }
            (DataType::Union(fields, _), Kind::Union(branches)) => {
                for (index, ((_, field), branch)) in fields.iter().zip(branches).enumerate() {
                    self.inside(index, field, branch, back.branch(index));
                }
            }
            (DataType::Union(fields, _), _) => {
                let Some(avro) = self.document.fields(node) else { return };
                let of_nulls = branch_of_nulls(fields);
                for (index, ((_, field), wanted)) in fields.iter().zip(avro).enumerate() {
                    self.inside(index, field, &wanted.node, back.branch(index));
                    // A null there is read as one of another branch.
                    let has_nulls =
                        field.is_nullable() && !matches!(field.data_type(), DataType::Null | DataType::Union(..));
                    if has_nulls && of_nulls != Some(index) {
                        let place = [&self.place[..], &[index]].concat();
                        self.fits.fields.entry(place).and_modify(|fit| *fit = fit.clone().with(&[Code::Null]));
                    }
                }
            }
            (list, Kind::Array(items)) => {
                if let Some(column) = element(list) {
                    self.inside(0, column, items, back.item());
                }
            }
            _ => {}
        }
    }

    fn hint(&mut self, error: &Error) {
        if let Some(hint) = error.hint() {
            self.fits.hints.insert(self.place.clone(), hint.to_owned());
        }
    }

    /// What the schema calls a type.
    fn name(&self, node: &Node) -> String {
        let shape = self.document.named(node).map(|named| &named.shape);
        let plain = match shape {
            Some(Shape::Record { .. }) => "record".to_owned(),
            Some(Shape::Enum { .. }) => "enum".to_owned(),
            Some(Shape::Fixed(size)) => format!("fixed({size})"),
            None => self.document.branch_name(node),
        };
        match self.document.logical(node) {
            Logical::None | Logical::Ignored(_) => plain,
            Logical::Map => "array of key-value records, map".to_owned(),
            Logical::Uuid => format!("{plain}, uuid"),
            logical => logical.name(),
        }
    }

    /// Which values of a column the type cannot hold.
    fn codes(&self, node: &Node, column: &Field, plain: &DataType) -> Vec<Code> {
        use DataType as T;
        let text = matches!(plain, T::Utf8 | T::LargeUtf8 | T::Utf8View);
        let wider = |bits: u32| match integer_range(plain) {
            Some((low, high)) => low < -(1_i128 << (bits - 1)) || high >= 1_i128 << (bits - 1),
            None => false,
        };
        let shape = self.document.named(node).map(|named| &named.shape);
        match (&node.kind, self.document.logical(node), plain) {
            (_, Logical::Decimal { .. }, _) if text => {
                vec![Code::Token, Code::DecimalPrecision, Code::DecimalScale]
            }
            (_, Logical::Decimal { precision, scale }, plain) => {
                let room = *precision as i64 - *scale as i64;
                if whole_digits(plain).is_some_and(|digits| digits > room) {
                    vec![Code::DecimalPrecision]
                } else {
                    Vec::new()
                }
            }
            (_, Logical::BigDecimal, _) if text => vec![Code::Token],
            (_, Logical::Duration, T::Interval(_)) => vec![Code::Interval],
            (_, _, T::Date64) if node.kind == Kind::Int => vec![Code::TimePrecision, Code::DateRange],
            (_, Logical::Time(_), T::Time64(TimeUnit::Nanosecond)) => vec![Code::TimePrecision, Code::DateRange],
            (_, _, T::Time32(_) | T::Time64(_)) => vec![Code::DateRange],
            (_, Logical::Timestamp { .. }, T::Timestamp(TimeUnit::Second, _)) => vec![Code::TimestampRange],
            (Kind::Int, ..) if wider(32) => vec![Code::IntRange],
            (Kind::Long, ..) if wider(64) => vec![Code::IntRange],
            (Kind::String, Logical::Uuid, T::FixedSizeBinary(16)) => Vec::new(),
            (Kind::String, Logical::Uuid, _) if !is_uuid_text(column) => vec![Code::Uuid],
            (Kind::String, _, T::Binary | T::LargeBinary | T::BinaryView) => vec![Code::Utf8],
            _ => match shape {
                Some(Shape::Fixed(_)) if !matches!(plain, T::FixedSizeBinary(_)) => vec![Code::Length],
                Some(Shape::Enum { symbols, .. }) => {
                    let known = symbols_of(column);
                    let all = known.is_some_and(|known| known.iter().all(|symbol| symbols.contains(symbol)));
                    if all { Vec::new() } else { vec![Code::Enum] }
                }
                _ => Vec::new(),
            },
        }
    }
}

/// The symbols that a column says it has.
fn symbols_of(column: &Field) -> Option<Vec<String>> {
    let facts: serde_json::Value = serde_json::from_str(column.metadata().get(keys::ENUM)?).ok()?;
    let symbols = facts.get("symbols")?.as_array()?;
    symbols.iter().map(|symbol| symbol.as_str().map(str::to_owned)).collect()
}

/// Digits in front of the point at most.
fn whole_digits(data_type: &DataType) -> Option<i64> {
    use DataType as T;
    match data_type {
        T::Decimal32(p, s) | T::Decimal64(p, s) | T::Decimal128(p, s) | T::Decimal256(p, s) => {
            Some(i64::from(*p) - i64::from(*s))
        }
        T::UInt64 => Some(20),
        _ => None,
    }
}

/// Whether a type comes back; what is inside is told apart.
fn returned(target: String, column: &Field, back: Back<Field>) -> Fit {
    let same = |back: Option<&Field>| {
        back.is_some_and(|back| {
            same_shell(back.data_type(), column.data_type()) && extension_of(back) == extension_of(column)
        })
    };
    let fit = match (same(back.restored), same(back.natural)) {
        (true, true) => Fit::exact(target),
        (true, false) => Fit::hinted(target),
        _ => Fit::wider(target).with(&[lost(column)]),
    };
    let kept = !avsc::has_foreign_metadata(column) || back.restored.is_some_and(avsc::has_foreign_metadata);
    if kept { fit } else { fit.with(&[Code::Meta]) }
}

/// What is lost with a type that does not come back.
fn lost(column: &Field) -> Code {
    match column.data_type() {
        DataType::Timestamp(_, Some(zone)) if &**zone != "UTC" => Code::Zone,
        _ => Code::Type,
    }
}

fn same_shell(back: &DataType, column: &DataType) -> bool {
    use DataType as T;
    match (back, column) {
        (T::Struct(_), T::Struct(_)) | (T::List(_), T::List(_)) | (T::LargeList(_), T::LargeList(_)) => true,
        (T::ListView(_), T::ListView(_)) | (T::LargeListView(_), T::LargeListView(_)) => true,
        (T::FixedSizeList(_, left), T::FixedSizeList(_, right)) => left == right,
        (T::Map(_, left), T::Map(_, right)) => left == right,
        (T::Union(left, of), T::Union(right, other)) => {
            of == other && left.iter().map(|(id, _)| id).eq(right.iter().map(|(id, _)| id))
        }
        _ => back == column,
    }
}
