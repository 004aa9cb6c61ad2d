//! Texts as people and programs write them.

use super::super::{Matrix, read as read_any, write};
use super::*;

fn entries(text: &str) -> Vec<f64> {
    read(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}")).matrix.entries().to_vec()
}

fn names(text: &str) -> Vec<String> {
    read(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}")).names
}

#[test]
fn numbers_stand_between_commas_semicolons_tabs_or_blanks() {
    for text in [
        "0,1\n2.5,0\n",
        "0;1\n2.5;0",
        "0\t1\r\n2.5\t0\r\n",
        "  0  1\n\n 2.5 0.000e+00 \n",
        "\u{feff}0 , 1\n# a comment\n2.5,0",
    ] {
        assert_eq!(entries(text), [0.0, 1.0, 2.5, 0.0], "{text}");
    }
}

#[test]
fn a_row_is_a_target_and_a_column_a_source() {
    let labelled = read(&b"0,2,0\n0,0,0\n7,0,0\n"[..]).expect("a matrix");
    assert_eq!((labelled.matrix.weight(0, 1), labelled.matrix.weight(2, 0)), (2.0, 7.0));
    assert_eq!(labelled.matrix.row(2), [7.0, 0.0, 0.0]);
}

#[test]
fn names_stand_in_the_first_row_or_column_or_both() {
    for text in [
        "lh.a,rh.a\n0,1\n2,0\n",
        "lh.a,0,1\nrh.a,2,0\n",
        ",lh.a,rh.a\nlh.a,0,1\nrh.a,2,0\n",
        "region;lh.a;rh.a\nlh.a;0;1\nrh.a;2;0\n",
        "\"lh.a\",\"rh.a\"\n0,1\n2,0\n",
        "lh.a rh.a\n0 1\n2 0\n",
    ] {
        assert_eq!(names(text), ["lh.a", "rh.a"], "{text}");
        assert_eq!(entries(text), [0.0, 1.0, 2.0, 0.0], "{text}");
    }
    assert_eq!(names("\"gyrus, left\",\"a \"\"b\"\"\"\n0,1\n2,0\n"), ["gyrus, left", "a \"b\""]);
    assert_eq!(names("\"gyrus left\"  \"b\"\n0 1\n2 0\n"), ["gyrus left", "b"]);
    assert_eq!(names("\"all of it\"\n2\n"), ["all of it"]);
    assert_eq!(names("\"a; b\",\"c\"\n0,1\n2,0\n"), ["a; b", "c"]);
    assert!(names("0,1\n2,0\n").is_empty());
}

#[test]
fn tables_of_something_else_are_refused_by_what_they_are() {
    let pairs = "0 1 0.5\n1 0 0.25\n1 2 1\n2 0 3\n";
    for (text, wanted) in [
        (pairs, "list of connections"),
        ("source,target,weight\na,b,0.5\nb,a,0.25\n", "list of connections"),
        ("0,1,2\n0,5,1\n6,0,1\n6,1,0\n", "numbers of its columns"),
        ("0,1\n2,0\n3,4\n", "3 rows and 2 columns"),
        ("1\t2\t3\n0\t5\t1\n6\t0\t1\n6\t1\t0\n", "numbers of its columns"),
        ("0,5\n6,0\n7,7\n", "3 rows and 2 columns"),
        ("0.5 1 0.5\n1 0 0.25\n1 2 1\n2 0 3\n", "4 rows and 3 columns"),
        ("0 1 0.5\n1 0 0.25\n", "2 rows and 3 columns"),
    ] {
        let error = read(text.as_bytes()).expect_err(text).to_string();
        assert!(error.contains(wanted) && error.contains("; "), "{text}: {error}");
    }
}

