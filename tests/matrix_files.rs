//! Matrices as other programs write them: `SciPy` and h5py (files of `tests/matrix_files`, which its `make.py` writes anew), and
//! `NumPy`, pandas, netCDF, Octave and R, which are asked here. All write the same weights of three nodes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use flate2::read::GzDecoder;
use ictus::network::{Labelled, read};

/// What all files hold; a row is a target.
const W: [f64; 9] = [0.0, 0.25, 0.5, 1.0, 0.0, 2.0, 0.125, 3.0, 0.0];
const NAMES: [&str; 3] = ["lh.a", "rh.b", "lh.c"];

/// The files that are kept.
const KEPT: [&str; 10] = [
    "scipy.mat",
    "scipy_packed.mat",
    "scipy_sparse.mat",
    "scipy_whole.mat",
    "plain.h5",
    "chunked.h5",
    "tracked.h5",
    "latest.h5",
    "cyclic.h5",
    "matlab.mat",
];

fn kept(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/matrix_files");
    let file = std::fs::File::open(folder.join(format!("{name}.gz"))).unwrap();
    let mut bytes = Vec::new();
    GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    bytes
}

fn found(what: &str, bytes: &[u8], array: Option<&str>) -> Labelled {
    read(bytes, array).unwrap_or_else(|error| panic!("{what} {array:?}: it {error}"))
}

#[test]
fn what_scipy_and_h5py_write_is_read() {
    let shifted = W.map(|weight| weight + 3.0);
    let truth = W.map(|weight| f64::from(u8::from(weight > 0.0)));
    let doubled = W.map(|weight| 2.0 * weight);
    let whole = [0.0, 1.0, 200.0, 4.0, 0.0, 3.0, 2.0, 1.0, 0.0];
    for (file, array, wanted, is_named) in [
        ("scipy.mat", None, W, true),
        ("scipy_packed.mat", None, W, false),
        ("scipy_packed.mat", Some("W"), W, false),
        ("scipy_sparse.mat", None, W, false),
        ("scipy_whole.mat", Some("W"), whole, false),
        ("scipy_whole.mat", Some("V"), W, false),
        ("plain.h5", Some("W"), W, true),
        ("plain.h5", Some("other/sc"), doubled, true),
        ("plain.h5", Some("sc"), doubled, true),
        ("chunked.h5", None, W, true),
        ("chunked.h5", Some("whole"), W, true),
        ("tracked.h5", Some("w3"), shifted, false),
        ("latest.h5", Some("W"), W, false),
        ("latest.h5", Some("packed"), W, false),
        ("latest.h5", Some("truth"), truth, false),
        ("cyclic.h5", None, W, false),
        ("matlab.mat", None, W, true),
    ] {
        let labelled = found(file, &kept(file), array);
        assert_eq!(labelled.matrix.entries(), wanted, "{file} {array:?}");
        let names = if is_named { &NAMES[..] } else { &[] };
        assert_eq!(labelled.names, names, "{file} {array:?}");
    }
}

#[test]
fn what_is_not_there_is_said_and_what_is_offered_can_be_read() {
    for (file, array, wanted) in [
        ("plain.h5", None, &["`W`", "`other/sc`"][..]),
        ("plain.h5", Some("w"), &["`W`", "`other/sc`"]),
        ("scipy_whole.mat", None, &["`W`", "`V`"]),
        ("scipy.mat", Some("weights"), &["`W`"]),
        ("tracked.h5", None, &["`w0`", "`w11`"]),
    ] {
        let bytes = kept(file);
        let message = read(&bytes, array).unwrap_err().to_string();
        let offered = message.rsplit_once("one of ").unwrap_or_else(|| panic!("{file}: {message}")).1;
        assert!(wanted.iter().all(|name| offered.contains(name)), "{file}: {message}");
        for name in offered.split(", ") {
            found(file, &bytes, Some(name.trim_matches('`')));
        }
    }
    for (file, array, wanted) in [
        ("plain.h5", "list", "has not two dimensions"),
        ("plain.h5", "labels", "has not two dimensions"),
        ("scipy_whole.mat", "s", "it is not a matrix of numbers"),
        ("scipy_packed.mat", "list", "has 1 rows and 5 columns"),
    ] {
        let message = read(&kept(file), Some(array)).unwrap_err().to_string();
        assert!(message.contains(wanted), "{file}: {message}");
    }
}

/// A generator of numbers for places in files (G. Marsaglia, 2003, xorshift).
fn next(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state as usize
}

