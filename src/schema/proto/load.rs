//! Loading definitions: `.proto` files with their imports, and descriptor sets.

use std::collections::HashSet;
use std::io::ErrorKind as ErrorKindIo;
use std::path::{Path, PathBuf};

use prost::Message as _;
use prost_types::{FileDescriptorProto, FileDescriptorSet};
use protox::file::{ChainFileResolver, File, FileResolver, GoogleFileResolver};

use super::editions::Edition;
use super::entries::ordered;
use super::google::{self, GoogleTypes};
use super::parse::link::{Symbols, link};
use super::parse::{Parsed, parse};
use super::pool::{Kind, Pool};
use crate::column::proto::wire::{self, Cursor};
use crate::error::{Error, ErrorKind, Result};
use crate::format::Definition;
use crate::schema::language::is_descriptor_set;

/// Extensions of files that hold a `FileDescriptorSet`.
pub const DESCRIPTOR_SET_EXTENSIONS: &[&str] = &["pb", "bin", "desc", "fds", "binpb", "protoset"];

/// How far above the folder of a file imports are looked for.
const PARENTS_MAX: usize = 16;

/// Files of one schema at most.
const FILES_MAX: usize = 10_000;

/// A pool and the message in it that is meant.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// All types.
    pub pool: Pool,
    /// Index of the message in the pool.
    pub message: usize,
}

/// Reads the definition file and finds the message.
///
/// Imports are searched in the folder of the file, in `definition.includes`, among the built-in files of
/// `google/protobuf` and `google/type`, and in the folders above the file.
///
/// # Errors
/// `Io`; `Schema` if the file does not parse or an import is missing; `Unsupported` for an unknown edition; `Usage` if the
/// message does not exist, or none was named and there are several.
pub fn load(definition: &Definition) -> Result<Loaded> {
    let name: std::sync::Arc<str> = definition.path.to_string_lossy().into();
    let pool = pool_of(definition)?;
    let roots = main_files(&pool.set);
    let message = find(&pool, &roots, definition.message.as_deref()).map_err(|error| error.in_source(name))?;
    Ok(Loaded { pool, message })
}

/// All types of a definition file and its imports.
///
/// # Errors
/// Those of [`load`], but for the message.
pub fn pool(path: &Path, includes: &[PathBuf]) -> Result<Pool> {
    pool_of(&Definition { includes: includes.to_vec(), ..Definition::new(path) })
}

/// The same of a definition.
pub(crate) fn pool_of(definition: &Definition) -> Result<Pool> {
    let path = &definition.path;
    let is_set = is_descriptor_set(definition);
    let pool = if is_set { decode_set(&definition.bytes()?) } else { compile(definition) };
    let mut pool = pool.map_err(|error| error.in_source(path.to_string_lossy()))?;
    let own = pool.set.file.iter().filter(|file| !google::is_built_in(file.name())).count();
    if own == 1 && !is_set {
        pool.text = definition.text().ok();
    }
    Ok(pool)
}

/// An encoded descriptor set without the files that [`with_known`] adds: the well-known types alone take 16 kB.
pub(crate) fn without_known(set: &[u8]) -> Vec<u8> {
    let kept = files(set).into_iter().flatten().filter(|bytes| {
        let file = FileDescriptorProto::decode(*bytes);
        !file.is_ok_and(|file| known(file.name()).is_some_and(|known| known == file))
    });
    let mut out = Vec::new();
    for file in kept {
        wire::push_tag(&mut out, 1, wire::LENGTH);
        wire::push_delimited(&mut out, |out| out.extend_from_slice(file));
    }
    // A set of nothing but known files is told whole.
    if out.is_empty() { set.to_vec() } else { out }
}

