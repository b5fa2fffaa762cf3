use super::*;

/// Numbers that do not repeat with the length of a block.
fn bytes(count: usize) -> Vec<u8> {
    (0..count).map(|index| (index % 251) as u8).collect()
}

fn filled(home: &Arc<Spare>, parts: &[&[u8]]) -> Blocks {
    let mut filling = Filling::new(home.clone());
    parts.iter().for_each(|part| filling.write_all(part).unwrap());
    filling.finish()
}

#[test]
fn what_was_written_is_read_from_any_place() {
    for count in [0, 1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 5 * BLOCK_BYTES + 3] {
        let all = bytes(count);
        let blocks = filled(&home(), &[&all[..count / 3], &[], &all[count / 3..]]);
        assert_eq!(blocks.len(), count as u64);
        for start in [0, 1, count / 2, count] {
            let mut rest = Vec::new();
            match blocks.get_read(start as u64) {
                Ok(mut read) => assert_eq!(read.read_to_end(&mut rest).unwrap(), count - start),
                Err(_) => assert!(start > count),
            }
            assert_eq!(rest, all.get(start..).unwrap_or_default());
        }
        assert_eq!(blocks.get_bytes(0, count).unwrap(), all);
        assert!(blocks.get_bytes(1, count).is_err());
        assert!(blocks.get_read(count as u64 + 1).is_err());
    }
}

#[test]
fn blocks_are_used_again() {
    let home = home();
    let all = bytes(3 * BLOCK_BYTES);
    let first = filled(&home, &[&all]);
    let places: Vec<*const u8> = first.0.iter().map(|block| block.as_ptr()).collect();
    assert_eq!(places.len(), 3);
    drop(first);
    // Shorter contents than before: nothing of those shows.
    let again = filled(&home, &[&all[7..2 * BLOCK_BYTES]]);
    assert!(again.0.iter().all(|block| places.contains(&block.as_ptr())));
    assert_eq!(again.get_bytes(0, 2 * BLOCK_BYTES - 7).unwrap(), all[7..2 * BLOCK_BYTES]);
}
