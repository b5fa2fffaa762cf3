//! `fmtconv convert`

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::{Value, json};

use super::args::ConvertArguments;
use super::inputs::Found;
use super::progress::Progress;
use super::{Session, is_closed_pipe, made_with, options, render, report, screen};
use crate::batch::{self, Existing, Job, Made, Options, Outcome};
use crate::convert::{Convert, Prepared, Target};
use crate::error::{Error, Result};
use crate::format::{ReadOptions, Registry, WriteOptions};
use crate::input::Input;
use crate::output::{Output, is_same};
use crate::replay;
use crate::report::Report;
use crate::schema::side_car;

/// What the inputs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// Files of data.
    Data,
    /// Reject files: the records in them are the data.
    Rejects,
}

pub fn run(session: &Session, arguments: ConvertArguments, given: Given) -> Result<u8> {
    if arguments.write.to.is_none() && arguments.output.is_none() {
        return Err(Error::usage("there is no output").with_hint(
            "name it with -o FILE; or print to standard output with --to FORMAT; or use --out-dir DIR --to FORMAT",
        ));
    }
    options::allow_once(&arguments.loss)?;
    let facts = arguments.report.as_deref().map(|path| report::open(path, arguments.overwrite)).transpose()?;
    let mut is_free = false;
    let outcome = match &arguments.out_dir {
        Some(_) if given == Given::Rejects => Err(Error::usage("replay writes one output: name it with -o FILE")),
        Some(folder) => each(session, &arguments, folder, &mut is_free),
        None => one(session, &arguments, given, &mut is_free),
    };
    match (outcome, facts) {
        (Ok(done), file) => {
            if let Some(file) = file {
                report::write(file, &done.facts)?;
            }
            Ok(done.status)
        }
        // Who reads the output has what it wanted, and how much that was is not known here: no failure.
        (Err(error), Some(file)) if is_free && is_closed_pipe(&error) => {
            let why = "the reader of standard output closed it before the end";
            report::write(file, &json!({"status": "closed", "reason": why}))?;
            Err(error)
        }
        // Whatever it says of an earlier run does not hold of this one.
        (Err(error), Some(file)) if is_free => {
            report::write(file, &json!({"status": "failed", "error": screen::error_json(&error)}))?;
            Err(error)
        }
        // The file may be one that the run was to read.
        (Err(error), _) => Err(error),
    }
}

/// Fails if the facts of the run would be written over an input, or where an output goes; `is_free` if not, from when on
/// they may be written whatever fails.
fn refuse_taken_report<'a>(
    arguments: &ConvertArguments,
    mut others: impl Iterator<Item = &'a Path>,
    is_free: &mut bool,
) -> Result<()> {
    let Some(report) = arguments.report.as_deref() else { return Ok(()) };
    let side = [&arguments.reject.rejects, &arguments.write.emit_schema].into_iter().flatten();
    let side_car = arguments.output.as_deref().map(side_car::path_beside);
    let mut side = side.map(PathBuf::as_path).chain(side_car.as_deref());
    *is_free = !others.any(|other| is_same(other, report)) && !side.any(|other| is_same(other, report));
    match *is_free {
        true => Ok(()),
        false => Err(Error::usage("the report is an input or another output").in_source(report.to_string_lossy())),
    }
}

/// What a run that was not broken off says.
struct Done {
    status: u8,
    facts: Value,
}

