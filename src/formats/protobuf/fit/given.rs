//! What becomes of columns in a message that the user gave, or that the records came with: what its fields are, what
//! their types cannot hold, and what reading them gives.

use std::collections::HashMap;

use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit};

use crate::code::Code;
use crate::column::json::is_json_text;
use crate::column::nesting::{element, unencoded};
use crate::column::proto::encode::plan::{self, FieldPlan, ManyPlan, MessagePlan, ValuePlan, is_bytes, is_text};
use crate::column::temporal::Zone;
use crate::error::{Error, Result};
use crate::fit::{Fit, GivenFits, Returns, integer_range};
use crate::format::WriteOptions;
use crate::formats::protobuf::schema::kept;
use crate::schema::annotations::{says_something, schema_lost_in_text};
use crate::schema::proto::arrow::{carried_enum, carried_read, known_name, restored_schema};
use crate::schema::proto::load::{Loaded, load};
use crate::schema::proto::pool::{Enum, Presence, Scalar};
use crate::schema::proto::same_type;
use crate::schema::proto::shape::{Known, ReadAs};

/// `None` if no definition is given or carried, or it cannot be read.
pub(in crate::formats::protobuf) fn fits(schema: &Schema, options: &WriteOptions) -> Option<GivenFits> {
    let (pool, message) = match &options.definition {
        Some(given) => load(given).map(|Loaded { pool, message }| (pool, message)).ok()?,
        None => kept(schema, options).ok()??,
    };
    let read = ReadAs { keep_unknown: false, ..carried_read(schema) };
    let restored = restored_schema(&pool, message, read).ok()?.schema;
    let natural = restored_schema(&pool, message, ReadAs { ignore_hints: true, ..read }).ok()?.schema;
    let mut judge = Judge { fits: GivenFits::default(), place: Vec::new(), text: super::is_text(options) };
    let (plans, whole) = plan::columns(&pool, message, schema.fields());
    let lost = if says_something(restored.metadata()) { Vec::new() } else { schema_lost_in_text(schema) };
    judge.fits.schema = Some(match whole {
        Ok(()) => Fit::exact("messages").with(&lost),
        Err(error) => Fit::refused(error.message()),
    });
    let back = Back { restored: Some(restored.fields()), natural: Some(natural.fields()) };
    let exclusive = plan::message(&pool, message, schema.fields()).map(|plan| plan.exclusive).unwrap_or_default();
    judge.columns(schema.fields(), &plans, &exclusive, back);
    Some(judge.fits)
}

/// Columns, or a column, that reading gives, with hints and without.
struct Back<'a, T> {
    restored: Option<&'a T>,
    natural: Option<&'a T>,
}

impl<T> Clone for Back<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Back<'_, T> {}

impl<T> Back<'_, T> {
    const NOTHING: Self = Back { restored: None, natural: None };
}

impl<'a> Back<'a, Fields> {
    /// The column of a field. Most stand at `index`, where the column stands that is written: looked at first, so that thousands of
    /// columns are no search each.
    fn column(self, (index, name): (usize, &str), number: u32) -> Back<'a, Field> {
        let number = number.to_string();
        let of_number = |field: &&Field| field.metadata().get("proto.number").is_some_and(|given| *given == number);
        let find = |fields: &'a Fields| -> Option<&'a Field> {
            if let Some(same) = fields.get(index).filter(|field| field.name() == name) {
                return Some(same);
            }
            let mut all = fields.iter().map(AsRef::as_ref);
            all.clone().find(|field: &&Field| field.name() == name).or_else(|| all.find(of_number))
        };
        Back { restored: self.restored.and_then(find), natural: self.natural.and_then(find) }
    }
}

impl<'a> Back<'a, Field> {
    /// The columns inside.
    fn inside(self, fields: impl Fn(&'a DataType) -> Option<&'a Fields>) -> Back<'a, Fields> {
        let of = |field: &'a Field| fields(field.data_type());
        Back { restored: self.restored.and_then(of), natural: self.natural.and_then(of) }
    }

