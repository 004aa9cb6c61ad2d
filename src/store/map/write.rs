//! Makes a map, one cell after another: memory goes with a cell, not with the map. Knows where rows come from as little as how
//! they are classified.

use std::path::Path;

use super::basins;
use super::over_starts::{Group, OVER_STARTS};
use super::{
    AXIS, Description, FEATURE, FIXED, INPUT, KIND, LINKED, MARK, QUANTITY, REGIME, ROLE, STATUS, kind_name,
};
use crate::space::{Axis, Cell, Mark, Placement, Scale};
use crate::store::container::{Attribute, ContainerWriter, Storage, Values, Variable};
use crate::store::index::CellRows;
use crate::store::{StoreError, aside, text};
use crate::table::{Kind, Quantity};

/// What stands for an undefined fact.
pub(super) const UNDEFINED_FACT: i8 = 2;

/// Values of a coordinate are written in pieces of so many.
const PIECE: u64 = 1 << 16;

/// Everything a map is made from.
pub struct Recipe<'run> {
    /// What it says apart from the rows.
    pub description: &'run Description,
    /// The rows of a cell.
    pub rows: &'run mut dyn FnMut(&Cell) -> Result<CellRows, StoreError>,
    /// The regime of a row, from its status and features.
    pub classify: &'run dyn Fn(u8, &[f64]) -> u8,
    /// Told how many cells are done and how many there are; `false` stops.
    pub watch: &'run mut dyn FnMut(u64, u64) -> bool,
}

/// What a map holds, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How many points have each status, by number.
    pub statuses: Vec<u64>,
    /// How many points have each regime, by number.
    pub regimes: Vec<u64>,
    /// How many points have each label of their starts together, by number; none where the map has no such labels.
    pub over_starts: Vec<u64>,
    /// The size of the file.
    pub bytes: u64,
}

/// Writes a map beside its place, syncs it and renames it, so that there never is half a map. Gives `None` when `watch` stopped it.
///
/// # Errors
/// When rows cannot be read, or the disk refuses.
///
/// # Panics
/// When there are more than 127 labels or statuses, or a row has one that is not there.
pub fn write(mut recipe: Recipe<'_>, path: &Path) -> Result<Option<Summary>, StoreError> {
    let made = aside::replace(path, |beside| fill(&mut recipe, beside))?;
    Ok(made.map(|(counts, bytes)| Summary { bytes, ..counts }))
}

/// Fills a file; gives what it holds, but for its size.
fn fill(recipe: &mut Recipe<'_>, path: &Path) -> Result<Option<Summary>, StoreError> {
    let description = recipe.description;
    let names = Names::of(description);
    let mut file = ContainerWriter::create(path)?;
    define(&mut file, description, &names)?;
    file.end_definitions()?;
    put_coordinates(&mut file, description, &names)?;
    let over = description.over_starts.as_ref();
    let mut counts = Summary {
        statuses: vec![0; description.statuses.len()],
        regimes: vec![0; description.labels.len()],
        over_starts: vec![0; over.map_or(0, |over| over.labels.len())],
        bytes: 0,
    };
    let cells = description.space.cells();
    let mut done = 0;
    for number in 0..cells.count() {
        let first = cells.cell(number);
        let Some(over) = over else {
            if !(recipe.watch)(number, cells.count()) {
                return Ok(None);
            }
            fill_cell(&mut file, recipe, &names, &first, &mut counts)?;
            continue;
        };
        if first.origin()[over.axis] > 0 {
            continue;
        }
        // All starts of a point are needed at once, whichever of the axes they are.
        let starts = description.space.axes()[over.axis].length();
        let mut group = Group::new(over, &first, starts);
        for cell in over.group(cells, &first, starts) {
            if !(recipe.watch)(done, cells.count()) {
                return Ok(None);
            }
            let (statuses, regimes) = fill_cell(&mut file, recipe, &names, &cell, &mut counts)?;
            group.add(&cell, &statuses, &regimes);
            done += 1;
        }
        group.put(&mut file, &mut counts.over_starts)?;
    }
    let shares = |counts: &[u64]| {
        let points: u64 = counts.iter().sum();
        let share = |&count: &u64| count as f64 / points as f64;
        ("share", Attribute::Doubles(counts.iter().map(share).collect()))
    };
    file.late_attributes(STATUS, &[shares(&counts.statuses)])?;
    file.late_attributes(REGIME, &[shares(&counts.regimes)])?;
    if over.is_some() {
        file.late_attributes(OVER_STARTS, &[shares(&counts.over_starts)])?;
    }
    file.close()?;
    Ok(Some(counts))
}

