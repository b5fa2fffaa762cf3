//! Many files, file by file: where each output goes, what is done already, and one bad file that does not stop the
//! others.

mod made;

use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};

pub use self::made::{Made, Options};
use crate::convert::Convert;
use crate::error::{Error, Result};
use crate::format::{Compression, Format};
use crate::input::{Input, outer_extension};
use crate::output::Output;
use crate::pipeline::Exec;
use crate::pipeline::ordered::side_by_side;
use crate::report::Report;

/// One file to be converted.
#[derive(Clone, Debug)]
pub struct Job {
    /// What is read.
    pub input: Input,
    /// What is written.
    pub output: PathBuf,
}

/// What became of a job that did not fail.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It was converted.
    Done(Report),
    /// Its output was there, not older than the input, and whole as far as its ends tell. Of the options that it was made
    /// with is known what is said: that they are the same, or nothing.
    Skipped(Options),
}

/// What may happen to outputs that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// They are refused, before anything starts.
    Refuse,
    /// They are replaced.
    Replace,
    /// Those not older than their input are left as they are, if their first and last bytes are those of their format:
    /// outputs appear only when they are complete. What they hold is not looked at. All others are refused, or replaced
    /// with `true`; so are those of which [`Made`] knows that they were made with other options.
    Resume(bool),
}

/// The extension of the files of `format`, chosen by the name that was given for it (`ndjson` gives `.ndjson`), with
/// the extension of an outer compression behind it.
pub fn extension(format: &dyn Format, name: &str, compression: Option<&Compression>) -> String {
    let info = format.info();
    let name = name.to_ascii_lowercase();
    let of_name = info.extensions.iter().find(|(extension, _)| *extension == name);
    let implied = info.aliases.iter().find(|(alias, _)| *alias == name).map(|(_, settings)| *settings);
    let of_settings = || {
        let wanted = implied.unwrap_or(&[]);
        info.extensions.iter().find(|(_, settings)| *settings == wanted)
    };
    let data = of_name.or_else(of_settings).or(info.extensions.first()).map_or(info.name, |(extension, _)| extension);
    let outer = match compression.map(|compression| compression.codec.as_str()) {
        Some(codec) if info.outer_compression && !info.codecs.contains(&codec) => match codec {
            "gzip" => ".gz",
            "zstd" => ".zst",
            "bzip2" => ".bz2",
            "xz" => ".xz",
            "lz4" => ".lz4",
            _ => "",
        },
        _ => "",
    };
    format!("{data}{outer}")
}

/// Where the output of the input with the relative path `relative` goes: `a/b.csv.gz` to `folder/a/b.parquet`.
pub fn output_path(folder: &Path, relative: &Path, extension: &str) -> PathBuf {
    // Never above or beside the folder, whatever `..` or root the name has.
    let named = relative.components().filter(|part| matches!(part, Component::Normal(_)));
    let mut stem: PathBuf = named.collect();
    if outer_extension(&stem).is_some() {
        stem.set_extension("");
    }
    // Only the file name's own extension is replaced; `set_extension` keeps bytes that are not UTF-8.
    stem.set_extension(extension);
    folder.join(stem)
}

/// Fails if two jobs would write the same file, or one would write over an input.
///
/// # Errors
/// `Usage`, with both inputs.
pub fn refuse_collisions(jobs: &[Job]) -> Result<()> {
    let mut outputs: HashMap<&Path, &Job> = HashMap::new();
    for job in jobs {
        if let Some(first) = outputs.insert(&job.output, job) {
            let message =
                format!("{} and {} would both be written here", first.input.source.name(), job.input.source.name());
            return Err(Error::usage(message)
                .in_source(job.output.to_string_lossy())
                .with_hint("convert them into different folders, or leave one out"));
        }
    }
    // Whatever an input is called, and whichever link leads to it.
    let there: HashSet<PathBuf> = jobs.iter().filter_map(|job| job.output.canonicalize().ok()).collect();
    for job in jobs {
        let path = job.input.source.as_path();
        let replaced =
            |path: &Path| outputs.contains_key(path) || path.canonicalize().is_ok_and(|path| there.contains(&path));
        if path.is_some_and(replaced) {
            return Err(Error::usage("an input would be replaced by an output").in_source(job.input.source.name()));
        }
    }
    Ok(())
}

