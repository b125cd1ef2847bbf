//! Read models: what the events add up to, for asking quickly.
//!
//! Each view is a folder with its fold, its tables and its queries. A view can be deleted and folded again from the
//! ledger at any time, and its rows come out the same, bit for bit: see [`Runner::rebuild`].

pub mod activity;

mod checkpoint;
pub mod directory;
pub mod lineage;
pub mod notification;
mod plans;
pub mod quality;
mod runner;
pub mod settling;
mod tail;
pub mod task_detail;
pub mod task_queue;
mod view;

pub use checkpoint::{Lag, NotCaughtUp};
pub use runner::{Caught, Runner};
pub use view::{Pace, ProjectionError, View, ViewName, views};
