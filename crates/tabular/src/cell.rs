/// One cell as the file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing but white space, or JSON `null`.
    Empty,
    /// Text as found, white space included. Dates of a workbook are ISO 8601 text.
    Text(String),
    /// A number that the format itself marks as one, in decimal notation with every digit it had.
    Number(String),
    /// A truth value that the format itself marks as one.
    Bool(bool),
    /// A JSON array of scalars, each as text.
    List(Vec<String>),
}

impl Cell {
    /// The cell of a text file: empty when there is nothing but white space.
    pub fn from_text(text: &str) -> Self {
        if text.trim().is_empty() { Self::Empty } else { Self::Text(text.to_owned()) }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// The content as one text, as a person would type it; lists are joined by `;`.
    pub fn display(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) | Self::Number(text) => text.clone(),
            Self::Bool(value) => value.to_string(),
            Self::List(items) => items.join(";"),
        }
    }

    /// As [`Cell::display`], without a copy.
    pub fn into_text(self) -> String {
        match self {
            Self::Text(text) | Self::Number(text) => text,
            other => other.display(),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::from_text(text)
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        if text.trim().is_empty() { Self::Empty } else { Self::Text(text) }
    }
}

impl From<bool> for Cell {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Cell {
    /// The shortest decimal text that reads back as the same number; not a finite number: empty.
    fn from(value: f64) -> Self {
        if value.is_finite() { Self::Number(value.to_string()) } else { Self::Empty }
    }
}

macro_rules! from_integer {
    ($($type:ty),+) => {
        $(impl From<$type> for Cell {
            fn from(value: $type) -> Self {
                Self::Number(value.to_string())
            }
        })+
    };
}
from_integer!(i32, i64, u32, u64, usize);

impl<T: Into<Self>> From<Option<T>> for Cell {
    /// `None` is an empty cell.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}
