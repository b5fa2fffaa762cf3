//! `fmtconv formats`: the registry as a table.

use serde_json::{Value, json};

use super::args::{FormatsArguments, GLOBAL};
use super::{Session, render, screen};
use crate::error::Result;
use crate::format::{Info, Setting};

pub fn run(session: &Session, arguments: FormatsArguments) -> Result<u8> {
    let text = match &arguments.format {
        Some(name) => {
            let (format, _) = session.registry.by_name(name)?;
            if arguments.json { format!("{:#}\n", as_json(format.info())) } else { one(format.info()) }
        }
        None if arguments.json => {
            let all: Vec<_> = session.registry.iter().map(|format| as_json(format.info())).collect();
            format!("{:#}\n", Value::from(all))
        }
        None => {
            let rows = session.registry.iter().map(|format| row(format.info()));
            render::table(&["format", "also", "extensions", "compression", "about"], rows, &[])
        }
    };
    screen::print(&text)?;
    Ok(0)
}

fn names(pairs: &[(&'static str, &[(&str, &str)])]) -> String {
    pairs.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
}

fn compression(info: &Info) -> String {
    match info.outer_compression {
        true if info.codecs.is_empty() => ".gz .zst .bz2 .xz .lz4 around the file".to_owned(),
        true => format!("{}; .gz .zst .bz2 .xz .lz4 around the file", info.codecs.join(" ")),
        false => info.codecs.join(" "),
    }
}

fn row(info: &Info) -> Vec<String> {
    vec![info.name.to_owned(), names(info.aliases), names(info.extensions), compression(info), info.about.to_owned()]
}

fn one(info: &Info) -> String {
    let mut text = format!("{}: {}\n", info.name, info.about);
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            text.push_str(&format!("  {name:<12} {value}\n"));
        }
    };
    line("also", with_settings(info.aliases));
    line("extensions", with_settings(info.extensions));
    line("compression", compression(info));
    for (title, option, settings) in [("reading", "--from-opt", info.read), ("writing", "--to-opt", info.write)] {
        if settings.is_empty() {
            continue;
        }
        text.push_str(&format!("\n{title} ({option} KEY=VALUE, or --KEY VALUE)\n"));
        let rows = settings.iter().map(|setting| {
            let Setting { name, values, default, about } = setting;
            // Where every command has an option of that name, the setting is the one with the format in front.
            let key = match GLOBAL.contains(name) {
                true => format!("{name} (--{}-{name})", info.name),
                false => (*name).to_owned(),
            };
            let rest = [values, default, about].map(|text| (*text).to_owned());
            std::iter::once(key).chain(rest).collect()
        });
        let table = render::table(&["key", "values", "default", "what it does"], rows, &[]);
        for row in table.lines() {
            text.push_str(&format!("  {row}\n"));
        }
    }
    text
}

/// `tsv (delimiter=\t)`
fn with_settings(pairs: &[(&'static str, &[(&str, &str)])]) -> String {
    let shown = pairs.iter().map(|(name, settings)| match settings {
        [] => (*name).to_owned(),
        settings => {
            let settings = settings.iter().map(|(key, value)| format!("{key}={}", value));
            format!("{name} ({})", settings.collect::<Vec<_>>().join(" "))
        }
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn as_json(info: &Info) -> Value {
    let settings = |settings: &[Setting]| -> Vec<Value> {
        let one = |setting: &Setting| {
            json!({
                "name": setting.name, "values": setting.values, "default": setting.default, "about": setting.about,
            })
        };
        settings.iter().map(one).collect()
    };
    json!({
        "name": info.name,
        "about": info.about,
        "aliases": info.aliases.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        "extensions": info.extensions.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        "outer_compression": info.outer_compression,
        "codecs": info.codecs,
        "read": settings(info.read),
        "write": settings(info.write),
    })
}

#[cfg(test)]
mod tests;
