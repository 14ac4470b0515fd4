use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use tabular::{ColumnKind, FormulaGuard};

use super::{Address, Table};
use crate::problem::Problem;

impl<T> Table<T> {
    /// The whole table as a file when the address asks for one (`format=csv`, `format=xlsx`): every row
    /// that passes the filters, on every page, with every column, in the order shown. The number of rows
    /// travels in `X-Row-Count`. `None` when no file is asked for.
    ///
    /// # Errors
    /// For a format that there is not, or a table too long for a sheet.
    pub fn export(
        &self,
        rows: &[T],
        address: &Address,
        file_name: &str,
    ) -> Result<Option<Response>, Problem> {
        let Some(format) = address.get("format") else { return Ok(None) };
        let table = self.written(self.matching(rows, address));
        let failed = |error: tabular::WriteError| Problem::invalid(error.to_string());
        let (bytes, content_type, extension) = match format {
            "csv" => (
                table.to_csv(FormulaGuard::On).map_err(failed)?.into_bytes(),
                "text/csv; charset=utf-8",
                "csv",
            ),
            "xlsx" => (
                apart(|| table.to_xlsx()).map_err(failed)?,
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "xlsx",
            ),
            other => {
                return Err(Problem::bad_request(format!(
                    "There is no export as `{other}`: use csv or xlsx."
                )));
            }
        };
        let mut response = ([(header::CONTENT_TYPE, content_type)], bytes).into_response();
        let headers = response.headers_mut();
        let disposition = format!("attachment; filename=\"{file_name}.{extension}\"");
        if let Ok(value) = HeaderValue::from_str(&disposition) {
            headers.insert(header::CONTENT_DISPOSITION, value);
        }
        headers.insert("x-row-count", HeaderValue::from(table.row_count()));
        Ok(Some(response))
    }

    /// Every one of `rows` with every column, for a file: of a table whose rows the store has chosen and put in order.
    pub fn taken(&self, rows: &[T]) -> tabular::Table {
        self.written(rows.iter())
    }

    fn written<'r>(&self, rows: impl IntoIterator<Item = &'r T>) -> tabular::Table
    where
        T: 'r,
    {
        let columns: Vec<_> = self.columns.iter().filter(|column| !column.acts).collect();
        let headings: Vec<(&str, ColumnKind)> =
            columns.iter().map(|column| (&*column.label, column.kind)).collect();
        let mut table = tabular::Table::new(self.caption, headings);
        for row in rows {
            table.push(columns.iter().map(|column| (column.export)(row)));
        }
        table
    }
}

/// Runs `work` that takes a processor for long (a sheet of thousands of rows) without keeping other requests
/// waiting: the runtime moves them to another thread meanwhile. A runtime of one thread has none to move them to.
fn apart<T>(work: impl FnOnce() -> T) -> T {
    match tokio::runtime::Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(tokio::runtime::RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

#[cfg(test)]
mod tests {
    use super::apart;

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn others_are_served_while_a_sheet_is_written() {
        let (done, wait) = std::sync::mpsc::channel();
        tokio::spawn(async move {
            // With its only worker kept busy, the runtime would never come to this.
            let other = tokio::spawn(async move { done.send(()) });
            let served = apart(|| wait.recv_timeout(std::time::Duration::from_secs(10)));
            assert!(served.is_ok(), "another task ran meanwhile");
            assert!(other.await.expect("joins").is_ok());
        })
        .await
        .expect("joins");
    }

    #[tokio::test]
    async fn a_runtime_of_one_thread_does_the_work_itself() {
        assert_eq!(apart(|| 7), 7);
    }
}