    /// The elements.
    fn element(self) -> Back<'a, Field> {
        let of = |field: &'a Field| element(field.data_type()).map(AsRef::as_ref);
        Back { restored: self.restored.and_then(of), natural: self.natural.and_then(of) }
    }
}

fn of_struct(data_type: &DataType) -> Option<&Fields> {
    match data_type {
        DataType::Struct(fields) => Some(fields),
        _ => None,
    }
}

fn of_map(data_type: &DataType) -> Option<&Fields> {
    match data_type {
        DataType::Map(entries, _) => of_struct(entries.data_type()),
        _ => None,
    }
}

struct Judge {
    fits: GivenFits,
    place: Vec<usize>,
    /// Whether messages are written in the text format.
    text: bool,
}

impl Judge {
    /// `exclusive`: names of oneofs, and the columns of their members.
    fn columns(
        &mut self,
        columns: &Fields,
        plans: &[Result<MessagePlan>],
        exclusive: &[(String, Vec<usize>)],
        back: Back<Fields>,
    ) {
        for (index, (column, plan)) in columns.iter().zip(plans).enumerate() {
            self.place.push(index);
            match plan {
                Ok(plan) => {
                    let fields: Vec<&FieldPlan> = plan.fields.iter().collect();
                    self.column(index, column, &fields, plan, exclusive, back);
                }
                Err(error) => self.refuse(column, error),
            }
            self.place.pop();
        }
    }

    fn refuse(&mut self, column: &Field, error: &Error) {
        let path = error.origin().column.as_deref().filter(|path| path != column.name());
        let text = path.map_or_else(|| error.message().to_owned(), |path| format!("{}: {path}", error.message()));
        self.fits.fields.insert(self.place.clone(), Fit::refused(text));
        if let Some(hint) = error.hint() {
            self.fits.hints.insert(self.place.clone(), hint.to_owned());
        }
    }

    /// A column that stands in a message, with the fields that it is written to.
    fn column(
        &mut self,
        index: usize,
        column: &Field,
        fields: &[&FieldPlan],
        plan: &MessagePlan,
        exclusive: &[(String, Vec<usize>)],
        back: Back<Fields>,
    ) {
        let fit = match (column.data_type(), fields) {
            (DataType::Union(..), [_, ..]) => {
                let back = back.column((index, column.name()), 0);
                self.branches(column, fields);
                returned("oneof", column, back)
            }
            (_, [field]) => {
                let back = back.column((index, column.name()), field.number);
                let fit = self.field(column, field, back);
                let renamed = back.restored.is_some_and(|back| back.name() != column.name());
                let member = exclusive.iter().any(|(_, members)| members.contains(&index));
                let fit = if renamed { fit.at_best(Returns::Wider).with(&[Code::Name]) } else { fit };
                if member { fit.with(&[Code::OneOf]) } else { fit }
            }
            _ if plan.unknown == Some(index) => Fit::exact("unknown fields"),
            // Nothing but nulls.
            _ => {
                let nulls = plan.nulls.iter().filter(|(at, ..)| *at == index);
                Fit::wider("nothing").with(&nulls.map(|(_, code, _)| *code).collect::<Vec<_>>()).with(&[Code::Type])
            }
        };
        self.fits.fields.insert(self.place.clone(), fit);
    }

