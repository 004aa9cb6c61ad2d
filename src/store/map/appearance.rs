//! How regimes are written and coloured, as two attributes of a flag: `regime_labels`, `NAME=TEXT` divided by semicolons, and
//! `regime_colours`, `NAME=#rrggbb` divided by spaces. Only those that the study says stand there. Knows no default.

use super::Label;
use crate::store::container::Attribute;
use crate::table::Appearance;

/// The attribute with labels.
pub(super) const LABELS: &str = "regime_labels";
/// The attribute with colours.
pub(super) const COLOURS: &str = "regime_colours";

/// The attributes of some labels.
pub(super) fn attributes(labels: &[Label]) -> Vec<(String, Attribute)> {
    let told = |of: &dyn Fn(&Appearance) -> Option<String>, between: &str| {
        let each = labels.iter().filter_map(|own| Some(format!("{}={}", own.name, of(&own.appearance)?)));
        each.collect::<Vec<_>>().join(between)
    };
    let texts = [
        (LABELS, told(&|own| own.label.clone(), "; ")),
        (COLOURS, told(&|own| own.colour.map(Appearance::written), " ")),
    ];
    let given = texts.into_iter().filter(|(_, text)| !text.is_empty());
    given.map(|(name, text)| (name.to_owned(), text.as_str().into())).collect()
}

/// What the texts of the two attributes say of a name.
pub(super) fn of(name: &str, labels: Option<&str>, colours: Option<&str>) -> Appearance {
    let find = |text: Option<&str>, between: char| {
        let each =
            text.into_iter().flat_map(|text| text.split(between)).filter_map(|own| own.split_once('='));
        each.into_iter().find(|(own, _)| own.trim() == name).map(|(_, value)| value.trim().to_owned())
    };
    Appearance {
        label: find(labels, ';').and_then(|text| Appearance::check_label(&text).ok()),
        colour: find(colours, ' ').and_then(|text| Appearance::read_colour(&text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let own = |name: &str, label: Option<&str>, colour| Label {
            name: name.into(),
            seizing: false,
            appearance: Appearance { label: label.map(Into::into), colour },
        };
        let labels = [
            own("a", Some("Spike-and-wave, 3 Hz"), Some([1, 0xab, 255])),
            own("b", None, None),
            own("c", Some("Rest"), None),
            own("ab", None, Some([0, 0, 0])),
        ];
        let written = attributes(&labels);
        let text = |wanted: &str| match written.iter().find(|(name, _)| name == wanted) {
            Some((_, Attribute::Text(text))) => Some(text.as_str()),
            _ => None,
        };
        assert_eq!(text(COLOURS), Some("a=#01abff ab=#000000"));
        for label in &labels {
            assert_eq!(of(&label.name, text(LABELS), text(COLOURS)), label.appearance, "{}", label.name);
        }
        assert!(attributes(&labels[1..2]).is_empty(), "a map whose study says nothing has no attribute");
    }
}
