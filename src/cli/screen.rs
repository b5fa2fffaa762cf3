//! What goes to standard error, and text that goes to standard output.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};

use serde_json::{Value, json};

use super::args::{ColorWhen, CommonArguments, LogFormat};
use crate::error::{Error, Result};

/// How messages are printed. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    pub quiet: bool,
    pub verbose: bool,
    pub log_format: LogFormat,
    color: bool,
    color_out: bool,
}

impl Screen {
    pub fn new(arguments: &CommonArguments) -> Self {
        let wanted = |terminal: bool| match arguments.color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        };
        Screen {
            quiet: arguments.quiet,
            verbose: arguments.verbose,
            log_format: arguments.log_format,
            color: wanted(std::io::stderr().is_terminal()),
            color_out: wanted(std::io::stdout().is_terminal()),
        }
    }

    /// Whether standard output takes colours.
    pub fn paints_output(&self) -> bool {
        self.color_out
    }

    fn paint(&self, style: &str, text: &str) -> String {
        if self.color { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// `error: …`, then `hint: …`. Never silenced.
    pub fn error(&self, error: &Error) {
        match self.log_format {
            LogFormat::Json => self.json(&error_json(error)),
            LogFormat::Text => {
                let mut text = format!("{} {}\n", self.paint("1;31", "error:"), printable(&error.to_string()));
                if let Some(hint) = error.hint() {
                    text.push_str(&format!("{} {}\n", self.paint("1;36", "hint:"), printable(hint)));
                }
                put(&text);
            }
        }
    }

    /// Something worth knowing.
    pub fn note(&self, text: &str) {
        if self.quiet {
            return;
        }
        match self.log_format {
            LogFormat::Json => self.json(&json!({"level": "info", "event": "note", "text": text})),
            LogFormat::Text => put(&format!("{} {}\n", self.paint("1;33", "note:"), printable(text))),
        }
    }

    /// A line as it is.
    pub fn line(&self, text: &str) {
        if !self.quiet && self.log_format == LogFormat::Text {
            put(&format!("{text}\n"));
        }
    }

    /// A line for machines, printed with `--log-format json` only.
    pub fn event(&self, value: &Value) {
        if self.log_format == LogFormat::Json && !self.quiet {
            self.json(value);
        }
    }

    fn json(&self, value: &Value) {
        put(&format!("{value}\n"));
    }
}

/// Whether these words ask for messages as JSON, whatever is wrong with the others.
pub fn asks_for_json(words: &[OsString]) -> bool {
    let mut before = None;
    words.iter().any(|word| {
        let value = word == "json" && before.replace(word.clone()).is_some_and(|option| option == "--log-format");
        before = Some(word.clone());
        value || word == "--log-format=json"
    })
}

/// What clap says of wrong words, as one line of JSON.
pub fn print_misuse(text: &str) {
    let mut parts = text.trim().split("\n\n");
    let message = parts.next().unwrap_or_default().trim_start_matches("error: ").trim();
    let hint = parts.find_map(|part| part.trim().strip_prefix("tip: "));
    let error =
        Error::usage(message).with_hint(hint.unwrap_or("fmtconv COMMAND --help lists the options of a command"));
    put(&format!("{}\n", error_json(&error)));
}

/// The facts of an error for machines. Lines and records count from one, as in the text.
pub fn error_json(error: &Error) -> Value {
    let origin = error.origin();
    json!({
        "level": "error",
        "event": "error",
        "kind": format!("{:?}", error.kind()).to_lowercase(),
        "exit": error.kind().exit_code(),
        "code": error.code().map(|code| code.as_str()),
        "text": error.to_string(),
        "message": error.message(),
        "source": origin.source.as_deref(),
        "line": origin.line.map(|line| line + 1),
        "record": origin.record.map(|record| record + 1),
        "column": origin.column,
        "byte": origin.byte,
        "hint": error.hint(),
    })
}

/// Bytes of the input may be part of a message: control characters must not reach the terminal.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\t' => out.push(c),
            c if c.is_control() => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// The same for what is one line, such as the name of a file.
pub fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_control() {
            true => out.extend(c.escape_default()),
            false => out.push(c),
        }
    }
    out
}

/// Nobody can be told that standard error is closed.
fn put(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Text on standard output.
pub fn print(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| Error::io("cannot write", error).in_source("-"))
}
