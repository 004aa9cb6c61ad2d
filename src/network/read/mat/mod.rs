//! A variable of a MAT-file of version 5, as MATLAB (`-v6`, `-v7`), Octave and `SciPy` write it: full and sparse matrices of real
//! numbers, compressed or not, and lists of labels beside them (`MathWorks`, MAT-File Format, version 5). Knows no other variables.

mod elements;

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::{LONGEST_FILE, Labelled, MOST_NODES, ReadError, WEIGHTS, checked, is_list_of_labels, named};
use elements::{COMPRESSED, Elements, MATRIX, WHOLE_OF_FOUR_BYTES};

/// How long the head of a file is, in bytes.
pub(super) const HEAD: usize = 128;

/// The most variables of a file that are looked at.
const MOST_VARIABLES: usize = 1000;

/// The longest name of a variable; MATLAB's have 63 letters.
const LONGEST_NAME: usize = 255;

/// Whether bytes begin as a file of version 5 does: behind a text stand the version and the order of bytes.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    matches!(bytes.get(HEAD - 4..HEAD), Some([0, 1, b'I', b'M'] | [1, 0, b'M', b'I']))
}

pub(super) fn wrong(reason: impl Into<String>) -> ReadError {
    ReadError::Mat { reason: reason.into() }
}

/// Reads the matrix that is asked for, else the only one, else `weights`; with the labels among the other variables.
pub(super) fn read(bytes: &[u8], array: Option<&str>) -> Result<Labelled, ReadError> {
    let variables = variables(bytes)?;
    let variable = choose(&variables, array)?;
    let of_variable = |error| match error {
        ReadError::Mat { reason } => wrong(format!("its variable `{}`: {reason}", variable.head.name)),
        other => other,
    };
    let (rows, columns) = variable.head.sides().map_err(of_variable)?;
    if rows != columns {
        return Err(ReadError::NotSquare { rows, columns });
    }
    if rows > MOST_NODES {
        return Err(ReadError::Large { nodes: rows });
    }
    let matrix = variable.entries(rows).map_err(of_variable)?;
    let matrix = checked(rows, columns, matrix)?;
    let mut lists = Vec::new();
    for list in variables.iter().filter(|list| is_list_of_labels(&list.head.name)) {
        let labels = list.labels().map_err(|error| error.of_labels(&list.head.name))?;
        lists.push((list.head.name.clone(), labels));
    }
    named(Labelled { matrix, names: Vec::new() }, lists)
}

/// What a variable is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Class {
    Cell,
    Letters,
    Sparse,
    Numbers,
    /// Structures, objects, functions.
    #[default]
    Other,
}

/// What stands before the data of a variable.
#[derive(Debug, Default)]
struct Head {
    name: String,
    class: Class,
    is_complex: bool,
    /// Whether its numbers are truth values.
    is_logical: bool,
    lengths: Vec<usize>,
}

impl Head {
    fn read<R: Read>(elements: &mut Elements<R>) -> Result<Self, ReadError> {
        let flags = elements.whole(2)?;
        let flags = *flags.first().ok_or_else(|| wrong("a variable does not say what it is"))?;
        let class = match flags & 0xff {
            1 => Class::Cell,
            4 => Class::Letters,
            5 => Class::Sparse,
            6..=15 => Class::Numbers,
            _ => Class::Other,
        };
        // An object, such as an array of strings, has no dimensions; what else may follow is not known.
        if flags & 0xff == 17 {
            let name = elements.letters(LONGEST_NAME)?.into_iter().collect();
            return Ok(Self { name, class, ..Self::default() });
        }
        if flags & 0xff > 17 {
            return Ok(Self { class, ..Self::default() });
        }
        let lengths: Option<Vec<usize>> =
            elements.whole(32)?.into_iter().map(|length| usize::try_from(length).ok()).collect();
        let lengths = lengths.ok_or_else(|| wrong("a dimension has a negative length"))?;
        let name = elements.letters(LONGEST_NAME)?.into_iter().collect();
        let (is_complex, is_logical) = (flags & 0x800 != 0, flags & 0x200 != 0);
        Ok(Self { name, class, is_complex, is_logical, lengths })
    }

