//! The page itself: its sections in their order, the frame around them, and what it leaves out. Knows nothing of studies.

use serde_json::Value;

use crate::analyse::shares::Share;
use crate::show::words;
use crate::store::fingerprint;
use crate::store::map::Map;

use super::choice::{Layer, Sort, coarser};
use super::data::PageAxis;
use super::layer::base64;
use super::markup::{escaped, json, list, listing, paragraph, preformatted, section};
use super::{Account, Companions, citation, companions, data, methods, tables};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What every page says.
const NOT_FOR_CLINICS: &str = "For research use only; not for clinical decisions.";

/// Everything that a page is made of.
pub(super) struct Facts<'a> {
    pub(super) map: &'a Map,
    pub(super) account: &'a Account,
    pub(super) companions: &'a Companions,
    pub(super) axes: &'a [PageAxis],
    /// Of regimes.
    pub(super) shares: &'a [Share],
    /// Of what all starts of a point are called together.
    pub(super) over_starts: Option<&'a [Share]>,
    pub(super) statuses: &'a [Share],
    /// Of how many values of each axis one is on the page.
    pub(super) every: &'a [u64],
    pub(super) layers: &'a [Layer],
}

impl Facts<'_> {
    /// When a point is called by a label.
    pub(super) fn reason(&self, label: &str) -> &str {
        let own = self.account.reasons.iter().find(|(name, _)| name == label);
        own.map_or("the map does not say", |(_, reason)| reason.as_str())
    }

    fn title(&self) -> &str {
        self.map.attribute("title").unwrap_or("A map without a title")
    }

    fn points(&self) -> u64 {
        self.map.shape().iter().product()
    }
}

/// The sections that do not depend on what fits.
pub(super) struct Words {
    before: String,
    after: String,
}

/// Room for the frame and for what is told of layers that do not fit.
const RESERVE: usize = 24_000;

/// How many bytes a page has without its layers.
pub(super) fn size(words: &Words, frame: &Value) -> usize {
    words.before.len() + words.after.len() + STYLE.len() + SCRIPT.len() + json(frame).len() + RESERVE
}

/// All sections.
pub(super) fn words(facts: &Facts<'_>) -> Words {
    let warnings = methods::warnings(facts);
    let warnings = if warnings.is_empty() {
        paragraph("Nothing to warn of: every point was measured, and every rule names some.")
    } else {
        list(&warnings)
    };
    let before = section("map", "Map", MAP)
        + &section("warnings", "Before you believe it", &warnings)
        + &section("shares", "Shares of regimes", &of_shares(facts));
    let labels: Vec<&str> = facts.shares.iter().map(|share| share.label.name.as_str()).collect();
    let after = section("asked", "What was asked", &asked(facts))
        + &section("model", "Model", &model(facts.account))
        + &facts.companions.curves.as_ref().map_or(String::new(), |plane| {
            section("curves", "Curves of equilibria", &companions::curves_words(plane))
        })
        + &facts.companions.indices.as_ref().map_or(String::new(), |found| {
            section("sensitivity", "What outcomes depend on", &companions::indices_words(found, &labels))
        })
        + &section("methods", "Methods, to be pasted into a paper", &of_methods(facts))
        + &section("provenance", "Cost and origin", &provenance(facts.map));
    Words { before, after }
}

/// The place of the map, which the script fills.
const MAP: &str = r#"<noscript><p>The map itself needs JavaScript; everything else on this page does not.</p></noscript>
<div id="controls" class="controls"></div>
<p id="help">Move the cursor by mouse, finger or arrow keys (with Shift ten steps); Home and End go to the ends of a row.</p>
<div class="stage">
<div id="plot" class="plot" tabindex="0" role="application" aria-roledescription="map" aria-label="Map" aria-describedby="help"></div>
<div id="legend" class="legend"></div>
</div>
<div id="readout" class="readout" role="group" aria-label="The point under the cursor"></div>
<div id="live" class="heard" role="status" aria-live="polite"></div>
"#;

fn of_shares(facts: &Facts<'_>) -> String {
    let points = methods::counted(facts.points());
    let mut content = tables::bar(facts.shares);
    content += &tables::shares(facts, &format!("Shares of regimes among {points}"), facts.shares);
    if let Some(shares) = facts.over_starts {
        content += &tables::shares(facts, "What all starts of a point are called together", shares);
    }
    content + &tables::statuses(facts.statuses)
}

fn asked(facts: &Facts<'_>) -> String {
    let account = facts.account;
    let mut content = tables::axes(facts.map, facts.axes);
    content += &tables::pairs("How it was measured", ["what", "answer"], &account.asked);
    content += &tables::fixed(facts.map);
    content += &tables::pairs("What differs from node to node", ["quantity", "values"], &account.by_node);
    content += &tables::features(facts, facts.points());
    let (name, text) = &account.study;
    content += &listing(&format!("The study, {name}"), text);
    if !account.overrides.is_empty() {
        content += &paragraph("Changed on the command line:");
        content += &preformatted(&account.overrides.join("\n"));
    }
    content
}

fn model(account: &Account) -> String {
    if account.model.0.is_empty() {
        return paragraph("The map does not hold its model.");
    }
    let description =
        if account.description.is_empty() { String::new() } else { preformatted(&account.description) };
    description + &listing("The model's file", &account.model_text)
}

