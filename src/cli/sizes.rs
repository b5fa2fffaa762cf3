//! `fmtconv sizes`

use super::Session;
use super::args::SizesArguments;
use crate::error::{Error, Result};

pub fn run(_session: &Session, _arguments: SizesArguments) -> Result<u8> {
    Err(Error::unsupported("sizes"))
}
