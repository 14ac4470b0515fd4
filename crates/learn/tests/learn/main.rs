//! The engine from outside, against references and against what must be true.

mod evaluate;
