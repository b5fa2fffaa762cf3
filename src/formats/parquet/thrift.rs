//! Looks at footers and page headers before the crate does, for what it takes on trust or leaves out.
//!
//! Built without decryption, it skips the fields that say that columns are encrypted, and would read ciphertext as pages:
//! `FileMetaData.encryption_algorithm` (8) and `ColumnChunk.crypto_metadata` (8). It makes room for as many children as
//! `SchemaElement.num_children` (5) names, and for as many bytes as a binary value of a page header claims, and it goes
//! through as many elements as a list of booleans claims to have, which take no bytes there. It reads the fields that it
//! knows as what they should be, whatever they say they are: so do we, to see behind them what it sees. Source: parquet-format `parquet.thrift`, Thrift `thrift-compact-protocol.md`.

use Type::{Any, Binary, Bool, Byte, Children, Double, Encryption, Int, List, Size, Struct};

/// What a value should be.
enum Type {
    /// Of whatever type it says it is.
    Any,
    Bool,
    Byte,
    Int,
    Double,
    Binary,
    List(&'static Type),
    /// The fields that are known, by their ids.
    Struct(&'static [(i64, Type)]),
    /// The number of children of an element of the schema.
    Children,
    /// There only if something is encrypted.
    Encryption,
    /// Bytes of a page before it was compressed.
    Size,
}

impl Type {
    /// Whether elements of a list that say so are of this type; the crate looks at that.
    fn is_of(&self, kind: u8) -> bool {
        match self {
            Int => matches!(kind, 4..=6),
            Binary => kind == 8,
            Struct(_) => kind == STRUCT,
            _ => false,
        }
    }
}

const EMPTY: Type = Struct(&[]);
const KEY_VALUE: Type = Struct(&[(1, Binary), (2, Binary)]);
const TIME: Type = Struct(&[(1, Bool), (2, Struct(&[(1, EMPTY), (2, EMPTY), (3, EMPTY)]))]);
const LOGICAL_TYPE: Type = Struct(&[
    (1, EMPTY),
    (2, EMPTY),
    (3, EMPTY),
    (4, EMPTY),
    (5, Struct(&[(1, Int), (2, Int)])),
    (6, EMPTY),
    (7, TIME),
    (8, TIME),
    (10, Struct(&[(1, Byte), (2, Bool)])),
    (11, EMPTY),
    (12, EMPTY),
    (13, EMPTY),
    (14, EMPTY),
    (15, EMPTY),
    (16, Struct(&[(1, Byte)])),
    (17, Struct(&[(1, Binary)])),
    (18, Struct(&[(1, Binary), (2, Int)])),
]);
const SCHEMA_ELEMENT: Type = Struct(&[
    (1, Int),
    (2, Int),
    (3, Int),
    (4, Binary),
    (5, Children),
    (6, Int),
    (7, Int),
    (8, Int),
    (9, Int),
    (10, LOGICAL_TYPE),
]);
const STATISTICS: Type =
    Struct(&[(1, Binary), (2, Binary), (3, Int), (4, Int), (5, Binary), (6, Binary), (7, Bool), (8, Bool), (9, Int)]);
const BOUNDS: Type =
    Struct(&[(1, Double), (2, Double), (3, Double), (4, Double), (5, Double), (6, Double), (7, Double), (8, Double)]);
const COLUMN_METADATA: Type = Struct(&[
    (1, Int),
    (2, List(&Int)),
    (3, List(&Binary)),
    (4, Int),
    (5, Int),
    (6, Int),
    (7, Int),
    (8, List(&KEY_VALUE)),
    (9, Int),
    (10, Int),
    (11, Int),
    (12, STATISTICS),
    (13, List(&Struct(&[(1, Int), (2, Int), (3, Int)]))),
    (14, Int),
    (15, Int),
    (16, Struct(&[(1, Int), (2, List(&Int)), (3, List(&Int))])),
    (17, Struct(&[(1, BOUNDS), (2, List(&Int))])),
]);
const COLUMN_CHUNK: Type = Struct(&[
    (1, Binary),
    (2, Int),
    (3, COLUMN_METADATA),
    (4, Int),
    (5, Int),
    (6, Int),
    (7, Int),
    (8, Encryption),
    (9, Binary),
]);
const ROW_GROUP: Type = Struct(&[
    (1, List(&COLUMN_CHUNK)),
    (2, Int),
    (3, Int),
    (4, List(&Struct(&[(1, Int), (2, Bool), (3, Bool)]))),
    (5, Int),
    (6, Int),
    (7, Int),
]);
const FILE_METADATA: Type = Struct(&[
    (1, Int),
    (2, List(&SCHEMA_ELEMENT)),
    (3, Int),
    (4, List(&ROW_GROUP)),
    (5, List(&KEY_VALUE)),
    (6, Binary),
    (7, List(&Struct(&[(1, EMPTY), (2, EMPTY)]))),
    (8, Encryption),
    (9, Binary),
]);
const PAGE_HEADER: Type = Struct(&[
    (1, Int),
    (2, Size),
    (3, Int),
    (4, Int),
    (5, Struct(&[(1, Int), (2, Int), (3, Int), (4, Int), (5, STATISTICS)])),
    (6, EMPTY),
    (7, Struct(&[(1, Int), (2, Int), (3, Bool)])),
    (8, Struct(&[(1, Int), (2, Int), (3, Int), (4, Int), (5, Int), (6, Int), (7, Bool), (8, STATISTICS)])),
]);

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
        let mut walk = Walk::new(bytes, 0);
        let is_whole = walk.value(STRUCT, &FILE_METADATA).is_some();
        Footer { is_whole, ..walk.footer }
    }
}

