//! What footers and message heads say, as JSON. Bodies are not read (a stream that is a file on disk is skipped
//! through).

use arrow_ipc::{Message, MessageHeader};
use arrow_schema::Schema;
use serde_json::{Value, json};

use super::file::Footer;
use super::message::{MAGIC, MessageReader, body_length, is_file, schema_of};
use super::stored::metadata_at;
use crate::error::{Error, Result};
use crate::source::{Blob, read_error};

/// What is known of a file or stream without its bodies.
struct Outline {
    layout: &'static str,
    schema: Schema,
    batches: Vec<Value>,
    dictionaries: usize,
    rows: u64,
}

/// Layout, schema, record batches, dictionaries.
pub(super) fn inspect(blob: &Blob) -> Result<Value> {
    let outline = outline(blob)?;
    let fields: Vec<Value> = (outline.schema.fields().iter())
        .map(|field| {
            json!({
                "name": field.name(),
                "type": field.data_type().to_string(),
                "nullable": field.is_nullable(),
                "metadata": field.metadata().iter().map(|(key, value)| (key.clone(), json!(value)))
                    .collect::<serde_json::Map<_, _>>(),
            })
        })
        .collect();
    let metadata: serde_json::Map<_, _> =
        outline.schema.metadata.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    Ok(json!({
        "format": "arrow",
        "layout": outline.layout,
        "bytes": blob.len(),
        "rows": outline.rows,
        "columns": fields,
        "metadata": metadata,
        "dictionary_batches": outline.dictionaries,
        "record_batches": outline.batches,
    }))
}

/// The number of records.
pub(super) fn count(blob: &Blob) -> Result<u64> {
    Ok(outline(blob)?.rows)
}

fn outline(blob: &Blob) -> Result<Outline> {
    let head = blob.slice(0, MAGIC.len().min(blob.len() as usize)).map_err(|error| read_error(error, 0))?;
    if is_file(&head) { file(blob) } else { stream(blob) }
}

fn file(blob: &Blob) -> Result<Outline> {
    let footer = Footer::read(blob)?;
    let mut outline = Outline {
        layout: "file",
        schema: footer.schema.as_ref().clone(),
        batches: Vec::new(),
        dictionaries: footer.dictionaries.len(),
        rows: 0,
    };
    for block in &footer.batches {
        let metadata = metadata_at(blob, block)?;
        outline.add(&metadata.message()?)?;
    }
    Ok(outline)
}

fn stream(blob: &Blob) -> Result<Outline> {
    let mut messages = MessageReader::new(std::io::BufReader::new(blob.reader()));
    let mut outline: Option<Outline> = None;
    while let Some(metadata) = messages.next_metadata()? {
        let message = metadata.message()?;
        messages.skip(body_length(&message)?)?;
        match (&mut outline, message.header_as_schema()) {
            (None, Some(schema)) => {
                let schema = schema_of(schema)?;
                let layout = "stream";
                outline = Some(Outline { layout, schema, batches: Vec::new(), dictionaries: 0, rows: 0 });
            }
            (Some(outline), None) => outline.add(&message)?,
            _ => return Err(Error::malformed("a stream must begin with its schema")),
        }
    }
    outline.ok_or_else(|| Error::malformed("an Arrow stream without a schema"))
}

impl Outline {
    fn add(&mut self, message: &Message<'_>) -> Result<()> {
        if message.header_type() == MessageHeader::DictionaryBatch {
            self.dictionaries += 1;
            return Ok(());
        }
        let Some(batch) = message.header_as_record_batch() else {
            return Err(Error::unsupported(format!("a message of type {:?}", message.header_type())));
        };
        let rows = u64::try_from(batch.length());
        let rows = rows.map_err(|_| Error::malformed(format!("a record batch of {} records", batch.length())))?;
        self.rows += rows;
        self.batches.push(json!({
            "rows": rows,
            "body_bytes": message.bodyLength(),
            "compression": batch.compression().map(|compression| format!("{:?}", compression.codec())),
        }));
        Ok(())
    }
}
