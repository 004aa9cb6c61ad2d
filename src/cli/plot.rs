//! `ictus plot`: a map, the runs of a design or indices as a picture, or in the terminal. Knows how to say it, not how it is drawn.

use std::path::{Path, PathBuf};

use crate::analyse::cut::Cut;
use crate::analyse::sensitivity::sampled::{self, axis_of_runs};
use crate::analyse::sensitivity::{self, Request};
use crate::analyse::slice;
use crate::design::Design;
use crate::show::colours::Colours;
use crate::show::sensitivity::{
    Asked, Axis, Kind, Subject, plot_indices, plot_runs, plot_runs_text, with_names,
};
use crate::show::terminal::Screen;
use crate::show::{self, PlotRequest, ShowError};
use crate::store::curves::Plane;
use crate::store::has_journals;
use crate::store::indices::{self, Indices};
use crate::store::map::Map;

use super::Failure;
use super::arguments::{FigureKind, RunsArguments};
use super::console::Console;
use super::sense;

impl From<ShowError> for Failure {
    fn from(error: ShowError) -> Self {
        let text = error.to_string();
        if error.is_callers_fault() { Self::Wrong(text) } else { Self::Machine(text) }
    }
}

/// The input whose values are named states.
const START: &str = "start";

/// What `ictus plot` was asked for.
#[derive(Debug)]
pub(super) struct Wish<'a> {
    pub(super) map: &'a Path,
    pub(super) output: Option<&'a PathBuf>,
    pub(super) kind: Option<FigureKind>,
    pub(super) x: Option<&'a String>,
    pub(super) y: Option<&'a String>,
    pub(super) at: &'a [String],
    pub(super) feature: Option<&'a String>,
    pub(super) of: &'a [String],
    pub(super) basin: Option<&'a String>,
    pub(super) over_starts: bool,
    pub(super) curves: Option<&'a PathBuf>,
}

impl Wish<'_> {
    /// What is asked of runs or of indices.
    fn asked(&self) -> Asked {
        Asked {
            of: self.of.iter().chain(self.feature).cloned().collect(),
            inputs: self.x.into_iter().chain(self.y).cloned().collect(),
        }
    }

    fn kind(&self) -> Option<Kind> {
        Some(match self.kind? {
            FigureKind::Probabilities => Kind::Probabilities,
            FigureKind::Pairs => Kind::Pairs,
            FigureKind::Indices => Kind::Indices,
            FigureKind::SecondOrder => Kind::SecondOrder,
            FigureKind::Distributions => Kind::Distributions,
            FigureKind::Effects => Kind::Effects,
            FigureKind::Growth => Kind::Growth,
        })
    }

    /// What is asked for that only maps over axes have, as its argument is called.
    fn of_axes_only(&self) -> Option<&'static str> {
        let asked = [
            ("--basin", self.basin.is_some()),
            ("--over", self.over_starts),
            ("--curves", self.curves.is_some()),
        ];
        asked.into_iter().find_map(|(name, is_asked)| is_asked.then_some(name))
    }
}

/// Draws a map, the runs of a design or indices into a file or the terminal.
pub(super) fn plot(wish: &Wish<'_>, console: &mut Console) -> Result<(), Failure> {
    let path = sense::map_of(wish.map);
    if wish.map.is_dir() && !path.exists() && has_journals(wish.map) {
        return Err(sense::unfinished(wish.map));
    }
    let map = match Map::open(&path) {
        Ok(map) => map,
        Err(error) => {
            // A file of indices is no map.
            let Ok(found) = indices::read(&path) else { return Err(error.into()) };
            return of_indices(wish, &found, console);
        }
    };
    if let Some(axis) = axis_of_runs(&map) {
        return of_runs(wish, (&map, axis), console);
    }
    match wish.kind() {
        Some(Kind::Indices | Kind::SecondOrder) => {
            let request = Request { of: wish.of.to_vec(), at: wish.at.to_vec(), fill: None };
            let report = sensitivity::analyse(&map, &request)?;
            of_indices(&Wish { at: &[], ..*wish }, &sensitivity::indices(&report, ""), console)
        }
        Some(_) => {
            let message = format!(
                "{} is a map over axes; of the kinds of --kind it has `indices` and `second-order`; without --kind its regimes are drawn",
                path.display()
            );
            Err(Failure::Wrong(message))
        }
        None if !wish.of.is_empty() => Err(Failure::Wrong(
            "`--of` is for the runs of a design and for indices; `--feature NAME` draws a feature of a map, and regimes are drawn without it"
                .to_owned(),
        )),
        None => over_axes(wish, &map, console),
    }
}

