//! Formats that are not read, each known by how its files begin, and what to do with such a file. Knows nothing of what is in it.

use super::ReadError;

/// What a file is by its first bytes, if it is of a format that is known and not read.
pub(super) fn refused(head: &[u8]) -> Result<(), ReadError> {
    let text = head.trim_ascii_start();
    let begins = |with: &[u8]| text.get(..with.len()).is_some_and(|own| own.eq_ignore_ascii_case(with));
    let sizes = head.first_chunk::<4>().map(|bytes| (i32::from_le_bytes(*bytes), i32::from_be_bytes(*bytes)));
    let is_of_size = |wanted: i32| sizes.is_some_and(|(little, big)| little == wanted || big == wanted);
    let (kind, remedy) = if begins(b"%%MatrixMarket") {
        (
            "a matrix of Matrix Market",
            "read it by `scipy.io.mmread` and save the full matrix: `numpy.save(\"weights.npy\", W.toarray())`",
        )
    } else if begins(b"{") || begins(b"[") {
        (
            "JSON or a printed list",
            "save the rows as lines of numbers, or by `numpy.save(\"weights.npy\", numpy.array(rows))`",
        )
    } else if begins(b"<!doctype html") || begins(b"<html") {
        ("a page of the web", "download the file itself, by its own link")
    } else if begins(b"<?xml") || begins(b"<graphml") {
        ("XML, as of GraphML or GIFTI", "save the matrix of its weights as lines of numbers")
    } else if begins(b"RDX") || begins(b"RDA") || head.starts_with(b"X\n\0\0\0") {
        ("a file of R's own", "write the matrix by `write.csv(W, \"weights.csv\")`")
    } else if head.starts_with(b"\x80") && head.get(1).is_some_and(|version| (2..=5).contains(version)) {
        (
            "a pickle of Python, which may run any program",
            "save the matrix by `numpy.save(\"weights.npy\", W)`",
        )
    } else if head.starts_with(b"\xd0\xcf\x11\xe0") {
        (WORKBOOK, "export its sheet as CSV")
    } else if head.starts_with(b"PAR1") || head.starts_with(b"ARROW1") || head.starts_with(b"FEA1") {
        ("a table of Arrow or Parquet", "write it by `frame.to_csv(\"weights.csv\")`")
    } else if is_of_size(348) || is_of_size(540) {
        (
            "an image (NIfTI, CIFTI)",
            "save the matrix in it by `numpy.save(\"weights.npy\", image.get_fdata())`",
        )
    } else if is_mat_of_version_4(head) {
        ("a MAT-file of version 4", "save it again by `save -v7 weights.mat W`")
    } else {
        return Ok(());
    };
    Err(ReadError::Foreign { kind, remedy })
}

const WORKBOOK: &str = "a workbook of a spreadsheet";

/// What an archive is by the names of its files, if it is known and not read.
pub(super) fn refused_archive<'a>(names: impl Iterator<Item = &'a str>) -> Result<(), ReadError> {
    let names: Vec<&str> = names.collect();
    let has = |name: &str| names.iter().any(|own| own.strip_suffix(".npy") == Some(name));
    let (kind, remedy) = if names.iter().any(|name| name.starts_with("xl/") || *name == "content.xml") {
        (WORKBOOK, "export its sheet as CSV")
    } else if has("data") && has("shape") && ((has("indices") && has("indptr")) || (has("row") && has("col")))
    {
        (
            "a sparse matrix of SciPy",
            "save the full matrix: `numpy.save(\"weights.npy\", scipy.sparse.load_npz(..).toarray())`",
        )
    } else {
        return Ok(());
    };
    Err(ReadError::Foreign { kind, remedy })
}

/// Whether a file begins with the head of a variable of MATLAB 4: its type, rows, columns, whether it is complex, and the length of its name.
fn is_mat_of_version_4(head: &[u8]) -> bool {
    let Some((numbers, name)) = head.split_first_chunk::<20>() else { return false };
    let (words, _) = numbers.as_chunks::<4>();
    let is_head = |word: fn([u8; 4]) -> u32| {
        let [kind, rows, columns, complex, length] = [0, 1, 2, 3, 4].map(|at| word(words[at]));
        let is_kind = kind <= 4052 && kind / 100 % 10 == 0 && kind / 10 % 10 <= 5 && kind % 10 <= 2;
        let is_name = (2..=64).contains(&length)
            && name.get(..length as usize).is_some_and(|name| {
                name.ends_with(b"\0") && name[..name.len() - 1].iter().all(u8::is_ascii_graphic)
            });
        is_kind && rows > 0 && columns > 0 && complex <= 1 && is_name
    };
    is_head(u32::from_le_bytes) || is_head(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The head of a variable `W` of 2 x 2 doubles, by MATLAB's description of its formats.
    fn head_of_version_4(word: fn(u32) -> [u8; 4]) -> Vec<u8> {
        [0, 2, 2, 0, 2].map(word).concat().into_iter().chain(*b"W\0").collect()
    }

    #[test]
    fn what_is_not_read_is_refused_by_its_name() {
        let (little, big) = (head_of_version_4(u32::to_le_bytes), head_of_version_4(u32::to_be_bytes));
        let image = [348i32.to_le_bytes().to_vec(), vec![0; 40]].concat();
        for (head, wanted) in [
            (&b"%%MatrixMarket matrix coordinate real general\n"[..], "Matrix Market"),
            (b"[[0, 1], [2, 0]]", "JSON"),
            (b"\n {\"weights\": [[0]]}", "JSON"),
            (b"<!DOCTYPE html><html>", "page of the web"),
            (b"<?xml version=\"1.0\"?>", "GraphML"),
            (b"RDX3\nX\n", "of R's own"),
            (b"\x80\x04\x95", "pickle"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1", "workbook"),
            (b"PAR1\x15", "Parquet"),
            (&image, "NIfTI"),
            (&little, "version 4"),
            (&big, "version 4"),
        ] {
            let error = refused(head).expect_err(wanted).to_string();
            assert!(error.contains(wanted) && error.contains("; "), "{error}");
        }
        for text in ["0,1\n2,0\n", "names\n", "", "\"[a]\",\"{b}\"\n0,1\n2,0\n", "348 1\n2 3\n"] {
            assert_eq!(refused(text.as_bytes()), Ok(()), "{text}");
        }
    }

    #[test]
    fn archives_of_others_are_known_by_the_names_in_them() {
        let told = |names: &[&str]| refused_archive(names.iter().copied()).map_err(|error| error.to_string());
        assert!(told(&["xl/workbook.xml", "docProps/app.xml"]).unwrap_err().contains("workbook"));
        for sparse in [
            ["indices.npy", "indptr.npy", "format.npy", "shape.npy", "data.npy"],
            ["row.npy", "col.npy", "format.npy", "shape.npy", "data.npy"],
        ] {
            assert!(told(&sparse).unwrap_err().contains("SciPy"));
        }
        assert_eq!(told(&["weights.npy", "data.npy", "shape.npy"]), Ok(()));
    }
}
