//! `fmtconv plan`

use serde_json::json;

use super::args::PlanArguments;
use super::{Session, options, render, screen};
use crate::convert::{Convert, Target};
use crate::error::Result;
use crate::format::Fit;
use crate::output::Output;
use crate::schema::plan::Plan;

pub fn run(session: &Session, arguments: PlanArguments) -> Result<u8> {
    let target = match arguments.output.as_deref() {
        Some(_) => options::target(arguments.output.as_deref(), true, &arguments.write)?,
        None => Target { output: Output::memory().0, ..options::target(None, true, &arguments.write)? },
    };
    let inputs = options::inputs(session, &arguments.inputs, &arguments.read)?;
    let selection = options::selection(&arguments.selection)?;
    let to_schema = arguments.write.to_schema.as_deref();
    let conversion = Convert::many(inputs).to(target);
    let conversion = options::conversion(conversion, session, &arguments.read, &selection, to_schema, &arguments.loss);
    let prepared = conversion.prepare()?;
    for note in prepared.notes() {
        session.screen.note(note);
    }
    let plan = prepared.plan();
    if arguments.json {
        screen::print(&format!("{:#}\n", as_json(plan)))?;
    } else {
        screen::print(&table(plan))?;
        let losses: Vec<_> = plan.losses().map(|(code, path)| (code, path.to_owned())).collect();
        screen::print(&format!("losses known from the schemas: {}\n", render::by_code(losses.iter())))?;
    }
    plan.check()?;
    if arguments.loss.strict {
        plan.refuse_losses(prepared.policies())?;
    }
    Ok(0)
}

/// A line for each column.
pub fn table(plan: &Plan) -> String {
    let rows = plan.columns.iter().map(|column| {
        let (fit, codes) = render::fit(&column.fit);
        [column.path.as_str(), &column.source, &fit, &codes].map(screen::printable).to_vec()
    });
    render::table(&["column", "type", &format!("in {}", plan.target), "codes"], rows, &[])
}

fn as_json(plan: &Plan) -> serde_json::Value {
    let columns = plan.columns.iter().map(|column| {
        let (text, _) = render::fit(&column.fit);
        let (fit, codes): (&str, Vec<&str>) = match &column.fit {
            Fit::Exact => ("exact", vec![]),
            Fit::Hinted(_) => ("hinted", vec![]),
            Fit::Lowered(_) => ("lowered", vec![]),
            Fit::Checked(_, codes) => ("checked", codes.iter().map(|code| code.as_str()).collect()),
            Fit::Lossy(code) => ("lossy", vec![code.as_str()]),
            Fit::Unsupported(_) => ("unsupported", vec![]),
        };
        json!({"column": column.path, "type": column.source, "fit": fit, "text": text, "codes": codes})
    });
    json!({"target": plan.target, "columns": columns.collect::<Vec<_>>()})
}
