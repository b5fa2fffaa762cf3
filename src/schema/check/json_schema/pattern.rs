//! Regular expressions of `pattern` and `patternProperties`.

use regex_automata::meta::Regex;

/// Whether a text has a part that matches; `None` if the expression is not understood.
pub(super) fn matches(pattern: &str, text: &str) -> Option<bool> {
    Some(Regex::new(pattern).ok()?.is_match(text))
}

/// Whether a match begins at the first character.
pub(super) fn matches_start(pattern: &str, text: &str) -> Option<bool> {
    let found = Regex::new(pattern).ok()?.find(text);
    Some(found.is_some_and(|found| found.start() == 0))
}

/// Whether every text matches.
pub(super) fn is_universal(pattern: &str) -> bool {
    let inner = pattern.strip_prefix('^').unwrap_or(pattern);
    matches!(inner, "" | ".*" | ".*$" | "[\\s\\S]*" | "[\\s\\S]*$")
}