fn of_methods(facts: &Facts<'_>) -> String {
    let own = |name: &str| facts.map.attribute(name).unwrap_or_default();
    let version = own("program").split_whitespace().last().unwrap_or(env!("CARGO_PKG_VERSION")).to_owned();
    let sources = facts.account.sources.iter().chain(&facts.account.references);
    let mut entries = vec![citation::program(&version, own("commit"))];
    entries.extend(sources.filter_map(|source| citation::source(source)));
    let mut seen = Vec::new();
    entries.retain(|entry| {
        let is_new = !seen.contains(entry);
        seen.push(entry.clone());
        is_new
    });
    format!(
        "<p id=\"paragraph\" class=\"quoted\">{}</p>\n<h3>References as BibTeX</h3>\n<pre id=\"bibtex\" tabindex=\"0\">{}</pre>\n",
        escaped(&methods::paragraph(facts)),
        escaped(&entries.join("\n\n"))
    )
}

fn provenance(map: &Map) -> String {
    let history = map.attribute("history").unwrap_or_default();
    let identity = map.attribute("identity").unwrap_or_default();
    tables::provenance(map)
        + &listing("What was done with the file", history)
        + &listing("Everything that the numbers depend on", identity)
}

/// What of the map is not on the page, and how exact the rest is.
fn left_out(facts: &Facts<'_>, chosen: &[Option<usize>]) -> String {
    let mut told = vec![
        "Numbers of features are shown in 254 or 65534 equal levels of their range over the map, so to within 1/508 or 1/131068 of it; \
         labels, statuses, whole numbers of few values, and the values of the axes are exact. `ictus point` gives all digits."
            .to_owned(),
    ];
    let thinned: Vec<String> = facts
        .map
        .axes()
        .iter()
        .zip(facts.every)
        .filter(|(_, every)| **every > 1)
        .map(|(axis, every)| format!("one of {every} values of {}", axis.columns[0].name))
        .collect();
    if !thinned.is_empty() {
        told.push(format!(
            "The map is larger than a page: it shows {}. Shares, smallest and largest values are of all points.",
            thinned.join(", ")
        ));
    }
    let coarser = coarser(facts.layers, chosen);
    let by = |wanted: u64| -> Vec<String> {
        let own = coarser.iter().filter(|(layer, every)| *every == wanted && layer.sort != Sort::Status);
        own.map(|(layer, _)| words::label(&layer.quantity.name)).collect()
    };
    for every in [2, 4, 8, 16] {
        let names = by(every);
        if !names.is_empty() {
            told.push(format!(
                "Shown at one of {every} of these values of every longer axis, so that the page stays small: {}.",
                short(&names)
            ));
        }
    }
    let names = by(0);
    if !names.is_empty() {
        told.push(format!(
            "Left out of the map above, since the page would grow too large: {}.",
            short(&names)
        ));
    }
    let beyond = |(layer, choice): (&Layer, &Option<usize>)| {
        let (packed, _) = layer.chosen(*choice)?;
        packed.beyond.contains(&true).then(|| words::label(&layer.quantity.name))
    };
    let beyond: Vec<String> = facts.layers.iter().zip(chosen).filter_map(beyond).collect();
    if !beyond.is_empty() {
        told.push(format!(
            "A few values lie far outside of all others and are shown as the ends of the scale, with ≤ or ≥: of {}.",
            short(&beyond)
        ));
    }
    section("left-out", "What this page shows", &list(&told))
}

/// So many names are told.
const MOST_NAMES: usize = 60;

fn short(names: &[String]) -> String {
    let more = names.len().saturating_sub(MOST_NAMES);
    let told = names[..names.len() - more].join(", ");
    if more > 0 { format!("{told} and {more} more") } else { told }
}

/// The hash of a text that a browser may take for a style or a script; all others it refuses.
fn allowed(text: &str) -> String {
    let digits = fingerprint(text.as_bytes());
    let byte =
        |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).expect("a hash has hexadecimal digits");
    base64(&(0..digits.len()).step_by(2).map(byte).collect::<Vec<u8>>())
}

/// The page.
pub(super) fn whole(facts: &Facts<'_>, words: &Words, mut frame: Value, chosen: &[Option<usize>]) -> String {
    frame["layers"] = data::layers(facts.layers, chosen);
    let title = escaped(facts.title());
    let links = [
        ("map", "Map"),
        ("warnings", "Warnings"),
        ("shares", "Shares"),
        ("asked", "Question"),
        ("model", "Model"),
        ("curves", "Curves"),
        ("sensitivity", "Sensitivity"),
        ("methods", "Methods"),
        ("provenance", "Origin"),
        ("left-out", "This page"),
    ];
    let left_out = left_out(facts, chosen);
    let is_there = |name: &str| {
        let own = format!("<section id=\"{name}\"");
        [&words.before, &words.after, &left_out].iter().any(|text| text.contains(&own))
    };
    let links = links
        .iter()
        .filter(|(name, _)| is_there(name))
        .map(|(name, text)| format!("<li><a href=\"#{name}\">{text}</a></li>"));
    let links = links.collect::<String>();
    let date = facts
        .map
        .attribute("date_created")
        .map_or(String::new(), |date| format!(" Map of {}.", escaped(date)));
    let style = format!("\n{STYLE}");
    let script = format!("\n{SCRIPT}");
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; \
         img-src data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"generator\" content=\"ictus {}\">\n<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the map</a>\n\
         <header>\n<h1>{title}</h1>\n<p class=\"notice\">{NOT_FOR_CLINICS}</p>\n\
         <nav aria-label=\"Sections\"><ul>{links}</ul></nav>\n</header>\n<main id=\"main\">\n{}{}{left_out}</main>\n\
         <footer><p>{NOT_FOR_CLINICS}</p><p>Made by ictus {}.{date}</p></footer>\n\
         <script type=\"application/json\" id=\"data\">{}</script>\n<script>{script}</script>\n</body>\n</html>\n",
        allowed(&style),
        allowed(&script),
        env!("CARGO_PKG_VERSION"),
        words.before,
        words.after,
        env!("CARGO_PKG_VERSION"),
        json(&frame),
    )
}
