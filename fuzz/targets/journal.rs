//! The reader of ../readers/journal.rs, fuzzed.
#![no_main]

#[path = "../readers/journal.rs"]
mod reader;

libfuzzer_sys::fuzz_target!(|input: &[u8]| reader::journal(input));
