use proptest::prelude::*;

use super::words::Words;
use super::*;

/// Texts of a test, and bytes of one, at most: Miri takes a thousand times as long.
const TEXTS: usize = if cfg!(miri) { 4 } else { 20 };
const LENGTH: usize = if cfg!(miri) { 80 } else { 300 };

/// All bytes, and those looked for and their neighbours more often.
fn text(len: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<u8>> {
    let near = prop::sample::select(&b"\"\\{}[],\n\r\x00\x1f\x20\x21\x5c\x7f\x80\x9f\xa2\xff"[..]);
    prop::collection::vec(prop_oneof![any::<u8>(), near, Just(b'x')], len)
}

/// What a search byte by byte finds.
fn one_by_one<const CONTROLS: bool, const N: usize>(text: &[u8], bytes: [u8; N]) -> u64 {
    let is = |byte: u8| bytes.contains(&byte) || (CONTROLS && byte < 0x20);
    text.iter().enumerate().fold(0, |mask, (index, byte)| mask | u64::from(is(*byte)) << index)
}

struct Mask<'a, const CONTROLS: bool, const N: usize>(&'a [u8; BLOCK], [u8; N]);

impl<const CONTROLS: bool, const N: usize> Job for Mask<'_, CONTROLS, N> {
    type Out = u64;
    #[inline(always)]
    fn run<F: Find>(self, find: F) -> u64 {
        find.mask::<CONTROLS, N>(self.0, self.1)
    }
}

/// Compares every width with the search byte by byte.
fn compare<const CONTROLS: bool, const N: usize>(block: &[u8; BLOCK], bytes: [u8; N]) {
    let expected = one_by_one::<CONTROLS, N>(block, bytes);
    assert_eq!(Mask::<CONTROLS, N>(block, bytes).run(Words), expected);
    assert_eq!(run(Mask::<CONTROLS, N>(block, bytes)), expected);
    // `run` takes the widest only. AVX-512 without such a CPU: Miri, with the target features of `avx512::is_here`.
    #[cfg(target_arch = "x86_64")]
    if avx2::is_here() {
        // SAFETY: the CPU has the features that `avx2::run` is compiled with: just asked.
        assert_eq!(unsafe { avx2::run(Mask::<CONTROLS, N>(block, bytes)) }, expected);
    }
    for part in block.as_chunks::<16>().0 {
        let expected = one_by_one::<CONTROLS, N>(part, bytes);
        assert_eq!(u64::from(sixteen::mask::<CONTROLS, N>(part, bytes)), expected);
        assert_eq!(u64::from(sixteen::mask_by_words::<CONTROLS, N>(part, bytes)), expected);
    }
    for part in block.as_chunks::<8>().0 {
        let first = word::first_or_control(u64::from_le_bytes(*part), bytes);
        let expected = one_by_one::<true, N>(part, bytes);
        assert_eq!(
            (first != 0).then(|| first.trailing_zeros() / 8),
            (expected != 0).then(|| expected.trailing_zeros())
        );
    }
}

proptest! {
    #[test]
    fn every_width_finds_what_a_search_byte_by_byte_finds(block in text(BLOCK), a: u8, b: u8) {
        let block: [u8; BLOCK] = block.try_into().unwrap();
        compare::<false, 1>(&block, [a]);
        compare::<true, 1>(&block, [b'"']);
        compare::<false, 2>(&block, [b'{', b'[']);
        compare::<true, 2>(&block, [b'"', b'\\']);
        compare::<false, 4>(&block, [a, b, b'"', b'\n']);
        compare::<true, 4>(&block, [a, b, b'"', b'\\']);
    }

    #[test]
    fn texts_are_found_by_what_is_in_them(texts in prop::collection::vec(text(0..LENGTH), 0..TEXTS), a: u8, controls: bool) {
        let wanted = Wanted { bytes: [a, b'"', b'\\', b','], controls };
        let mut found = Vec::new();
        let bytes = texts.concat();
        let mut end = 0;
        let places = texts.iter().map(|text| {
            end += text.len();
            (&bytes[..], end - text.len()..end)
        });
        wanted.texts(places, |text| found.push(text));
        let one_by_one = texts.iter().enumerate().filter(|(_, text)| text.iter().any(|byte| wanted.is(*byte)));
        prop_assert_eq!(found, one_by_one.map(|(index, _)| index).collect::<Vec<_>>());
    }

    #[test]
    fn wanted_bytes_are_found_in_order_up_to_the_last(text in text(0..LENGTH), a: u8, b: u8, controls: bool, stop: bool) {
        let wanted = Wanted { bytes: [a, b, b'"', b'\\'], controls };
        let mut expected: Vec<usize> = (0..text.len()).filter(|at| wanted.is(text[*at])).collect();
        expected.truncate(if stop { 3 } else { usize::MAX });
        let mut found = Vec::new();
        wanted.each(&text, |at| {
            found.push(at);
            !stop || found.len() < 3
        });
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn blocks_reach_to_the_end(text in text(0..LENGTH)) {
        let (mut room, mut seen) = ([7; BLOCK], Vec::new());
        for at in (0..=text.len()).step_by(BLOCK) {
            let (block, there) = block_at(&text, at, &mut room);
            let count = there.count_ones() as usize;
            prop_assert_eq!(there, one_by_one::<false, 1>(&vec![1; count], [1]));
            prop_assert!(block[count..].iter().all(|byte| *byte == 0));
            seen.extend_from_slice(&block[..count]);
        }
        prop_assert_eq!(seen, text);
    }

    #[test]
    fn parity_is_of_all_bits_up_to_each(bits: u64) {
        let odd = |bit: &u32| (bits << (63 - bit)).count_ones() % 2 == 1;
        prop_assert_eq!(parity(bits), (0..64).filter(odd).fold(0, |mask, bit| mask | 1_u64 << bit));
    }
}

#[test]
fn every_byte_at_every_place() {
    // Miri takes a thousand times as long.
    let step = if cfg!(miri) { 41 } else { 1 };
    for byte in (0..=255).step_by(step) {
        for place in (0..BLOCK).step_by(step) {
            let mut block = [b'x'; BLOCK];
            block[place] = byte;
            compare::<true, 2>(&block, [b'"', b'\\']);
            compare::<false, 4>(&block, *b",\"\n\r");
            compare::<false, 4>(&block, [0, 0xff, 0x80, 0x7f]);
        }
    }
}