/// Writes all that there is of a cell and counts it; gives the points' statuses and regimes.
fn fill_cell(
    file: &mut ContainerWriter,
    recipe: &mut Recipe<'_>,
    names: &Names,
    cell: &Cell,
    counts: &mut Summary,
) -> Result<(Vec<u8>, Vec<u8>), StoreError> {
    let description = recipe.description;
    let rows = (recipe.rows)(cell)?;
    let regimes = put_cell(file, recipe, names, cell, &rows)?;
    if let Some(draws) = &description.draws {
        basins::put(file, description, draws, cell, &rows, &regimes)?;
    }
    for (&status, &regime) in rows.status.iter().zip(&regimes) {
        counts.statuses[usize::from(status)] += 1;
        counts.regimes[usize::from(regime)] += 1;
    }
    Ok((rows.status, regimes))
}

/// The names of variables: those of the quantities, but for what NetCDF and CF do not take as a name, and for clashes, which are
/// judged without regard to case.
struct Names {
    columns: Vec<String>,
    features: Vec<String>,
    fixed: Vec<String>,
    /// Of what is said of each point of a design.
    marks: Vec<String>,
}

impl Names {
    fn of(description: &Description) -> Self {
        let mut taken = vec![STATUS.to_owned(), REGIME.to_owned()];
        if description.draws.is_some() {
            taken.extend(basins::NAMES.map(str::to_owned));
        }
        // The dimensions of the letters of names.
        let axes = description.space.axes().iter().filter(|axis| !axis.labels().is_empty());
        taken.extend(axes.map(|axis| text::letters(&axis.columns()[0].quantity.name)));
        taken.extend(description.over_starts.as_ref().map(|_| OVER_STARTS.to_owned()));
        let has_design = description.space.axes().iter().any(|axis| axis.design().is_some());
        let mut name = |quantity: &Quantity, suffix: &str| {
            let mut name = text::variable(&quantity.name);
            while taken.iter().any(|other| other.eq_ignore_ascii_case(&name)) {
                name.push_str(suffix);
            }
            taken.push(name.clone());
            name
        };
        let marks = Mark::ALL.iter().filter(|_| has_design).map(|mark| name(&mark.quantity(), "_")).collect();
        let features = description.quantities.iter().map(|quantity| name(quantity, "_feature")).collect();
        let columns =
            description.space.columns().iter().map(|quantity| name(quantity, "_parameter")).collect();
        let fixed = description.fixed.iter().map(|(quantity, _)| name(quantity, "_parameter")).collect();
        Self { columns, features, fixed, marks }
    }

    /// For every axis, the place of its first column among all columns.
    fn dimensions<'names>(
        &'names self,
        axes: &'names [Axis],
    ) -> impl Iterator<Item = (usize, &'names Axis, &'names str)> {
        axes.iter().scan(0, |next, axis| {
            let first = *next;
            *next += axis.columns().len();
            Some((first, axis, self.columns[first].as_str()))
        })
    }
}

