//! `fmtconv inspect`

use serde_json::{Map, Value};

use super::args::InspectArguments;
use super::{Session, options, render, screen};
use crate::error::Result;

pub fn run(session: &Session, arguments: InspectArguments) -> Result<u8> {
    let inputs = options::inputs(session, &arguments.inputs, &arguments.read)?;
    let many = inputs.len() > 1;
    for (index, input) in options::resolved(session, inputs, &arguments.read, None)?.into_iter().enumerate() {
        let facts = input.format.inspect(&input.source, &input.options_as_written()?).map_err(|error| {
            if error.origin().source.is_some() { error } else { error.in_source(input.source.name()) }
        })?;
        if arguments.json {
            let facts = named(facts, &input.source.name());
            screen::print(&format!("{facts:#}\n"))?;
            continue;
        }
        let mut text = String::new();
        if many {
            let gap = if index > 0 { "\n" } else { "" };
            text.push_str(&format!("{gap}{}\n", screen::one_line(&input.source.name())));
        }
        match &facts {
            Value::Object(facts) => object(facts, 0, &mut text),
            other => text.push_str(&format!("{other}\n")),
        }
        screen::print(&screen::printable(&text))?;
    }
    Ok(0)
}

/// The facts with the file that they are of.
fn named(facts: Value, name: &str) -> Value {
    match facts {
        Value::Object(facts) => {
            let file = ("file".to_owned(), Value::from(name));
            Value::Object(std::iter::once(file).chain(facts).collect())
        }
        other => other,
    }
}

/// `key  value`, nested objects indented below, lists of objects as tables.
fn object(facts: &Map<String, Value>, indent: usize, text: &mut String) {
    let width = facts.keys().map(|key| key.chars().count()).max().unwrap_or(0);
    for (key, value) in facts {
        let label = key.replace('_', " ");
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                text.push_str(&format!("{:indent$}{label}\n", ""));
                object(inner, indent + 2, text);
            }
            Value::Array(items) if items.first().is_some_and(Value::is_object) => {
                text.push_str(&format!("{:indent$}{label} ({})\n", "", items.len()));
                list(items, indent + 2, text);
            }
            Value::String(long) if long.contains('\n') => {
                text.push_str(&format!("{:indent$}{label}\n", ""));
                for line in long.lines() {
                    text.push_str(&format!("{:indent$}  {line}\n", ""));
                }
            }
            other => text.push_str(&format!("{:indent$}{label:<width$}  {}\n", "", scalar(key, other))),
        }
    }
}

/// Objects as a table, the keys of the first ones as columns; what is nested deeper follows each row's table as text.
fn list(items: &[Value], indent: usize, text: &mut String) {
    let rows: Vec<&Map<String, Value>> = items.iter().filter_map(Value::as_object).collect();
    let mut keys: Vec<&str> = Vec::new();
    for key in rows.iter().flat_map(|row| row.keys()) {
        if !keys.contains(&key.as_str()) {
            keys.push(key);
        }
    }
    let is_nested = |key: &&str| {
        rows.iter().any(|row| match row.get(*key) {
            Some(Value::Array(inner)) => inner.first().is_some_and(Value::is_object),
            _ => false,
        })
    };
    let (nested, flat): (Vec<&str>, Vec<&str>) = keys.into_iter().partition(is_nested);
    let cells = |row: &Map<String, Value>| -> Vec<String> {
        flat.iter().map(|key| row.get(*key).map(|value| scalar(key, value)).unwrap_or_default()).collect()
    };
    let header: Vec<String> = flat.iter().map(|key| key.replace('_', " ")).collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let right: Vec<usize> = (0..flat.len())
        .filter(|index| {
            rows.iter().all(|row| row.get(flat[*index]).is_none_or(|value| value.is_number() || value.is_null()))
        })
        .collect();
    let blocks: Vec<&[&Map<String, Value>]> = if nested.is_empty() { vec![&rows] } else { rows.chunks(1).collect() };
    for block in blocks {
        for line in render::table(&header, block.iter().map(|row| cells(row)), &right).lines() {
            text.push_str(&format!("{:indent$}{line}\n", ""));
        }
        for key in &nested {
            for row in block {
                if let Some(Value::Array(inner)) = row.get(*key) {
                    text.push_str(&format!("{:indent$}  {} ({})\n", "", key.replace('_', " "), inner.len()));
                    list(inner, indent + 4, text);
                }
            }
        }
    }
}

/// Characters of a value at most; `--json` prints all.
const VALUE_CHARS: usize = 160;

fn shortened(text: &str) -> String {
    match text.char_indices().nth(VALUE_CHARS) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], render::count(text.len() as u64)),
        None => text.to_owned(),
    }
}

fn scalar(key: &str, value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => shortened(text),
        Value::Number(number) => match number.as_u64() {
            Some(bytes) if key.contains("bytes") && bytes >= 1000 => {
                format!("{} ({})", render::count(bytes), render::bytes(bytes))
            }
            Some(count) if count >= 10_000 => render::count(count),
            _ => number.to_string(),
        },
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}
