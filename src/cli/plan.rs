//! `fmtconv plan`

use serde_json::json;

use super::args::PlanArguments;
use super::{Session, options, render, screen};
use crate::code::Code;
use crate::convert::{Convert, Target};
use crate::error::{Error, Result};
use crate::output::Output;
use crate::schema::plan::Plan;

pub fn run(session: &Session, arguments: PlanArguments) -> Result<u8> {
    options::allow_once(&arguments.loss)?;
    if arguments.write.emit_schema.is_some() {
        return Err(Error::usage("--emit-schema has no effect: plan writes nothing")
            .with_hint("`fmtconv schema show INPUT --as avro` (or proto) prints the schema"));
    }
    let target = match arguments.output.as_deref() {
        Some(_) => options::target(arguments.output.as_deref(), true, &arguments.write)?,
        None => Target { output: Output::memory().0, ..options::target(None, true, &arguments.write)? },
    };
    let inputs = options::inputs(session, &arguments.inputs, &arguments.read)?;
    let selection = options::selection(&arguments.selection)?;
    let schemas = options::schemas(session, &arguments.read, arguments.write.to_schema.as_deref())?;
    let conversion = Convert::many(inputs).to(target);
    let conversion = options::conversion(conversion, session, &arguments.read, &selection, &schemas, &arguments.loss);
    let prepared = conversion.prepare()?;
    for note in prepared.notes() {
        session.screen.note(note);
    }
    let plan = prepared.plan();
    if arguments.json {
        screen::print(&format!("{:#}\n", as_json(plan, prepared.losses_of_reading())))?;
    } else {
        screen::print(&table(plan))?;
        let losses = prepared.losses();
        screen::print(&format!("losses known from the schemas: {}\n", render::by_code(losses.iter())))?;
    }
    plan.check()?;
    if arguments.loss.strict {
        prepared.refuse_losses()?;
    }
    Ok(0)
}

/// A line for each column.
pub fn table(plan: &Plan) -> String {
    let rows = plan.columns.iter().map(|column| {
        let fit = &column.fit;
        let path = if column.shown().is_empty() { "(schema)" } else { column.shown() };
        let codes: Vec<_> = fit.codes.iter().map(|code| code.as_str()).collect();
        [path, &column.source, &fit.target, fit.class(), &codes.join(" ")].map(screen::printable).to_vec()
    });
    render::table(&["column", "type", &format!("in {}", plan.target), "class", "codes"], rows, &[])
}

/// The same for programs. `class` sums up: `returns` says what comes back for values that no code speaks of.
/// `losses_of_reading`: of columns as the inputs have them.
fn as_json(plan: &Plan, losses_of_reading: &[(Code, String)]) -> serde_json::Value {
    let texts = |codes: &mut dyn Iterator<Item = Code>| codes.map(Code::as_str).collect::<Vec<_>>();
    let columns = plan.columns.iter().map(|column| {
        let fit = &column.fit;
        json!({
            "column": column.path,
            "type": column.source,
            "target": fit.target,
            "class": fit.class(),
            "returns": fit.returns.as_str(),
            "losses": texts(&mut fit.losses()),
            "checks": texts(&mut fit.checks()),
            "notes": texts(&mut fit.notes()),
        })
    });
    let of_reading = losses_of_reading.iter().map(|(code, column)| json!({"code": code.as_str(), "column": column}));
    json!({
        "target": plan.target,
        "columns": columns.collect::<Vec<_>>(),
        "losses_of_reading": of_reading.collect::<Vec<_>>(),
    })
}