/// An encoded descriptor set with the files that it imports and every reader has. `None` if it is none.
pub(crate) fn with_known(set: Vec<u8>) -> Option<Vec<u8>> {
    let mut names = HashSet::new();
    let mut open = Vec::new();
    for bytes in files(&set)? {
        let file = FileDescriptorProto::decode(bytes).ok()?;
        names.insert(file.name().to_owned());
        open.extend(file.dependency);
    }
    let mut added = Vec::new();
    while let Some(name) = open.pop() {
        if names.contains(&name) {
            continue;
        }
        let Some(file) = known(&name) else { continue };
        names.insert(name);
        wire::push_tag(&mut added, 1, wire::LENGTH);
        wire::push_delimited(&mut added, |out| out.extend(file.encode_to_vec()));
        open.extend(file.dependency);
    }
    added.extend(set);
    Some(added)
}

/// The encoded files of a descriptor set.
fn files(set: &[u8]) -> Option<Vec<&[u8]>> {
    let mut cursor = Cursor::new(set);
    let mut files = Vec::new();
    while !cursor.is_done() {
        match cursor.tag().ok()? {
            (1, wire::LENGTH) => files.push(cursor.delimited().ok()?),
            (number, wire) => cursor.skip(number, wire, 100).ok()?,
        }
    }
    Some(files)
}

/// A file of `google/protobuf`.
pub(super) fn known(name: &str) -> Option<FileDescriptorProto> {
    let file = GoogleFileResolver::new().open_file(name).ok()?;
    Some(file.file_descriptor_proto().clone())
}

/// Parses and resolves an encoded descriptor set.
pub(crate) fn decode_set(bytes: &[u8]) -> Result<Pool> {
    let set = FileDescriptorSet::decode(bytes).map_err(|error| {
        Error::schema("not a Protobuf descriptor set")
            .with_cause(error)
            .with_hint("make one with protoc --include_imports --descriptor_set_out=FILE, or give the .proto file")
    })?;
    if set.file.is_empty() {
        return Err(Error::schema("the descriptor set is empty"));
    }
    // What the descriptor types do not know is read apart.
    let mut editions = Vec::with_capacity(set.file.len());
    let mut cursor = Cursor::new(bytes);
    while !cursor.is_done() {
        match cursor.tag()? {
            (1, wire::LENGTH) => editions.push(Edition::read(cursor.delimited()?)?),
            (number, wire) => cursor.skip(number, wire, 100)?,
        }
    }
    Ok(Pool::with_editions(set, editions)?.with_hints(bytes))
}

/// Compiles text in memory to an encoded descriptor set, for schemas that we made ourselves.
pub(crate) fn compile_text(name: &str, text: &str) -> Result<Vec<u8>> {
    let mut resolver = ChainFileResolver::new();
    resolver.add(Given { name: name.to_owned(), text: text.to_owned() });
    resolver.add(GoogleFileResolver::new());
    resolver.add(GoogleTypes);
    compile_with(resolver, name)
}

/// The types of text in memory, of any syntax, that imports built-in files alone.
pub(crate) fn parse_text(name: &str, text: &str) -> Result<Pool> {
    if declares_edition(text.as_bytes()) {
        return parse_all(|wanted| Ok((wanted == name).then(|| text.to_owned())), name);
    }
    decode_set(&compile_text(name, text)?)
}