#[test]
fn a_damaged_file_is_a_matrix_or_one_message_with_a_remedy() {
    let mut state = 0x9e37_79b9_7f4a_7c15;
    for file in KEPT {
        let whole = kept(file);
        let try_one = |bytes: &[u8], array: Option<&str>| {
            if let Err(error) = read(bytes, array) {
                assert!(error.to_string().contains("; "), "{file}: {error}");
            }
        };
        for length in (0..whole.len()).step_by(whole.len() / 200 + 1) {
            try_one(&whole[..length], None);
        }
        for _ in 0..2000 {
            let mut bytes = whole.clone();
            for _ in 0..=next(&mut state) % 3 {
                // What matters stands where something stands.
                let at = next(&mut state) % bytes.len();
                let at = (at..bytes.len()).find(|&at| bytes[at] != 0).unwrap_or(0);
                bytes[at] = [0, 1, 0x7f, 0xff, next(&mut state) as u8][next(&mut state) % 5];
            }
            try_one(&bytes, Some("W"));
        }
    }
}

/// Runs a script of another program in a folder.
fn run(program: &Path, arguments: &[&str], script: &str, folder: &Path) {
    let path = folder.join("script");
    std::fs::write(&path, script).unwrap();
    let mut command = Command::new(program);
    let done = command.args(arguments).arg(&path).current_dir(folder).output();
    let done = done.unwrap_or_else(|error| panic!("{} cannot be started ({error})", program.display()));
    assert!(done.status.success(), "{}: {}", program.display(), String::from_utf8_lossy(&done.stderr));
}

/// Reads all files that a script has written: names that begin with `named` hold names.
fn check(folder: &Path, of_array: &[(&str, &str)]) {
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name == "script" {
            continue;
        }
        let array = of_array.iter().find(|(file, _)| *file == name).map(|(_, array)| *array);
        let labelled = found(&name, &std::fs::read(folder.join(&name)).unwrap(), array);
        let entries = labelled.matrix.entries();
        let is_same = |(at, (own, wanted)): (usize, (&f64, f64))| {
            own.to_bits() == wanted.to_bits() || (name.contains("diagonal") && at % 4 == 0 && own.is_nan())
        };
        assert!(entries.iter().zip(W).enumerate().all(is_same), "{name}: {entries:?}");
        let names: Vec<&str> = labelled.names.iter().map(String::as_str).collect();
        match name.split(['_', '.']).next() {
            Some("named") => assert_eq!(names, NAMES, "{name}"),
            Some("whole") => assert_eq!(names, ["1001", "1002", "2001"], "{name}"),
            _ => assert!(names.is_empty(), "{name}: {names:?}"),
        }
        count += 1;
    }
    assert!(count > 4, "only {count} files");
}

