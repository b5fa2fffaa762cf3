//! Rules about what is still there, but changed.

use std::collections::BTreeSet;

use super::super::super::json_text::Number;
use super::super::lexer::Span;
use super::super::model::*;
use super::super::ranges::{Ranges, covers};
use super::super::resolve::{Cardinality, In, Kind, Schema, feature, feature_of_field, full, json_name};
use super::{Context, Declared};

/// Types that read each other's bytes, by group. Text becomes bytes, but not the other way round.
const ON_WIRE: &[&[&str]] = &[
    &["int32", "int64", "uint32", "uint64", "bool"],
    &["sint32", "sint64"],
    &["fixed32", "sfixed32"],
    &["fixed64", "sfixed64"],
];

/// Types that read each other's bytes and JSON, by group.
const IN_JSON: &[&[&str]] =
    &[&["int32", "uint32"], &["int64", "uint64"], &["fixed32", "sfixed32"], &["fixed64", "sfixed64"]];

fn same_group(groups: &[&[&str]], a: &str, b: &str) -> bool {
    a == b || groups.iter().any(|group| group.contains(&a) && group.contains(&b))
}

pub(super) fn path_of(field: In<'_, Field>) -> String {
    match (&field.item.extension, field.parent.and_then(|parent| field.file.messages.get(parent))) {
        (Some((_, nested)), _) => full(field.file, nested),
        (None, Some(message)) => format!("{}.{}", full(field.file, &message.nested), field.name),
        (None, None) => field.name.clone(),
    }
}

fn in_map_entry(field: In<'_, Field>) -> bool {
    field.parent.and_then(|parent| field.file.messages.get(parent)).is_some_and(|message| message.map_entry)
}

/// Reports a field, with what it was and what it is.
fn tell(
    context: &mut Context<'_>,
    (new, old): (In<'_, Field>, In<'_, Field>),
    spans: (Option<Span>, Option<Span>),
    what: &str,
    (value, before): (String, String),
) {
    let message = format!("{what} of field {} ({}) changed from {before} to {value}", new.name, new.number);
    let span = |said: Option<Span>, field: In<'_, Field>| Some(said.unwrap_or(field.span));
    let at = ((&new.file.name, span(spans.0, new)), (old.file, span(spans.1, old)));
    context.report_values(at.0, at.1, &path_of(new), message, Some((value, before)));
}

pub(super) fn on_wire(cardinality: Cardinality) -> u8 {
    match cardinality {
        Cardinality::Explicit | Cardinality::Implicit => 1,
        Cardinality::Required => 2,
        Cardinality::Repeated | Cardinality::Map => 3,
    }
}

pub(super) fn in_json(cardinality: Cardinality) -> u8 {
    if cardinality == Cardinality::Map { 4 } else { on_wire(cardinality) }
}

pub(super) fn cardinality(
    context: &mut Context<'_>,
    new: In<'_, Field>,
    old: In<'_, Field>,
    group: fn(Cardinality) -> u8,
) {
    // Parts of maps are made, not written.
    if in_map_entry(new) && in_map_entry(old) {
        return;
    }
    let (is, was) = (context.reader.cardinality(new), context.writer.cardinality(old));
    if group(is) != group(was) {
        tell(context, (new, old), (None, None), "cardinality", (is.to_string(), was.to_string()));
    }
}

fn types_of(context: &Context<'_>, new: In<'_, Field>, old: In<'_, Field>) -> (Kind, Kind) {
    (context.reader.kind(new), context.writer.kind(old))
}

fn type_changed(context: &mut Context<'_>, new: In<'_, Field>, old: In<'_, Field>, kinds: (Kind, Kind)) {
    let spans = (Some(new.kind_span), Some(old.kind_span));
    tell(context, (new, old), spans, "type", (kinds.0.shown(), kinds.1.shown()));
}