/// Draws a map over its axes.
fn over_axes(wish: &Wish<'_>, map: &Map, console: &mut Console) -> Result<(), Failure> {
    let request = PlotRequest {
        cut: Cut { x: wish.x.cloned(), y: wish.y.cloned(), at: wish.at.to_vec() },
        feature: wish.feature.cloned(),
        basin: wish.basin.cloned(),
        over_starts: wish.over_starts,
        curves: wish.curves.map(|path| Plane::open(path)).transpose()?,
    };
    if let Some(path) = wish.output {
        let remark = show::plot(map, &request, path)?;
        console.say(path.display().to_string());
        for remark in show::moved(map, &request)?.into_iter().chain(remark) {
            console.warn(&remark);
        }
        return Ok(());
    }
    let text = show::plot_text(map, &request, screen(console))?;
    console.say_drawn(text.trim_end());
    for remark in show::moved(map, &request)? {
        console.warn(&remark);
    }
    Ok(())
}

/// Draws the runs of a design, or their indices.
fn of_runs(wish: &Wish<'_>, (map, axis): (&Map, usize), console: &mut Console) -> Result<(), Failure> {
    if let Some(argument) = wish.of_axes_only() {
        let message = format!(
            "`{argument}` is for maps over axes, and {} holds the runs of a design; leave it out",
            map.path().display()
        );
        return Err(Failure::Wrong(message));
    }
    let study = sense::study_of(map)?;
    let layout = study.design().map(sense::layout).expect("a study of a design");
    let (places, _) = sampled::places(map, axis, wish.at)?;
    let [place] = &places[..] else {
        let names: Vec<&str> =
            places.first().map(|place| place.values.keys().map(String::as_str).collect()).unwrap_or_default();
        let message = format!(
            "the runs stand at {} places of {}; choose one by --at {}=VALUE",
            places.len(),
            names.join(", "),
            names.first().copied().unwrap_or("NAME")
        );
        return Err(Failure::Wrong(message));
    };
    let (runs, excluded) = sampled::of_map(map, axis, &place.at, &[], &layout)?;
    if excluded > 0 {
        console.note(format!("{excluded} runs that `where` excludes are left out"));
    }
    let arguments = RunsArguments::default();
    let mut asked = wish.asked();
    let request = sense::request(&arguments, (&[], None), (&runs, Some(&study)), Vec::new());
    let is_of_moves = runs.blocks.len() > 1 && !runs.blocks.contains(&crate::store::outcomes::Block::B);
    let kind = wish.kind().unwrap_or(match (is_of_moves, asked.inputs.len()) {
        (true, _) => Kind::Effects,
        (false, 2) => Kind::Pairs,
        (false, _) => Kind::Probabilities,
    });
    let mut title = study.title().to_owned();
    if !place.at.is_empty() {
        title = format!("{title}, at {}", place.at.join(", "));
    }
    let states: Vec<String> = study.starts().iter().map(|own| own.name.clone()).collect();
    if !kind.is_of_runs() {
        let request = sampled::Request { of: std::mem::take(&mut asked.of), ..request };
        let mut report = sense::report(&runs, &study, &title, &request)?;
        let wanted = request.of.clone();
        // What failed is always analysed; it is drawn where it was asked for.
        report.outputs.retain(|own| {
            wanted.is_empty() || wanted.iter().any(|name| own.output.eq_ignore_ascii_case(name))
        });
        let mut found = sampled::indices(&[report], &[], "");
        for (name, distribution) in found.inputs.iter().zip(&mut found.distributions) {
            if name == START {
                *distribution = with_names(distribution, &states);
            }
        }
        return draw_indices(&found, 0, kind, (&asked, wish), console);
    }
    let own = &map.axes()[axis];
    let axes: Vec<Axis> = own.columns[1..]
        .iter()
        .zip(&own.distributions[1..])
        .map(|(quantity, distribution)| {
            let mut columns = study.design().into_iter().flat_map(Design::columns);
            let known = columns.find(|(own, _)| own.name == quantity.name);
            let axis =
                Axis::new(quantity.clone(), distribution.clone(), known.and_then(|(_, own)| own.ends()));
            if quantity.name == START { axis.named(states.clone()) } else { axis }
        })
        .collect();
    let labels: Vec<slice::Label> =
        map.labels().iter().map(|label| slice::Label::new(label.name.clone(), label.seizing)).collect();
    let subject = Subject {
        title: &title,
        runs: &runs,
        request: &request,
        axes: &axes,
        labels: &labels,
        features: map.features(),
    };
    match wish.output {
        Some(path) => {
            plot_runs(&subject, kind, &asked, path)?;
            console.say(path.display().to_string());
        }
        None if kind == Kind::Probabilities => {
            console.say_drawn(plot_runs_text(&subject, &asked, console.columns())?.trim_end());
        }
        None => return Err(needs_a_file()),
    }
    Ok(())
}

