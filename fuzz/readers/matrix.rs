//! Any bytes are a square matrix of weights, finite but for its diagonal, or one message with its remedy; reading them ends, and what was read is
//! written and read again to the last bit.

use ictus::network::{Labelled, read, write};

/// One input.
pub(crate) fn matrix(bytes: &[u8]) {
    match read(bytes, None) {
        Ok(labelled) => {
            let again = read(write(&labelled).as_bytes(), None).expect("what was written");
            let bits =
                |of: &Labelled| of.matrix.entries().iter().map(|weight| weight.to_bits()).collect::<Vec<_>>();
            assert_eq!((bits(&again), &again.names), (bits(&labelled), &labelled.names));
        }
        Err(error) => assert!(error.to_string().contains("; ")),
    }
}
