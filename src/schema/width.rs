//! How much memory records take, as far as their types tell.

use std::num::NonZeroUsize;

use arrow_schema::{DataType, Schema};

/// Rows that are worth being together however wide they are.
const LEAST_ROWS: usize = 256;

/// As many rows as take about `bytes`, but at most `most`: fewer for schemas so wide that as many would be too big in
/// memory. A function of the schema alone, so that the same records always make the same file.
pub(crate) fn rows_within(bytes: usize, most: usize, schema: &Schema) -> NonZeroUsize {
    let width = sum(schema.fields().iter().map(|field| width(field.data_type())));
    let rows = (bytes / width.max(1)).clamp(LEAST_ROWS.min(most), most);
    NonZeroUsize::new(rows).unwrap_or(NonZeroUsize::MIN)
}

/// Memory that the records of one chunk take about, at most.
#[cfg(any(feature = "csv", feature = "json", feature = "protobuf"))]
const CHUNK_BYTES: usize = 32 << 20;

/// Records of a chunk at most, where columns may be absent from records: then a few bytes stand for a place in each of many
/// columns. A function of the schema alone.
#[cfg(any(feature = "csv", feature = "json", feature = "protobuf"))]
pub(crate) fn chunk_records(schema: &Schema) -> usize {
    rows_within(CHUNK_BYTES, usize::MAX, schema).get()
}

fn sum(widths: impl Iterator<Item = usize>) -> usize {
    widths.fold(0, usize::saturating_add)
}

/// Of a list of four elements.
fn list(element: usize) -> usize {
    element.saturating_mul(4).saturating_add(8)
}

/// About how many bytes a value takes in memory.
fn width(data_type: &DataType) -> usize {
    match data_type {
        DataType::Struct(fields) => sum(fields.iter().map(|field| width(field.data_type()))),
        DataType::List(item) | DataType::LargeList(item) | DataType::ListView(item) | DataType::LargeListView(item) => {
            list(width(item.data_type()))
        }
        DataType::FixedSizeList(item, size) => {
            width(item.data_type()).saturating_mul(usize::try_from(*size).unwrap_or(0))
        }
        DataType::Map(entries, _) => list(width(entries.data_type())),
        DataType::Union(fields, _) => sum(fields.iter().map(|(_, field)| width(field.data_type()))),
        DataType::Dictionary(key, _) => width(key),
        DataType::RunEndEncoded(_, values) => width(values.data_type()),
        DataType::FixedSizeBinary(size) => usize::try_from(*size).unwrap_or(0),
        other => other.primitive_width().unwrap_or(32),
    }
}

#[cfg(test)]
mod tests {
    use arrow_schema::Field;

    use super::*;

    fn schema(columns: usize) -> Schema {
        let field = |index| Field::new(format!("c{index}"), DataType::Int64, true);
        Schema::new((0..columns).map(field).collect::<Vec<_>>())
    }

    #[test]
    fn wide_records_come_in_fewer_rows() {
        let rows = |columns| rows_within(1 << 20, 65_536, &schema(columns)).get();
        assert_eq!([0, 1, 2, 4, 64, 1 << 20].map(rows), [65_536, 65_536, 65_536, 32_768, 2048, 256]);
        assert_eq!(rows_within(1 << 20, 10, &schema(1 << 20)).get(), 10);
        #[cfg(any(feature = "csv", feature = "json", feature = "protobuf"))]
        assert_eq!(
            [1, 300, 10_000, 1 << 20].map(|columns| chunk_records(&schema(columns))),
            [1 << 22, 13_981, 419, 256]
        );
    }
}
