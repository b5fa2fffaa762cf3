//! Two Protobuf schemas reduced to one field of a message: the others are taken out of the texts, so that nothing else in
//! the message can be the reason why a record is not read.

use super::super::proto::{Field, Span};
use super::super::source::{Parsed, SourceText};
use super::super::{Rules, Schema};
use super::codec::Codec;
use super::proto::Names;

/// The codecs of what is left; `None` if that is no schema of its own.
pub(super) fn to_field(reader: &Schema, writer: &Schema, names: &Names, number: i64) -> Option<Codec> {
    let (reader, writer) = (left(reader, &names.reader, number)?, left(writer, &names.writer, number)?);
    Codec::new(&reader, &writer).ok()
}

/// A schema whose message has one field.
fn left(schema: &Schema, message: &str, number: i64) -> Option<Schema> {
    let Parsed::Protobuf(parsed) = &schema.parsed else { return None };
    let message = parsed.message(message)?;
    let mut gone: Vec<&Field> = message.item.fields.iter().filter(|field| field.number != number).collect();
    for oneof in 0..message.item.oneofs.len() {
        // A oneof must have a member.
        let members = message.item.fields.iter().filter(|field| field.oneof == Some(oneof));
        let stays = members.clone().find(|field| field.number == number).or_else(|| members.clone().next());
        gone.retain(|field| stays.is_none_or(|stays| field.number != stays.number));
    }
    let mut spans: Vec<Span> = gone.into_iter().map(|field| field.span).collect();
    spans.sort_by_key(|span| span.start);
    let blank = |file: &SourceText| match file.name == message.file.name {
        true => SourceText::new(file.name.clone(), blanked(&file.text, &spans)),
        false => file.clone(),
    };
    let files = schema.files.iter().map(blank).collect();
    Schema::parse_all(&schema.name, files, schema.imports.clone(), &Rules::fmtconv()).ok()
}

/// A text with blanks in place of some parts of it, which are in order.
fn blanked(text: &str, spans: &[Span]) -> String {
    let (mut here, mut spans) = ((1, 1), spans.iter().peekable());
    let blank = |c: char| {
        while spans.next_if(|span| span.end <= here).is_some() {}
        let inside = spans.peek().is_some_and(|span| span.start <= here);
        here = if c == '\n' { (here.0 + 1, 1) } else { (here.0, here.1 + 1) };
        if inside && c != '\n' { ' ' } else { c }
    };
    text.chars().map(blank).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_field_is_left_and_each_oneof_keeps_a_member() {
        let text = "\u{feff}syntax = \"proto2\"; /* ä */ message N { required int32 n = 1; }
            message M {
              required string a = 1; // one
              optional N
                b = 2 [deprecated = true]; map<string, N> c = 3;
              optional group G = 4 { required int32 g = 1; }
              oneof o { int32 d = 5; int32 e = 6; }
              oneof p { int32 f = 7; }
            }";
        let schema = Schema::parse("m.proto", text, &Rules::fmtconv()).unwrap();
        let numbers = |number: i64| -> Vec<i64> {
            let Some(Schema { parsed: Parsed::Protobuf(parsed), .. }) = left(&schema, "M", number) else {
                panic!("no schema is left of {number}")
            };
            assert_eq!(parsed.message("N").unwrap().item.fields.len(), 1);
            parsed.message("M").unwrap().item.fields.iter().map(|field| field.number).collect()
        };
        assert_eq!(numbers(1), [1, 5, 7]);
        assert_eq!(numbers(2), [2, 5, 7]);
        assert_eq!(numbers(3), [3, 5, 7]);
        assert_eq!(numbers(4), [4, 5, 7]);
        assert_eq!(numbers(6), [6, 7]);
        assert!(left(&schema, "X", 1).is_none());
    }
}
