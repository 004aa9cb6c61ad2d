//! The page of a map: its size, that nothing a stranger wrote is obeyed, that the same map gives the same bytes, and that its data are
//! those of the map. Runs the real binary on real maps; `tests/report.sh` opens pages in a browser.

mod decay;
mod outcome;

use std::io::Read as _;
use std::path::Path;

use ictus::store::map::Map;
use outcome::outcome;
use serde_json::Value;

fn done(folder: &Path, arguments: &[&str]) -> (String, String) {
    let (code, said, errors) = outcome(folder, arguments);
    assert_eq!(code, 0, "{arguments:?}: {errors}");
    (said, errors)
}

/// A finished run of a study of the decay.
fn finished(study: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    decay::write(folder.path(), study);
    done(folder.path(), &["run", "study.toml"]);
    folder
}

/// The page of the map of a folder.
fn page(folder: &Path) -> String {
    let (said, _) = done(folder, &["report", "runs/study", "-o", "report.html"]);
    assert_eq!(said.trim(), "report.html");
    std::fs::read_to_string(folder.join("report.html")).expect("a page")
}

/// What the script of a page reads.
fn data(page: &str) -> Value {
    let begin = "<script type=\"application/json\" id=\"data\">";
    let (_, rest) = page.split_once(begin).expect("data");
    let (text, _) = rest.split_once("</script>").expect("an end of the data");
    serde_json::from_str(text).expect("JSON")
}

fn bytes(letters: &str) -> Vec<u8> {
    let value = |letter: u8| match letter {
        b'A'..=b'Z' => letter - b'A',
        b'a'..=b'z' => letter - b'a' + 26,
        b'0'..=b'9' => letter - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut bytes = Vec::new();
    for group in letters.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = group.iter().fold(0_u32, |bits, letter| bits << 6 | u32::from(value(*letter)));
        let bits = bits << (6 * (4 - group.len()));
        bytes.extend(&bits.to_be_bytes()[1..group.len()]);
    }
    bytes
}

/// The levels of a layer, unpacked as the script of the page does it.
fn levels(packed: &Value) -> Vec<u16> {
    let mut planes = Vec::new();
    let letters = bytes(packed["data"].as_str().expect("letters"));
    flate2::read::DeflateDecoder::new(&letters[..]).read_to_end(&mut planes).expect("deflated bytes");
    let lengths: Vec<usize> = packed["lengths"]
        .as_array()
        .expect("lengths")
        .iter()
        .map(|own| own.as_u64().expect("a length") as usize)
        .collect();
    let (size, width) = (lengths.iter().product::<usize>(), lengths.last().copied().unwrap_or(1));
    let is_wide = packed["bits"] == 16;
    let mask = if is_wide { 0xffff } else { 0xff };
    let mut levels: Vec<u16> = (0..size)
        .map(|at| u16::from(planes[at]) | if is_wide { u16::from(planes[size + at]) << 8 } else { 0 })
        .collect();
    for at in 1..size {
        let before = |back: usize| at.checked_sub(back).map_or(0, |at| levels[at]);
        let expected = match packed["filter"].as_u64() {
            Some(0) => 0,
            Some(1) => before(1),
            _ => before(1).wrapping_add(before(width)).wrapping_sub(before(width + 1)),
        };
        levels[at] = levels[at].wrapping_add(expected) & mask;
    }
    levels
}

