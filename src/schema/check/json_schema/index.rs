//! What references mean: identifiers, anchors and pointers (JSON Schema core, sections 8 and 9).

use std::collections::HashMap;

use super::super::finding::Place;
use super::super::json_text::{Json, Value};
use super::Schema;
use crate::error::{Error, Result};

/// Version of the language, as far as keywords differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Draft {
    /// `$ref` stands alone; `exclusiveMinimum` is a flag.
    Four,
    /// Also draft-06.
    Seven,
    /// `$ref` has siblings.
    Later,
}

/// A schema with its references resolved.
pub(super) struct Index<'a> {
    pub schema: &'a Schema,
    pub draft: Draft,
    /// The target of each node that has a `$ref`, by address of the node.
    targets: HashMap<usize, &'a Json>,
    /// Where the references of each such node end.
    ends: HashMap<usize, &'a Json>,
}

/// A node is known by where it lies.
pub(super) fn id(json: &Json) -> usize {
    std::ptr::from_ref(json) as usize
}

/// Keywords whose values are no schemas, so that nothing in them is a reference.
const DATA: &[&str] = &["const", "enum", "default", "examples", "example"];

struct Gather<'a> {
    resources: HashMap<String, &'a Json>,
    anchors: HashMap<(usize, String), &'a Json>,
    /// Nodes with a reference, the resource they are in, its base.
    references: Vec<(&'a Json, &'a Json, String)>,
}

impl<'a> Index<'a> {
    pub fn of(schema: &'a Schema) -> Result<Index<'a>> {
        let root = &schema.root;
        let declared = root.get("$schema").and_then(Json::text).unwrap_or_default();
        let draft = if declared.contains("draft-04") || declared.contains("draft-03") {
            Draft::Four
        } else if declared.contains("2019-09") || declared.contains("2020-12") || declared.contains("/next") {
            Draft::Later
        } else {
            Draft::Seven
        };
        let mut gather = Gather { resources: HashMap::new(), anchors: HashMap::new(), references: Vec::new() };
        gather.resources.insert(String::new(), root);
        gather.walk(root, root, "", true);
        let mut targets = HashMap::new();
        let mut members = Members::default();
        for (node, resource, base) in &gather.references {
            let reference = ["$ref", "$dynamicRef", "$recursiveRef"].into_iter().find_map(|key| node.get(key)?.text());
            let Some(reference) = reference else { continue };
            let target = gather.resolve(reference, resource, base, &mut members).ok_or_else(|| {
                let (line, column) = schema.lines.place(node.at).start.unwrap_or((1, 1));
                Error::malformed(format!("reference {reference:?} leads nowhere"))
                    .in_source(schema.file.clone())
                    .at_line(u64::from(line - 1))
                    .at_character(u64::from(column - 1))
                    .with_hint("references must stay inside the schema file")
            })?;
            targets.insert(id(node), target);
        }
        let ends = ends(&targets);
        Ok(Index { schema, draft, targets, ends })
    }

    /// What a node refers to.
    pub fn target(&self, node: &Json) -> Option<&'a Json> {
        self.targets.get(&id(node)).copied()
    }

    /// Follows references that stand alone, as all do before 2019-09.
    pub fn followed(&self, node: &'a Json) -> &'a Json {
        self.ends.get(&id(node)).copied().unwrap_or(node)
    }

    pub fn place(&self, node: &Json) -> Place {
        self.schema.lines.place(node.at)
    }
}

/// Where each chain of references ends, each link looked at once; a circle ends where it closes.
fn ends<'a>(targets: &HashMap<usize, &'a Json>) -> HashMap<usize, &'a Json> {
    let mut ends: HashMap<usize, &'a Json> = HashMap::with_capacity(targets.len());
    let mut chain = Vec::new();
    for (&start, &first) in targets {
        let (mut from, mut node) = (start, first);
        let end = loop {
            if let Some(end) = ends.get(&from) {
                break *end;
            }
            chain.push(from);
            // Until the end is known, a link that is met again has come round to itself.
            ends.insert(from, node);
            from = id(node);
            match targets.get(&from) {
                Some(next) => node = next,
                None => break node,
            }
        };
        for link in chain.drain(..) {
            ends.insert(link, end);
        }
    }
    ends
}

