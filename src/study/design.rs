//! The keys of `[space]` that say which points are taken instead of a grid, and `[space.parameters]`. Knows the names that may vary,
//! not what they do.

use std::fs::File;
use std::io::{BufReader, Cursor};
use std::path::PathBuf;
use std::sync::Arc;

use crate::complaint::words_of;
use crate::design::{
    Bounds, Design, DesignError, Distribution, DistributionError, Group, Input, Sampling, Shape, Size,
};
use crate::store::points::{Number, Points, PointsError, finite, read_points, read_points_of_netcdf};
use crate::store::rows::{csv_of_netcdf, is_netcdf};
use crate::store::{fingerprint_of, fingerprint_of_numbers};
use crate::table::{Quantity, Table};

use super::axes::{self, Varying};
use super::document::{Entry, Place, Value};
use super::fields::{Fields, Sink, did_you_mean, listing};
use super::files::{checked_place_of, unreadable};
use super::sense::power_of_two;
use super::texts::{TableFile, TablePoints, Texts};

/// The designs, the grid first.
const DESIGNS: [&str; 7] = ["grid", "sobol", "saltelli", "lhs", "random", "morris", "table"];
/// The distributions.
const SHAPES: [&str; 6] = ["uniform", "loguniform", "normal", "lognormal", "triangular", "discrete"];

/// Replicates of a design, where nothing is said.
const REPLICATES: u64 = 8;
/// Levels of Morris' grid, where nothing is said.
const LEVELS: u64 = 4;

/// What the rest of the study says of the same names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ground<'a> {
    /// What can vary; without it names are not looked up.
    pub(super) varying: Option<&'a Varying>,
    /// The axes of the grid.
    pub(super) axes: &'a [(String, Place)],
    /// The initial states, by name.
    pub(super) starts: &'a [String],
    /// Whether the initial states are drawn from a box.
    pub(super) is_drawn: bool,
    /// The condition on points.
    pub(super) constraint: Option<&'a Value>,
}

/// What the section says of a design.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The design, where there is one and it could be made.
    pub(super) design: Option<Arc<Design>>,
    /// Everything that varies in it by name, with its place.
    pub(super) names: Vec<(String, Place)>,
    /// The file of a table of points.
    pub(super) table: Option<TableFile>,
}

/// The values of the section's keys.
struct Keys<'a> {
    design: Option<&'a Value>,
    base: Option<&'a Value>,
    replicates: Option<&'a Value>,
    seed: Option<&'a Value>,
    scramble: Option<&'a Value>,
    second_order: Option<&'a Value>,
    groups: Option<&'a Value>,
    levels: Option<&'a Value>,
    scheme: Option<&'a Value>,
    parameters: Option<&'a Value>,
    table: Option<&'a Value>,
}

