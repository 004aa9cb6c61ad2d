//! A picture as a PDF file, from its SVG text: shapes stay shapes, letters stay letters of the embedded font. The only file that names
//! svg2pdf. Knows nothing of what is drawn.

use std::sync::Arc;

use svg2pdf::usvg::{Options, Tree, fontdb::Database};
use svg2pdf::{ConversionOptions, PageOptions, to_pdf};

use crate::show::font;

const POINTS_PER_INCH: f64 = 72.0;

/// A PDF file of a picture's SVG text whose units have so many points each. It depends on the text alone: no font of the machine is looked
/// at, and the file has no date.
///
/// # Errors
/// What the library says of a text that it cannot read.
pub(super) fn of_svg(text: &str, points: f64) -> Result<Vec<u8>, String> {
    let mut fonts = Database::new();
    fonts.load_font_data(font::BYTES.to_vec());
    let options = Options { fontdb: Arc::new(fonts), ..Options::default() };
    let tree = Tree::from_str(text, &options).map_err(|error| error.to_string())?;
    let page = PageOptions { dpi: (POINTS_PER_INCH / points) as f32 };
    to_pdf(&tree, ConversionOptions::default(), page).map(ordered).map_err(|error| error.to_string())
}

/// The file with the resources of its page in the order of their lines: the library lists them in another order each time. Nothing moves but
/// entries within their dictionary, so every object keeps its place in the file.
fn ordered(mut file: Vec<u8>) -> Vec<u8> {
    let find = |file: &[u8], from: usize, wanted: &[u8]| {
        let rest = file.get(from..).unwrap_or_default();
        rest.windows(wanted.len()).position(|window| window == wanted).map(|at| from + at)
    };
    let marker = b"/Type /Page\n";
    let Some(page) = file.windows(marker.len()).rposition(|window| window == marker) else { return file };
    for kind in ["XObject", "ExtGState", "Pattern", "Shading", "ColorSpace", "Font"] {
        let heading = format!("/{kind} <<\n");
        let Some(begin) = find(&file, page, heading.as_bytes()).map(|at| at + heading.len()) else {
            continue;
        };
        let Some(end) = find(&file, begin, b">>") else { continue };
        let mut lines: Vec<Vec<u8>> =
            file[begin..end].split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        // The last one is what stands before the dictionary's end.
        let last = lines.len().saturating_sub(1);
        lines[..last].sort();
        file.splice(begin..end, lines.concat());
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_ordered_and_no_object_moves() {
        let file = |order: [&str; 3]| {
            let entries = order.map(|name| format!("      /{name} 1 0 R\n")).concat();
            format!("4 0 obj\n<<\n  /Type /Page\n    /XObject <<\n{entries}    >>\nendobj\n").into_bytes()
        };
        let wanted = file(["xo1", "xo2", "xo3"]);
        assert_eq!(ordered(file(["xo3", "xo1", "xo2"])), wanted);
        assert_eq!(ordered(wanted.clone()), wanted);
        assert_eq!(ordered(b"no page".to_vec()), b"no page");
    }
}