    /// What becomes of a value in a field; what is inside goes into the list.
    fn field(&mut self, column: &Field, plan: &FieldPlan, back: Back<Field>) -> Fit {
        let fit = returned(&plan.text, column, back);
        let nullable = column.is_nullable();
        match &plan.many {
            ManyPlan::One(value) => {
                let fit = self.value(fit, column, value, back);
                match plan.presence {
                    Presence::Implicit if nullable => fit.with(&[Code::Presence]),
                    Presence::Required if nullable => fit.with(&[Code::Null]),
                    _ => fit,
                }
            }
            ManyPlan::List { item, .. } => {
                match unencoded(column.data_type()) {
                    DataType::Map(entries, _) => {
                        if let (ValuePlan::Message { plan, .. }, Some(pair)) = (item, of_struct(entries.data_type())) {
                            self.message(pair, plan, back.inside(of_map));
                        }
                    }
                    list => {
                        if let Some(element) = element(list) {
                            self.element(0, element, item, Code::NullElement, back.element());
                        }
                    }
                }
                if nullable { fit.with(&[Code::NullList]) } else { fit }
            }
            ManyPlan::Map { key, value } => {
                if let Some(pair) = of_map(unencoded(column.data_type())) {
                    let backs = back.inside(of_map);
                    self.element(0, &pair[0], &ValuePlan::Scalar(*key), Code::Null, backs.column((0, "key"), 1));
                    self.element(1, &pair[1], value, Code::Null, backs.column((1, "value"), 2));
                }
                let fit = fit.with(&[Code::DuplicateKey, Code::MapOrder]);
                if nullable { fit.with(&[Code::NullList]) } else { fit }
            }
            ManyPlan::Branch { .. } => fit,
        }
    }

    /// An element of a list, a key or a value of a map; `null`: what a null is there.
    fn element(&mut self, index: usize, column: &Field, value: &ValuePlan, null: Code, back: Back<Field>) {
        self.place.push(index);
        let fit = self.value(returned(&text(value), column, back), column, value, back);
        let holds_null = matches!(value, ValuePlan::Around(plan) if matches!(
            &plan.fields[..],
            [FieldPlan { presence: Presence::Explicit, many: ManyPlan::One(_), .. }]
        ));
        let fit = if column.is_nullable() && !holds_null { fit.with(&[null]) } else { fit };
        self.fits.fields.insert(self.place.clone(), fit);
        self.place.pop();
    }

    fn branches(&mut self, column: &Field, fields: &[&FieldPlan]) {
        let DataType::Union(branches, _) = column.data_type() else { return };
        for (index, (id, branch)) in branches.iter().enumerate() {
            self.place.push(index);
            let plan = fields.iter().find_map(|field| match &field.many {
                ManyPlan::Branch { id: of, value } if *of == id => Some((field, value)),
                _ => None,
            });
            let fit = match plan {
                None => Fit::exact("the oneof that is not set"),
                Some((field, value)) => {
                    // Whether types come back is told of the union.
                    let fit = self.value(Fit::exact(&field.text), branch, value, Back::NOTHING);
                    let null = branch.is_nullable() && branch.data_type() != &DataType::Null;
                    if null { fit.with(&[Code::Null]) } else { fit }
                }
            };
            self.fits.fields.insert(self.place.clone(), fit);
            self.place.pop();
        }
    }

    /// The columns of a message inside.
    fn message(&mut self, columns: &Fields, plan: &MessagePlan, back: Back<Fields>) {
        let mut fields: HashMap<usize, Vec<&FieldPlan>> = HashMap::new();
        for field in &plan.fields {
            fields.entry(field.column.unwrap_or_default()).or_default().push(field);
        }
        for (index, column) in columns.iter().enumerate() {
            self.place.push(index);
            let fields = fields.remove(&index).unwrap_or_default();
            self.column(index, column, &fields, plan, &plan.exclusive, back);
            self.place.pop();
        }
    }

    /// What is inside a value in JSON is part of it.
    fn in_json(&mut self, data_type: &DataType) {
        let children: Vec<&Field> = match data_type {
            DataType::Struct(fields) => fields.iter().map(AsRef::as_ref).collect(),
            DataType::Map(entries, _) => return self.in_json(entries.data_type()),
            DataType::Union(branches, _) => branches.iter().map(|(_, branch)| branch.as_ref()).collect(),
            list => element(list).map(AsRef::as_ref).into_iter().collect(),
        };
        for (index, child) in children.into_iter().enumerate() {
            self.place.push(index);
            self.fits.fields.insert(self.place.clone(), Fit::exact("JSON"));
            self.in_json(child.data_type());
            self.place.pop();
        }
    }

