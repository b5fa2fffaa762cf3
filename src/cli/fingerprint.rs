//! `fmtconv schema fingerprint`

use std::path::Path;

use serde_json::{Value, json};

use super::args::{InputArguments, SchemaFingerprintArguments};
use super::pipes::{self, Named};
use super::{Session, options, screen};
use crate::error::Result;
use crate::schema::load::{self, AvroFingerprints, Language};

pub fn run(session: &Session, arguments: SchemaFingerprintArguments) -> Result<u8> {
    let read = &arguments.read;
    let mut found = Vec::new();
    let (mut data, mut inputs) = (Vec::new(), Vec::new());
    for path in &arguments.inputs.inputs {
        let name = path.to_string_lossy();
        match pipes::named(session, path, read)? {
            Named::Schema(definition) if Language::of(&definition) == Language::Avro => {
                found.push((name.into_owned(), load::avro_file_fingerprints(&definition)?));
            }
            Named::Schema(definition) => {
                let schema = load::load(definition, &session.registry, &session.exec)?.schema;
                let record = arguments.name.clone().unwrap_or_else(|| stem(&name));
                found.push((name.into_owned(), load::avro_fingerprints(&schema, &record)?));
            }
            Named::Stream(input) => inputs.push(*input),
            Named::Path => data.push(path.clone()),
        }
    }
    let data = InputArguments { inputs: data, files_from: arguments.inputs.files_from };
    if !data.inputs.is_empty() || data.files_from.is_some() {
        inputs.extend(options::inputs(session, &data, read)?);
    }
    if !inputs.is_empty() {
        for input in options::resolved(session, inputs, read, None)? {
            let name = input.source.name();
            let schema = input.open(&session.exec)?.schema();
            let record = arguments.name.clone().unwrap_or_else(|| stem(&name));
            found.push((name.to_string(), load::avro_fingerprints(&schema, &record)?));
        }
    }
    let text = match arguments.json {
        true => format!("{:#}\n", Value::Array(found.iter().map(|(name, prints)| object(name, prints)).collect())),
        false => found.iter().map(|(name, prints)| lines(name, prints)).collect(),
    };
    screen::print(&text)?;
    Ok(0)
}

fn stem(name: &str) -> String {
    let stem = Path::new(name).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = stem.split('.').next().unwrap_or_default().to_owned();
    if stem.is_empty() || stem == "-" { "Record".to_owned() } else { stem }
}

fn object(name: &str, prints: &AvroFingerprints) -> Value {
    json!({
        "file": name,
        "crc64_avro": prints.crc64_hex,
        "crc64_avro_i64": prints.crc64_number,
        "md5": prints.md5_hex,
        "sha256": prints.sha256_hex,
        "canonical": prints.canonical,
    })
}

fn lines(name: &str, prints: &AvroFingerprints) -> String {
    format!(
        "{}\n  CRC-64-AVRO  {}  ({})\n  MD5          {}\n  SHA-256      {}\n  canonical    {}\n",
        screen::printable(name),
        prints.crc64_hex,
        prints.crc64_number,
        prints.md5_hex,
        prints.sha256_hex,
        screen::printable(&prints.canonical)
    )
}
