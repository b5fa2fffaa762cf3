//! From arguments to the options of the library.

use std::path::Path;

use super::args::{InputArguments, LossArguments, ReadArguments, SelectionArguments, WriteArguments};
use super::inputs::{Found, Search};
use super::{Session, pipes};
use crate::convert::{Convert, Target};
use crate::error::{Error, Result};
use crate::format::{Definition, Info, Limits, ReadOptions, Settings, WriteOptions, twice};
use crate::input::{Input, Opened, Resolved, open_chosen, refuse_columns};
use crate::output::Output;
use crate::pipeline::Reader;
use crate::policy::{Allowance, Policies};
use crate::schema::load::{load, may_have};
use crate::schema::project::Selection;
use crate::schema::type_text::parse_field;

/// How every input is read.
pub fn read_options(arguments: &ReadArguments) -> Result<ReadOptions> {
    let mut columns = Vec::new();
    for text in items(&arguments.columns)? {
        let (name, data_type) = pair(&text, "--columns", "NAME=TYPE")?;
        if columns.iter().any(|known: &arrow_schema::Field| known.name() == &name) {
            return Err(Error::usage(format!("two types for the column {name:?} in --columns")));
        }
        columns.push(parse_field(&name, &data_type)?);
    }
    let defaults = Limits::default();
    Ok(ReadOptions {
        settings: settings(&arguments.from_opt, "--from-opt")?,
        fixed: Settings::default(),
        schema: None,
        columns,
        definition: None,
        reader: None,
        infer_records: arguments.infer_rows,
        guess: false,
        limits: Limits {
            chunk_bytes: arguments.chunk_bytes.unwrap_or(defaults.chunk_bytes),
            record_bytes_max: arguments.max_record_bytes.unwrap_or(defaults.record_bytes_max),
            depth_max: arguments.max_depth.unwrap_or(defaults.depth_max),
            ..defaults
        },
        policies: Policies::default(),
        set_aside: false,
        nulls_left_out: false,
        is_part: false,
    })
}

/// How the output is written.
pub fn write_options(arguments: &WriteArguments) -> Result<WriteOptions> {
    Ok(WriteOptions {
        settings: settings(&arguments.to_opt, "--to-opt")?,
        compression: arguments.compression.clone(),
        definition: None,
        name: arguments.name.clone(),
        emit_schema: arguments.emit_schema.clone(),
        depth_max: None,
        policies: Policies::default(),
    })
}

/// Columns and their names.
pub fn selection(arguments: &SelectionArguments) -> Result<Selection> {
    let rename =
        items(&arguments.rename)?.iter().map(|text| pair(text, "--rename", "OLD=NEW")).collect::<Result<_>>()?;
    let select = items(&arguments.select)?.iter().map(|text| unquoted(text)).collect();
    let exclude = items(&arguments.exclude)?.iter().map(|text| unquoted(text)).collect();
    Ok(Selection { select, exclude, rename })
}

/// Names that were given as a list.
pub fn names(lists: &[String]) -> Result<Vec<String>> {
    Ok(items(lists)?.iter().map(|text| unquoted(text)).collect())
}

/// The sources that were named.
pub fn find(
    session: &Session,
    inputs: &InputArguments,
    read: &ReadArguments,
    leave_out: Option<&Path>,
) -> Result<Vec<Found>> {
    let search = Search {
        registry: &session.registry,
        any_extension: read.from.is_some(),
        leave_out,
        pipes: &session.pipes,
        cancelled: session.exec.cancel_flag(),
    };
    search.find(&inputs.inputs, inputs.files_from.as_deref())
}

/// The inputs that were named.
pub fn inputs(session: &Session, inputs: &InputArguments, read: &ReadArguments) -> Result<Vec<Input>> {
    let options = read_options(read)?;
    let found = find(session, inputs, read, None)?;
    Ok(found.into_iter().map(|found| input(found, read, &options)).collect())
}

/// One input.
pub fn input(found: Found, read: &ReadArguments, options: &ReadOptions) -> Input {
    Input { source: found.source, format: read.from.clone(), options: options.clone() }
}

/// To be read as records of no format are: what is compared with others is not the bytes that stand in one of them.
pub fn as_records(inputs: &mut [Resolved]) {
    for input in inputs {
        input.format.suit("", &mut input.options.settings);
    }
}

