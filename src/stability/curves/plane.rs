//! The curves in the plane of two parameters, each once, and the points where they meet. Knows nothing of how one is followed.

use super::border::{self, Trail};
use super::branch::{Event, Found};
use super::diagram::{Diagram, Kind, Locus, Remainder, Special};
use super::effort::Effort;
use super::locus::{Loci, Meeting, Met, Track};
use super::search::is_same;

/// Follows every fold and Hopf point that was found, each with its value of the second parameter, and the Hopf curves that begin
/// where fold curves say so.
pub(super) fn curves(loci: &Loci, found: &[(Found, f64)], work: f64, diagram: &mut Diagram) {
    let trails = trails(loci, found, &mut Effort::of(work), &mut diagram.remainder);
    let mut effort = Effort::of(work);
    let mut tracks: Vec<(Kind, Track)> = Vec::new();
    for (own, with) in found.iter().filter(|(own, _)| own.multiplicity == 1) {
        // At an end of the range, of several that cross there one may have been counted alone.
        if trails.iter().any(|trail| trail.passes(loci, own, *with)) {
            continue;
        }
        let start = [&own.at[..], &[*with]].concat();
        let (kind, problem) = match own.event {
            Event::Fold => (Kind::Fold, &loci.fold),
            Event::Hopf => (Kind::Hopf, &loci.hopf),
            Event::Crossing => continue,
        };
        if tracks.iter().any(|(known, track)| *known == kind && loci.passes(problem, track, &start)) {
            continue;
        }
        if effort.is_spent() {
            diagram.remainder.points += 1;
            continue;
        }
        let track = if kind == Kind::Fold { loci.folds(&start) } else { loci.hopfs(&start) };
        if let Some(track) = &track {
            effort.add(track.places.len(), start.len());
        }
        tracks.extend(track.map(|track| (kind, track)));
    }
    let mut met: Vec<(usize, Met)> = Vec::new();
    for (number, (_, track)) in tracks.iter().enumerate() {
        for own in &track.met {
            keep(&mut met, loci, number, own.clone());
        }
    }
    let chains: Vec<Met> = met
        .iter()
        .filter(|(_, own)| own.meeting == Meeting::BogdanovTakens)
        .map(|(_, own)| own.clone())
        .collect();
    for own in chains {
        let is_end = |track: &Track| {
            let ends = [track.places.first(), track.places.last()];
            ends.into_iter().flatten().any(|end| is_near(loci, &loci.outer(end), &own.at))
        };
        if tracks.iter().any(|(kind, track)| *kind == Kind::Hopf && is_end(track)) {
            continue;
        }
        if let Some(track) = loci.hopfs_from(&own) {
            for own in &track.met {
                keep(&mut met, loci, tracks.len(), own.clone());
            }
            tracks.push((Kind::Hopf, track));
        }
    }
    for (kind, track) in &tracks {
        let point =
            |at: &Vec<f64>| if *kind == Kind::Fold { loci.fold_point(at) } else { loci.hopf_point(at) };
        diagram.loci.push(Locus {
            kind: *kind,
            multiplicity: 1,
            points: track.places.iter().map(point).collect(),
            ends: track.ends,
        });
    }
    for trail in trails {
        diagram.loci.push(Locus {
            kind: if trail.event == Event::Hopf { Kind::Hopf } else { Kind::BranchPoint },
            multiplicity: trail.multiplicity,
            points: trail.points(),
            ends: trail.ends,
        });
    }
    let size = loci.dimension();
    diagram.points.extend(met.into_iter().map(|(curve, own)| Special {
        kind: match own.meeting {
            Meeting::BogdanovTakens => Kind::BogdanovTakens,
            Meeting::Cusp => Kind::Cusp,
            Meeting::GeneralisedHopf => Kind::GeneralisedHopf,
        },
        along: own.at[size],
        with: Some(own.at[size + 1]),
        state: own.at[..size].to_vec(),
        angular_frequency: own.angular_frequency,
        lyapunov: (own.meeting == Meeting::GeneralisedHopf).then_some(0.0),
        criticality: None,
        multiplicity: 1,
        residual: own.residual,
        curve,
    }));
}

/// The curves on which several eigenvalues cross at once or branches cross. At a fold of several the equilibria themselves turn, each
/// in its own way, and there is no curve of that kind.
fn trails(loci: &Loci, found: &[(Found, f64)], effort: &mut Effort, remainder: &mut Remainder) -> Vec<Trail> {
    let mut trails: Vec<Trail> = Vec::new();
    for (own, with) in found {
        let is_trail = match own.event {
            Event::Fold => false,
            Event::Hopf => own.multiplicity > 1,
            Event::Crossing => true,
        };
        if !is_trail || trails.iter().any(|trail| trail.is_of(own) && trail.passes(loci, own, *with)) {
            continue;
        }
        if effort.is_spent() {
            remainder.points += 1;
            continue;
        }
        let trail = border::trail(loci, own, *with);
        // A place of it takes some five equilibria with their eigenvalues.
        effort.add(5 * trail.as_ref().map_or(1, Trail::len), loci.dimension());
        trails.extend(trail);
    }
    trails
}

/// Adds a point unless it is known.
fn keep(met: &mut Vec<(usize, Met)>, loci: &Loci, curve: usize, own: Met) {
    if !met.iter().any(|(_, known)| known.meeting == own.meeting && is_near(loci, &known.at, &own.at)) {
        met.push((curve, own));
    }
}

fn is_near(loci: &Loci, a: &[f64], b: &[f64]) -> bool {
    let size = loci.dimension();
    let ranges = loci.ranges.iter().zip(a[size..].iter().zip(&b[size..]));
    is_same(&a[..size], &b[..size]) && { ranges }
        .all(|((from, to), (a, b))| (a - b).abs() < 1e-6 * (to - from))
}