/// Fails if an output exists that may not be replaced.
///
/// # Errors
/// `Usage`, with the first one and their number.
pub fn refuse_existing(jobs: &[Job], existing: Existing) -> Result<()> {
    if existing != Existing::Refuse {
        return Ok(());
    }
    let there: Vec<_> = jobs.iter().filter(|job| job.output.exists()).collect();
    match there.as_slice() {
        [] => Ok(()),
        [first, rest @ ..] => {
            let more = if rest.is_empty() { String::new() } else { format!(", and {} more", rest.len()) };
            Err(Error::usage(format!("the output exists{more}"))
                .in_source(first.output.to_string_lossy())
                .with_hint("add --overwrite to replace outputs, or --resume to leave complete ones"))
        }
    }
}

/// Converts each file, side by side on the workers of `exec`. `setup` makes the conversion of a job from its input and
/// output; `done` is called as each ends, from several threads. A job that fails leaves no output and does not stop
/// the others. How outputs were made is looked up and noted in `made`.
///
/// The outcomes are in the order of the jobs.
pub fn run<S, D>(jobs: &[Job], existing: Existing, made: &Made, exec: &Exec, setup: S, done: D) -> Vec<Result<Outcome>>
where
    S: Fn(Input, Output) -> Convert + Sync,
    D: Fn(&Job, &Result<Outcome>) + Sync,
{
    let outcomes = side_by_side(exec, jobs, |_, job| {
        let outcome = one(job, existing, made, exec, &setup);
        done(job, &outcome);
        outcome
    });
    outcomes.into_iter().map(|outcome| outcome.and_then(|outcome| outcome)).collect()
}

fn one(
    job: &Job,
    existing: Existing,
    made: &Made,
    exec: &Exec,
    setup: &impl Fn(Input, Output) -> Convert,
) -> Result<Outcome> {
    exec.check()?;
    let overwrite = matches!(existing, Existing::Replace | Existing::Resume(true));
    let output = Output::path(&job.output).overwrite(overwrite);
    let conversion = setup(job.input.clone(), output).exec(exec.clone());
    let is_current = is_current(job);
    if let (Existing::Resume(false), Ok(false)) = (existing, &is_current) {
        return Err(Error::usage("the output exists, and is older than its input")
            .in_source(job.output.to_string_lossy())
            .with_hint("add --overwrite to make it again"));
    }
    if let (Existing::Resume(_), Ok(true)) = (existing, is_current) {
        match (conversion.check_output(), made.options_of(&job.output)) {
            (Ok(()), known @ (Options::Same | Options::Unknown)) => return Ok(Outcome::Skipped(known)),
            _ if overwrite => {}
            (Ok(()), Options::Other) => {
                return Err(Error::usage("the output was made with other options, or by another version")
                    .in_source(job.output.to_string_lossy())
                    .with_hint("add --overwrite to make it again, or name another folder"));
            }
            (Err(error), _) => {
                return Err(error.with_hint("it is no output that was complete: add --overwrite to replace it"));
            }
        }
    }
    if let Some(folder) = job.output.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| Error::io("cannot create the folder", error).in_source(folder.to_string_lossy()))?;
    }
    let report = conversion.run().map_err(|error| named(error, job))?;
    // The output is there whatever comes of the note: without one, nothing is known of it.
    let _ = made.add(&job.output);
    Ok(Outcome::Done(report))
}

/// Whether the output, a file, is not older than the input. An error: it is not there, or its input is none of a time.
fn is_current(job: &Job) -> std::io::Result<bool> {
    let output = std::fs::metadata(&job.output)?;
    match job.input.source.as_path() {
        Some(input) if output.is_file() => Ok(output.modified()? >= std::fs::metadata(input)?.modified()?),
        _ => Err(std::io::ErrorKind::Unsupported.into()),
    }
}

/// Every error of a batch names a file: the input, where it names nothing else.
fn named(error: Error, job: &Job) -> Error {
    if error.origin().source.is_some() { error } else { error.in_source(job.input.source.name()) }
}

#[cfg(test)]
mod tests;
