//! The engine from outside, against references and against what must be true.

mod calibrate;
mod compare;
mod drift;
mod evaluate;
mod explain;
mod fairness;
mod intervals;
mod ledger;
mod logistic;
mod registry;
mod stream;