#[test]
fn what_numpy_pandas_and_netcdf_write_is_read() {
    const SCRIPT: &str = r#"
import csv, zipfile, io
import netCDF4, numpy as np, pandas as pd
W = np.array([[0, .25, .5], [1, 0, 2], [.125, 3, 0]])
N = ["lh.a", "rh.b", "lh.c"]
whole = [1001, 1002, 2001]
for kind in ["<f8", ">f8", "<f4", ">f4", "<f2", ">f2"]:
    np.save(f"plain_{'big' if kind[0] == '>' else 'little'}_{kind[1:]}.npy", W.astype(kind))
np.save("plain_fortran.npy", np.asfortranarray(W.astype(">f8")))
np.savez("named_texts.npz", weights=W, labels=np.array(N))
np.savez("named_big.npz", weights=W, region_labels=np.array(N).astype(">U4"))
np.savez_compressed("named_bytes.npz", weights=W, names=np.array(N, dtype="S"), lengths=W)
np.savez("whole_numbers.npz", weights=W, labels=np.array(whole))
np.savez("plain_counted.npz", weights=W, labels=np.arange(1, 4))
np.savetxt("plain.txt", W)
np.savetxt("plain.txt.gz", W)
np.savetxt("plain.txt.bz2", W)
np.savetxt("named.csv", W, delimiter=",", header=",".join(N), comments="")
with zipfile.ZipFile("named_bzip2.zip", "w", zipfile.ZIP_BZIP2) as z:
    z.write("plain.txt", "c/weights.txt")
    z.writestr("c/centres.txt", "\ufeff" + "".join(f"{n},1.0,2,3\r\n" for n in N))
with zipfile.ZipFile("named_inside.zip", "w", zipfile.ZIP_DEFLATED) as z:
    z.write("plain.txt.bz2", "c/weights.txt.bz2")
    z.writestr("c/centres.txt.bz2", __import__("bz2").compress("".join(f"{n} 1.0 2 3\n" for n in N).encode()))
D = lambda index, columns, values=W: pd.DataFrame(values, index=index, columns=columns)
count = range(3)
D(count, count).to_csv("plain_default.csv")
D(count, count).to_csv("plain_quoted.csv", quoting=csv.QUOTE_ALL)
D(count, count).to_csv("plain_nonnumeric.csv", quoting=csv.QUOTE_NONNUMERIC)
D(count, count).to_csv("plain_default.tsv", sep="\t")
D(N, N).to_csv("named_both.csv")
D(N, N).to_csv("named_both.tsv", sep="\t")
D(N, N).to_csv("named_mark.csv", encoding="utf-8-sig", sep=";")
D(N, count).to_csv("named_index.csv")
D(count, N).to_csv("named_columns.csv")
D(count, N).to_csv("named_header.csv", index=False)
D(whole, whole).to_csv("whole_both.csv")
D(pd.Index(whole, name="region"), whole).to_csv("whole_corner.csv")
missing = W.copy(); np.fill_diagonal(missing, np.nan)
D(N, N, missing).to_csv("named_diagonal.csv")
D(count, count, missing).to_csv("plain_diagonal.csv")
D(N, N, missing).to_csv("named_diagonal.tsv", sep="\t", na_rep="NaN")
np.savetxt("plain_diagonal.txt", missing)
np.save("plain_diagonal.npy", missing)
with netCDF4.Dataset("named.nc", "w") as f:
    f.createDimension("target", 3); f.createDimension("source", 3); f.createDimension("node", 3)
    f.createVariable("weights", "f8", ("target", "source"), zlib=True, shuffle=True, chunksizes=(2, 2))[:] = W
    f.createVariable("labels", str, ("node",))[:] = np.array(N, dtype=object)
"#;
    let folder = tempfile::tempdir().unwrap();
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python");
    run(&python, &[], SCRIPT, folder.path());
    check(folder.path(), &[]);
}

/// CF 1.11, section 8.1 (packed data) and 2.5.1 (missing data); 9.97e36 is NetCDF's own fill value of doubles (`netcdf.h`).
#[test]
fn numbers_of_netcdf_that_stand_for_others_or_for_none_are_refused() {
    const SCRIPT: &str = r#"
import netCDF4, numpy as np
def variable(name, kind, **options):
    f = netCDF4.Dataset(name, "w")
    f.createDimension("i", 3)
    return f, f.createVariable("w", kind, ("i", "i"), **options)
W = np.array([[0, .25, .5], [1, 0, 2], [.125, 3, 0]])
f, v = variable("scaled.nc", "i2"); v.scale_factor = .125; v[:] = W; f.close()
f, v = variable("shifted.nc", "f8"); v.add_offset = 1.0; v[:] = W; f.close()
f, v = variable("filled.nc", "f8", fill_value=-999.0); v[:] = W; v[0, 2] = -999; f.close()
f, v = variable("unwritten.nc", "f8"); v[0] = W[0]; v[2] = W[2]; f.close()
f, v = variable("whole_unwritten.nc", "i4"); v[0] = [0, 1, 2]; v[2] = [1, 2, 0]; f.close()
f, v = variable("all_there.nc", "f8", fill_value=-999.0); v[:] = W; f.close()
"#;
    let folder = tempfile::tempdir().unwrap();
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python");
    run(&python, &[], SCRIPT, folder.path());
    let bytes = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    for (name, wanted) in [
        ("scaled.nc", "packed by `scale_factor` or `add_offset`"),
        ("shifted.nc", "packed by `scale_factor` or `add_offset`"),
        ("filled.nc", "the weight NaN in row 0, column 2"),
        ("unwritten.nc", "the weight NaN in row 1, column 0"),
        ("whole_unwritten.nc", "the weight NaN in row 1, column 0"),
    ] {
        let message = read(&bytes(name), None).unwrap_err().to_string();
        assert!(message.contains(wanted), "{name}: {message}");
    }
    assert_eq!(found("all_there.nc", &bytes("all_there.nc"), None).matrix.entries(), W);
}

