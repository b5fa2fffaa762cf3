//! Finds encrypted columns in a footer that is itself plain.
//!
//! The crate, built without decryption, skips the fields that say so and would read ciphertext as pages. This walks
//! the footer (Thrift compact protocol) for two fields: `FileMetaData.encryption_algorithm` (8) and
//! `ColumnChunk.crypto_metadata` (8). Source: parquet-format `parquet.thrift`, Thrift `thrift-compact-protocol.md`.

/// Whether the footer names an encryption. A footer that cannot be walked is left to its parser.
pub(super) fn is_encrypted(footer: &[u8]) -> bool {
    let mut walk = Walk { bytes: footer, depth: 0 };
    walk.file().unwrap_or(false)
}

const STRUCT: u8 = 12;
const LIST: u8 = 9;

struct Walk<'a> {
    bytes: &'a [u8],
    depth: usize,
}

impl Walk<'_> {
    fn file(&mut self) -> Option<bool> {
        let mut found = false;
        self.fields(|walk, id, kind| match (id, kind) {
            (8, _) => {
                found = true;
                walk.skip(kind)
            }
            // Row groups → columns → crypto metadata.
            (4, LIST) => walk.elements(|walk| {
                walk.fields(|walk, id, kind| match (id, kind) {
                    (1, LIST) => walk.elements(|walk| {
                        walk.fields(|walk, id, kind| {
                            found |= id == 8;
                            walk.skip(kind)
                        })
                    }),
                    _ => walk.skip(kind),
                })
            }),
            _ => walk.skip(kind),
        })?;
        Some(found)
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

    fn take(&mut self, count: u64) -> Option<()> {
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
            id = if delta == 0 {
                let zigzag = self.varint()?;
                (zigzag >> 1) as i64 ^ -((zigzag & 1) as i64)
            } else {
                id.checked_add(i64::from(delta))?
            };
            visit(self, id, kind)?;
        }
    }

    /// Every element of a list of structs.
    fn elements(&mut self, mut visit: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        let (count, kind) = self.list()?;
        for _ in 0..count {
            if kind == STRUCT { visit(self)? } else { self.skip_element(kind)? }
        }
        Some(())
    }

    fn list(&mut self) -> Option<(u64, u8)> {
        let head = self.byte()?;
        let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
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
            LIST | 10 | STRUCT => {
                self.depth += 1;
                if self.depth > 64 {
                    return None;
                }
                if kind == STRUCT {
                    self.fields(|walk, _, kind| walk.skip(kind))?;
                } else {
                    let (count, kind) = self.list()?;
                    for _ in 0..count {
                        self.skip_element(kind)?;
                    }
                }
                self.depth -= 1;
                Some(())
            }
            _ => None,
        }
    }
}
