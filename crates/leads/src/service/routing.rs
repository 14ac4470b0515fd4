/// Who hears of routes, and what of routing is kept in memory.
#[derive(Clone, Default)]
pub(crate) struct Shelf;