/// What a page header says. The crate also looks for headers where there are none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PageHeader {
    /// The length of a value, in bytes or elements, if it is much, and more than follows.
    pub excess: Option<u64>,
    /// Bytes of the page before it was compressed.
    pub size: Option<u64>,
}

impl PageHeader {
    /// Looks at the header that begins with `bytes`, behind which there are so many `beyond`.
    pub fn of(bytes: &[u8], beyond: u64) -> PageHeader {
        let mut walk = Walk::new(bytes, beyond);
        let _ = walk.value(STRUCT, &PAGE_HEADER);
        walk.page
    }
}

/// Bytes and elements that cost next to nothing, whether they are there or not.
const HARMLESS: u64 = 64 << 10;

const STRUCT: u8 = 12;
const LIST: u8 = 9;
const SET: u8 = 10;
const MAP: u8 = 11;

/// Goes through values; `None` where they end too early, or are none.
struct Walk<'a> {
    bytes: &'a [u8],
    /// Bytes that follow but are not here.
    beyond: u64,
    depth: usize,
    /// Elements of the list that was entered last.
    elements: u64,
    footer: Footer,
    page: PageHeader,
}

impl<'a> Walk<'a> {
    fn new(bytes: &'a [u8], beyond: u64) -> Self {
        Walk { bytes, beyond, depth: 0, elements: 0, footer: Footer::default(), page: PageHeader::default() }
    }

    /// A value that says it is of `kind`, read as what is known of it.
    fn value(&mut self, kind: u8, known: &Type) -> Option<()> {
        match known {
            Any => self.skip(kind),
            Bool => matches!(kind, 1 | 2).then_some(()),
            Byte => self.skip_element(3),
            Int => self.skip_element(5),
            Double => self.skip_element(7),
            Binary => self.skip_element(8),
            Struct(known) => self.fields(|walk, id, kind| {
                let field = known.iter().find(|(known, _)| *known == id);
                walk.value(kind, field.map_or(&Any, |(_, known)| known))
            }),
            List(element) => {
                let (count, kind) = self.list()?;
                if count > 0 && !element.is_of(kind) {
                    return None;
                }
                self.elements = count;
                (0..count).try_for_each(|_| self.value(kind, element))
            }
            Children => {
                let children = zigzag(self.varint()?);
                if u64::try_from(children).is_ok_and(|children| children > self.elements) {
                    self.footer.excess_children = Some(children);
                }
                Some(())
            }
            Encryption => {
                self.footer.is_encrypted = true;
                self.skip(kind)
            }
            Size => {
                self.page.size = u64::try_from(zigzag(self.varint()?)).ok();
                Some(())
            }
        }
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
            self.page.excess = Some(count).filter(|count| *count > HARMLESS);
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
            i16::try_from(id).ok()?;
            visit(self, id, kind)?;
        }
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

    fn excess(bytes: &[u8], beyond: u64) -> Option<u64> {
        PageHeader::of(bytes, beyond).excess
    }

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
        assert_eq!(excess(&long, 0), Some(200_000));
        assert_eq!(excess(&long, 199_979), Some(200_000));
        assert_eq!(excess(&long, 199_980), None);
        assert_eq!(excess(&header(&[0xac, 0x02]), 0), None);
        assert_eq!(excess(&[], 0), None);
    }

    #[test]
    fn the_size_of_a_page_is_found() {
        let size = |bytes: &[u8]| PageHeader::of(bytes, 100).size;
        // A data page (type 0) of 300 bytes, of which 20 are stored.
        let header = [0x15, 0, 0x15, 0xd8, 0x04, 0x15, 40];
        assert_eq!(size(&header), Some(300));
        assert_eq!(size(&header[..5]), Some(300));
        assert_eq!(size(&header[..4]), None);
        assert_eq!(size(&[0x15, 0, 0x15, 1]), None);
        // Behind another field.
        assert_eq!(size(&[0x35, 40, 0x05, 4, 0xd8, 0x04]), Some(300));
    }

    #[test]
    fn known_fields_are_read_as_what_they_should_be() {
        // The type (1) of a page, behind it a field (9) that nobody knows: a list of 2^31 - 1 booleans.
        let header = |kind: u8| [kind, 6, 0x89, 0xf1, 0xff, 0xff, 0xff, 0xff, 0x07];
        for kind in [0x15, 0x13, 0x18, 0x1c, 0x11, 0x1d] {
            assert_eq!(excess(&header(kind), 0), Some((1 << 31) - 1), "{kind:x}");
        }
        // A footer whose version says that it is text, as long as what would be read otherwise.
        let whole = footer(&[2]);
        let with = |first: u8| [&[first], &whole[1..]].concat();
        assert!(Footer::of(&with(0x18)).is_whole);
        // A list of schema elements that says that it is none, and one that says that they are numbers.
        assert!(Footer::of(&[0x28, 0x1c, 0, 0]).is_whole);
        assert!(!Footer::of(&[0x29, 0x15, 0, 0]).is_whole);
    }
}
