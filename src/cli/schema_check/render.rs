//! Findings as text, JSON, GitHub annotations, JUnit and SARIF.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::screen::printable;
use crate::schema::check::witness::{Outcome, Witness};
use crate::schema::check::{Finding, Mode, Place, Rules, Severity};

/// Bytes of a witness that are shown in a line of text.
const SHOWN_MAX: usize = 256;

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
    /// Whether there are several old schemas: a finding says of which it is.
    pub several: bool,
    /// Whether text is coloured.
    pub color: bool,
}

impl Verdict<'_> {
    /// A line for each finding that an editor can jump to, and below it what each side says and what to do.
    pub fn text(&self) -> String {
        let mut out = String::new();
        for (n, finding) in self.findings.iter().enumerate() {
            let Finding { severity, rule, path, message, hint, old, new, .. } = finding;
            let style = match severity {
                Severity::Error => "1;31",
                Severity::Warning => "1;33",
                Severity::Note => "1;36",
            };
            let severity_shown = self.paint(style, &format!("{severity}:"));
            let (path, rule) = (self.paint("1", &printable(path)), self.paint("2", &format!("[{rule}]")));
            let (place, message) = (printable(&place(&finding.place)), printable(message));
            let of = printable(&self.of(finding));
            out.push_str(&format!("{place}: {severity_shown} {path}: {message} {rule}{of}\n"));
            let mut below = |name: &str, style: &str, text: &str| {
                out.push_str(&format!("  {} {}\n", self.paint(style, &format!("{name}:")), printable(text)));
            };
            // The message says it itself where it is short.
            if let (Some(old), Some(new)) = (old, new)
                && old != new
                && !(message.contains(old.as_str()) && message.contains(new.as_str()))
            {
                below("old", "31", old);
                below("new", "32", new);
            }
            if let Some(hint) = hint {
                below("hint", "1;36", hint);
            }
            if let Some(found) = self.witnesses.get(n).filter(|_| *severity == Severity::Error) {
                out.push_str(&printable(&match found {
                    Some(witness) => shown(witness),
                    None => "  witness: none found\n".to_owned(),
                }));
            }
        }
        if !self.findings.is_empty() {
            let count = |wanted, name: &str| {
                let count = self.findings.iter().filter(|finding| finding.severity == wanted).count();
                format!("{count} {name}{}", if count == 1 { "" } else { "s" })
            };
            let (verdict, style) = if self.fits { ("compatible", "1;32") } else { ("incompatible", "1;31") };
            out.push_str(&format!(
                "{} ({} by rules {}): {}, {}, {}\n",
                self.paint(style, verdict),
                self.mode,
                printable(&self.rules.to_string()),
                count(Severity::Error, "error"),
                count(Severity::Warning, "warning"),
                count(Severity::Note, "note")
            ));
        }
        out
    }

    /// The direction, where there are two, and the old schemas, where there are several.
    fn of(&self, finding: &Finding) -> String {
        let mut parts = Vec::new();
        if self.mode.backward && self.mode.forward {
            parts.push(finding.direction().to_owned());
        }
        if self.several {
            parts.push(finding.against.join(", "));
        }
        if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(": ")) }
    }

    fn paint(&self, style: &str, text: &str) -> String {
        if self.color { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
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
            let text = data(&format!("{}: {}{}", finding.path, finding.message, self.of(finding)));
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
            let text = xml(&format!("{}: {}{}", place(&finding.place), finding.message, self.of(finding)));
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
                let mut physical = json!({"artifactLocation": {"uri": uri(&finding.place.file)}});
                if let Some((line, column)) = finding.place.start {
                    let mut region = json!({"startLine": line, "startColumn": column});
                    if let Some((line, column)) = finding.place.end {
                        region["endLine"] = json!(line);
                        region["endColumn"] = json!(column);
                    }
                    physical["region"] = region;
                }
                let hint = finding.hint.as_ref().map_or_else(String::new, |hint| format!("\nhint: {hint}"));
                json!({
                    "ruleId": finding.rule,
                    "ruleIndex": rules.iter().position(|rule| *rule == finding.rule),
                    "level": finding.severity.as_str(),
                    "message": {"text": format!("{}: {}{}{hint}", finding.path, finding.message, self.of(finding))},
                    "locations": [{
                        "physicalLocation": physical,
                        "logicalLocations": [{"fullyQualifiedName": finding.path}],
                    }],
                    "properties": {
                        "old": finding.old,
                        "new": finding.new,
                        "against": against(finding),
                        "direction": finding.direction(),
                    },
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
            // Columns count characters; without a word they would count units of UTF-16.
            "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
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
        "against": against(finding),
        "direction": finding.direction(),
    })
}

/// Names of the old schemas.
fn against(finding: &Finding) -> Vec<&str> {
    finding.against.iter().map(AsRef::as_ref).collect()
}

/// A line for the record, one for what came of it.
fn shown(witness: &Witness) -> String {
    let (reader, writer) = if witness.reader_is_new { ("new", "old") } else { ("old", "new") };
    let came = match &witness.outcome {
        Outcome::Refused(message) => format!("refused: {message}"),
        Outcome::ReadAs(record) => format!("read as {record}"),
    };
    let Witness { record, encoding, encoded, .. } = witness;
    let bytes = match encoded.len() {
        0..=SHOWN_MAX => format!("{:?} (base64)", STANDARD.encode(encoded)),
        // A file is no line.
        long => format!("{long} bytes (--format json has them)"),
    };
    format!(
        "  witness: the {writer} schema writes {record}, in {encoding} {bytes}\n           the {reader} schema: {came}\n"
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

/// A path as a URI reference (RFC 3986, section 4.2): what has a meaning there, or no place, as `%` and two digits.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    // A colon in the first segment would begin a scheme.
    if path.split('/').next().is_some_and(|first| first.contains(':')) {
        out.push_str("./");
    }
    for byte in path.replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b'/' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';'
            | b'=' | b':' | b'@' => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
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
            against: vec!["v1.proto".into(), "v2.proto".into()],
            backward: false,
        };
        let rules = Rules::fmtconv();
        let findings = [finding];
        let verdict = Verdict {
            findings: &findings,
            witnesses: &[],
            fits: false,
            mode: Mode::FULL,
            rules: &rules,
            new: "n",
            several: true,
            color: false,
        };
        assert_eq!(
            verdict.github(),
            "::error file=a%2Cb%3Ac.proto,line=3,col=7,title=some-rule::A.b: 100%25 <wrong>%0Aand \"more\" (forward: v1.proto, v2.proto)\n"
        );
        assert!(verdict.junit().contains("100% &lt;wrong&gt;&#10;and &quot;more&quot; (forward: v1.proto"));
        let sarif: Value = serde_json::from_str(&verdict.sarif()).unwrap();
        let result = &sarif["runs"][0]["results"][0];
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["region"]["startLine"], 3);
        assert_eq!(place["artifactLocation"]["uri"], "./a,b:c.proto");
        assert_eq!(
            sarif["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize]["id"],
            "some-rule"
        );
        assert_eq!(uri("schemas/ä b#1%.avsc"), "schemas/%C3%A4%20b%231%25.avsc");
        let json: Value = serde_json::from_str(&verdict.json()).unwrap();
        assert_eq!(json["compatible"], false);
        assert_eq!(json["findings"][0].as_object().unwrap().len(), 12);
        assert_eq!(json["findings"][0]["against"], serde_json::json!(["v1.proto", "v2.proto"]));
        assert_eq!(result["properties"]["direction"], "forward");
    }

    #[test]
    fn text_shows_both_sides_and_colours_on_a_terminal_only() {
        let finding = Finding {
            rule: "avro-type".into(),
            severity: Severity::Error,
            path: "R.a".to_owned(),
            place: Place::at(&"new.avsc".into(), 3, 7),
            old: Some("string\u{1b}[2J".to_owned()),
            new: Some("int".to_owned()),
            message: "string is not readable as int".to_owned(),
            hint: Some("keep string".to_owned()),
            against: vec!["old.avsc".into()],
            backward: true,
        };
        let (rules, findings) = (Rules::fmtconv(), [finding]);
        let verdict = |color| Verdict {
            findings: &findings,
            witnesses: &[],
            fits: false,
            mode: Mode::BACKWARD,
            rules: &rules,
            new: "new.avsc",
            several: false,
            color,
        };
        assert_eq!(
            verdict(false).text(),
            "new.avsc:3:7: error: R.a: string is not readable as int [avro-type]\n  old: string\\u{1b}[2J\n  new: int\n  \
             hint: keep string\nincompatible (backward by rules fmtconv): 1 error, 0 warnings, 0 notes\n"
        );
        let coloured = verdict(true).text();
        assert!(coloured.contains("\x1b[1;31merror:\x1b[0m") && !coloured.contains("\x1b[2J"), "{coloured}");
    }
}
