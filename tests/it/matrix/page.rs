//! The page about exactness equals what the program says of itself. `FMTCONV_REWRITE=1` writes it anew.

use std::fmt::Write;

use fmtconv::format::{Returns, WriteOptions};
use fmtconv::{Code, Policy};

use super::rows::{TARGETS, rows};
use super::table::{cell, plan_of};

/// A line for each type; the words of the target where they are not the type's own.
fn matrix() -> String {
    let targets: Vec<&str> = TARGETS.into_iter().filter(|target| *target != "arrow").collect();
    let mut text = format!("| type | {} |\n|---{}|\n", targets.join(" | "), "|---".repeat(targets.len()));
    for row in rows() {
        let mut cells = Vec::new();
        for target in &targets {
            let plan = plan_of(&row.field, target, &WriteOptions::default());
            let whole = cell(&plan);
            let fit = &plan.columns.iter().find(|column| !column.path.is_empty()).unwrap().fit;
            let (letter, codes) = whole.split_once(' ').unwrap_or((&whole, ""));
            let words = if fit.returns == Returns::Hinted { format!(" {}", fit.target) } else { String::new() };
            let codes: String = codes.split_whitespace().fold(String::new(), |text, code| text + " `" + code + "`");
            cells.push(format!("{letter}{words}{codes}"));
        }
        let _ = writeln!(text, "| {} | {} |", row.name, cells.join(" | "));
    }
    text
}

fn codes() -> String {
    let mut text = "| code | meaning | goes on with |\n|---|---|---|\n".to_owned();
    for code in Code::ALL {
        let mut ways: Vec<String> =
            Policy::of(*code).iter().map(|policy| format!("`--allow {code}={policy}`")).collect();
        if *code == Code::Rows {
            ways = vec!["nothing: CSV takes no record without columns".to_owned()];
        } else if code.is_schema_level() {
            ways = vec![format!("by itself; under `--strict` with `--allow {code}`")];
        }
        if Policy::Reject.takes(*code) {
            ways.push("`--rejects FILE`".to_owned());
        }
        if code.is_note() {
            ways.push("by itself".to_owned());
        }
        let _ = writeln!(text, "| `{code}` | {} | {} |", code.meaning(), ways.join(", "));
    }
    text
}

/// `page` with `table` between the marks of `name`.
fn put(page: &str, name: &str, table: &str) -> String {
    let begin = format!("<!-- {name} -->\n");
    let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("the page has no mark {begin:?}"));
    let (_, after) = rest.split_once("<!-- end -->").expect("the page has no end mark");
    format!("{before}{begin}{table}<!-- end -->{after}")
}

#[test]
fn the_page_says_what_the_program_does() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/exactness.md");
    let page = std::fs::read_to_string(path).unwrap();
    let made = put(&put(&page, "matrix", &matrix()), "codes", &codes());
    if std::env::var_os("FMTCONV_REWRITE").is_some() {
        std::fs::write(path, &made).unwrap();
        return;
    }
    for (found, expected) in page.lines().zip(made.lines()) {
        assert_eq!(found, expected, "the page is not up to date: FMTCONV_REWRITE=1 cargo test --test it matrix");
    }
    assert_eq!(page.len(), made.len());
}
