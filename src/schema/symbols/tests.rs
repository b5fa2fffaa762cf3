use super::*;

fn avro(symbols: &[&str]) -> Symbols {
    Symbols { symbols: symbols.iter().map(|symbol| (*symbol).to_owned()).collect(), ..Symbols::default() }
}

fn proto(name: &str, values: &[(&str, i32)], closed: bool) -> Symbols {
    let names: Vec<&str> = values.iter().map(|(name, _)| *name).collect();
    let numbers = Some(values.iter().map(|(_, number)| *number).collect());
    Symbols { name: Some(name.to_owned()), numbers, closed: Some(closed), ..avro(&names) }
}

fn pairs(from: &Symbols, to: &Symbols) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = renamed(from, to).into_iter().collect();
    pairs.sort();
    pairs
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
}

#[test]
fn the_prefix_of_the_style_guide_is_no_part_of_a_symbol() {
    let state = proto("p.OrderState", &[("ORDER_STATE_UNSPECIFIED", 0), ("ORDER_STATE_A", 1)], false);
    assert_eq!(pairs(&avro(&["A", "Z"]), &state), owned(&[("A", "ORDER_STATE_A")]));
    assert_eq!(pairs(&state, &avro(&["A"])), owned(&[("ORDER_STATE_A", "A")]));
    assert_eq!(pairs(&avro(&["ORDER_STATE_A"]), &state), []);
    // Where one symbol has no prefix, none has.
    let mixed = proto("OrderState", &[("NONE", 0), ("ORDER_STATE_A", 1)], false);
    assert_eq!(pairs(&avro(&["A"]), &mixed), []);
    // Prefixes are Protobuf's alone.
    let named = Symbols { name: Some("State".to_owned()), ..avro(&["STATE_A"]) };
    assert_eq!(pairs(&avro(&["A"]), &named), []);
}

#[test]
fn versions_of_an_enum_keep_their_numbers() {
    let old = proto("E", &[("NONE", 0), ("B", 1), ("C", 2)], false);
    let new = [("NONE", 0), ("B2", 1), ("D", 3)];
    assert_eq!(pairs(&old, &proto("E", &new, false)), owned(&[("3", "D"), ("B", "B2"), ("C", "2")]));
    assert_eq!(pairs(&old, &proto("E", &new, true)), owned(&[("3", "D"), ("B", "B2")]));
    // Another enum is another matter.
    assert_eq!(pairs(&old, &proto("F", &new, false)), []);
}
