//! Which quantities a page shows, and how fine each: the most of what fits, the regimes first, then what rules look at. Knows nothing
//! of pages.

use crate::analyse::AnalyseError;
use crate::analyse::digest::{Digest, Flags, Numbers};
use crate::store::map::Map;
use crate::table::{Kind, Quantity};

use super::Account;
use super::layer::{FINENESSES, FULL, Fineness, Grid, Packed, Values};

/// What a layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Sort {
    /// What a point is called.
    Regime,
    /// How its measurement ended.
    Status,
    /// What all starts of a point are called together.
    OverStarts,
    /// What was measured.
    Feature,
    /// Of drawn starts: how many end where.
    Basin,
}

/// A quantity over the map, packed in every fineness that may fit.
#[derive(Debug)]
pub(super) struct Layer {
    /// What it is.
    pub(super) sort: Sort,
    /// Its name, unit and meaning.
    pub(super) quantity: Quantity,
    /// The smallest and the largest value of the whole map; NaN of labels.
    pub(super) range: [f64; 2],
    /// At how many points it is undefined.
    pub(super) undefined: u64,
    /// Whether it is made fine before others are.
    is_first: bool,
    /// From coarse to fine.
    packed: Vec<(Fineness, Packed)>,
}

/// Levels of two bytes are for maps of which this many values, of all features together, are shown.
const MOST_FINE: u64 = 2_000_000;
/// Packed layers larger than a page never fit.
const LARGEST: usize = super::MOST_BYTES;

/// All that could be shown of a map.
pub(super) fn layers(
    map: &Map,
    digest: &Digest,
    [regimes, statuses]: [&Flags; 2],
    over_starts: Option<&(usize, Flags)>,
    account: &Account,
) -> Result<Vec<Layer>, AnalyseError> {
    let named = |name: &str, meaning: &str| Quantity::real(name, "1", meaning);
    let flags = |sort, quantity, own: &Flags, without| {
        let grid = grid(digest, Values::Flags(&own.values), without);
        layer((sort, quantity), &grid, ([f64::NAN; 2], 0), true, &FINENESSES)
    };
    let mut layers = vec![
        flags(Sort::Regime, named("regime", "what the point is called"), regimes, None),
        flags(Sort::Status, named("status", "how the measurement ended"), statuses, None),
    ];
    if let Some((axis, own)) = over_starts {
        let quantity = named("regime over starts", "what all starts of a point are called together");
        layers.push(flags(Sort::OverStarts, quantity, own, Some(*axis)));
    }
    let points: u64 = digest.lengths().iter().product();
    let values = points.saturating_mul(map.features().len() as u64);
    let finenesses = if values > MOST_FINE { &FINENESSES[..5] } else { &FINENESSES[..] };
    let numbers = |sort, quantity: Quantity, own: &Numbers, without, is_first| {
        let are_whole = quantity.kind != Kind::Real;
        let grid = grid(digest, Values::Numbers { values: &own.values, are_whole }, without);
        layer((sort, quantity), &grid, (own.range, own.undefined), is_first, finenesses)
    };
    for (feature, quantity) in map.features().iter().enumerate() {
        let is_first = account.looked_at.contains(&quantity.name);
        layers.push(numbers(Sort::Feature, quantity.clone(), &digest.feature(feature)?, None, is_first));
    }
    if map.has_basins() {
        let last = map.axes().len().checked_sub(1);
        for (label, share) in regimes.shares.iter().enumerate().filter(|(_, share)| share.points > 0) {
            let name = format!("basin of {}", share.label.name);
            let quantity = named(&name, "part of the drawn starts that end so");
            layers.push(numbers(Sort::Basin, quantity, &digest.basin(label)?, last, true));
        }
        let quantity = named("attractors", "different ends of the drawn starts").of_kind(Kind::Count);
        layers.push(numbers(Sort::Basin, quantity, &digest.attractors()?, last, true));
    }
    Ok(layers)
}

fn grid<'a>(digest: &Digest, values: Values<'a>, without: Option<usize>) -> Grid<'a> {
    let mut lengths = digest.lengths();
    if let Some(axis) = without {
        lengths[axis] = 1;
    }
    Grid { values, lengths, every: digest.every().to_vec() }
}

fn layer(
    (sort, quantity): (Sort, Quantity),
    grid: &Grid,
    (range, undefined): ([f64; 2], u64),
    is_first: bool,
    finenesses: &[Fineness],
) -> Layer {
    let packed = finenesses.iter().filter_map(|&fineness| Some((fineness, grid.pack(fineness)?)));
    let packed = packed.filter(|(_, packed)| packed.data.len() < LARGEST).collect();
    Layer { sort, quantity, range, undefined, is_first, packed }
}

impl Layer {
    /// The packed values of a choice, and whether every point that is kept of the map is in them.
    pub(super) fn chosen(&self, choice: Option<usize>) -> Option<(&Packed, bool)> {
        let (fineness, packed) = &self.packed[choice?];
        Some((packed, fineness.every == FULL.every))
    }
}

/// What is written beside the levels of a layer and its words.
const AROUND: usize = 700;
/// So many bytes a letter may take as JSON.
const LONGEST_LETTER: usize = 6;

impl Layer {
    /// How many bytes a page has for a choice.
    fn size(&self, choice: Option<usize>) -> usize {
        let Quantity { name, unit, meaning, .. } = &self.quantity;
        let words = LONGEST_LETTER * (2 * name.len() + 2 * unit.len() + meaning.len());
        choice.map_or(0, |choice| self.packed[choice].1.data.len() + words + AROUND)
    }
}