pub(super) fn same_type(context: &mut Context<'_>, new: In<'_, Field>, old: In<'_, Field>) {
    let (is, was) = types_of(context, new, old);
    if is != was {
        type_changed(context, new, old, (is, was));
    }
}

pub(super) fn wire_type(context: &mut Context<'_>, new: In<'_, Field>, old: In<'_, Field>) {
    let (is, was) = types_of(context, new, old);
    let text_to_bytes = was.name() == "string" && is.name() == "bytes";
    if !text_to_bytes {
        compatible_type(context, (new, old), (is, was), ON_WIRE);
    }
}

pub(super) fn wire_json_type(context: &mut Context<'_>, new: In<'_, Field>, old: In<'_, Field>) {
    let kinds = types_of(context, new, old);
    compatible_type(context, (new, old), kinds, IN_JSON);
}

fn compatible_type(
    context: &mut Context<'_>,
    (new, old): (In<'_, Field>, In<'_, Field>),
    (is, was): (Kind, Kind),
    groups: &[&[&str]],
) {
    let fits = match (&is, &was) {
        _ if !same_group(groups, is.name(), was.name()) => false,
        (Kind::Enum(a), Kind::Enum(b)) => {
            a == b || is_grown(context.reader.enumeration(a), context.writer.enumeration(b))
        }
        _ => is.declared() == was.declared(),
    };
    if !fits {
        type_changed(context, new, old, (is, was));
    }
}

/// Whether an enum elsewhere has the same name and at least the same values.
fn is_grown(new: Option<In<'_, Enum>>, old: Option<In<'_, Enum>>) -> bool {
    let (Some(new), Some(old)) = (new, old) else { return false };
    let kept = |value: &EnumValue| new.values.iter().any(|v| v.name == value.name && v.number == value.number);
    new.name == old.name && old.values.iter().all(kept)
}

pub(super) fn field_names(context: &mut Context<'_>, new: In<'_, Field>, old: In<'_, Field>) {
    let name = |field: In<'_, Field>| match &field.item.extension {
        Some(_) => path_of(field),
        None => field.name.clone(),
    };
    if name(new) != name(old) {
        let spans = (Some(new.name_span), Some(old.name_span));
        tell(context, (new, old), spans, "name", (name(new), name(old)));
    }
}

pub(super) fn json_names(context: &mut Context<'_>, new: In<'_, Field>, old: In<'_, Field>) {
    let (is, was) = (json_name(&new), json_name(&old));
    if old.extension.is_none() && is != was {
        let span = |field: In<'_, Field>| option(&field.item.options, "json_name").map(|said| said.span);
        tell(context, (new, old), (span(new), span(old)), "json_name", (is, was));
    }
}

pub(super) fn oneof(context: &mut Context<'_>, new: In<'_, Field>, old: In<'_, Field>) {
    if old.extension.is_some() {
        return;
    }
    let name = |field: In<'_, Field>| -> Option<String> {
        let message = field.file.messages.get(field.parent?)?;
        Some(message.oneofs.get(field.oneof?)?.name.clone())
    };
    let (is, was) = (name(new), name(old));
    if is != was {
        let shown = |name: Option<String>| name.map_or("none".to_owned(), |name| format!("{name:?}"));
        tell(context, (new, old), (None, None), "oneof", (shown(is), shown(was)));
    }
}

pub(super) fn jstype(context: &mut Context<'_>, new: In<'_, Field>, old: In<'_, Field>) {
    let wide = ["int64", "sint64", "uint64", "fixed64", "sfixed64"];
    if !wide.contains(&&*new.kind) || !wide.contains(&&*old.kind) {
        return;
    }
    let value = |field: In<'_, Field>| {
        option(&field.item.options, "jstype").map_or("JS_NORMAL".to_owned(), |said| said.value.clone())
    };
    if value(new) != value(old) {
        let span = |field: In<'_, Field>| option(&field.item.options, "jstype").map(|said| said.span);
        tell(context, (new, old), (span(new), span(old)), "jstype", (value(new), value(old)));
    }
}