/// Reads the keys of a design out of `[space]`.
pub(super) fn read(fields: &mut Fields<'_>, ground: Ground<'_>, texts: &Texts, sink: &mut Sink) -> Reading {
    let keys = Keys {
        design: fields.get("design"),
        base: fields.get("base"),
        replicates: fields.get("replicates"),
        seed: fields.get("seed"),
        scramble: fields.get("scramble"),
        second_order: fields.get("second_order"),
        groups: fields.get("groups"),
        levels: fields.get("levels"),
        scheme: fields.get("scheme"),
        parameters: fields.get("parameters"),
        table: fields.get("table"),
    };
    let mut reading = Reading::default();
    let name = match keys.design.map(|value| (value, value.text("`design`", sink))) {
        None => "grid",
        Some((_, None)) => return reading,
        Some((_, Some(name))) if DESIGNS.contains(&name) => name,
        Some((value, Some(name))) => {
            let message = format!("there is no design `{name}`");
            sink.push(value.place.error(message, did_you_mean(name, DESIGNS)));
            return reading;
        }
    };
    if name == "grid" {
        keys.refuse_beside_a_grid(sink);
        return reading;
    }
    if name == "table" {
        return of_table(&keys, fields, ground, texts, sink);
    }
    if let Some(value) = keys.table {
        sink.push(
            value.place.error("`table` belongs to design = \"table\"", "leave it out, or take that design"),
        );
    }
    let before = sink.len();
    let kind = keys.kind(name, sink);
    keys.refuse_what_is_not_of(name, kind, sink);
    if let Some(value) = ground.constraint
        && matches!(name, "saltelli" | "morris")
    {
        let message =
            format!("`where` leaves runs out, and the indices of a `{name}` design compare all of them");
        let remedy = "leave `where` out, or take design = \"sobol\", \"lhs\" or \"random\"";
        sink.push(value.place.error(message, remedy));
    }
    let size = keys.size(fields, sink);
    if let (Some(kind), Some(size)) = (kind, size)
        && let Err(error) = Design::check(kind, size)
    {
        sink.push(axes::split_remedy(keys.place(&error, &[]), &error.to_string()));
    }
    let parameters = fields.require("parameters", "{ p = { uniform = [0, 1] } }", sink);
    let Some(parameters) = parameters.and_then(|value| value.entries("[space.parameters]", sink)) else {
        return reading;
    };
    reading.names = parameters.iter().map(|entry| (entry.key.clone(), entry.place.clone())).collect();
    let entrants: Vec<Option<Entrant>> =
        parameters.iter().map(|entry| entrant(entry, ground, sink)).collect();
    twice(&reading.names, sink);
    let inputs = linked(entrants.into_iter().flatten().collect(), &reading.names, sink);
    let groups = groups(keys.groups, &inputs, &reading.names, sink);
    if let (Some(kind), Some(size), true) = (kind, size, sink.len() == before) {
        if inputs.is_empty() {
            let place = &keys.parameters.expect("it was read").place;
            sink.push(
                place.error("[space.parameters] is empty", "add for instance `p = { uniform = [0, 1] }`"),
            );
            return reading;
        }
        match Design::new(kind, inputs, groups, size) {
            Ok(design) => reading.design = Some(Arc::new(design)),
            Err(error) => {
                sink.push(axes::split_remedy(keys.place(&error, &reading.names), &error.to_string()));
            }
        }
    }
    reading
}

impl Keys<'_> {
    fn refuse_beside_a_grid(&self, sink: &mut Sink) {
        let own = [("table", self.table)].into_iter().chain(self.of_points_that_are_made());
        // One message, whatever follows from the missing word.
        if let Some((key, value)) = own.into_iter().find_map(|(key, value)| Some((key, value?))) {
            let message = format!("`{key}` belongs to a design, and a grid has none");
            let remedy = format!(
                "add `design = ..` ({}) to [space], or leave it out",
                listing(DESIGNS[1..].iter().copied())
            );
            sink.push(value.place.error(message, remedy));
        }
    }

    /// The keys of points that are made.
    fn of_points_that_are_made(&self) -> [(&'static str, Option<&Value>); 9] {
        [
            ("parameters", self.parameters),
            ("base", self.base),
            ("replicates", self.replicates),
            ("seed", self.seed),
            ("scramble", self.scramble),
            ("second_order", self.second_order),
            ("groups", self.groups),
            ("levels", self.levels),
            ("scheme", self.scheme),
        ]
    }

    fn kind(&self, name: &str, sink: &mut Sink) -> Option<Sampling> {
        let before = sink.len();
        let kind = match name {
            "sobol" => Sampling::Sobol,
            "lhs" => Sampling::LatinHypercube,
            "random" => Sampling::Random,
            "saltelli" => {
                let second_order = self.second_order.and_then(|value| value.truth("`second_order`", sink));
                Sampling::Saltelli { second_order: second_order.unwrap_or(false) }
            }
            // A table is read by `of_table`.
            _ if one_of(self.scheme, "scheme", ["trajectory", "radial"], sink) == Some("radial") => {
                Sampling::Radial
            }
            _ => {
                let levels = self.levels.and_then(|value| value.count("`levels`", 2, sink));
                Sampling::Trajectory { levels: levels.unwrap_or(LEVELS) }
            }
        };
        (sink.len() == before).then_some(kind)
    }

    fn refuse_what_is_not_of(&self, name: &str, kind: Option<Sampling>, sink: &mut Sink) {
        let is_of_sobol = matches!(name, "sobol" | "saltelli") || kind == Some(Sampling::Radial);
        let own = [
            ("second_order", self.second_order, name == "saltelli", "a saltelli design"),
            ("groups", self.groups, matches!(name, "saltelli" | "morris"), "a saltelli or a morris design"),
            ("scramble", self.scramble, is_of_sobol, "Sobol' points"),
            (
                "levels",
                self.levels,
                name == "morris" && kind != Some(Sampling::Radial),
                "Morris' trajectories",
            ),
            ("scheme", self.scheme, name == "morris", "a morris design"),
        ];
        for (key, value, is_own, owner) in own {
            if let Some(value) = value.filter(|_| !is_own && kind.is_some()) {
                let message = format!("`{key}` belongs to {owner}");
                sink.push(value.place.error(message, "leave it out, or take another `design`"));
            }
        }
    }

    fn size(&self, fields: &mut Fields<'_>, sink: &mut Sink) -> Option<Size> {
        let before = sink.len();
        let base = fields
            .require("base", "1024", sink)
            .and_then(|value| power_of_two(value).or_else(|| value.count("`base`", 1, sink)));
        let is_scrambled = one_of(self.scramble, "scramble", ["owen", "none"], sink) != Some("none");
        let replicates = match self.replicates {
            Some(value) => value.count("`replicates`", 1, sink)?,
            None if is_scrambled => REPLICATES,
            None => 1,
        };
        let seed = self.seed.map_or(Some(0), |value| value.count("`seed`", 0, sink));
        (sink.len() == before).then_some(())?;
        Some(Size { base: base?, replicates, seed: seed?, is_scrambled })
    }

    /// Where that stands of which an error speaks.
    fn place<'a>(&'a self, error: &DesignError, names: &'a [(String, Place)]) -> &'a Place {
        let value = match error {
            DesignError::NotAPowerOfTwo { .. } | DesignError::TooManyPoints { .. } => self.base,
            DesignError::TooManyReplicates { .. } | DesignError::EqualReplicates { .. } => self.replicates,
            DesignError::OddLevels { .. } => self.levels,
            DesignError::TooManyInputs { .. } | DesignError::TooManyGroups { .. } => self.parameters,
            DesignError::Unbounded { input, .. } => {
                let found = names.iter().find(|(name, _)| name == input);
                return found.map(|(_, place)| place).expect("an input has a place");
            }
        };
        &value.or(self.design).expect("a design has its key").place
    }
}