fn needs_a_file() -> Failure {
    Failure::Wrong(
        "this picture has no drawing in the terminal; name a file by -o, such as `-o picture.png`".to_owned(),
    )
}

/// Draws a file of indices at the place of its other axes that is asked for.
fn of_indices(wish: &Wish<'_>, found: &Indices, console: &mut Console) -> Result<(), Failure> {
    if let Some(argument) = wish.of_axes_only() {
        return Err(Failure::Wrong(format!(
            "`{argument}` is for maps over axes, and these are indices; leave it out"
        )));
    }
    let has_effects = found.at("mu_star", 0).is_some();
    let kind = wish.kind().unwrap_or(if has_effects { Kind::Effects } else { Kind::Indices });
    if kind.is_of_runs() {
        let message =
            "this picture is of runs, which a file of indices does not hold; name the map of the design";
        return Err(Failure::Wrong(message.to_owned()));
    }
    let place = place(found, wish.at)?;
    draw_indices(found, place, kind, (&wish.asked(), wish), console)
}

/// The place of indices at which their axes stand as asked; an axis of one value needs no word.
fn place(found: &Indices, at: &[String]) -> Result<usize, Failure> {
    let mut place = 0;
    let mut used = 0;
    for own in &found.along {
        let name = &own.quantity.name;
        let asked = at
            .iter()
            .filter_map(|text| text.split_once('='))
            .find(|(key, _)| key.trim().eq_ignore_ascii_case(name));
        let told = |index: usize| match own.labels.get(index) {
            Some(label) => label.clone(),
            None => format!("{:?}", own.values[index]),
        };
        let index = match asked {
            Some((_, value)) => {
                used += 1;
                let value = value.trim();
                let is = |index: &usize| {
                    told(*index).eq_ignore_ascii_case(value)
                        || value.parse::<f64>().is_ok_and(|value| {
                            own.labels.is_empty() && value.total_cmp(&own.values[*index]).is_eq()
                        })
                };
                (0..own.values.len()).find(is)
            }
            None if own.values.len() == 1 => Some(0),
            None => None,
        };
        let Some(index) = index else {
            let all: Vec<String> = (0..own.values.len()).map(told).collect();
            let message = format!(
                "these indices stand at several values of {name}; choose one by --at {name}=VALUE: {}",
                all.join(", ")
            );
            return Err(Failure::Wrong(message));
        };
        place = place * own.values.len() + index;
    }
    if used < at.len() {
        let names: Vec<&str> = found.along.iter().map(|own| own.quantity.name.as_str()).collect();
        let known = if names.is_empty() {
            "they stand at one place".to_owned()
        } else {
            format!("they stand along {}", names.join(", "))
        };
        return Err(Failure::Wrong(format!("`--at {}` is no axis of these indices; {known}", at.join(" "))));
    }
    Ok(place)
}

fn draw_indices(
    found: &Indices,
    place: usize,
    kind: Kind,
    (asked, wish): (&Asked, &Wish<'_>),
    console: &mut Console,
) -> Result<(), Failure> {
    let Some(path) = wish.output else {
        return Err(Failure::Wrong("a picture of indices goes into a file: name it by -o, such as `-o indices.png`; `ictus sense` prints them in the terminal".to_owned()));
    };
    plot_indices(found, place, kind, asked, path)?;
    console.say(path.display().to_string());
    Ok(())
}

/// The terminal's size and colours.
fn screen(console: &Console) -> Screen {
    let variable = |name: &str| std::env::var(name).ok();
    let (columns, rows) = console.size();
    let colours = Colours::of(
        console.is_terminal(),
        variable("NO_COLOR").as_deref(),
        variable("TERM").as_deref(),
        variable("COLORTERM").as_deref(),
    );
    Screen { columns, rows, colours }
}
