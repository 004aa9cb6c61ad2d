//! Which colour a regime or a number has. Chosen so that they can be told apart without red-green vision and in grey print:
//! seizures are warm, everything else that was told is cool, what could not be told is grey; a regime whose author gave it a colour has
//! that one. Knows nothing of shapes.

use crate::analyse::slice::{Label, Role};

/// A colour of the sRGB space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Colour(pub u8, pub u8, pub u8);

/// How many colours a terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// None: letters stand for regimes, digits for numbers.
    None,
    /// The 256 of xterm.
    Few,
    /// All of 24 bits.
    All,
}

impl Colours {
    /// What a terminal can show, from the texts of its environment variables: `NO_COLOR` (when not empty) forbids colours,
    /// `TERM` and `COLORTERM` say how many there are; nothing that is not a terminal has any.
    pub fn of(
        is_terminal: bool,
        no_color: Option<&str>,
        term: Option<&str>,
        colorterm: Option<&str>,
    ) -> Self {
        let term = term.unwrap_or_default();
        if !is_terminal || no_color.is_some_and(|text| !text.is_empty()) || term == "dumb" || term.is_empty()
        {
            Self::None
        } else if matches!(colorterm, Some("truecolor" | "24bit")) || term.contains("direct") {
            Self::All
        } else {
            Self::Few
        }
    }
}

/// Letters, axes and ticks.
pub const INK: Colour = Colour(0x22, 0x22, 0x22);
/// Letters of lesser weight.
pub const FAINT: Colour = Colour(0x5c, 0x5c, 0x5c);
/// Boundaries between regimes.
pub const BOUNDARY: Colour = Colour(0x1a, 0x1a, 0x1a);
/// The ground of a picture.
pub const PAPER: Colour = Colour(0xff, 0xff, 0xff);
/// A place where a feature is undefined.
pub const UNDEFINED: Colour = Colour(0xd4, 0xd4, 0xd4);

// Vermilion, orange, purple and their like, after the palette of Okabe & Ito (2008), https://jfly.uni-koeln.de/color/.
const WARM: [Colour; 6] = [
    Colour(0xd5, 0x5e, 0x00),
    Colour(0xf2, 0xb1, 0x34),
    Colour(0x8c, 0x2a, 0x3c),
    Colour(0xf0, 0x98, 0x7c),
    Colour(0xb9, 0x52, 0x9c),
    Colour(0xf6, 0xdf, 0x8d),
];
const COOL: [Colour; 6] = [
    Colour(0x5f, 0xc4, 0xa8),
    Colour(0x14, 0x70, 0x6b),
    Colour(0x27, 0x32, 0x6b),
    Colour(0x8e, 0x9b, 0xe0),
    Colour(0x5f, 0x8f, 0x3e),
    Colour(0xc2, 0xb5, 0xe8),
];
const FIXED_POINT: Colour = Colour(0xc6, 0xdf, 0xf4);
const OSCILLATION: Colour = Colour(0x2c, 0x6f, 0xb3);
const GREYS: [(&str, Colour); 7] = [
    ("unsettled", Colour(0x87, 0x87, 0x87)),
    ("diverged", Colour(0x2b, 0x2b, 0x2b)),
    ("excluded", Colour(0xeb, 0xeb, 0xeb)),
    ("not_computed", Colour(0xff, 0xff, 0xff)),
    ("undetermined", Colour(0xc4, 0xc4, 0xc4)),
    ("failed", Colour(0x55, 0x55, 0x55)),
    ("singular", Colour(0x7c, 0x72, 0x5c)),
];