/// The longest table of points that a map holds, in bytes.
const LONGEST_EMBEDDED: u64 = 4 << 20;

/// Reads `design = "table"`: a file of points with a column for each input.
fn of_table(
    keys: &Keys<'_>,
    fields: &mut Fields<'_>,
    ground: Ground<'_>,
    texts: &Texts,
    sink: &mut Sink,
) -> Reading {
    let mut reading = Reading::default();
    for (key, value) in keys.of_points_that_are_made() {
        if let Some(value) = value {
            let message = format!("`{key}` belongs to points that are made, and a table has its own");
            sink.push(value.place.error(message, "leave it out, or take another `design`"));
        }
    }
    let Some(value) = fields.require("table", "\"points.csv\"", sink) else { return reading };
    let Some(file) = value.text("`table`", sink) else { return reading };
    let (mut table, source) = match source_of_table(file, texts) {
        Ok(found) => found,
        Err((message, remedy)) => {
            sink.push(value.place.error(message, remedy));
            return reading;
        }
    };
    let number =
        |name: &str, text: &str| if name == "start" { state(text, ground.starts) } else { finite(text) };
    let points = source.points(table.text.as_deref(), &number);
    let points = match points.and_then(|points| as_before(&mut table, points)) {
        Ok(points) => points,
        Err(error) => {
            let colon = if matches!(error, PointsError::Row { .. }) { ":" } else { "" };
            sink.push(axes::split_remedy(&value.place, &format!("the table `{file}`{colon} {error}")));
            return reading;
        }
    };
    let is_known = |name: &&String| {
        ground.varying.is_some_and(|varying| axes::quantity(name, varying).is_ok())
            && !points.names.contains(name)
    };
    if let Some(name) = points.left_out.iter().find(is_known) {
        let message =
            format!("the variable `{name}` of the table `{file}` does not lie along its points alone");
        let remedy =
            "give it a value for every point, or rename it, or leave it out and fix it in `[model] set`";
        sink.push(value.place.error(message, remedy));
        return reading;
    }
    let quantities: Vec<Option<Quantity>> =
        points.names.iter().map(|name| quantity((name, &value.place), ground, sink)).collect();
    reading.names = points.names.iter().map(|name| (name.clone(), value.place.clone())).collect();
    reading.table = Some(table);
    if let Some(quantities) = quantities.into_iter().collect() {
        match Design::of_table(quantities, points.values) {
            Ok(design) => reading.design = Some(Arc::new(design)),
            Err(error) => sink.push(axes::split_remedy(&value.place, &error.to_string())),
        }
    }
    reading
}

