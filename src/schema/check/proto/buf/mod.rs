//! The breaking rules of buf, as a table: names, categories (version v2) and what each one looks at.
//!
//! Findings stand where buf puts them: at the part of the new file that changed, at what is around something that was
//! deleted, or at the file as a whole.

mod bodies;
mod deleted;
mod table;

use std::sync::Arc;

use super::super::finding::{Issue, Place, Side};
use super::lexer::Span;
use super::model::*;
use super::resolve::{In, Schema};
use crate::error::{Error, Result};
use table::{Check, REPLACED, RULES, Rule};

/// In a list of rules: packages like `v1beta1` are not looked at.
const IGNORE_UNSTABLE: &str = "IGNORE_UNSTABLE_PACKAGES";
/// Groups of rules, strictest first.
const CATEGORIES: &[&str] = &["FILE", "PACKAGE", "CSR", "WIRE_JSON", "WIRE"];

/// Whether all names are rules or categories.
///
/// # Errors
/// `Usage` if one is not.
pub(in super::super) fn check_names(names: &[String]) -> Result<()> {
    let known = |name: &str| {
        name == IGNORE_UNSTABLE
            || CATEGORIES.contains(&name)
            || RULES.iter().any(|rule| rule.name == name)
            || REPLACED.iter().any(|(old, _)| *old == name)
    };
    match names.iter().find(|name| !known(name)) {
        None if names.iter().any(|name| name != IGNORE_UNSTABLE) => Ok(()),
        None => Err(Error::usage("no rule is named").with_hint("buf:FIELD_SAME_TYPE,FIELD_NO_DELETE or buf:WIRE")),
        Some(bad) => {
            let rules: Vec<_> = RULES.iter().map(|rule| rule.name).collect();
            Err(Error::usage(format!("buf has no rule {bad:?}")).with_hint(format!(
                "categories: {}; rules: {}",
                CATEGORIES.join(", "),
                rules.join(", ")
            )))
        }
    }
}

/// Applies the chosen rules and categories.
pub(super) fn check(reader: &Schema, writer: &Schema, chosen: &[String]) -> Vec<Issue> {
    let is_chosen = |rule: &Rule| {
        chosen.iter().any(|name| {
            let replaced = REPLACED.iter().find(|(old, _)| old == name).map_or(&[][..], |(_, new)| *new);
            name == rule.name || rule.categories.contains(&name.as_str()) || replaced.contains(&rule.name)
        })
    };
    let mut context = Context {
        reader,
        writer,
        skip: roots(reader, writer),
        rule: "",
        stable_only: chosen.iter().any(|name| name == IGNORE_UNSTABLE),
        issues: Vec::new(),
    };
    for rule in RULES.iter().filter(|rule| is_chosen(rule)) {
        context.rule = rule.name;
        context.apply(&rule.check);
    }
    context.issues
}

/// Where the roots of the two folders are. Mostly at the top; but if no file has the same name on both sides, and some
/// have without the folders that one side has all its files in, then these folders are no part of the names.
fn roots(reader: &Schema, writer: &Schema) -> (usize, usize) {
    let meet = |skip: (usize, usize)| {
        let new = reader.own_files(skip.0);
        writer.own_files(skip.1).keys().any(|name| new.contains_key(name))
    };
    let levels = |folder: &str| -> Vec<usize> { folder.match_indices('/').map(|(at, _)| at + 1).collect() };
    let new = levels(reader.common_folder()).into_iter().map(|skip| (skip, 0));
    let old = levels(writer.common_folder()).into_iter().map(|skip| (0, skip));
    std::iter::once((0, 0)).chain(old).chain(new).find(|skip| meet(*skip)).unwrap_or((0, 0))
}

struct Context<'a> {
    reader: &'a Schema,
    writer: &'a Schema,
    /// Bytes of file names that come before the folder that imports are relative to, of the new and the old files.
    skip: (usize, usize),
    rule: &'static str,
    stable_only: bool,
    issues: Vec<Issue>,
}

/// A message or enum, for what both have.
trait Declared {
    fn span(&self) -> Span;
    fn nested(&self) -> &str;
}

impl Declared for Message {
    fn span(&self) -> Span {
        self.span
    }
    fn nested(&self) -> &str {
        &self.nested
    }
}

impl Declared for Enum {
    fn span(&self) -> Span {
        self.span
    }
    fn nested(&self) -> &str {
        &self.nested
    }
}

impl<'a> Context<'a> {
    /// Files of the same name; one file and another one, whatever they are called.
    fn file_pairs(&self) -> Vec<(&'a File, &'a File)> {
        if let (Some(new), Some(old)) = (self.reader.single(), self.writer.single()) {
            return vec![(new, old)];
        }
        let new = self.reader.own_files(self.skip.0);
        self.writer.own_files(self.skip.1).into_iter().filter_map(|(name, old)| Some((*new.get(name)?, old))).collect()
    }