fn compile(definition: &Definition) -> Result<Pool> {
    let Definition { path, includes, .. } = definition;
    let text = definition.bytes()?;
    let absolute = std::path::absolute(path).map_err(|error| Error::io("cannot read", error))?;
    let folder = absolute.parent().unwrap_or(Path::new("/")).to_owned();
    let includes: Vec<PathBuf> =
        includes.iter().map(|include| std::path::absolute(include).unwrap_or_else(|_| include.clone())).collect();
    let root = includes
        .iter()
        .find(|include| absolute.starts_with(include))
        .cloned()
        .or_else(|| package_root(&folder, &text))
        .unwrap_or_else(|| folder.clone());
    let relative = absolute.strip_prefix(&root).unwrap_or(&absolute);
    let name: Vec<_> = relative.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    let mut near = vec![root];
    near.extend(includes);
    near.push(folder.clone());
    let far: Vec<PathBuf> = folder.ancestors().skip(1).take(PARENTS_MAX).map(Path::to_owned).collect();
    let name = name.join("/");
    // What came through a pipe is not there again.
    let given = definition.content.as_ref().map(|_| definition.text()).transpose()?;
    let read = |roots: &[PathBuf], wanted: &str| match &given {
        Some(text) if wanted == name => Ok(Some(text.clone())),
        _ => read_text(roots, wanted),
    };
    if declares_edition(&text) {
        let roots = [near, far].concat();
        return parse_all(|wanted| read(&roots, wanted), &name);
    }
    let mut resolver = ChainFileResolver::new();
    if let Some(text) = &given {
        resolver.add(Given { name: name.clone(), text: text.clone() });
    }
    resolver.add(Roots(near.clone()));
    resolver.add(GoogleFileResolver::new());
    resolver.add(GoogleTypes);
    resolver.add(Roots(far.clone()));
    match compile_with(resolver, &name) {
        Ok(set) => decode_set(&set),
        // An import may be of an edition.
        // An import may be of an edition; and an option with a value such as `-inf` is legal, but not known there.
        Err(error) => parse_all(|wanted| read(&[near.clone(), far.clone()].concat(), wanted), &name)
            .ok()
            .filter(|pool| {
                let editions = (0..pool.set.file.len()).any(|index| pool.edition(index).is_some());
                editions || error.message().contains("identifiers may not be negative")
            })
            .ok_or(error),
    }
}

/// Reads a file and all its imports with our own parser, which knows editions. `read` finds the text of a file.
fn parse_all(read: impl Fn(&str) -> Result<Option<String>>, name: &str) -> Result<Pool> {
    let mut parsed: Vec<Parsed> = Vec::new();
    let mut built_in = Vec::new();
    let mut symbols = Symbols::default();
    let mut seen: HashSet<String> = HashSet::new();
    let mut open: Vec<(String, Option<String>)> = vec![(name.to_owned(), None)];
    while let Some((name, importer)) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        if seen.len() > FILES_MAX {
            return Err(Error::limit(format!("the schema imports more than {FILES_MAX} files")));
        }
        let file = match read(&name)? {
            Some(text) => {
                let file = parse(&name, &text).map_err(|error| named(error, &name))?;
                parsed.push(file.clone());
                file.file
            }
            // Features of one programming language: they say nothing about data.
            None if name.starts_with("google/protobuf/") && name.ends_with("_features.proto") => continue,
            None => match google::source(&name) {
                Some(text) => {
                    let file = parse(&name, text).map_err(|error| named(error, &name))?;
                    parsed.push(file.clone());
                    file.file
                }
                None => {
                    let google = GoogleFileResolver::new().open_file(&name);
                    let file = google.map_err(|_| missing(&name, importer.as_deref()))?.file_descriptor_proto().clone();
                    built_in.push(file.clone());
                    file
                }
            },
        };
        symbols.add(&file);
        open.extend(file.dependency.into_iter().map(|import| (import, Some(name.clone()))));
    }
    for file in &mut parsed {
        let name = file.file.name().to_owned();
        link(file, &symbols).map_err(|error| named(error, &name))?;
    }
    // Imports first, as descriptor sets have them.
    let mut editions: Vec<Option<Edition>> = vec![None; built_in.len()];
    let mut file = built_in;
    for one in parsed.into_iter().rev() {
        file.push(one.file);
        editions.push(one.edition);
    }
    let pool = Pool::with_editions(FileDescriptorSet { file }, editions)?;
    let encoded = pool.encoded();
    Ok(pool.with_hints(&encoded))
}

