//! Slices made up for the tests of this room, and the tests of whole pictures. The pictures are left in `target/pictures`,
//! to be looked at.

use std::path::PathBuf;

use ndarray::Array2;

use crate::analyse::cut::Cut;
use crate::analyse::samples::Sample;
use crate::analyse::slice::{Coordinate, Feature, Held, Label, Panel, Slice, Why};
use crate::show::colours::Colours;
use crate::show::terminal::Screen;
use crate::show::{Page, PlotRequest, Shown, draw, plot, plot_text};
use crate::store::map::Map;
use crate::table::{Kind, Quantity};

fn even(from: f64, to: f64, count: usize) -> Vec<f64> {
    (0..count).map(|index| from + (to - from) * (index as f64 / (count - 1) as f64)).collect()
}

fn labels() -> Vec<Label> {
    [
        ("diverged", false),
        ("spike_wave", true),
        ("fast_onset", true),
        ("alpha", false),
        ("unsettled", false),
        ("fixed_point", false),
        ("oscillation", false),
    ]
    .map(|(name, is_seizing)| Label::new(name, is_seizing))
    .to_vec()
}

fn held() -> Vec<Held> {
    let held = |name: &str, unit: &str, value, why| Held {
        name: name.into(),
        unit: unit.into(),
        value,
        word: None,
        why,
    };
    vec![
        held("A", "mV", 3.25, Why::Middle),
        held("ad", "1/s", 100.0, Why::Fixed),
        held("bd", "1/s", 50.0, Why::Fixed),
        held("C", "1", 135.0, Why::Fixed),
        held("e0", "1/s", 2.5, Why::Fixed),
        held("v0", "mV", 6.0, Why::Fixed),
        held("r", "mV-1", 0.56, Why::Fixed),
    ]
}

/// A map like that of a cortical column: tongues of seizures between rest and rhythm.
pub(super) fn tongues(rows: usize, columns: usize, starts: &[&str]) -> Slice {
    let x = Coordinate::new(Quantity::real("p", "1/s", "mean input rate"), even(0.0, 350.0, columns));
    let y = Coordinate::new(Quantity::real("B", "mV", "inhibitory gain"), even(10.0, 40.0, rows));
    let panel = |index: usize, name: Option<&str>| {
        let mut regimes = Array2::zeros((rows, columns));
        let mut amplitude = Array2::zeros((rows, columns));
        for ((row, column), regime) in regimes.indexed_iter_mut() {
            let (p, b) = (x.values[column], y.values[row]);
            let bend = 80.0 + 1.8 * (b - 10.0) - 20.0 * index as f64;
            let tongue = (p - 150.0 - 4.0 * (b - 24.0)).abs() < 3.0 * (b - 16.0).max(0.0);
            let fast = b < 16.0 && p > 220.0 + 10.0 * (b - 10.0);
            let noise = (p * 12.9898 + b * 78.233).sin() * 43758.547;
            *regime = match () {
                () if p > 340.0 && b > 36.0 => 0,
                () if fast => 2,
                () if tongue => 1,
                () if p < bend => 5,
                () if noise.fract().abs() < 0.004 => 4,
                () if p > 300.0 => 6,
                () => 3,
            };
            amplitude[[row, column]] = match *regime {
                0 => f64::NAN,
                5 => 0.0,
                _ => 2.0 + 0.02 * p + 8.0 * f64::from(u8::from(tongue)) + (b / 6.0).sin(),
            };
        }
        let quantity = Quantity::real("amplitude", "mV", "peak to peak amplitude of eeg");
        Panel { name: name.map(Into::into), regimes, features: vec![Feature { quantity, values: amplitude }] }
    };
    let panels = if starts.is_empty() {
        vec![panel(0, None)]
    } else {
        starts.iter().enumerate().map(|(index, name)| panel(index, Some(name))).collect()
    };
    Slice {
        title: "Jansen-Rit: input rate × inhibitory gain".into(),
        x,
        y: Some(y),
        labels: labels(),
        panels,
        held: held(),
        across: None,
        signal: None,
        every: [1, 1],
    }
}