/// The colours of a study's labels, `[label]`. They depend on the list of labels alone, not on which of them a picture shows; a colour
/// that the study gives changes no other.
pub fn regime_colours(labels: &[Label]) -> Vec<Colour> {
    let is_quiet = |label: &&Label| {
        label.role() == Role::Quiet && !["fixed_point", "oscillation"].contains(&label.name.as_str())
    };
    let seizing = labels.iter().filter(|label| label.role() == Role::Seizing).count();
    let warm = family(&WARM, WARM_HUES, seizing);
    let cool = family(&COOL, COOL_HUES, labels.iter().filter(is_quiet).count());
    let (mut warm, mut cool) = (warm.into_iter(), cool.into_iter());
    let next = |family: &mut std::vec::IntoIter<Colour>| family.next().unwrap_or(INK);
    let usual = labels.iter().map(|label| match (label.role(), label.name.as_str()) {
        (Role::Seizing, _) => next(&mut warm),
        (Role::Quiet, "fixed_point") => FIXED_POINT,
        (Role::Quiet, "oscillation") => OSCILLATION,
        (Role::Quiet, _) => next(&mut cool),
        (Role::Unclassified, name) => {
            GREYS.iter().find(|(known, _)| *known == name).map_or(GREYS[5].1, |(_, grey)| *grey)
        }
    });
    let own = |label: &Label| label.appearance.colour.map(|[red, green, blue]| Colour(red, green, blue));
    labels.iter().zip(usual).map(|(label, usual)| own(label).unwrap_or(usual)).collect()
}

/// So many colours that are told apart, for what is not a regime.
pub fn distinct(count: usize) -> Vec<Colour> {
    let (warm, cool) =
        (family(&WARM, WARM_HUES, count.div_ceil(2)), family(&COOL, COOL_HUES, count.div_ceil(2)));
    let all = cool.into_iter().rev().zip(warm).flat_map(|(cool, warm)| [cool, warm]);
    all.map(strong).take(count).collect()
}

/// The hues of seizures and of what does not seize, in degrees of OKLCH; between them lies a gap, so that no colour could be both.
const WARM_HUES: [f64; 2] = [-40.0, 105.0];
const COOL_HUES: [f64; 2] = [125.0, 310.0];

/// So many colours of a family: first those of its palette, then from its hues, lights and chromas always the one that is farthest
/// from all before it and from those with a meaning of their own. So a colour depends on those before it alone.
fn family(palette: &[Colour], [from, to]: [f64; 2], count: usize) -> Vec<Colour> {
    let mut colours: Vec<Colour> = palette.iter().copied().take(count).collect();
    if colours.len() == count {
        return colours;
    }
    let steps =
        |from: f64, to: f64, n: usize| (0..n).map(move |at| from + (to - from) * at as f64 / (n - 1) as f64);
    let mut candidates = Vec::new();
    for hue in steps(from, to, 25).map(f64::to_radians) {
        for chroma in steps(0.05, 0.20, 6) {
            for lightness in steps(0.34, 0.92, 11) {
                candidates.extend(within_srgb(lightness, chroma * hue.cos(), chroma * hue.sin()));
            }
        }
    }
    let taken = GREYS.iter().map(|(_, grey)| *grey).chain([FIXED_POINT, OSCILLATION, INK, PAPER]);
    let taken: Vec<[f64; 3]> = taken.chain(WARM).chain(COOL).map(lab).collect();
    let nearest = |own: [f64; 3], others: &[[f64; 3]]| {
        others.iter().map(|other| distance(own, *other)).fold(f64::INFINITY, f64::min)
    };
    let mut candidates: Vec<(Colour, [f64; 3], f64)> =
        candidates.into_iter().map(|colour| (colour, lab(colour), nearest(lab(colour), &taken))).collect();
    while colours.len() < count {
        // The first of those that are equally far.
        let best = candidates.iter().rev().max_by(|one, other| one.2.total_cmp(&other.2));
        let Some(&(colour, place, _)) = best else { break };
        colours.push(colour);
        for (_, own, apart) in &mut candidates {
            *apart = apart.min(distance(*own, place));
        }
    }
    colours
}

/// How different two colours of `OKLab` look.
fn distance(one: [f64; 3], other: [f64; 3]) -> f64 {
    one.iter().zip(other).map(|(one, other)| (one - other) * (one - other)).sum::<f64>().sqrt()
}

/// A colour in `OKLab` (Ottosson 2020): lightness, and two places between opposite colours.
fn lab(Colour(red, green, blue): Colour) -> [f64; 3] {
    let linear = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    let (red, green, blue) = (linear(red), linear(green), linear(blue));
    let long = (0.412_221_470_8 * red + 0.536_332_536_3 * green + 0.051_445_992_9 * blue).cbrt();
    let medium = (0.211_903_498_2 * red + 0.680_699_545_1 * green + 0.107_396_956_6 * blue).cbrt();
    let short = (0.088_302_461_9 * red + 0.281_718_837_6 * green + 0.629_978_700_5 * blue).cbrt();
    [
        0.210_454_255_3 * long + 0.793_617_785_0 * medium - 0.004_072_046_8 * short,
        1.977_998_495_1 * long - 2.428_592_205_0 * medium + 0.450_593_709_9 * short,
        0.025_904_037_1 * long + 0.782_771_766_2 * medium - 0.808_675_766_0 * short,
    ]
}

