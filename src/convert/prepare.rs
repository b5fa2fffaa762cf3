//! From a conversion that is set up to one that is planned: settings find their formats, schema files act, inputs open.

use std::path::Path;
use std::sync::Arc;

use super::target::ResolvedTarget;
use super::{Convert, Prepared};
use crate::error::{Error, Result};
use crate::format::Limits;
use crate::input::{Opened, Resolved, chosen_of, open_chosen, refuse_columns};
use crate::output::{Output, is_same};
use crate::pipeline::Exec;
use crate::pipeline::aside::Rules;
use crate::policy::{Allowance, Policies};
use crate::proof::check::Verify;
use crate::schema::load::{SchemaFile, load};
use crate::schema::plan::plan;

/// Bytes of a chunk at most where records are set aside.
const ASIDE_CHUNK_BYTES: usize = 128 << 10;

impl Convert {
    /// As [`Convert::prepare`], maybe with a schema that is a guess.
    pub(super) fn prepare_as(self, guess: bool) -> Result<Prepared> {
        let exec = match self.exec {
            Some(exec) => exec,
            None => Exec::new(self.threads)?,
        };
        let target = self.target.ok_or_else(|| Error::usage("there is no output"))?;
        if self.strict {
            refuse_contradiction(&self.policies, self.rejects.is_some())?;
        }
        if self.max_rejects.is_some() && self.rejects.is_none() {
            return Err(Error::usage("a limit for rejects, but there is no reject file")
                .with_hint("name it with --rejects FILE"));
        }
        let rules = Rules::new(&self.policies, self.rejects.is_some())?;
        let rejects = self.rejects.as_ref().and_then(Output::as_path);
        let others = self.inputs.iter().filter_map(|input| input.source.as_path()).chain(target.output.as_path());
        let others: Vec<&Path> = others.collect();
        if let Some(path) = rejects {
            refuse_taken("reject file", path, &others)?;
        }
        if let Some(path) = &target.options.emit_schema {
            refuse_taken("schema file", path, &others)?;
            refuse_taken("schema file", path, rejects.as_slice())?;
        }
        let given = target.options.settings.clone();
        let given_read: Vec<_> = self.inputs.iter().map(|input| input.options.settings.clone()).collect();
        let mut target = ResolvedTarget::new(target, &self.registry)?;
        let mut inputs: Vec<Resolved> =
            self.inputs.into_iter().map(|input| input.resolve(&self.registry)).collect::<Result<_>>()?;
        let policies = self.policies.of_values();
        target.options.policies = policies.over(&target.options.policies).of_values();
        // What may be read may be written.
        target.options.depth_max =
            target.options.depth_max.or(inputs.iter().map(|input| input.options.limits.depth_max).max());
        for input in &mut inputs {
            input.options.policies = policies.over(&input.options.policies).of_values();
            input.options.guess = guess;
            input.options.set_aside = rules.as_ref().is_some_and(Rules::sets_aside);
            if input.options.set_aside {
                // What is told of a record that is set aside takes many times its bytes.
                input.options.limits.chunk_bytes = input.options.limits.chunk_bytes.min(ASIDE_CHUNK_BYTES);
            }
        }
        let mut of_target = Vec::new();
        for offer in &self.offers {
            let info = target.format.info();
            let mut taken = offer.apply(info, info.write, &mut target.options.settings);
            if taken {
                offer.once(&given)?;
                of_target.push(offer);
            }
            for (input, given) in inputs.iter_mut().zip(&given_read) {
                if input.offer(offer) {
                    offer.once(given)?;
                    taken = true;
                    of_target.retain(|other| *other != offer);
                }
            }
            // Records that come from elsewhere were read by who has the rest of the settings.
            if !taken && self.reader.is_none() {
                return Err(offer.not_taken());
            }
        }
        target.format.check_settings(&target.options)?;
        if target.format.info().write.iter().any(|setting| setting.name == "rename") {
            // A column that is renamed keeps what the target knows of it by its old name.
            let plain = |name: &String| !name.contains([',', '=']);
            let renames = self.selection.rename.iter().filter(|(old, new)| plain(old) && plain(new));
            let renames: Vec<String> = renames.map(|(old, new)| format!("{old}={new}")).collect();
            if !renames.is_empty() {
                target.options.settings.set_default("rename", &renames.join(","));
            }
        }
        let nulls_left_out = target.options.settings.get("nulls") == Some("omit");
        for input in &mut inputs {
            input.options.nulls_left_out = nulls_left_out;
            input.format.suit(target.format.info().name, &mut input.options.settings);
        }
        refuse_columns(&inputs)?;
        let schema = self.schema.map(|definition| load(definition, &self.registry, &exec)).transpose()?;
        let mut notes = Vec::new();
        if let Some(schema) = &schema {
            notes.extend(apply_schema(schema, &mut inputs, &mut target, self.target_schema.is_some())?);
        }
        if let Some(definition) = self.target_schema {
            target.with_schema(load(definition, &self.registry, &exec)?)?;
        }
        notes.extend(target.idle(&of_target)?);
        if let Some(definition) = self.reader_schema {
            if self.reader.is_some() {
                return Err(Error::usage("a schema to read with, but records that come from elsewhere")
                    .with_hint("bring them to it before, or convert from an input"));
            }
            let schema = load(definition, &self.registry, &exec)?.with_renamed(self.renamed)?;
            let schema = Arc::new(schema);
            for input in &mut inputs {
                input.reader_schema = Some(schema.clone());
            }
        } else if !self.renamed.is_empty() {
            return Err(Error::usage("fields were renamed, but there is no schema that has their new names")
                .with_hint("name it with --reader-schema FILE"));
        }
        for input in &inputs {
            notes.extend(input.notes()?);
        }
        let of_types = [
            ("--infer-rows", inputs.iter().any(|input| input.options.infer_records.is_some())),
            ("--no-guess", !self.guess),
        ];
        if let Some(known) = inputs.iter().map(Resolved::types_known).collect::<Option<Vec<_>>>()
            && let Some(why) = known.first()
        {
            let given = of_types.iter().filter(|(_, given)| *given);
            notes.extend(given.map(|(option, _)| format!("{option} has no effect: {why}")));
        }
        let (mut again, mut like) = (None, None);
        let mut limits = Limits::default();
        let mut spooled = Vec::new();
        if self.verify {
            for input in &mut inputs {
                limits.depth_max = limits.depth_max.max(input.options.limits.depth_max);
                limits.record_bytes_max = limits.record_bytes_max.max(input.options.limits.record_bytes_max);
                let (source, kept) = input.source.rewindable()?;
                spooled.extend(kept.then(|| input.source.name()));
                input.source = source;
            }
            let same = inputs.iter().find(|input| input.format.info().name == target.format.info().name);
            like = same.map(|input| input.options.settings.clone());
            again = self.reader.is_none().then(|| inputs.clone());
        }
        let Opened { reader, steps, schema, left_out } = match self.reader {
            Some(reader) => chosen_of(reader, &self.selection)?,
            None => open_chosen(inputs, &self.selection, &exec)?,
        };
        if target.options.definition.is_none() {
            notes.extend(crate::schema::rebuilt::note(target.format.info().name, &schema));
        }
        let plan = plan(&schema, target.format, &target.options);
        let read = reader.report().losses.into_keys().filter(|(code, _)| code.is_schema_level()).collect();
        Ok(Prepared {
            reader,
            read,
            unwritten: left_out,
            steps,
            schema,
            target,
            plan,
            notes,
            exec,
            strict: self.strict,
            policies: self.policies,
            rules,
            rejects: self.rejects,
            max_rejects: self.max_rejects,
            verify: self.verify.then_some(Verify { again, selection: self.selection, like, limits, spooled }),
        })
    }
}

