//! Values of JSON: those that both schemas speak of, valid for the writer and not for the reader.

use serde_json::{Map, Number, Value, json};

use super::super::json_schema;
use super::super::source::SourceText;
use super::{Encoding, Outcome, Witness};

/// Levels of schemas that are looked into.
const DEPTH_MAX: usize = 5;
/// Values of a schema at most; and of all of them.
const VALUES_MAX: usize = 48;
const TRIES_MAX: usize = 4096;
/// Characters and items at most.
const LENGTH_MAX: u64 = 1000;

/// The shortest of the values; if one does not fit because of the keyword at `path`, that one.
pub(super) fn witness(reads: &Side<'_>, writes: &Side<'_>, path: &str) -> Option<Witness> {
    let parsed = |side: &Side<'_>| -> Option<Value> { serde_json::from_str(side.text).ok() };
    let (new, old) = (parsed(reads)?, parsed(writes)?);
    let mut values = Vec::new();
    for (root, other) in [(&old, &new), (&new, &old)] {
        Walk { root, other, path }.values(root, 0, &mut values);
    }
    let mut texts: Vec<String> = values.iter().map(Value::to_string).collect();
    texts.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    texts.dedup();
    texts.truncate(TRIES_MAX);
    let (read, written) = (json_schema::valid(reads.schema, &texts), json_schema::valid(writes.schema, &texts));
    let verdicts = texts.iter().zip(read.into_iter().zip(written));
    let failing = verdicts.filter(|(_, verdict)| *verdict == (Some(false), Some(true)));
    let failing: Vec<String> = failing.map(|(text, _)| text.clone()).collect();
    // What fits without the keyword in question shows that it is this one.
    let meant = without(&new, path).and_then(|changed| {
        let file = SourceText::new("schema", changed.to_string());
        let changed = json_schema::Schema::parse(&file).ok()?;
        let fits = json_schema::valid(&changed, &failing);
        failing.iter().zip(fits).find(|(_, fits)| *fits == Some(true)).map(|(text, _)| text.clone())
    });
    let property = path.rsplit_once("/properties/").map(|(_, rest)| rest.split('/').next().unwrap_or(rest));
    let has_it = |text: &&String| property.is_some_and(|name| text.contains(&format!("{}:", json!(name))));
    let record = meant.or_else(|| failing.iter().find(has_it).or(failing.first()).cloned())?;
    Some(Witness {
        reader_is_new: true,
        encoding: Encoding::Json,
        encoded: record.clone().into_bytes(),
        record,
        outcome: Outcome::Refused(format!("not valid by {}", reads.name)),
    })
}

/// A schema, its name and its text.
pub(super) struct Side<'a> {
    pub name: &'a str,
    pub text: &'a str,
    pub schema: &'a json_schema::Schema,
}

/// The schema without the keyword at a path like `#/properties/a/type`.
fn without(schema: &Value, path: &str) -> Option<Value> {
    let (parent, key) = path.strip_prefix('#')?.rsplit_once('/')?;
    let mut changed = schema.clone();
    let removed = changed.pointer_mut(parent)?.as_object_mut()?.remove(&key.replace("~1", "/").replace("~0", "~"));
    removed.map(|_| changed)
}

struct Walk<'a> {
    root: &'a Value,
    /// The schema on the other side: its properties are added to objects.
    other: &'a Value,
    /// Of the finding: the properties in it come first.
    path: &'a str,
}