/// A colour of `OKLab` where a screen shows it as it is.
fn within_srgb(lightness: f64, a: f64, b: f64) -> Option<Colour> {
    let colour = oklab(lightness, a, b);
    (distance(lab(colour), [lightness, a, b]) < 0.01).then_some(colour)
}

/// A colour some way towards another: all of the first at 0, all of the second at 1.
pub fn mixed(from: Colour, to: Colour, part: f64) -> Colour {
    let channel =
        |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * part).round() as u8;
    Colour(channel(from.0, to.0), channel(from.1, to.1), channel(from.2, to.2))
}

/// The colour for small marks: a pale one is made stronger, so that a dot of it shows on paper.
pub fn strong(colour: Colour) -> Colour {
    let is_pale = colour.0.min(colour.1).min(colour.2) > 0xb8;
    let channel = |value: u8| if is_pale { 255 - (255 - value).saturating_mul(2) } else { value };
    Colour(channel(colour.0), channel(colour.1), channel(colour.2))
}

/// The colour of a number from 0 to 1: from dark blue over green to light yellow, with lightness growing evenly, so that it
/// reads the same in grey. A straight path of lightness and hue in the colour space OKLCH
/// (Ottosson 2020, <https://bottosson.github.io/posts/oklab/>).
pub fn ramp(part: f64) -> Colour {
    let part = part.clamp(0.0, 1.0);
    let lightness = 0.24 + 0.70 * part;
    let hue = (295.0 - 190.0 * part).to_radians();
    let chroma = 0.085 + 0.06 * part;
    oklab(lightness, chroma * hue.cos(), chroma * hue.sin())
}

