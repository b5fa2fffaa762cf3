//! The schemas of a folder, by the ids of Confluent's schema registry: which of them write messages that another one
//! reads as they were meant.
//!
//! Bytes of one schema are read with another where each field that both have is the same in both: number, name, kind,
//! presence, oneof, hints. A field that only the reader's schema has is absent; one that only the writer's has is an
//! unknown field, as anywhere else.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::schema::proto::load::{DESCRIPTOR_SET_EXTENSIONS, Loaded, main_files, pool};
use crate::schema::proto::pool::{Field, Kind, Message, Pool, Presence};

/// The schemas of a folder, as files `ID.proto` or descriptor sets.
pub struct Folder {
    path: PathBuf,
    files: HashMap<u32, PathBuf>,
}

/// What is known of the schemas that messages name.
#[derive(Debug)]
pub struct Known {
    folder: String,
    ways: HashMap<u32, Way>,
}

/// How messages of a schema are read.
#[derive(Debug)]
enum Way {
    /// As they are; which message of its schema it is.
    Read(Vec<i64>),
    /// Not at all; why.
    Never(String),
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

    /// Compares all with the one that messages are read with.
    pub fn compared(&self, reader: &Loaded) -> Known {
        let way = |id| match self.way(id, reader) {
            Ok(path) => Way::Read(path),
            Err(why) => Way::Never(why),
        };
        let ways = self.files.keys().map(|id| (*id, way(*id))).collect();
        Known { folder: self.path.to_string_lossy().into_owned(), ways }
    }

    fn way(&self, id: u32, reader: &Loaded) -> Result<Vec<i64>, String> {
        let (writer, _) = self.pool(id).map_err(|error| error.to_string())?;
        let name = &reader.pool.messages[reader.message].name;
        let message = writer.message(name).ok_or_else(|| format!("it has no message {name}"))?;
        Pair { reader: &reader.pool, writer: &writer, seen: HashSet::new() }.messages(reader.message, message)?;
        writer.index_path(message).ok_or_else(|| format!("{name} is not in its file"))
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
            Some(Way::Never(why)) => {
                Err(Error::schema(format!("a message of schema {id}, which is not read with the schema of the others: {why}"))
                    .with_hint("name the schema to read with: --schema FILE; or set such messages aside: --rejects FILE, and read them alone with fmtconv replay"))
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

/// Two schemas that are compared.
struct Pair<'a> {
    reader: &'a Pool,
    writer: &'a Pool,
    seen: HashSet<(usize, usize)>,
}

impl Pair<'_> {
    /// Whether bytes of the writer's message mean the same when they are read as the reader's; else why not.
    fn messages(&mut self, reader: usize, writer: usize) -> Result<(), String> {
        if !self.seen.insert((reader, writer)) {
            return Ok(());
        }
        let (read, written) = (&self.reader.messages[reader], &self.writer.messages[writer]);
        if read.name != written.name {
            return Err(format!("{} in place of {}", written.name, read.name));
        }
        let hints = (self.reader.hints.of_message(&read.name), self.writer.hints.of_message(&written.name));
        if read.message_set != written.message_set || hints.0 != hints.1 {
            return Err(format!("{} has other options", read.name));
        }
        for field in &written.fields {
            let Some(known) = read.fields.iter().find(|known| known.number == field.number) else { continue };
            let kinds = self.fields((read, known), (written, field));
            kinds.map_err(|why| match why {
                Unlike::Here(what) => format!("field {} of {}: {what}", field.number, read.name),
                Unlike::Below(why) => why,
            })?;
        }
        Ok(())
    }

    fn fields(
        &mut self,
        (read, known): (&Message, &Field),
        (written, field): (&Message, &Field),
    ) -> Result<(), Unlike> {
        let here = |what: String| Err(Unlike::Here(what));
        if known.name != field.name {
            return here(format!("it is {:?}, expected {:?}", field.name, known.name));
        }
        // What is required is there, or the message is refused.
        let implicit = |field: &Field| field.presence == Presence::Implicit;
        if known.many != field.many || implicit(known) != implicit(field) {
            return here("it is absent for another reason, or repeated".to_owned());
        }
        fn oneof<'m>(message: &'m Message, field: &Field) -> Option<(usize, &'m str)> {
            let index = field.oneof? as usize;
            Some((index, message.oneofs.get(index)?))
        }
        let oneofs = (oneof(read, known), oneof(written, field));
        if oneofs.0.map(|(_, name)| name) != oneofs.1.map(|(_, name)| name) {
            return here("it is in another oneof".to_owned());
        }
        let hint_of = |pool: &Pool, message: &Message, oneof: Option<(usize, &str)>| {
            oneof.and_then(|(index, _)| pool.hints.oneof(&message.name, index).cloned())
        };
        if self.reader.hints.field(&read.name, known.number) != self.writer.hints.field(&written.name, field.number)
            || hint_of(self.reader, read, oneofs.0) != hint_of(self.writer, written, oneofs.1)
        {
            return here("its options name another type".to_owned());
        }
        if known.default != field.default {
            return here("it has another default".to_owned());
        }
        match (known.kind, field.kind) {
            (Kind::Scalar(reader), Kind::Scalar(writer)) if reader == writer => Ok(()),
            (Kind::Scalar(reader), Kind::Scalar(writer)) => {
                here(format!("it is {}, expected {}", writer.name(), reader.name()))
            }
            (Kind::Enum(reader), Kind::Enum(writer)) => self.enums(reader, writer).map_err(Unlike::Here),
            (Kind::Message(reader), Kind::Message(writer)) | (Kind::Group(reader), Kind::Group(writer)) => {
                self.messages(reader, writer).map_err(Unlike::Below)
            }
            _ => here("it is of another kind".to_owned()),
        }
    }

    /// A number that only one of them names is kept as a number.
    fn enums(&self, reader: usize, writer: usize) -> Result<(), String> {
        for names in [(&self.reader.enums, &self.writer.enums), (&self.reader.symbols, &self.writer.symbols)] {
            let (Some(read), Some(written)) = (names.0.get(reader), names.1.get(writer)) else { continue };
            for (name, number) in &written.values {
                let known = read.values.iter().find(|(_, known)| known == number);
                let first = written.values.iter().find(|(_, known)| known == number);
                if let (Some((known, _)), Some((first, _))) = (known, first)
                    && known != first
                {
                    return Err(format!("{number} of its enum is {name}, expected {known}"));
                }
            }
        }
        Ok(())
    }
}

/// How fields differ.
enum Unlike {
    /// Themselves.
    Here(String),
    /// Somewhere in their message.
    Below(String),
}