pub(super) fn utf8_validation(context: &mut Context<'_>, new: In<'_, Field>, old: In<'_, Field>) {
    if new.kind != "string" || old.kind != "string" {
        return;
    }
    let (is, was) = (feature_of_field(new, "utf8_validation"), feature_of_field(old, "utf8_validation"));
    if is != was {
        let span = |field: In<'_, Field>| option(&field.item.options, "features.utf8_validation").map(|said| said.span);
        let values = (is.to_owned(), was.to_owned());
        tell(context, (new, old), (span(new), span(old)), "UTF-8 validation", values);
    }
}

pub(super) fn java_utf8_validation(context: &mut Context<'_>, new: In<'_, Field>, old: In<'_, Field>) {
    if new.kind != "string" || old.kind != "string" {
        return;
    }
    fn value(field: In<'_, Field>) -> &str {
        let said = option(&field.file.options, "java_string_check_utf8");
        let plain = feature_of_field(field, "utf8_validation");
        match (said, field.file.syntax) {
            (Some(said), _) if said.value == "true" => "VERIFY",
            (Some(_), _) | (None, Syntax::Proto2 | Syntax::Proto3) => plain,
            _ if feature_of_field(field, "(pb.java).utf8_validation") == "VERIFY" => "VERIFY",
            _ => plain,
        }
    }
    if value(new) != value(old) {
        let span = |field: In<'_, Field>| {
            let file = option(&field.file.options, "java_string_check_utf8");
            file.or_else(|| option(&field.item.options, "features.(pb.java).utf8_validation")).map(|said| said.span)
        };
        let values = (value(new).to_owned(), value(old).to_owned());
        tell(context, (new, old), (span(new), span(old)), "UTF-8 validation in Java", values);
    }
}

pub(super) fn cpp_string_type(context: &mut Context<'_>, new: In<'_, Field>, old: In<'_, Field>) {
    let text = |field: In<'_, Field>| matches!(&*field.kind, "string" | "bytes");
    if !text(new) || !text(old) || in_map_entry(new) && in_map_entry(old) {
        return;
    }
    fn value(field: In<'_, Field>) -> &str {
        let ctype = option(&field.item.options, "ctype").map(|said| said.value.as_str());
        match (field.file.syntax, ctype) {
            (Syntax::Edition(2024..), _) | (_, None) => feature_of_field(field, "(pb.cpp).string_type"),
            (_, Some(ctype)) => ctype,
        }
    }
    let (is, was) = (value(new), value(old));
    // Pieces were never more than plain strings.
    if is != was && !(was == "STRING_PIECE" && is == "STRING") {
        let span = |field: In<'_, Field>| {
            let said = option(&field.item.options, "ctype");
            said.or_else(|| option(&field.item.options, "features.(pb.cpp).string_type")).map(|said| said.span)
        };
        let values = (is.to_owned(), was.to_owned());
        tell(context, (new, old), (span(new), span(old)), "C++ string type", values);
    }
}

/// A default, comparable across types of numbers.
#[derive(Debug)]
enum Default {
    Text(String),
    Exact(Number),
    /// A value of `float` (true) or `double`.
    Float(f64, bool),
}

fn default_of(schema: &Schema, field: In<'_, Field>, kind: &Kind) -> Default {
    let said = option(&field.item.options, "default").map(|said| said.value.as_str());
    match kind {
        Kind::Scalar("string" | "bytes") => Default::Text(said.unwrap_or("").to_owned()),
        Kind::Scalar("float" | "double") => {
            let text = said.unwrap_or("0");
            let single = kind.name() == "float";
            let value = match single {
                true => f64::from(text.parse::<f32>().unwrap_or(f32::NAN)),
                false => text.parse::<f64>().unwrap_or(f64::NAN),
            };
            Default::Float(value, single)
        }
        Kind::Enum(name) => {
            let number = schema.enumeration(name).and_then(|found| {
                let values = &found.item.values;
                let value = match said {
                    Some(said) => values.iter().find(|value| value.name == said),
                    None => values.first(),
                };
                value.map(|value| value.number)
            });
            Default::Exact(Number::whole(number.unwrap_or(0)))
        }
        _ => Default::Exact(match said {
            Some("true") => Number::whole(1),
            None | Some("false") => Number::whole(0),
            Some(text) => match text.strip_prefix("0x").and_then(|hex| i64::from_str_radix(hex, 16).ok()) {
                Some(value) => Number::whole(value),
                None => Number::of(text),
            },
        }),
    }
}