fn define(file: &mut ContainerWriter, description: &Description, names: &Names) -> Result<(), StoreError> {
    file.attribute("Conventions", &"CF-1.11 ACDD-1.3".into())?;
    file.attribute("title", &description.title.as_str().into())?;
    for (name, text) in &description.attributes {
        file.attribute(name, &text.as_str().into())?;
    }
    let axes = description.space.axes();
    for (_, axis, name) in names.dimensions(axes) {
        file.dimension(name, axis.length())?;
    }
    let mut linked = Vec::new();
    for (first, axis, dimension) in names.dimensions(axes) {
        for (number, column) in axis.columns().iter().enumerate() {
            let name = names.columns[first + number].as_str();
            let role = match column.scale {
                _ if number == 0 => AXIS,
                Scale::Sample(_) => INPUT,
                _ => LINKED,
            };
            let mut attributes = described(&column.quantity, name, role);
            if let Scale::Sample(sampled) = &column.scale {
                let distribution = sampled.distribution();
                attributes.extend(distribution.map(|text| ("distribution".into(), text.as_str().into())));
            }
            if number > 0 {
                linked.push(name);
            }
            if !axis.labels().is_empty() {
                text::define(file, name, dimension, axis.labels(), attributes)?;
                continue;
            }
            attributes.push(("units".into(), column.quantity.unit.as_str().into()));
            attributes.push(("scale".into(), scale_name(&column.scale).into()));
            attributes.push(("placement".into(), placement_name(column.placement).into()));
            let (storage, may_be_undefined, dimensions, chunk) = (Storage::Double, false, &[dimension], None);
            file.variable(&Variable { name, storage, may_be_undefined, dimensions, chunk, attributes })?;
        }
    }
    define_marks(file, description, names)?;
    let linked = linked.join(" ");
    define_rows(file, description, names, &linked)?;
    if let Some(over) = &description.over_starts {
        let dimensions: Vec<&str> = names.dimensions(axes).map(|(_, _, name)| name).collect();
        let coordinates = ("coordinates".to_owned(), Attribute::from(linked.as_str()));
        let coordinates = Some(coordinates).filter(|_| !linked.is_empty());
        over.define(file, description, &dimensions, coordinates.into_iter().collect())?;
    }
    if description.draws.is_some() {
        let dimensions: Vec<&str> = names.dimensions(axes).map(|(_, _, name)| name).collect();
        basins::define(file, description, &dimensions)?;
    }
    for ((quantity, _), name) in description.fixed.iter().zip(&names.fixed) {
        let mut attributes = described(quantity, name, FIXED);
        attributes.push(("units".into(), quantity.unit.as_str().into()));
        let storage = Storage::Double;
        file.variable(&Variable {
            name,
            storage,
            may_be_undefined: false,
            dimensions: &[],
            chunk: None,
            attributes,
        })?;
    }
    Ok(())
}

/// What is said of each point of a design: a flag where its numbers count words from 0 on, else integers or, as a row of a block may
/// need, doubles.
fn define_marks(
    file: &mut ContainerWriter,
    description: &Description,
    names: &Names,
) -> Result<(), StoreError> {
    for (_, axis, dimension) in names.dimensions(description.space.axes()) {
        let Some(design) = axis.design() else { continue };
        for (mark, name) in Mark::ALL.into_iter().zip(&names.marks) {
            let mut attributes = described(&mark.quantity(), name, MARK);
            match mark {
                Mark::Block => attributes.extend(text::flags(&mark.words(design))),
                // A dimension of their own would make a data frame of the map a product of both.
                Mark::Swapped => {
                    attributes.push(("inputs".into(), mark.words(design).join(" ").as_str().into()));
                }
                Mark::Replicate | Mark::BaseRow => {}
            }
            let storage = storage_of(mark);
            if storage != Storage::Byte {
                attributes.push(("units".into(), "1".into()));
            }
            let (may_be_undefined, dimensions, chunk) = (false, &[dimension], None);
            file.variable(&Variable { name, storage, may_be_undefined, dimensions, chunk, attributes })?;
        }
    }
    Ok(())
}

