use super::super::args::settings;
use super::*;
use crate::format::Registry;

#[test]
fn a_setting_that_is_an_option_of_every_command_is_listed_as_it_can_be_typed() {
    let registry = Registry::builtin();
    let options = settings::all(&registry);
    let mut hidden = 0;
    for format in registry.iter() {
        let info = format.info();
        let text = one(info);
        for setting in info.read.iter().chain(info.write).filter(|setting| GLOBAL.contains(&setting.name)) {
            let name = format!("{}-{}", info.name, setting.name);
            assert!(text.contains(&format!("{} (--{name})", setting.name)), "{text}");
            assert!(options.contains_key(&name));
            hidden += 1;
        }
    }
    assert_eq!(hidden, 1, "the version of Parquet's pages");
}
