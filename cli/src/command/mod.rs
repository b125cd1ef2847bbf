//! One command a file.

pub(crate) mod audit;
pub(crate) mod certificate;
pub(crate) mod dataset;
pub(crate) mod demo;
pub(crate) mod erase;
pub(crate) mod export;
mod exports;
mod external_login;
pub(crate) mod import;
pub(crate) mod keys;
pub(crate) mod migrate;
pub(crate) mod publish;
pub(crate) mod rebuild;
pub(crate) mod recover;
pub(crate) mod register;
pub(crate) mod replay;
pub(crate) mod schema;
pub(crate) mod serve;
pub(crate) mod status;
pub(crate) mod subject;
pub(crate) mod verify;
pub(crate) mod worker;
