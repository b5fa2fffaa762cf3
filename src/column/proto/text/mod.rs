//! Messages as text, the format of `.txtpb` files ⇄ encoded messages: <https://protobuf.dev/reference/protobuf/textformat-spec/>.
//!
//! [`read`]: text → bytes. [`write`]: bytes → text. `token`: words, numbers and strings.
//!
//! Beyond the specification, so that nothing is lost: fields that the schema does not know stand under their numbers,
//! each in a form that tells its wire type (`5: 1`, `5: 0x00000001`, `5: 0x0000000000000001`, `5: "bytes"`, `5 { … }`).

pub mod read;
#[cfg(test)]
mod tests;
mod token;
pub mod write;
