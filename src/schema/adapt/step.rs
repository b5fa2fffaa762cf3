//! What is done for each field, found out from the schemas alone.

use arrow_array::{ArrayRef, new_empty_array};
use arrow_schema::{DataType, Field, FieldRef, Fields, Metadata, Schema, SchemaRef};

use super::fit::{Fit, is_text, leaf};
use super::union::Unions;
use super::unknown::is_unknown;
use super::{entries, value};
use crate::column::json::{ValueWriter, WriteRules, is_json_text};
use crate::error::{Error, Result};
use crate::schema::avsc::keys;
use crate::schema::identity::{By, partners};
use crate::schema::renamed::{self, Renamed};
use crate::schema::symbols::of_item;
use crate::schema::type_text::field_text;

/// How a field of the target comes about.
#[derive(Clone, Debug)]
pub(super) enum Member {
    /// One value for all records: the default, or null.
    Fill(ArrayRef),
    /// From the field at an index of the source.
    Take {
        from: usize,
        step: Step,
        /// Path of the column in the target, for counts.
        path: String,
        /// What stands in for null, where the user lets that through.
        default: Option<ArrayRef>,
    },
}

/// How the fields of a record come about.
#[derive(Clone, Debug, Default)]
pub(super) struct Members {
    /// One for each field of the target.
    pub each: Vec<Member>,
    /// Columns of the source that hold unknown fields of a message, for which the target has no place: there must be
    /// none.
    pub void: Vec<usize>,
}

/// What is done with the values of a field.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// Nothing.
    Same,
    /// Another type over the same bytes: a zone's name, names of nested fields.
    Retype(DataType),
    /// Each value becomes one of another type.
    Cast { from: Field, to: Field },
    /// Member by member.
    Struct(Fields, Members),
    /// Item by item. The member is the item.
    List(DataType, FieldRef, Box<Member>),
    /// Entry by entry: key and value.
    Map(DataType, Fields, Members),
    /// A map as the list of its entries, which is what the step is for.
    Entries(FieldRef, Box<Step>),
    /// A list of entries, after the step, as a map.
    IntoMap(DataType, Box<Step>),
    /// Branch by branch.
    Union(Unions),
    /// Nulls of another type.
    Nulls(DataType),
    /// The JSON text of each value of a type with parts.
    Json { from: Field, to: DataType },
}

/// A plan for all fields.
#[derive(Debug, Default)]
pub(super) struct Plan<'a> {
    /// Fields that were said to be renamed.
    pub renamed: &'a [Renamed],
    /// Whether the ids of columns count.
    pub ids: bool,
    pub members: Members,
    /// Paths of fields that the target does not have.
    pub dropped: Vec<String>,
    /// Paths of values that are checked one by one.
    pub changed: Vec<String>,
    /// Paths of values that may be null in the source, but not in the target.
    pub nulls: Vec<String>,
}

pub(super) fn plan<'a>(source: &Schema, target: &SchemaRef, renamed: &'a [Renamed], ids: bool) -> Result<Plan<'a>> {
    let mut plan = Plan { renamed, ids, ..Plan::default() };
    let message = |schema: &Schema| schema.metadata().get("proto.message").cloned();
    let by_number = message(source).is_some() && message(source) == message(target);
    let names = record_names(target.metadata());
    plan.members = plan.fields(source.fields(), target.fields(), &names, by_number, "")?;
    Ok(plan)
}

/// What the record is called that a schema or a struct is, without package.
pub(crate) fn record_names(metadata: &Metadata) -> Vec<String> {
    let named = [keys::AVRO_NAME, "proto.message"].into_iter().filter_map(|key| metadata.get(key));
    named.map(|name| name.rsplit('.').next().unwrap_or(name).to_owned()).collect()
}