/// All inputs into one output.
fn one(session: &Session, arguments: &ConvertArguments, given: Given, is_free: &mut bool) -> Result<Done> {
    let found = options::find(session, &arguments.inputs, &arguments.read, None)?;
    let output = arguments.output.as_deref().unwrap_or(Path::new("-"));
    let paths = found.iter().filter_map(|found| found.source.as_path()).chain([output]);
    refuse_taken_report(arguments, paths, is_free)?;
    let target = options::target(arguments.output.as_deref(), arguments.overwrite, &arguments.write)?;
    target.output.check()?;
    refuse_bytes_on_terminal(&target, &session.registry)?;
    let read = options::read_options(&arguments.read)?;
    let inputs = match given {
        Given::Data => found.into_iter().map(|found| options::input(found, &arguments.read, &read)).collect(),
        Given::Rejects => match rejected(&found, arguments, &read)? {
            none if none.is_empty() => return Ok(nothing_rejected(session, &found)),
            inputs => inputs,
        },
    };
    if inputs.len() > 1 && inputs.iter().filter_map(|input| input.source.as_path()).any(|path| is_same(path, output)) {
        return Err(Error::usage("the output is one of the inputs, whose records would be there twice the next time")
            .in_source(output.to_string_lossy())
            .with_hint("write it elsewhere, or name the inputs without it"));
    }
    let total = options::total_bytes(inputs.iter());
    let names: Vec<_> = inputs.iter().map(|input| input.source.name().to_string()).collect();
    let output = target.output.name();
    let selection = options::selection(&arguments.selection)?;
    let schemas = options::schemas(session, &arguments.read, arguments.write.to_schema.as_deref())?;
    let conversion = Convert::many(inputs).to(target);
    let conversion = options::conversion(conversion, session, &arguments.read, &selection, &schemas, &arguments.loss);
    let rejects = arguments.reject.rejects.as_deref().map(|path| reject_file(path, arguments, &output)).transpose()?;
    let conversion = rejecting(conversion, rejects, arguments).verify(arguments.verify);
    let progress = Progress::start(session, total);
    let mut told = Vec::new();
    let report = conversion.run_telling(|prepared| {
        // Of a second plan nothing is done yet.
        session.exec.progress().restart();
        progress.above(|| show(session, prepared, &mut told));
    });
    drop(progress);
    let report = counted(report?, session);
    let elapsed = session.begun.elapsed();
    session.screen.line(&render::closing_line(&report, elapsed));
    show_verified(session, &report);
    let mut facts = report::facts(&report, elapsed);
    facts["status"] = json!("done");
    facts["inputs"] = json!(names);
    facts["output"] = json!(output.as_ref());
    session.screen.event(&event("done", &facts));
    Ok(Done { status: 0, facts })
}

/// The records of reject files.
fn rejected(files: &[Found], arguments: &ConvertArguments, options: &ReadOptions) -> Result<Vec<Input>> {
    if arguments.read.from.is_some() {
        return Err(Error::usage("--from has no effect: the reject file says in which format its records are"));
    }
    let inputs = files.iter().map(|file| replay::inputs(&file.source, options)).collect::<Result<Vec<_>>>()?;
    Ok(inputs.into_iter().flatten().collect())
}

/// What is said of reject files without a record, as they stand beside others where an input had no rejects. What its
/// records look like is not known: there is no output.
fn nothing_rejected(session: &Session, files: &[Found]) -> Done {
    let names: Vec<_> = files.iter().map(|file| file.source.name().to_string()).collect();
    let what = match names.as_slice() {
        [one] => format!("there is no rejected record in {}", screen::one_line(one)),
        several => format!("there is no rejected record in {} files", render::count(several.len() as u64)),
    };
    session.screen.note(&format!("{what}: no output is written"));
    let (report, elapsed) = (Report::default(), session.begun.elapsed());
    session.screen.line(&render::closing_line(&report, elapsed));
    let mut facts = report::facts(&report, elapsed);
    facts["status"] = json!("done");
    facts["inputs"] = json!(names);
    session.screen.event(&event("done", &facts));
    Done { status: 0, facts }
}

/// The file for rejects of a run into one output.
fn reject_file(path: &Path, arguments: &ConvertArguments, output: &str) -> Result<Output> {
    if path.as_os_str() != "-" {
        let file = Output::path(path).overwrite(arguments.overwrite);
        file.check()?;
        return Ok(file);
    }
    if output == "-" {
        return Err(Error::usage("both the output and the rejects would be written to standard output")
            .with_hint("name a file: --rejects FILE"));
    }
    Ok(Output::stdout())
}

fn rejecting(convert: Convert, file: Option<Output>, arguments: &ConvertArguments) -> Convert {
    let convert = match file {
        Some(file) => convert.rejects(file),
        None => convert,
    };
    match arguments.reject.max_rejects {
        Some(limit) => convert.max_rejects(limit),
        None => convert,
    }
}

/// With --out-dir: `raw/a.csv`, written to `lake/a.parquet`, has its rejects in `rejects/a.parquet.ndjson`.
fn reject_file_of(output: &Output, folder: &Path, rejects: &Path, existing: Existing) -> Option<Output> {
    let mut name = rejects.join(output.as_path()?.strip_prefix(folder).ok()?).into_os_string();
    name.push(".ndjson");
    let path = PathBuf::from(name);
    // If it cannot be made, opening the file says so.
    let _ = path.parent().map(std::fs::create_dir_all);
    Some(Output::path(path).overwrite(existing != Existing::Refuse))
}

/// What reading the output back showed.
fn show_verified(session: &Session, report: &Report) {
    let Some(verified) = &report.verified else { return };
    let mut line = format!("verified: {}, 0 differences", render::records(verified.records));
    if !verified.not_compared.is_empty() {
        line.push_str(&format!("; not compared: {}", render::by_code(verified.not_compared.iter())));
    }
    session.screen.line(&screen::printable(&line));
}

