//! Integers as fields hold them, whichever text they come from.

use super::wire::{push_varint, zigzag};
use crate::schema::proto::pool::Scalar;

/// Appends an integer without its tag. `None`, and nothing is appended, if values of the type do not reach so far, or are
/// no integers.
pub(super) fn push_integer(scalar: Scalar, value: i128, out: &mut Vec<u8>) -> Option<()> {
    let int32 = || i32::try_from(value).ok();
    let int64 = || i64::try_from(value).ok();
    let uint32 = || u32::try_from(value).ok();
    let uint64 = || u64::try_from(value).ok();
    match scalar {
        Scalar::Int32 => push_varint(out, i64::from(int32()?) as u64),
        Scalar::Sint32 => push_varint(out, zigzag(int32()?.into())),
        Scalar::Sfixed32 => out.extend_from_slice(&int32()?.to_le_bytes()),
        Scalar::Uint32 => push_varint(out, uint32()?.into()),
        Scalar::Fixed32 => out.extend_from_slice(&uint32()?.to_le_bytes()),
        Scalar::Int64 => push_varint(out, int64()? as u64),
        Scalar::Sint64 => push_varint(out, zigzag(int64()?)),
        Scalar::Sfixed64 => out.extend_from_slice(&int64()?.to_le_bytes()),
        Scalar::Uint64 => push_varint(out, uint64()?),
        Scalar::Fixed64 => out.extend_from_slice(&uint64()?.to_le_bytes()),
        Scalar::Double | Scalar::Float | Scalar::Bool | Scalar::String | Scalar::Bytes => return None,
    }
    Some(())
}
