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
        let columns: Vec<(&str, ColumnKind)> =
            self.columns.iter().map(|column| (&*column.label, column.kind)).collect();
        let mut table = tabular::Table::new(self.caption, columns);
        let matching = self.matching(rows, address);
        for row in &matching {
            table.push(self.columns.iter().map(|column| (column.export)(row)));
        }
        let failed = |error: tabular::WriteError| Problem::invalid(error.to_string());
        let (bytes, content_type, extension) = match format {
            "csv" => (
                table.to_csv(FormulaGuard::On).map_err(failed)?.into_bytes(),
                "text/csv; charset=utf-8",
                "csv",
            ),
            "xlsx" => (
                table.to_xlsx().map_err(failed)?,
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
        headers.insert("x-row-count", HeaderValue::from(matching.len()));
        Ok(Some(response))
    }
}
