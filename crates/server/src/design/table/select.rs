use super::{Address, Column, PER_PAGE, PER_PAGE_CHOICES, Table};

/// The rows that an address asks for, and where they stand among all.
pub(super) struct Selection<'r, T> {
    /// The rows of the page.
    pub page_rows: Vec<&'r T>,
    /// Rows that pass search and filters.
    pub matching: usize,
    /// Rows there are.
    pub all: usize,
    /// Page number, from 1.
    pub page: usize,
    /// Number of pages, at least 1.
    pub pages: usize,
    /// Rows per page.
    pub per_page: usize,
}

impl<T> Table<T> {
    /// The rows that pass search and filters, in the order asked for. What an export writes.
    pub fn matching<'r>(&self, rows: &'r [T], address: &Address) -> Vec<&'r T> {
        let needle = address.get("q").map(|text| text.trim().to_lowercase());
        let chosen: Vec<_> = self
            .filters
            .iter()
            .map(|filter| (filter, address.all(filter.id).collect::<Vec<_>>()))
            .filter(|(_, values)| !values.is_empty())
            .collect();
        let mut matching: Vec<&T> = rows
            .iter()
            .filter(|row| {
                chosen.iter().all(|(filter, wanted)| {
                    (filter.values)(row).iter().any(|value| wanted.contains(&value.as_str()))
                }) && match (&needle, &self.search) {
                    (Some(needle), Some(search)) => search(row).to_lowercase().contains(needle.as_str()),
                    _ => true,
                }
            })
            .collect();
        if let Some((column, descending)) = self.order(address)
            && let Some(order) = &column.order
        {
            // Stable, so that rows which are equal here keep the order they came in.
            matching.sort_by(|left, right| order.compare(left, right, descending));
        }
        matching
    }

    /// The column sorted by, and whether descending.
    pub(super) fn order(&self, address: &Address) -> Option<(&Column<T>, bool)> {
        let wanted = address.get("sort").or(self.default_sort)?;
        let (id, descending) = wanted.strip_prefix('-').map_or((wanted, false), |id| (id, true));
        let column = self.columns.iter().find(|column| column.id == id && column.order.is_some())?;
        Some((column, descending))
    }

    /// The columns shown: those chosen, else those not optional; the first always.
    pub(super) fn shown(&self, address: &Address) -> Vec<&Column<T>> {
        let chosen: Option<Vec<&str>> = address.get("cols").map(|text| text.split(',').collect());
        self.columns
            .iter()
            .enumerate()
            .filter(|(index, column)| match &chosen {
                _ if *index == 0 => true,
                Some(chosen) => chosen.contains(&&*column.id),
                None => !column.optional,
            })
            .map(|(_, column)| column)
            .collect()
    }

    pub(super) fn select<'r>(&self, rows: &'r [T], address: &Address) -> Selection<'r, T> {
        let matching = self.matching(rows, address);
        let per_page = address.parsed("per").filter(|per| PER_PAGE_CHOICES.contains(per)).unwrap_or(PER_PAGE);
        let pages = matching.len().div_ceil(per_page).max(1);
        let page = address.parsed::<usize>("page").unwrap_or(1).clamp(1, pages);
        Selection {
            page_rows: matching.iter().copied().skip((page - 1) * per_page).take(per_page).collect(),
            matching: matching.len(),
            all: rows.len(),
            page,
            pages,
            per_page,
        }
    }
}