impl Walk<'_> {
    /// Values that a schema speaks of; not all are valid.
    fn values(&self, schema: &Value, depth: usize, out: &mut Vec<Value>) {
        let limit = out.len() + VALUES_MAX;
        let Some(schema) = schema.as_object().filter(|_| depth < DEPTH_MAX) else {
            out.extend([Value::Null, json!(true), json!(1), json!(0.5), json!("a"), json!([]), json!({})]);
            return;
        };
        if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix('#'))
            && let Some(target) = self.root.pointer(target)
        {
            self.values(target, depth + 1, out);
        }
        if let Some(list) = schema.get("enum").and_then(Value::as_array) {
            out.extend(list.iter().cloned());
        }
        out.extend(schema.get("const").cloned());
        for key in ["anyOf", "oneOf", "allOf"] {
            for part in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
                self.values(part, depth + 1, out);
            }
        }
        for part in ["not", "if", "then", "else"].iter().filter_map(|key| schema.get(*key)) {
            self.values(part, depth + 1, out);
        }
        let types: Vec<&str> = match schema.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            _ => vec!["null", "boolean", "integer", "number", "string", "array", "object"],
        };
        for kind in types {
            match kind {
                "null" => out.push(Value::Null),
                "boolean" => out.extend([json!(true), json!(false)]),
                "integer" | "number" => numbers(schema, kind == "number", out),
                "string" => strings(schema, out),
                "array" => self.arrays(schema, depth, out),
                "object" => self.objects(schema, depth, out),
                _ => {}
            }
        }
        out.truncate(limit);
    }

    fn arrays(&self, schema: &Map<String, Value>, depth: usize, out: &mut Vec<Value>) {
        let mut items = Vec::new();
        match schema.get("items") {
            Some(Value::Array(list)) => list.iter().for_each(|item| self.values(item, depth + 1, &mut items)),
            Some(item) => self.values(item, depth + 1, &mut items),
            None => items.extend([json!(1), json!("a")]),
        }
        out.push(json!([]));
        out.extend(items.iter().map(|item| json!([item])));
        let first = items.first().cloned().unwrap_or(Value::Null);
        for count in bounds(schema, "minItems", "maxItems") {
            out.push(Value::Array(vec![first.clone(); count]));
            out.push((0..count).map(Value::from).collect());
        }
        out.push(json!([first, first]));
    }

    fn objects(&self, schema: &Map<String, Value>, depth: usize, out: &mut Vec<Value>) {
        let properties = |schema: Option<&Value>| schema.and_then(Value::as_object).cloned().unwrap_or_default();
        let own = properties(schema.get("properties"));
        let mut least = Map::new();
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            let mut values = Vec::new();
            let free = json!(true);
            let property = own.get(name).unwrap_or(&free);
            self.values(property, depth + 1, &mut values);
            // One that says nothing about this property: it is valid on both sides, if there is such a value.
            let across = self.other.get("properties").and_then(|all| all.get(name)).unwrap_or(&free);
            let of_both = values.iter().find(|value| allows(property, value) && allows(across, value));
            least.insert(name.to_owned(), of_both.or(values.first()).cloned().unwrap_or(Value::Null));
        }
        out.push(Value::Object(least.clone()));
        let with = |name: &str, value: Value| {
            let mut object = least.clone();
            object.insert(name.to_owned(), value);
            Value::Object(object)
        };
        let mut order: Vec<(&String, &Value)> = own.iter().collect();
        order.sort_by_key(|(name, _)| !self.path.split('/').any(|part| part == name.as_str()));
        for (name, property) in order.into_iter().take(VALUES_MAX) {
            let mut values = Vec::new();
            self.values(property, depth + 1, &mut values);
            out.extend(values.into_iter().map(|value| with(name, value)));
        }
        let mut extra: Vec<String> = vec!["other".to_owned()];
        if depth == 0 {
            extra.extend(properties(self.other.get("properties")).into_iter().map(|(name, _)| name));
        }
        for name in extra.iter().filter(|name| !own.contains_key(*name)).take(VALUES_MAX) {
            out.extend([json!(1), json!("a"), Value::Null].map(|value| with(name, value)));
        }
    }
}

/// Whether a value is valid by a part of a schema, as far as that can be told.
fn allows(schema: &Value, value: &Value) -> bool {
    let schema = json_schema::Schema::parse(&SourceText::new("schema", schema.to_string()));
    schema.is_ok_and(|schema| json_schema::valid(&schema, &[value.to_string()]) != [Some(false)])
}

fn numbers(schema: &Map<String, Value>, fractions: bool, out: &mut Vec<Value>) {
    for key in ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"] {
        let Some(bound) = schema.get(key).and_then(Value::as_number) else { continue };
        out.push(Value::Number(bound.clone()));
        if let Some(whole) = bound.as_i64() {
            out.extend([whole.saturating_add(1), whole.saturating_sub(1)].map(|near| json!(near)));
        }
        if let Some(half) = bound.as_f64().and_then(|bound| Number::from_f64(bound + 0.5)).filter(|_| fractions) {
            out.push(Value::Number(half));
        }
    }
    out.extend([json!(0), json!(1), json!(-1), json!(1000)]);
    if fractions {
        out.push(json!(0.5));
    }
}

fn strings(schema: &Map<String, Value>, out: &mut Vec<Value>) {
    out.extend([json!(""), json!("a")]);
    for count in bounds(schema, "minLength", "maxLength") {
        out.push(json!("a".repeat(count)));
    }
}

/// Counts at the bounds and just beyond them.
fn bounds(schema: &Map<String, Value>, least: &str, most: &str) -> Vec<usize> {
    let counts = [least, most].into_iter().filter_map(|key| schema.get(key)?.as_u64());
    let near = counts.flat_map(|count| [count, count.saturating_add(1), count.saturating_sub(1)]);
    near.filter(|count| *count <= LENGTH_MAX).filter_map(|count| usize::try_from(count).ok()).collect()
}
