//! Figures of a model, held against scikit-learn and assesspy, and against what must be true of them.

mod amounts;
mod chances;
mod intervals;
mod report;
