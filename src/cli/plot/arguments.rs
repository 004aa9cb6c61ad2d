//! What `ictus plot` is asked for: by its flags, and by `[figure]` of the study where no flag says otherwise. Knows nothing of what is drawn.

use std::path::PathBuf;

use clap::Args;

use crate::cli::arguments::FigureKind;
use crate::show::Page;
use crate::show::sensitivity::{Asked, Kind};
use crate::study::{Figure, letters, page_length, resolution};

/// What `ictus plot` is asked for.
#[derive(Args, Clone, Debug)]
pub(crate) struct PlotArguments {
    /// The map, the folder of its run, or a file of indices (`sense.nc`; only `indices`, `second-order` and `effects`).
    #[arg(value_name = "MAP|FOLDER|INDICES")]
    pub(super) map: PathBuf,
    /// The picture, .png, .svg or .pdf; without it the map is drawn in the terminal.
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// The kind of figure for a design or for indices; by default probabilities, or effects for trajectories.
    #[arg(long, value_name = "KIND", conflicts_with_all = ["basin", "over", "curves", "panel"])]
    pub(super) kind: Option<FigureKind>,
    /// The horizontal axis; by default the last. For a design: a parameter.
    #[arg(long, value_name = "AXIS")]
    pub(super) x: Option<String>,
    /// The vertical axis; by default the one before. For a design: a second parameter, for a picture of the pair.
    #[arg(long, value_name = "AXIS")]
    pub(super) y: Option<String>,
    /// The values of the other axes, as `name=value`; by default their middle.
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) at: Vec<String>,
    /// A panel for each value of an axis, as `start`, or for some values, as `A=3,4,5`; at most 12.
    #[arg(long, value_name = "AXIS[=VALUES]", conflicts_with_all = ["of", "basin", "over"])]
    pub(super) panel: Option<String>,
    /// Draw this feature instead of the regimes; `attractors` of a map with drawn starts.
    #[arg(long, value_name = "NAME")]
    pub(super) feature: Option<String>,
    /// For a design or for indices: the regime, `seizing` or feature to draw; for indices may be given several times.
    #[arg(long, value_name = "NAME", conflicts_with = "feature")]
    pub(super) of: Vec<String>,
    /// For starts drawn from a box: the share that ends in this regime, or in any that seizes (`seizing`).
    #[arg(long, value_name = "REGIME", conflicts_with_all = ["feature", "curves"])]
    pub(super) basin: Option<String>,
    /// Draw the labels by the rules over all starts (`over = "start"`).
    #[arg(long, value_name = "AXIS", value_parser = ["start"], conflicts_with_all = ["feature", "basin"])]
    pub(super) over: Option<String>,
    /// Draw the folds and Hopf points of a file written by `ictus curves --with` over the regimes.
    #[arg(long, value_name = "FILE")]
    pub(super) curves: Option<PathBuf>,
    /// The width on paper, as 85mm, 8.5cm or 3.3in; letters and lines keep their size, and what does not fit beside the frame goes below.
    #[arg(long, value_name = "LENGTH", value_parser = page_length, requires = "output")]
    pub(super) width: Option<f64>,
    /// The height on paper; by default what is drawn decides.
    #[arg(long, value_name = "LENGTH", value_parser = page_length, requires = "output")]
    pub(super) height: Option<f64>,
    /// Dots per inch of a .png; by default 300.
    #[arg(long, value_name = "DOTS", value_parser = resolution, requires = "output")]
    pub(super) dpi: Option<f64>,
    /// The size of the letters at ticks and in legends, as 8pt; labels of axes are a tenth larger, the caption is a tenth smaller.
    #[arg(long, value_name = "SIZE", value_parser = letters, requires = "output")]
    pub(super) font_size: Option<f64>,
    /// Leave the title out.
    #[arg(long)]
    pub(super) no_title: bool,
    /// Leave out the caption below the frames, which says what is held fixed and where the map is cut.
    #[arg(long)]
    pub(super) no_caption: bool,
}

impl PlotArguments {
    /// The same with what a study says of its figure, wherever nothing else is asked for.
    pub(super) fn with(mut self, figure: &Figure) -> Self {
        self.width = self.width.or(figure.width);
        self.height = self.height.or(figure.height);
        self.dpi = self.dpi.or(figure.dpi);
        self.font_size = self.font_size.or(figure.font_size);
        self.no_title |= figure.without_title;
        self.no_caption |= figure.without_caption;
        if self.kind.is_some() || !self.of.is_empty() {
            return self;
        }
        let takes_a_feature = self.basin.is_none() && self.over.is_none() && self.curves.is_none();
        if self.feature.is_none() && takes_a_feature {
            self.feature.clone_from(&figure.feature);
        }
        // An axis that a flag names goes where the flag says.
        let name = |text: &String| text.split('=').next().unwrap_or_default().trim().to_lowercase();
        let named = |own: &Self| -> Vec<String> {
            own.x.iter().chain(&own.y).chain(&own.panel).chain(&own.at).map(name).collect()
        };
        let taken = named(&self);
        let is_free = |text: &&String| !taken.contains(&name(text));
        if self.x.is_none() && self.y.is_none() {
            self.x = figure.x.as_ref().filter(is_free).cloned();
            self.y = figure.y.as_ref().filter(is_free).cloned();
        }
        if self.panel.is_none() && self.basin.is_none() && self.over.is_none() {
            self.panel = figure.panel.as_ref().filter(is_free).cloned();
        }
        let taken = named(&self);
        self.at.extend(figure.at.iter().filter(|text| !taken.contains(&name(text))).cloned());
        self
    }

    /// The page.
    pub(super) fn page(&self) -> Page {
        Page {
            width: self.width,
            height: self.height,
            dpi: self.dpi,
            font_size: self.font_size,
            without_title: self.no_title,
            without_caption: self.no_caption,
        }
    }

    /// What is asked of runs or of indices.
    pub(super) fn asked(&self) -> Asked {
        Asked {
            of: self.of.iter().chain(&self.feature).cloned().collect(),
            inputs: self.x.iter().chain(&self.y).cloned().collect(),
            page: self.page(),
        }
    }

    /// The kind of a figure of runs or of indices.
    pub(super) fn figure(&self) -> Option<Kind> {
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
    pub(super) fn of_axes_only(&self) -> Option<&'static str> {
        let asked = [
            ("--basin", self.basin.is_some()),
            ("--over", self.over.is_some()),
            ("--curves", self.curves.is_some()),
            ("--panel", self.panel.is_some()),
        ];
        asked.into_iter().find_map(|(name, is_asked)| is_asked.then_some(name))
    }
}