/// The text of a file below the first root that has it.
fn read_text(roots: &[PathBuf], name: &str) -> Result<Option<String>> {
    for root in roots {
        match std::fs::read(root.join(name)) {
            Ok(bytes) => {
                let text = String::from_utf8(bytes).map_err(|_| Error::schema(format!("{name} is not valid UTF-8")))?;
                return Ok(Some(text));
            }
            Err(error) if matches!(error.kind(), ErrorKindIo::NotFound | ErrorKindIo::NotADirectory) => {}
            Err(error) => return Err(Error::io(&format!("cannot read {name}"), error)),
        }
    }
    Ok(None)
}

/// The error of a file, with its name in front.
fn named(error: Error, name: &str) -> Error {
    let made = Error::new(error.kind(), format!("the schema does not compile: {name}: {}", error.message()));
    match error.hint() {
        Some(hint) => made.with_hint(hint),
        None => made,
    }
}

fn missing(name: &str, importer: Option<&str>) -> Error {
    let by = importer.map_or_else(String::new, |importer| format!(", which {importer} imports"));
    Error::schema(format!("the schema does not compile: {name}{by}, was not found"))
        .with_hint("add the folder that imports are relative to with -I FOLDER")
}

fn compile_with(resolver: impl FileResolver + 'static, name: &str) -> Result<Vec<u8>> {
    let mut compiler = protox::Compiler::with_file_resolver(resolver);
    // Kept, to be taken out below: without them the compiler decodes and encodes each file by reflection, which takes
    // longer than to compile it.
    compiler.include_imports(true).include_source_info(true);
    compiler.open_file(name).map_err(|error| {
        // The first line of the long form names file, line and column.
        let long = format!("{error:?}");
        let first = long.lines().next().unwrap_or_default().trim();
        let message = if first.is_empty() { error.to_string() } else { first.to_owned() };
        let error = Error::new(ErrorKind::Schema, format!("the schema does not compile: {message}"));
        match (message.contains("not found"), message.contains("is not defined")) {
            (true, _) => error.with_hint("add the folder that imports are relative to with -I FOLDER"),
            (_, true) => error.with_hint("import the file that defines it; add its folder with -I FOLDER"),
            _ => error,
        }
    })?;
    without_positions(&compiler.encode_file_descriptor_set()).map(ordered)
}

/// An encoded descriptor set without comments and positions in the text.
fn without_positions(set: &[u8]) -> Result<Vec<u8>> {
    /// Number of `FileDescriptorProto.source_code_info`.
    const SOURCE_CODE_INFO: u32 = 9;
    let mut out = Vec::with_capacity(set.len());
    for file in files(set).ok_or_else(|| Error::internal("a compiled schema is no descriptor set"))? {
        wire::push_tag(&mut out, 1, wire::LENGTH);
        let mut kept = Vec::with_capacity(file.len());
        let mut cursor = Cursor::new(file);
        while !cursor.is_done() {
            let start = cursor.position();
            let (number, wire) = cursor.tag()?;
            cursor.skip(number, wire, 100)?;
            if number != SOURCE_CODE_INFO {
                kept.extend_from_slice(cursor.since(start));
            }
        }
        wire::push_delimited(&mut out, |out| out.extend_from_slice(&kept));
    }
    Ok(out)
}

/// A file whose text is known.
struct Given {
    name: String,
    text: String,
}

impl FileResolver for Given {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        if name == self.name { File::from_source(name, &self.text) } else { Err(protox::Error::file_not_found(name)) }
    }
}

/// Finds files below the first folder that has them.
struct Roots(Vec<PathBuf>);

impl FileResolver for Roots {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        for root in &self.0 {
            match File::open(name, &root.join(name)) {
                Err(error) if error.is_file_not_found() => {}
                found => return found,
            }
        }
        Err(protox::Error::file_not_found(name))
    }
}

/// The folder from which a file in folders named like its package would be imported.
fn package_root(folder: &Path, text: &[u8]) -> Option<PathBuf> {
    let package = statement(text, "package")?;
    let mut root = folder;
    for part in package.trim_end_matches(';').trim().rsplit('.') {
        if root.file_name()?.to_str()? != part.trim() {
            return None;
        }
        root = root.parent()?;
    }
    Some(root.to_owned())
}