fn same_default(a: &Default, b: &Default) -> bool {
    match (a, b) {
        (Default::Text(a), Default::Text(b)) => a == b,
        (Default::Exact(a), Default::Exact(b)) => a.cmp(b).is_eq(),
        (Default::Float(a, single), Default::Float(b, other)) => {
            // Between the two types, the digits that `float` has are compared.
            a == b || a.is_nan() && b.is_nan() || single != other && *a as f32 == *b as f32
        }
        (Default::Exact(exact), Default::Float(float, _)) | (Default::Float(float, _), Default::Exact(exact)) => {
            float.is_finite() && Number::of(&float.to_string()).cmp(exact).is_eq()
        }
        _ => false,
    }
}

fn is_zero(default: &Default) -> bool {
    match default {
        Default::Text(text) => text.is_empty(),
        Default::Exact(number) => number.cmp(&Number::whole(0)).is_eq(),
        Default::Float(value, _) => *value == 0.0,
    }
}

pub(super) fn default_value(context: &mut Context<'_>, new: In<'_, Field>, old: In<'_, Field>) {
    let (is, was) = types_of(context, new, old);
    let can = |kind: &Kind, cardinality: Cardinality| {
        matches!(kind, Kind::Scalar(_) | Kind::Enum(_)) && cardinality != Cardinality::Repeated
    };
    if !can(&is, context.reader.cardinality(new)) || !can(&was, context.writer.cardinality(old)) {
        return;
    }
    let (value, before) = (default_of(context.reader, new, &is), default_of(context.writer, old, &was));
    if is_zero(&value) && is_zero(&before) || same_default(&value, &before) {
        return;
    }
    let said = |field: In<'_, Field>| option(&field.item.options, "default").map(|said| said.value.clone());
    let span = |field: In<'_, Field>| option(&field.item.options, "default").map(|said| said.span);
    let shown = |field: In<'_, Field>| said(field).unwrap_or("none".to_owned());
    tell(context, (new, old), (span(new), span(old)), "default", (shown(new), shown(old)));
}

pub(super) fn enum_type(context: &mut Context<'_>, new: In<'_, Enum>, old: In<'_, Enum>) {
    let (is, was) = (context.reader.is_closed(new), context.writer.is_closed(old));
    if is != was {
        let name = |closed: bool| if closed { "closed" } else { "open" };
        let message = format!("enum {} changed from {} to {}", new.name, name(was), name(is));
        let span = option(&new.item.options, "features.enum_type").map_or(new.span, |said| said.span);
        context.report((&new.file.name, Some(span)), (old.file, Some(old.span)), &full(new.file, &new.nested), message);
    }
}

pub(super) fn enum_json_format(context: &mut Context<'_>, new: In<'_, Enum>, old: In<'_, Enum>) {
    let format = |found: In<'_, Enum>| feature(found.file, found.parent, &found.item.options, "json_format").to_owned();
    json_format(context, (new, old), &new.item.options, (format(new), format(old)));
}

pub(super) fn message_json_format(context: &mut Context<'_>, new: In<'_, Message>, old: In<'_, Message>) {
    let format =
        |found: In<'_, Message>| feature(found.file, found.parent, &found.item.options, "json_format").to_owned();
    json_format(context, (new, old), &new.item.options, (format(new), format(old)));
}

