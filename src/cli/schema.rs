//! `fmtconv schema show`

use arrow_schema::{DataType, Field, Schema};

use super::args::{SchemaLanguage, SchemaShowArguments};
use super::pipes::{self, Named};
use super::{Session, options, render, screen};
use crate::code::Code;
use crate::error::Result;
use crate::format::{Settings, WriteOptions};
use crate::schema::load;
use crate::schema::plan::plan;
use crate::schema::type_text::field_text;
use crate::schema::{ddl, json_schema};

pub fn run(session: &Session, arguments: SchemaShowArguments) -> Result<u8> {
    let read = &arguments.read;
    let selection = options::selection(&arguments.selection)?;
    let (schema_file, stream) = match arguments.inputs.inputs.as_slice() {
        [path] if arguments.inputs.files_from.is_none() => match pipes::named(session, path, read)? {
            Named::Schema(definition) => (Some(definition), None),
            Named::Stream(input) => (None, Some(input)),
            Named::Path => (None, None),
        },
        _ => (None, None),
    };
    let mut name = arguments.name.clone();
    if name.is_none() {
        let stem = arguments.inputs.inputs.first().and_then(|path| path.file_stem()).map(|stem| stem.to_string_lossy());
        name = stem.map(|stem| stem.split('.').next().unwrap_or_default().to_owned()).filter(|stem| stem != "-");
    }
    let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| "Record".to_owned());
    let format = match arguments.language {
        SchemaLanguage::Arrow | SchemaLanguage::Ddl => None,
        SchemaLanguage::Avro => Some("avro"),
        SchemaLanguage::Proto => Some("protobuf"),
        SchemaLanguage::Parquet => Some("parquet"),
        SchemaLanguage::JsonSchema => Some("json"),
    };
    let format = format.map(|name| session.registry.by_name(name)).transpose()?.map(|(format, _)| format);
    let mut settings = Settings::default();
    for offer in &session.offers {
        let taken = format.is_some_and(|format| offer.apply(format.info(), format.info().write, &mut settings));
        if !taken && schema_file.is_some() {
            return Err(offer.not_taken());
        }
    }
    let schema = match schema_file {
        Some(definition) => {
            let schema = load::load(definition, &session.registry, &session.exec)?.schema;
            match selection.is_empty() {
                true => schema,
                false => crate::pipeline::Transform::schema(&selection.step(&schema)?),
            }
        }
        None => {
            let inputs = match stream {
                Some(input) => vec![*input],
                None => options::inputs(session, &arguments.inputs, read)?,
            };
            let inputs = options::resolved(session, inputs, read, format.map(|format| format.info()))?;
            options::reader(session, inputs, &selection)?.2
        }
    };
    let text = match arguments.language {
        SchemaLanguage::Arrow => listing(&schema),
        SchemaLanguage::JsonSchema => format!("{:#}\n", json_schema::from_arrow(&schema, &name)),
        SchemaLanguage::Avro => load::avro_text(&schema, &name)?,
        SchemaLanguage::Proto => load::protobuf_text(&schema, &name, &settings)?,
        SchemaLanguage::Parquet => load::parquet_text(&schema, &name)?,
        SchemaLanguage::Ddl => {
            let (text, losses) = ddl::from_arrow(&schema, &name)?;
            tell(session, &losses);
            text
        }
    };
    if let Some(format) = format {
        let plan = plan(&schema, format, &WriteOptions { settings, ..WriteOptions::default() });
        tell(session, &plan.losses().map(|(code, path)| (code, path.to_owned())).collect::<Vec<_>>());
    }
    screen::print(&text)?;
    Ok(0)
}

/// What the language has no place for.
fn tell(session: &Session, losses: &[(Code, String)]) {
    if !losses.is_empty() {
        session.screen.note(&format!("not said in this language: {}", render::by_code(losses.iter())));
    }
}

/// Name, type, nullable, notes: a line for each column, fields of structs below it.
fn listing(schema: &Schema) -> String {
    let mut rows = Vec::new();
    for field in schema.fields() {
        rows_of(field, 0, &mut rows);
    }
    let mut text = render::table(&["column", "type", "null", "notes"], rows, &[]);
    if !schema.metadata().is_empty() {
        text.push_str("\nmetadata\n");
        let mut metadata: Vec<_> = schema.metadata().iter().collect();
        metadata.sort();
        for (key, value) in metadata {
            text.push_str(&format!("  {}: {}\n", shortened(key), shortened(value)));
        }
    }
    text
}

fn rows_of(field: &Field, depth: usize, rows: &mut Vec<Vec<String>>) {
    // A struct's fields follow in lines of their own; a list says what it holds unless that is a struct.
    let (children, shown) = match field.data_type() {
        DataType::Struct(fields) => (Some(fields), "struct".to_owned()),
        DataType::List(item) | DataType::LargeList(item) => match item.data_type() {
            DataType::Struct(fields) => (Some(fields), "list<struct>".to_owned()),
            _ => (None, field_text(field)),
        },
        _ => (None, field_text(field)),
    };
    let mut notes: Vec<String> = field
        .metadata()
        .iter()
        .filter(|(key, _)| !key.starts_with("ARROW:extension"))
        .map(|(key, value)| format!("{}={}", shortened(key), shortened(value)))
        .collect();
    notes.sort();
    rows.push(vec![
        format!("{:width$}{}", "", screen::printable(field.name()), width = depth * 2),
        shown,
        if field.is_nullable() { "yes" } else { "no" }.to_owned(),
        notes.join(" "),
    ]);
    for child in children.into_iter().flatten() {
        rows_of(child, depth + 1, rows);
    }
}

fn shortened(text: &str) -> String {
    let line = screen::printable(text).replace('\n', " ");
    match line.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
