//! SHA-256 hashes, each a type of its own, so that the root of a tree can't be passed where the digest of a file is meant.

/// Declares types of 32 bytes that are written in hexadecimal.
macro_rules! digests {
    ($($(#[doc = $doc:literal])+ $name:ident;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(#[serde(with = "hex::serde")] [u8; 32]);

        impl $name {
            /// The hash itself.
            #[must_use]
            pub const fn bytes(self) -> [u8; 32] {
                self.0
            }
        }

        impl From<[u8; 32]> for $name {
            fn from(hash: [u8; 32]) -> Self {
                Self(hash)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }

        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let description = [$($doc),+].map(str::trim).join(" ");
                let description = description.trim_end_matches('.');
                schemars::json_schema!({ "type": "string", "pattern": "^[0-9a-f]{64}$", "description": description })
            }
        }
    )+};
}

pub(crate) use digests;
