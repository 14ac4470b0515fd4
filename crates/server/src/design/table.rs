//! Tables: typed columns, and everything about them in the address.
//!
//! A page declares a [`Table`] once: its columns, filters and how a row is found again. Searching,
//! filtering, sorting, paging, choosing columns, saving views and exporting follow from that. Rows are
//! values in memory (a hub has thousands of clients, not millions); the address decides which are shown.
//!
//! | parameter | meaning |
//! |---|---|
//! | `q` | text that a row must contain |
//! | a filter's id, repeatable | the row's value is one of these |
//! | `sort` | a column's id, with `-` in front for descending |
//! | `page`, `per` | page number from 1, rows per page |
//! | `cols` | columns shown, comma separated |
//! | `format` | `csv` or `xlsx`: the whole table as a file |

mod controls;
mod export;
mod part;
mod render;
mod select;

use std::{borrow::Cow, cmp::Ordering};

use maud::Markup;
use tabular::{Cell, ColumnKind};

pub use part::Part;

use super::{Address, Icon};

/// Rows per page when the address does not say.
const PER_PAGE: usize = 50;
/// The choices of rows per page.
const PER_PAGE_CHOICES: [usize; 4] = [25, 50, 100, 250];

type Number<T> = Box<dyn Fn(&T) -> Option<f64> + Send + Sync>;
type Compare<T> = Box<dyn Fn(&T, &T) -> Ordering + Send + Sync>;
type Values<T> = Box<dyn Fn(&T) -> Vec<String> + Send + Sync>;
type Show<T> = Box<dyn Fn(&T) -> Markup + Send + Sync>;
type Text<T> = Box<dyn Fn(&T) -> String + Send + Sync>;
type Open<T> = Box<dyn Fn(&T, &Address) -> Address + Send + Sync>;
type Export<T> = Box<dyn Fn(&T) -> Cell + Send + Sync>;

/// Which edge the cells stand at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Align {
    Start,
    End,
}

/// How a column puts rows in order.
enum Order<T> {
    By(Compare<T>),
    /// Unknown values come last, ascending and descending.
    ByNumber(Number<T>),
    /// As the store gives them, the highest first: for a [`Part`] of rows that nobody has as a whole.
    Given,
}

impl<T> Order<T> {
    fn compare(&self, left: &T, right: &T, descending: bool) -> Ordering {
        let directed = |ordering: Ordering| if descending { ordering.reverse() } else { ordering };
        match self {
            Self::By(compare) => directed(compare(left, right)),
            Self::ByNumber(number) => match (number(left), number(right)) {
                (Some(left), Some(right)) => directed(left.total_cmp(&right)),
                (left, right) => right.is_some().cmp(&left.is_some()),
            },
            Self::Given => Ordering::Equal,
        }
    }
}

/// A column of rows of type `T`.
pub struct Column<T> {
    id: Cow<'static, str>,
    label: Cow<'static, str>,
    hint: Option<&'static str>,
    kind: ColumnKind,
    align: Align,
    /// 1: always; 2 and 3: hidden on narrow and narrower screens.
    importance: u8,
    optional: bool,
    acts: bool,
    order: Option<Order<T>>,
    show: Show<T>,
    export: Export<T>,
}

impl<T> Column<T> {
    /// A column that shows `show` and exports `export`, which is of `kind`. Numbers stand at the right.
    pub fn new(
        id: impl Into<Cow<'static, str>>,
        label: impl Into<Cow<'static, str>>,
        kind: ColumnKind,
        show: impl Fn(&T) -> Markup + Send + Sync + 'static,
        export: impl Fn(&T) -> Cell + Send + Sync + 'static,
    ) -> Self {
        let end = !matches!(kind, ColumnKind::Text | ColumnKind::Date | ColumnKind::Bool);
        Self {
            id: id.into(),
            label: label.into(),
            hint: None,
            kind,
            align: if end { Align::End } else { Align::Start },
            importance: 1,
            optional: false,
            acts: false,
            order: None,
            show: Box::new(show),
            export: Box::new(export),
        }
    }

    /// A column of what can be done with a row; it stands last, and is in no file.
    pub fn acting(show: impl Fn(&T) -> Markup + Send + Sync + 'static) -> Self {
        let column = Self::new("action", "Action", ColumnKind::Text, show, |_| Cell::Empty);
        Self { acts: true, align: Align::End, ..column }
    }

    /// A column of plain text.
    pub fn text(
        id: impl Into<Cow<'static, str>>,
        label: impl Into<Cow<'static, str>>,
        text: impl Fn(&T) -> String + Send + Sync + Clone + 'static,
    ) -> Self {
        let shown = text.clone();
        Self::new(
            id,
            label,
            ColumnKind::Text,
            move |row| maud::html! { (shown(row)) },
            move |row| Cell::from(text(row)),
        )
    }

    /// It can be sorted by.
    #[must_use]
    pub fn sorted_by(mut self, compare: impl Fn(&T, &T) -> Ordering + Send + Sync + 'static) -> Self {
        self.order = Some(Order::By(Box::new(compare)));
        self
    }

