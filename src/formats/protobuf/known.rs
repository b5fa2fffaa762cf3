//! The schemas of a folder, by the ids of Confluent's schema registry: which of them write messages that another one
//! reads as they were meant.
//!
//! Bytes of one schema are read with another where each field that both have is the same in both: number, name, kind,
//! presence, oneof, hints. Of kinds, an integer may be wider in the reader's schema where the wire is the same
//! ([`reads`]). A field that only the reader's schema has is absent; one that only the writer's has is an unknown field,
//! as anywhere else.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::schema::proto::load::{DESCRIPTOR_SET_EXTENSIONS, Loaded, main_files, pool};
use crate::schema::proto::pool::{Field, Kind, Many, Message, Pool, Presence, Scalar};

/// The schemas of a folder, as files `ID.proto` or descriptor sets.
pub struct Folder {
    path: PathBuf,
    files: HashMap<u32, PathBuf>,
}

/// What is known of the schemas that messages name.
#[derive(Debug)]
pub struct Known {
    folder: String,
    /// What the schema that messages are read with is called in messages.
    reader: String,
    ways: HashMap<u32, Way>,
}

/// How messages of a schema are read.
#[derive(Debug)]
enum Way {
    /// As they are; which message of its schema it is.
    Read(Vec<i64>),
    /// Not at all; why, and what to do about it.
    Never { why: String, hint: Option<String> },
}

impl Folder {
    /// Lists a folder.
    ///
    /// # Errors
    /// `Io`; `Usage` if it holds no schema.
    pub fn new(path: &Path) -> Result<Folder> {
        let failed = |error| Error::io("cannot read", error).in_source(path.to_string_lossy());
        let mut files = HashMap::new();
        for entry in std::fs::read_dir(path).map_err(failed)? {
            let file = entry.map_err(failed)?.path();
            let part = |part: Option<&std::ffi::OsStr>| part.and_then(|part| part.to_str()).map(str::to_owned);
            let (stem, extension) = (part(file.file_stem()), part(file.extension()));
            let extension = extension.unwrap_or_default();
            let is_text = extension == "proto";
            if let Some(id) = stem.and_then(|stem| stem.parse().ok())
                && (is_text || DESCRIPTOR_SET_EXTENSIONS.contains(&extension.as_str()))
                && (is_text || !files.contains_key(&id))
            {
                files.insert(id, file);
            }
        }
        if files.is_empty() {
            return Err(Error::usage("the folder holds no schema")
                .in_source(path.to_string_lossy())
                .with_hint("schemas are files named by their id: 7.proto, or 7.protoset"));
        }
        Ok(Folder { path: path.to_owned(), files })
    }

    /// Whether it has a schema.
    pub fn has(&self, id: u32) -> bool {
        self.files.contains_key(&id)
    }

    /// The message at a path of a schema.
    ///
    /// # Errors
    /// `Schema` if there is none; those of loading.
    pub fn load(&self, id: u32, path: &[i64]) -> Result<Loaded> {
        let (pool, file) = self.pool(id)?;
        let main = main_files(&pool.set).last().copied().unwrap_or_default();
        let message = pool.at_path(main, path).ok_or_else(|| {
            Error::schema(format!("schema {id} has no message {path:?}")).in_source(file.to_string_lossy())
        })?;
        Ok(Loaded { pool, message })
    }

    fn pool(&self, id: u32) -> Result<(Pool, &Path)> {
        let file = self.files.get(&id).ok_or_else(|| unknown(id, &self.path.to_string_lossy()))?;
        Ok((pool(file, std::slice::from_ref(&self.path))?, file))
    }

    /// Compares all with the one that messages are read with: that of `id`, or one that was given.
    pub fn compared(&self, reader: &Loaded, id: Option<u32>) -> Known {
        let called = id.map_or_else(|| "the schema given".to_owned(), |id| format!("schema {id}"));
        let ways = self.files.keys().map(|id| (*id, self.way(*id, reader, &called))).collect();
        Known { folder: self.path.to_string_lossy().into_owned(), reader: called, ways }
    }