/// A colour of `OKLab` in sRGB, clipped to what a screen shows.
fn oklab(lightness: f64, a: f64, b: f64) -> Colour {
    let long = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let medium = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let short = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    let encode = |linear: f64| {
        let linear = linear.clamp(0.0, 1.0);
        let encoded =
            if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
        (255.0 * encoded).round() as u8
    };
    Colour(
        encode(4.076_741_662_1 * long - 3.307_711_591_3 * medium + 0.230_969_929_2 * short),
        encode(-1.268_438_004_6 * long + 2.609_757_401_1 * medium - 0.341_319_396_5 * short),
        encode(-0.004_196_086_3 * long - 0.703_418_614_7 * medium + 1.707_614_701_0 * short),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brightness(colour: Colour) -> f64 {
        0.2126 * f64::from(colour.0) + 0.7152 * f64::from(colour.1) + 0.0722 * f64::from(colour.2)
    }

    #[test]
    fn a_label_keeps_its_colour_whatever_stands_behind_it() {
        let labels = |names: &[(&str, bool)]| -> Vec<Label> {
            names.iter().map(|(name, is_seizing)| Label::new(*name, *is_seizing)).collect()
        };
        let short = regime_colours(&labels(&[("spikes", true), ("fixed_point", false)]));
        let long = regime_colours(&labels(&[
            ("spikes", true),
            ("fixed_point", false),
            ("alpha", false),
            ("burst", true),
        ]));
        assert_eq!(short, long[..2]);
    }

    #[test]
    fn a_colour_of_the_study_changes_no_other() {
        let mut labels: Vec<Label> = ["a", "b", "c"]
            .iter()
            .map(|name| Label::new(*name, true))
            .chain([Label::new("fixed_point", false)])
            .collect();
        let usual = regime_colours(&labels);
        labels[1].appearance.colour = Some([1, 2, 3]);
        assert_eq!(regime_colours(&labels), [usual[0], Colour(1, 2, 3), usual[2], usual[3]]);
    }

    /// How a colour looks to eyes without one kind of cones: Machado, Oliveira & Fernandes (2009), IEEE Transactions on Visualization
    /// and Computer Graphics 15, 1291-1298, doi:10.1109/TVCG.2009.113, the matrices of severity 1 in linear sRGB.
    const EYES: [(&str, [[f64; 3]; 3]); 3] = [
        ("trichromat", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        (
            "protanope",
            [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
        ),
        (
            "deuteranope",
            [
                [0.367_322, 0.860_646, -0.227_968],
                [0.280_085, 0.672_501, 0.047_413],
                [-0.011_820, 0.042_940, 0.968_881],
            ],
        ),
    ];

    /// CIE L*a*b* of a colour (CIE 15:2004; sRGB of IEC 61966-2-1, white D65) as an eye sees it.
    fn seen(Colour(red, green, blue): Colour, eye: &[[f64; 3]; 3]) -> [f64; 3] {
        let linear = [red, green, blue].map(|value| {
            let value = f64::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        let times = |matrix: &[[f64; 3]; 3], own: [f64; 3]| {
            [0, 1, 2].map(|row: usize| (0..3).map(|at| matrix[row][at] * own[at]).sum::<f64>())
        };
        let shown = times(eye, linear).map(|value| value.clamp(0.0, 1.0));
        let to_xyz = [
            [0.412_456_4, 0.357_576_1, 0.180_437_5],
            [0.212_672_9, 0.715_152_2, 0.072_175_0],
            [0.019_333_9, 0.119_192_0, 0.950_304_1],
        ];
        let xyz = times(&to_xyz, shown);
        let [x, y, z] = [xyz[0] / 0.950_47, xyz[1], xyz[2] / 1.088_83].map(|own| {
            if own > (6.0_f64 / 29.0).powi(3) {
                own.cbrt()
            } else {
                own * (29.0_f64 / 6.0).powi(2) / 3.0 + 4.0 / 29.0
            }
        });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    #[test]
    fn built_in_colours_and_both_palettes_look_apart_without_red_green_vision() {
        // Of two areas that touch a difference of about 2.3 in CIE L*a*b* is just noticeable (Mahy, Van Eycken & Oosterlinck 1994,
        // Color Research & Application 19, 105-121); three times that is asked for, since a legend stands away from its area.
        let built_in = GREYS.into_iter().chain([("fixed_point", FIXED_POINT), ("oscillation", OSCILLATION)]);
        let palettes = WARM.map(|own| ("seizing", own)).into_iter().chain(COOL.map(|own| ("quiet", own)));
        let all: Vec<(&str, Colour)> = built_in.chain(palettes).collect();
        for (name, eye) in &EYES {
            for (at, one) in all.iter().enumerate() {
                for other in &all[..at] {
                    let apart = distance(seen(one.1, eye), seen(other.1, eye));
                    assert!(apart > 3.0 * 2.3, "{one:?} and {other:?} for a {name}: {apart:.1}");
                }
            }
        }
    }

    #[test]
    fn twelve_labels_of_a_kind_have_twelve_colours() {
        for is_seizing in [false, true] {
            let labels: Vec<Label> = (0..12).map(|n| Label::new(format!("regime {n}"), is_seizing)).collect();
            let colours = regime_colours(&labels);
            let distinct: std::collections::HashSet<Colour> = colours.into_iter().collect();
            assert_eq!(distinct.len(), 12);
        }
    }

    #[test]
    fn as_many_labels_as_a_study_may_have_look_different() {
        for seizing in [0, 30, 60, 100] {
            let labels: Vec<Label> =
                (0..100).map(|n| Label::new(format!("regime {n}"), n < seizing)).collect();
            let colours: Vec<[f64; 3]> = regime_colours(&labels).into_iter().map(lab).collect();
            for (at, one) in colours.iter().enumerate() {
                let nearest = colours[..at].iter().map(|other| distance(*one, *other));
                let nearest = nearest.fold(f64::INFINITY, f64::min);
                // 0.02 is about what an eye tells apart side by side.
                assert!(nearest > 0.02, "label {at} of 100, {seizing} seizing: {nearest}");
            }
        }
    }

    #[test]
    fn the_ramp_grows_lighter_all_the_way() {
        let lights: Vec<f64> = (0..=64).map(|n| brightness(ramp(f64::from(n) / 64.0))).collect();
        assert!(lights.is_sorted_by(|a, b| a < b), "{lights:?}");
    }
}
