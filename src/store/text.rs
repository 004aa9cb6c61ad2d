//! What names and flags look like in a NetCDF file. Knows nothing of what they stand for.

use super::StoreError;
use super::container::{Attribute, Container, ContainerWriter, Storage, Values, Variable};

/// A name as NetCDF and CF take it for a variable.
pub(super) fn variable(name: &str) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' };
    let mut name: String = name.chars().map(letter).collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.insert(0, 'x');
    }
    name
}

/// The values and meanings of a flag whose values count from 0.
pub(super) fn flags(meanings: &[String]) -> [(String, Attribute); 2] {
    let values = (0..meanings.len()).map(|value| i8::try_from(value).expect("at most 127 flags")).collect();
    // A meaning is one word of these characters (CF-1.11, section 3.5).
    let letter = |c: char| if c.is_ascii_alphanumeric() || "_-.+@".contains(c) { c } else { '_' };
    let words: Vec<String> = meanings.iter().map(|meaning| meaning.chars().map(letter).collect()).collect();
    [
        ("flag_values".into(), Attribute::Bytes(values)),
        ("flag_meanings".into(), words.join(" ").as_str().into()),
    ]
}

/// Makes a variable of texts along a dimension, each in letters along one of its own. Readers that know `_Encoding`, as xarray does, see texts,
/// and where the variable is called as its dimension is, a coordinate to be asked by name.
pub(super) fn define(
    file: &mut ContainerWriter,
    name: &str,
    dimension: &str,
    texts: &[String],
    mut attributes: Vec<(String, Attribute)>,
) -> Result<(), StoreError> {
    let letters = letters(name);
    file.dimension(&letters, longest(texts) as u64)?;
    attributes.push(("_Encoding".into(), "utf-8".into()));
    let dimensions = &[dimension, letters.as_str()];
    let (storage, may_be_undefined, chunk) = (Storage::Letter, false, None);
    file.variable(&Variable { name, storage, may_be_undefined, dimensions, chunk, attributes })
}

/// The name of the dimension of the letters of such a variable.
pub(super) fn letters(name: &str) -> String {
    format!("{name}_letters")
}

/// Writes the texts of such a variable.
pub(super) fn put(file: &mut ContainerWriter, name: &str, texts: &[String]) -> Result<(), StoreError> {
    let longest = longest(texts);
    let mut letters = vec![0; texts.len() * longest];
    for (room, text) in letters.chunks_mut(longest).zip(texts) {
        room[..text.len()].copy_from_slice(text.as_bytes());
    }
    if letters.is_empty() {
        return Ok(());
    }
    file.put(name, &[0, 0], &[texts.len() as u64, longest as u64], Values::Letters(&letters))
}

/// Reads the texts of such a variable; what is no UTF-8 is marked.
pub(super) fn read(file: &Container, name: &str) -> Result<Vec<String>, StoreError> {
    let length = file.dimensions(name)?.first().map_or(0, |(_, length)| *length);
    read_some(file, name, 0, length)
}

/// Reads some of its texts.
pub(super) fn read_some(
    file: &Container,
    name: &str,
    first: u64,
    count: u64,
) -> Result<Vec<String>, StoreError> {
    let letters_of_each = file.dimensions(name)?.get(1).map(|(_, length)| *length);
    let start: Vec<u64> = std::iter::once(first).chain(letters_of_each.map(|_| 0)).collect();
    let sides: Vec<u64> = std::iter::once(count).chain(letters_of_each).collect();
    let letters = file.letters(name, &start, &sides)?;
    let text = |letters: &[u8]| {
        let end = letters.iter().rposition(|&letter| letter != 0).map_or(0, |last| last + 1);
        String::from_utf8_lossy(&letters[..end]).into_owned()
    };
    Ok(letters.chunks(letters_of_each.unwrap_or(1).max(1) as usize).map(text).collect())
}

/// A dimension has one letter at least.
fn longest(texts: &[String]) -> usize {
    texts.iter().map(String::len).max().unwrap_or(0).max(1)
}
