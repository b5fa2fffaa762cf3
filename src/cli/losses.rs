//! What is said of losses by commands that only look at records: before the first one what the schemas show, and behind
//! the last one what the values did.

use serde_json::{Value, json};

use super::{Session, render};
use crate::code::Code;
use crate::report::Report;

/// As `convert` says them, before the first record.
pub fn say_known(session: &Session, losses: &[(Code, String)]) {
    if !losses.is_empty() {
        session.screen.note(&format!("losses known from the schemas: {}", render::by_code(losses.iter())));
    }
}

/// Whether there is more to say than the losses that were `told`: values that are not as they stand, columns that are
/// called or typed otherwise.
pub fn is_more(report: &Report, told: &[(Code, String)]) -> bool {
    report.losses.keys().any(|key| match key.0 {
        Code::Renamed | Code::Hint | Code::Widened => true,
        code => !code.is_note() && !told.contains(key),
    })
}

/// Says what was lost in reading, if that is more than was `told`; `of`: whose records these are, where there are several.
pub fn say_found(session: &Session, of: Option<&str>, report: &Report, told: &[(Code, String)]) {
    if !is_more(report, told) {
        return;
    }
    let mut parts = vec![format!("losses: {}", render::losses(report))];
    parts.extend(render::notes(report));
    let of_whom = of.map_or_else(String::new, |name| format!("{}: ", super::screen::printable(name)));
    session.screen.line(&format!("{of_whom}{}", parts.join(" · ")));
    let facts = json!({"level": "info", "event": "losses", "source": of, "losses": facts(report)});
    session.screen.event(&facts);
}

/// Losses and notes for programs.
pub fn facts(report: &Report) -> Value {
    let losses = report.losses.iter();
    losses.map(|((code, column), count)| json!({"code": code.as_str(), "column": column, "count": count})).collect()
}

/// The losses of reading that the schemas show.
pub fn known(report: &Report) -> Vec<(Code, String)> {
    report.losses.keys().filter(|(code, _)| code.is_schema_level()).cloned().collect()
}
