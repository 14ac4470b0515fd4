use jiff::civil::Date;
use typst::{
    Library, World,
    diag::{FileError, FileResult},
    foundations::{Bytes, Datetime, Duration},
    syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot},
    text::{Font, FontBook},
    utils::LazyHash,
};

use crate::{PressError, cbor, fonts::Fonts, template::Template};

/// All that one document can see while it is set.
pub(crate) struct Desk<'a> {
    library: &'a LazyHash<Library>,
    fonts: &'a Fonts,
    main: FileId,
    sources: Vec<Source>,
    data_id: FileId,
    data: Bytes,
    today: Option<Datetime>,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(
        library: &'a LazyHash<Library>,
        fonts: &'a Fonts,
        template: &Template,
        data: &serde_json::Value,
        date: Date,
    ) -> Result<Self, PressError> {
        let main = file_id(template.name, "main.typ")?;
        let mut sources = vec![Source::new(main, template.source.to_owned())];
        for (name, text) in template.parts {
            sources.push(Source::new(file_id(template.name, name)?, (*text).to_owned()));
        }
        Ok(Self {
            library,
            fonts,
            main,
            sources,
            data_id: file_id(template.name, "data.cbor")?,
            data: Bytes::new(cbor::encoded(data)),
            today: datetime(date),
        })
    }
}

/// The date as typst knows it; `None` for a date it cannot write.
pub(crate) fn datetime(date: Date) -> Option<Datetime> {
    Datetime::from_ymd(date.year().into(), date.month().try_into().ok()?, date.day().try_into().ok()?)
}

fn file_id(template: &'static str, name: &str) -> Result<FileId, PressError> {
    let path = VirtualPath::new(name).map_err(|_| PressError::Part { template, part: name.to_owned() })?;
    Ok(RootedPath::new(VirtualRoot::Project, path).intern())
}

impl World for Desk<'_> {
    fn library(&self) -> &LazyHash<Library> {
        self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.fonts.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.sources.iter().find(|source| source.id() == id).cloned().ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.data_id {
            return Ok(self.data.clone());
        }
        self.source(id).map(|source| Bytes::from_string(source.text().to_owned()))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.fonts.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        self.today
    }
}
