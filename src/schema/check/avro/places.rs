//! Where the declarations of an Avro schema stand.

use std::collections::HashMap;

use super::super::finding::Place;
use super::super::json_text::{Json, Lines, Value};
use super::super::source::SourceText;
use crate::schema::avsc::model::Name;

/// Places of named types, and of the fields and symbols in them.
#[derive(Clone, Debug)]
pub(in super::super) struct Places {
    lines: Lines,
    root: usize,
    types: HashMap<String, usize>,
    /// By full name of the type, then name of the field or symbol.
    parts: HashMap<(String, String), usize>,
}

impl Places {
    pub fn of(file: &SourceText, json: &Json) -> Places {
        let lines = Lines::new(&file.name, &file.text);
        let mut places = Places { lines, root: json.at, types: HashMap::new(), parts: HashMap::new() };
        places.walk(json, "");
        places
    }
    pub fn root(&self) -> Place {
        self.lines.place(self.root)
    }
    pub fn named(&self, full: &str) -> Place {
        self.lines.place(self.types.get(full).copied().unwrap_or(self.root))
    }
    pub fn part(&self, full: &str, part: &str) -> Place {
        let at = self.parts.get(&(full.to_owned(), part.to_owned())).or_else(|| self.types.get(full));
        self.lines.place(at.copied().unwrap_or(self.root))
    }

    fn walk(&mut self, json: &Json, namespace: &str) {
        match &json.value {
            Value::Array(branches) => branches.iter().for_each(|branch| self.walk(branch, namespace)),
            Value::Object(_) => {
                let kind = json.get("type");
                match kind.and_then(Json::text) {
                    Some("record" | "error" | "enum" | "fixed") => self.declare(json, namespace),
                    Some("array") => json.get("items").into_iter().for_each(|items| self.walk(items, namespace)),
                    Some("map") => json.get("values").into_iter().for_each(|values| self.walk(values, namespace)),
                    _ => kind.into_iter().for_each(|inner| self.walk(inner, namespace)),
                }
            }
            _ => {}
        }
    }

    fn declare(&mut self, json: &Json, namespace: &str) {
        let Some(name) = json.get("name").and_then(Json::text) else { return };
        let name = Name::resolve(name, json.get("namespace").and_then(Json::text), namespace);
        let full = name.full();
        self.types.entry(full.clone()).or_insert(json.at);
        for symbol in json.get("symbols").and_then(Json::array).unwrap_or_default() {
            if let Some(text) = symbol.text() {
                self.parts.insert((full.clone(), text.to_owned()), symbol.at);
            }
        }
        for field in json.get("fields").and_then(Json::array).unwrap_or_default() {
            if let Some(text) = field.get("name").and_then(Json::text) {
                self.parts.insert((full.clone(), text.to_owned()), field.at);
            }
            if let Some(inner) = field.get("type") {
                self.walk(inner, &name.namespace);
            }
        }
    }
}

/// Where the first text of a schema stands that a message quotes: what the message is about.
pub(super) fn of_quoted(file: &SourceText, json: &Json, message: &str) -> Option<(u32, u32)> {
    let quoted = message.split('"').skip(1).step_by(2);
    let at = quoted.filter(|name| !name.is_empty()).find_map(|name| of_text(json, name))?;
    Lines::new(&file.name, &file.text).place(at).start
}

fn of_text(json: &Json, name: &str) -> Option<usize> {
    match &json.value {
        Value::String(text) => (text == name).then_some(json.at),
        Value::Array(items) => items.iter().find_map(|item| of_text(item, name)),
        Value::Object(members) => members.iter().find_map(|member| of_text(&member.value, name)),
        _ => None,
    }
}
