//! The columns of what was seen: for each path a type that gives every value back.

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, UnionMode};

use super::super::options::{Inference, Mixed};
use super::super::schema::json_text;
use super::Shape;
use super::object::Object;
use crate::column::json::{ABSENT, raw_text};
use crate::error::{Error, Result};

/// Keys of one object above which it is a map, if all values have one type.
pub(in super::super) const STRUCT_KEYS: usize = 512;

/// What was found besides types.
#[derive(Debug, Default)]
pub(in super::super) struct Found {
    /// How types are found.
    pub infer: Inference,
    /// Whether records that were not seen may have nulls where these have none.
    pub in_part: bool,
    /// Paths of maps.
    pub maps: Vec<String>,
}

impl Shape {
    /// The column of that shape: a type that gives every value back, JSON text if there is no other.
    ///
    /// # Errors
    /// `Schema`: values of several kinds, if that is an error.
    pub fn field(self, name: &str, path: &str, found: &mut Found) -> Result<Field> {
        if self.strings && self.invalid && self.kinds() == 1 {
            return Ok(raw_text(name));
        }
        if self.kinds() > 1 {
            return match found.infer.mixed {
                Mixed::Json => Ok(json_text(name)),
                Mixed::Union => Ok(Field::new(name, self.union(path, found)?, true)),
                Mixed::Error => Err(self.mixed(path)),
            };
        }
        Ok(match self.data_type(path, found)? {
            Some(data_type) => Field::new(name, data_type, true),
            None => json_text(name),
        })
    }

    /// The type of values of one kind; `None` if only JSON text holds them.
    fn data_type(self, path: &str, found: &mut Found) -> Result<Option<DataType>> {
        if self.kinds() == 0 {
            return Ok(Some(DataType::Null));
        }
        if self.booleans {
            return Ok(Some(DataType::Boolean));
        }
        if self.strings {
            return Ok(self.temporal.data_type().or(Some(DataType::Utf8)));
        }
        if let Some(list) = self.list {
            let item = list.field(Field::LIST_FIELD_DEFAULT_NAME, &format!("{path}[]"), found)?;
            return Ok(Some(DataType::List(Arc::new(item))));
        }
        match self.object {
            Some(object) => object.data_type(path, found).map(Some),
            None => Ok(self.numbers.json_type()),
        }
    }

    /// A branch for each kind; null is null in the first.
    fn union(self, path: &str, found: &mut Found) -> Result<DataType> {
        let Shape { booleans, strings, invalid, temporal, numbers, list, object, .. } = self;
        let none = Shape::default;
        let branches = [
            ("boolean", booleans.then(|| Shape { booleans, ..none() })),
            ("number", (!numbers.is_empty()).then(|| Shape { numbers, ..none() })),
            ("string", strings.then(|| Shape { strings, invalid, temporal, ..none() })),
            ("array", list.is_some().then(|| Shape { list, ..none() })),
            ("object", object.is_some().then(|| Shape { object, ..none() })),
        ];
        let mut fields = Vec::new();
        for (id, (name, shape)) in (0_i8..).zip(branches.into_iter().filter_map(|(name, shape)| Some((name, shape?)))) {
            let field = shape.field(name, &format!("{path}.{name}"), found)?.with_nullable(id == 0);
            fields.push((id, Arc::new(field)));
        }
        Ok(DataType::Union(fields.into_iter().collect(), UnionMode::Dense))
    }

    fn mixed(&self, path: &str) -> Error {
        let kinds = [
            ("booleans", self.booleans),
            ("numbers", !self.numbers.is_empty()),
            ("strings", self.strings),
            ("arrays", self.list.is_some()),
            ("objects", self.object.is_some()),
        ];
        let kinds: Vec<_> = kinds.into_iter().filter(|(_, seen)| *seen).map(|(kind, _)| kind).collect();
        Error::schema(format!("values of several kinds: {}", kinds.join(", ")))
            .in_column(path)
            .with_hint("--mixed=json keeps them as JSON text, --mixed=union makes a branch for each kind")
    }

    /// The columns of records, if keys can be told apart.
    ///
    /// # Errors
    /// As [`Shape::field`].
    pub fn into_columns(self, found: &mut Found) -> Result<Result<Fields, Shape>> {
        match self.object {
            Some(object) if object.any.is_none() => object.fields("", found).map(Ok),
            object => Ok(Err(Shape { object, ..self })),
        }
    }
}

impl Object {
    fn fields(self, path: &str, found: &mut Found) -> Result<Fields> {
        let mut fields = Vec::with_capacity(self.members.len());
        for member in self.members {
            let name = String::from_utf8_lossy(&member.name).into_owned();
            let path = join(path, &name);
            let absent = member.count < self.seen;
            let null = member.shape.nulls || found.in_part;
            let mut field = member.shape.field(&name, &path, found)?;
            if found.infer.nulls {
                field.set_nullable(absent || null);
            }
            // Where nulls are left out, a key stays absent only if none that is there has null.
            if absent && !(found.infer.nulls && null) {
                let mut metadata = field.metadata().clone();
                metadata.insert(ABSENT.to_owned(), "true".to_owned());
                field.set_metadata(metadata);
            }
            fields.push(field);
        }
        Ok(fields.into())
    }

    /// A struct; a map if there are many keys (or maps are wanted) and all values have one type.
    fn data_type(self, path: &str, found: &mut Found) -> Result<DataType> {
        let value = join(path, "value");
        if let Some(any) = self.any {
            found.maps.push(path.to_owned());
            return any.field("value", &value, found).map(map_of);
        }
        if self.members.len() > STRUCT_KEYS || (found.infer.maps && !self.members.is_empty()) {
            let mut all = Shape::default();
            for member in &self.members {
                all.merge(member.shape.clone());
            }
            if all.kinds() <= 1
                && let Ok(Some(data_type)) = all.data_type(&value, found)
            {
                found.maps.push(path.to_owned());
                return Ok(map_of(Field::new("value", data_type, true)));
            }
        }
        Ok(DataType::Struct(self.fields(path, found)?))
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn map_of(value: Field) -> DataType {
    let entries = Fields::from(vec![Field::new("key", DataType::Utf8, false), value]);
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entries), false)), false)
}