/// The place of a named state, which is written by its name or by that number.
fn state(text: &str, starts: &[String]) -> Result<f64, String> {
    let is_place = |number: &f64| number.fract() == 0.0 && (0.0..starts.len() as f64).contains(number);
    let place = starts.iter().position(|known| known == text).map(|place| place as f64);
    place.or_else(|| text.parse().ok().filter(is_place)).ok_or_else(|| {
        let known = did_you_mean(text, starts.iter().map(String::as_str));
        format!("there is no state `{text}`; {known}")
    })
}

/// Where the points of a table are read from.
enum Source {
    /// The text that is known already.
    Text,
    /// A file of commas.
    Commas(PathBuf),
    /// A NetCDF file.
    NetCdf(PathBuf),
}

impl Source {
    /// The points, read row by row.
    fn points(&self, text: Option<&str>, number: Number<'_>) -> Result<Points, PointsError> {
        match self {
            Self::Text => read_points(Cursor::new(text.unwrap_or_default()), number),
            Self::NetCdf(path) => read_points_of_netcdf(path, number),
            Self::Commas(path) => match File::open(path) {
                Ok(file) => read_points(BufReader::new(file), number),
                Err(error) => {
                    Err(PointsError::Table(format!("cannot be read: {}; try again", words_of(&error))))
                }
            },
        }
    }
}

/// What a map holds of a table, and where to read it: the text that a map holds, else the file, which must still be the same.
fn source_of_table(file: &str, texts: &Texts) -> Result<(TableFile, Source), (String, String)> {
    let known = texts.table.as_ref().filter(|known| known.file == file);
    if let Some(table) = known.filter(|known| known.text.is_some()) {
        return Ok((table.clone(), Source::Text));
    }
    let path = checked_place_of("table", file, texts)?;
    let cannot = |error: std::io::Error| unreadable("table", &path, &words_of(&error));
    let hash = File::open(&path).and_then(fingerprint_of).map_err(cannot)?;
    let is_netcdf = is_netcdf(&path);
    let source = if is_netcdf { Source::NetCdf(path.clone()) } else { Source::Commas(path.clone()) };
    if let Some(known) = known.filter(|known| known.hash != hash) {
        // Its points may be the first ones of this file.
        if known.points.is_some() {
            return Ok((known.clone(), source));
        }
        let message =
            format!("the table `{file}` has the SHA-256 {hash}, and the run was made from {}", known.hash);
        return Err((message, "bring the old file back, or run the study's own file anew".to_owned()));
    }
    let length = std::fs::metadata(&path).map_err(cannot)?.len();
    let text = if length > LONGEST_EMBEDDED {
        None
    } else if is_netcdf {
        // What it says as a table; what is wrong with it, whoever reads its points says.
        csv_of_netcdf(&path).ok().filter(|text| text.len() as u64 <= LONGEST_EMBEDDED)
    } else {
        Some(std::fs::read(&path).map_err(cannot)?)
    };
    let text = text.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Ok((TableFile { file: file.to_owned(), hash, text, points: None }, source))
}

/// The points that a table had when its study was run: where it has more now, the first ones. Of a table that is too long for a map, it takes down what
/// finds them again.
fn as_before(table: &mut TableFile, points: Points) -> Result<Points, PointsError> {
    if table.text.is_some() {
        return Ok(points);
    }
    let rows = table.points.as_ref().map_or(points.values.rows(), |known| known.rows as usize);
    let rows = rows.min(points.values.rows());
    let first = if rows < points.values.rows() {
        Table::from_columns(points.values.columns().iter().map(|column| column[..rows].to_vec()).collect())
    } else {
        points.values
    };
    let own = TablePoints { rows: rows as u64, hash: fingerprint_of_numbers(first.columns()) };
    match &table.points {
        Some(known) if *known != own => {
            let what = "has other points than those that the run was made from; bring the old file back, or run the study's own file anew";
            Err(PointsError::Table(what.to_owned()))
        }
        _ => {
            table.points = Some(own);
            Ok(Points { values: first, ..points })
        }
    }
}

