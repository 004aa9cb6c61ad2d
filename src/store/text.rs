//! What names and flags look like in a NetCDF file. Knows nothing of what they stand for.

use super::container::Attribute;

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
