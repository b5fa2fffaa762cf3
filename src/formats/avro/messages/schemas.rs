//! The schemas that messages may be written with, each compared with the one that they are read with.

use std::collections::HashMap;

use super::Envelope;
use crate::column::avro::resolve::Resolution;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::avsc::fingerprint::hex;
use crate::schema::avsc::{Document, Fingerprints};

/// What single-object encoding begins with.
pub(super) const SINGLE_OBJECT: [u8; 2] = [0xc3, 0x01];
/// What the Confluent wire format begins with.
pub(super) const CONFLUENT: u8 = 0;

pub(super) struct Schemas {
    envelope: Envelope,
    reader: Document,
    known: Vec<Known>,
    /// By fingerprint or number.
    by_key: HashMap<u64, usize>,
}

/// A schema that messages may be written with.
pub(super) struct Known {
    pub(super) document: Document,
    pub(super) way: Way,
}

/// How its data is read.
pub(super) enum Way {
    /// As it is.
    Same,
    /// By schema resolution.
    Resolved(Resolution),
    /// Not at all; why.
    Never(String),
}

impl Schemas {
    /// `given`: the one schema that was named; `known`: those of a folder, with their numbers; `id`: the number of the
    /// one that was named; `wanted`: what is read; `first`: the start of the first message.
    pub(super) fn new(
        envelope: Envelope,
        given: Option<Document>,
        known: Vec<(Option<u32>, Document)>,
        id: Option<u32>,
        wanted: Option<Document>,
        first: &[u8],
    ) -> Result<Schemas> {
        if envelope == Envelope::None && given.is_none() {
            return Err(Error::usage("envelope=none says nothing about the schema of a message")
                .with_hint("name the schema: --schema FILE.avsc"));
        }
        if id.is_some() && (envelope != Envelope::Confluent || given.is_none()) {
            return Err(Error::usage(
                "schema-id is the number of the schema that --schema names, with envelope=confluent",
            ));
        }
        let mut by_key = HashMap::new();
        let mut documents: Vec<Document> = Vec::new();
        let seen = match first {
            [CONFLUENT, a, b, c, d, ..] => Some(u32::from_be_bytes([*a, *b, *c, *d])),
            _ => None,
        };
        for (number, document) in known {
            let key = match envelope {
                Envelope::None => None,
                Envelope::SingleObject => Some(Fingerprints::of(&document).crc64),
                Envelope::Confluent => number.map(u64::from),
            };
            if let Some(key) = key {
                by_key.entry(key).or_insert(documents.len());
                documents.push(document);
            }
        }
        if let Some(document) = &given {
            let key = match envelope {
                Envelope::None => Some(0),
                Envelope::SingleObject => Some(Fingerprints::of(document).crc64),
                // Of a folder, the files say the numbers; without one, the schema is that of the first message.
                Envelope::Confluent => id.or(seen.filter(|_| by_key.is_empty())).map(u64::from),
            };
            if let Some(key) = key {
                by_key.insert(key, documents.len());
                documents.push(document.clone());
            }
        }
        let by_first = || key_of(envelope, first).ok().and_then(|(key, _)| documents.get(*by_key.get(&key)?));
        let reader = wanted.or(given).or_else(|| by_first().cloned()).ok_or_else(|| match key_of(envelope, first) {
            Ok((key, _)) => unknown(envelope, key),
            Err(error) => error,
        })?;
        let mut known = Vec::with_capacity(documents.len());
        for document in documents {
            let way = match document.text == reader.text {
                true => Way::Same,
                false => match Resolution::new(&document, &reader) {
                    Ok(resolution) => Way::Resolved(resolution),
                    // Maybe no message has it.
                    Err(error) if error.kind() == ErrorKind::Schema => Way::Never(error.to_string()),
                    Err(error) => return Err(error),
                },
            };
            known.push(Known { document, way });
        }
        Ok(Schemas { envelope, reader, known, by_key })
    }

    pub(super) fn envelope(&self) -> Envelope {
        self.envelope
    }

    /// The schema that messages are read with.
    pub(super) fn reader(&self) -> &Document {
        &self.reader
    }

    pub(super) fn known(&self) -> &[Known] {
        &self.known
    }

    /// The place of the schema of a message, and where its datum begins.
    pub(super) fn of(&self, message: &[u8]) -> Result<(usize, usize)> {
        let (key, start) = key_of(self.envelope, message)?;
        let place = self.by_key.get(&key).ok_or_else(|| unknown(self.envelope, key))?;
        Ok((*place, start))
    }

    /// Bytes in front of a datum.
    pub(super) fn prefix_len(&self) -> usize {
        match self.envelope {
            Envelope::None => 0,
            Envelope::SingleObject => 10,
            Envelope::Confluent => 5,
        }
    }
}

/// What a message says about its schema, and where its datum begins.
fn key_of(envelope: Envelope, message: &[u8]) -> Result<(u64, usize)> {
    match envelope {
        Envelope::None => Ok((0, 0)),
        Envelope::SingleObject => match message.strip_prefix(&SINGLE_OBJECT).and_then(|rest| rest.first_chunk()) {
            Some(key) => Ok((u64::from_le_bytes(*key), 10)),
            None => Err(Error::malformed("the message does not begin with C3 01 and a fingerprint")
                .with_hint("is it single-object encoding? other messages: --envelope none, or confluent")),
        },
        Envelope::Confluent => match message {
            [CONFLUENT, a, b, c, d, ..] => Ok((u64::from(u32::from_be_bytes([*a, *b, *c, *d])), 5)),
            _ => Err(Error::malformed("the message does not begin with 00 and the number of a schema")
                .with_hint("is it the Confluent wire format? other messages: --envelope none, or single-object")),
        },
    }
}

#[cold]
fn unknown(envelope: Envelope, key: u64) -> Error {
    match envelope {
        Envelope::Confluent => Error::schema(format!("the schema of number {key} is not known"))
            .with_hint(format!("put it into a folder as {key}.avsc, and add --schemas DIR")),
        _ => Error::schema(format!("no schema with the fingerprint {} is known", hex(&key.to_le_bytes()))).with_hint(
            "put its .avsc file into a folder, and add --schemas DIR; fmtconv schema fingerprint shows fingerprints",
        ),
    }
}