    /// Rows and columns of a matrix of real numbers.
    fn sides(&self) -> Result<(usize, usize), ReadError> {
        match (self.class, &self.lengths[..]) {
            (Class::Numbers | Class::Sparse, _) if self.is_complex => Err(wrong("its numbers are complex")),
            (Class::Numbers | Class::Sparse, &[rows, columns]) => Ok((rows, columns)),
            (Class::Numbers | Class::Sparse, _) => Err(wrong("it has not two dimensions")),
            _ => Err(wrong("it is not a matrix of numbers")),
        }
    }

    fn is_square(&self) -> bool {
        self.sides().is_ok_and(|(rows, columns)| rows == columns && (1..=MOST_NODES).contains(&rows))
    }
}

/// A variable of a file.
#[derive(Debug)]
struct Variable<'a> {
    head: Head,
    data: &'a [u8],
    is_compressed: bool,
    is_big_endian: bool,
}

/// All variables.
fn variables(bytes: &[u8]) -> Result<Vec<Variable<'_>>, ReadError> {
    let (head, mut rest) = bytes.split_at_checked(HEAD).ok_or_else(|| wrong("it is cut short"))?;
    let is_big_endian = head.ends_with(b"MI");
    let mut variables = Vec::new();
    while !rest.is_empty() {
        let tag = Elements::of(rest, is_big_endian).tag()?;
        let data = rest.get(8..8 + tag.bytes as usize).ok_or_else(|| wrong("it is cut short"))?;
        rest = &rest[8 + data.len()..];
        let is_compressed = tag.kind == COMPRESSED;
        if !is_compressed && tag.kind != MATRIX {
            continue;
        }
        if variables.len() == MOST_VARIABLES {
            return Err(wrong(format!("it has more than {MOST_VARIABLES} variables")));
        }
        let mut variable = Variable { head: Head::default(), data, is_compressed, is_big_endian };
        let head = Head::read(&mut variable.elements()?)?;
        variable.head = head;
        variables.push(variable);
    }
    Ok(variables)
}

fn choose<'v, 'a>(variables: &'v [Variable<'a>], array: Option<&str>) -> Result<&'v Variable<'a>, ReadError> {
    let square: Vec<&Variable<'a>> = variables.iter().filter(|variable| variable.head.is_square()).collect();
    let which = |message: String| {
        let known: Vec<String> =
            square.iter().take(20).map(|variable| format!("`{}`", variable.head.name)).collect();
        if known.is_empty() {
            return Err(wrong(format!("it {message}, and no square matrix of real numbers")));
        }
        Err(ReadError::Which { message, known: known.join(", ") })
    };
    let by_name = |name: &str| variables.iter().find(|variable| variable.head.name == name);
    match (array, &square[..]) {
        (Some(name), _) => by_name(name).map_or_else(|| which(format!("has no variable `{name}`")), Ok),
        (None, [only]) => Ok(only),
        (None, several) => match several.iter().find(|variable| variable.head.name == WEIGHTS) {
            Some(weights) => Ok(weights),
            None => which(format!("has {} variables, none of them `{WEIGHTS}`", variables.len())),
        },
    }
}