/// Fails where something is let through that `strict` forbids.
fn refuse_contradiction(policies: &Policies, rejects: bool) -> Result<()> {
    let contradiction = match policies.iter().find(|allowance| allowance.code.is_value_level()) {
        Some(Allowance { code, policy }) => format!("--allow {code}={policy}"),
        None if rejects => "--rejects".to_owned(),
        None => return Ok(()),
    };
    Err(Error::usage(format!("--strict lets no value through, but {contradiction} does"))
        .with_hint(format!("leave out --strict or {contradiction}")))
}

/// Fails if a file that is written beside the output is one that is read, or another one that is written.
fn refuse_taken(what: &str, path: &Path, others: &[&Path]) -> Result<()> {
    match others.iter().any(|other| is_same(other, path)) {
        true => Err(Error::usage(format!("the {what} is an input or an output")).in_source(path.to_string_lossy())),
        false => Ok(()),
    }
}

/// Lets a schema file act on the inputs and, unless that has its own, on the target. Says what it does not act on.
fn apply_schema(
    schema: &SchemaFile,
    inputs: &mut [Resolved],
    target: &mut ResolvedTarget,
    target_has_own: bool,
) -> Result<Option<String>> {
    let mut self_describing = None;
    for input in inputs {
        if !schema.apply_to_source(input)? {
            self_describing = Some(input.format.info().name);
        }
    }
    let written = !target_has_own && schema.apply_to_target(target.format, &mut target.options);
    Ok(self_describing.map(|format| {
        let path = schema.definition.path.display();
        match written {
            true => format!("{format} carries its own schema: {path} is for the target only"),
            false => format!("{format} carries its own schema: {path} has no effect on it"),
        }
    }))
}
