//! Settings of formats as options: `--null-token NULL`, `--json-bytes=hex`, `--no-hints`. They come from the registry,
//! so a setting that a format declares can be typed at once; `fmtconv formats FORMAT` lists them.

use std::collections::BTreeMap;
use std::ffi::OsString;

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::error::Result;
use crate::format::{Info, Offer, Registry, Setting, twice};

const PREFIX: &str = "setting:";

/// Options that stand for settings: their names, with what they set.
pub type Options = BTreeMap<String, (Option<&'static str>, &'static Setting)>;

/// Every option that stands for a setting.
pub fn all(registry: &Registry) -> Options {
    let mut options = Options::new();
    for format in registry.iter() {
        let info = format.info();
        for setting in info.read.iter().chain(info.write) {
            options.entry(setting.name.to_owned()).or_insert((None, setting));
            for name in names(info) {
                options.entry(format!("{name}-{}", setting.name)).or_insert((Some(info.name), setting));
            }
        }
    }
    options
}

/// Those of [`all`] that stand in `words`: to make the others takes longer than to convert a small file.
pub fn typed(registry: &Registry, words: &[OsString]) -> Options {
    let mut options = Options::new();
    for word in words {
        let Some(word) = word.to_str().and_then(|word| word.strip_prefix("--")) else { continue };
        let name = word.split_once('=').map_or(word, |(name, _)| name);
        for name in [Some(name), name.strip_prefix("no-")].into_iter().flatten() {
            if let Some(option) = find(registry, name) {
                options.insert(name.to_owned(), option);
            }
        }
    }
    options
}

/// What the option of this name sets: as in [`all`], the first format that has it decides.
fn find(registry: &Registry, name: &str) -> Option<(Option<&'static str>, &'static Setting)> {
    registry.iter().find_map(|format| {
        let info = format.info();
        info.read.iter().chain(info.write).find_map(|setting| match name.strip_suffix(setting.name)? {
            "" => Some((None, setting)),
            prefix => {
                let format = prefix.strip_suffix('-')?;
                names(info).any(|name| name == format).then_some((Some(info.name), setting))
            }
        })
    })
}

/// The names of a format.
fn names(info: &'static Info) -> impl Iterator<Item = &'static str> {
    info.aliases.iter().map(|(alias, _)| *alias).chain([info.name])
}

fn is_flag(setting: &Setting) -> bool {
    setting.values.contains("true|false")
}

/// The words with `--infer float` as `--infer=float`, where the word behind a setting that may stand alone is one of its
/// values: what else stands there is a file name.
pub fn joined(registry: &Registry, words: Vec<OsString>) -> Vec<OsString> {
    let flag = |word: &OsString| {
        let (_, setting) = find(registry, word.to_str()?.strip_prefix("--")?)?;
        is_flag(setting).then_some(setting)
    };
    let mut joined: Vec<OsString> = Vec::with_capacity(words.len());
    let mut open = None;
    let mut ended = false;
    for word in words {
        let setting = std::mem::take(&mut open);
        let is_value =
            |setting: &Setting| word.to_str().is_some_and(|word| setting.values.split('|').any(|one| one == word));
        match (joined.last_mut(), setting) {
            (Some(last), Some(setting)) if is_value(setting) => {
                last.push("=");
                last.push(word);
                continue;
            }
            _ => {}
        }
        ended |= word == "--";
        open = if ended { None } else { flag(&word) };
        joined.push(word);
    }
    joined
}

/// Adds the options to every command that reads or writes a format, of those that `words` may call. They are left out
/// of help: there are many.
pub fn with_settings(mut command: Command, options: &Options, words: &[OsString]) -> Command {
    let is_meant = |command: &&Command| {
        command
            .get_name_and_visible_aliases()
            .into_iter()
            .chain(command.get_all_aliases())
            .any(|name| words.iter().any(|word| word == name))
    };
    let names: Vec<String> =
        command.get_subcommands().filter(is_meant).map(|command| command.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(name, |command| extended(command, options));
    }
    command
}

/// The same for every command, and shown: for completions.
pub fn with_all_settings(command: Command, registry: &Registry) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let mut options = all(registry);
    // Of the names of a format one is enough.
    let other = |name: &str, (format, setting): &(Option<&str>, &Setting)| {
        format.is_some_and(|format| name != format!("{format}-{}", setting.name))
    };
    options.retain(|name, option| !other(name, option));
    names
        .into_iter()
        .fold(command, |command, name| command.mut_subcommand(name, |command| shown(extended(command, &options))))
}

fn shown(command: Command) -> Command {
    let inner: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let command = inner.into_iter().fold(command, |command, name| command.mut_subcommand(name, shown));
    command.mut_args(|arg| {
        let is_setting = arg.get_id().as_str().starts_with(PREFIX);
        let hidden = !is_setting && arg.is_hide_set();
        arg.hide(hidden)
    })
}

fn extended(command: Command, options: &Options) -> Command {
    let inner: Vec<String> = command.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    let command = inner
        .into_iter()
        .fold(command, |command, name| command.mut_subcommand(name, |command| extended(command, options)));
    let takes = command.get_arguments().any(|arg| ["from_opt", "to_opt"].contains(&arg.get_id().as_str()));
    if !takes {
        return command;
    }
    let known: Vec<String> = command.get_arguments().filter_map(|arg| arg.get_long().map(str::to_owned)).collect();
    let known: Vec<String> = known.into_iter().chain(super::GLOBAL.iter().map(|name| (*name).to_owned())).collect();
    options.iter().fold(command, |mut command, (name, (_, setting))| {
        if known.contains(name) {
            return command;
        }
        let mut arg = Arg::new(format!("{PREFIX}{name}")).long(name.clone()).hide(true).action(ArgAction::Append);
        if is_flag(setting) {
            arg = arg.num_args(0..=1).require_equals(true).default_missing_value("true");
            let no = format!("no-{name}");
            if !known.contains(&no) {
                let arg = Arg::new(format!("{PREFIX}{no}")).long(no).hide(true).action(ArgAction::Count);
                command = command.arg(arg);
            }
        } else {
            arg = arg.num_args(1).allow_hyphen_values(true);
        }
        command.arg(arg)
    })
}

/// Fails if a setting was typed twice, in one spelling or in two (`--header`, `--no-header`, `--csv-header`).
///
/// # Errors
/// `Usage`.
pub fn once(offers: &[Offer]) -> Result<()> {
    let same = |one: &Offer, other: &Offer| {
        let format = one.format.is_none() || other.format.is_none() || one.format == other.format;
        one.name == other.name && format
    };
    let again = offers.iter().enumerate().find(|(at, offer)| offers[..*at].iter().any(|before| same(before, offer)));
    again.map_or(Ok(()), |(_, offer)| Err(twice(&offer.name)))
}

/// The settings that were typed.
pub fn offers(matches: &ArgMatches, options: &Options) -> Vec<Offer> {
    let mut innermost = matches;
    while let Some((_, inner)) = innermost.subcommand() {
        innermost = inner;
    }
    let mut offers = Vec::new();
    for (name, (format, setting)) in options {
        let offer = |value: &str| Offer { format: *format, name: setting.name.to_owned(), value: value.to_owned() };
        if let Ok(Some(values)) = innermost.try_get_many::<String>(&format!("{PREFIX}{name}")) {
            offers.extend(values.map(|value| offer(value)));
        }
        if let Ok(Some(1..)) = innermost.try_get_one::<u8>(&format!("{PREFIX}no-{name}")) {
            offers.push(offer("false"));
        }
    }
    offers
}