/// The inputs with their formats, to be read with the schema that was given. `to`: the format that is written, which
/// settings may be for.
pub fn resolved(
    session: &Session,
    inputs: Vec<Input>,
    read: &ReadArguments,
    to: Option<&Info>,
) -> Result<Vec<Resolved>> {
    let given: Vec<_> = inputs.iter().map(|input| input.options.settings.clone()).collect();
    let mut resolved = inputs.into_iter().map(|input| input.resolve(&session.registry)).collect::<Result<Vec<_>>>()?;
    for offer in &session.offers {
        let written = to.is_some_and(|info| offer.apply(info, info.write, &mut Settings::default()));
        let mut taken = written;
        for (input, given) in resolved.iter_mut().zip(&given) {
            if input.offer(offer) {
                offer.once(given)?;
                taken = true;
            }
        }
        if !taken {
            return Err(offer.not_taken());
        }
    }
    refuse_columns(&resolved)?;
    let Schemas { schema, reader, .. } = schemas(session, read, None)?;
    let schema = schema.map(|definition| load(definition, &session.registry, &session.exec)).transpose()?;
    let reader = reader.map(|definition| load(definition, &session.registry, &session.exec)).transpose()?;
    let reader = reader.map(|reader| reader.with_renamed(read.map.clone())).transpose()?.map(std::sync::Arc::new);
    for input in &mut resolved {
        input.reader_schema = reader.clone();
        if let Some(schema) = &schema
            && !schema.apply_to_source(input)?
        {
            let format = input.format.info().name;
            session.screen.note(&format!("{format} carries its own schema: --schema has no effect on it"));
        }
        for note in input.notes()? {
            session.screen.note(&note);
        }
    }
    if read.infer_rows.is_some()
        && let Some(known) = resolved.iter().map(Resolved::types_known).collect::<Option<Vec<_>>>()
        && let Some(why) = known.first()
    {
        session.screen.note(&format!("--infer-rows has no effect: {why}"));
    }
    Ok(resolved)
}

/// All inputs as one reader, and the columns that were chosen as steps.
pub fn reader(
    session: &Session,
    inputs: Vec<Resolved>,
    selection: &Selection,
) -> Result<(Box<dyn Reader>, crate::pipeline::Steps, arrow_schema::SchemaRef)> {
    let Opened { reader, steps, schema, .. } = open_chosen(inputs, selection, &session.exec)?;
    Ok((reader, steps, schema))
}

/// The schema files that were given.
pub struct Schemas {
    /// What records are read as.
    pub schema: Option<Definition>,
    /// What records are brought to.
    pub reader: Option<Definition>,
    /// What records are written with.
    pub target: Option<Definition>,
}

/// The schema files that were given, pipes with their content.
pub fn schemas(session: &Session, read: &ReadArguments, to_schema: Option<&Path>) -> Result<Schemas> {
    let given = |path: Option<&Path>| path.map(|path| definition(session, path, read)).transpose();
    let message = read.reader_message.clone().or_else(|| read.message.clone());
    let reader = given(read.reader_schema.as_deref())?;
    let reader = reader.map(|reader| Definition { message, ..reader });
    let schemas = Schemas { schema: given(read.schema.as_deref())?, reader, target: given(to_schema)? };
    if let Some(name) = &read.message {
        let reader = schemas.reader.iter().filter(|_| read.reader_message.is_none());
        has_message("--message", name, schemas.schema.iter().chain(&schemas.target).chain(reader))?;
    }
    if let Some(name) = &read.reader_message {
        has_message("--reader-message", name, schemas.reader.iter())?;
    }
    Ok(schemas)
}

/// Fails if there are schema files, and none of them has what an option names.
fn has_message<'a>(option: &str, name: &str, files: impl Iterator<Item = &'a Definition>) -> Result<()> {
    let files: Vec<_> = files.collect();
    match files.first() {
        Some(first) if !files.iter().any(|file| may_have(file, name)) => {
            Err(Error::usage(format!("{option} has no effect: nothing that the schema is of is called {name}"))
                .in_source(first.path.to_string_lossy())
                .with_hint(format!("leave {option} out, or name the schema that has it")))
        }
        _ => Ok(()),
    }
}

/// A schema file with the message and the folders that were given; a pipe with its content.
pub fn definition(session: &Session, path: &Path, read: &ReadArguments) -> Result<Definition> {
    if let Some(missing) = read.include.iter().find(|folder| !folder.is_dir()) {
        return Err(Error::usage("-I names no folder").in_source(missing.to_string_lossy()));
    }
    pipes::definition(session, definition_of(path, read))
}

/// The same, of a pipe without its content.
pub fn definition_of(path: &Path, read: &ReadArguments) -> Definition {
    Definition { message: read.message.clone(), includes: read.include.clone(), ..Definition::new(path) }
}

/// Fails if a code is let through twice.
///
/// # Errors
/// `Usage`.
pub fn allow_once(loss: &LossArguments) -> Result<()> {
    let twice =
        loss.allow.iter().enumerate().find(|(at, one)| loss.allow[..*at].iter().any(|two| two.code == one.code));
    match twice {
        None => Ok(()),
        Some((_, Allowance { code, .. })) => {
            Err(Error::usage(format!("--allow says twice what becomes of {code}")).with_hint("give it once"))
        }
    }
}

