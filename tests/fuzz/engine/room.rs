//! The room of the crate under test, alone.
#![allow(dead_code)] // what only other rooms use

#[path = "../../../src/outcome/mod.rs"]
pub mod outcome;
