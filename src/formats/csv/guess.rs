//! Columns read with types that were guessed from the first records: each value is looked at as inference looks at it.
//!
//! What a chunk shows is added to what the first records showed. If no chunk makes another schema of that, all of them
//! together make none: what decides on a type is a maximum, a minimum, or a flag that changes once. What the first
//! records showed already is told by a look at the value that is read anyway. A value that is kept but written in another
//! form changes no type: it is told by the chunk that finds it first.

use std::sync::atomic::{AtomicBool, Ordering};

use arrow_schema::DataType;

use super::header::Header;
use super::infer::{ColumnShape, observe};
use crate::code::Code;
use crate::column::digits::Token;
use crate::column::parse::{Fault, ValueColumn};
use crate::column::temporal::Zone;
use crate::error::{Error, Result};
use crate::pipeline::Slice;
use crate::report::Report;
use crate::schema::infer::Fractions;
use crate::source::Source;

/// What the first records showed.
#[derive(Debug)]
pub(super) struct Guess {
    /// For each field of a record; `None`: its type was given.
    pub(super) shapes: Vec<Option<ColumnShape>>,
    fractions: Fractions,
    /// For each field whether it was told that values are written in another form, which records further down may show
    /// first.
    told: Vec<AtomicBool>,
}

impl Guess {
    pub(super) fn new(shapes: Vec<Option<ColumnShape>>, fractions: Fractions) -> Self {
        let restyles = |shape: &Option<ColumnShape>| shape.as_ref().is_some_and(|shape| shape.restyles(fractions));
        let told = shapes.iter().map(|shape| AtomicBool::new(restyles(shape))).collect();
        Guess { shapes, fractions, told }
    }

    /// Whether the records all over the source are as the first: if not, the guess is not worth a try. Where pieces begin
    /// inside quotes they show nothing, or something else.
    pub(super) fn is_likely(&self, source: &Source, header: &Header, wanted: &[bool]) -> bool {
        let mut seen = self.shapes.clone();
        for bytes in source.glances() {
            let slice = Slice { bytes, first: false, last: false };
            let Ok(observed) = observe(&header.dialect, wanted, &slice, u64::MAX) else { continue };
            for (seen, found) in seen.iter_mut().zip(&observed.columns) {
                if let Some(seen) = seen {
                    seen.merge(found);
                }
            }
        }
        self.check(&seen, &header.names).is_ok()
    }

    /// Whether what was `seen` since makes the same schema.
    ///
    /// # Errors
    /// `Value`: it does not.
    pub(super) fn check(&self, seen: &[Option<ColumnShape>], names: &[String]) -> Result<()> {
        let answer = |shape: &ColumnShape| shape.data_type(self.fractions);
        for (index, (first, seen)) in self.shapes.iter().zip(seen).enumerate() {
            if let (Some(first), Some(seen)) = (first, seen)
                && first != seen
                && answer(first) != answer(seen)
            {
                return Err(wrong().in_column(names.get(index).map_or("", String::as_str)));
            }
        }
        Ok(())
    }

    /// Tells, once for all slices, of columns that keep their type but not the form of what was `seen` since.
    pub(super) fn tell(&self, seen: &[Option<ColumnShape>], names: &[String], report: &mut Report) {
        for ((seen, told), name) in seen.iter().zip(&self.told).zip(names) {
            let restyles = seen.as_ref().is_some_and(|seen| seen.restyles(self.fractions));
            if restyles && !told.load(Ordering::Relaxed) && !told.swap(true, Ordering::Relaxed) {
                report.note(Code::Restyled, name.clone());
            }
        }
    }
}

/// The error for a value that makes another schema. It is never shown: the source is read again.
#[cold]
pub(super) fn wrong() -> Error {
    Error::value(Code::Token, "a value is not of the type of the first records")
}

impl ColumnShape {
    /// Appends the values of a column whose type this shape gave, and takes them into account. Null says nothing.
    ///
    /// # Errors
    /// The index of a value that makes another type.
    pub(super) fn read<'a>(
        &mut self,
        values: &mut ValueColumn,
        tokens: impl Iterator<Item = Option<Token<'a>>> + Clone,
    ) -> Result<(), usize> {
        let fault = Fault::Null;
        let texts = tokens.clone().map(|token| token.map(Token::bytes));
        let kind = values.kind().clone();
        let read = match (&mut *self, kind) {
            (ColumnShape::Number(shape), DataType::Float64) => {
                values.extend_f64(tokens, |token| shape.read_f64(token).ok_or(fault))
            }
            (ColumnShape::Number(shape), DataType::Int64) => {
                values.extend_i64(tokens, |token| shape.read_i64(token).ok_or(fault))
            }
            (ColumnShape::Number(shape), DataType::Decimal128(precision, scale)) => {
                values.extend_i128(tokens, |token| shape.read_i128(token, precision, scale).ok_or(fault))
            }
            (ColumnShape::Timestamp(shape), DataType::Timestamp(unit, zone)) => {
                let zone = Zone::of(zone.as_deref()).unwrap_or(Zone::Utc);
                values.extend_i64(texts, |token| shape.read(token, unit, zone).ok_or(fault))
            }
            _ => {
                self.observe(texts.clone());
                values.extend(texts)
            }
        };
        read.map_err(|(index, _)| index)
    }
}
