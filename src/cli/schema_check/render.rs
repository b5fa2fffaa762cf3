//! Findings as text, JSON, GitHub annotations, JUnit and SARIF.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::screen::printable;
use crate::schema::check::witness::{Outcome, Witness};
use crate::schema::check::{Finding, Mode, Place, Rules, Severity};

/// What was found, with what was asked.
pub struct Verdict<'a> {
    pub findings: &'a [Finding],
    /// Records that show the first of them, in their order; empty unless they were asked for.
    pub witnesses: &'a [Option<Witness>],
    /// Whether the new schema will do.
    pub fits: bool,
    pub mode: Mode,
    pub rules: &'a Rules,
    pub new: &'a str,
}

impl Verdict<'_> {
    /// A finding takes a line, and one more for its hint.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (n, finding) in self.findings.iter().enumerate() {
            let Finding { severity, rule, path, message, hint, .. } = finding;
            out.push_str(&format!("{}: {severity}: {path}: {message} [{rule}]\n", place(&finding.place)));
            if let Some(hint) = hint {
                out.push_str(&format!("  hint: {hint}\n"));
            }
            if let Some(found) = self.witnesses.get(n).filter(|_| *severity == Severity::Error) {
                out.push_str(&match found {
                    Some(witness) => shown(witness),
                    None => "  witness: none found\n".to_owned(),
                });
            }
        }
        if !self.findings.is_empty() {
            let count = |wanted| self.findings.iter().filter(|finding| finding.severity == wanted).count();
            let verdict = if self.fits { "compatible" } else { "incompatible" };
            out.push_str(&format!(
                "{verdict} ({} by rules {}): {} errors, {} warnings, {} notes\n",
                self.mode,
                self.rules,
                count(Severity::Error),
                count(Severity::Warning),
                count(Severity::Note)
            ));
        }
        printable(&out)
    }

    /// One object.
    pub fn json(&self) -> String {
        let object = |(n, finding): (usize, &Finding)| {
            let mut object = object(finding);
            if let (Some(found), Value::Object(members)) = (self.witnesses.get(n), &mut object) {
                members.insert("witness".to_owned(), found.as_ref().map_or(Value::Null, witness));
            }
            object
        };
        let findings: Vec<Value> = self.findings.iter().enumerate().map(object).collect();
        format!("{:#}\n", json!({"compatible": self.fits, "findings": findings}))
    }

    /// Workflow commands of GitHub Actions.
    pub fn github(&self) -> String {
        let mut out = String::new();
        for finding in self.findings {
            let command = match finding.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "notice",
            };
            let mut properties = format!("file={}", property(&finding.place.file));
            if let Some((line, column)) = finding.place.start {
                properties.push_str(&format!(",line={line},col={column}"));
            }
            if let Some((line, column)) = finding.place.end {
                properties.push_str(&format!(",endLine={line},endColumn={column}"));
            }
            let text = data(&format!("{}: {}", finding.path, finding.message));
            out.push_str(&format!("::{command} {properties},title={}::{text}\n", property(&finding.rule)));
        }
        out
    }

    /// A test suite with a case for each finding, or one that passed.
    pub fn junit(&self) -> String {
        let failures = self.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
        let name = xml(&format!("schema check {} {}", self.mode, self.rules));
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        out.push_str(&format!(
            "<testsuites>\n  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failures}\">\n",
            self.findings.len().max(1)
        ));
        if self.findings.is_empty() {
            out.push_str(&format!("    <testcase classname=\"{name}\" name=\"{}\"/>\n", xml(self.new)));
        }
        for finding in self.findings {
            let case = xml(&format!("{} {}", finding.rule, finding.path));
            let text = xml(&format!("{}: {}", place(&finding.place), finding.message));
            let inner = match finding.severity {
                Severity::Error => format!("<failure type=\"{}\" message=\"{text}\"/>", xml(&finding.rule)),
                _ => format!("<system-out>{text}</system-out>"),
            };
            out.push_str(&format!("    <testcase classname=\"{name}\" name=\"{case}\">{inner}</testcase>\n"));
        }
        out.push_str("  </testsuite>\n</testsuites>\n");
        out
    }

    /// SARIF 2.1.0.
    pub fn sarif(&self) -> String {
        let mut rules: Vec<&str> = self.findings.iter().map(|finding| finding.rule.as_ref()).collect();
        rules.sort_unstable();
        rules.dedup();
        let results: Vec<Value> = self
            .findings
            .iter()
            .map(|finding| {
                let mut physical = json!({"artifactLocation": {"uri": &*finding.place.file}});
                if let Some((line, column)) = finding.place.start {
                    let mut region = json!({"startLine": line, "startColumn": column});
                    if let Some((line, column)) = finding.place.end {
                        region["endLine"] = json!(line);
                        region["endColumn"] = json!(column);
                    }
                    physical["region"] = region;
                }
                json!({
                    "ruleId": finding.rule,
                    "level": finding.severity.as_str(),
                    "message": {"text": format!("{}: {}", finding.path, finding.message)},
                    "locations": [{"physicalLocation": physical}],
                })
            })
            .collect();
        let driver = json!({
            "name": "fmtconv",
            "version": env!("CARGO_PKG_VERSION"),
            "rules": rules.iter().map(|rule| json!({"id": rule})).collect::<Vec<_>>(),
        });
        let sarif = json!({
            "version": "2.1.0",
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "runs": [{"tool": {"driver": driver}, "results": results}],
        });
        format!("{sarif:#}\n")
    }
}

