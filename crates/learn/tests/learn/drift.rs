//! Drift, held against river, SciPy and statsmodels, and against what must be true of it.

mod batches;
mod columns;
mod python;
mod streams;
