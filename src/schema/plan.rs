//! What becomes of each column in a target, known from schemas alone, before any data moves.

use arrow_schema::{DataType, Field, Schema};

use super::avsc::keys::LOWERED;
use super::type_text::field_text;
use crate::code::Code;
use crate::error::{Error, Result};
use crate::format::{Fit, Format, GivenFits, WriteOptions};
use crate::policy::Policies;
use crate::report::named;

/// A plan: one line for each column and each nested field.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Name of the target format.
    pub target: &'static str,
    /// Whether a given schema says what columns become.
    pub given: bool,
    /// In schema order, parents before children.
    pub columns: Vec<PlannedColumn>,
}

/// The source of the column that stands for the schema as a whole.
const WHOLE: &str = "the schema";

/// What becomes of one field.
#[derive(Clone, Debug)]
pub struct PlannedColumn {
    /// `order.items[].price`; empty for the schema as a whole.
    pub path: String,
    /// The name of the column of the schema that it is, or that it stands in; empty for the schema as a whole.
    pub top: String,
    /// The type in the record model.
    pub source: String,
    /// What becomes of it.
    pub fit: Fit,
    /// For a field that cannot be written to the given schema: what to do.
    pub hint: Option<String>,
}

impl PlannedColumn {
    /// The path as messages have it: a column without a name is not the schema as a whole.
    pub fn shown(&self) -> &str {
        match self.path.as_str() {
            "" if self.source == WHOLE => "",
            path => named(path),
        }
    }
}

impl Plan {
    /// Losses known from schemas, with the column of each.
    pub fn losses(&self) -> impl Iterator<Item = (Code, &str)> {
        self.columns.iter().flat_map(|column| column.fit.losses().map(|code| (code, column.shown())))
    }

    /// Fails if a column cannot be written at all, naming the first one.
    ///
    /// # Errors
    /// `Unsupported`, or `Schema` where a given schema is what cannot hold it, with the column and the codes.
    pub fn check(&self) -> Result<()> {
        for column in &self.columns {
            if !column.fit.is_refused() {
                continue;
            }
            let message = format!("{} cannot hold {}: {}", self.target, column.source, column.fit.target);
            // It is the given schema that cannot, not the format.
            let error = if self.given { Error::schema(message) } else { Error::unsupported(message) };
            let error = column.fit.codes.iter().fold(error, |error, code| error.with_code(*code));
            let path = column.shown();
            let error = if path.is_empty() { error } else { error.in_column(path) };
            if let Some(hint) = &column.hint {
                return Err(error.with_hint(hint.clone()));
            }
            if path.is_empty() {
                return Err(error.with_hint("name another format with --to"));
            }
            let hint = format!("leave the column out: --exclude {}", column.top);
            return Err(error.with_hint(hint));
        }
        Ok(())
    }

    /// Fails if anything would be lost, for `--strict`.
    ///
    /// # Errors
    /// `Loss` (exit 6), with the first column that is concerned.
    pub fn refuse_losses(&self, policies: &Policies) -> Result<()> {
        match self.losses().find(|(code, _)| !policies.allows(*code)) {
            None => Ok(()),
            Some((code, path)) => {
                let error = Error::new(crate::error::ErrorKind::Loss, code.meaning())
                    .with_code(code)
                    .with_hint(format!("allow it: --allow {code}"));
                Err(if path.is_empty() { error } else { error.in_column(path) })
            }
        }
    }
}

/// Asks `target` about every field of `schema`. A pure function of the schema and the options, with the schema
/// definition that they name. [`Convert::plan`](crate::Convert::plan) does it for inputs.
///
/// ```
/// use arrow_schema::{DataType, Field, Schema, TimeUnit};
/// use fmtconv::Registry;
/// use fmtconv::format::WriteOptions;
/// use fmtconv::schema::plan::plan;
///
/// # #[cfg(feature = "csv")] {
/// let at = Field::new("at", DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())), false);
/// let csv = Registry::builtin().by_name("csv")?.0;
/// let plan = plan(&Schema::new(vec![at]), csv, &WriteOptions::default());
/// assert_eq!((plan.target, plan.columns[0].path.as_str()), ("csv", "at"));
/// plan.check()?;
/// # }
/// # Ok::<(), fmtconv::Error>(())
/// ```
pub fn plan(schema: &Schema, target: &dyn Format, options: &WriteOptions) -> Plan {
    let given = target.fit_given(schema, options);
    let is_given = given.is_some();
    let mut given = given.unwrap_or_default();
    let mut columns = Vec::new();
    let whole = given.schema.take().unwrap_or_else(|| target.fit_schema(schema, options));
    if whole.is_refused() || !whole.codes.is_empty() {
        let source = WHOLE.to_owned();
        let hint = given.hints.remove(&Vec::new());
        columns.push(PlannedColumn { path: String::new(), top: String::new(), source, fit: whole, hint });
    }
    let mut walk = Walk { target, options, given, columns, place: Vec::new() };
    for (index, field) in schema.fields().iter().enumerate() {
        walk.field(index, field, field.name().clone(), &[]);
    }
    Plan { target: target.info().name, given: is_given, columns: walk.columns }
}

struct Walk<'a> {
    target: &'a dyn Format,
    options: &'a WriteOptions,
    given: GivenFits,
    columns: Vec<PlannedColumn>,
    /// Indexes of the fields that lead here.
    place: Vec<usize>,
}

impl Walk<'_> {
    fn field(&mut self, index: usize, field: &Field, path: String, parents: &[&Field]) {
        self.place.push(index);
        let fit = self.given.fields.remove(&self.place);
        let fit = fit.unwrap_or_else(|| self.target.fit(field, parents, self.options));
        let hint = self.given.hints.remove(&self.place);
        let opaque = fit.is_refused() || fit.whole;
        let top = parents.first().map_or(field, |top| top).name().clone();
        self.columns.push(PlannedColumn { path: path.clone(), top, source: source_text(field), fit, hint });
        if !opaque {
            self.children(field, &path, &[parents, &[field]].concat());
        }
        self.place.pop();
    }

    fn children(&mut self, field: &Field, path: &str, parents: &[&Field]) {
        let pair = match field.data_type() {
            DataType::Map(entries, _) => entries.data_type(),
            other => other,
        };
        match pair {
            DataType::List(item)
            | DataType::LargeList(item)
            | DataType::ListView(item)
            | DataType::LargeListView(item)
            | DataType::FixedSizeList(item, _) => self.field(0, item, format!("{path}[]"), parents),
            DataType::Struct(fields) => {
                for (index, child) in fields.iter().enumerate() {
                    self.field(index, child, format!("{path}.{}", child.name()), parents);
                }
            }
            DataType::Union(fields, _) => {
                for (index, (_, child)) in fields.iter().enumerate() {
                    self.field(index, child, format!("{path}.{}", child.name()), parents);
                }
            }
            _ => {}
        }
    }
}

/// The type of a field; where a recursive type is cut, which one.
fn source_text(field: &Field) -> String {
    let cut = field.metadata().get(LOWERED).and_then(|text| text.strip_prefix("recursion:"));
    // Protobuf: a message that is one value, as where it would contain itself.
    let whole = field.metadata().get("fmtconv.logical").filter(|logical| *logical == "proto:message");
    let whole = whole.and_then(|_| field.metadata().get("proto.message"));
    match (cut, whole) {
        (Some(name), _) => format!("{}, the rest of a recursive {name}", field_text(field)),
        (None, Some(name)) => format!("{}, a whole message {name}", field_text(field)),
        (None, None) => field_text(field),
    }
}