    /// With what the type of the field cannot hold of the values of the column.
    fn value(&mut self, fit: Fit, column: &Field, value: &ValuePlan, back: Back<Field>) -> Fit {
        let plain = unencoded(column.data_type());
        let fit = if self.text && plain.is_floating() { fit.with(&[Code::NaNPayload]) } else { fit };
        let codes = match value {
            ValuePlan::Scalar(scalar) => of_scalar(*scalar, plain),
            ValuePlan::Enum(names) => of_enum(names, column, plain),
            ValuePlan::Message { plan, .. } => {
                if let Some(columns) = of_struct(plain) {
                    self.message(columns, plan, back.inside(of_struct));
                }
                Vec::new()
            }
            ValuePlan::Around(plan) => {
                // A null is the message that is not there.
                let column = column.clone().with_nullable(false);
                return match &plan.fields[..] {
                    [only] if !matches!(only.many, ManyPlan::Branch { .. }) => {
                        let inner = self.field(&column, only, back);
                        fit.with(&inner.codes)
                    }
                    fields => {
                        self.branches(&column, &fields.iter().collect::<Vec<_>>());
                        fit
                    }
                };
            }
            ValuePlan::Raw { json: true, .. } => vec![Code::Token, Code::ExtraKey],
            ValuePlan::Raw { json: false, .. } => {
                let whole = column.metadata().get("fmtconv.logical").is_some_and(|logical| logical == "proto:message");
                if whole { Vec::new() } else { vec![Code::Token] }
            }
            ValuePlan::Known(known) => of_known(*known, column, plain),
            ValuePlan::DecimalText { .. } => vec![Code::Token],
            ValuePlan::Json(_) => {
                self.in_json(column.data_type());
                of_json(plain)
            }
            ValuePlan::StringValue | ValuePlan::Interval => Vec::new(),
        };
        fit.with(&codes)
    }
}

/// Which values of a type a message of JSON does not hold: its numbers are doubles, its objects have no key twice.
fn of_json(plain: &DataType) -> Vec<Code> {
    match plain {
        plain if plain.is_nested() => {
            vec![Code::FloatDigits, Code::FloatRange, Code::NonFinite, Code::DuplicateKey]
        }
        plain if plain.is_floating() => vec![Code::NonFinite],
        plain => of_scalar(Scalar::Double, plain),
    }
}

/// The type of a value inside a list or map.
fn text(value: &ValuePlan) -> String {
    match value {
        ValuePlan::Scalar(scalar) => scalar.name().to_owned(),
        ValuePlan::Enum(names) => names.name.clone(),
        ValuePlan::Known(known) => known_name(*known).to_owned(),
        ValuePlan::Json(known) => known_name(*known).to_owned(),
        ValuePlan::StringValue => known_name(Known::Value).to_owned(),
        _ => "message".to_owned(),
    }
}

/// Whether a type comes back; what is inside is told apart.
fn returned(target: &str, column: &Field, back: Back<Field>) -> Fit {
    let same = |back: Option<&Field>| {
        // Text is not the JSON that a message of JSON gives.
        let json = |back: &Field| is_json_text(back) && is_text(column.data_type()) && !is_json_text(column);
        back.is_some_and(|back| same_shell(back.data_type(), column.data_type()) && !json(back))
    };
    let fit = match (same(back.restored), same(back.natural)) {
        (true, true) => Fit::exact(target),
        (true, false) => Fit::hinted(target),
        _ => Fit::wider(target).with(&[lost(target, column)]),
    };
    let kept = !says_something(column.metadata()) || back.restored.is_some_and(|back| says_something(back.metadata()));
    if kept { fit } else { fit.with(&[Code::Meta]) }
}

/// What is lost with a type that does not come back.
fn lost(target: &str, column: &Field) -> Code {
    match column.data_type() {
        // It is as local as the column is.
        DataType::Timestamp(_, None) if target.ends_with("google.type.DateTime") => Code::Type,
        DataType::Timestamp(_, None) => Code::Naive,
        DataType::Timestamp(_, zone) if !matches!(Zone::of(zone.as_deref()), Some(Zone::Utc)) => Code::Zone,
        _ => Code::Type,
    }
}

