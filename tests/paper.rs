//! Figures for a paper as a person asks for them: PDF, sizes, panels, names and colours of regimes, boundaries as points, diagrams of
//! branches. Runs the real binary.

mod decay;
mod outcome;

use std::path::Path;

use outcome::outcome;

/// The study of a decay with further lines; `x` tends to `a/k`.
fn finished(study: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    decay::write(folder.path(), study);
    let (code, _, errors) = outcome(folder.path(), &["run", "study.toml"]);
    assert_eq!(code, 0, "{errors}");
    folder
}

/// Draws the map of the study; gives the file.
fn drawn(folder: &Path, arguments: &[&str], file: &str) -> Vec<u8> {
    let (code, said, errors) = outcome(folder, &[&["plot", "runs/study"], arguments, &["-o", file]].concat());
    assert_eq!((code, said.trim()), (0, file), "{arguments:?}: {errors}");
    std::fs::read(folder.join(file)).expect("a picture")
}

fn svg(folder: &Path, arguments: &[&str]) -> String {
    String::from_utf8(drawn(folder, arguments, "picture.svg")).expect("an SVG file is text")
}

fn has(bytes: &[u8], wanted: &str) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted.as_bytes())
}

/// The numbers behind a key of a PDF file.
fn numbers(bytes: &[u8], key: &str) -> Vec<f64> {
    let text = String::from_utf8_lossy(bytes);
    let rest = text.split_once(key).unwrap_or_else(|| panic!("no {key}")).1;
    let list = rest.trim_start().trim_start_matches('[').split(']').next().unwrap_or_default();
    list.split_whitespace().map(|number| number.parse().expect("a number")).collect()
}

#[test]
fn a_pdf_file_has_its_size_its_own_letters_and_the_same_bytes_each_time() {
    let folder = finished(decay::STUDY);
    let first = drawn(folder.path(), &["--width", "85mm"], "one.pdf");
    let second = drawn(folder.path(), &["--width", "85 mm"], "two.pdf");
    assert!(first.starts_with(b"%PDF-") && first == second);
    // 85 mm are 240.945 pt (1 pt = 1/72 inch = 25.4/72 mm).
    let page = numbers(&first, "/MediaBox");
    assert!((page[2] - 240.945).abs() < 0.01, "{page:?}");
    // A subset of a font has six letters and a plus before its name (ISO 32000-1, 9.6.4), and its file is inside (FontFile2: TrueType).
    assert!(has(&first, "+Arimo") && has(&first, "/FontFile2"), "the letters are embedded");
    assert!(!has(&first, "/CreationDate"));
    // Without a size it is what a screen shows, at 300 dots per inch: 1600 units are 384 pt.
    let usual = numbers(&drawn(folder.path(), &[], "usual.pdf"), "/MediaBox");
    assert!((usual[2] - 384.0).abs() < 0.01 && (usual[3] - 288.0).abs() < 0.01, "{usual:?}");
}

#[test]
fn a_size_on_paper_reaches_every_kind_of_file() {
    let folder = finished(decay::STUDY);
    drawn(folder.path(), &["--width", "85mm", "--dpi", "600", "--height", "70mm"], "picture.png");
    let file = std::fs::File::open(folder.path().join("picture.png")).expect("a picture");
    let reader = png::Decoder::new(file).read_info().expect("a PNG file");
    let info = reader.info();
    let per_metre = info.pixel_dims.expect("a resolution");
    // 600 dots per inch of 0.0254 m.
    assert_eq!((per_metre.xppu, per_metre.unit), (23_622, png::Unit::Meter));
    let millimetres = |pixels: u32| f64::from(pixels) / f64::from(per_metre.xppu) * 1000.0;
    assert!((millimetres(info.width) - 85.0).abs() < 0.1 && (millimetres(info.height) - 70.0).abs() < 0.2);
    let text = svg(folder.path(), &["--width", "8.5cm", "--height", "70mm"]);
    assert!(text.contains("width=\"85.00mm\" height=\"70."), "{}", &text[..200]);
    // Larger letters on the same paper: fewer units across it.
    let units = |arguments: &[&str]| {
        let text = svg(folder.path(), arguments);
        let numbers =
            text.split("viewBox=\"0 0 ").nth(1).expect("units").split(['"', ' ']).next().map(String::from);
        numbers.expect("a width").parse::<f64>().expect("a number")
    };
    let [small, large] = ["6pt", "12pt"].map(|size| units(&["--width", "120mm", "--font-size", size]));
    assert!((small / large - 2.0).abs() < 0.01, "{small} {large}");
}

