//! Every input is a document that came as a result.
#![no_main]

#[path = "../oracle.rs"]
mod oracle;

libfuzzer_sys::fuzz_target!(|document: &[u8]| oracle::check(document));
