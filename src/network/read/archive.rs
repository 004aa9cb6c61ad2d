//! A matrix in a zip archive: an array of `NumPy`'s `.npz`, or the weights among the texts of a connectivity of The Virtual Brain
//! (`weights.txt`, and `centres.txt` with the names of regions). Knows no other files of these.

use std::io::{BufReader, Read};

use bzip2::bufread::BzDecoder;
use flate2::bufread::DeflateDecoder;
use rawzip::{CompressionMethod, ZipArchive, ZipSliceArchive};

use super::{
    Bounded, LONGEST_FILE, Labelled, ReadError, WEIGHTS, foreign, is_list_of_labels, named, read_array,
    read_labels,
};

/// How an archive begins: with a file, or with its end where it is empty.
pub(super) const MAGIC: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// The most files of an archive that are listed.
const MOST_FILES: usize = 1000;

/// The most files that a message offers.
const MOST_OFFERED: usize = 20;

/// The longest file that is read only to know whether a message should offer it, in bytes.
const LONGEST_TRIED: u64 = 1 << 20;

/// Endings that an array's name may go without, the outer ones first.
const ENDINGS: [&str; 7] = [".bz2", ".gz", ".npy", ".txt", ".csv", ".tsv", ".dat"];

/// Reads one array: the one that is asked for, else the only one, else `weights`; with the labels that lie beside it.
pub(super) fn read(bytes: &[u8], array: Option<&str>) -> Result<Labelled, ReadError> {
    let archive = Archive::open(bytes)?;
    let entry = archive.choose(array)?;
    let labelled = archive.array(entry)?;
    let mut lists = Vec::new();
    for list in archive.lists_beside(entry) {
        let content = BufReader::new(archive.content(list)?);
        let labels = read_labels(content).map_err(|error| error.of_labels(&list.name))?;
        lists.push((list.name.clone(), labels));
    }
    named(labelled, lists)
}

fn wrong(reason: impl Into<String>) -> ReadError {
    ReadError::Archive { reason: reason.into() }
}

fn unreadable(error: impl std::fmt::Display) -> ReadError {
    wrong(error.to_string())
}

/// A file of an archive.
struct Entry {
    /// With its folders.
    name: String,
    wayfinder: rawzip::ZipArchiveEntryWayfinder,
    method: CompressionMethod,
    /// How many bytes it says that it unpacks to.
    size: u64,
}

impl Entry {
    /// Its name without folders and endings.
    fn stem(&self) -> &str {
        let name = self.name.rsplit('/').next().unwrap_or(&self.name);
        ENDINGS.iter().fold(name, |name, ending| name.strip_suffix(ending).unwrap_or(name))
    }

    /// The folder it lies in, with the stroke at its end.
    fn folder(&self) -> &str {
        self.name.rfind('/').map_or("", |at| &self.name[..=at])
    }

    /// Whether it is a list of labels.
    fn is_list(&self) -> bool {
        is_list_of_labels(self.stem())
    }
}

struct Archive<'a> {
    zip: ZipSliceArchive<&'a [u8]>,
    entries: Vec<Entry>,
}

impl<'a> Archive<'a> {
    fn open(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let zip = ZipArchive::from_slice(bytes).map_err(unreadable)?;
        let mut entries = Vec::new();
        for record in zip.entries() {
            let record = record.map_err(unreadable)?;
            let name = String::from_utf8_lossy(record.file_path().as_ref()).into_owned();
            // What a Mac adds beside each file is none of its own.
            if record.is_dir() || name.starts_with("__MACOSX/") {
                continue;
            }
            if entries.len() == MOST_FILES {
                return Err(wrong(format!("it has more than {MOST_FILES} files")));
            }
            let (wayfinder, method) = (record.wayfinder(), record.compression_method());
            entries.push(Entry { name, wayfinder, method, size: record.uncompressed_size_hint() });
        }
        Ok(Self { zip, entries })
    }