#[test]
fn a_title_and_a_caption_are_there_unless_they_are_left_out() {
    let folder = finished(decay::STUDY);
    let usual = svg(folder.path(), &["--width", "85mm"]);
    assert!(usual.contains("\nDecay\n"));
    let bare = svg(folder.path(), &["--width", "85mm", "--no-title", "--no-caption"]);
    assert!(!bare.contains("\nDecay\n") && bare.contains("\nhigh\n"), "{bare}");
}

#[test]
fn what_is_no_size_is_told_in_one_message_and_nothing_is_written() {
    let folder = finished(decay::STUDY);
    for (arguments, wanted) in [
        (&["--width", "85"][..], "85mm, 8.5cm or 3.3in"),
        (&["--width", "3mm"], "20 mm to 2000 mm"),
        (&["--font-size", "0pt"], "4 pt to 72 pt"),
        (&["--font-size", "8"], "8pt"),
        (&["--dpi", "3"], "from 30 to 2400"),
        (&["--width", "20mm", "--font-size", "20pt"], "--width "),
        (&["--width", "85mm", "--height", "20mm"], "--height "),
        (&["--width", "900mm", "--dpi", "1200"], "--dpi "),
        (&["--panel", "b"], "it has k, a"),
        (&["--panel", "k=9"], "outside of its axis"),
        (&["--panel", "k", "--x", "k"], "asked for twice"),
        (&["--panel", "k", "--at", "k=1"], "asked for twice"),
    ] {
        let call = [&["plot", "runs/study"], arguments, &["-o", "p.png"]].concat();
        let (code, said, errors) = outcome(folder.path(), &call);
        assert!(code == 2 && errors.contains(wanted) && said.is_empty(), "{arguments:?}: {code} {errors}");
        assert!(!folder.path().join("p.png").exists(), "{arguments:?}");
    }
}

#[test]
fn the_figure_of_a_study_is_drawn_again_from_its_map_and_flags_win() {
    let section = "\n[figure]\nx = \"a\"\ny = \"k\"\nwidth = \"85mm\"\nfont_size = \"7pt\"\ntitle = false\n";
    let folder = finished(&(decay::STUDY.to_owned() + section));
    let usual = finished(decay::STUDY);
    let flags = ["--x", "a", "--y", "k", "--width", "85mm", "--font-size", "7pt", "--no-title"];
    assert_eq!(svg(folder.path(), &[]), svg(usual.path(), &flags));
    let wider = ["--width", "120mm"];
    assert_eq!(svg(folder.path(), &wider), svg(usual.path(), &[&flags[..4], &wider, &flags[6..]].concat()));
    // An axis that a flag names goes where the flag says.
    assert_eq!(
        svg(folder.path(), &["--x", "k", "--y", "a"]),
        svg(usual.path(), &[&["--x", "k", "--y", "a"], &flags[4..]].concat())
    );
    // It decides no number: both maps have the same bits of what was measured.
    let other = usual.path().join("runs/study/map.nc").display().to_string();
    let (code, said, _) = outcome(folder.path(), &["diff", "runs/study/map.nc", &other]);
    assert_eq!(code, 0, "{said}");
    for (lines, wanted) in [
        ("x = \"b\"", "`b` is not an axis of the study"),
        ("width = \"85\"", "not a length with a unit"),
        ("width = 85", "not a length with a unit"),
        ("font_size = \"1pt\"", "4 pt to 72 pt"),
        ("dpi = 1", "from 30 to 2400"),
        ("widht = \"85mm\"", "did you mean `width`?"),
        ("at = { b = 1 }", "`b` is not an axis of the study"),
        ("title = 1", "true or false"),
    ] {
        decay::write(folder.path(), &format!("{}\n[figure]\n{lines}\n", decay::STUDY));
        let (code, said, errors) = outcome(folder.path(), &["check", "study.toml"]);
        assert!(code == 2 && (errors.clone() + &said).contains(wanted), "{lines}: {code} {said} {errors}");
    }
}

