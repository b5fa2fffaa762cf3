//! Looks at footers and page headers before the crate does, for what it takes on trust or leaves out.
//!
//! Built without decryption, it skips the fields that say that columns are encrypted, and would read ciphertext as pages:
//! `FileMetaData.encryption_algorithm` (8) and `ColumnChunk.crypto_metadata` (8). It makes room for as many children as
//! `SchemaElement.num_children` (5) names, and for as many bytes as a binary value of a page header claims, and it goes
//! through as many elements as a list of booleans claims to have, which take no bytes there. Source: parquet-format
//! `parquet.thrift`, Thrift `thrift-compact-protocol.md`.

/// What a footer says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Footer {
    /// Whether it names an encryption.
    pub is_encrypted: bool,
    /// More children of one column than the schema has columns and groups.
    pub excess_children: Option<i64>,
    /// Whether it is of the protocol to its end.
    pub is_whole: bool,
}

impl Footer {
    /// Looks at the bytes of a footer.
    pub fn of(bytes: &[u8]) -> Footer {
        let mut found = Footer::default();
        found.is_whole = Walk::new(bytes, 0).footer(&mut found).is_some();
        found
    }
}

/// The length of a value, in bytes or elements, of the page header that begins with `bytes`, if it is much, and more than
/// follows: `bytes`, and so many `beyond`. The crate also looks for headers where there are none.
pub(super) fn excess_length(bytes: &[u8], beyond: u64) -> Option<u64> {
    let mut walk = Walk::new(bytes, beyond);
    let _ = walk.skip_element(STRUCT);
    walk.excess
}

/// Bytes and elements that cost next to nothing, whether they are there or not.
const HARMLESS: u64 = 64 << 10;

const STRUCT: u8 = 12;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;
const INT: u8 = 5;

/// Goes through values; `None` where they end too early, or are none.
struct Walk<'a> {
    bytes: &'a [u8],
    /// Bytes that follow but are not here.
    beyond: u64,
    /// A length that is more than follows, and not harmless.
    excess: Option<u64>,
    depth: usize,
}

impl<'a> Walk<'a> {
    fn new(bytes: &'a [u8], beyond: u64) -> Self {
        Walk { bytes, beyond, excess: None, depth: 0 }
    }

    fn footer(&mut self, found: &mut Footer) -> Option<()> {
        self.fields(|walk, id, kind| match (id, kind) {
            (2, LIST) => walk.schema(found),
            (8, _) => {
                found.is_encrypted = true;
                walk.skip(kind)
            }
            // Row groups → columns → crypto metadata.
            (4, LIST) => walk.elements(|walk, _| {
                walk.fields(|walk, id, kind| match (id, kind) {
                    (1, LIST) => walk.elements(|walk, _| {
                        walk.fields(|walk, id, kind| {
                            found.is_encrypted |= id == 8;
                            walk.skip(kind)
                        })
                    }),
                    _ => walk.skip(kind),
                })
            }),
            _ => walk.skip(kind),
        })
    }

