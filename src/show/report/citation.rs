//! What a paper cites: the program and the sources of a model, as BibTeX. Knows no study.

/// How the program asks to be cited.
const CITATION: &str = include_str!("../../../CITATION.cff");

/// A value of the program's citation.
fn of_program(key: &str) -> &'static str {
    let line = CITATION.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
    line.unwrap_or_default().trim_matches('"')
}

/// The entry of the program, of the version and commit that made a map.
pub(super) fn program(version: &str, commit: &str) -> String {
    let (name, about) = of_program("title").split_once(": ").unwrap_or(("ictus", of_program("title")));
    let authors = CITATION
        .lines()
        .find_map(|line| line.trim().strip_prefix("- name: "))
        .unwrap_or("the ictus developers");
    let commit = if commit.is_empty() { String::new() } else { format!("commit {commit}") };
    let fields = [
        ("author", format!("{{{}}}", text(authors))),
        ("title", format!("{{{}}}: {}", text(name), text(about))),
        ("version", text(version)),
        ("note", text(&commit)),
    ];
    entry("software", "ictus", &fields)
}

/// The entry of a source such as `Jansen & Rit (1995), Biol Cybern 73:357, doi:10.1007/BF00199471`; nothing where it names no year.
pub(super) fn source(source: &str) -> Option<String> {
    let open = source.find('(')?;
    let close = open + source[open..].find(')')?;
    let year: String = source[open + 1..close].chars().take_while(char::is_ascii_digit).collect();
    if year.len() != 4 {
        return None;
    }
    let authors = source[..open].trim().trim_end_matches(',');
    let rest = source[close + 1..].trim_start_matches([',', '.', ':', ' ']);
    // `Kutta, Z. Math. Phys. 46:435 (1901)` has its year at the end.
    let (authors, rest) = match authors.split_once(", ") {
        Some((author, published)) if rest.is_empty() => (author, published),
        _ => (authors, rest),
    };
    let (rest, doi) = match rest.split_once("doi:") {
        Some((rest, doi)) => {
            (rest, doi.split_whitespace().next().unwrap_or_default().trim_end_matches(['.', ',']))
        }
        None => (rest, ""),
    };
    let rest = rest.trim().trim_end_matches([',', ';']);
    let word: String = authors.chars().take_while(|letter| letter.is_alphanumeric()).collect();
    let key: String =
        format!("{}{year}", word.to_lowercase()).chars().filter(char::is_ascii_alphanumeric).collect();
    let etal = authors.replace(" et al.", " and others").replace(" et al", " and others");
    let several = etal.replace(", ", " and ").replace(" & ", " and ");
    let mut fields = vec![("author", text(&several)), ("year", year)];
    match published(rest) {
        Some([journal, volume, pages]) => {
            fields.extend([("journal", text(journal)), ("volume", text(volume)), ("pages", text(pages))]);
        }
        None => fields.push(("howpublished", text(rest))),
    }
    fields.push(("doi", doi.replace(['{', '}', '\\'], "")));
    let kind = if fields.iter().any(|(name, _)| *name == "journal") { "article" } else { "misc" };
    Some(entry(kind, &key, &fields))
}

/// Journal, volume and first page of `Biol Cybern 73:357`.
fn published(text: &str) -> Option<[&str; 3]> {
    let (before, pages) = text.rsplit_once(':')?;
    let (journal, volume) = before.rsplit_once(' ')?;
    let is_number = |text: &str| text.chars().any(|letter| letter.is_ascii_digit()) && !text.contains(' ');
    let journal = journal.trim_end_matches(',');
    (is_number(volume) && is_number(pages) && !journal.is_empty()).then_some([journal, volume, pages])
}

fn entry(kind: &str, key: &str, fields: &[(&str, String)]) -> String {
    let fields = fields.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| {
        format!(
            "  {name} = {{{value}}},
"
        )
    });
    let fields = fields.collect::<String>();
    format!("@{kind}{{{key},\n{fields}}}")
}

/// A text in which TeX obeys nothing.
fn text(text: &str) -> String {
    let mut shown = String::new();
    for letter in text.chars() {
        match letter {
            '&' | '%' | '$' | '#' | '_' => shown.extend(['\\', letter]),
            '{' | '}' | '\\' | '~' | '^' => {}
            letter => shown.push(letter),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_an_article_where_it_names_one() {
        let own =
            source("Grimbert & Faugeras (2006), Neural Comput 18:3052, doi:10.1162/neco.2006.18.12.3052");
        let own = own.expect("an entry");
        for wanted in [
            "@article{grimbert2006,",
            "author = {Grimbert and Faugeras}",
            "journal = {Neural Comput}",
            "volume = {18}",
            "pages = {3052}",
            "doi = {10.1162/neco.2006.18.12.3052}",
        ] {
            assert!(own.contains(wanted), "{own}");
        }
        assert!(source("Liley et al. (2002), a book").expect("an entry").starts_with("@misc{liley2002,"));
        let kutta = source("Kutta, Z. Math. Phys. 46:435 (1901)").expect("an entry");
        assert!(
            kutta.contains("author = {Kutta}") && kutta.contains("journal = {Z. Math. Phys.}"),
            "{kutta}"
        );
        assert_eq!(source("no year at all"), None);
        assert_eq!(source("(here) and there"), None);
    }

    #[test]
    fn the_program_is_cited_by_its_own_file() {
        let own = program("1.2.3", "abc");
        assert!(own.contains("{ictus}: maps of where") && own.contains("version = {1.2.3}"), "{own}");
        assert_eq!(text("a_b & {c}"), "a\\_b \\& c");
    }
}
