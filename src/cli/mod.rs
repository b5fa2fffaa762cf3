//! The command line. The only module that prints: data on standard output, everything else on standard error.

pub mod args;
mod cat;
mod convert;
mod count;
mod diff;
mod digest;
mod fingerprint;
mod formats;
mod generate;
mod head;
mod inputs;
mod inspect;
mod losses;
mod made_with;
mod options;
mod pipes;
mod plan;
mod progress;
mod records;
mod render;
mod report;
mod schema;
mod schema_against;
mod schema_check;
mod schema_data;
mod schema_diff;
mod schema_lock;
mod screen;
mod sizes;
mod verify;

use std::ffi::OsString;
use std::io::Write;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::{CommandFactory, FromArgMatches};

use crate::error::{Error, Result};
use crate::format::{Offer, Registry};
use crate::guard::is_guarded;
use crate::pipeline::Exec;
#[cfg(unix)]
use crate::pipeline::ordered::background;
use args::{Arguments, Called, Command, SchemaCommand};
use screen::Screen;

/// Exit status after a signal, as shells report it: this and the number of the signal.
const SIGNALLED: usize = 128;

/// What a command works with.
struct Session {
    screen: Screen,
    exec: Exec,
    registry: Registry,
    offers: Vec<Offer>,
    progress: args::ProgressWhen,
    pipes: pipes::Pipes,
    begun: Instant,
    /// The exit status that the signal gives which stopped the run.
    stopped: Arc<AtomicUsize>,
}

impl Session {
    /// Exit status of a run that was stopped.
    fn stopped(&self) -> u8 {
        // Whatever stops a run is an interrupt, if there are no signals.
        const INTERRUPTED: u8 = 130;
        u8::try_from(self.stopped.load(Ordering::Relaxed)).ok().filter(|status| *status > 0).unwrap_or(INTERRUPTED)
    }
}

/// Parses the arguments, runs the command, prints the error.
pub fn main() -> ExitCode {
    // Whoever wants the trace of a panic says so; everyone else sees the error that it becomes.
    // What becomes an error of the input is no panic to anyone.
    let traced = std::env::var_os("RUST_BACKTRACE").map(|_| std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        if let Some(trace) = traced.as_ref().filter(|_| !is_guarded()) {
            trace(panic);
        }
    }));
    let registry = Registry::builtin();
    let words = args::settings::joined(&registry, std::env::args_os().collect());
    // An error may be of a word that is nearly a setting: the hint knows all of them.
    let typed = args::settings::typed(&registry, &words);
    let parsed = parse(args::definition_for(&words), &words, &typed).or_else(|error| match error.use_stderr() {
        true => parse(Arguments::command(), &words, &args::settings::all(&registry)),
        false => Err(error),
    });
    let (arguments, offers) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            return misused(&error, &words);
        }
    };
    let screen = Screen::new(&arguments.common);
    let outcome = catch_unwind(AssertUnwindSafe(|| run(arguments, offers, registry, screen)));
    let outcome = outcome.unwrap_or_else(|_| {
        Err(Error::internal("fmtconv panicked").with_hint("this is a bug in fmtconv; please report it with the input"))
    });
    match outcome {
        Ok(status) => ExitCode::from(status),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            screen.error(&error);
            ExitCode::from(error.kind().exit_code())
        }
    }
}