    fn way(&self, id: u32, reader: &Loaded, called: &str) -> Way {
        let never = |why: String| Way::Never { why, hint: None };
        let (writer, file) = match self.pool(id) {
            Ok(found) => found,
            Err(error) => return never(error.to_string()),
        };
        let name = &reader.pool.messages[reader.message].name;
        let Some(message) = writer.message(name) else { return never(format!("it has no message {name}")) };
        let own = format!("schema {id}");
        let pair = Pair { reader: (&reader.pool, called), writer: (&writer, &own), whole: false, seen: HashSet::new() };
        match (pair.compared(reader.message, message), writer.index_path(message)) {
            (Ok(()), Some(path)) => Way::Read(path),
            (Ok(()), None) => never(format!("{name} is not in its file")),
            (Err(why), _) => {
                let back =
                    Pair { reader: (&writer, &own), writer: (&reader.pool, called), whole: true, seen: HashSet::new() };
                let wider = back.compared(message, reader.message).is_ok();
                let hint = wider.then(|| format!("read both with it: --schema {} --message {name}", file.display()));
                Way::Never { why, hint }
            }
        }
    }
}

impl Known {
    /// Fails unless messages of schema `id` at `path` are read.
    ///
    /// # Errors
    /// `Schema` for a schema that is not known, that does not fit, and for another message.
    pub fn check(&self, id: u32, path: &[i64]) -> Result<()> {
        match self.ways.get(&id) {
            Some(Way::Read(known)) if known == path => Ok(()),
            Some(Way::Read(known)) => Err(other_message(path, known)),
            Some(Way::Never { why, hint }) => {
                let aside = "set such messages aside: --rejects FILE, and read them alone with fmtconv replay";
                let hint = hint.as_ref().map_or_else(|| aside.to_owned(), |hint| format!("{hint}; or {aside}"));
                let message = format!("a message of schema {id}, which is not read with {}: {why}", self.reader);
                Err(Error::schema(message).with_hint(hint))
            }
            None => Err(unknown(id, &self.folder)),
        }
    }
}

#[cold]
fn unknown(id: u32, folder: &str) -> Error {
    Error::schema(format!("the schema of id {id} is not known"))
        .with_hint(format!("put it into {folder} as {id}.proto; or set such messages aside: --rejects FILE"))
}

/// The error for a message of another type than the one that is read.
#[cold]
pub fn other_message(found: &[i64], expected: &[i64]) -> Error {
    Error::schema(format!("message {found:?} of its schema, expected {expected:?}"))
        .with_hint("messages of one type are read at a time, which --message names; set others aside: --rejects FILE")
}

/// Whether an integer that was written as one kind is the same number where it is read as another: the same bytes on the
/// wire, in a type that holds all values of the one that wrote them.
fn reads(reader: Scalar, writer: Scalar) -> bool {
    reader == writer
        || matches!(
            (reader, writer),
            (Scalar::Int64, Scalar::Int32 | Scalar::Uint32)
                | (Scalar::Uint64, Scalar::Uint32)
                | (Scalar::Sint64, Scalar::Sint32)
        )
}

/// Two schemas that are compared, each with what it is called in messages.
struct Pair<'a> {
    reader: (&'a Pool, &'a str),
    writer: (&'a Pool, &'a str),
    /// Whether fields that only the writer's schema has are a reason as well.
    whole: bool,
    seen: HashSet<(usize, usize)>,
}

