//! The reader of ../readers/study.rs, fuzzed.
#![no_main]

#[path = "../readers/study.rs"]
mod reader;

libfuzzer_sys::fuzz_target!(|text: &str| reader::study(text));
