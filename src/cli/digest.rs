//! `fmtconv digest`

use serde_json::json;

use super::args::DigestArguments;
use super::progress::Progress;
use super::{Session, losses, options, screen};
use crate::error::Result;
use crate::proof::{Digest, Order, digest_counted};
use crate::report::Tally;

pub fn run(session: &Session, arguments: DigestArguments) -> Result<u8> {
    let order = if arguments.any_order { Order::Any } else { Order::Kept };
    let inputs = options::inputs(session, &arguments.inputs, &arguments.read)?;
    let selection = options::selection(&arguments.selection)?;
    let progress = Progress::start(session, options::total_bytes(inputs.iter()));
    let mut inputs = options::resolved(session, inputs, &arguments.read, None)?;
    options::as_records(&mut inputs);
    let groups = if arguments.together { vec![inputs] } else { inputs.into_iter().map(|input| vec![input]).collect() };
    let mut status = 0;
    for inputs in groups {
        let names: Vec<String> = inputs.iter().map(|input| input.source.name().to_string()).collect();
        let name = names.join(" ");
        let tally = Tally::default();
        let made = options::reader(session, inputs, &selection).and_then(|(reader, steps, _)| {
            let known = losses::known(&reader.report());
            progress.above(|| losses::say_known(session, &known));
            Ok((digest_counted(reader, steps, order, &session.exec, &tally)?, known))
        });
        match made {
            Ok((made, known)) => {
                progress.above(|| screen::print(&line(&made, &name, arguments.json)))?;
                progress.above(|| losses::say_found(session, Some(&name), &tally.report(), &known));
            }
            // One file that cannot be read does not hide the digests of the others.
            Err(error) => {
                let error = if error.origin().source.is_some() { error } else { error.in_source(name.as_str()) };
                if session.exec.is_cancelled() {
                    return Err(error);
                }
                progress.above(|| session.screen.error(&error));
                status = if status == 0 { error.kind().exit_code() } else { status };
            }
        }
    }
    Ok(status)
}

/// Digest, records and name, as `sha256sum` would print them.
fn line(made: &Digest, name: &str, json: bool) -> String {
    if json {
        let order = if made.order == Order::Any { "any" } else { "kept" };
        let facts = json!({"digest": made.to_string(), "records": made.records, "order": order, "file": name});
        return format!("{facts}\n");
    }
    format!("{made}  {}  {}\n", made.records, screen::one_line(name))
}
