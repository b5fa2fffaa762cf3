//! A hash of a multiset: `LtHash` of Bellare and Micciancio, with the parameters of Lewi et al. (2019): 1024 lanes of
//! 16 bits, added lane by lane.
//!
//! Adding makes it independent of the order and lets parts be computed apart; a record that stands twice adds twice
//! (exclusive or would cancel it). A plain sum of 256 bits would be enough against accidents, but records can be made
//! that add up to the same sum (Wagner's generalised birthday); finding them for 1024 lanes is a short-vector problem
//! in a lattice, believed to take more than 2^200 steps. Each record is spread over the lanes by `ChaCha8`, keyed with
//! its SHA-256.

const LANES: usize = 1024;
/// Blocks of 64 bytes for 1024 lanes of two bytes.
const BLOCKS: u32 = 32;
/// Blocks made side by side, so that the compiler can use vector instructions.
const WIDE: usize = 8;

/// The sum of the records of a multiset.
#[derive(Clone)]
pub(super) struct Lattice {
    lanes: Box<[u16; LANES]>,
}

impl Default for Lattice {
    fn default() -> Self {
        Lattice { lanes: Box::new([0; LANES]) }
    }
}

impl Lattice {
    /// Adds a record by its hash. Cost: 2 KiB of key stream.
    pub fn add(&mut self, hash: &[u8; 32]) {
        let mut key = [0_u32; 8];
        for (word, bytes) in key.iter_mut().zip(hash.chunks_exact(4)) {
            *word = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
        for first in (0..BLOCKS).step_by(WIDE) {
            let words = chacha8(&key, first);
            for block in 0..WIDE {
                let start = (first as usize + block) * 32;
                for (at, word) in words.iter().enumerate() {
                    let lanes = &mut self.lanes[start + at * 2..start + at * 2 + 2];
                    lanes[0] = lanes[0].wrapping_add(word[block] as u16);
                    lanes[1] = lanes[1].wrapping_add((word[block] >> 16) as u16);
                }
            }
        }
    }

    /// Adds the records of another multiset.
    pub fn merge(&mut self, other: &Lattice) {
        for (lane, other) in self.lanes.iter_mut().zip(other.lanes.iter()) {
            *lane = lane.wrapping_add(*other);
        }
    }

    /// The lanes, little-endian.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.lanes.iter().flat_map(|lane| lane.to_le_bytes()).collect()
    }
}

/// Word by word, `WIDE` blocks of the key stream from block `first` on, with a nonce of zero (RFC 8439 with 8 rounds).
fn chacha8(key: &[u32; 8], first: u32) -> [[u32; WIDE]; 16] {
    let mut input = [[0_u32; WIDE]; 16];
    for (row, constant) in input.iter_mut().zip([0x6170_7865_u32, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]) {
        *row = [constant; WIDE];
    }
    for (row, word) in input[4..12].iter_mut().zip(key) {
        *row = [*word; WIDE];
    }
    for (block, counter) in input[12].iter_mut().enumerate() {
        *counter = first + block as u32;
    }
    let mut state = input;
    for _ in 0..4 {
        for (a, b, c, d) in [(0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)] {
            quarter(&mut state, a, b, c, d);
        }
        for (a, b, c, d) in [(0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)] {
            quarter(&mut state, a, b, c, d);
        }
    }
    for (row, input) in state.iter_mut().zip(&input) {
        for (word, input) in row.iter_mut().zip(input) {
            *word = word.wrapping_add(*input);
        }
    }
    state
}

#[inline(always)]
#[allow(clippy::needless_range_loop, reason = "the rows of one array are read and written together")]
fn quarter(state: &mut [[u32; WIDE]; 16], a: usize, b: usize, c: usize, d: usize) {
    for (x, y, z, turn) in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)] {
        for at in 0..WIDE {
            state[x][at] = state[x][at].wrapping_add(state[y][at]);
            state[z][at] = (state[z][at] ^ state[x][at]).rotate_left(turn);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_stream_is_chacha8() {
        // Key and nonce of zero, block 0: first bytes of the published test vector of ChaCha8 with a 256-bit key.
        let words = chacha8(&[0; 8], 0);
        let bytes: Vec<u8> = words.iter().flat_map(|row| row[0].to_le_bytes()).collect();
        assert_eq!(bytes[..8], [0x3e, 0x00, 0xef, 0x2f, 0x89, 0x5f, 0x40, 0xd6]);
    }

    #[test]
    fn order_does_not_count_and_multiplicity_does() {
        let of = |hashes: &[u8]| {
            let mut sum = Lattice::default();
            hashes.iter().for_each(|hash| sum.add(&[*hash; 32]));
            sum.to_bytes()
        };
        assert_eq!(of(&[1, 2, 3]), of(&[3, 1, 2]));
        assert_ne!(of(&[1, 1, 3]), of(&[3, 3, 1]));
        assert_ne!(of(&[1, 1]), of(&[]));
        let mut parts = Lattice::default();
        parts.add(&[1; 32]);
        let mut rest = Lattice::default();
        rest.add(&[2; 32]);
        parts.merge(&rest);
        assert_eq!(parts.to_bytes(), of(&[2, 1]));
    }
}
