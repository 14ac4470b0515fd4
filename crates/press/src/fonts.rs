use typst::{
    foundations::Bytes,
    text::{Font, FontBook},
    utils::LazyHash,
};

/// The embedded files, see `fonts/ORIGIN.md`: Inter for text, Source Serif 4 Display for headings.
const FILES: [&[u8]; 5] = [
    include_bytes!("../fonts/Inter-Regular.otf"),
    include_bytes!("../fonts/Inter-Italic.otf"),
    include_bytes!("../fonts/Inter-SemiBold.otf"),
    include_bytes!("../fonts/SourceSerif4Display-Regular.otf"),
    include_bytes!("../fonts/SourceSerif4Display-Semibold.otf"),
];

/// The fonts a template can use, and nothing of the machine's.
pub(crate) struct Fonts {
    pub(crate) book: LazyHash<FontBook>,
    pub(crate) fonts: Vec<Font>,
}

impl Fonts {
    pub(crate) fn embedded() -> Self {
        let fonts: Vec<Font> = FILES.into_iter().flat_map(|file| Font::iter(Bytes::new(file))).collect();
        Self { book: LazyHash::new(FontBook::from_fonts(&fonts)), fonts }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_file_is_a_font() {
        assert_eq!(Fonts::embedded().fonts.len(), FILES.len());
    }

    #[test]
    fn the_families_that_templates_name_are_there() {
        let fonts = Fonts::embedded();
        let families: Vec<&str> = fonts.book.families().map(|(name, _)| name).collect();
        assert_eq!(families, ["Inter", "Source Serif 4 Display"]);
    }
}
