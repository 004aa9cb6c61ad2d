//! Any text is a study or a list of complaints; reading it ends, and every complaint has a place that can be shown.

use ictus::study::{Study, TableFile, Texts};

/// One input.
pub(crate) fn study(text: &str) {
    // What follows a line `@@` is the table of points, `points.csv`.
    let (text, table) = match text.split_once("\n@@\n") {
        Some((text, table)) => (text, Some(table.to_owned())),
        None => (text, None),
    };
    let table = table.map(|text| TableFile {
        file: "points.csv".to_owned(),
        hash: String::new(),
        text: Some(text),
        points: None,
    });
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
        table,
        // No file of this machine is a model of the fuzzer.
        folder: "/nonexistent".into(),
    };
    match Study::from_texts(texts) {
        Ok(study) => {
            let _ = study.identity();
        }
        Err(complaints) => assert!(!complaints.to_string().is_empty()),
    }
}