/// A row of a block is exact as a double only.
fn storage_of(mark: Mark) -> Storage {
    match mark {
        Mark::Block => Storage::Byte,
        Mark::BaseRow => Storage::Double,
        Mark::Replicate | Mark::Swapped => Storage::Int,
    }
}

fn put_marks(file: &mut ContainerWriter, description: &Description, names: &Names) -> Result<(), StoreError> {
    for axis in description.space.axes() {
        let Some(design) = axis.design() else { continue };
        for (mark, name) in Mark::ALL.into_iter().zip(&names.marks) {
            let mut start = 0;
            while start < axis.length() {
                let count = PIECE.min(axis.length() - start);
                let values: Vec<f64> =
                    (start..start + count).map(|point| mark.value(design, point)).collect();
                let (at, sides) = ([start], [count]);
                match mark {
                    Mark::BaseRow => file.put(name, &at, &sides, Values::Doubles(&values))?,
                    Mark::Replicate | Mark::Swapped => {
                        let whole: Vec<i32> = values.iter().map(|&value| value as i32).collect();
                        file.put(name, &at, &sides, Values::Ints(&whole))?;
                    }
                    Mark::Block => {
                        let flags: Vec<i8> = values.iter().map(|&value| value as i8).collect();
                        file.put(name, &at, &sides, Values::Bytes(&flags))?;
                    }
                }
                start += count;
            }
        }
    }
    Ok(())
}

fn define_rows(
    file: &mut ContainerWriter,
    description: &Description,
    names: &Names,
    linked: &str,
) -> Result<(), StoreError> {
    let space = &description.space;
    let dimensions: Vec<&str> = names.dimensions(space.axes()).map(|(_, _, name)| name).collect();
    let mut define = |name: &str, storage, mut attributes: Vec<(String, Attribute)>| {
        if !linked.is_empty() {
            attributes.push(("coordinates".into(), linked.into()));
        }
        let chunk = Some(space.cells().extent());
        file.variable(&Variable {
            name,
            storage,
            may_be_undefined: true,
            dimensions: &dimensions,
            chunk,
            attributes,
        })
    };
    let regime = Quantity::real(REGIME, "1", "regime");
    let mut attributes = described(&regime, REGIME, REGIME);
    let labels: Vec<String> = description.labels.iter().map(|label| label.name.clone()).collect();
    attributes.extend(text::flags(&labels));
    let seizing = description.labels.iter().map(|label| i8::from(label.seizing)).collect();
    attributes.push(("seizing".into(), Attribute::Bytes(seizing)));
    attributes.extend(super::appearance::attributes(&description.labels));
    define(REGIME, Storage::Byte, attributes)?;
    let status = Quantity::real(STATUS, "1", "how the measurement of the point ended");
    let mut attributes = described(&status, STATUS, STATUS);
    attributes.extend(text::flags(&description.statuses));
    define(STATUS, Storage::Byte, attributes)?;
    for (quantity, name) in description.quantities.iter().zip(&names.features) {
        let mut attributes = described(quantity, name, FEATURE);
        attributes.push((KIND.into(), kind_name(&quantity.kind).into()));
        let storage = match quantity.kind {
            Kind::Real => Storage::Double,
            Kind::Count => Storage::Int,
            Kind::Fact => Storage::Byte,
        };
        if storage == Storage::Byte {
            attributes.extend(text::flags(&["no", "yes", "undefined"].map(str::to_owned)));
        } else {
            attributes.push(("units".into(), quantity.unit.as_str().into()));
        }
        define(name, storage, attributes)?;
    }
    Ok(())
}

/// Meaning, role, and the quantity's own name if the variable's differs.
fn described(quantity: &Quantity, name: &str, role: &str) -> Vec<(String, Attribute)> {
    let meaning = if quantity.meaning.is_empty() { &quantity.name } else { &quantity.meaning };
    let mut attributes = vec![("long_name".into(), meaning.as_str().into()), (ROLE.into(), role.into())];
    if quantity.name != name {
        attributes.push((QUANTITY.into(), quantity.name.as_str().into()));
    }
    attributes
}