    fn choose(&self, array: Option<&str>) -> Result<&Entry, ReadError> {
        let which = |message: String| {
            foreign::refused_archive(self.entries.iter().map(|entry| entry.name.as_str()))?;
            let offered = self.offered();
            if offered.is_empty() {
                return Err(wrong(format!("it {message}, and no file that is a matrix")));
            }
            Err(ReadError::Which { message, known: offered.join(", ") })
        };
        if self.entries.is_empty() {
            return Err(wrong("it is empty"));
        }
        let wanted = array.unwrap_or(WEIGHTS);
        let whole: Vec<&Entry> = self.entries.iter().filter(|entry| entry.name == wanted).collect();
        let fits = |entry: &&Entry| entry.stem() == wanted;
        // A whole name means one file, though others may lie elsewhere under the same name.
        let found = if whole.is_empty() { self.entries.iter().filter(fits).collect() } else { whole };
        let arrays: Vec<&Entry> = self.entries.iter().filter(|entry| !entry.is_list()).collect();
        match (&found[..], &arrays[..], array) {
            ([entry], _, _) => Ok(entry),
            ([], [only], None) => Ok(only),
            ([], _, None) => which(format!("has {} files, none of them `{WEIGHTS}`", self.entries.len())),
            ([], _, Some(array)) => which(format!("has no `{array}`")),
            _ => which(format!("has {} files `{wanted}`", found.len())),
        }
    }

    /// The matrix of a file.
    fn array(&self, entry: &Entry) -> Result<Labelled, ReadError> {
        let of_file = |error| match error {
            ReadError::Archive { reason } => wrong(format!("its file `{}`: {reason}", entry.name)),
            other => other,
        };
        read_array(BufReader::new(self.content(entry)?)).map_err(of_file)
    }

    /// The files that are matrices, each by a name that means it alone.
    fn offered(&self) -> Vec<String> {
        let name = |entry: &Entry| {
            let is_alone = self.entries.iter().filter(|other| other.stem() == entry.stem()).count() == 1;
            format!("`{}`", if is_alone { entry.stem() } else { &entry.name })
        };
        let is_matrix =
            |entry: &&Entry| !entry.is_list() && (entry.size > LONGEST_TRIED || self.array(entry).is_ok());
        self.entries.iter().filter(is_matrix).take(MOST_OFFERED).map(name).collect()
    }

    /// The lists of labels in the folder of a file; where it has none, in the nearest folder around it.
    fn lists_beside(&self, entry: &Entry) -> Vec<&Entry> {
        let mut folder = entry.folder();
        loop {
            let lists: Vec<&Entry> = self
                .entries
                .iter()
                .filter(|list| list.is_list() && list.folder() == folder && list.name != entry.name)
                .collect();
            if !lists.is_empty() || folder.is_empty() {
                return lists;
            }
            let around = folder[..folder.len() - 1].rfind('/').map_or(0, |at| at + 1);
            folder = &folder[..around];
        }
    }