/// A pitchfork of rest and a rhythm, from two starts.
pub(super) fn branches(points: usize) -> Slice {
    let x = Coordinate::new(Quantity::real("p", "1/s", "mean input rate"), even(0.0, 350.0, points));
    let panel = |name: &str, threshold: f64| {
        let p = &x.values;
        let moves = |p: f64| p > threshold && p < 310.0;
        let size = |p: f64| if moves(p) { 4.0 * ((p - threshold) / 60.0).sqrt().min(1.2) } else { 0.0 };
        let regimes: Vec<u8> = p
            .iter()
            .map(|&p| {
                if !moves(p) {
                    5
                } else if p < 140.0 {
                    1
                } else {
                    3
                }
            })
            .collect();
        let feature = |word: &str, sign: f64| Feature {
            quantity: Quantity::real(word, "mV", format!("{word} of eeg")),
            values: Array2::from_shape_vec(
                (1, points),
                p.iter().map(|&p| 0.02 * p + sign * size(p)).collect(),
            )
            .unwrap(),
        };
        let regimes = Array2::from_shape_vec((1, points), regimes).unwrap();
        Panel {
            name: Some(name.into()),
            regimes,
            features: vec![feature("minimum", -0.5), feature("maximum", 1.0)],
        }
    };
    let panels = vec![panel("rest", 113.0), panel("excited", 90.0)];
    Slice {
        title: "Jansen-Rit: orbits along the input rate".into(),
        x: x.clone(),
        y: None,
        labels: labels(),
        panels,
        held: held(),
        across: None,
        signal: None,
        every: [1, 1],
    }
}

