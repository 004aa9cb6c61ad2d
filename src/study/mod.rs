//! A study: what is computed, read from TOML and checked, all errors at once.

mod document;
mod duration;
mod fields;
