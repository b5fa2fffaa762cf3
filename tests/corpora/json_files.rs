use std::path::Path; use super::verdict::Job; pub fn jobs(_: &Path) -> Vec<Job> { Vec::new() }
