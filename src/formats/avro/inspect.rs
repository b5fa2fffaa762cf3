//! What a file says about itself, without decoding its records.

use std::io::Read;

use serde_json::{Value, json};

use super::codec::Codec;
use super::header::Header;
use crate::column::avro::cursor::long_at;
use crate::error::{Error, Result};
use crate::schema::avsc::fingerprint::hex;
use crate::schema::avsc::{self, Fingerprints, Names};
use crate::source::{Source, read_error};

/// The blocks of a file, summed up.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    pub(super) blocks: u64,
    pub(super) records: u64,
    pub(super) data_bytes: u64,
    pub(super) bytes: u64,
}

/// Walks over the heads of all blocks. Cost: reads the file once, decodes nothing.
///
/// # Errors
/// `Malformed` for a block that is cut off, does not end with the sync marker, or has fewer bytes than its records take
/// at least; and for a schema that is none.
pub(super) fn blocks(source: &Source, header: &Header, input: &mut dyn Read) -> Result<Blocks> {
    let mut input = Walk { input, byte: header.len };
    let mut sum = Blocks::default();
    let located = |error: Error| error.in_source(source.name());
    let codec = Codec::from_header(header.get("avro.codec")).map_err(located)?;
    let document = avsc::parse(header.schema().map_err(located)?, Names::Lenient).map_err(located)?;
    let least = match codec {
        Codec::Null => document.least_size(&document.root, &document.least_sizes()) as u64,
        _ => 0,
    };
    loop {
        let start = input.byte;
        let Some(records) = input.long().map_err(located)? else {
            sum.bytes = input.byte;
            return Ok(sum);
        };
        let size = input.long().map_err(located)?.ok_or_else(|| located(input.cut_off()))?;
        let counts = u64::try_from(records).ok().zip(u64::try_from(size).ok());
        let possible = counts.filter(|(records, size)| size.checked_div(least).is_none_or(|most| *records <= most));
        let Some((records, size)) = possible else {
            let message = format!("a block claims {records} records in {size} bytes");
            return Err(located(Error::malformed(message).at_byte(start)));
        };
        input.pass(size).map_err(located)?;
        let mut sync = [0; 16];
        input.fill(&mut sync).map_err(located)?;
        if sync != header.sync {
            let error = Error::malformed("a block does not end with the sync marker of the file");
            return Err(located(error.at_byte(input.byte - 16)));
        }
        sum.blocks += 1;
        let count = sum.records.checked_add(records);
        sum.records = count.ok_or_else(|| located(Error::malformed("more records than 64 bits count")))?;
        sum.data_bytes += size;
    }
}

struct Walk<'a> {
    input: &'a mut dyn Read,
    byte: u64,
}

impl Walk<'_> {
    fn cut_off(&self) -> Error {
        Error::malformed("the file ends in the middle of a block").at_byte(self.byte).with_hint("the file is cut off")
    }

    fn fill(&mut self, into: &mut [u8]) -> Result<()> {
        self.input.read_exact(into).map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => self.cut_off(),
            _ => read_error(error, self.byte),
        })?;
        self.byte += into.len() as u64;
        Ok(())
    }

    /// A number; `None` at the end of the file.
    fn long(&mut self) -> Result<Option<i64>> {
        let mut bytes = Vec::with_capacity(10);
        loop {
            let mut byte = [0];
            if bytes.is_empty() {
                let mut one = (&mut *self.input).take(1);
                let mut first = Vec::new();
                one.read_to_end(&mut first).map_err(|error| read_error(error, self.byte))?;
                let Some(first) = first.first() else { return Ok(None) };
                byte = [*first];
                self.byte += 1;
            } else {
                self.fill(&mut byte)?;
            }
            bytes.push(byte[0]);
            if byte[0] < 0x80 || bytes.len() == 10 {
                break;
            }
        }
        let found = long_at(&bytes).map_err(|error| error.at_byte(self.byte))?;
        let bad = || Error::malformed("a number of more than 64 bits").at_byte(self.byte);
        found.map(|(value, _)| Some(value)).ok_or_else(bad)
    }

    fn pass(&mut self, size: u64) -> Result<()> {
        let passed = std::io::copy(&mut (&mut *self.input).take(size), &mut std::io::sink());
        let passed = passed.map_err(|error| read_error(error, self.byte))?;
        self.byte += passed;
        if passed < size { Err(self.cut_off()) } else { Ok(()) }
    }
}

/// The facts of a file as JSON.
pub(super) fn inspect(source: &Source, header: &Header, input: &mut dyn Read) -> Result<Value> {
    let sum = blocks(source, header, input)?;
    let schema = header.schema().map_err(|error| error.in_source(source.name()))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut metadata = serde_json::Map::new();
    for (key, value) in header.metadata.iter().filter(|(key, _)| key != "avro.schema" && key != "avro.codec") {
        metadata.insert(key.clone(), json!(text(value)));
    }
    let document = avsc::parse(schema, Names::Lenient).map_err(|error| error.in_source(source.name()))?;
    let Fingerprints { canonical, crc64, .. } = Fingerprints::of(&document);
    Ok(json!({
        "format": "avro",
        "codec": header.get("avro.codec").map_or_else(|| "null".to_owned(), text),
        "records": sum.records,
        "blocks": sum.blocks,
        "header_bytes": header.len,
        "data_bytes": sum.data_bytes,
        "bytes": sum.bytes,
        "sync": hex(&header.sync),
        "metadata": metadata,
        "fingerprint_crc64": hex(&crc64.to_le_bytes()),
        "canonical_schema": canonical,
        "schema": serde_json::from_str::<Value>(schema).unwrap_or_else(|_| json!(schema)),
    }))
}
