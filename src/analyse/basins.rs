//! Cuts a slice out of what is known of starts that were drawn from a box: how many end in a regime, or how many different ends
//! there are. Knows nothing of colours.

use ndarray::Array2;

use crate::analyse::AnalyseError;
use crate::analyse::cut::{Cut, Layout, Window, panels, slice};
use crate::analyse::slice::{Feature, Panel, Slice};
use crate::store::map::Map;
use crate::table::{Kind, Quantity};

/// What of the drawn starts is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Basin {
    /// The share of them that end in a regime of this name, or, by the word [`SEIZING`], in any that seizes.
    Of(String),
    /// How many different ends they have.
    Attractors,
}

/// All regimes together that seize.
pub const SEIZING: &str = "seizing";

/// The name under which the number of ends is asked for.
pub const ATTRACTORS: &str = "attractors";

impl Basin {
    /// What is asked of drawn starts by default: their share of seizures, or their ends where nothing seizes.
    pub fn by_default(map: &Map) -> Self {
        let seizes = map.labels().iter().any(|label| label.seizing);
        if seizes { Self::Of(SEIZING.to_owned()) } else { Self::Attractors }
    }

    /// Reads a slice, whose one feature this is. Its panels have no regimes: one plane stands for all starts.
    ///
    /// # Errors
    /// When the map has no drawn starts or no regime of the name, the cut does not fit it, or it cannot be read.
    pub fn cut(&self, map: &Map, cut: &Cut) -> Result<Slice, AnalyseError> {
        if !map.has_basins() {
            return Err(AnalyseError::NoBasins);
        }
        let layout = Layout::over(map, cut, Some(map.axes().len() - 1))?;
        let mut read = Vec::new();
        for (index, name) in panels(map, &layout) {
            let (quantity, values) = self.read(map, &Window::new(map, &layout, index))?;
            let regimes = Array2::zeros(values.raw_dim());
            read.push(Panel { name, regimes, features: vec![Feature { quantity, values }] });
        }
        slice(map, &layout, read)
    }

    /// Reads one panel.
    fn read(&self, map: &Map, window: &Window<'_>) -> Result<(Quantity, Array2<f64>), AnalyseError> {
        let kept = |all: &[u64]| all[..all.len() - 1].to_vec();
        match self {
            Self::Attractors => {
                let values = window.read(|start, count| Ok(map.attractors(&kept(start), &kept(count))?))?;
                let meaning = "different ends of the drawn starts";
                let quantity = Quantity { kind: Kind::Count, ..Quantity::real(ATTRACTORS, "1", meaning) };
                Ok((quantity, values))
            }
            Self::Of(name) => {
                let labels = self::labels(map, name)?;
                let values = window.read(|start, count| {
                    let mut sum = vec![0.0; count.iter().product::<u64>() as usize];
                    for &label in &labels {
                        let own = map.basin(label, &kept(start), &kept(count))?;
                        sum.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
                    }
                    Ok(sum)
                })?;
                let kind = if name.eq_ignore_ascii_case(SEIZING) { "a regime that seizes" } else { name };
                let meaning = format!("part of the drawn starts that end in {kind}");
                Ok((Quantity::real(format!("basin of {name}"), "1", &meaning), values))
            }
        }
    }
}

/// The numbers of the regimes that a name means.
fn labels(map: &Map, name: &str) -> Result<Vec<usize>, AnalyseError> {
    let all = || map.labels().iter().enumerate();
    let own = all().find(|(_, label)| label.name.eq_ignore_ascii_case(name));
    if let Some((number, _)) = own {
        return Ok(vec![number]);
    }
    if name.eq_ignore_ascii_case(SEIZING) {
        return Ok(all().filter(|(_, label)| label.seizing).map(|(number, _)| number).collect());
    }
    let known = map.labels().iter().map(|label| label.name.as_str()).chain([SEIZING]);
    Err(AnalyseError::unknown("regime", name, known))
}