/// One of two words, or a complaint.
fn one_of<'a>(
    value: Option<&'a Value>,
    key: &str,
    words: [&'static str; 2],
    sink: &mut Sink,
) -> Option<&'a str> {
    let value = value?;
    let text = value.text(&format!("`{key}`"), sink)?;
    if !words.contains(&text) {
        let message = format!("`{key}` cannot be `{text}`");
        sink.push(value.place.error(message, did_you_mean(text, words)));
    }
    Some(text)
}

/// One line of `[space.parameters]`.
struct Entrant {
    name: String,
    column: (Quantity, Distribution),
    with: Option<(String, Place)>,
}

fn entrant(entry: &Entry, ground: Ground<'_>, sink: &mut Sink) -> Option<Entrant> {
    let name = entry.key.as_str();
    let before = sink.len();
    let quantity = quantity((name, &entry.place), ground, sink);
    if name == "start" && quantity.is_none() {
        return None;
    }
    let mut fields = Fields::of(format!("the input `{name}`"), &entry.value, sink)?;
    let with = fields
        .get("with")
        .and_then(|value| value.text("`with`", sink).map(|text| (text.to_owned(), value.place.clone())));
    let found: Vec<(&str, &Value)> =
        SHAPES.into_iter().filter_map(|shape| fields.get(shape).map(|value| (shape, value))).collect();
    let weights = fields.get("weights");
    let cuts = [fields.get("truncated"), fields.get("winsorised")];
    let so_far = sink.len();
    fields.finish(sink);
    let (shape, value) = match found[..] {
        [one] => one,
        // A misspelt key was told as such.
        [] if sink.len() > so_far => return None,
        [] => {
            let message = format!("the input `{name}` has no distribution");
            sink.push(entry.place.error(message, format!("give it one of {}", listing(SHAPES))));
            return None;
        }
        [(one, _), (other, value), ..] => {
            let message = format!("the input `{name}` has two distributions, `{one}` and `{other}`");
            sink.push(value.place.error(message, "leave one of the two out"));
            return None;
        }
    };
    if let Some(value) = weights.filter(|_| shape != "discrete") {
        let message = format!("`weights` belong to listed values, and `{name}` is `{shape}`");
        sink.push(value.place.error(message, "leave `weights` out, or write `discrete = [..]`"));
        return None;
    }
    let bounds = bounds(cuts, sink)?;
    let distribution = if shape == "discrete" {
        let values = if name == "start" {
            states(value, ground.starts, sink)
        } else {
            numbers(value, "a value", sink)
        }?;
        let weights = match weights {
            Some(weights) => Some(numbers(weights, "a weight", sink)?),
            None => None,
        };
        if bounds == Bounds::None {
            Distribution::discrete(&values, weights.as_deref())
        } else {
            Err(DistributionError::OwnEnds { shape: "a discrete input", instead: "list of values" })
        }
    } else {
        Distribution::new(continuous(shape, value, sink)?, bounds, with.is_some())
    };
    let distribution = distribution.map_err(|error| {
        let place = cuts.into_iter().flatten().next().filter(|_| is_of_bounds(&error)).unwrap_or(value);
        sink.push(axes::split_remedy(&place.place, &format!("the input `{name}`: {error}")));
    });
    if name == "start" && shape != "discrete" {
        let message = "`start` is one of the named states";
        sink.push(value.place.error(message, "write `discrete = [\"..\", \"..\"]` with their names"));
    }
    (sink.len() == before).then_some(())?;
    Some(Entrant { name: name.to_owned(), column: (quantity?, distribution.ok()?), with })
}

fn is_of_bounds(error: &DistributionError) -> bool {
    matches!(error, DistributionError::Nothing { .. } | DistributionError::OwnEnds { .. })
}

