//! Back-fill, comparison, gaps.
