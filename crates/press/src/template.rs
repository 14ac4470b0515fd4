/// A typst document compiled into the program: a main source and the parts it may import.
#[derive(Clone, Copy, Debug)]
pub struct Template {
    /// Name for error messages.
    pub name: &'static str,
    /// The main source; reads its data with `cbor("data.cbor")`.
    pub source: &'static str,
    /// Importable parts: file name (`house.typ`) and source.
    pub parts: &'static [(&'static str, &'static str)],
}

impl Template {
    /// A template of one file.
    pub const fn new(name: &'static str, source: &'static str) -> Self {
        Self { name, source, parts: &[] }
    }

    /// The same template with parts that it imports by file name.
    pub const fn with_parts(self, parts: &'static [(&'static str, &'static str)]) -> Self {
        Self { parts, ..self }
    }
}
