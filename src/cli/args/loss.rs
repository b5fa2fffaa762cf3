//! What may be lost, and what becomes of records that do not fit.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::value::parse_with_hint;
use crate::pipeline::aside::RejectLimit;
use crate::policy::Allowance;

/// What may be lost.
#[derive(Debug, Args)]
#[command(next_help_heading = "Losses")]
pub struct LossArguments {
    /// Refuse every loss (exit status 6): those known from schemas at once, others before the output appears
    #[arg(long)]
    pub strict: bool,
    /// Let a loss through: S-META with --strict; V-DEC-SCALE=round for values; may be given more than once
    ///
    /// What a code takes: null, clamp, round, truncate, default and so on, as a wrong one says; for every V-code also
    /// skip (the record is left out) and reject (it goes to the file of --rejects). Every value that is altered and
    /// every record that is left out is counted, by code and column.
    #[arg(long, value_name = "CODE[=POLICY]", value_delimiter = ',', value_parser = parse_with_hint::<Allowance>)]
    pub allow: Vec<Allowance>,
}

/// What becomes of records that do not fit.
#[derive(Debug, Args)]
#[command(next_help_heading = "Losses")]
pub struct RejectArguments {
    /// Fail if more records are rejected: a number, or a percentage of all [default: no limit]
    #[arg(long, value_name = "N|P%", requires = "rejects")]
    pub max_rejects: Option<RejectLimit>,
    /// Set records aside that do not fit, and go on; with --out-dir, a folder with a file for each input
    ///
    /// One line of JSON for each: where it stands, what is wrong, and the record as it is. All values that do not fit
    /// are meant, and records that are malformed where the next one can be found; or only the codes named with
    /// --allow CODE=reject. The file appears together with the output; without it only if there were more than
    /// --max-rejects, with those up to the first one too many.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub rejects: Option<PathBuf>,
}