#[test]
fn a_regime_has_the_label_and_the_colour_of_its_rule() {
    let look = "label = \"Far above rest\"\ncolour = \"#12ab34\"\n";
    let folder = finished(&(decay::STUDY.to_owned() + look));
    let text = svg(folder.path(), &[]);
    assert!(text.contains("\nFar above rest\n") && !text.contains("\nhigh\n"), "{text}");
    assert!(text.contains("#12AB34") || text.contains("#12ab34"));
    // A rule that says nothing of it has its usual colour, and another file of rules another look.
    std::fs::write(
        folder.path().join("rules.toml"),
        "[[regime]]\nname = \"high\"\nwhen = \"maximum > 0.5\"\ncolour = \"#0000ff\"\n",
    )
    .expect("rules");
    assert_eq!(outcome(folder.path(), &["relabel", "runs/study/map.nc", "--rules", "rules.toml"]).0, 0);
    let text = svg(folder.path(), &[]);
    assert!(text.contains("\nhigh\n") && text.contains("#0000FF") && !text.contains("#12AB34"), "{text}");
    // The same in a model's file.
    let rules = "#@ regime high when maximum > 0.5\n#@ label high Far above rest\n#@ colour high #12ab34\n";
    let model = decay::MODEL.replace("#@ time 1\n", &format!("#@ time 1\n{rules}"));
    let (study, _) = decay::STUDY.split_once("[[regime]]").expect("a rule");
    decay::write(folder.path(), study);
    std::fs::write(folder.path().join("decay.ode"), model).expect("a model");
    assert_eq!(outcome(folder.path(), &["run", "study.toml", "--output", "runs/of_model"]).0, 0);
    let (code, _, errors) = outcome(folder.path(), &["plot", "runs/of_model", "-o", "of_model.svg"]);
    assert_eq!(code, 0, "{errors}");
    let text = std::fs::read_to_string(folder.path().join("of_model.svg")).expect("a picture");
    assert!(text.contains("\nFar above rest\n") && text.contains("#12AB34"), "{text}");
    for (line, wanted) in [
        ("colour = \"red\"", "`red` is not a colour"),
        ("colour = \"#12345\"", "`#12345` is not a colour"),
        ("label = \"\"", "1 to 60 letters"),
        ("label = \"a;b\"", "a label has no"),
    ] {
        decay::write(folder.path(), &format!("{}{line}\n", decay::STUDY));
        let (code, said, errors) = outcome(folder.path(), &["check", "study.toml"]);
        assert!(code == 2 && (errors.clone() + &said).contains(wanted), "{line}: {code} {said} {errors}");
    }
}

