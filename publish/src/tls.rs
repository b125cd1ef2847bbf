//! What TLS is made with.

use rustls::crypto::{CryptoProvider, ring};

/// TLS is ring's, as everywhere, for all clients that this process makes from now on.
pub(crate) fn use_ring() {
    if CryptoProvider::get_default().is_none() && ring::default_provider().install_default().is_err() {
        tracing::debug!("another part of the process has chosen what TLS is made with");
    }
}