/// Prints what is wrong with the words, or the help that they ask for.
fn misused(error: &clap::Error, words: &[OsString]) -> ExitCode {
    if error.use_stderr() && screen::asks_for_json(words) {
        screen::print_misuse(&error.to_string());
    } else if let Err(failed) = error.print().and_then(|()| std::io::stdout().flush())
        && !error.use_stderr()
        // A pipe that was closed on the help text is no failure.
        && failed.kind() != std::io::ErrorKind::BrokenPipe
    {
        let failed = Error::io("cannot write", failed).in_source("-");
        eprintln!("error: {failed}");
        return ExitCode::from(failed.kind().exit_code());
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// What the words say, where settings of formats may be given by these options.
fn parse(
    definition: clap::Command,
    words: &[OsString],
    options: &args::settings::Options,
) -> Result<(Arguments, Vec<Offer>), clap::Error> {
    let command = args::settings::with_settings(definition, options, words);
    let matches = command.try_get_matches_from(words)?;
    let offers = args::settings::offers(&matches, options);
    Arguments::from_arg_matches(&matches).map(|arguments| (arguments, offers))
}

fn run(arguments: Arguments, offers: Vec<Offer>, registry: Registry, screen: Screen) -> Result<u8> {
    args::settings::once(&offers)?;
    let common = &arguments.common;
    let threads = common.threads.and_then(|threads| NonZeroUsize::new(threads.into()));
    let session = Session {
        screen,
        exec: Exec::with_memory(threads, common.memory)?,
        registry,
        offers,
        progress: common.progress,
        pipes: pipes::Pipes::default(),
        begun: Instant::now(),
        stopped: Arc::default(),
    };
    watch_signals(&session)?;
    let outcome = match arguments.command {
        Command::Convert(Called(command)) => convert::run(&session, command, convert::Given::Data),
        Command::Replay(Called(command)) => convert::run(&session, command, convert::Given::Rejects),
        Command::Plan(Called(command)) => plan::run(&session, command),
        Command::Cat(Called(command)) => cat::run(&session, command),
        Command::Head(Called(command)) => head::run(&session, command),
        Command::Count(Called(command)) => count::run(&session, command),
        Command::Verify(Called(command)) => verify::run(&session, command),
        Command::Diff(Called(command)) => diff::run(&session, command),
        Command::Digest(Called(command)) => digest::run(&session, command),
        Command::Schema { command: SchemaCommand::Show(Called(command)) } => schema::run(&session, *command),
        Command::Schema { command: SchemaCommand::Fingerprint(Called(command)) } => fingerprint::run(&session, command),
        Command::Schema { command: SchemaCommand::Diff(Called(command)) } => schema_diff::run(&session, *command),
        Command::Schema { command: SchemaCommand::Lock(Called(command)) } => schema_lock::run(&session, command),
        Command::Schema { command: SchemaCommand::Check(Called(command)) } => schema_check::run(&session, command),
        Command::Inspect(Called(command)) => inspect::run(&session, command),
        Command::Sizes(Called(command)) => sizes::run(&session, command),
        Command::Formats(Called(command)) => formats::run(&session, command),
        Command::Completions { shell } => generate::completions(shell),
        Command::Man { command } => generate::man(&command),
    };
    match outcome {
        Err(error) if session.exec.is_cancelled() && !is_closed_pipe(&error) => {
            session.screen.error(&error);
            Ok(session.stopped())
        }
        other => other,
    }
}

/// How long a run may take to stop and to remove what it has written, from the first signal on: it looks for signals
/// between steps that are far shorter, but not where it waits for a pipe that nobody opens, or reads from.
#[cfg(unix)]
const PATIENCE: Duration = Duration::from_secs(5);
/// The same, from the second signal on.
#[cfg(unix)]
const GRACE: Duration = Duration::from_secs(1);

/// The first signal asks the run to stop, which removes what it has written. What it waits for may keep it from that: it
/// ends after a while anyway, and a moment after a second signal. At once, it would leave its temporary file.
fn watch_signals(session: &Session) -> Result<()> {
    #[cfg(unix)]
    {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        let failed = |error| Error::io("cannot watch for signals", error);
        let signals = [SIGINT, SIGTERM, SIGHUP];
        let status_of = |signal: i32| SIGNALLED.saturating_add_signed(signal as isize);
        for signal in signals {
            // The status is known before the run can see that it is to stop.
            signal_hook::flag::register_usize(signal, session.stopped.clone(), status_of(signal)).map_err(failed)?;
            signal_hook::flag::register(signal, session.exec.cancel_flag()).map_err(failed)?;
        }
        let mut came = signal_hook::iterator::Signals::new(signals).map_err(failed)?;
        let end_after = move |time, signal| {
            background(move || {
                std::thread::sleep(time);
                signal_hook::low_level::exit(status_of(signal) as i32);
            });
        };
        background(move || {
            for (signal, time) in came.forever().zip([PATIENCE, GRACE]) {
                end_after(time, signal);
            }
        });
    }
    #[cfg(not(unix))]
    let _ = (session, SIGNALLED);
    Ok(())
}

/// Whether the reader of our standard output went away: it has what it wanted.
fn is_closed_pipe(error: &Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<std::io::Error>());
    cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
        && error.origin().source.as_deref() == Some("-")
}