    fn schema(&mut self, found: &mut Footer) -> Option<()> {
        self.elements(|walk, count| {
            walk.fields(|walk, id, kind| match (id, kind) {
                (5, INT) => {
                    let children = zigzag(walk.varint()?);
                    if u64::try_from(children).is_ok_and(|children| children > count) {
                        found.excess_children = Some(children);
                    }
                    Some(())
                }
                _ => walk.skip(kind),
            })
        })
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// Fails if fewer bytes follow, each of which is at least part of one of so many things.
    fn expect(&mut self, count: u64) -> Option<()> {
        if count > self.beyond.saturating_add(self.bytes.len() as u64) {
            self.excess = Some(count).filter(|count| *count > HARMLESS);
            return None;
        }
        Some(())
    }

    fn take(&mut self, count: u64) -> Option<()> {
        self.expect(count)?;
        self.bytes = self.bytes.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    /// Every field of a struct: its id and kind; `visit` must consume its value.
    fn fields(&mut self, mut visit: impl FnMut(&mut Self, i64, u8) -> Option<()>) -> Option<()> {
        let mut id = 0i64;
        loop {
            let head = self.byte()?;
            let (delta, kind) = (head >> 4, head & 0x0f);
            if kind == 0 {
                return Some(());
            }
            id = if delta == 0 { zigzag(self.varint()?) } else { id.checked_add(i64::from(delta))? };
            visit(self, id, kind)?;
        }
    }

    /// Every element of a list of structs; `visit` is told how many there are.
    fn elements(&mut self, mut visit: impl FnMut(&mut Self, u64) -> Option<()>) -> Option<()> {
        let (count, kind) = self.list()?;
        for _ in 0..count {
            if kind == STRUCT { visit(self, count)? } else { self.skip_element(kind)? }
        }
        Some(())
    }

    fn list(&mut self) -> Option<(u64, u8)> {
        let head = self.byte()?;
        let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
        self.expect(count)?;
        Some((count, head & 0x0f))
    }

    /// A field's value: booleans are in the kind.
    fn skip(&mut self, kind: u8) -> Option<()> {
        if matches!(kind, 1 | 2) { Some(()) } else { self.skip_element(kind) }
    }

    fn skip_element(&mut self, kind: u8) -> Option<()> {
        match kind {
            1..=3 => self.byte().map(drop),
            4..=6 => self.varint().map(drop),
            7 => self.take(8),
            8 => {
                let length = self.varint()?;
                self.take(length)
            }
            LIST | SET | MAP | STRUCT => {
                self.depth += 1;
                if self.depth > 64 {
                    return None;
                }
                match kind {
                    STRUCT => self.fields(|walk, _, kind| walk.skip(kind))?,
                    MAP => self.skip_pairs()?,
                    _ => {
                        let (count, kind) = self.list()?;
                        for _ in 0..count {
                            self.skip_element(kind)?;
                        }
                    }
                }
                self.depth -= 1;
                Some(())
            }
            13 => self.take(16),
            _ => None,
        }
    }

    /// The pairs of a map.
    fn skip_pairs(&mut self) -> Option<()> {
        let count = self.varint()?;
        if count == 0 {
            return Some(());
        }
        self.expect(count)?;
        let kinds = self.byte()?;
        for _ in 0..count {
            self.skip_element(kinds >> 4)?;
            self.skip_element(kinds & 0x0f)?;
        }
        Some(())
    }
}

fn zigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A footer: version 1, and a schema of two elements, the first with so many children (a varint in zigzag).
    fn footer(children: &[u8]) -> Vec<u8> {
        let root = [&[0x48, 1, b'r', 0x15][..], children, &[0]].concat();
        let leaf = [0x15, 2, 0x38, 1, b'a', 0];
        [&[0x15, 2, 0x19, 0x2c][..], &root, &leaf, &[0]].concat()
    }

    #[test]
    fn children_are_counted() {
        let excess = |children: &[u8]| Footer::of(&footer(children)).excess_children;
        assert_eq!(excess(&[2]), None);
        assert_eq!(excess(&[4]), None);
        assert_eq!(excess(&[6]), Some(3));
        assert_eq!(excess(&[0xfe, 0xff, 0xff, 0xff, 0x0f]), Some(0x7fff_ffff));
        // Negative ones are refused by the crate.
        assert_eq!(excess(&[1]), None);
    }

    #[test]
    fn footers_are_walked_to_their_end() {
        assert!(Footer::of(&footer(&[2])).is_whole);
        let whole = footer(&[2]);
        (0..whole.len()).for_each(|end| assert!(!Footer::of(&whole[..end]).is_whole, "{end}"));
        // A field that nobody knows: a list of 2^31 - 1 booleans, a map, a UUID.
        let with = |field: &[u8]| [&whole[..whole.len() - 1], field, &[0]].concat();
        assert!(!Footer::of(&with(&[0xc9, 0xf1, 0xff, 0xff, 0xff, 0xff, 0x07])).is_whole);
        assert!(Footer::of(&with(&[0xcb, 2, 0x85, 1, b'a', 2, 1, b'b', 4])).is_whole);
        assert!(Footer::of(&with(&[&[0xcd][..], &[7; 16]].concat())).is_whole);
    }

    #[test]
    fn lengths_of_page_headers_are_compared_with_what_follows() {
        // A data page header (5) with statistics (5) whose minimum (6) has so many bytes.
        let header = |length: &[u8]| [&[0x5c, 0x5c, 0x68][..], length, &[7; 20]].concat();
        let long = header(&[0xc0, 0x9a, 0x0c]);
        assert_eq!(excess_length(&long, 0), Some(200_000));
        assert_eq!(excess_length(&long, 199_979), Some(200_000));
        assert_eq!(excess_length(&long, 199_980), None);
        assert_eq!(excess_length(&header(&[0xac, 0x02]), 0), None);
        assert_eq!(excess_length(&[], 0), None);
    }
}