/// The quantity of an input's name, or a complaint.
fn quantity((name, place): (&str, &Place), ground: Ground<'_>, sink: &mut Sink) -> Option<Quantity> {
    if ground.axes.iter().any(|(axis, _)| axis.eq_ignore_ascii_case(name)) {
        let message = format!("`{name}` is an axis of the grid and an input of the design");
        sink.push(place.error(message, "leave it out of [space.axes] or of [space.parameters]"));
        return None;
    }
    if name == "start" && ground.is_drawn {
        let message = "starts that are drawn are a dimension of their own";
        sink.push(place.error(message, "name the states in [initial.states], or leave `start` out"));
        return None;
    }
    if name == "start" && ground.starts.is_empty() {
        let message = "the study has no named states that `start` could be";
        sink.push(place.error(message, "name them in [initial.states], or leave `start` out"));
        return None;
    }
    if name == "start" {
        return Some(Quantity::real("start", "1", "initial state"));
    }
    let Some(varying) = ground.varying else { return Some(Quantity::real(name, "1", "")) };
    axes::quantity(name, varying)
        .map_err(|remedy| {
            let message = match name.strip_prefix("init.") {
                Some(variable) => format!("the model has no variable `{variable}` to start from an input"),
                None => format!("the model has no parameter `{name}` to be an input"),
            };
            // How the same is said of an axis.
            sink.push(place.error(message, remedy.replace("name the axis", "name the input")));
        })
        .ok()
}

fn numbers(value: &Value, what: &str, sink: &mut Sink) -> Option<Vec<f64>> {
    let items = value.list(&format!("{what} of the distribution"), sink)?;
    let numbers: Vec<f64> = items.iter().filter_map(|item| item.number(what, sink)).collect();
    (numbers.len() == items.len()).then_some(numbers)
}

/// The places of named states in the study's list.
fn states(value: &Value, starts: &[String], sink: &mut Sink) -> Option<Vec<f64>> {
    let items = value.list("`discrete`", sink)?;
    let place = |item: &Value, sink: &mut Sink| {
        let name = item.text("a state", sink)?;
        let found = starts.iter().position(|known| known == name);
        if found.is_none() {
            let remedy = did_you_mean(name, starts.iter().map(String::as_str));
            sink.push(item.place.error(format!("the study has no state `{name}`"), remedy));
        }
        found.map(|place| place as f64)
    };
    let places: Vec<f64> = items.iter().filter_map(|item| place(item, sink)).collect();
    (places.len() == items.len()).then_some(places)
}

/// So many numbers, or a complaint that shows what should be there.
fn several<const N: usize>(value: &Value, key: &str, shown: &str, sink: &mut Sink) -> Option<[f64; N]> {
    let numbers = numbers(value, &format!("a number of `{key}`"), sink)?;
    let count = numbers.len();
    let found = numbers.try_into().ok();
    if found.is_none() {
        let message = format!("`{key}` has {count} numbers, and should have {N}");
        sink.push(value.place.error(message, format!("write `{key} = [{shown}]`")));
    }
    found
}

fn continuous(shape: &str, value: &Value, sink: &mut Sink) -> Option<Shape> {
    Some(match shape {
        "uniform" => Shape::Uniform(several(value, shape, "lo, hi", sink)?),
        "loguniform" => Shape::LogUniform(several(value, shape, "lo, hi", sink)?),
        "normal" => Shape::Normal(several(value, shape, "mean, sd", sink)?),
        "lognormal" => Shape::LogNormal(several(value, shape, "mu, sigma", sink)?),
        _ => Shape::Triangular(several(value, shape, "lo, mode, hi", sink)?),
    })
}

fn bounds([truncated, winsorised]: [Option<&Value>; 2], sink: &mut Sink) -> Option<Bounds> {
    match (truncated, winsorised) {
        (None, None) => Some(Bounds::None),
        (Some(value), None) => several(value, "truncated", "lo, hi", sink).map(Bounds::Truncated),
        (None, Some(value)) => several(value, "winsorised", "lo, hi", sink).map(Bounds::Winsorised),
        (Some(_), Some(value)) => {
            let message = "a distribution is either `truncated` or `winsorised`";
            sink.push(value.place.error(message, "leave one of the two out"));
            None
        }
    }
}