/// Compares every layer of a page with the map: labels exactly, numbers to half a level.
fn compare(page: &str, map: &Map) -> usize {
    let data = data(page);
    let shape = map.shape();
    let start = vec![0; shape.len()];
    let mut compared = 0;
    for layer in data["layers"].as_array().expect("layers") {
        let packed = &layer["packed"];
        let levels = levels(packed);
        let every: Vec<u64> = packed["every"]
            .as_array()
            .expect("steps")
            .iter()
            .map(|own| own.as_u64().expect("a step"))
            .collect();
        let lengths: Vec<u64> =
            shape.iter().zip(&every).map(|(length, every)| length.div_ceil(*every)).collect();
        let (low, step) = (packed["low"].as_f64().expect("low"), packed["step"].as_f64().expect("step"));
        let top = if packed["bits"] == 16 { 0xffff } else { 0xff };
        let values: Vec<f64> = match layer["sort"].as_str().expect("a sort") {
            "regime" => {
                map.regime(&start, &shape).expect("values of the map").into_iter().map(f64::from).collect()
            }
            "status" => {
                map.status(&start, &shape).expect("values of the map").into_iter().map(f64::from).collect()
            }
            "feature" => {
                let number = map.feature(layer["name"].as_str().expect("a name")).expect("values of the map");
                map.slab(number, &start, &shape).expect("values of the map")
            }
            _ => continue,
        };
        for (at, level) in levels.iter().enumerate() {
            let (mut rest, mut place, mut stride) = (at as u64, 0, 1);
            for axis in (0..shape.len()).rev() {
                place += rest % lengths[axis] * every[axis] * stride;
                rest /= lengths[axis];
                stride *= shape[axis];
            }
            let value = values[place as usize];
            if value.is_nan() {
                assert_eq!(*level, top);
            } else {
                let shown = low + f64::from(*level) * step;
                let name = &layer["name"];
                assert!(
                    (shown - value).abs() <= 0.5001 * step + 1e-12 * value.abs(),
                    "{name}: {shown} for {value}"
                );
            }
        }
        compared += 1;
    }
    compared
}

#[test]
fn the_data_of_a_page_are_those_of_its_map_and_its_bytes_are_always_the_same() {
    let folder = finished(decay::STUDY);
    let first = page(folder.path());
    let map = Map::open(&folder.path().join("runs/study/map.nc")).expect("a map");
    assert!(compare(&first, &map) >= 2 + map.features().len().min(3));
    assert_eq!(first, page(folder.path()));
    assert_eq!(data(&first)["axes"][1]["columns"][0]["to"], 1.0);
    for wanted in [
        "<title>Decay</title>",
        "For research use only; not for clinical decisions.",
        "maximum &gt; 0.5",
        "@software{ictus",
        "The first of these rules that held named a point: high",
        "rate of decay",
        "version of the numerics",
        "steps of 0.1",
    ] {
        assert!(first.contains(wanted), "`{wanted}` is missing");
    }
    // Nothing is fetched from anywhere, and a browser would refuse to.
    assert!(first.contains("default-src 'none'"));
    for foreign in ["src=\"", "<link", "@import", "url(http", "fetch("] {
        assert!(!first.contains(foreign), "{foreign}");
    }
}

#[test]
fn what_strangers_wrote_is_shown_and_never_obeyed() {
    let title = "</script><script>alert(1)</script> & \\\"quoted\\\" 'single' \\u2028 \\u202e <!-- <b>";
    let study = decay::STUDY.replace("title = \"Decay\"", &format!("title = \"{title}\""));
    let folder = tempfile::tempdir().expect("a folder");
    decay::write(folder.path(), &study);
    let model = decay::MODEL
        .replace("rate of decay", "rate </script><img src=x onerror=alert(2)> & so on")
        .replace("Decay to a level", "<i>Decay</i>");
    std::fs::write(folder.path().join("decay.ode"), model).expect("the model");
    done(folder.path(), &["run", "study.toml"]);
    let page = page(folder.path());
    assert_eq!(page.matches("<script").count(), 2, "the data and the script");
    assert_eq!(page.matches("</script>").count(), 2);
    for tag in ["<img", "<!--", "<b>", "<i>", "\u{2028}", "\u{202e}"] {
        assert!(!page.contains(tag), "{tag}");
    }
    assert!(page.contains("&lt;/script&gt;&lt;script&gt;alert(1)"));
    let meaning = data(&page)["axes"][0]["shown"].as_str().expect("a text").to_owned();
    assert!(meaning.contains("</script><img src=x"), "{meaning}");
}

/// A decay over a million points, whose runs take a few steps.
fn large(features: &str) -> String {
    decay::STUDY
        .replace("n = 4", "n = 1000")
        .replace("n = 3", "n = 1000")
        .replace("transient = 10", "transient = 0.2")
        .replace("window = 10", "window = 0.4")
        .replace("[\"extrema\"]", features)
}

