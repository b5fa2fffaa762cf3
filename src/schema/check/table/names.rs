//! Columns by the names under which a table may know them.

use std::collections::HashMap;

use super::super::cross::logical::Field;
use super::super::given::Given;

/// Fields by the names under which a reader may look for them.
pub(super) struct Names<'a> {
    record: &'a str,
    exact: HashMap<&'a str, &'a Field>,
    ids: HashMap<&'a str, &'a Field>,
    aliases: HashMap<&'a str, &'a Field>,
    style: HashMap<String, &'a Field>,
}

impl<'a> Names<'a> {
    pub fn of(record: &'a str, fields: &'a [Field]) -> Names<'a> {
        Names {
            record,
            exact: fields.iter().map(|field| (field.name.as_str(), field)).collect(),
            ids: fields.iter().filter_map(|field| Some((field.id.as_deref()?, field))).collect(),
            aliases: fields.iter().flat_map(|field| field.aliases.iter().map(move |a| (a.as_str(), field))).collect(),
            style: fields.iter().map(|field| (camel(&field.name), field)).collect(),
        }
    }
    /// The field that has the same id, in formats that number fields.
    pub fn of_id(&self, field: &Field) -> Option<&'a Field> {
        self.ids.get(field.id.as_deref()?).copied()
    }
    /// The field that is meant: as was said, by name, by alias, or by the other style of writing names.
    pub fn find(&self, field: &Field, given: &Given) -> Option<&'a Field> {
        if let Some(found) = given.writer_name(self.record, &field.name).and_then(|name| self.exact.get(name)) {
            return Some(found);
        }
        let exact = self.exact.get(field.name.as_str());
        let alias = || field.aliases.iter().find_map(|alias| self.exact.get(alias.as_str()));
        let renamed = || self.aliases.get(field.name.as_str());
        exact.or_else(alias).or_else(renamed).or_else(|| self.style.get(&camel(&field.name))).copied()
    }
}

/// `order_id` and `orderId` are the same.
fn camel(name: &str) -> String {
    let mut out = String::new();
    let mut upper = false;
    for c in name.chars() {
        match c {
            '_' => upper = true,
            c if std::mem::take(&mut upper) => out.push(c.to_ascii_uppercase()),
            c => out.push(c),
        }
    }
    out
}