/// A conversion with everything that was given but inputs and output.
pub fn conversion(
    convert: Convert,
    session: &Session,
    read: &ReadArguments,
    selection: &Selection,
    schemas: &Schemas,
    loss: &LossArguments,
) -> Convert {
    let mut convert = convert
        .registry(session.registry.clone())
        .exec(session.exec.clone())
        .selection(selection.clone())
        .strict(loss.strict);
    if let Some(definition) = &schemas.schema {
        convert = convert.schema(definition.clone());
    }
    if let Some(definition) = &schemas.reader {
        convert = convert.reader_schema(definition.clone());
        convert = read.map.iter().fold(convert, |convert, renamed| convert.renamed(renamed.clone()));
    }
    if let Some(definition) = &schemas.target {
        convert = convert.target_schema(definition.clone());
    }
    convert = convert.guess(!read.no_guess);
    let convert = session.offers.iter().fold(convert, |convert, offer| convert.offer(offer.clone()));
    loss.allow.iter().fold(convert, |convert, allowance| convert.allow(*allowance))
}

/// The output that was named, or standard output.
pub fn target(output: Option<&Path>, overwrite: bool, write: &WriteArguments) -> Result<Target> {
    let output = match output {
        // A file that is put in its place would be no standard output any more.
        Some(path) if !["-", "/dev/stdout", "/dev/fd/1"].iter().any(|name| path.as_os_str() == *name) => {
            Output::path(path)
        }
        _ => Output::stdout(),
    };
    let output = output.overwrite(overwrite);
    Ok(Target { output, format: write.to.clone(), options: write_options(write)? })
}

/// Bytes of all inputs as they will be counted by the progress; `None` if one is a stream or compressed.
pub fn total_bytes<'a>(inputs: impl Iterator<Item = &'a Input>) -> Option<u64> {
    let mut total = 0;
    for input in inputs {
        let compressed = input.source.as_path().is_some_and(|path| crate::input::outer_extension(path).is_some());
        total += input.source.size().filter(|_| !compressed)?;
    }
    Some(total)
}

fn settings(texts: &[String], option: &str) -> Result<Settings> {
    let mut settings = Settings::default();
    for text in texts {
        let (name, value) = text.split_once('=').ok_or_else(|| {
            Error::usage(format!("{option} {text}: expected KEY=VALUE")).with_hint("fmtconv formats FORMAT lists them")
        })?;
        if settings.get(name).is_some() {
            return Err(twice(name));
        }
        settings.set(name, value);
    }
    Ok(settings)
}

/// The items of comma-separated lists. Commas inside brackets and double quotes do not separate.
fn items(lists: &[String]) -> Result<Vec<String>> {
    let mut out = Vec::new();
    for list in lists {
        let mut depth = 0_usize;
        let mut quoted = false;
        let mut begin = 0;
        for (index, c) in list.char_indices() {
            match c {
                '"' => quoted = !quoted,
                _ if quoted => {}
                '(' | '[' | '<' => depth += 1,
                ')' | ']' | '>' => depth = depth.saturating_sub(1),
                ',' if depth == 0 => {
                    out.push(list[begin..index].trim().to_owned());
                    begin = index + 1;
                }
                _ => {}
            }
        }
        if quoted {
            return Err(Error::usage(format!("{list:?}: a double quote is not closed")));
        }
        out.push(list[begin..].trim().to_owned());
    }
    out.retain(|item| !item.is_empty());
    Ok(out)
}

/// `a=b`, each side in double quotes if it has commas or equals signs.
fn pair(text: &str, option: &str, expected: &str) -> Result<(String, String)> {
    let mut quoted = false;
    let at = text.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == '=' && !quoted
    });
    match at {
        Some((index, _)) if index > 0 && index + 1 < text.len() => {
            Ok((unquoted(&text[..index]), unquoted(&text[index + 1..])))
        }
        _ => Err(Error::usage(format!("{option} {text}: expected {expected}")).with_hint(match option {
            "--columns" => format!("{option} NAME=int64; schema show prints the types that columns have"),
            "--rename" => format!("{option} OLD=NEW"),
            _ => format!("{option} KEY=VALUE; fmtconv formats FORMAT lists the settings of a format"),
        })),
    }
}

/// A name without the double quotes around it; one that is in it is doubled there, as in CSV.
fn unquoted(text: &str) -> String {
    let text = text.trim();
    match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_separate_outside_brackets_and_quotes() {
        let split = |text: &str| items(&[text.to_owned()]).unwrap();
        assert_eq!(split("a=int64,b=decimal(10,2)"), ["a=int64", "b=decimal(10,2)"]);
        assert_eq!(split("t=timestamp[us, UTC],s=struct<a: int64, b: utf8>").len(), 2);
        assert_eq!(split("\"x,y\"=utf8,z"), ["\"x,y\"=utf8", "z"]);
        assert_eq!(split(" , "), Vec::<String>::new());
        assert!(items(&["\"a".to_owned()]).is_err());
    }

    #[test]
    fn pairs_split_at_the_first_bare_equals_sign() {
        let split = |text: &str| pair(text, "--rename", "OLD=NEW");
        assert_eq!(split("a=b").unwrap(), ("a".into(), "b".into()));
        assert_eq!(split("\"a=b\"=c=d").unwrap(), ("a=b".into(), "c=d".into()));
        assert_eq!(split(r#""q"",=x"=y"#).unwrap(), (r#"q",=x"#.into(), "y".into()));
        for bad in ["a", "=b", "a="] {
            assert!(split(bad).is_err(), "{bad}");
        }
    }
}
