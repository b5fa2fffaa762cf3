//! `fmtconv completions` and `fmtconv man`: made from the definition of the arguments.

use clap::CommandFactory;

use super::args::{self, Arguments};
use super::screen;
use crate::error::{Error, Result};
use crate::format::Registry;

pub fn completions(shell: clap_complete::Shell) -> Result<u8> {
    let mut script = Vec::new();
    let mut command = args::settings::with_all_settings(Arguments::command(), &Registry::builtin());
    clap_complete::generate(shell, &mut command, "fmtconv", &mut script);
    screen::print(&String::from_utf8_lossy(&script))?;
    Ok(0)
}

pub fn man(path: &[String]) -> Result<u8> {
    let mut command = Arguments::command();
    command.build();
    for name in path {
        let Some(found) = command.find_subcommand(name) else {
            let names: Vec<_> = command.get_subcommands().map(|command| command.get_name()).collect();
            let above = command.get_name().replace('-', " ");
            return Err(match names.is_empty() {
                true => Error::usage(format!("{above} has no commands, and none called {name:?}"))
                    .with_hint("name one command: fmtconv man convert, or fmtconv man schema show"),
                false => Error::usage(format!("there is no command {name:?}"))
                    .with_hint(format!("commands: {}", names.join(", "))),
            });
        };
        let full = format!("{}-{name}", command.get_name());
        command = found.clone().name(full);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(|error| Error::io("cannot make the page", error))?;
    screen::print(&String::from_utf8_lossy(&page))?;
    Ok(0)
}
