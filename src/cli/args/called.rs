//! Only the command that is called for gets its options: to make those of all commands takes longer than to convert a
//! small file.

use std::cell::RefCell;
use std::ffi::OsString;

use clap::{ArgMatches, Args, Command, CommandFactory, Error, FromArgMatches, Id};

use super::Arguments;

thread_local! {
    /// The words that may call a command; `None`: every command is made.
    static WORDS: RefCell<Option<Vec<OsString>>> = const { RefCell::new(None) };
}

/// The definition, with the options of those commands alone whose names are among `words`. Enough to take the words
/// apart, and to list the commands; not to explain what is wrong with them.
pub fn definition_for(words: &[OsString]) -> Command {
    WORDS.set(Some(words.to_vec()));
    let command = Arguments::command();
    WORDS.set(None);
    command
}

/// The arguments of a command.
#[derive(Debug)]
pub struct Called<A>(pub A);

impl<A: Args> Args for Called<A> {
    fn group_id() -> Option<Id> {
        A::group_id()
    }
    fn augment_args(command: Command) -> Command {
        let is_called = WORDS.with_borrow(|words| {
            words.as_ref().is_none_or(|words| words.iter().any(|word| word == command.get_name()))
        });
        if is_called { A::augment_args(command) } else { command }
    }
    fn augment_args_for_update(command: Command) -> Command {
        A::augment_args_for_update(command)
    }
}

impl<A: FromArgMatches> FromArgMatches for Called<A> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        A::from_arg_matches(matches).map(Called)
    }
    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        self.0.update_from_arg_matches(matches)
    }
}