fn json_format<T: Declared>(
    context: &mut Context<'_>,
    (new, old): (In<'_, T>, In<'_, T>),
    options: &[OptionValue],
    (is, was): (String, String),
) {
    if was == "ALLOW" && is != "ALLOW" {
        let message = format!("JSON format of {} changed from {was} to {is}", new.nested());
        let span = option(options, "features.json_format").map_or(new.span(), |said| said.span);
        let path = full(new.file, new.nested());
        context.report((&new.file.name, Some(span)), (old.file, Some(old.span())), &path, message);
    }
}

pub(super) fn enum_value_names(context: &mut Context<'_>, new: In<'_, Enum>, old: In<'_, Enum>) {
    let names = |found: In<'_, Enum>, number: i64| -> BTreeSet<String> {
        found.item.values.iter().filter(|value| value.number == number).map(|value| value.name.clone()).collect()
    };
    let numbers: BTreeSet<i64> = old.values.iter().map(|value| value.number).collect();
    for number in numbers {
        let (is, was) = (names(new, number), names(old, number));
        if is.is_empty() || was.is_subset(&is) {
            continue;
        }
        let list = |names: &BTreeSet<String>| names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        for value in new.item.values.iter().filter(|value| value.number == number) {
            let message = format!("enum value {number} changed its name from {} to {}", list(&was), list(&is));
            let path = format!("{}.{}", full(new.file, &new.nested), value.name);
            let at = ((&new.file.name, Some(value.number_span)), (old.file, Some(old.span)));
            context.report_values(at.0, at.1, &path, message, Some((list(&is), list(&was))));
        }
    }
}

fn ranges<T: Declared>(
    context: &mut Context<'_>,
    what: &str,
    (new, old): (In<'_, T>, In<'_, T>),
    (is, was): (&Ranges, &Ranges),
) {
    for range in was.iter().filter(|range| !covers(**range, is)) {
        let message = format!("{what} range {} to {} of {} is no longer complete", range.0, range.1, new.nested());
        let path = full(new.file, new.nested());
        context.report((&new.file.name, Some(new.span())), (old.file, Some(old.span())), &path, message);
    }
}

fn reserved_names<T: Declared>(
    context: &mut Context<'_>,
    (new, old): (In<'_, T>, In<'_, T>),
    (is, was): (&[String], &[String]),
) {
    let was: BTreeSet<&String> = was.iter().collect();
    for name in was.into_iter().filter(|name| !is.contains(name)) {
        let message = format!("reserved name {name:?} was deleted from {}", new.nested());
        let path = full(new.file, new.nested());
        context.report((&new.file.name, Some(new.span())), (old.file, Some(old.span())), &path, message);
    }
}

pub(super) fn reserved_in_enum(context: &mut Context<'_>, new: In<'_, Enum>, old: In<'_, Enum>) {
    ranges(context, "reserved", (new, old), (&new.item.reserved, &old.item.reserved));
    reserved_names(context, (new, old), (&new.item.reserved_names, &old.item.reserved_names));
}

pub(super) fn reserved_in_message(context: &mut Context<'_>, new: In<'_, Message>, old: In<'_, Message>) {
    ranges(context, "reserved", (new, old), (&new.item.reserved, &old.item.reserved));
    reserved_names(context, (new, old), (&new.item.reserved_names, &old.item.reserved_names));
}

pub(super) fn extension_ranges(context: &mut Context<'_>, new: In<'_, Message>, old: In<'_, Message>) {
    ranges(context, "extension", (new, old), (&new.item.extension_ranges, &old.item.extension_ranges));
}

pub(super) fn descriptor_accessor(context: &mut Context<'_>, new: In<'_, Message>, old: In<'_, Message>) {
    let name = "no_standard_descriptor_accessor";
    let set = |message: In<'_, Message>| option(&message.item.options, name).is_some_and(|said| said.value == "true");
    if set(new) && !set(old) {
        let span = option(&new.item.options, name).map(|said| said.span);
        let message = format!("option {name} of message {} was set", new.name);
        context.report((&new.file.name, span), (old.file, Some(old.span)), &full(new.file, &new.nested), message);
    }
}