    /// The bytes of a file, no more than may be; at their end it is an error if they are wrong by its checksum.
    fn content<'s>(&'s self, entry: &Entry) -> Result<impl Read + use<'s, 'a>, ReadError> {
        let of_file = |error: &dyn std::fmt::Display| wrong(format!("its file `{}`: {error}", entry.name));
        let local = self.zip.get_entry(entry.wayfinder).map_err(|error| of_file(&error))?;
        let data = local.data();
        let packed: Box<dyn Read + 's> = match entry.method {
            CompressionMethod::STORE => Box::new(data),
            CompressionMethod::DEFLATE => Box::new(DeflateDecoder::new(data)),
            CompressionMethod::BZIP2 => Box::new(BzDecoder::new(data)),
            other => {
                let name = other.name().map_or_else(|| other.as_u16().to_string(), str::to_owned);
                return Err(of_file(&format!("it is packed by the method {name}, which is not read here")));
            }
        };
        Ok(Bounded { reader: local.verifying_reader(packed), left: LONGEST_FILE })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::npy::tests::{DOUBLES, file};
    use super::super::read as read_any;
    use super::*;

    /// An archive of files by name; each is packed where `is_packed`.
    fn zip(files: &[(&str, &[u8])], is_packed: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut archive = rawzip::ZipArchiveWriter::new(&mut bytes);
        for (name, content) in files {
            let method = if is_packed { CompressionMethod::DEFLATE } else { CompressionMethod::STORE };
            let (mut entry, config) =
                archive.new_file(name).compression_method(method).start().expect("a file");
            if is_packed {
                let packer = flate2::write::DeflateEncoder::new(&mut entry, flate2::Compression::default());
                let mut writer = config.wrap(packer);
                writer.write_all(content).expect("bytes");
                let (packer, descriptor) = writer.finish().expect("an end");
                packer.finish().expect("an end");
                entry.finish(descriptor).expect("an end");
            } else {
                let mut writer = config.wrap(&mut entry);
                writer.write_all(content).expect("bytes");
                let (_, descriptor) = writer.finish().expect("an end");
                entry.finish(descriptor).expect("an end");
            }
        }
        archive.finish().expect("an archive");
        bytes
    }

    fn doubles(values: [f64; 4]) -> Vec<u8> {
        file(1, DOUBLES, &values.map(f64::to_le_bytes).concat())
    }

    #[test]
    fn an_array_of_numpys_archives_is_read_by_its_name() {
        let (one, other) = (doubles([0.0, 1.0, 2.0, 0.0]), doubles([0.0, 3.0, 4.0, 0.0]));
        for is_packed in [false, true] {
            let bytes = zip(&[("weights.npy", &one), ("sc/lengths.npy", &other)], is_packed);
            let read = |array| read_any(&bytes, array).expect("an array").matrix.entries().to_vec();
            assert_eq!(read(None), [0.0, 1.0, 2.0, 0.0]);
            assert_eq!(read(Some("lengths")), [0.0, 3.0, 4.0, 0.0]);
            assert_eq!(read(Some("sc/lengths.npy")), [0.0, 3.0, 4.0, 0.0]);
            let only = zip(&[("arr_0.npy", &other)], is_packed);
            assert_eq!(read_any(&only, None).expect("the only one").matrix.row(1), [4.0, 0.0]);
        }
    }

    #[test]
    fn weights_and_names_of_the_virtual_brains_archives_are_read() {
        let centres = b"rA1   4.0 -2 1\nrA2 5 6 7\n".as_slice();
        let files: [(&str, &[u8]); 4] = [
            ("connectivity_2/centres.txt", centres),
            ("connectivity_2/weights.txt", b"  0.0 1.0e+00\n 2 0\n"),
            ("connectivity_2/tract_lengths.txt", b"0 10\n10 0\n"),
            ("connectivity_2/info.txt", b"a toy"),
        ];
        let labelled = read_any(&zip(&files, true), None).expect("weights");
        assert_eq!(labelled.matrix.entries(), [0.0, 1.0, 2.0, 0.0]);
        assert_eq!(labelled.names, ["rA1", "rA2"]);
        let lengths = read_any(&zip(&files, true), Some("tract_lengths")).expect("lengths");
        assert_eq!((lengths.matrix.weight(0, 1), lengths.names.len()), (10.0, 2));
    }

    #[test]
    fn labels_are_those_of_the_own_folder_or_the_nearest_around_it() {
        let weights = b"0 1\n2 0\n".as_slice();
        let files: [(&str, &[u8]); 6] = [
            ("sub-01/weights.txt", weights),
            ("sub-01/centres.txt", b"a 1 2 3\nb 4 5 6\n"),
            ("sub-02/weights.txt", weights),
            ("sub-02/centres.txt", b"b 1 2 3\na 4 5 6\n"),
            ("sub-03/sc/weights.txt", weights),
            ("centres.txt", b"x 1 2 3\ny 4 5 6\n"),
        ];
        let bytes = zip(&files, true);
        let names = |array| read_any(&bytes, Some(array)).expect("weights").names;
        assert_eq!(names("sub-01/weights.txt"), ["a", "b"]);
        assert_eq!(names("sub-02/weights.txt"), ["b", "a"]);
        assert_eq!(names("sub-03/sc/weights.txt"), ["x", "y"]);
        let message = read_any(&bytes, None).expect_err("which").to_string();
        let offered = message.rsplit_once("one of ").expect("an offer").1.split(", ");
        assert_eq!(offered.clone().count(), 3, "{message}");
        for name in offered {
            read_any(&bytes, Some(name.trim_matches('`'))).expect("what is offered");
        }
    }

    #[test]
    fn labels_that_do_not_fit_are_said() {
        let weights = b"0 1\n2 0\n".as_slice();
        let message = |lists: &[(&str, &[u8])]| {
            let mut files = vec![("c/weights.txt", weights)];
            files.extend(lists);
            read_any(&zip(&files, true), None)
                .map(|labelled| labelled.names)
                .map_err(|error| error.to_string())
        };
        let of = |list: &str| message(&[("c/centres.txt", list.as_bytes())]);
        for (list, wanted) in [
            ("name\na\nb\n", "there are 3, and the matrix has 2 nodes"),
            ("a 1 2 3\nb 1 2 3\nc 1 2 3\n", "there are 3, and the matrix has 2 nodes"),
            ("a 1 2 3\n", "there are 1, and the matrix has 2 nodes"),
            ("", "there are 0, and the matrix has 2 nodes"),
            ("a 1 2 3\na 1 2 3\n", "two nodes are called `a`"),
            ("1 0 0 0\n0 1 2 3\n", "a node is called `1`, which is a number"),
            ("a 1 2 3\n0.5 1 2 3\n", "a node is called `0.5`, which is a number"),
        ] {
            let message = of(list).expect_err(list);
            assert!(message.contains("has labels in its `c/centres.txt` that do not fit: "), "{message}");
            assert!(message.contains(wanted), "{list}: {message}");
        }
        let ab = || Ok(vec!["a".to_owned(), "b".to_owned()]);
        for list in [
            "# a comment\na 1 2 3\nb 4 5 6\n",
            "name x y z\na 1 2 3\nb 4 5 6\n",
            "\u{feff}a,1,2,3\r\nb,4,5,6\r\n",
            "a 1 2 3\rb 4 5 6\r",
            "a;1;2;3\nb;4;5;6\n\n",
        ] {
            assert_eq!(of(list), ab(), "{list:?}");
        }
        assert_eq!(of("1 0 0 0\n2 1 1 1\n"), Ok(vec![]));
        // Two lists say the same, or one of them is wrong.
        let two =
            |other: &'static [u8]| message(&[("c/centres.txt", b"a 1\nb 2\n"), ("c/labels.txt", other)]);
        assert_eq!(two(b"a\nb\n"), ab());
        let refused = two(b"b\na\n").expect_err("they disagree");
        assert!(refused.contains("node 0 is `b` there and `a` in `c/centres.txt`"), "{refused}");
        let own: (&str, &[u8]) = ("weights.csv", b"a,b\n0,1\n2,0\n");
        let files = [own, ("labels.csv", b"b\na\n")];
        let refused = read_any(&zip(&files, true), None).expect_err("they disagree").to_string();
        assert!(refused.contains("node 0 is `b` there and `a` in `the matrix`"), "{refused}");
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused_before_it_is_unpacked() {
        // A line of 30 million numbers, many lines, a long name, an array that says how long it is.
        let line = "0 ".repeat(30 << 20);
        let message = |name: &str, content: &[u8]| {
            read_any(&zip(&[(name, content)], true), None).expect_err("refused").to_string()
        };
        assert!(message("weights.txt", line.as_bytes()).contains("has more than 1048576 bytes"));
        assert!(message("weights.txt", "0\n".repeat(1 << 20).as_bytes()).contains("has 4097 nodes"));
        let named = format!("{},0\n", "n".repeat(2000));
        assert!(message("weights.txt", named.as_bytes()).contains("longer than 1000 bytes"));
        let large = file(1, &DOUBLES.replace("(2, 2)", "(100000, 100000)"), &[0; 32]);
        assert!(message("weights.npy", &large).contains("has 100000 nodes"));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let one = doubles([0.0, 1.0, 2.0, 0.0]);
        let both = zip(&[("a.npy", &one), ("b.npy", &one)], true);
        let message = |bytes: &[u8], array| read_any(bytes, array).expect_err("refused").to_string();
        assert!(message(&both, None).contains(
            "has 2 files, none of them `weights`; say which one by `array = \"..\"`, one of `a`, `b`"
        ));
        assert!(message(&both, Some("c")).contains("has no `c`"));
        assert!(
            message(&zip(&[("x/a.npy", &one), ("a.npy", &one)], true), Some("a"))
                .contains("has 2 files `a`; say which one by `array = \"..\"`, one of `x/a.npy`, `a.npy`")
        );
        assert!(message(&zip(&[], true), None).contains("it is empty"));
        assert!(message(&zip(&[("weights.txt", b"0 x\n1 0\n")], true), None).contains("line 1, column 2"));
        assert!(message(&zip(&[("weights.zip", &both)], true), None).contains("an archive itself"));
        assert!(
            message(&zip(&[("weights.txt.bz2", b"BZh9")], true), None)
                .contains("not an archive that can be read")
        );
        assert!(message(b"0,1\n1,0\n", Some("a")).contains("leave `array` out"));
        for end in 0..both.len() {
            assert!(read_any(&both[..end], Some("a")).is_err(), "{end} bytes");
        }
        let mut flipped = zip(&[("weights.npy", &one)], false);
        let at = flipped.len() / 2;
        flipped[at] ^= 1;
        assert!(read_any(&flipped, None).is_err(), "a checksum tells");
    }
}
