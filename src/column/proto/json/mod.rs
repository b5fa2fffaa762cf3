//! ProtoJSON ⇄ encoded messages, driven by descriptors: <https://protobuf.dev/programming-guides/json/>.
//!
//! Stricter than the rules where they lose something: 64-bit numbers that are not quoted are read exactly, never
//! through a double; keys that stand twice are refused; a number that its type does not hold exactly is refused.
//!
//! [`read`]: text → bytes. [`write`]: bytes → text. [`known`]: the types with a form of their own.

pub mod known;
pub mod read;
pub mod write;

#[cfg(test)]
mod tests;

use crate::schema::proto::pool::Pool;
use known::Form;

/// Fields and forms of all messages of a pool, to be asked by index.
fn forms(pool: &Pool) -> Vec<Form> {
    pool.messages.iter().map(|message| Form::of(&message.name)).collect()
}

/// The full name at the end of a type URL.
fn type_name(url: &str) -> Option<&str> {
    url.rsplit_once('/').map(|(_, name)| name).filter(|name| !name.is_empty())
}
