//! Any bytes are a square matrix of finite weights, or one message with its remedy; reading them ends, and what was read is
//! written and read again to the last bit.
#![no_main]

use ictus::network::{read, write};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match read(bytes, None) {
        Ok(labelled) => {
            let again = read(write(&labelled).as_bytes(), None).expect("what was written");
            assert_eq!(again, labelled);
        }
        Err(error) => assert!(error.to_string().contains("; ")),
    }
});
