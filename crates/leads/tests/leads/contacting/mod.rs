//! Who is offered a lead, what may be sent to it, and who wants nothing more. The clock of these tests stands still until
//! it is moved.

mod gatekeeping;
mod joining;
mod offering;
mod opting_out;

use crate::world::{AFTERNOON, World, on_both_in};

/// Runs `test` on both databases, on a Friday afternoon.
async fn on_both(test: impl AsyncFn(World)) {
    on_both_in(AFTERNOON, test).await;
}