#[test]
fn what_octave_writes_is_read() {
    const SCRIPT: &str = r"
W = [0 .25 .5; 1 0 2; .125 3 0];
N = {'lh.a'; 'rh.b'; 'lh.c'};
save -v6 plain_6.mat W
save -v7 plain_7.mat W
save -hdf5 plain.h5 W
save -text plain.txt W
S = sparse (W);
save -v6 plain_sparse.mat S
F = single (W);
save -v7 plain_single.mat F
labels = N;
save -v6 named_cells_6.mat W labels
save -v7 named_cells_7.mat W labels
save -hdf5 named_cells.h5 W labels
labels = char (N);
save -v6 named_letters.mat W labels
save -hdf5 named_letters.h5 W labels
weights = W;
lengths = 2 * W;
save -v7 plain_weights.mat weights lengths
save -v7 plain_chosen.mat W lengths
dlmwrite ('plain.csv', W, 'precision', 17);
";
    let folder = tempfile::tempdir().unwrap();
    run(Path::new("octave-cli"), &["--norc", "--quiet"], SCRIPT, folder.path());
    check(folder.path(), &[("plain_chosen.mat", "W")]);
}

#[test]
fn truth_values_of_octave_are_read_full_and_sparse() {
    const SCRIPT: &str = r"
W = [0 .25 .5; 1 0 2; .125 3 0];
T = W > .4;
save -v6 full_6.mat T
save -v7 full_7.mat T
save -hdf5 full.h5 T
T = sparse (T);
save -v6 sparse_6.mat T
save -v7 sparse_7.mat T
A = sparse (ones (3) > 0);
save -v7 all.mat A
N = sparse (zeros (3) > 0);
save -v7 none.mat N
save -text sparse.txt T
save -text whole.txt W
V = sparse (W);
save -text sparse_numbers.txt V
";
    let folder = tempfile::tempdir().unwrap();
    run(Path::new("octave-cli"), &["--norc", "--quiet"], SCRIPT, folder.path());
    let bytes = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    let truth = W.map(|weight| f64::from(u8::from(weight > 0.4)));
    for name in ["full_6.mat", "full_7.mat", "full.h5", "sparse_6.mat", "sparse_7.mat"] {
        assert_eq!(found(name, &bytes(name), None).matrix.entries(), truth, "{name}");
    }
    assert_eq!(found("all", &bytes("all.mat"), None).matrix.entries(), [1.0; 9]);
    assert_eq!(found("none", &bytes("none.mat"), None).matrix.entries(), [0.0; 9]);
    assert_eq!(found("whole", &bytes("whole.txt"), None).matrix.entries(), W);
    for name in ["sparse.txt", "sparse_numbers.txt"] {
        let message = read(&bytes(name), None).unwrap_err().to_string();
        assert!(message.contains("sparse matrix in Octave's own text"), "{name}: {message}");
    }
}

#[test]
fn what_r_writes_is_read() {
    const SCRIPT: &str = r#"
W <- matrix(c(0, 1, .125, .25, 0, 3, .5, 2, 0), 3)
N <- c("lh.a", "rh.b", "lh.c")
whole <- c("1001", "1002", "2001")
named <- W; dimnames(named) <- list(N, N)
rows <- W; rownames(rows) <- N
columns <- W; colnames(columns) <- N
numbered <- W; dimnames(numbered) <- list(whole, whole)
missing <- named; diag(missing) <- NA
write.csv(W, "plain.csv")
write.csv(W, "plain_unquoted.csv", quote = FALSE)
write.table(W, "plain.txt")
write.table(W, "plain_alone.txt", row.names = FALSE, col.names = FALSE)
write.table(W, "plain.tsv", sep = "\t", col.names = NA)
write.csv(data.frame(W), "plain_frame.csv")
write.csv(named, "named.csv")
write.csv(named, "named_unquoted.csv", quote = FALSE)
write.table(named, "named.txt")
write.table(named, "named_unquoted.tsv", sep = "\t", quote = FALSE)
write.csv(rows, "named_rows.csv")
write.csv(columns, "named_columns.csv")
write.csv(columns, "named_header.csv", row.names = FALSE)
write.csv(missing, "named_diagonal.csv")
write.csv(numbered, "whole.csv")
write.csv(data.frame(numbered), "whole_frame.csv")
"#;
    let folder = tempfile::tempdir().unwrap();
    run(Path::new("Rscript"), &["--vanilla"], SCRIPT, folder.path());
    check(folder.path(), &[]);
}
