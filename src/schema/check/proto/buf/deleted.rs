//! Rules about what is no longer there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::super::lexer::Span;
use super::super::model::*;
use super::super::ranges::is_reserved;
use super::super::resolve::{In, full};
use super::Context;

/// What excuses a deletion.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unless {
    Never,
    NameReserved,
    NumberReserved,
}

/// The innermost message around a name that is still there.
fn around(file: &File, nested: &str) -> Option<Span> {
    let mut name = nested;
    while let Some((outer, _)) = name.rsplit_once('.') {
        if let Some(message) = file.messages.iter().find(|message| message.nested == outer) {
            return Some(message.span);
        }
        name = outer;
    }
    None
}

/// Names in the old file that the new one has not.
fn named(
    context: &mut Context<'_>,
    (new, old): (&File, &File),
    what: &str,
    names: impl Fn(&File) -> BTreeMap<String, Span>,
) {
    let known = names(new);
    for (nested, span) in names(old) {
        if !known.contains_key(&nested) {
            let message = format!("{what} {nested} was deleted from the file");
            context.report((&new.name, around(new, &nested)), (old, Some(span)), &full(old, &nested), message);
        }
    }
}

fn enum_names(file: &File) -> BTreeMap<String, Span> {
    file.enums.iter().map(|found| (found.nested.clone(), found.span)).collect()
}

fn message_names(file: &File) -> BTreeMap<String, Span> {
    file.messages.iter().map(|message| (message.nested.clone(), message.span)).collect()
}

fn extension_names(file: &File) -> BTreeMap<String, Span> {
    let name = |field: &Field| field.extension.as_ref().map(|(_, nested)| nested.clone()).unwrap_or_default();
    file.extensions.iter().map(|field| (name(field), field.span)).collect()
}

fn service_names(file: &File) -> BTreeMap<String, Span> {
    file.services.iter().map(|service| (service.name.clone(), service.span)).collect()
}

pub(super) fn enums(context: &mut Context<'_>, new: &File, old: &File) {
    named(context, (new, old), "enum", enum_names);
}

pub(super) fn messages(context: &mut Context<'_>, new: &File, old: &File) {
    named(context, (new, old), "message", message_names);
}

pub(super) fn extensions(context: &mut Context<'_>, new: &File, old: &File) {
    named(context, (new, old), "extension", extension_names);
}

pub(super) fn services(context: &mut Context<'_>, new: &File, old: &File) {
    named(context, (new, old), "service", service_names);
}

pub(super) fn files(context: &mut Context<'_>) {
    if context.reader.single().is_some() && context.writer.single().is_some() {
        return;
    }
    let known = context.reader.own_files(context.skip.0);
    for (name, old) in context.writer.own_files(context.skip.1) {
        if !known.contains_key(name) {
            let file: Arc<str> = name.into();
            context.report((&file, None), (old, None), name, format!("file {name} was deleted"));
        }
    }
}

pub(super) fn methods(context: &mut Context<'_>) {
    let known = context.reader.own_services();
    for (name, old) in context.writer.own_services() {
        let Some(new) = known.get(&name) else { continue };
        for method in &old.item.methods {
            if new.item.methods.iter().all(|found| found.name != method.name) {
                let message = format!("rpc {} was deleted from service {}", method.name, old.item.name);
                let path = format!("{name}.{}", method.name);
                context.report((&new.file.name, Some(new.item.span)), (old.file, Some(method.span)), &path, message);
            }
        }
    }
}

pub(super) fn fields(context: &mut Context<'_>, new: In<'_, Message>, old: In<'_, Message>, unless: Unless) {
    for field in &old.item.fields {
        if new.fields.iter().any(|found| found.number == field.number) {
            continue;
        }
        let excused = match unless {
            Unless::Never => false,
            Unless::NameReserved => new.reserved_names.contains(&field.name),
            Unless::NumberReserved => is_reserved(&new.reserved, field.number),
        };
        if !excused {
            let how = match unless {
                Unless::Never => String::new(),
                Unless::NameReserved => format!(" without reserving the name {:?}", field.name),
                Unless::NumberReserved => format!(" without reserving the number {}", field.number),
            };
            let message = format!("field {} ({}) was deleted{how}", field.name, field.number);
            let path = format!("{}.{}", full(old.file, &old.nested), field.name);
            context.report((&new.file.name, Some(new.span)), (old.file, Some(field.span)), &path, message);
        }
    }
}