fn place(name: &str) -> PathBuf {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/pictures"));
    std::fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

#[test]
fn every_kind_of_picture_is_drawn() {
    let logarithmic = {
        let mut slice = tongues(96, 128, &[]);
        slice.x = Coordinate::new(
            Quantity::real("sigma", "1", "coupling strength"),
            even(-3.0, 1.5, 128).iter().map(|x| 10_f64.powf(*x)).collect(),
        );
        slice.title = "A <script>alert(\"title\")</script> & a very long title that does not end where one would expect it to \
                       end but goes on and on, over the end of the first line and then over that of the second"
            .into();
        slice
    };
    let mut fact = tongues(24, 32, &[]);
    fact.panels[0].features[0] = Feature {
        quantity: Quantity::real("settled", "1", "whether both halves of the window agree")
            .of_kind(Kind::Fact),
        values: fact.panels[0].regimes.mapv(|regime| f64::from(u8::from(regime != 4))),
    };
    let mut strip = tongues(1, 90, &[]);
    strip.y = None;
    for (name, slice, shown) in [
        ("regimes", &tongues(192, 256, &[]), Shown::Regimes),
        ("regimes_coarse", &tongues(24, 32, &[]), Shown::Regimes),
        ("regimes_fine", &tongues(1000, 1400, &[]), Shown::Regimes),
        ("regimes_log", &logarithmic, Shown::Regimes),
        ("regimes_starts", &tongues(96, 128, &["rest", "excited"]), Shown::Regimes),
        ("regimes_strip", &strip, Shown::Regimes),
        ("feature", &tongues(96, 128, &[]), Shown::Feature),
        ("feature_starts", &tongues(96, 128, &["rest", "excited", "third"]), Shown::Feature),
        ("feature_fact", &fact, Shown::Feature),
        ("orbits", &branches(351), Shown::Orbits),
        ("orbits_few", &branches(60), Shown::Orbits),
    ] {
        for ending in ["png", "svg"] {
            let path = place(&format!("{name}.{ending}"));
            draw(slice, shown, &Page::default(), &path).unwrap();
            assert!(std::fs::metadata(&path).unwrap().len() > 2_000, "{name}.{ending}");
        }
        // In a column of a journal.
        let column = Page { width: Some(85.0), ..Page::default() };
        for ending in ["png", "svg", "pdf"] {
            draw(slice, shown, &column, &place(&format!("{name}_85mm.{ending}"))).unwrap();
        }
    }
}

#[test]
fn an_svg_picture_says_labels_units_and_values_and_no_markup_of_strangers() {
    let mut slice = tongues(24, 32, &[]);
    slice.title = "<script>alert('x')</script> & \u{1b}[31mred".into();
    slice.labels[1].name = "spike<b>wave".into();
    let path = place("escaped.svg");
    draw(&slice, Shown::Regimes, &Page::default(), &path).unwrap();
    let svg = std::fs::read_to_string(path).unwrap();
    for wanted in [
        "mean input rate, p (s⁻¹)",
        "inhibitory gain, B (mV)",
        "spike&lt;b&gt;wave",
        "&lt;script&gt;alert(&apos;x&apos;)&lt;/script&gt; &amp;",
        "fixed point",
        "seizing",
        "A\u{a0}=\u{a0}3.25\u{a0}mV (middle of its axis)",
        ">\n300\n</text>",
    ] {
        assert!(svg.contains(wanted), "{wanted} is missing");
    }
    assert!(!svg.contains("<script") && !svg.contains("<b>") && !svg.contains('\u{1b}'));
    assert_eq!(svg.matches("<svg ").count(), 1);
    assert!(svg.trim_end().ends_with("</svg>"));
    assert_eq!(svg.matches("<text ").count(), svg.matches("</text>").count());
}

/// A map of sixty regimes, half of them seizing, with long names of which some differ at their end or in their middle alone.
fn sixty() -> Slice {
    let mut slice = tongues(60, 80, &[]);
    let name = |n: usize| match n % 4 {
        0 => format!("burst_{n}"),
        1 => format!("low_amplitude_fast_activity_of_the_left_temporal_lobe_{n}"),
        2 => format!("rhythm_{n}_of_low_amplitude_in_the_left_and_right_temporal_lobes"),
        _ => format!("spike_wave_{n}"),
    };
    slice.labels = (0..60).map(|n| Label::new(name(n), n % 2 == 0)).collect();
    let regimes = &mut slice.panels[0].regimes;
    for ((row, column), regime) in regimes.indexed_iter_mut() {
        *regime = (row / 10 * 10 + column / 8) as u8;
    }
    slice
}

#[test]
fn sixty_regimes_have_a_whole_legend() {
    let slice = sixty();
    draw(&slice, Shown::Regimes, &Page::default(), &place("regimes_sixty.png")).unwrap();
    let path = place("regimes_sixty.svg");
    draw(&slice, Shown::Regimes, &Page::default(), &path).unwrap();
    let svg = std::fs::read_to_string(&path).unwrap();
    let number = |text: &str, key: &str| -> f64 {
        let rest = text.split_once(&format!("{key}=\"")).unwrap().1;
        rest.split_once('"').unwrap().0.parse().unwrap()
    };
    let (width, height) = (number(&svg, "width"), number(&svg, "height"));
    let texts: Vec<&str> =
        svg.split("<text ").skip(1).map(|text| text.split_once("</text>").unwrap().0).collect();
    assert!(texts.iter().all(|text| number(text, "x") < width && number(text, "y") < height));
    let shown: Vec<&str> = texts.iter().map(|text| text.rsplit_once('>').unwrap().1.trim()).collect();
    let entries = shown.iter().filter(|text| text.ends_with('%')).count();
    assert_eq!(entries, 60, "{shown:?}");
    let beginnings = ["burst", "spike wave", "low ", "rhythm"];
    let names: Vec<&&str> =
        shown.iter().filter(|text| beginnings.iter().any(|beginning| text.starts_with(beginning))).collect();
    let distinct: std::collections::HashSet<&&str> = names.iter().copied().collect();
    assert_eq!((names.len(), distinct.len()), (60, 60), "{names:?}");
    let screen = Screen { columns: 100, rows: 50, colours: Colours::None };
    let text = crate::show::terminal::draw_text(&slice, Shown::Regimes, screen);
    let legend: std::collections::HashSet<&str> = text.lines().filter(|line| line.contains('%')).collect();
    assert_eq!(legend.len(), 60, "{text}");
}

/// Width, height and how many colours a PNG file has.
fn decoded(path: &std::path::Path) -> (u32, u32, usize) {
    let mut reader = png::Decoder::new(std::fs::File::open(path).unwrap()).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    let colours: std::collections::HashSet<&[u8]> = pixels[..frame.buffer_size()].chunks(3).collect();
    (frame.width, frame.height, colours.len())
}

#[test]
fn a_png_picture_has_its_size_and_its_colours() {
    let path = place("decoded.png");
    draw(&tongues(24, 32, &[]), Shown::Regimes, &Page::default(), &path).unwrap();
    let (width, height, colours) = decoded(&path);
    assert_eq!((width, height), (1600, 1200));
    assert!(colours > 20, "seven regimes, ink, and the greys of smooth letters, but {colours} colours");
    draw(&tongues(24, 32, &["rest", "excited"]), Shown::Feature, &Page::default(), &path).unwrap();
    let (width, _, colours) = decoded(&path);
    assert_eq!(width, 2200);
    assert!(colours > 80, "a scale of colours, but {colours} colours");
}

#[test]
fn a_picture_of_another_format_is_refused_with_the_remedy() {
    let error = draw(&tongues(4, 4, &[]), Shown::Regimes, &Page::default(), &place("map.jpg"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("map.jpg") && error.contains(".png, .svg or .pdf"), "{error}");
    let error = draw(&tongues(4, 4, &[]), Shown::Regimes, &Page::default(), &place("none/map.png"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("there is no such file or folder"), "{error}");
}

#[test]
fn a_map_is_drawn_as_regimes_as_a_feature_or_along_one_axis() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.nc");
    crate::analyse::samples::write(
        &Sample { starts: 2, depths: 3, rows: 24, columns: 36, ..Sample::default() },
        &path,
    );
    let map = Map::open(&path).unwrap();
    let request = |at: &[&str], feature: Option<&str>| PlotRequest {
        cut: Cut { at: at.iter().map(|text| (*text).to_owned()).collect(), ..Cut::default() },
        feature: feature.map(Into::into),
        basin: None,
        over_starts: false,
        curves: None,
        page: Page::default(),
        signal: None,
    };
    let drawn = |name: &str, request: &PlotRequest| {
        plot(&map, request, &place(&format!("{name}.png"))).unwrap();
        plot(&map, request, &place(&format!("{name}.svg"))).unwrap();
        std::fs::read_to_string(place(&format!("{name}.svg"))).unwrap()
    };
    let regimes = drawn("map_regimes", &request(&[], None));
    assert!(
        regimes.contains("start: excited")
            && regimes.contains("A\u{a0}=\u{a0}3.5\u{a0}mV (middle of its axis)")
    );
    let feature = drawn("map_feature", &request(&["start=rest"], Some("amplitude")));
    assert!(
        feature.contains("amplitude (mV)")
            && feature.contains("Amplitude: amplitude of eeg.")
            && feature.contains("undefined")
    );
    assert!(feature.contains("start\u{a0}=\u{a0}rest"));
    let orbits = drawn("map_orbits", &request(&["A=3.5", "B=30"], None));
    assert!(orbits.contains("minimum and maximum of eeg (mV)") && orbits.contains("from excited"));
    let single = drawn("map_line", &request(&["A=3.5", "B=30"], Some("mean")));
    assert!(single.contains("mean (mV)") && single.contains("Mean: mean of eeg."));
    let refused = plot(&map, &request(&[], Some("amplitud")), &place("none.png")).unwrap_err();
    assert!(
        refused.is_callers_fault() && refused.to_string().contains("did you mean `amplitude`?"),
        "{refused}"
    );
    let screen = Screen { columns: 70, rows: 30, colours: Colours::None };
    let text = plot_text(&map, &request(&["start=rest"], None), screen).unwrap();
    assert!(text.contains("S spike wave") && text.contains("mean input rate, p (s⁻¹)"), "{text}");
}
