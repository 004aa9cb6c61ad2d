//! `ictus plot`: a map, the runs of a design or indices as a picture, or in the terminal. Knows how to say it, not how it is drawn.

mod arguments;

use std::path::Path;

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
use crate::store::curves::is_of_curves;
use crate::store::has_journals;
use crate::store::indices::{self, Indices};
use crate::store::map::Map;
use crate::study::{Figure, Study};

use super::Failure;
use super::arguments::RunsArguments;
use super::console::Console;
use super::{sense, studies};

pub(super) use arguments::PlotArguments;

impl From<ShowError> for Failure {
    fn from(error: ShowError) -> Self {
        let text = error.to_string();
        if error.is_callers_fault() { Self::Wrong(text) } else { Self::Machine(text) }
    }
}

/// The input whose values are named states.
const START: &str = "start";

/// Draws a map, the runs of a design or indices into a file or the terminal.
pub(super) fn plot(wish: &PlotArguments, console: &mut Console) -> Result<(), Failure> {
    let path = sense::map_of(&wish.map);
    if wish.map.is_dir() && !path.exists() && has_journals(&wish.map) {
        return Err(sense::unfinished(&wish.map));
    }
    let map = match Map::open(&path) {
        Ok(map) => map,
        Err(error) => {
            if is_of_curves(&path) {
                return of_curves(wish, &path, console);
            }
            // A file of indices is not a map.
            let Ok(found) = indices::read(&path) else { return Err(error.into()) };
            return of_indices(wish, &found, console);
        }
    };
    // A map of earlier versions may have a study that is none any more: it is drawn without its wishes.
    let study = studies::texts_of(&map).ok().and_then(|texts| Study::from_texts(texts).ok());
    let wish = &wish.clone().with(study.as_ref().map_or(&Figure::default(), Study::figure));
    if let Some(axis) = axis_of_runs(&map) {
        return of_runs(wish, (&map, axis), console);
    }
    match wish.figure() {
        Some(Kind::Indices | Kind::SecondOrder) => {
            let request = Request { of: wish.of.clone(), at: wish.at.clone(), fill: None };
            let report = sensitivity::analyse(&map, &request)?;
            of_indices(&PlotArguments { at: Vec::new(), ..wish.clone() }, &sensitivity::indices(&report, ""), console)
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
        None => over_axes(wish, (&map, study.as_ref()), console),
    }
}

/// Draws the branches of a file of curves.
fn of_curves(wish: &PlotArguments, path: &Path, console: &mut Console) -> Result<(), Failure> {
    let others = [
        ("--kind", wish.kind.is_some()),
        ("--x", wish.x.is_some()),
        ("--y", wish.y.is_some()),
        ("--at", !wish.at.is_empty()),
        ("--of", !wish.of.is_empty()),
    ];
    let others = others.into_iter().find_map(|(name, is_asked)| is_asked.then_some(name));
    if let Some(argument) = others.or(wish.of_axes_only()) {
        let message = format!(
            "`{argument}` is for maps, and {} holds curves, drawn against the parameter that they follow; `--feature` names the variable",
            path.display()
        );
        return Err(Failure::Wrong(message));
    }
    let Some(output) = &wish.output else { return Err(needs_a_file()) };
    show::plot_branches(path, wish.feature.as_deref(), &wish.page(), output)?;
    console.say(output.display().to_string());
    Ok(())
}

/// Draws a map over its axes.
fn over_axes(
    wish: &PlotArguments,
    (map, study): (&Map, Option<&Study>),
    console: &mut Console,
) -> Result<(), Failure> {
    // A network's own signals have names that the map tells.
    let alone = study.filter(|study| study.network().is_none());
    let request = PlotRequest {
        cut: Cut { x: wish.x.clone(), y: wish.y.clone(), at: wish.at.clone(), panel: wish.panel.clone() },
        feature: wish.feature.clone(),
        basin: wish.basin.clone(),
        over_starts: wish.over.is_some(),
        curves: wish.curves.clone(),
        page: wish.page(),
        signal: alone.map(|study| study.model().signal.clone()),
    };
    if let Some(path) = &wish.output {
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
fn of_runs(wish: &PlotArguments, (map, axis): (&Map, usize), console: &mut Console) -> Result<(), Failure> {
    if let Some(argument) = wish.of_axes_only() {
        let message = format!(
            "`{argument}` is for maps over axes, and {} holds the runs of a design; leave it out",
            map.path().display()
        );
        return Err(Failure::Wrong(message));
    }
    let study = sense::study_of(map)?;
    let layout = study.design().map(sense::layout).expect("a study of a design");
    let (places, _) = sampled::places(map, axis, &wish.at)?;
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
    let kind = wish.figure().unwrap_or(match (is_of_moves, asked.inputs.len()) {
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
    let labels: Vec<slice::Label> = slice::Label::all(map.labels());
    let subject = Subject {
        title: &title,
        runs: &runs,
        request: &request,
        axes: &axes,
        labels: &labels,
        features: map.features(),
    };
    match &wish.output {
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
fn of_indices(wish: &PlotArguments, found: &Indices, console: &mut Console) -> Result<(), Failure> {
    if let Some(argument) = wish.of_axes_only() {
        return Err(Failure::Wrong(format!(
            "`{argument}` is for maps over axes, and these are indices; leave it out"
        )));
    }
    let has_effects = found.at("mu_star", 0).is_some();
    let kind = wish.figure().unwrap_or(if has_effects { Kind::Effects } else { Kind::Indices });
    if kind.is_of_runs() {
        let message =
            "this picture is of runs, which a file of indices does not hold; name the map of the design";
        return Err(Failure::Wrong(message.to_owned()));
    }
    let place = place(found, &wish.at)?;
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
        return Err(Failure::Wrong(format!(
            "`--at {}` is not an axis of these indices; {known}",
            at.join(" ")
        )));
    }
    Ok(place)
}

fn draw_indices(
    found: &Indices,
    place: usize,
    kind: Kind,
    (asked, wish): (&Asked, &PlotArguments),
    console: &mut Console,
) -> Result<(), Failure> {
    let Some(path) = &wish.output else {
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