fn same_shell(back: &DataType, column: &DataType) -> bool {
    use DataType as T;
    match (back, column) {
        (T::Struct(_), T::Struct(_)) | (T::List(_), T::List(_)) | (T::LargeList(_), T::LargeList(_)) => true,
        (T::ListView(_), T::ListView(_)) | (T::LargeListView(_), T::LargeListView(_)) | (T::Map(..), T::Map(..)) => {
            true
        }
        (T::FixedSizeList(_, left), T::FixedSizeList(_, right)) => left == right,
        _ => same_type(back, column),
    }
}

fn of_scalar(scalar: Scalar, plain: &DataType) -> Vec<Code> {
    let within = |(low, high): (i128, i128)| match integer_range(plain) {
        Some((from, to)) if from < low || to > high => vec![Code::IntRange],
        _ => Vec::new(),
    };
    let digits = |bits: u32| match integer_range(plain) {
        Some((from, to)) if from < -(1 << bits) || to > 1 << bits => vec![Code::FloatDigits],
        _ => Vec::new(),
    };
    match scalar {
        Scalar::Int32 | Scalar::Sint32 | Scalar::Sfixed32 => within((i32::MIN.into(), i32::MAX.into())),
        Scalar::Uint32 | Scalar::Fixed32 => within((0, u32::MAX.into())),
        Scalar::Int64 | Scalar::Sint64 | Scalar::Sfixed64 => within((i64::MIN.into(), i64::MAX.into())),
        Scalar::Uint64 | Scalar::Fixed64 => within((0, u64::MAX.into())),
        Scalar::Float if plain == &DataType::Float64 => vec![Code::FloatRange, Code::FloatDigits],
        Scalar::Float => digits(24),
        Scalar::Double => digits(53),
        Scalar::String if is_bytes(plain) => vec![Code::Utf8],
        _ => Vec::new(),
    }
}

fn of_enum(names: &Enum, column: &Field, plain: &DataType) -> Vec<Code> {
    if is_text(plain) {
        let Some(known) = carried_enum(column) else { return vec![Code::Enum] };
        let all = known.values.iter().all(|(name, _)| names.number(name).is_some());
        // Reading gives the first name of a number.
        let first = |number: i32| names.values.iter().find(|(_, of)| *of == number).map(|(name, _)| name);
        let renamed = |name: &String| names.number(name).and_then(first).is_some_and(|read| read != name);
        let renamed = known.values.iter().any(|(name, _)| renamed(name) && !is_alias(&known, name));
        return [(!all).then_some(Code::Enum), renamed.then_some(Code::Name)].into_iter().flatten().collect();
    }
    of_scalar(Scalar::Int32, plain)
}

/// Whether another name comes first for the number of `name`.
fn is_alias(names: &Enum, name: &str) -> bool {
    let number = names.number(name);
    names.values.iter().find(|(_, of)| Some(*of) == number).is_some_and(|(first, _)| first != name)
}

fn of_known(known: Known, column: &Field, plain: &DataType) -> Vec<Code> {
    use DataType as T;
    match (known, plain) {
        (_, T::Timestamp(unit, _) | T::Duration(unit)) if *unit != TimeUnit::Nanosecond => vec![Code::TimestampRange],
        (Known::ConfluentDecimal, plain) if is_text(plain) => vec![Code::Token],
        (Known::Date, T::Date64) => vec![Code::DateRange, Code::TimePrecision],
        (Known::Date | Known::TimeOfDay, _) => vec![Code::DateRange],
        (Known::Value, _) if is_json_text(column) => vec![Code::FloatDigits, Code::FloatRange],
        (Known::Struct | Known::Value | Known::ListValue, _) => {
            vec![Code::FloatDigits, Code::FloatRange, Code::Token]
        }
        _ => Vec::new(),
    }
}