/// Complains of names that differ in their case alone: a map could not hold both.
fn twice(names: &[(String, Place)], sink: &mut Sink) {
    for (number, (name, place)) in names.iter().enumerate() {
        if names[..number].iter().any(|(other, _)| other.eq_ignore_ascii_case(name)) {
            let message = format!("`{name}` is varied twice; names are unique without regard to case");
            sink.push(place.error(message, "leave one out"));
        }
    }
}

/// Puts linked quantities to the inputs that they follow.
fn linked(entrants: Vec<Entrant>, all: &[(String, Place)], sink: &mut Sink) -> Vec<Input> {
    let (linked, leaders): (Vec<_>, Vec<_>) =
        entrants.into_iter().partition(|entrant| entrant.with.is_some());
    let names: Vec<&str> = leaders.iter().map(|leader| leader.name.as_str()).collect();
    for follower in &linked {
        let Some((with, place)) = &follower.with else { continue };
        let is_linked = linked.iter().any(|other| other.name == *with);
        // Where the other input itself is wrong, that has been said.
        let is_wrong = !is_linked && all.iter().any(|(name, _)| name == with);
        if !names.contains(&with.as_str()) && !is_wrong {
            let message = if is_linked {
                format!("`{with}` is linked to another input itself")
            } else {
                format!("there is no input `{with}` to be linked to")
            };
            sink.push(place.error(message, did_you_mean(with, names.iter().copied())));
        }
    }
    let input = |leader: &Entrant| {
        let follows = |other: &&Entrant| other.with.as_ref().is_some_and(|(with, _)| *with == leader.name);
        let others = linked.iter().filter(follows).map(|other| other.column.clone());
        Input { columns: std::iter::once(leader.column.clone()).chain(others).collect() }
    };
    leaders.iter().map(input).collect()
}

/// The groups: those of the study, and each other input alone, in the order of the inputs.
fn groups(value: Option<&Value>, inputs: &[Input], names: &[(String, Place)], sink: &mut Sink) -> Vec<Group> {
    let entries = value.and_then(|value| value.entries("`groups`", sink)).unwrap_or_default();
    let known: Vec<&str> = inputs.iter().map(Input::name).collect();
    let mut group_of: Vec<Option<&str>> = vec![None; inputs.len()];
    for entry in entries {
        let group = entry.key.as_str();
        if !group.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter))
            || group.is_empty()
        {
            let message = format!("`{group}` cannot be the name of a group");
            sink.push(entry.place.error(message, "write one word of letters, digits and `_`"));
        } else if names.iter().any(|(name, _)| name.eq_ignore_ascii_case(group)) {
            let message = format!("the group `{group}` has the name of an input");
            sink.push(entry.place.error(message, "give it another name"));
        }
        let Some(members) = entry.value.list(&format!("the group `{group}`"), sink) else { continue };
        if members.is_empty() {
            let message = format!("the group `{group}` has no input");
            sink.push(entry.value.place.error(message, "name its inputs, or leave it out"));
        }
        for member in members {
            let Some(name) = member.text("an input of a group", sink) else { continue };
            let Some(place) = known.iter().position(|known| *known == name) else {
                // What is wrong with the input itself was said.
                let is_linked =
                    inputs.iter().flat_map(|input| &input.columns).any(|(own, _)| own.name == name);
                if is_linked {
                    let message = format!("`{name}` goes along with another input");
                    sink.push(member.place.error(message, "name that one; it takes the linked ones along"));
                } else if !names.iter().any(|(known, _)| known == name) {
                    let message = format!("the group `{group}` names `{name}`, which is not an input");
                    sink.push(member.place.error(message, did_you_mean(name, known.iter().copied())));
                }
                continue;
            };
            if let Some(other) = group_of[place] {
                let message = if other == group {
                    format!("`{name}` is twice in the group `{group}`")
                } else {
                    format!("the groups `{other}` and `{group}` overlap: both have `{name}`")
                };
                sink.push(member.place.error(message, "put each input into one group"));
            }
            group_of[place] = Some(group);
        }
    }
    let mut groups: Vec<Group> = Vec::new();
    for (place, own) in group_of.into_iter().enumerate() {
        let found = groups.iter_mut().find(|group| own == Some(group.name.as_str()));
        match found {
            Some(group) => group.inputs.push(place),
            None => groups.push(Group { name: own.unwrap_or(known[place]).to_owned(), inputs: vec![place] }),
        }
    }
    groups
}