#[test]
fn what_is_no_matrix_is_refused_with_its_place() {
    for (text, wanted) in [
        ("", "holds no numbers"),
        ("\n# nothing\n", "holds no numbers"),
        ("a,b\n", "holds no numbers"),
        ("0,1\n2\n", "the row has 1 numbers and the first 2, in line 2, column 2"),
        ("0,1\n2,x\n", "`x` is not a number in line 2, column 2"),
        ("a,0,1\nb,2,x\n", "`x` is not a number in line 2, column 3"),
        ("0,\n2,0\n", "the row has 2 numbers and the first 1, in line 2, column 2"),
        ("0,1\n,0\n", "there is no number in line 2, column 1"),
        ("0,NA\n2,0\n", "`NA` is not a weight in line 1, column 2; replace"),
        ("0,1,2\n2,0,\n1,2,0\n", "there is no number in line 2, column 3"),
        (";2\n", "there is no number in line 1, column 1"),
        ("\"\"\n+\n7\n", "there is no number behind the name in line 2, column 1; give every row"),
        ("0;1,5\n2;0\n", "`1,5` is not a number in line 1, column 2; write decimals with a point"),
        ("0,nan\n2,0\n", "`nan` is not a weight in line 1, column 2; replace"),
        ("0,inf\n2,0\n", "`inf` is not a weight in line 1, column 2"),
        ("0,1\n2,0\n3,4\n", "has 3 rows and 2 columns"),
        ("0,1,2\n2,0,1\n", "has 2 rows and 3 columns"),
        ("a,b,c\n0,1\n2,0\n", "names 3 nodes and has 2"),
        (",a,b\nb,0,1\na,2,0\n", "column `a` and row `b` are one node"),
        ("a,a\n0,1\n2,0\n", "two nodes are called `a`"),
        ("a,0,1\n7,2,0\n", "a node is called `7`, which is a number"),
        (",1,0\n1,0,1\n0,2,0\n", "a node is called `1`, which is a number in line 1, column 2"),
        (",5,5\n5,0,1\n5,2,0\n", "two nodes are called `5` in line 1, column 3"),
        ("a,b\nx,0,1\ny,2,0\nz,3,4\n", "has 3 rows and 2 columns"),
        (
            "0,1001,1002\n1001,0,1\n1002,1,0\n",
            "the first row and column are the whole numbers from 1001 to 1002",
        ),
    ] {
        let message = read(text.as_bytes()).expect_err(text).to_string();
        assert!(message.starts_with(wanted), "{text}: {message}");
    }
    assert!(read(&b"0,1\n2,\xff\n"[..]).expect_err("no text").to_string().contains("line 2"));
    let wide = format!("{}\n", vec!["0"; 4097].join(","));
    assert_eq!(
        read(wide.as_bytes()).expect_err("too large").to_string(),
        "has 4097 nodes; a network has at most 4096"
    );
}

#[test]
fn a_matrix_is_written_and_read_again_to_the_last_bit() {
    let entries = vec![0.1 + 0.2, -0.0, 5e-324, 1.797_693_134_862_315_7e308];
    for names in [Vec::new(), vec!["a".to_owned(), "b".to_owned()], vec!["a, b".to_owned(), "\"".to_owned()]]
    {
        let labelled = Labelled { matrix: Matrix::new(2, entries.clone()), names };
        let again = read_any(write(&labelled).as_bytes(), None).unwrap_or_else(|error| panic!("{error}"));
        let bits = |matrix: &Matrix| matrix.entries().iter().map(|entry| entry.to_bits()).collect::<Vec<_>>();
        assert_eq!((bits(&again.matrix), again.names), (bits(&labelled.matrix), labelled.names));
    }
}

/// Python 3.11, pandas 3.1 and 2.2: `DataFrame(W).to_csv()`, with `index` and `columns` of names, of one of them, of whole
/// numbers, with `sep="\t"`, `sep=";"` and `quoting=csv.QUOTE_ALL`.
#[test]
fn what_pandas_exports_is_read() {
    let lh = ["lh.a", "rh.a"];
    for (text, wanted) in [
        (",0,1\n0,0.0,1.0\n1,2.0,0.0\n", &[][..]),
        ("\t0\t1\n0\t0.0\t1.0\n1\t2.0\t0.0\n", &[]),
        (";0;1\n0;0.0;1.0\n1;2.0;0.0\n", &[]),
        ("\"\",\"0\",\"1\"\n\"0\",\"0.0\",\"1.0\"\n\"1\",\"2.0\",\"0.0\"\n", &[]),
        (",lh.a,rh.a\nlh.a,0.0,1.0\nrh.a,2.0,0.0\n", &lh),
        (",lh.a,rh.a\n0,0.0,1.0\n1,2.0,0.0\n", &lh),
        (",0,1\nlh.a,0.0,1.0\nrh.a,2.0,0.0\n", &lh),
        (",1001,1002\n1001,0.0,1.0\n1002,2.0,0.0\n", &["1001", "1002"]),
        ("region,1001,1002\n1001,0.0,1.0\n1002,2.0,0.0\n", &["1001", "1002"]),
        ("region,lh.a,rh.a\n1,0.0,1.0\n2,2.0,0.0\n", &lh),
    ] {
        assert_eq!(names(text), wanted, "{text}");
        assert_eq!(entries(text), [0.0, 1.0, 2.0, 0.0], "{text}");
    }
}