pub(super) fn values(context: &mut Context<'_>, new: In<'_, Enum>, old: In<'_, Enum>, unless: Unless) {
    let numbers: BTreeSet<i64> = old.item.values.iter().map(|value| value.number).collect();
    for number in numbers {
        if new.values.iter().any(|value| value.number == number) {
            continue;
        }
        let names: Vec<&EnumValue> = old.item.values.iter().filter(|value| value.number == number).collect();
        let excused = match unless {
            Unless::Never => false,
            Unless::NameReserved => names.iter().all(|value| new.reserved_names.contains(&value.name)),
            Unless::NumberReserved => is_reserved(&new.reserved, number),
        };
        if !excused {
            let list = names.iter().map(|value| value.name.as_str()).collect::<Vec<_>>().join(", ");
            let how = match unless {
                Unless::Never => "",
                Unless::NameReserved => " without reserving the name",
                Unless::NumberReserved => " without reserving the number",
            };
            let message = format!("enum value {list} ({number}) was deleted{how}");
            let path = format!("{}.{list}", full(old.file, &old.nested));
            let span = names.first().map(|value| value.span);
            context.report((&new.file.name, Some(new.span)), (old.file, span), &path, message);
        }
    }
}

pub(super) fn oneofs(context: &mut Context<'_>, new: In<'_, Message>, old: In<'_, Message>) {
    for oneof in &old.item.oneofs {
        if new.oneofs.iter().all(|found| found.name != oneof.name) {
            let message = format!("oneof {} was deleted from message {}", oneof.name, new.name);
            let path = format!("{}.{}", full(old.file, &old.nested), oneof.name);
            context.report((&new.file.name, Some(new.span)), (old.file, Some(old.span)), &path, message);
        }
    }
}

pub(super) fn packages(context: &mut Context<'_>) {
    let known: BTreeSet<&str> = context.reader.files[..context.reader.own].iter().map(|file| &*file.package).collect();
    let mut told = BTreeSet::new();
    for old in context.writer.own_files(0).into_values() {
        if !known.contains(&*old.package) && told.insert(&old.package) {
            let message = format!("package {} was deleted", old.package);
            context.report((&old.name, None), (old, None), &old.package, message);
        }
    }
}

/// Names in a package, wherever its files are. buf does not look at packages that have nothing of the kind left, but for
/// services.
fn in_package(context: &mut Context<'_>, what: &str, names: impl Fn(&File) -> BTreeMap<String, Span>) {
    let mut known: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for file in &context.reader.files[..context.reader.own] {
        let names = names(file);
        if !names.is_empty() || what == "service" {
            known.entry(&file.package).or_default().extend(names.into_keys());
        }
    }
    let single = context.reader.single();
    for old in &context.writer.files[..context.writer.own] {
        let Some(known) = known.get(&*old.package) else { continue };
        for (nested, span) in names(old) {
            if known.contains(&nested) {
                continue;
            }
            let message = format!("{what} {nested} was deleted from package {:?}", old.package);
            let name = old.name.get(context.skip.1..).unwrap_or(&old.name);
            let new = single.or_else(|| context.reader.own_files(context.skip.0).get(name).copied());
            let (name, place) = match new {
                Some(new) => (&new.name, around(new, &nested)),
                None => (&old.name, None),
            };
            context.report((name, place), (old, Some(span)), &full(old, &nested), message);
        }
    }
}

pub(super) fn package_enums(context: &mut Context<'_>) {
    in_package(context, "enum", enum_names);
}

pub(super) fn package_messages(context: &mut Context<'_>) {
    in_package(context, "message", message_names);
}

pub(super) fn package_extensions(context: &mut Context<'_>) {
    in_package(context, "extension", extension_names);
}

pub(super) fn package_services(context: &mut Context<'_>) {
    in_package(context, "service", service_names);
}