#[test]
fn the_page_of_a_million_points_has_less_than_two_megabytes() {
    let folder = finished(&large("[\"extrema\", \"moments\", \"line_length\"]"));
    let page = page(folder.path());
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    let map = Map::open(&folder.path().join("runs/study/map.nc")).expect("a map");
    assert_eq!(map.shape(), [1000, 1000]);
    assert!(compare(&page, &map) > 4);
    let data = data(&page);
    assert_eq!(data["layers"][0]["packed"]["every"], serde_json::json!([1, 1]), "every regime is there");
}

#[test]
fn the_points_of_a_design_a_line_and_a_single_point_have_pages_too() {
    let (before, rest) = decay::STUDY.split_once("[space.axes]").expect("axes");
    let (_, after) = rest.split_once("\n\n").expect("more");
    let design = "[space]\ndesign = \"saltelli\"\nbase = 64\nreplicates = 2\n\n[space.parameters]\n\
                  k = { loguniform = [0.5, 2] }\na = { uniform = [0, 1] }";
    let folder = finished(&format!("{before}{design}\n\n{after}"));
    let alone = page(folder.path());
    assert!(!alone.contains("What outcomes depend on"));
    done(folder.path(), &["sense", "runs/study"]);
    let with_indices = page(folder.path());
    for wanted in ["What outcomes depend on", "ST, in all ways", "loguniform = [0.5, 2.0]", "runs over k"] {
        assert!(with_indices.contains(wanted), "{wanted}");
    }
    assert_eq!(data(&with_indices)["axes"][0]["sample"], true);

    let line = finished(&decay::STUDY.replace("a = { from = 0, to = 1, n = 3 }\n", ""));
    assert_eq!(data(&page(line.path()))["axes"].as_array().map(Vec::len), Some(1));
    let point = finished(&format!("{before}{after}"));
    let page = page(point.path());
    assert!(page.contains("among 1 point<") && data(&page)["axes"] == serde_json::json!([]));
}

#[test]
fn curves_beside_the_map_are_shown_and_indices_of_another_map_are_not() {
    let folder = finished(decay::STUDY);
    done(
        folder.path(),
        &["curves", "study.toml", "--along", "k", "--with", "a", "-o", "runs/study/curves.nc"],
    );
    done(folder.path(), &["sense", "runs/study"]);
    let page_of_both = page(folder.path());
    assert!(page_of_both.contains("Curves of equilibria in the plane of k and a"));
    assert!(page_of_both.contains("<section id=\"sensitivity\""));
    let other = finished(&decay::STUDY.replace("n = 3", "n = 5"));
    std::fs::copy(folder.path().join("runs/study/sense.nc"), other.path().join("runs/study/sense.nc"))
        .expect("a copy");
    let page = page(other.path());
    assert!(
        !page.contains("<section id=\"sensitivity\"")
            && page.contains("sense.nc beside the map is of another map")
    );
}

#[test]
fn a_page_that_cannot_be_made_is_told_with_the_exit_code() {
    let folder = finished(decay::STUDY);
    for (arguments, code, wanted) in [
        (&["report", "runs/study", "-o", "page.pdf"][..], 2, ".html"),
        (&["report", "runs/study", "-o", "nowhere/page.html"], 2, "nowhere"),
        (&["report", "nothing.nc"], 2, "nothing.nc"),
        (&["report", "study.toml", "-o", "page.html"], 2, "study.toml"),
    ] {
        let (own, _, errors) = outcome(folder.path(), arguments);
        assert!(own == code && errors.contains(wanted), "{arguments:?}: {own} {errors}");
    }
    std::fs::remove_file(folder.path().join("runs/study/map.nc")).expect("a map");
    let (code, _, errors) = outcome(folder.path(), &["report", "runs/study"]);
    assert!(code == 2 && errors.contains("has no map yet"), "{code} {errors}");
}

#[test]
fn what_a_reader_should_know_stands_on_the_page() {
    let more = "\n[[regime]]\nname = \"never\"\nwhen = \"maximum > 1e9\"\n";
    let brief =
        decay::STUDY.replace("transient = 10", "transient = 0").replace("window = 10", "window = 0.4");
    let study = brief.replace("> 0.5", "> 5") + more;
    let folder = finished(&study);
    let page = page(folder.path());
    for wanted in ["The rule never names no point.", "of the points are unsettled"] {
        assert!(page.contains(wanted), "{wanted}");
    }
}