/// R 4.2: `W <- matrix(c(0, 2, 1, 0), 2)`, `write.csv(W)`, `write.table(W)`, `write.table(W, col.names = NA, sep = "\t")`, with
/// `row.names = FALSE`, `quote = FALSE`, and names of rows and columns; of a data frame, which makes names of columns.
#[test]
fn what_r_exports_is_read() {
    let lh = ["lh-a", "rh-a"];
    for (text, wanted) in [
        ("\"\",\"V1\",\"V2\"\n\"1\",0,1\n\"2\",2,0\n", &[][..]),
        ("\"V1\" \"V2\"\n\"1\" 0 1\n\"2\" 2 0\n", &[]),
        ("V1 V2\n1 0 1\n2 2 0\n", &[]),
        ("\"\"\t\"V1\"\t\"V2\"\n\"1\"\t0\t1\n\"2\"\t2\t0\n", &[]),
        ("\"\",\"X1\",\"X2\"\n\"1\",0,1\n\"2\",2,0\n", &[]),
        ("\"\",\"lh-a\",\"rh-a\"\n\"lh-a\",0,1\n\"rh-a\",2,0\n", &lh),
        ("\"\",\"V1\",\"V2\"\n\"lh-a\",0,1\n\"rh-a\",2,0\n", &lh),
        ("\"lh-a\" \"rh-a\"\n\"lh-a\" 0 1\n\"rh-a\" 2 0\n", &lh),
        ("\"lh-a\",\"rh-a\"\n0,1\n2,0\n", &lh),
        ("\"\",\"lh.a\",\"rh.a\"\n\"lh-a\",0,1\n\"rh-a\",2,0\n", &lh),
        ("\"\",\"X1001\",\"X1002\"\n\"1001\",0,1\n\"1002\",2,0\n", &["1001", "1002"]),
    ] {
        assert_eq!(names(text), wanted, "{text}");
        assert_eq!(entries(text), [0.0, 1.0, 2.0, 0.0], "{text}");
    }
}

#[test]
fn whole_numbers_around_a_corner_are_labels_where_they_can_be_nothing_else() {
    assert_eq!(names("nan,1001,1002\n1001,0,1\n1002,1,0\n"), ["1001", "1002"]);
    // A symmetric matrix of small whole numbers, and one whose author wrote weights as such.
    assert_eq!(entries("0,1,2\n1,0,3\n2,3,0\n").len(), 9);
    assert_eq!(entries("0 10\n10 0\n"), [0.0, 10.0, 10.0, 0.0]);
    assert_eq!(entries("0,50,70\n50,0,1\n70,1,0\n").len(), 9);
    assert!(
        names("nan,1,2\n1,0,0.5\n2,0.5,0\n").is_empty() && entries("nan,1,2\n1,0,0.5\n2,0.5,0\n").len() == 4
    );
    assert_eq!(entries("0,1001.0,1002.0\n1001.0,0,1\n1002.0,1,0\n").len(), 9);
    assert_eq!(entries("0,1001,1002\n1001,0,5000\n1002,5000,0\n").len(), 9);
}

#[test]
fn weights_that_look_like_labels_are_written_so_that_they_are_read_as_weights() {
    let nan = f64::NAN;
    for entries in [
        vec![0.0, 1001.0, 1002.0, 1001.0, 0.0, 1.0, 1002.0, 1.0, 0.0],
        vec![nan, 1001.0, 1002.0, 1001.0, 0.0, 1.0, 1002.0, 1.0, 0.0],
        vec![nan, 1.0, 2.0, 1.0, 0.0, 0.5, 2.0, 0.5, 0.0],
        vec![nan, 1.0, 2.0, 1.0, nan, 0.5, 2.0, 0.5, nan],
    ] {
        let labelled = super::super::Labelled { matrix: Matrix::new(3, entries), names: Vec::new() };
        let again = read_any(write(&labelled).as_bytes(), None).unwrap_or_else(|error| panic!("{error}"));
        let bits = |matrix: &Matrix| matrix.entries().iter().map(|entry| entry.to_bits()).collect::<Vec<_>>();
        assert_eq!((bits(&again.matrix), again.names.len()), (bits(&labelled.matrix), 0));
    }
}

#[test]
fn a_weight_of_a_node_on_itself_may_be_missing() {
    for text in [
        "nan,1\n2,NaN\n",
        "NA,1\n2,NA\n",
        ",1.5\n1.5,\n",
        "inf 1\n2 -inf\n",
        "a,b\n,1\n2,\n",
        ",a,b\na,,1.0\nb,2.0,\n",
        "\"\",\"V1\",\"V2\"\n\"1\",NA,1\n\"2\",2,NA\n",
        "\ta\tb\na\t\t1\nb\t2\t\n",
    ] {
        let entries = entries(text);
        assert!(entries.len() == 4 && entries[0].is_nan() && entries[3].is_nan(), "{text}: {entries:?}");
        assert!(entries[1] >= 1.0 && entries[2] >= 1.5, "{text}: {entries:?}");
    }
}

#[test]
fn lines_end_and_cells_are_divided_as_other_programs_do_it() {
    for text in [
        "0,1\r2,0\r",
        "0,1\r\n2,0\r\n",
        "0,1,\n2,0,\n",
        "0\t1\t\n2\t0\t\n",
        "\"0\",\"1\"\n\"2\",\"0\"\n",
        "0 1 \t\n2 0\n",
    ] {
        assert_eq!(entries(text), [0.0, 1.0, 2.0, 0.0], "{text:?}");
    }
}