impl Variable<'_> {
    /// What the variable is made of, head first; no more than may be of what is compressed.
    fn elements(&self) -> Result<Elements<Box<dyn Read + '_>>, ReadError> {
        if !self.is_compressed {
            return Ok(Elements::of(Box::new(self.data), self.is_big_endian));
        }
        let inflated = ZlibDecoder::new(self.data).take(LONGEST_FILE);
        let mut elements: Elements<Box<dyn Read + '_>> = Elements::of(Box::new(inflated), self.is_big_endian);
        if elements.tag()?.kind != MATRIX {
            return Err(wrong("what is compressed in it is not a variable"));
        }
        Ok(elements)
    }

    /// The elements behind the head.
    fn body(&self) -> Result<Elements<Box<dyn Read + '_>>, ReadError> {
        let mut elements = self.elements()?;
        Head::read(&mut elements)?;
        Ok(elements)
    }

    /// The weights row after row; the file has them column after column.
    fn entries(&self, nodes: usize) -> Result<Vec<f64>, ReadError> {
        let mut elements = self.body()?;
        let first = elements.tag()?;
        // Octave calls a sparse matrix of truth values a full one; its rows are whole numbers, truth values are bytes.
        let is_sparse =
            self.head.class == Class::Sparse || (self.head.is_logical && first.kind == WHOLE_OF_FOUR_BYTES);
        if !is_sparse {
            let values = elements.values(first, nodes * nodes)?;
            return Ok((0..nodes * nodes).map(|at| values[at % nodes * nodes + at / nodes]).collect());
        }
        // The rows of the values, where the values of each column begin, and the values.
        let data = elements.data(first, 8 * nodes * nodes)?;
        let rows: Vec<i64> = elements.numbers(first, &data)?.into_iter().map(|row| row as i64).collect();
        let begins = elements.whole(nodes + 1)?;
        let count = begins.last().and_then(|&count| usize::try_from(count).ok()).unwrap_or(usize::MAX);
        let grow = begins.len() == nodes + 1 && begins[0] == 0 && begins.is_sorted();
        if !grow || count > rows.len() {
            return Err(wrong("the places of its numbers are wrong"));
        }
        let tag = elements.tag()?;
        let data = elements.data(tag, 8 * rows.len())?;
        let values = elements.numbers(tag, &data)?;
        let mut entries = vec![0.0; nodes * nodes];
        for column in 0..nodes {
            let own = begins[column] as usize..begins[column + 1] as usize;
            let Some(values) = values.get(own.clone()) else {
                return Err(wrong("the places of its numbers are wrong"));
            };
            for (row, value) in rows[own].iter().zip(values) {
                let Some(row) = usize::try_from(*row).ok().filter(|&row| row < nodes) else {
                    return Err(wrong("the places of its numbers are wrong"));
                };
                entries[row * nodes + column] = *value;
            }
        }
        Ok(entries)
    }

    /// The labels of a list: texts in cells, the rows of a matrix of letters, or numbers.
    fn labels(&self) -> Result<Vec<String>, ReadError> {
        let lengths = &self.head.lengths[..];
        let mut elements = self.body()?;
        let [rows, columns] = *lengths else { return Err(wrong("it is not a list of texts")) };
        let is_list = rows.min(columns) == 1 && rows.max(columns) <= MOST_NODES;
        match self.head.class {
            Class::Letters => rows_of_letters(&mut elements, rows, columns),
            Class::Cell if is_list => {
                let mut label = || {
                    let tag = elements.tag()?;
                    let data = elements.data(tag, 1 << 16)?;
                    let mut inner = Elements::of(&data[..], self.is_big_endian);
                    let head = Head::read(&mut inner)?;
                    match (head.class, &head.lengths[..]) {
                        (Class::Letters, &[rows, columns]) if rows <= 1 => {
                            Ok(rows_of_letters(&mut inner, rows, columns)?.pop().unwrap_or_default())
                        }
                        _ => Err(wrong("there are cells that are not texts")),
                    }
                };
                (0..rows.max(columns)).map(|_| label()).collect()
            }
            Class::Numbers if is_list && !self.head.is_complex => {
                let tag = elements.tag()?;
                let values = elements.values(tag, rows.max(columns))?;
                Ok(values.iter().map(ToString::to_string).collect())
            }
            _ => Err(wrong("it is not a list of texts")),
        }
    }
}

/// The rows of a matrix of letters, which stand column after column, without blanks at their ends.
fn rows_of_letters<R: Read>(
    elements: &mut Elements<R>,
    rows: usize,
    columns: usize,
) -> Result<Vec<String>, ReadError> {
    if rows > MOST_NODES || columns > super::labels::LONGEST_LABEL {
        return Err(wrong("it is not a list of texts"));
    }
    let letters = elements.letters(rows * columns)?;
    // Letters beyond the first plane may be two units of a matrix that counts units.
    if rows == 1 {
        return Ok(vec![letters.iter().collect::<String>().trim().to_owned()]);
    }
    if letters.len() != rows * columns {
        return Err(wrong("its letters are fewer than its rows need"));
    }
    let row = |row: usize| (0..columns).map(|column| letters[column * rows + row]).collect::<String>();
    Ok((0..rows).map(|at| row(at).trim().to_owned()).collect())
}