/// Bytes of a stream are known only when it was read.
fn counted(mut report: Report, session: &Session) -> Report {
    if report.bytes_in == 0 {
        report.bytes_in = session.exec.progress().bytes_in();
    }
    report
}

fn event(name: &str, facts: &Value) -> Value {
    let mut line = json!({"level": "info", "event": name});
    if let (Value::Object(line), Value::Object(facts)) = (&mut line, facts) {
        line.extend(facts.clone());
    }
    line
}

/// Notes, and losses known from schemas, are said before the first byte; once more only if they are others then.
fn show(session: &Session, prepared: &Prepared, told: &mut Vec<String>) {
    let plan = prepared.plan();
    let losses = prepared.losses();
    let screen = &session.screen;
    let mut say = |text: String, print: &dyn Fn(&str)| {
        if !told.contains(&text) {
            print(&text);
            told.push(text);
        }
    };
    for note in prepared.notes() {
        say(note.clone(), &|note| screen.note(note));
    }
    if screen.verbose {
        say(super::plan::table(plan).trim_end().to_owned(), &|table| screen.line(table));
    }
    if !losses.is_empty() {
        let text = format!("losses known from the schemas: {}", render::by_code(losses.iter()));
        say(text, &|note| screen.note(note));
    }
}

/// Nobody wants Parquet on a terminal.
pub(super) fn refuse_bytes_on_terminal(target: &Target, registry: &Registry) -> Result<()> {
    let Some(name) = target.format.as_deref().filter(|_| &*target.output.name() == "-") else { return Ok(()) };
    let (format, _) = registry.by_name(name)?;
    if matches!(format.info().name, "csv" | "json") || !std::io::stdout().is_terminal() {
        return Ok(());
    }
    Err(Error::usage(format!("{name} is not text and is not written to a terminal"))
        .with_hint("name a file with -o FILE, or pipe the output"))
}

/// File by file into a folder.
fn each(session: &Session, arguments: &ConvertArguments, folder: &Path, is_free: &mut bool) -> Result<Done> {
    let found = options::find(session, &arguments.inputs, &arguments.read, Some(folder))?;
    refuse_taken_report(arguments, found.iter().filter_map(|found| found.source.as_path()), is_free)?;
    let write = options::write_options(&arguments.write)?;
    let name = arguments.write.to.as_deref().unwrap_or_default();
    let (format, _) = session.registry.by_name(name)?;
    let extension = batch::extension(format, name, write.compression.as_ref());
    let read = options::read_options(&arguments.read)?;
    let mut jobs: Vec<Job> = found
        .into_iter()
        .map(|found| {
            let output = batch::output_path(folder, &found.relative, &extension);
            Job { input: options::input(found, &arguments.read, &read), output }
        })
        .collect();
    columns_where_inferred(&mut jobs, &session.registry);
    batch::refuse_collisions(&jobs)?;
    refuse_taken_report(arguments, jobs.iter().map(|job| job.output.as_path()), is_free)?;
    let existing = match (arguments.resume, arguments.overwrite) {
        (true, overwrite) => Existing::Resume(overwrite),
        (false, true) => Existing::Replace,
        (false, false) => Existing::Refuse,
    };
    batch::refuse_existing(&jobs, existing)?;

    let selection = options::selection(&arguments.selection)?;
    let schemas = options::schemas(session, &arguments.read, arguments.write.to_schema.as_deref())?;
    let made = Made::open(folder, made_with::digest(session, arguments, &schemas))?;
    let setup = |input, output: Output| {
        let rejects = arguments.reject.rejects.as_deref();
        let rejects = rejects.and_then(|rejects| reject_file_of(&output, folder, rejects, existing));
        let options = WriteOptions { emit_schema: None, ..write.clone() };
        let target = Target { output, format: Some(name.to_owned()), options };
        let conversion = Convert::new(input).to(target);
        let conversion = rejecting(conversion, rejects, arguments).verify(arguments.verify);
        options::conversion(conversion, session, &arguments.read, &selection, &schemas, &arguments.loss)
    };
    if arguments.write.emit_schema.is_some() {
        return Err(Error::usage("--emit-schema names one file, but --out-dir writes many"));
    }
    let progress = Progress::start(session, options::total_bytes(jobs.iter().map(|job| &job.input)));
    let above = Mutex::new(&progress);
    let outcomes = batch::run(&jobs, existing, &made, &session.exec, setup, |job, outcome| {
        // A poisoned lock only means that another line was not printed.
        let above = above.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        above.above(|| show_file(session, job, outcome));
    });
    drop(progress);
    // What is whole needs no notes to go on with: they stay where a run failed or is broken off, and for who resumes.
    if !arguments.resume && outcomes.iter().all(Result::is_ok) {
        made.forget()?;
    }
    summary(session, &jobs, outcomes, arguments.verify)
}

