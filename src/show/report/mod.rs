//! A map as one page of HTML that needs nothing beside itself: what was asked, the map to move about in, the shares of its regimes,
//! what they depend on, how it came about, and how to cite it. What a study says of itself comes as an [`Account`]. Knows nothing
//! of studies and models.

mod choice;
mod citation;
mod companions;
mod data;
mod layer;
mod markup;
mod methods;
mod page;
mod tables;

use std::path::Path;

use crate::analyse::AnalyseError;
use crate::analyse::digest::Digest;
use crate::show::ShowError;
use crate::store::aside;
use crate::store::curves::Plane;
use crate::store::indices::Indices;
use crate::store::map::Map;

/// A page has fewer bytes than this, whatever the size of its map.
pub const MOST_BYTES: usize = 2_000_000;

/// More points are not kept for a page: they would not fit.
const MOST_POINTS: u64 = 1 << 21;

/// What a study says of its map, in words.
#[derive(Clone, Debug, Default)]
pub struct Account {
    /// The map as it is named in a command line.
    pub subject: String,
    /// What was asked: what it is, and the answer.
    pub asked: Vec<(String, String)>,
    /// What differs from node to node of a network: the quantity and its values in words.
    pub by_node: Vec<(String, String)>,
    /// The name of the study's file, and its text.
    pub study: (String, String),
    /// What the command line changed in the study.
    pub overrides: Vec<String>,
    /// The model's name and title.
    pub model: (String, String),
    /// The model as a page of text: equations, parameters, units.
    pub description: String,
    /// The model's file.
    pub model_text: String,
    /// Where the model was published.
    pub sources: Vec<String>,
    /// When a point is called by a label, by the labels' names.
    pub reasons: Vec<(String, String)>,
    /// The names that rules give, in their order.
    pub rules: Vec<String>,
    /// The features that rules look at: they are shown finest.
    pub looked_at: Vec<String>,
    /// How the points were measured: sentences for a paper.
    pub methods: Vec<String>,
    /// The sources of these methods.
    pub references: Vec<String>,
    /// What the reader should know.
    pub warnings: Vec<String>,
    /// Whether the points of the last axis go on from each other, so that one measured alone may differ.
    pub is_chained: bool,
}

/// What lies beside a map.
#[derive(Clone, Debug, Default)]
pub struct Companions {
    /// Curves of folds and Hopf points.
    pub curves: Option<Plane>,
    /// Indices of what outcomes depend on.
    pub indices: Option<Indices>,
    /// What was found beside the map and is not shown, and why.
    pub remarks: Vec<String>,
}

/// What a page shows of its map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The size of the page in bytes.
    pub bytes: usize,
    /// Features of which not every point is shown, or none.
    pub coarser: usize,
}

/// Writes the page of a map.
///
/// # Errors
/// When the map cannot be read, or the file cannot be written.
pub fn write(
    map: &Map,
    account: &Account,
    companions: &Companions,
    path: &Path,
) -> Result<Written, ShowError> {
    aside::check(path).map_err(AnalyseError::from)?;
    let (text, coarser) = page(map, account, companions)?;
    aside::write(path, &text).map_err(AnalyseError::from)?;
    Ok(Written { bytes: text.len(), coarser })
}

/// The page of a map, and how many features it does not show at every point.
fn page(map: &Map, account: &Account, companions: &Companions) -> Result<(String, usize), AnalyseError> {
    let digest = Digest::new(map, MOST_POINTS, &data::longest(map)?);
    let regimes = digest.regimes()?;
    let statuses = digest.statuses()?;
    let over_starts = digest.over_starts()?;
    let axes = data::axes(map, &digest)?;
    let layers = choice::layers(map, &digest, [&regimes, &statuses], over_starts.as_ref(), account)?;
    let facts = page::Facts {
        map,
        account,
        companions,
        axes: &axes,
        shares: &regimes.shares,
        over_starts: over_starts.as_ref().map(|(_, flags)| flags.shares.as_slice()),
        statuses: &statuses.shares,
        every: digest.every(),
        layers: &layers,
    };
    let words = page::words(&facts);
    let frame = data::frame(&facts);
    let room = MOST_BYTES.saturating_sub(page::size(&words, &frame));
    let chosen = choice::choose(&layers, room);
    let coarser = choice::coarser(&layers, &chosen);
    Ok((page::whole(&facts, &words, frame, &chosen), coarser.len()))
}
