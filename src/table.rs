//! Named columns with units: what flows between the rooms. Knows nothing of models, files or threads.

/// What the values of a column are, which decides how a map stores them.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Kind {
    /// A measured value; `NaN` means undefined.
    Real,
    /// A whole number below 2^53, kept in an `f64`; `NaN` means undefined.
    Count,
    /// 0 (no) or 1 (yes), kept in an `f64`; `NaN` means undefined.
    Fact,
}

/// A named quantity: the name a file uses, its unit, and what it means.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Quantity {
    /// The name in files and rules, for instance `amplitude`.
    pub name: String,
    /// The unit as a UDUNITS text (`mV`, `s-1` or `1/s`); `1` for a pure number.
    pub unit: String,
    /// One line of meaning, the `long_name` of a map.
    pub meaning: String,
    /// What its values are.
    pub kind: Kind,
}

impl Quantity {
    /// A measured quantity.
    pub fn real(name: impl Into<String>, unit: impl Into<String>, meaning: impl Into<String>) -> Self {
        Self { name: name.into(), unit: unit.into(), meaning: meaning.into(), kind: Kind::Real }
    }

    /// The same quantity with another kind of value.
    #[must_use]
    pub fn of_kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }
}

/// Columns of equal length: `columns[quantity][row]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    columns: Vec<Vec<f64>>,
    rows: usize,
}

impl Table {
    /// `width` columns of `rows` undefined values.
    pub fn undefined(width: usize, rows: usize) -> Self {
        Self { columns: vec![vec![f64::NAN; rows]; width], rows }
    }

    /// Takes columns of equal length.
    ///
    /// # Panics
    /// When the columns differ in length.
    pub fn from_columns(columns: Vec<Vec<f64>>) -> Self {
        let rows = columns.first().map_or(0, Vec::len);
        assert!(columns.iter().all(|column| column.len() == rows), "the columns of a table have one length");
        Self { columns, rows }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// Some of the rows, in this order.
    #[must_use]
    pub fn chosen(&self, rows: &[usize]) -> Self {
        let of = |column: &Vec<f64>| rows.iter().map(|&row| column[row]).collect();
        Self { columns: self.columns.iter().map(of).collect(), rows: rows.len() }
    }

    /// One row, `[column]`.
    pub fn row(&self, row: usize) -> Vec<f64> {
        self.columns.iter().map(|column| column[row]).collect()
    }

    /// One column, `[row]`.
    pub fn column(&self, index: usize) -> &[f64] {
        &self.columns[index]
    }

    /// One column to write to, `[row]`.
    pub fn column_mut(&mut self, index: usize) -> &mut [f64] {
        &mut self.columns[index]
    }

    /// All columns, `[quantity][row]`.
    pub fn columns(&self) -> &[Vec<f64>] {
        &self.columns
    }

    /// The columns, taken out.
    pub fn into_columns(self) -> Vec<Vec<f64>> {
        self.columns
    }
}