    /// It can be sorted by a number; unknown values (`None`, not a number) come last either way.
    #[must_use]
    pub fn sorted_by_number(mut self, number: impl Fn(&T) -> Option<f64> + Send + Sync + 'static) -> Self {
        self.order =
            Some(Order::ByNumber(Box::new(move |row| number(row).filter(|number| !number.is_nan()))));
        self
    }

    /// The store can put rows in its order, the highest first.
    #[must_use]
    pub fn sorted_by_store(mut self) -> Self {
        self.order = Some(Order::Given);
        self
    }

    /// What it means, shown on its header.
    #[must_use]
    pub fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// How soon it gives way on narrow screens: 2 below 34 rem, 3 below 46 rem.
    #[must_use]
    pub fn importance(mut self, importance: u8) -> Self {
        self.importance = importance;
        self
    }

    /// Not shown until chosen; always in exports.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

/// A filter over rows of type `T`: the row passes when one of its values is among those chosen.
pub struct Filter<T> {
    id: &'static str,
    label: &'static str,
    options: Vec<(String, String)>,
    values: Values<T>,
    single: bool,
}

impl<T> Filter<T> {
    /// One of its options at a time.
    #[must_use]
    pub fn single(mut self) -> Self {
        self.single = true;
        self
    }

    /// A filter with `options` (value, label) on what `value` says of a row.
    pub fn new(
        id: &'static str,
        label: &'static str,
        options: impl IntoIterator<Item = (String, String)>,
        value: impl Fn(&T) -> String + Send + Sync + 'static,
    ) -> Self {
        Self::of_many(id, label, options, move |row| vec![value(row)])
    }

    /// A filter over rows that have several values of a kind: vehicles offered, thresholds reached.
    pub fn of_many(
        id: &'static str,
        label: &'static str,
        options: impl IntoIterator<Item = (String, String)>,
        values: impl Fn(&T) -> Vec<String> + Send + Sync + 'static,
    ) -> Self {
        Self { id, label, options: options.into_iter().collect(), values: Box::new(values), single: false }
    }
}

/// What stands where no row is.
pub(crate) struct Nothing {
    icon: Icon,
    title: &'static str,
    text: &'static str,
    leads: Vec<super::Lead>,
}

/// A view that somebody saved, as the table shows it.
#[derive(Clone, Debug)]
pub struct View {
    /// Identity, to delete it by.
    pub id: String,
    /// The name given.
    pub name: String,
    /// The query of the address.
    pub query: String,
}

/// A table of rows of type `T`.
pub struct Table<T> {
    id: &'static str,
    caption: &'static str,
    noun: (&'static str, &'static str),
    columns: Vec<Column<T>>,
    filters: Vec<Filter<T>>,
    search: Option<Text<T>>,
    key: Text<T>,
    open: Option<Open<T>>,
    default_sort: Option<&'static str>,
    exported: bool,
    nothing: Nothing,
}

impl<T> Table<T> {
    /// A table; `id` names its element, `caption` says what it lists, `noun` is one and many of its rows,
    /// `key` tells rows apart.
    pub fn new(
        id: &'static str,
        caption: &'static str,
        noun: (&'static str, &'static str),
        key: impl Fn(&T) -> String + Send + Sync + 'static,
    ) -> Self {
        Self {
            id,
            caption,
            noun,
            columns: Vec::new(),
            filters: Vec::new(),
            search: None,
            key: Box::new(key),
            open: None,
            default_sort: None,
            exported: true,
            nothing: Nothing {
                icon: Icon::Layers,
                title: "Nothing here yet",
                text: "There are no rows to show.",
                leads: Vec::new(),
            },
        }
    }

    /// One column more. The first is the row's heading, and its link where rows open.
    #[must_use]
    pub fn column(mut self, column: Column<T>) -> Self {
        self.columns.push(column);
        self
    }

    /// One filter more.
    #[must_use]
    pub fn filter(mut self, filter: Filter<T>) -> Self {
        self.filters.push(filter);
        self
    }

    /// Rows are searched in this text.
    #[must_use]
    pub fn searched_in(mut self, text: impl Fn(&T) -> String + Send + Sync + 'static) -> Self {
        self.search = Some(Box::new(text));
        self
    }

    /// A row opens this address; it gets the address of the table as it stands.
    #[must_use]
    pub fn opens(mut self, open: impl Fn(&T, &Address) -> Address + Send + Sync + 'static) -> Self {
        self.open = Some(Box::new(open));
        self
    }

    /// The order when the address does not say, as in `sort`.
    #[must_use]
    pub fn default_sort(mut self, sort: &'static str) -> Self {
        self.default_sort = Some(sort);
        self
    }

    /// Whether its rows may be taken away as a file. A page that says no must refuse `format` as well.
    #[must_use]
    pub fn exported(mut self, exported: bool) -> Self {
        self.exported = exported;
        self
    }

    /// What stands there when there are no rows at all, and the ways on.
    #[must_use]
    pub fn when_empty(
        mut self,
        icon: Icon,
        title: &'static str,
        text: &'static str,
        leads: impl IntoIterator<Item = super::Lead>,
    ) -> Self {
        self.nothing = Nothing { icon, title, text, leads: leads.into_iter().collect() };
        self
    }
}

#[cfg(test)]
mod tests;
