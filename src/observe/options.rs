//! The options of a request, and what can be wrong with one. Knows no observer.

/// What is wrong with a feature that was asked for. Shown with its remedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestError {
    /// No observer and no quantity has that name.
    Unknown {
        /// The name.
        name: String,
    },
    /// The text is not of the form `name`, `name(signal)` or `name(signal, option=value)`.
    Malformed {
        /// The text.
        text: String,
    },
    /// The observer has no such option.
    UnknownOption {
        /// The observer's name.
        observer: &'static str,
        /// The option.
        option: String,
    },
    /// An option that has no default is not there.
    MissingOption {
        /// The observer's name.
        observer: &'static str,
        /// The option.
        option: &'static str,
    },
    /// An option's value cannot be used.
    Value {
        /// The option.
        option: &'static str,
        /// The value.
        value: String,
        /// What it must be.
        must: &'static str,
    },
    /// An option's time cannot be read.
    Time {
        /// The option.
        option: &'static str,
        /// What is wrong with it.
        message: String,
        /// What to do.
        remedy: String,
    },
    /// An option is given twice.
    Repeated {
        /// The option.
        option: String,
        /// Its second value.
        value: String,
    },
    /// Two requests with different options give quantities of one name.
    Clash {
        /// The name.
        quantity: String,
    },
}

impl RequestError {
    /// What is wrong.
    pub fn message(&self) -> String {
        match self {
            Self::Unknown { name } => format!("there is no feature `{name}`"),
            Self::Malformed { text } => format!("`{text}` is not a feature"),
            Self::UnknownOption { observer, option } => format!("`{observer}` has no option `{option}`"),
            Self::MissingOption { observer, option } => format!("`{observer}` needs the option `{option}`"),
            Self::Value { option, value, .. } => format!("`{option}={value}` cannot be used"),
            Self::Time { option, message, .. } => format!("`{option}`: {message}"),
            Self::Repeated { option, value } => format!("`{option}={value}` is the second `{option}`"),
            Self::Clash { quantity } => {
                format!("two features with different options are both called `{quantity}`")
            }
        }
    }
}

/// Reads a time with its unit into the model's unit; else what is wrong with it, and what to do.
pub type Times<'a> = dyn Fn(&str) -> Result<f64, (String, String)> + 'a;

/// The options of a request, as they were written.
pub(super) struct Options<'a> {
    pub(super) observer: &'static str,
    pub(super) times: &'a Times<'a>,
    pub(super) given: Vec<(String, String)>,
}

impl Options<'_> {
    /// The option's text, if it was given.
    pub(super) fn text(&self, option: &str) -> Option<&str> {
        self.given.iter().find(|(name, _)| name == option).map(|(_, value)| value.as_str())
    }

    /// What the quantity should be called: the option `name`, or a word where it was not given.
    pub(super) fn name_or(&self, word: &str) -> Result<String, RequestError> {
        let name = self.text("name").unwrap_or(word);
        if is_name(name) {
            Ok(name.to_owned())
        } else {
            Err(self.refused("name", "letters, digits and `_`, a letter first"))
        }
    }

    /// That an option was given a value that cannot be used, and what it must be.
    pub(super) fn refused(&self, option: &'static str, must: &'static str) -> RequestError {
        RequestError::Value { option, value: self.text(option).unwrap_or("").to_owned(), must }
    }

    /// The option as a number.
    pub(super) fn number(&self, option: &'static str) -> Result<Option<f64>, RequestError> {
        let read = |text: &str| match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => Err(RequestError::Value { option, value: text.to_owned(), must: "a number" }),
        };
        self.text(option).map(read).transpose()
    }

    /// The option as a time: a number in the model's unit, or a number with a unit.
    pub(super) fn time(&self, option: &'static str) -> Result<Option<f64>, RequestError> {
        let Some(text) = self.text(option) else { return Ok(None) };
        if text.parse::<f64>().is_ok() {
            return self.number(option);
        }
        let text = text.trim_matches(['"', '\'']);
        (self.times)(text).map(Some).map_err(|(message, remedy)| RequestError::Time {
            option,
            message,
            remedy,
        })
    }

    /// An option that must be given.
    pub(super) fn required(&self, option: &'static str) -> Result<f64, RequestError> {
        self.number(option)?.ok_or(RequestError::MissingOption { observer: self.observer, option })
    }

    /// Refuses any option beside these, and any that is given twice.
    pub(super) fn allow(&self, known: &[&str]) -> Result<(), RequestError> {
        for (index, (name, value)) in self.given.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                return Err(RequestError::UnknownOption { observer: self.observer, option: name.clone() });
            }
            if self.given[..index].iter().any(|(earlier, _)| earlier == name) {
                return Err(RequestError::Repeated { option: name.clone(), value: value.clone() });
            }
        }
        Ok(())
    }
}

/// Whether a text can be the name of a variable, an option or a feature.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// Whether a text can be the name of a signal: one of a variable, or one with parts such as `node.45`; what stands behind `node.`
/// may be any name of a node, in quotes where it has commas or `=`.
pub(super) fn is_signal(text: &str) -> bool {
    let (first, rest) = text.split_once('.').unwrap_or((text, "rest"));
    let is_part = |part: &str| {
        !part.is_empty() && part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    let is_node = first == "node" && !rest.is_empty() && !rest.chars().any(char::is_control);
    is_node || is_name(first) && rest.split('.').all(is_part)
}

/// The parts of a text between signs that do not stand in quotes.
pub(super) fn parts(text: &str, sign: char) -> Vec<&str> {
    let mut is_quoted = false;
    let divides = |letter: char| {
        is_quoted ^= letter == '"';
        letter == sign && !is_quoted
    };
    text.split(divides).collect()
}
