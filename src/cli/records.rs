//! Records as a table: a few of them, nested values as JSON.

use arrow_schema::SchemaRef;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Session, screen};
use crate::error::{Error, Result};
use crate::format::{Registry, WriteOptions};
use crate::output::Output;
use crate::pipeline::adapter::Memory;
use crate::pipeline::{Exec, Reader};
use crate::schema::type_text::field_text;

/// Characters of a cell at most.
const CELL_CHARS: usize = 60;

/// The records as a table with names and types on top.
///
/// The cells are what the JSON writer prints: the one place that knows how every type is written as text.
pub fn table(session: &Session, schema: &SchemaRef, batches: Vec<arrow_array::RecordBatch>) -> Result<String> {
    let memory = Memory::new(schema.clone(), batches.into_iter().map(Ok));
    let lines = ndjson(&session.registry, &session.exec, schema, Box::new(memory))?;
    let mut table = Table::new();
    table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    let header = schema.fields().iter().map(|field| {
        let name = screen::printable(field.name());
        Cell::new(format!("{name}\n{}", shortened(&field_text(field))))
    });
    table.set_header(header);
    for line in lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let record = serde_json::Deserializer::from_slice(line)
            .deserialize_map(RecordVisitor)
            .map_err(|error| Error::internal("a printed record is not JSON").with_cause(error))?;
        let mut values = record.into_iter().peekable();
        table.add_row(schema.fields().iter().map(|field| match values.next_if(|(name, _)| name == field.name()) {
            Some((_, value)) => cell(value.get()),
            None => Cell::new(""),
        }));
    }
    Ok(format!("{table}\n"))
}

fn ndjson(registry: &Registry, exec: &Exec, schema: &SchemaRef, reader: Box<dyn Reader>) -> Result<Vec<u8>> {
    let (format, implied) = registry.by_name("ndjson")?;
    let mut options = WriteOptions::default();
    for (name, value) in implied.iter() {
        options.settings.set(name, value);
    }
    let (output, memory) = Output::memory();
    format.create(output, schema.clone(), &options)?.drain(reader, Vec::new(), exec)?;
    memory.take().ok_or_else(|| Error::internal("printed records got lost"))
}

fn cell(json: &str) -> Cell {
    match json.as_bytes().first() {
        Some(b'"') => Cell::new(shortened(&serde_json::from_str::<String>(json).unwrap_or_default())),
        Some(b'n') => Cell::new(""),
        Some(b'{' | b'[') => Cell::new(shortened(json)),
        _ => Cell::new(json).set_alignment(CellAlignment::Right),
    }
}

fn shortened(text: &str) -> String {
    let shown: String = text.chars().take(CELL_CHARS).collect();
    let shown = screen::printable(&shown).replace('\n', "\\n").replace('\t', "\\t");
    if text.chars().nth(CELL_CHARS).is_some() { format!("{shown}…") } else { shown }
}

/// Keys and raw values in the order printed, even if two keys are equal.
struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = Vec<(String, Box<RawValue>)>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a record")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(pairs)
    }
}