/// Members by name of the objects that pointers lead through, so that many references cost no search each.
#[derive(Default)]
struct Members<'a>(HashMap<usize, HashMap<&'a str, &'a Json>>);

impl<'a> Members<'a> {
    fn get(&mut self, node: &'a Json, key: &str) -> Option<&'a Json> {
        let members = node.object()?;
        // Of equal names the last one counts, as in `Json::get`.
        let named = || members.iter().map(|member| (member.key.as_str(), &member.value)).collect();
        self.0.entry(id(node)).or_insert_with(named).get(key).copied()
    }
}

impl<'a> Gather<'a> {
    fn walk(&mut self, node: &'a Json, resource: &'a Json, base: &str, is_schema: bool) {
        match &node.value {
            Value::Array(items) => items.iter().for_each(|item| self.walk(item, resource, base, is_schema)),
            Value::Object(members) => {
                let (mut resource, mut base) = (resource, base.to_owned());
                if is_schema {
                    if let Some(own) = node.get("$id").or_else(|| node.get("id")).and_then(Json::text) {
                        match own.strip_prefix('#') {
                            Some(anchor) if !anchor.is_empty() => {
                                self.anchors.insert((id(resource), anchor.to_owned()), node);
                            }
                            Some(_) => {}
                            None => {
                                base = join(&base, own.trim_end_matches('#'));
                                resource = node;
                                self.resources.insert(base.clone(), node);
                            }
                        }
                    }
                    for key in ["$anchor", "$dynamicAnchor"] {
                        if let Some(anchor) = node.get(key).and_then(Json::text) {
                            self.anchors.insert((id(resource), anchor.to_owned()), node);
                        }
                    }
                    let refers = |key: &str| node.get(key).and_then(Json::text).is_some();
                    if ["$ref", "$dynamicRef", "$recursiveRef"].into_iter().any(refers) {
                        self.references.push((node, resource, base.clone()));
                    }
                }
                for member in members {
                    let named = is_schema && NAMED.contains(&member.key.as_str());
                    if is_schema && DATA.contains(&member.key.as_str()) {
                        continue;
                    }
                    // Below `properties` and the like stand names, then schemas.
                    self.walk(&member.value, resource, &base, !named);
                }
            }
            _ => {}
        }
    }

    fn resolve(&self, reference: &str, resource: &'a Json, base: &str, members: &mut Members<'a>) -> Option<&'a Json> {
        let (uri, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let start = match uri.is_empty() {
            true => resource,
            false => self.resources.get(&join(base, uri)).or_else(|| self.resources.get(uri))?,
        };
        let fragment = decoded(fragment);
        if fragment.is_empty() {
            return Some(start);
        }
        match fragment.strip_prefix('/') {
            Some(pointer) => pointer.split('/').try_fold(start, |node, step| {
                let step = step.replace("~1", "/").replace("~0", "~");
                match &node.value {
                    Value::Array(items) => items.get(step.parse::<usize>().ok()?),
                    _ => members.get(node, &step),
                }
            }),
            None => self.anchors.get(&(id(start), fragment)).copied(),
        }
    }
}

/// Keywords whose value maps names to schemas.
const NAMED: &[&str] = &["properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"];

/// A reference made absolute (RFC 3986, section 5, without dot segments).
fn join(base: &str, reference: &str) -> String {
    let absolute = reference.split_once(':').is_some_and(|(scheme, _)| !scheme.contains(['/', '.']));
    if absolute || base.is_empty() {
        return reference.to_owned();
    }
    if reference.starts_with('/') {
        let host =
            base.split_once("://").map_or(0, |(scheme, rest)| scheme.len() + 3 + rest.find('/').unwrap_or(rest.len()));
        return format!("{}{reference}", &base[..host]);
    }
    match base.rfind('/') {
        Some(end) => format!("{}/{reference}", &base[..end]),
        None => reference.to_owned(),
    }
}

/// Percent-decoded.
fn decoded(text: &str) -> String {
    let mut out = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code = text.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte, code) {
            (b'%', Some(code)) => {
                out.push(code);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
