//! The fidelity matrix: every Arrow type × every target, what the plan says and that it is true.

mod page;
mod proof;
mod rows;
mod table;
