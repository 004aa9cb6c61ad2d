//! The reader of ../readers/model.rs, fuzzed.
#![no_main]

#[path = "../readers/model.rs"]
mod reader;

libfuzzer_sys::fuzz_target!(|text: &str| reader::model(text));
