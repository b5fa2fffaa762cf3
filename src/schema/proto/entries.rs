//! The entries of maps in the options of a compiled schema, in one order: the compiler keeps them in hash maps, which have
//! another order in each run.

use prost::Message as _;
use prost_types::FileDescriptorSet;

use super::pool::{Kind, Many, Pool};
use crate::column::proto::wire::{self, Cursor, push_delimited, push_tag};
use crate::error::Result;

/// The file that declares options. Without it there are none but those that are built in, and none of them is a map.
const DESCRIPTOR: &str = "google/protobuf/descriptor.proto";

/// Levels of messages in options at most; what is deeper stays as it is.
const DEPTH_MAX: usize = 100;

/// The encoded descriptor set, with the entries of each map in the order of their bytes. Nothing else changes; a set that
/// makes no sense stays as it is, and fails where it is used.
pub(super) fn ordered(set: Vec<u8>) -> Vec<u8> {
    let Ok(decoded) = FileDescriptorSet::decode(set.as_slice()) else { return set };
    if !decoded.file.iter().any(|file| file.name() == DESCRIPTOR) {
        return set;
    }
    let editions = vec![None; decoded.file.len()];
    let Ok(pool) = Pool::with_editions(decoded, editions) else { return set };
    let Some(root) = pool.message("google.protobuf.FileDescriptorSet") else { return set };
    let mut out = Vec::with_capacity(set.len());
    match push(&pool, root, &set, &mut out, DEPTH_MAX) {
        Ok(()) => out,
        Err(_) => set,
    }
}

/// Appends a message.
fn push(pool: &Pool, message: usize, bytes: &[u8], out: &mut Vec<u8>, depth: usize) -> Result<()> {
    let Some(depth) = depth.checked_sub(1) else {
        out.extend_from_slice(bytes);
        return Ok(());
    };
    let fields = pool.messages.get(message).map(|message| message.fields.as_slice()).unwrap_or_default();
    // The field whose entries were read last, and those entries.
    let (mut map, mut entries): (u32, Vec<Vec<u8>>) = (0, Vec::new());
    let mut cursor = Cursor::new(bytes);
    while !cursor.is_done() {
        let start = cursor.position();
        let (number, wire) = cursor.tag()?;
        let field = fields.iter().find(|field| field.number == number);
        let mut one = Vec::new();
        match field.map(|field| field.kind) {
            Some(Kind::Message(inner)) if wire == wire::LENGTH => {
                let value = cursor.delimited()?;
                push_tag(&mut one, number, wire);
                let mut pushed = Ok(());
                push_delimited(&mut one, |one| pushed = push(pool, inner, value, one, depth));
                pushed?;
            }
            Some(Kind::Group(inner)) if wire == wire::START => {
                let value = cursor.group(number, DEPTH_MAX)?;
                push_tag(&mut one, number, wire);
                push(pool, inner, value, &mut one, depth)?;
                push_tag(&mut one, number, wire::END);
            }
            _ => {
                cursor.skip(number, wire, DEPTH_MAX)?;
                one.extend_from_slice(cursor.since(start));
            }
        }
        let is_entry = field.is_some_and(|field| field.many == Many::Map);
        if number != map || !is_entry {
            end_map(&mut entries, out);
        }
        match is_entry {
            true => entries.push(one),
            false => out.extend_from_slice(&one),
        }
        map = number;
    }
    end_map(&mut entries, out);
    Ok(())
}

/// Appends the entries that stood together.
fn end_map(entries: &mut Vec<Vec<u8>>, out: &mut Vec<u8>) {
    entries.sort_unstable();
    entries.drain(..).for_each(|entry| out.extend_from_slice(&entry));
}
