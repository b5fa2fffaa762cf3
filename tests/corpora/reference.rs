//! Checks the harness itself: Arrow files that another writer made from the same inputs, in place of our output.
//! `FMTCONV_CORPORA_REFERENCE` names a folder with `<suite>/<path>.arrow`.

use std::path::Path;

use super::containers::compare;
use super::render::Origin;
use super::text::Json;
use super::verdict::{Job, Verdict};

/// One job for each entry that has a file in `folder`.
pub fn jobs(root: &Path, folder: &Path) -> Vec<Job> {
    let mut jobs = Vec::new();
    for suite in super::folders(&root.join("expected")) {
        let Ok(manifest) = super::manifest(&suite.join("manifest.json")) else { continue };
        for entry in manifest.get("entries").map_or(&[][..], Json::items) {
            let (Some(suite), Some(path), Some(format)) =
                (entry.text("suite"), entry.text("path"), entry.text("format"))
            else {
                continue;
            };
            let made = folder.join(suite).join(format!("{path}.arrow"));
            if !made.is_file() {
                continue;
            }
            let origin = if format == "parquet" { Origin::Parquet } else { Origin::Arrow };
            let (entry, root) = (entry.clone(), root.to_owned());
            jobs.push(Job {
                suite: format!("{suite} {format}"),
                name: path.to_owned(),
                judge: Box::new(move |_| match compare(&entry, &root, &made, origin) {
                    Ok(()) => Verdict::Pass,
                    Err(difference) => Verdict::Wrong(difference),
                }),
            });
        }
    }
    jobs
}
