use super::verdict::Job;
use std::path::Path;
pub fn jobs(_: &Path) -> Vec<Job> {
    Vec::new()
}