fn place(place: &Place) -> String {
    match place.start {
        Some((line, column)) => format!("{}:{line}:{column}", place.file),
        None => place.file.to_string(),
    }
}

fn object(finding: &Finding) -> Value {
    json!({
        "rule": finding.rule,
        "severity": finding.severity.as_str(),
        "path": finding.path,
        "file": &*finding.place.file,
        "line": finding.place.start.map(|(line, _)| line),
        "column": finding.place.start.map(|(_, column)| column),
        "old": finding.old,
        "new": finding.new,
        "message": finding.message,
        "hint": finding.hint,
    })
}

/// A line for the record, one for what came of it.
fn shown(witness: &Witness) -> String {
    let (reader, writer) = if witness.reader_is_new { ("new", "old") } else { ("old", "new") };
    let came = match &witness.outcome {
        Outcome::Refused(message) => format!("refused: {message}"),
        Outcome::ReadAs(record) => format!("read as {record}"),
    };
    let Witness { record, encoding, encoded, .. } = witness;
    let bytes = STANDARD.encode(encoded);
    format!(
        "  witness: the {writer} schema writes {record}, in {encoding} {bytes:?} (base64)\n           the {reader} schema: {came}\n"
    )
}

fn witness(witness: &Witness) -> Value {
    let (outcome, detail) = match &witness.outcome {
        Outcome::Refused(message) => ("refused", message),
        Outcome::ReadAs(record) => ("read-as", record),
    };
    let hex: String = witness.encoded.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({
        "reader": if witness.reader_is_new { "new" } else { "old" },
        "record": witness.record,
        "encoding": witness.encoding.to_string(),
        "base64": STANDARD.encode(&witness.encoded),
        "hex": hex,
        "outcome": outcome,
        "detail": detail,
    })
}

/// The message of a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Text in an XML attribute or element; what XML cannot hold becomes U+FFFD.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\r' | '\t' => out.push_str(&format!("&#{};", u32::from(c))),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_field_is_escaped() {
        let finding = Finding {
            rule: "some-rule".into(),
            severity: Severity::Error,
            path: "A.b".to_owned(),
            place: Place::at(&"a,b:c.proto".into(), 3, 7),
            old: Some("int32".to_owned()),
            new: None,
            message: "100% <wrong>\nand \"more\"".to_owned(),
            hint: None,
        };
        let rules = Rules::fmtconv();
        let findings = [finding];
        let verdict =
            Verdict { findings: &findings, witnesses: &[], fits: false, mode: Mode::FULL, rules: &rules, new: "n" };
        assert_eq!(
            verdict.github(),
            "::error file=a%2Cb%3Ac.proto,line=3,col=7,title=some-rule::A.b: 100%25 <wrong>%0Aand \"more\"\n"
        );
        assert!(verdict.junit().contains("100% &lt;wrong&gt;&#10;and &quot;more&quot;"));
        let sarif: Value = serde_json::from_str(&verdict.sarif()).unwrap();
        assert_eq!(sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"], 3);
        let json: Value = serde_json::from_str(&verdict.json()).unwrap();
        assert_eq!(json["compatible"], false);
        assert_eq!(json["findings"][0].as_object().unwrap().len(), 10);
    }
}
