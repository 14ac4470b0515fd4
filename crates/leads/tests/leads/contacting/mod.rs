//! Who is offered a lead, what may be sent to it, and who wants nothing more. The clock of these tests stands still until
//! it is moved.

mod gatekeeping;
mod offering;
mod opting_out;
mod rules;
mod world;
