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

/// How a regime is written and coloured for people, where the author of its rule says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Appearance {
    /// What it is called in legends and reports, instead of its name.
    pub label: Option<String>,
    /// Its colour: red, green and blue of sRGB.
    pub colour: Option<[u8; 3]>,
}

/// More letters of a label do not fit a legend.
const LONGEST_LABEL: usize = 60;

impl Appearance {
    /// A label as it may be written.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_label(text: &str) -> Result<String, String> {
        let label = text.trim();
        if label.is_empty() || label.chars().count() > LONGEST_LABEL {
            return Err(format!("a label has 1 to {LONGEST_LABEL} letters"));
        }
        match label.chars().find(|letter| letter.is_control() || [';', '='].contains(letter)) {
            Some(letter) => Err(format!("a label has no {letter:?}")),
            None => Ok(label.to_owned()),
        }
    }

    /// The colour of a text `#rrggbb`, if it is one.
    pub fn read_colour(text: &str) -> Option<[u8; 3]> {
        let digits = text.trim().strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        let number = u32::from_str_radix(digits, 16).ok()?;
        let [_, red, green, blue] = number.to_be_bytes();
        Some([red, green, blue])
    }

    /// A colour as a text `#rrggbb`.
    pub fn written([red, green, blue]: [u8; 3]) -> String {
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    /// The same with what another says, wherever this one says nothing.
    pub fn or(&mut self, other: &Self) {
        if self.label.is_none() {
            self.label.clone_from(&other.label);
        }
        self.colour = self.colour.or(other.colour);
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
