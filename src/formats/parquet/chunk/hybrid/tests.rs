use proptest::prelude::*;

use super::*;

/// Run by run, as the specification tells it: those of eight and more, where groups of eight can end, are runs.
fn slowly(values: &[u32], width: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let mut pending: Vec<u32> = Vec::new();
    for run in values.chunk_by(|one, other| one == other) {
        let missing = pending.len().wrapping_neg() % 8;
        if run.len() < 8 + missing {
            pending.extend(run);
            continue;
        }
        pending.extend(&run[..missing]);
        bits(&pending, width, &mut out);
        pending.clear();
        varint(((run.len() - missing) as u64) << 1, &mut out);
        out.extend(&run[0].to_le_bytes()[..width.div_ceil(8) as usize]);
    }
    bits(&pending, width, &mut out);
    out
}

/// Values in groups of eight, bit by bit.
fn bits(values: &[u32], width: u32, out: &mut Vec<u8>) {
    if values.is_empty() {
        return;
    }
    let groups = values.len().div_ceil(8);
    varint((groups as u64) << 1 | 1, out);
    let mut bytes = vec![0u8; groups * width as usize];
    for (index, value) in values.iter().enumerate() {
        for bit in 0..width as usize {
            let place = index * width as usize + bit;
            bytes[place / 8] |= ((value >> bit & 1) as u8) << (place % 8);
        }
    }
    out.extend(bytes);
}

proptest! {
    #[test]
    fn runs_and_packed_values_are_those_of_the_specification(
        width in 0u32..20,
        runs in proptest::collection::vec((any::<u32>(), prop_oneof![1usize..3, 5usize..40]), 0..30),
    ) {
        let values: Vec<u32> = (runs.iter())
            .flat_map(|(value, count)| std::iter::repeat_n(value & ((1 << width) - 1), *count))
            .collect();
        let mut out = Vec::new();
        write(&values, width, &mut out);
        prop_assert_eq!(out, slowly(&values, width));
    }
}
