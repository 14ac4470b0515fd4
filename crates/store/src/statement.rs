//! The one place that hands statements to a driver.

use sqlx::{
    Arguments, AssertSqlSafe, Executor, Postgres, Sqlite, postgres::PgArguments, sqlite::SqliteArguments,
};

use crate::{
    Query, Row, StoreError,
    row::Engine,
    value::{Kind, Value},
};

macro_rules! driver {
    ($all:ident, $execute:ident, $render:ident, $Database:ty, $Arguments:ty, $row:path) => {
        pub(crate) async fn $all<'c>(
            on: impl Executor<'c, Database = $Database>,
            query: Query,
        ) -> Result<Vec<Row>, StoreError> {
            let (text, values, persistent) = query.$render()?;
            let arguments = arguments::<$Arguments>(values)?;
            let rows =
                sqlx::query_with(AssertSqlSafe(text), arguments).persistent(persistent).fetch_all(on).await?;
            Ok(rows.into_iter().map(|row| Row($row(row))).collect())
        }

        pub(crate) async fn $execute<'c>(
            on: impl Executor<'c, Database = $Database>,
            query: Query,
        ) -> Result<u64, StoreError> {
            let (text, values, persistent) = query.$render()?;
            let arguments = arguments::<$Arguments>(values)?;
            let done =
                sqlx::query_with(AssertSqlSafe(text), arguments).persistent(persistent).execute(on).await?;
            Ok(done.rows_affected())
        }
    };
}

driver!(sqlite_all, sqlite_execute, for_sqlite, Sqlite, SqliteArguments, Engine::Sqlite);
driver!(postgres_all, postgres_execute, for_postgres, Postgres, PgArguments, Engine::Postgres);

/// Hands over the values, each in the one type its kind has.
fn arguments<A: Bind>(values: Vec<Value>) -> Result<A, StoreError> {
    let mut arguments = A::default();
    for value in values {
        arguments.bind(storable(value)).map_err(StoreError::Database)?;
    }
    Ok(arguments)
}

/// PostgreSQL refuses text with a NUL in it, which SQLite takes and cuts short in places: on both it becomes the
/// replacement character, so that no request can make a statement fail with it.
fn storable(value: Value) -> Value {
    match value {
        Value::Text(text) if text.contains('\0') => Value::Text(text.replace('\0', "\u{fffd}")),
        other => other,
    }
}

trait Bind: Default {
    fn bind(&mut self, value: Value) -> Result<(), Box<dyn std::error::Error + Send + Sync>>;
}

macro_rules! bind {
    ($Arguments:ty) => {
        impl Bind for $Arguments {
            fn bind(&mut self, value: Value) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
                match value {
                    Value::Text(text) => Arguments::add(self, text),
                    Value::Int(number) => Arguments::add(self, number),
                    Value::Real(number) => Arguments::add(self, number),
                    Value::Bool(flag) => Arguments::add(self, flag),
                    Value::Bytes(bytes) => Arguments::add(self, bytes),
                    Value::Null(Kind::Text) => Arguments::add(self, None::<String>),
                    Value::Null(Kind::Int) => Arguments::add(self, None::<i64>),
                    Value::Null(Kind::Real) => Arguments::add(self, None::<f64>),
                    Value::Null(Kind::Bool) => Arguments::add(self, None::<bool>),
                    Value::Null(Kind::Bytes) => Arguments::add(self, None::<Vec<u8>>),
                }
            }
        }
    };
}

bind!(SqliteArguments);
bind!(PgArguments);
