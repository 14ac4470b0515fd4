use crate::word::words;

words! {
    /// A line of real estate that a market works in; it decides which pipeline its contacts go through.
    Vertical, VerticalError, "vertical";
    /// Homes.
    Residential = "residential", "Residential";
    /// Offices, shops, warehouses, land for business.
    Commercial = "commercial", "Commercial";
    /// Homes at the top of the market.
    Luxury = "luxury", "Luxury";
    /// Medical offices and care homes.
    Healthcare = "healthcare", "Healthcare";
}