pub(super) fn required_fields(context: &mut Context<'_>, new: In<'_, Message>, old: In<'_, Message>) {
    // By the word: what editions require by a feature is left to the rules about cardinalities.
    let required = |message: In<'_, Message>| -> BTreeSet<i64> {
        message.item.fields.iter().filter(|field| field.label == Label::Required).map(|field| field.number).collect()
    };
    let (is, was) = (required(new), required(old));
    let path = full(new.file, &new.nested);
    for number in was.difference(&is) {
        let message = format!("required field {number} was deleted from message {}", old.name);
        context.report((&new.file.name, Some(new.span)), (old.file, Some(old.span)), &path, message);
    }
    for number in is.difference(&was) {
        let message = format!("required field {number} was added to message {}", new.name);
        let span = new.item.fields.iter().find(|field| field.number == *number).map(|field| field.span);
        context.report((&new.file.name, span), (old.file, Some(old.span)), &path, message);
    }
}

pub(super) fn package(context: &mut Context<'_>, new: &File, old: &File) {
    context.changed(new, old, new.package_span, "package", &new.package, &old.package);
}

pub(super) fn syntax(context: &mut Context<'_>, new: &File, old: &File) {
    let name = |file: &File| match file.syntax {
        Syntax::Edition(_) => "editions".to_owned(),
        syntax => syntax.to_string(),
    };
    context.changed(new, old, new.syntax_span, "syntax", &name(new), &name(old));
}

/// Reports a method.
fn method_changed(
    context: &mut Context<'_>,
    (new, old): (In<'_, Method>, In<'_, Method>),
    span: Option<Span>,
    what: &str,
    (is, was): (String, String),
) {
    if is != was {
        let message = format!("{what} of rpc {} changed from {was} to {is}", new.name);
        let at = ((&new.file.name, span), (old.file, Some(old.span)));
        context.report_values(at.0, at.1, &full(new.file, &new.name), message, Some((is, was)));
    }
}

fn streaming(stream: bool) -> String {
    if stream { "streaming" } else { "unary" }.to_owned()
}

pub(super) fn client_streaming(context: &mut Context<'_>, new: In<'_, Method>, old: In<'_, Method>) {
    let values = (streaming(new.input.stream), streaming(old.input.stream));
    method_changed(context, (new, old), Some(new.span), "client", values);
}

pub(super) fn server_streaming(context: &mut Context<'_>, new: In<'_, Method>, old: In<'_, Method>) {
    let values = (streaming(new.output.stream), streaming(old.output.stream));
    method_changed(context, (new, old), Some(new.span), "server", values);
}

pub(super) fn request_type(context: &mut Context<'_>, new: In<'_, Method>, old: In<'_, Method>) {
    let is = context.reader.name_in(new.file, None, &new.input.kind);
    let was = context.writer.name_in(old.file, None, &old.input.kind);
    method_changed(context, (new, old), Some(new.input.span), "request type", (is, was));
}

pub(super) fn response_type(context: &mut Context<'_>, new: In<'_, Method>, old: In<'_, Method>) {
    let is = context.reader.name_in(new.file, None, &new.output.kind);
    let was = context.writer.name_in(old.file, None, &old.output.kind);
    method_changed(context, (new, old), Some(new.output.span), "response type", (is, was));
}

pub(super) fn idempotency(context: &mut Context<'_>, new: In<'_, Method>, old: In<'_, Method>) {
    let said = |method: In<'_, Method>| option(&method.item.options, "idempotency_level").cloned();
    let value = |method: In<'_, Method>| said(method).map_or("IDEMPOTENCY_UNKNOWN".to_owned(), |said| said.value);
    let span = said(new).map(|said| said.span);
    method_changed(context, (new, old), span, "option idempotency_level", (value(new), value(old)));
}