    fn apply(&mut self, check: &Check) {
        match check {
            Check::Nothing => {}
            Check::Whole(body) => body(self),
            Check::Files(body) => self.file_pairs().into_iter().for_each(|(new, old)| body(self, new, old)),
            Check::FileOption(name, default) => {
                for (new, old) in self.file_pairs() {
                    let value =
                        |file: &'a File| option(&file.options, name).map_or(*default, |said| said.value.as_str());
                    let span = option(&new.options, name).map(|said| said.span);
                    self.changed(new, old, span, &format!("file option {name}"), value(new), value(old));
                }
            }
            Check::Messages(body) => {
                let new = self.reader.own_messages();
                for (name, old) in self.writer.own_messages() {
                    if let Some(new) = new.get(&name) {
                        body(self, *new, old);
                    }
                }
            }
            Check::Fields(body) => self.field_pairs().into_iter().for_each(|(new, old)| body(self, new, old)),
            Check::Enums(body) => {
                let new = self.reader.own_enums();
                for (name, old) in self.writer.own_enums() {
                    if let Some(new) = new.get(&name) {
                        body(self, *new, old);
                    }
                }
            }
            Check::Methods(body) => {
                let new = self.reader.own_services();
                for (name, old) in self.writer.own_services() {
                    let Some(new) = new.get(&name) else { continue };
                    for method in &old.item.methods {
                        if let Some(found) = new.item.methods.iter().find(|found| found.name == method.name) {
                            body(self, In { file: new.file, item: found }, In { file: old.file, item: method });
                        }
                    }
                }
            }
        }
    }

    /// Fields of the same number in messages of the same name, and extensions of the same message.
    fn field_pairs(&self) -> Vec<(In<'a, Field>, In<'a, Field>)> {
        let mut pairs = Vec::new();
        let messages = self.reader.own_messages();
        for (name, old) in self.writer.own_messages() {
            let Some(new) = messages.get(&name) else { continue };
            let by_number: std::collections::HashMap<i64, &'a Field> =
                new.item.fields.iter().map(|field| (field.number, field)).collect();
            for field in &old.item.fields {
                if let Some(found) = by_number.get(&field.number) {
                    pairs.push((In { file: new.file, item: *found }, In { file: old.file, item: field }));
                }
            }
        }
        let extensions = self.reader.own_extensions();
        for (key, old) in self.writer.own_extensions() {
            if let Some(new) = extensions.get(&key) {
                pairs.push((*new, old));
            }
        }
        pairs
    }

    /// A finding in the new file, or at the file as a whole.
    fn report(&mut self, new: (&Arc<str>, Option<Span>), old: (&File, Option<Span>), path: &str, message: String) {
        self.report_values(new, old, path, message, None);
    }

    fn report_values(
        &mut self,
        new: (&Arc<str>, Option<Span>),
        old: (&File, Option<Span>),
        path: &str,
        message: String,
        values: Option<(String, String)>,
    ) {
        if self.stable_only && is_unstable(&old.0.package) {
            return;
        }
        let place =
            |file: &Arc<str>, span: Option<Span>| span.map_or_else(|| Place::file(file), |span| span.place(file));
        let (mut reader, mut writer) = (Side::at(place(new.0, new.1)), Side::at(place(&old.0.name, old.1)));
        if let Some((new, old)) = values {
            reader.text = Some(new);
            writer.text = Some(old);
        }
        self.issues.push(Issue::error(self.rule, path, message).sides(reader, writer));
    }

    /// A property of a file, if it changed.
    fn changed(&mut self, new: &File, old: &File, span: Option<Span>, what: &str, value: &str, before: &str) {
        if value != before {
            let message = format!("{what} changed from {before:?} to {value:?}");
            let path = if new.package.is_empty() { &*new.name } else { &new.package };
            let values = Some((value.to_owned(), before.to_owned()));
            self.report_values((&new.name, span), (old, None), path, message, values);
        }
    }
}

/// Whether a package is alpha, beta or test by its last part: `v1beta1`, `v2p1alpha`, `v1testfoo`.
fn is_unstable(package: &str) -> bool {
    let Some((_, last)) = package.rsplit_once('.') else { return false };
    let Some(version) = last.strip_prefix('v') else { return false };
    let number =
        |text: &str| !text.starts_with('0') && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some((major, _)) = version.split_once("test") {
        return number(major);
    }
    let alpha = version.contains("alpha");
    if alpha == version.contains("beta") {
        return false;
    }
    let (major, minor) = version.split_once(if alpha { "alpha" } else { "beta" }).unwrap_or((version, ""));
    let whole = match major.split_once('p') {
        Some((major, patch)) => number(major) && number(patch),
        None => number(major),
    };
    whole && (minor.is_empty() || number(minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_unstable_by_their_last_part() {
        for unstable in ["a.v1beta1", "a.b.v2alpha", "a.v1p1beta2", "a.v1test", "a.v1testfoo"] {
            assert!(is_unstable(unstable), "{unstable}");
        }
        for stable in ["", "v1beta1", "a.v1", "a.v1beta0", "a.beta1", "a.v0beta1", "a.v1alphabeta"] {
            assert!(!is_unstable(stable), "{stable}");
        }
    }

    #[test]
    fn every_category_has_rules_and_every_replacement_exists() {
        for category in CATEGORIES {
            assert!(RULES.iter().any(|rule| rule.categories.contains(category)), "{category}");
        }
        for (_, names) in REPLACED {
            assert!(names.iter().all(|name| RULES.iter().any(|rule| rule.name == *name)));
        }
        // A stricter category holds what a looser one holds, or something stricter in its place.
        let of = |category: &str| RULES.iter().filter(|rule| rule.categories.contains(&category)).count();
        assert!(of("FILE") > of("PACKAGE") - 5 && of("WIRE_JSON") > of("WIRE"));
    }
}
