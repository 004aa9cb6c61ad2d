//! Matrices in files beside the study, or in the map that holds their texts. Knows no formats.

use crate::network::{self, LONGEST_FILE, Labelled};
use crate::store::fingerprint;
use crate::study::document::Value;
use crate::study::fields::Sink;
use crate::study::files::bytes_of;
use crate::study::texts::{MatrixFile, Texts};

/// The longest text of a matrix that a map holds, in bytes.
const LONGEST_EMBEDDED: usize = 4 << 20;

/// What a study says of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish<'a> {
    /// Its path, from the study's folder.
    pub(super) file: &'a Value,
    /// Which one of an archive.
    pub(super) array: Option<&'a str>,
    /// Where it was published.
    pub(super) source: Option<&'a str>,
    /// What may be done with it.
    pub(super) licence: Option<&'a str>,
    /// Whether a map holds its hash alone.
    pub(super) by_hash: bool,
}

/// The matrix, and what a map is to hold of it.
pub(super) fn read(wish: &Wish<'_>, texts: &Texts, sink: &mut Sink) -> Option<(Labelled, MatrixFile)> {
    let file = wish.file.text("`file`", sink)?;
    match found(file, wish, texts) {
        Ok((labelled, record)) => Some((labelled, record)),
        Err((message, remedy)) => {
            sink.push(wish.file.place.error(message, remedy));
            None
        }
    }
}

fn found(file: &str, wish: &Wish<'_>, texts: &Texts) -> Result<(Labelled, MatrixFile), (String, String)> {
    let known = texts.matrices.iter().find(|known| known.is(file, wish.array));
    let unread = |error: network::ReadError| {
        // Some say what the matrix is or has, others what is wrong inside of it.
        let is_inside = matches!(error, network::ReadError::Text { .. } | network::ReadError::Which { .. });
        let (message, remedy) = split(&error.to_string());
        (format!("the matrix `{file}`{} {message}", if is_inside { ":" } else { "" }), remedy)
    };
    let (labelled, hash) = if let Some(MatrixFile { text: Some(text), hash, .. }) = known {
        (network::read(text.as_bytes(), None).map_err(unread)?, hash.clone())
    } else {
        let bytes = bytes_of("matrix", file, LONGEST_FILE, texts)?;
        let hash = fingerprint(&bytes);
        if let Some(known) = known
            && known.hash != hash
        {
            let message =
                format!("the file `{file}` has the SHA-256 {hash}, and the run was made from {}", known.hash);
            return Err((message, "bring the old file back, or run the study's own file anew".to_owned()));
        }
        (network::read(&bytes, wish.array).map_err(unread)?, hash)
    };
    let text = if wish.by_hash { None } else { Some(network::write(&labelled)) };
    if let Some(text) = &text
        && text.len() > LONGEST_EMBEDDED
    {
        let message = format!(
            "the matrix `{file}` takes {} bytes of a map, and at most {LONGEST_EMBEDDED} are held",
            text.len()
        );
        return Err((message, "write `embed = \"hash\"`, and keep the file beside the map".to_owned()));
    }
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let record = MatrixFile {
        file: file.to_owned(),
        array: owned(wish.array),
        hash,
        source: owned(wish.source),
        licence: owned(wish.licence),
        text,
    };
    Ok((labelled, record))
}

/// Message and remedy.
fn split(text: &str) -> (String, String) {
    let (message, remedy) = text.rsplit_once("; ").unwrap_or((text, "change it"));
    (message.to_owned(), remedy.to_owned())
}