#[test]
fn boundaries_lie_where_the_rule_says_to_half_a_cell() {
    let fine = decay::STUDY.replace("n = 4 }", "n = 31 }").replace("n = 3 }", "n = 21 }");
    // So long that nothing is left of the start: the slowest decay leaves exp(-0.5 60) = 1e-13.
    let study = fine.replace("transient = 10", "transient = 60");
    let folder = finished(&study);
    let (code, said, errors) = outcome(folder.path(), &["boundary", "runs/study", "-o", "b.csv"]);
    assert_eq!((code, said.trim()), (0, "b.csv"), "{errors}");
    let text = std::fs::read_to_string(folder.path().join("b.csv")).expect("a table");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("axis,k,a,half_cell,below,above,touches_unsettled"));
    let mut count = 0;
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let [k, a, half] = [1, 2, 3].map(|at: usize| cells[at].parse::<f64>().expect("a number"));
        // x rests at a/k: `maximum > 0.5` changes where a/k is 0.5.
        let exact = if cells[0] == "k" { 2.0 * a } else { 0.5 * k };
        let here = if cells[0] == "k" { k } else { a };
        assert!((here - exact).abs() <= half * 1.0001, "{line}");
        assert_eq!(cells[6], "no", "{line}");
        let (low, high) = if cells[0] == "k" { ("high", "fixed_point") } else { ("fixed_point", "high") };
        assert_eq!((cells[4], cells[5]), (low, high), "{line}");
        count += 1;
    }
    assert!(count > 20, "{count}");
    let (code, _, errors) =
        outcome(folder.path(), &["boundary", "runs/study", "-o", "b.nc", "--at", "a=0.5"]);
    assert_eq!(code, 0, "{errors}");
    for (arguments, wanted) in [
        (&["boundary", "runs/study", "-o", "b.txt"][..], ".csv nor in .nc"),
        (&["boundary", "runs/study", "-o", "runs/study/map.nc"], "map.nc"),
        (&["boundary", "runs/study", "-o", "c.csv", "--at", "q=1"], "it has k, a"),
        (
            &["boundary", "runs/study", "-o", "c.csv", "--at", "k=1", "--at", "a=0"],
            "no axis of the map has neighbouring",
        ),
    ] {
        let (code, _, errors) = outcome(folder.path(), arguments);
        assert!(code == 2 && errors.contains(wanted), "{arguments:?}: {code} {errors}");
        assert!(!folder.path().join("c.csv").exists());
    }
}

#[test]
fn panels_stand_for_values_of_an_axis() {
    let study = decay::STUDY.replace(
        "a = { from = 0, to = 1, n = 3 }",
        "a = { from = 0, to = 1, n = 3 }\n\"init.x\" = { from = 0, to = 2, n = 5 }",
    );
    let folder = finished(&study);
    let text = svg(folder.path(), &["--panel", "init.x"]);
    for value in ["0", "0.5", "1", "1.5", "2"] {
        // Over its panel, and over its shares in the legend.
        assert_eq!(text.matches(&format!("\ninit.x = {value}\n")).count(), 2, "{value}");
    }
    let text = svg(folder.path(), &["--panel", "a=0,1", "--x", "k", "--width", "85mm"]);
    assert!(text.contains("\na = 0\n") && text.contains("\na = 1\n") && !text.contains("\na = 0.5\n"));
    // A line along one axis has a frame for each panel too.
    let text = svg(folder.path(), &["--panel", "a", "--x", "k", "--at", "init.x=1"]);
    assert_eq!(text.matches("\na = 0.5\n").count(), 2, "{text}");
    let wide = study.replace("n = 5 }", "n = 40 }");
    let folder = finished(&wide);
    let (code, _, errors) =
        outcome(folder.path(), &["plot", "runs/study", "--panel", "init.x", "-o", "p.svg"]);
    assert!(code == 2 && errors.contains("40 panels") && errors.contains("--panel init.x=0,"), "{errors}");
}