impl Pair<'_> {
    /// Whether bytes of the writer's message mean the same when they are read as the reader's; else why not.
    fn compared(mut self, reader: usize, writer: usize) -> Result<(), String> {
        self.messages(reader, writer)
    }

    fn messages(&mut self, reader: usize, writer: usize) -> Result<(), String> {
        if !self.seen.insert((reader, writer)) {
            return Ok(());
        }
        let (read, written) = (&self.reader.0.messages[reader], &self.writer.0.messages[writer]);
        if read.name != written.name {
            return Err(self.differ("it", "is", &written.name, &read.name));
        }
        let hints = (self.reader.0.hints.of_message(&read.name), self.writer.0.hints.of_message(&written.name));
        if read.message_set != written.message_set || hints.0 != hints.1 {
            return Err(format!("{} has other options in {} than in {}", read.name, self.writer.1, self.reader.1));
        }
        for field in &written.fields {
            match read.fields.iter().find(|known| known.number == field.number) {
                Some(known) => self.fields((read, known), (written, field))?,
                None if self.whole => return Err(format!("field {} of {} is new", field.number, read.name)),
                None => {}
            }
        }
        Ok(())
    }

    /// `what` is one thing where it is written, and another where it is read.
    fn differ(&self, what: &str, verb: &str, written: &str, read: &str) -> String {
        format!("{what} {verb} {written} in {}, {read} in {}", self.writer.1, self.reader.1)
    }

    fn fields(
        &mut self,
        (read, known): (&Message, &Field),
        (written, field): (&Message, &Field),
    ) -> Result<(), String> {
        let named = format!("field {} of {}, {:?},", field.number, read.name, known.name);
        if known.name != field.name {
            let what = format!("field {} of {}", field.number, read.name);
            return Err(self.differ(&what, "is", &format!("{:?}", field.name), &format!("{:?}", known.name)));
        }
        // What is required is there, or the message is refused.
        let implicit = |field: &Field| field.presence == Presence::Implicit;
        if known.many != field.many {
            let repeated = |field: &Field| match field.many {
                Many::One => "a single value",
                Many::List => "repeated",
                Many::Map => "a map",
            };
            return Err(self.differ(&named, "is", repeated(field), repeated(known)));
        }
        if implicit(known) != implicit(field) {
            let absent = |field: &Field| if implicit(field) { "zero" } else { "absent" };
            return Err(self.differ(&named, "where it does not stand is", absent(field), absent(known)));
        }
        fn oneof<'m>(message: &'m Message, field: &Field) -> Option<(usize, &'m str)> {
            let index = field.oneof? as usize;
            Some((index, message.oneofs.get(index)?))
        }
        let oneofs = (oneof(read, known), oneof(written, field));
        if oneofs.0.map(|(_, name)| name) != oneofs.1.map(|(_, name)| name) {
            let shown = |oneof: Option<(usize, &str)>| {
                oneof.map_or_else(|| "in no oneof".to_owned(), |(_, name)| format!("in the oneof {name}"))
            };
            return Err(self.differ(&named, "is", &shown(oneofs.1), &shown(oneofs.0)));
        }
        let hint_of = |pool: &Pool, message: &Message, oneof: Option<(usize, &str)>| {
            oneof.and_then(|(index, _)| pool.hints.oneof(&message.name, index).cloned())
        };
        let hints = (&self.reader.0.hints, &self.writer.0.hints);
        if hints.0.field(&read.name, known.number) != hints.1.field(&written.name, field.number)
            || hint_of(self.reader.0, read, oneofs.0) != hint_of(self.writer.0, written, oneofs.1)
        {
            return Err(format!(
                "{named} has options that name another type in {} than in {}",
                self.writer.1, self.reader.1
            ));
        }
        if known.default != field.default {
            let default = |field: &Field| field.default.clone().unwrap_or_else(|| "none".to_owned());
            return Err(self.differ(&named, "has the default", &default(field), &default(known)));
        }
        match (known.kind, field.kind) {
            (Kind::Scalar(reader), Kind::Scalar(writer)) if reads(reader, writer) => Ok(()),
            (Kind::Enum(reader), Kind::Enum(writer)) => self.enums(&named, reader, writer),
            (Kind::Message(reader), Kind::Message(writer)) | (Kind::Group(reader), Kind::Group(writer)) => {
                self.messages(reader, writer)
            }
            (reader, writer) => {
                Err(self.differ(&named, "is", &kind_name(self.writer.0, writer), &kind_name(self.reader.0, reader)))
            }
        }
    }

    /// A number that only one of them names is kept as a number.
    fn enums(&self, named: &str, reader: usize, writer: usize) -> Result<(), String> {
        let (reading, writing) = (self.reader.0, self.writer.0);
        for names in [(&reading.enums, &writing.enums), (&reading.symbols, &writing.symbols)] {
            let (Some(read), Some(written)) = (names.0.get(reader), names.1.get(writer)) else { continue };
            for (name, number) in &written.values {
                let known = read.values.iter().find(|(_, known)| known == number);
                let first = written.values.iter().find(|(_, known)| known == number);
                if let (Some((known, _)), Some((first, _))) = (known, first)
                    && known != first
                {
                    return Err(self.differ(&format!("{number} of the enum of {named}"), "is", name, known));
                }
            }
        }
        Ok(())
    }
}

/// `sint32`, `enum E`, `message M`.
fn kind_name(pool: &Pool, kind: Kind) -> String {
    let message = |index: usize| pool.messages.get(index).map_or("", |message| &message.name);
    match kind {
        Kind::Scalar(scalar) => scalar.name().to_owned(),
        Kind::Enum(index) => format!("enum {}", pool.enums.get(index).map_or("", |found| &found.name)),
        Kind::Message(index) => format!("message {}", message(index)),
        Kind::Group(index) => format!("group {}", message(index)),
    }
}