/// The fineness of every layer, as a place among its own; none where it does not fit. Layers that come first are made as fine as can be,
/// but for the last step; then all others in turn; then what is left is given to the last steps.
pub(super) fn choose(layers: &[Layer], room: usize) -> Vec<Option<usize>> {
    let size = |layer: usize, choice: Option<usize>| layers[layer].size(choice);
    let mut chosen = vec![None; layers.len()];
    let mut left = room;
    let mut improve = |chosen: &mut Vec<Option<usize>>, layer: usize, most: Fineness| {
        let now = size(layer, chosen[layer]);
        // The next that is finer and fits; one that is finer may be smaller.
        let next = chosen[layer].map_or(0, |choice: usize| choice + 1);
        let better = (next..layers[layer].packed.len())
            .filter(|&own| layers[layer].packed[own].0.bits <= most.bits)
            .find(|&own| size(layer, Some(own)) <= left + now);
        let Some(better) = better else { return false };
        left = left + now - size(layer, Some(better));
        chosen[layer] = Some(better);
        true
    };
    let order = |is_first: bool| (0..layers.len()).filter(move |&layer| layers[layer].is_first == is_first);
    let flags = |layer: &usize| layers[*layer].sort != Sort::Feature && layers[*layer].sort != Sort::Basin;
    // The labels of a map before anything else; then something of every layer.
    for layer in (0..layers.len()).filter(flags) {
        while improve(&mut chosen, layer, FULL) {}
    }
    for layer in order(true).chain(order(false)).filter(|layer| !flags(layer)) {
        improve(&mut chosen, layer, FULL);
    }
    for is_first in [true, false] {
        while order(is_first).fold(false, |any, layer| improve(&mut chosen, layer, FULL) | any) {}
    }
    let finest = FINENESSES[FINENESSES.len() - 1];
    for layer in order(true).chain(order(false)) {
        improve(&mut chosen, layer, finest);
    }
    chosen
}

/// The layers of which not every point that is kept is shown, and by how much they are coarser: one of so many values of the longer axes, 0
/// where they are left out.
pub(super) fn coarser<'a>(layers: &'a [Layer], chosen: &[Option<usize>]) -> Vec<(&'a Layer, u64)> {
    let every = |(layer, choice): (&'a Layer, &Option<usize>)| {
        let every = choice.map_or(0, |choice| layer.packed[choice].0.every);
        (every != 1).then_some((layer, every))
    };
    layers.iter().zip(chosen).filter_map(every).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A layer whose data take so many bytes in each fineness.
    fn of_sizes(sort: Sort, is_first: bool, sizes: &[usize]) -> Layer {
        let one = |(&fineness, &size): (&Fineness, &usize)| {
            let packed = Packed {
                lengths: vec![],
                every: vec![],
                bits: fineness.bits,
                filter: 0,
                low: 0.0,
                step: 1.0,
                beyond: [false; 2],
                data: "x".repeat(size),
            };
            (fineness, packed)
        };
        let packed = FINENESSES.iter().zip(sizes).map(one).collect();
        let quantity = Quantity::real("", "", "");
        Layer { sort, quantity, range: [0.0, 1.0], undefined: 0, is_first, packed }
    }

    fn layers() -> Vec<Layer> {
        let sizes = [100, 400, 1600, 6400, 25_600, 51_200];
        vec![
            of_sizes(Sort::Regime, true, &sizes[..5]),
            of_sizes(Sort::Feature, false, &sizes),
            of_sizes(Sort::Feature, true, &sizes),
            of_sizes(Sort::Feature, false, &sizes),
        ]
    }

    fn total(layers: &[Layer], chosen: &[Option<usize>]) -> usize {
        layers.iter().zip(chosen).map(|(layer, &choice)| layer.size(choice)).sum()
    }

    #[test]
    fn where_all_fits_everything_is_as_fine_as_can_be() {
        let layers = layers();
        let chosen = choose(&layers, 10_000_000);
        assert_eq!(chosen, [Some(4), Some(5), Some(5), Some(5)]);
        assert!(coarser(&layers, &chosen).is_empty());
    }

    #[test]
    fn where_room_is_short_regimes_come_first_then_something_of_every_layer_then_what_rules_look_at() {
        let layers = layers();
        // All regimes, and the coarsest of the three others.
        let least = 4 * AROUND + 25_600 + 3 * 100;
        assert_eq!(choose(&layers, least), [Some(4), Some(0), Some(0), Some(0)]);
        // As much more as one layer needs to be whole: it is the one that rules look at.
        assert_eq!(choose(&layers, least + 25_500), [Some(4), Some(0), Some(4), Some(0)]);
        // One byte less leaves one out, and what that would have taken makes each of the others one step finer; it is told.
        let chosen = choose(&layers, least - 1);
        assert_eq!(chosen, [Some(4), Some(1), Some(1), None]);
        let told: Vec<u64> = coarser(&layers, &chosen).into_iter().map(|(_, every)| every).collect();
        assert_eq!(told, [8, 8, 0]);
        // The layer that rules look at is the last to be left out.
        let chosen = choose(&layers, 2 * AROUND + 25_600 + 100);
        assert_eq!(chosen, [Some(4), None, Some(0), None]);
        assert_eq!(choose(&layers, 0), [None; 4]);
    }

    #[test]
    fn no_choice_is_larger_than_its_room_and_none_could_be_finer_in_what_is_left() {
        let layers = layers();
        for room in (0..200_000).step_by(977) {
            let chosen = choose(&layers, room);
            let taken = total(&layers, &chosen);
            assert!(taken <= room, "{taken} of {room}");
            for (layer, &choice) in layers.iter().zip(&chosen) {
                let next = choice.map_or(0, |choice| choice + 1);
                if next < layer.packed.len() {
                    assert!(taken - layer.size(choice) + layer.size(Some(next)) > room, "{room}: {chosen:?}");
                }
            }
        }
    }
}