#[test]
fn branches_are_drawn_alone_and_over_orbits_and_nowhere_else() {
    let line = decay::STUDY.replace("k = { from = 0.5, to = 2, n = 4 }\n", "");
    let folder = finished(&line);
    let (code, _, errors) =
        outcome(folder.path(), &["curves", "study.toml", "--along", "a", "-o", "branches.nc"]);
    assert_eq!(code, 0, "{errors}");
    let (code, _, errors) =
        outcome(folder.path(), &["plot", "branches.nc", "-o", "branches.svg", "--width", "85mm"]);
    assert_eq!(code, 0, "{errors}");
    let text = std::fs::read_to_string(folder.path().join("branches.svg")).expect("a picture");
    // x' = a - k x rests at a/k and attracts everywhere.
    assert!(
        text.contains("\nstable\n") && !text.contains("\nunstable\n") && text.contains("k = 1"),
        "{text}"
    );
    let text = svg(folder.path(), &["--curves", "branches.nc"]);
    assert!(text.contains("\nstable\n") && text.contains("\nminimum and maximum of x\n"), "{text}");
    for (arguments, wanted) in [
        (&["plot", "branches.nc"][..], "name a file by -o"),
        (&["plot", "branches.nc", "-o", "p.svg", "--feature", "y"], "its branches have no `y`; they have x"),
        (&["plot", "branches.nc", "-o", "p.svg", "--at", "a=1"], "`--at` is for maps"),
        (
            &["plot", "runs/study", "--curves", "branches.nc", "--feature", "amplitude", "-o", "p.svg"],
            "minimum and maximum",
        ),
        (&["plot", "runs/study", "--curves", "branches.nc"], "-o map.png"),
    ] {
        let (code, _, errors) = outcome(folder.path(), arguments);
        assert!(code == 2 && errors.contains(wanted), "{arguments:?}: {code} {errors}");
        assert!(!folder.path().join("p.svg").exists());
    }
    let whole = finished(decay::STUDY);
    let branches = folder.path().join("branches.nc").display().to_string();
    let call = ["plot", "runs/study", "--x", "a", "--panel", "k", "--curves", &branches, "-o", "p.svg"];
    let (code, _, errors) = outcome(whole.path(), &call);
    assert!(code == 2 && errors.contains("the curves are at k = 1, and a panel is at k = 0.5"), "{errors}");
    let call = ["plot", "runs/study", "--x", "k", "--at", "a=1", "--curves", &branches, "-o", "p.svg"];
    let (code, _, errors) = outcome(whole.path(), &call);
    assert!(code == 2 && (errors.contains("follow `a`") || errors.contains("second parameter")), "{errors}");
}

/// A digit of Arimo is 0.556 em wide (hmtx of the font, as of Arial).
#[test]
fn the_numbers_of_axes_lie_within_a_page_of_any_width() {
    let far = decay::STUDY.replace("step = 0.1", "step = 0.1\nbound = 1e9");
    let map = finished(&far.replace("to = 1, n = 3", "to = 1000000, n = 3"));
    let design = "[space]\ndesign = \"sobol\"\nbase = 64\nreplicates = 2\n\n[space.parameters]\n\
                  k = { uniform = [0.5, 2] }\na = { uniform = [0, 1000000] }";
    let (before, rest) = far.split_once("[space.axes]").expect("axes");
    let (_, after) = rest.split_once("\n\n").expect("more");
    let runs = finished(&format!("{before}{design}\n\n{after}"));
    for (folder, arguments) in [(&map, &["--x", "a"][..]), (&runs, &["--kind", "probabilities"])] {
        for width in ["120mm", "180mm"] {
            let picture = svg(folder.path(), &[arguments, &["--width", width, "--no-caption"]].concat());
            let (_, size) = picture.split_once("viewBox=\"0 0 ").expect("a size");
            let right: f64 = size.split(' ').next().and_then(|width| width.parse().ok()).expect("a width");
            let mut longest = 0;
            for part in picture.split("<text ").skip(1).filter(|part| part.contains("\"middle\"")) {
                let number = |key: &str| -> f64 {
                    let (_, rest) = part.split_once(&format!("{key}=\"")).expect("an attribute");
                    rest.split('"').next().and_then(|text| text.parse().ok()).expect("a number")
                };
                let (_, rest) = part.split_once('>').expect("an element");
                let text = rest.split('<').next().unwrap_or_default().trim();
                if text.chars().all(|c| c.is_ascii_digit()) {
                    let end = number("x") + 0.5 * 0.556 * number("font-size") * text.len() as f64;
                    assert!(end <= right + 1.0, "{width} {arguments:?}: {text} ends at {end} of {right}");
                    longest = longest.max(text.len());
                }
            }
            assert!(longest >= 6, "{width} {arguments:?}: no long number in {picture}");
        }
    }
}
