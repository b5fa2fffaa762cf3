//! Numbers, tables and counts as text.

use std::time::Duration;

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};

use crate::code::Code;
use crate::report::Report;

/// `1,234,567`
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 record`, `1,234,567 records`
pub fn records(number: u64) -> String {
    format!("{} record{}", count(number), if number == 1 { "" } else { "s" })
}

/// `812 MB`: three digits, powers of 1000.
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let mut unit = 0;
    let mut scale = 1_u64;
    while unit + 1 < UNITS.len() && number / scale >= 1000 {
        scale *= 1000;
        unit += 1;
    }
    let value = number as f64 / scale as f64;
    let digits = if unit == 0 || value >= 99.95 { 0 } else { 1 };
    format!("{value:.digits$} {}", UNITS[unit])
}

/// `1.9 s`, `34 ms`, `2 min 5 s`
pub fn time(duration: Duration) -> String {
    match duration.as_secs_f64() {
        seconds if seconds < 0.0995 => format!("{:.0} ms", (seconds * 1000.0).max(1.0)),
        seconds if seconds < 99.95 => format!("{seconds:.1} s"),
        seconds => format!("{} min {} s", count(seconds as u64 / 60), seconds as u64 % 60),
    }
}

/// `1,234,567 records in = 1,234,560 out + 7 rejected · 812 MB → 143 MB · 1.9 s · losses: none`
pub fn closing_line(report: &Report, duration: Duration) -> String {
    let skipped = if report.skipped == 0 { String::new() } else { format!(" + {} skipped", count(report.skipped)) };
    let mut parts = vec![
        format!(
            "{} in = {} out + {} rejected{skipped}{}",
            records(report.records_in),
            count(report.records_out),
            count(report.rejected),
            set_aside(report)
        ),
        format!("{} → {}", bytes(report.bytes_in), bytes(report.bytes_out)),
        time(duration),
        format!("losses: {}", losses(report)),
    ];
    parts.extend(notes(report));
    parts.join(" · ")
}

/// ` (V-TYPE: 5 in qty, malformed: 2)`: why records were set aside.
fn set_aside(report: &Report) -> String {
    let counts = report.set_aside.iter().map(|((code, column), number)| {
        (code.map_or_else(|| "malformed".to_owned(), |code| code.to_string()), column.as_str(), *number)
    });
    let text = counts_by_code(counts);
    if text.is_empty() { text } else { format!(" ({text})") }
}

/// Losses known from schemas with their columns; values that were altered with their numbers as well.
pub fn losses(report: &Report) -> String {
    let known: Vec<_> = report.losses.keys().filter(|(code, _)| !is_note(*code) && !code.is_value_level()).collect();
    let altered = report.losses.iter().filter(|((code, _), _)| code.is_value_level());
    let altered = counts_by_code(altered.map(|((code, column), number)| (code.to_string(), column.as_str(), *number)));
    match (known.is_empty(), altered.is_empty()) {
        (_, true) => by_code(known.into_iter()),
        (true, false) => altered,
        (false, false) => format!("{}, {altered}", by_code(known.into_iter())),
    }
}

/// `V-DEC-SCALE: 3 in price, 1 in tax; V-NULL: 2`
fn counts_by_code<'a>(counts: impl Iterator<Item = (String, &'a str, u64)>) -> String {
    const SHOWN: usize = 4;
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for (code, column, number) in counts {
        let text = match column {
            "" => count(number),
            column => format!("{} in {column}", count(number)),
        };
        match groups.last_mut().filter(|(known, _)| *known == code) {
            Some((_, texts)) => texts.push(text),
            None => groups.push((code, vec![text])),
        }
    }
    let texts = groups.iter().map(|(code, texts)| match texts.len() {
        n if n > SHOWN => format!("{code}: {}, and in {} more columns", texts[..SHOWN].join(", "), n - SHOWN),
        _ => format!("{code}: {}", texts.join(", ")),
    });
    texts.collect::<Vec<_>>().join("; ")
}

/// Notes of a report in words.
pub fn notes(report: &Report) -> Vec<String> {
    let mut out = Vec::new();
    for code in Code::ALL.iter().copied().filter(|code| is_note(*code)) {
        let of_code: Vec<_> = report.losses.keys().filter(|(found, _)| *found == code).collect();
        match (code, of_code.as_slice()) {
            (_, []) => {}
            (Code::Spooled, [(_, source), rest @ ..]) => {
                let name = if source.is_empty() || source == "-" { "standard input" } else { source };
                let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
                let size = if rest.is_empty() { format!(" ({})", bytes(report.bytes_in)) } else { String::new() };
                out.push(format!("{code}: {name}{more} was kept in a temporary file{size}"));
            }
            (_, found) => out.push(format!("{}: {}", by_code(found.iter().copied()), code.meaning())),
        }
    }
    out
}

/// Whether nothing is lost.
pub fn is_note(code: Code) -> bool {
    code.as_str().starts_with("N-")
}

/// `S-META (a, b), S-TZ (at)`, or `none`.
pub fn by_code<'a>(losses: impl Iterator<Item = &'a (Code, String)>) -> String {
    const SHOWN: usize = 4;
    let mut groups: Vec<(Code, Vec<&str>)> = Vec::new();
    for (code, column) in losses {
        match groups.iter_mut().find(|(known, _)| known == code) {
            Some((_, columns)) => columns.push(column),
            None => groups.push((*code, vec![column])),
        }
    }
    if groups.is_empty() {
        return "none".to_owned();
    }
    let texts = groups.iter().map(|(code, columns)| {
        let named: Vec<_> = columns.iter().filter(|column| !column.is_empty()).copied().collect();
        match named.len() {
            0 => code.to_string(),
            n if n > SHOWN => format!("{code} ({}, and {} more)", named[..SHOWN].join(", "), n - SHOWN),
            _ => format!("{code} ({})", named.join(", ")),
        }
    });
    texts.collect::<Vec<_>>().join(", ")
}

/// A table without borders between rows, as wide as the terminal at most.
pub fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>, right: &[usize]) -> String {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header.iter().map(Cell::new));
    for row in rows {
        table.add_row(row);
    }
    for index in right {
        if let Some(column) = table.column_mut(*index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let mut out = String::new();
    for line in table.lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1000), "1,000");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1000), "1.0 kB");
        assert_eq!(bytes(812_345_678), "812 MB");
        assert_eq!(bytes(u64::MAX), "18.4 EB");
        assert_eq!(time(Duration::from_millis(34)), "34 ms");
        assert_eq!(time(Duration::from_millis(1_900)), "1.9 s");
        assert_eq!(time(Duration::from_secs(125)), "2 min 5 s");
    }

    #[test]
    fn the_closing_line_is_an_equation() {
        let mut report = Report { records_in: 1_234_567, records_out: 1_234_560, rejected: 7, ..Report::default() };
        report.bytes_in = 812_000_000;
        report.bytes_out = 143_000_000;
        let line = closing_line(&report, Duration::from_millis(1_900));
        let expected = "1,234,567 records in = 1,234,560 out + 7 rejected · 812 MB → 143 MB · 1.9 s · losses: none";
        assert_eq!(line, expected);
        report.note(Code::Zone, "at");
        report.note(Code::Spooled, "-");
        let line = closing_line(&report, Duration::from_millis(1_900));
        assert!(line.ends_with("losses: S-TZ (at) · N-SPOOL: standard input was kept in a temporary file (812 MB)"));
    }
}
