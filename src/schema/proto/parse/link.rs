//! Type names, resolved over all files: from the innermost scope outwards.

use std::collections::HashMap;

use prost_types::field_descriptor_proto::Type;
use prost_types::{DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto};

use super::Parsed;
use super::lexer::{Place, fail};
use crate::error::{Error, Result};
use crate::schema::proto::pool::join;

/// The types of all files, by full name.
#[derive(Debug, Default)]
pub struct Symbols {
    /// Whether each is an enum.
    types: HashMap<String, bool>,
}

impl Symbols {
    /// Adds the types of a file.
    pub fn add(&mut self, file: &FileDescriptorProto) {
        self.messages(&file.message_type, file.package());
        self.enums(&file.enum_type, file.package());
    }

    fn messages(&mut self, messages: &[DescriptorProto], scope: &str) {
        for message in messages {
            let name = join(scope, message.name());
            self.messages(&message.nested_type, &name);
            self.enums(&message.enum_type, &name);
            self.types.insert(name, false);
        }
    }

    fn enums(&mut self, enums: &[EnumDescriptorProto], scope: &str) {
        for descriptor in enums {
            self.types.insert(join(scope, descriptor.name()), true);
        }
    }

    /// The full name of a type that `scope` calls `name`, and whether it is an enum.
    fn find(&self, scope: &str, name: &str) -> Option<(String, bool)> {
        let known = |full: String| self.types.get(&full).map(|is_enum| (full, *is_enum));
        if let Some(full) = name.strip_prefix('.') {
            return known(full.to_owned());
        }
        let mut scope = scope;
        loop {
            if let Some(found) = known(join(scope, name)) {
                return Some(found);
            }
            if scope.is_empty() {
                return None;
            }
            scope = scope.rsplit_once('.').map_or("", |(outer, _)| outer);
        }
    }
}

/// Puts full names and kinds where types were named.
///
/// # Errors
/// `Schema`, with the place, for a name that no file declares.
pub fn link(parsed: &mut Parsed, symbols: &Symbols) -> Result<()> {
    let package = parsed.file.package().to_owned();
    let linker = Linker { symbols, places: &parsed.types };
    linker.fields(&mut parsed.file.extension, &package)?;
    linker.messages(&mut parsed.file.message_type, &package)?;
    for method in parsed.file.service.iter_mut().flat_map(|service| &mut service.method) {
        for name in [&mut method.input_type, &mut method.output_type] {
            if let Some((full, false)) = symbols.find(&package, name.as_deref().unwrap_or_default()) {
                *name = Some(format!(".{full}"));
            }
        }
    }
    Ok(())
}

struct Linker<'a> {
    symbols: &'a Symbols,
    places: &'a [(String, Place)],
}

impl Linker<'_> {
    fn messages(&self, messages: &mut [DescriptorProto], scope: &str) -> Result<()> {
        for message in messages {
            let name = join(scope, message.name());
            self.fields(&mut message.field, &name)?;
            self.fields(&mut message.extension, &name)?;
            self.messages(&mut message.nested_type, &name)?;
        }
        Ok(())
    }

    fn fields(&self, fields: &mut [FieldDescriptorProto], scope: &str) -> Result<()> {
        for field in fields {
            let full = join(scope, field.name());
            if let Some(extendee) = &field.extendee {
                match self.symbols.find(scope, extendee) {
                    Some((name, false)) => field.extendee = Some(format!(".{name}")),
                    _ => return Err(Error::schema(format!("extension {full} of {extendee}, which is no message"))),
                }
            }
            let Some(type_name) = field.type_name.clone() else { continue };
            let Some((name, is_enum)) = self.symbols.find(scope, &type_name) else {
                let message = format!("type {type_name} of field {full} is not declared in any file");
                let place = self.places.iter().find(|(known, _)| *known == full);
                return Err(place.map_or_else(|| Error::schema(&*message), |(_, place)| fail(*place, &message)));
            };
            field.type_name = Some(format!(".{name}"));
            if field.r#type.is_none() {
                field.set_type(if is_enum { Type::Enum } else { Type::Message });
            }
        }
        Ok(())
    }
}
