//! Any text is a study or a list of complaints; reading it ends, and every complaint has a place that can be shown.
#![no_main]

use ictus::study::{Study, Texts};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // A last line `@ key=value` is an override of the command line.
    let (study, overrides) = match text.rsplit_once("\n@ ") {
        Some((study, line)) => (study, vec![line.to_owned()]),
        None => (text, Vec::new()),
    };
    let texts = Texts {
        name: "fuzz.toml".into(),
        study: study.to_owned(),
        overrides,
        model: None,
        matrices: Vec::new(),
        // No file of this machine is a model of the fuzzer.
        folder: "/nonexistent".into(),
    };
    match Study::from_texts(texts) {
        Ok(study) => {
            let _ = study.identity();
        }
        Err(complaints) => assert!(!complaints.to_string().is_empty()),
    }
});
