//! What goes out to GoHighLevel.