fn scale_name(scale: &Scale) -> &'static str {
    match scale {
        Scale::Linear { .. } => "linear",
        Scale::Log { .. } => "log",
        Scale::List(_) => "list",
        Scale::Sample(_) => "sample",
    }
}

fn placement_name(placement: Placement) -> &'static str {
    match placement {
        Placement::Ends => "ends",
        Placement::Centres => "centres",
    }
}

fn put_coordinates(
    file: &mut ContainerWriter,
    description: &Description,
    names: &Names,
) -> Result<(), StoreError> {
    for (first, axis, _) in names.dimensions(description.space.axes()) {
        for number in 0..axis.columns().len() {
            let name = &names.columns[first + number];
            if !axis.labels().is_empty() {
                text::put(file, name, axis.labels())?;
                continue;
            }
            let mut start = 0;
            while start < axis.length() {
                let count = PIECE.min(axis.length() - start);
                let mut values = vec![0.0; count as usize];
                axis.columns()[number].fill(start, axis.length(), &mut values);
                file.put(name, &[start], &[count], Values::Doubles(&values))?;
                start += count;
            }
        }
    }
    if description.draws.is_some() {
        basins::put_labels(file, description)?;
    }
    put_marks(file, description, names)?;
    for ((_, value), name) in description.fixed.iter().zip(&names.fixed) {
        file.put(name, &[], &[], Values::Doubles(&[*value]))?;
    }
    Ok(())
}

/// Writes the rows of a cell; gives their regimes.
fn put_cell(
    file: &mut ContainerWriter,
    recipe: &Recipe<'_>,
    names: &Names,
    cell: &Cell,
    rows: &CellRows,
) -> Result<Vec<u8>, StoreError> {
    let Description { quantities, labels, not_computed, .. } = recipe.description;
    let mut row = vec![f64::NAN; quantities.len()];
    let mut regimes = Vec::with_capacity(rows.status.len());
    for (point, &status) in rows.status.iter().enumerate() {
        for (value, column) in row.iter_mut().zip(&rows.features) {
            *value = column[point];
        }
        let regime = (recipe.classify)(status, &row);
        assert!(usize::from(regime) < labels.len(), "a classification gives a label of the description");
        regimes.push(regime);
    }
    let (start, count) = (cell.origin(), cell.extent());
    file.put(REGIME, start, count, Values::Bytes(&flag_bytes(&regimes)))?;
    file.put(STATUS, start, count, Values::Bytes(&flag_bytes(&rows.status)))?;
    let is_absent = rows.status.iter().all(|status| status == not_computed);
    for ((quantity, name), column) in quantities.iter().zip(&names.features).zip(&rows.features) {
        match quantity.kind {
            // What is not written reads as undefined.
            Kind::Real | Kind::Count if is_absent => {}
            Kind::Real => file.put(name, start, count, Values::Doubles(column))?,
            Kind::Count => {
                let whole: Vec<i32> = column.iter().map(|&value| whole(value)).collect();
                file.put(name, start, count, Values::Ints(&whole))?;
            }
            Kind::Fact => {
                let facts: Vec<i8> = column.iter().map(|&value| fact(value)).collect();
                file.put(name, start, count, Values::Bytes(&facts))?;
            }
        }
    }
    Ok(regimes)
}

/// Numbers of flags, at most 127, as a file's bytes.
fn flag_bytes(numbers: &[u8]) -> Vec<i8> {
    numbers.iter().map(|number| number.cast_signed()).collect()
}

/// A count as it is stored: the largest 32-bit integer stands for itself and everything above.
fn whole(value: f64) -> i32 {
    if value.is_nan() { Storage::UNDEFINED_INT } else { (value as i32).max(Storage::UNDEFINED_INT + 1) }
}

fn fact(value: f64) -> i8 {
    if value.is_nan() { UNDEFINED_FACT } else { i8::from(value != 0.0) }
}
