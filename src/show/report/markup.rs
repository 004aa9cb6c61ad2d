//! Text as HTML: whatever a stranger wrote is shown and nothing of it is obeyed. Knows no page.

use crate::complaint::visible;

/// A text between tags or in an attribute in double quotes.
pub(super) fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in visible(text).chars() {
        match letter {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '"' => shown.push_str("&quot;"),
            '\'' => shown.push_str("&#39;"),
            letter => shown.push(letter),
        }
    }
    shown
}

/// JSON inside of a script element: no tag can begin in it, and no line ends that JavaScript knows and JSON does not.
pub(super) fn json(value: &serde_json::Value) -> String {
    value
        .to_string()
        .replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

/// A table: its caption, its heads, and rows of cells that are HTML already; the first cell of a row is its head. Columns whose number is in
/// `numeric` are set to the right.
pub(super) fn table(caption: &str, heads: &[&str], rows: &[Vec<String>], numeric: &[usize]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let class = |column: usize| if numeric.contains(&column) { " class=\"number\"" } else { "" };
    let heads = heads
        .iter()
        .enumerate()
        .map(|(column, head)| format!("<th scope=\"col\"{}>{}</th>", class(column), escaped(head)));
    let heads = heads.collect::<String>();
    let row = |cells: &Vec<String>| {
        let cells = cells.iter().enumerate().map(|(column, cell)| match column {
            0 => format!("<th scope=\"row\">{cell}</th>"),
            _ => format!("<td{}>{cell}</td>", class(column)),
        });
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    let rows: String = rows.iter().map(row).collect();
    format!(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\"><table><caption>{caption}</caption>\n\
         <thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody></table></div>\n",
        caption = escaped(caption)
    )
}

/// A section with its heading.
pub(super) fn section(name: &str, heading: &str, content: &str) -> String {
    if content.is_empty() {
        return String::new();
    }
    format!(
        "<section id=\"{name}\" aria-labelledby=\"{name}-heading\">\n<h2 id=\"{name}-heading\">{}</h2>\n{content}</section>\n",
        escaped(heading)
    )
}

/// A text of many lines as it stands, cut where it is longer than a page takes.
pub(super) fn listing(summary: &str, text: &str) -> String {
    if text.trim().is_empty() {
        return String::new();
    }
    folded(summary, &preformatted(text))
}

/// What a reader unfolds.
pub(super) fn folded(summary: &str, content: &str) -> String {
    format!("<details><summary>{}</summary>{content}</details>\n", escaped(summary))
}

/// Longer texts are cut: the map holds them whole.
const LONGEST_TEXT: usize = 40_000;

/// Lines as they stand.
pub(super) fn preformatted(text: &str) -> String {
    let end = text.char_indices().nth(LONGEST_TEXT).map_or(text.len(), |(end, _)| end);
    let cut = if end < text.len() { "<p>Cut here; the map holds the whole text.</p>" } else { "" };
    format!("<pre tabindex=\"0\">{}</pre>{cut}\n", escaped(text[..end].trim_end()))
}

/// A paragraph.
pub(super) fn paragraph(text: &str) -> String {
    format!("<p>{}</p>\n", escaped(text))
}

/// A list of texts.
pub(super) fn list(texts: &[String]) -> String {
    if texts.is_empty() {
        return String::new();
    }
    let items = texts.iter().map(|text| {
        format!(
            "<li>{}</li>
",
            escaped(text)
        )
    });
    let items = items.collect::<String>();
    format!("<ul>\n{items}</ul>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_stranger_wrote_is_a_tag() {
        assert_eq!(
            escaped("</script><b a=\"1\" c='2'>&\u{2028}\u{202e}"),
            "&lt;/script&gt;&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;\\u{2028}\\u{202e}"
        );
        let value = serde_json::json!({ "a": "</script><!-- \u{2028} &" });
        let shown = json(&value);
        assert!(!shown.contains(['<', '>', '&', '\u{2028}']), "{shown}");
        let again: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
        assert_eq!(again, value);
    }
}
