//! What the footer says, as JSON.

use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::statistics::Statistics;
use serde_json::{Value, json};

use super::fit::printed;

/// Rows, row groups, columns with codec, encodings, sizes and statistics, key-values, and the schema as text.
pub(super) fn inspect(metadata: &ParquetMetaData, bytes: u64) -> Value {
    let file = metadata.file_metadata();
    let groups: Vec<Value> = (metadata.row_groups().iter())
        .map(|group| {
            json!({
                "rows": group.num_rows(),
                "uncompressed_bytes": group.total_byte_size(),
                "compressed_bytes": group.compressed_size(),
                "columns": group.columns().iter().map(column).collect::<Vec<_>>(),
            })
        })
        .collect();
    let pairs: Vec<Value> = (file.key_value_metadata().into_iter().flatten())
        .map(|pair| json!({ "key": pair.key, "value": pair.value }))
        .collect();
    json!({
        "format": "parquet",
        "bytes": bytes,
        "version": file.version(),
        "created_by": file.created_by(),
        "rows": super::footer::rows(metadata),
        "columns": file.schema_descr().num_columns(),
        "schema": printed(file.schema()),
        "key_values": pairs,
        "row_groups": groups,
    })
}

fn column(column: &ColumnChunkMetaData) -> Value {
    json!({
        "path": column.column_path().string(),
        "type": column.column_type().to_string(),
        "codec": format!("{}", column.compression()),
        "encodings": column.encodings().map(|encoding| encoding.to_string()).collect::<Vec<_>>(),
        "values": column.num_values(),
        "uncompressed_bytes": column.uncompressed_size(),
        "compressed_bytes": column.compressed_size(),
        "dictionary": column.dictionary_page_offset().is_some(),
        "page_index": column.offset_index_offset().is_some(),
        "bloom_filter": column.bloom_filter_offset().is_some(),
        "statistics": column.statistics().map(statistics),
    })
}

fn statistics(statistics: &Statistics) -> Value {
    let (min, max) = match statistics {
        Statistics::Boolean(s) => (text(s.min_opt()), text(s.max_opt())),
        Statistics::Int32(s) => (text(s.min_opt()), text(s.max_opt())),
        Statistics::Int64(s) => (text(s.min_opt()), text(s.max_opt())),
        Statistics::Float(s) => (text(s.min_opt()), text(s.max_opt())),
        Statistics::Double(s) => (text(s.min_opt()), text(s.max_opt())),
        Statistics::Int96(_) => (None, None),
        Statistics::ByteArray(_) | Statistics::FixedLenByteArray(_) => {
            (statistics.min_bytes_opt().map(bytes_text), statistics.max_bytes_opt().map(bytes_text))
        }
    };
    json!({
        "min": min,
        "max": max,
        "nulls": statistics.null_count_opt(),
        "distinct": statistics.distinct_count_opt(),
    })
}

fn text(value: Option<&impl ToString>) -> Option<String> {
    value.map(ToString::to_string)
}

/// Text as it is, other bytes in hexadecimal.
fn bytes_text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => text.to_owned(),
        _ => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}