/// Types that were given are for those files whose types are inferred, as they are where all are read as one table. If
/// there is none, each file is refused.
fn columns_where_inferred(jobs: &mut [Job], registry: &Registry) {
    if jobs.iter().all(|job| job.input.options.columns.is_empty()) {
        return;
    }
    // A file that cannot be looked at says so when it is converted.
    let takes = |job: &Job| job.input.clone().resolve(registry).map_or(true, |input| input.takes_columns());
    let takes: Vec<bool> = jobs.iter().map(takes).collect();
    if takes.contains(&true) {
        let others = jobs.iter_mut().zip(takes).filter(|(_, takes)| !takes);
        others.for_each(|(job, _)| job.input.options.columns.clear());
    }
}

fn show_file(session: &Session, job: &Job, outcome: &Result<Outcome>) {
    let input = job.input.source.name();
    match outcome {
        Err(error) => session.screen.error(error),
        Ok(_) if !session.screen.verbose => {}
        Ok(Outcome::Skipped(_)) => session.screen.line(&format!("{}: complete already", screen::one_line(&input))),
        Ok(Outcome::Done(report)) => session.screen.line(&format!(
            "{} → {}: {} · {} → {}",
            screen::one_line(&input),
            screen::one_line(&job.output.to_string_lossy()),
            render::records(report.records_out),
            render::bytes(report.bytes_in),
            render::bytes(report.bytes_out)
        )),
    }
}

fn summary(session: &Session, jobs: &[Job], outcomes: Vec<Result<Outcome>>, verify: bool) -> Result<Done> {
    let elapsed = session.begun.elapsed();
    let mut total = Report::default();
    let (mut done, mut skipped, mut unknown) = (0, 0, 0);
    let mut failed: Vec<(&Job, Error)> = Vec::new();
    let mut files = Vec::new();
    for (job, outcome) in jobs.iter().zip(outcomes) {
        let mut facts = json!({"input": job.input.source.name().as_ref(), "output": job.output.to_string_lossy()});
        match outcome {
            Ok(Outcome::Done(report)) => {
                done += 1;
                total.merge(&report);
                facts["status"] = json!("done");
                facts["records"] = json!(report.records_out);
                facts["rejected"] = json!(report.rejected);
            }
            Ok(Outcome::Skipped(options)) => {
                skipped += 1;
                unknown += u64::from(options == Options::Unknown);
                facts["status"] = json!("skipped");
                facts["options_known"] = json!(options == Options::Same);
            }
            Err(error) => {
                facts["status"] = json!("failed");
                facts["error"] = screen::error_json(&error);
                failed.push((job, error));
            }
        }
        files.push(facts);
    }
    total.check()?;
    if unknown > 0 {
        let outputs = if unknown == 1 { "output" } else { "outputs" };
        session.screen.note(&format!(
            "{} {outputs} may have been made with other options; --overwrite without --resume makes all again",
            render::count(unknown)
        ));
    }
    let mut line = format!("{} file{} converted", render::count(done), if done == 1 { "" } else { "s" });
    if skipped > 0 {
        let unverified = if verify { " (not verified again)" } else { "" };
        line.push_str(&format!(", {} complete already{unverified}", render::count(skipped)));
    }
    if !failed.is_empty() {
        line.push_str(&format!(", {} failed", render::count(failed.len() as u64)));
    }
    line.push_str(&format!(" · {}", render::closing_line(&total, elapsed)));
    session.screen.line(&line);
    show_verified(session, &total);
    let status = failed.first().map_or(0, |(_, error)| error.kind().exit_code());
    if !failed.is_empty() {
        session.screen.line("failed:");
        for (job, error) in &failed {
            session.screen.line(&format!(
                "  {}: {}",
                screen::one_line(&job.input.source.name()),
                screen::printable(&error.to_string())
            ));
        }
    }
    let mut facts = report::facts(&total, elapsed);
    facts["status"] = json!(if failed.is_empty() { "done" } else { "failed" });
    facts["converted"] = json!(done);
    facts["skipped"] = json!(skipped);
    facts["failed"] = json!(failed.len());
    facts["files"] = json!(files);
    session.screen.event(&event("done", &facts));
    let status = if session.exec.is_cancelled() { session.stopped() } else { status };
    Ok(Done { status, facts })
}