fn below(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

impl Plan<'_> {
    fn fields(
        &mut self,
        source: &Fields,
        target: &Fields,
        record: &[String],
        by_number: bool,
        path: &str,
    ) -> Result<Members> {
        let renamed = self.renamed;
        let said = |name: &str| renamed::source_of(renamed, record, name);
        let by = By { number: by_number, id: self.ids };
        let mut partners = partners(source, target, by, &said);
        let mut void = Vec::new();
        for (at, field) in source.iter().enumerate() {
            let partner = partners.iter().position(|partner| *partner == Some(at));
            if is_unknown(field) {
                // In another message their numbers may be those of other fields.
                if !by_number || partner.is_none() {
                    void.push(at);
                    partners.iter_mut().filter(|partner| **partner == Some(at)).for_each(|partner| *partner = None);
                }
            } else if partner.is_none() {
                self.dropped.push(below(path, field.name()));
            }
        }
        let members = partners.iter().zip(target).map(|(partner, field)| {
            let path = below(path, field.name());
            match partner {
                Some(at) => self.take(*at, &source[*at], field, path),
                None => value::missing(field).map(Member::Fill),
            }
            .map_err(|error| error.in_column(field.name()))
        });
        Ok(Members { each: members.collect::<Result<_>>()?, void })
    }

    pub(super) fn take(&mut self, from: usize, source: &Field, target: &Field, path: String) -> Result<Member> {
        let step = self.step(source, target, &path)?;
        if source.is_nullable() && !target.is_nullable() {
            self.nulls.push(path.clone());
        }
        // A default that cannot be understood is told where it is needed.
        let default = value::declared(target).and_then(Result::ok);
        Ok(Member::Take { from, step, path, default })
    }

    fn step(&mut self, source: &Field, target: &Field, path: &str) -> Result<Step> {
        use DataType as T;
        Ok(match (source.data_type(), target.data_type()) {
            (T::Struct(fields), T::Struct(wanted)) => {
                let message = |field: &Field| field.metadata().get("proto.message").cloned();
                let by_number = message(source).is_some() && message(source) == message(target);
                let mut names = record_names(target.metadata());
                names.push(target.name().clone());
                let members = self.fields(fields, wanted, &names, by_number, path)?;
                let as_it_is = |(at, member): (usize, &Member)| matches!(member, Member::Take { from, step: Step::Same, .. } if *from == at);
                let all = fields.len() == wanted.len() && members.each.iter().enumerate().all(as_it_is);
                match all && fields == wanted {
                    true => Step::Same,
                    false => Step::Struct(wanted.clone(), members),
                }
            }
            (
                T::List(item)
                | T::LargeList(item)
                | T::FixedSizeList(item, _)
                | T::ListView(item)
                | T::LargeListView(item),
                T::List(wanted) | T::LargeList(wanted) | T::FixedSizeList(wanted, _),
            ) => {
                let (item, wanted_item) = (of_item(source, item), of_item(target, wanted));
                let inner = self.take(0, &item, &wanted_item, format!("{path}[]"))?;
                let same = matches!(&inner, Member::Take { step: Step::Same, .. });
                match same && source.data_type() == target.data_type() {
                    true => Step::Same,
                    false => Step::List(target.data_type().clone(), wanted.clone(), Box::new(inner)),
                }
            }
            (T::Map(entries, _), T::Map(wanted, _)) => {
                let (T::Struct(fields), T::Struct(pair)) = (entries.data_type(), wanted.data_type()) else {
                    return Err(refused(source, target));
                };
                let ([key, value], [wanted_key, wanted_value]) = (&fields[..], &pair[..]) else {
                    return Err(refused(source, target));
                };
                let each = vec![
                    self.take(0, key, wanted_key, below(path, wanted_key.name()))?,
                    self.take(
                        1,
                        &of_item(source, value),
                        &of_item(target, wanted_value),
                        below(path, wanted_value.name()),
                    )?,
                ];
                let same = each.iter().all(|member| matches!(member, Member::Take { step: Step::Same, .. }));
                match same && source.data_type() == target.data_type() {
                    true => Step::Same,
                    false => Step::Map(target.data_type().clone(), pair.clone(), Members { each, void: Vec::new() }),
                }
            }
            (one, other) if one == other && is_whole(one) => Step::Same,
            (T::Union(..), _) | (_, T::Union(..)) if target.extension_type_name().is_none() => {
                Step::Union(self.union(source, target, path)?)
            }
            (map @ T::Map(..), T::List(_) | T::LargeList(_)) if entries::is_entries(target.data_type()) => {
                let Some((list, item)) = entries::as_list(map) else { return Err(refused(source, target)) };
                let list = source.clone().with_data_type(list);
                Step::Entries(item, Box::new(self.step(&list, target, path)?))
            }
            (T::List(_) | T::LargeList(_), map @ T::Map(..)) if entries::is_entries(source.data_type()) => {
                let Some((list, _)) = entries::as_list(map) else { return Err(refused(source, target)) };
                let step = self.step(source, &target.clone().with_data_type(list), path)?;
                // Keys may stand twice.
                self.changed.push(path.to_owned());
                Step::IntoMap(map.clone(), Box::new(step))
            }
            (one, other) if one.is_nested() && is_json_text(target) && is_text(other) => {
                if ValueWriter::new(source, &new_empty_array(one), &WriteRules::default()).is_err() {
                    return Err(refused(source, target));
                }
                Step::Json { from: source.clone(), to: other.clone() }
            }
            (T::Null, other) if !value::can_build(target) => Step::Nulls(other.clone()),
            _ => match leaf(source, target).ok_or_else(|| refused(source, target))? {
                Fit::Same => Step::Same,
                Fit::Widened if same_bytes(source.data_type(), target.data_type()) => {
                    Step::Retype(target.data_type().clone())
                }
                fit => {
                    if !value::can_build(target) {
                        return Err(refused(source, target));
                    }
                    if fit == Fit::Checked {
                        self.changed.push(path.to_owned());
                    }
                    Step::Cast { from: source.clone(), to: target.clone() }
                }
            },
        })
    }
}

/// Types whose parts are not looked at: they are the same or refused.
fn is_whole(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Union(..) | DataType::ListView(_) | DataType::LargeListView(_))
}

/// Whether a value has the same bytes in both types.
fn same_bytes(one: &DataType, other: &DataType) -> bool {
    match (one, other) {
        (DataType::Timestamp(unit, _), DataType::Timestamp(same, _)) => unit == same,
        (DataType::FixedSizeBinary(width), DataType::FixedSizeBinary(same)) => width == same,
        _ => false,
    }
}

pub(super) fn refused(source: &Field, target: &Field) -> Error {
    Error::schema(format!(
        "{} is not read as {}: values would get another meaning",
        field_text(source),
        field_text(target)
    ))
}
