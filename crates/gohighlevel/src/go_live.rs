//! What a market still needs before it goes live with its location.
