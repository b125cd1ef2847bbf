//! How far marks have to overlap.

/// The least intersection over union of two marks that match: more than 0, at most 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Threshold(f64);

/// A threshold that isn't more than 0 and at most 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a threshold is more than 0 and at most 1")]
pub struct NotAThreshold;

impl Threshold {
    /// 0.5, the custom for boxes since the PASCAL VOC challenge.
    pub const HALF: Self = Self(0.5);
    /// 1: only exact matches.
    pub const EXACT: Self = Self(1.0);

    /// Checks that a share is one.
    pub fn new(share: f64) -> Result<Self, NotAThreshold> {
        if share > 0.0 && share <= 1.0 { Ok(Self(share)) } else { Err(NotAThreshold) }
    }

    /// The share, more than 0 and at most 1.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_a_share_and_not_nothing() {
        assert_eq!(Threshold::new(0.5), Ok(Threshold::HALF));
        assert_eq!(Threshold::new(1.0), Ok(Threshold::EXACT));
        for share in [0.0, -0.1, 1.1, f64::NAN] {
            assert_eq!(Threshold::new(share), Err(NotAThreshold), "{share}");
        }
    }
}
