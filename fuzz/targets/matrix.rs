//! The reader of ../readers/matrix.rs, fuzzed.
#![no_main]

#[path = "../readers/matrix.rs"]
mod reader;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| reader::matrix(bytes));