fn declares_edition(text: &[u8]) -> bool {
    statement(text, "edition").is_some_and(|rest| rest.starts_with('='))
}

/// What follows `keyword` on the first line that begins with it.
fn statement(text: &[u8], keyword: &str) -> Option<String> {
    let text = String::from_utf8_lossy(text);
    text.lines().find_map(|line| {
        let rest = line.trim_start().strip_prefix(keyword)?;
        let rest = rest.split("//").next()?;
        (rest.starts_with([' ', '\t', '='])).then(|| rest.trim().to_owned())
    })
}

/// The files that no other file imports: what the set was made for.
pub(crate) fn main_files(set: &FileDescriptorSet) -> Vec<usize> {
    let imported = |name: &str| set.file.iter().any(|file| file.dependency.iter().any(|import| import == name));
    let mut roots: Vec<usize> = (0..set.file.len())
        .filter(|index| {
            let name = set.file[*index].name();
            !imported(name) && !google::is_built_in(name)
        })
        .collect();
    if roots.is_empty() {
        roots = (0..set.file.len()).filter(|index| !imported(set.file[*index].name())).collect();
    }
    roots
}

/// The message called `name` (full, or short if only one has it), or the only candidate of the main files.
fn find(pool: &Pool, roots: &[usize], name: Option<&str>) -> Result<usize> {
    let list = |indices: &[usize]| -> String {
        let mut names: Vec<&str> = indices.iter().map(|index| pool.messages[*index].name.as_str()).collect();
        names.sort_unstable();
        let more = names.len().saturating_sub(20);
        names.truncate(20);
        if more > 0 { format!("{} and {more} more", names.join(", ")) } else { names.join(", ") }
    };
    let main = |index: &usize| roots.contains(&pool.messages[*index].file) && !pool.messages[*index].map_entry;
    let Some(name) = name else {
        let top: Vec<usize> = (0..pool.messages.len()).filter(main).filter(|i| pool.messages[*i].top_level).collect();
        if let [only] = top[..] {
            return Ok(only);
        }
        let referred = |target: usize| {
            pool.messages.iter().enumerate().any(|(index, message)| {
                let own = pool.messages[target].name.as_str();
                let inside =
                    index == target || message.name.strip_prefix(own).is_some_and(|rest| rest.starts_with('.'));
                !inside
                    && message
                        .fields
                        .iter()
                        .any(|field| matches!(field.kind, Kind::Message(i) | Kind::Group(i) if i == target))
            })
        };
        let free: Vec<usize> = top.iter().copied().filter(|index| !referred(*index)).collect();
        return match free[..] {
            [only] => Ok(only),
            _ if top.is_empty() => Err(Error::usage("the schema has no message")),
            _ => Err(Error::usage("the schema has several messages; which one is meant is not clear").with_hint(
                format!("add --message NAME, one of: {}", list(if free.is_empty() { &top } else { &free })),
            )),
        };
    };
    if let Some(index) = pool.message(name) {
        return Ok(index);
    }
    let suffix = format!(".{name}");
    let ends = |index: &usize| pool.messages[*index].name.ends_with(&suffix) && !pool.messages[*index].map_entry;
    let mut short: Vec<usize> = (0..pool.messages.len()).filter(main).filter(ends).collect();
    if short.is_empty() {
        short = (0..pool.messages.len()).filter(ends).collect();
    }
    match short[..] {
        [only] => Ok(only),
        [] => {
            let all: Vec<usize> = (0..pool.messages.len()).filter(main).collect();
            Err(Error::usage(format!("the schema has no message {name:?}"))
                .with_hint(format!("it has: {}", list(&all))))
        }
        _ => Err(Error::usage(format!("message {name:?} is ambiguous")).with_hint(format!("one of: {}", list(&short)))),
    }
}
