//! The logarithm of a long product, with few logarithms.

/// Factors below this are taken the logarithm of one by one, ...
const SMALL: f64 = 1e-100;
/// ... and a product that has fallen below this is taken the logarithm of, long before it would underflow.
const LOW: f64 = 1e-150;

/// `ln Π f`, for factors `0 < f ≤ 1` or little more.
///
/// A logarithm costs as much as the rest of an item's expectation; most of them can be saved by multiplying first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LogProduct {
    logarithm: f64,
    product: f64,
}

impl LogProduct {
    /// The empty product.
    pub(crate) const ONE: Self = Self { logarithm: 0.0, product: 1.0 };

    /// Multiplies by a factor.
    pub(crate) fn multiply(&mut self, factor: f64) {
        if factor < SMALL {
            self.logarithm += factor.ln();
            return;
        }
        self.product *= factor;
        if self.product < LOW || self.product > 1.0 / LOW {
            self.logarithm += self.product.ln();
            self.product = 1.0;
        }
    }

    /// The logarithm of the product.
    pub(crate) fn ln(self) -> f64 {
        self.logarithm + self.product.ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_that_would_underflow_has_its_logarithm() {
        let factors = [0.3, 1e-99, 1e-120, 0.999, 1e-280, 1.5e-90, 1.0, 1e-99, 1e-99];
        let mut product = LogProduct::ONE;
        let mut expected = 0.0;
        for factor in factors {
            product.multiply(factor);
            expected += f64::ln(factor);
        }
        assert!((product.ln() - expected).abs() < 1e-10, "{} {expected}", product.ln());
    }

    #[test]
    fn the_empty_product_is_one() {
        assert_eq!(LogProduct::ONE.ln().to_bits(), 0.0f64.to_bits());
    }
}
