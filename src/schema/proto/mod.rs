//! The `.proto` schema language.
pub mod arrow;
mod google;
pub mod load;
pub mod pool;
pub mod shape;
