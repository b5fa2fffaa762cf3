//! Who must be able to read what.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// In which direction, and against which earlier versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode {
    /// The new schema reads what the old one wrote.
    pub backward: bool,
    /// The old schema reads what the new one writes.
    pub forward: bool,
    /// Against all earlier versions, not only the last.
    pub transitive: bool,
}

impl Mode {
    /// New reads old.
    pub const BACKWARD: Mode = Mode { backward: true, forward: false, transitive: false };
    /// Old reads new.
    pub const FORWARD: Mode = Mode { backward: false, forward: true, transitive: false };
    /// Both.
    pub const FULL: Mode = Mode { backward: true, forward: true, transitive: false };

    /// The names, as options take them.
    pub const NAMES: &'static [&'static str] =
        &["backward", "forward", "full", "backward-transitive", "forward-transitive", "full-transitive"];
}

impl FromStr for Mode {
    type Err = Error;

    /// `backward`, `FULL_TRANSITIVE`: case and the kind of dash do not matter.
    fn from_str(text: &str) -> Result<Mode, Error> {
        let lower = text.to_ascii_lowercase().replace('_', "-");
        let (base, transitive) = match lower.strip_suffix("-transitive") {
            Some(base) => (base, true),
            None => (lower.as_str(), false),
        };
        let mode = match base {
            "backward" => Mode::BACKWARD,
            "forward" => Mode::FORWARD,
            "full" => Mode::FULL,
            _ => {
                return Err(Error::usage(format!("unknown mode {text:?}"))
                    .with_hint(format!("modes: {}", Mode::NAMES.join(", "))));
            }
        };
        Ok(Mode { transitive, ..mode })
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.backward, self.forward) {
            (true, true) => "full",
            (false, true) => "forward",
            _ => "backward",
        })?;
        f.write_str(if self.transitive { "-transitive" } else { "" })
    }
}
