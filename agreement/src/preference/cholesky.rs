//! Linear equations with a symmetric, positive definite matrix.

/// A square matrix, row by row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Square {
    size: usize,
    entries: Vec<f64>,
}

impl Square {
    pub(crate) fn zero(size: usize) -> Self {
        Self { size, entries: vec![0.0; size * size] }
    }

    pub(crate) fn size(&self) -> usize {
        self.size
    }

    pub(crate) fn get(&self, row: usize, column: usize) -> f64 {
        self.entries[row * self.size + column]
    }

    pub(crate) fn add(&mut self, row: usize, column: usize, value: f64) {
        self.entries[row * self.size + column] += value;
    }

    pub(crate) fn row(&self, row: usize) -> &[f64] {
        &self.entries[row * self.size..][..self.size]
    }

    /// Adds a constant to the entries of the first `count` rows and columns.
    pub(crate) fn add_to_block(&mut self, count: usize, value: f64) {
        for row in 0..count {
            self.entries[row * self.size..][..count].iter_mut().for_each(|entry| *entry += value);
        }
    }

    /// The product with another matrix of the same size.
    pub(crate) fn times(&self, other: &Self) -> Self {
        let mut product = Self::zero(self.size);
        for row in 0..self.size {
            for (middle, &factor) in self.row(row).iter().enumerate() {
                let target = &mut product.entries[row * self.size..][..self.size];
                for (entry, value) in target.iter_mut().zip(other.row(middle)) {
                    *entry += factor * value;
                }
            }
        }
        product
    }
}

/// `L` of a matrix `L Lᵀ`, lower triangular.
#[derive(Clone, Debug)]
pub(crate) struct Cholesky(Square);

impl Cholesky {
    /// Nothing if the matrix is not positive definite.
    pub(crate) fn of(matrix: &Square) -> Option<Self> {
        let mut lower = Square::zero(matrix.size);
        for row in 0..matrix.size {
            for column in 0..=row {
                let product: f64 = lower.row(row)[..column].iter().zip(lower.row(column)).map(|(a, b)| a * b).sum();
                let rest = matrix.get(row, column) - product;
                let entry = if column < row {
                    rest / lower.get(column, column)
                } else if rest > 0.0 && rest.is_finite() {
                    rest.sqrt()
                } else {
                    return None;
                };
                lower.add(row, column, entry);
            }
        }
        Some(Self(lower))
    }

    /// The solution `x` of `L Lᵀ x = right`.
    pub(crate) fn solve(&self, right: &[f64]) -> Vec<f64> {
        let lower = &self.0;
        let mut solution = right.to_vec();
        for row in 0..lower.size {
            let product: f64 = lower.row(row)[..row].iter().zip(&solution).map(|(a, b)| a * b).sum();
            solution[row] = (solution[row] - product) / lower.get(row, row);
        }
        for row in (0..lower.size).rev() {
            let product: f64 = (row + 1..lower.size).map(|below| lower.get(below, row) * solution[below]).sum();
            solution[row] = (solution[row] - product) / lower.get(row, row);
        }
        solution
    }

    /// The inverse of the matrix.
    pub(crate) fn inverse(&self) -> Square {
        let size = self.0.size;
        let mut inverse = Square::zero(size);
        for column in 0..size {
            let mut unit = vec![0.0; size];
            unit[column] = 1.0;
            for (row, value) in self.solve(&unit).into_iter().enumerate() {
                inverse.add(row, column, value);
            }
        }
        inverse
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(rows: [[f64; 3]; 3]) -> Square {
        Square { size: 3, entries: rows.concat() }
    }

    #[test]
    fn a_matrix_times_its_inverse_is_one() {
        let matrix = square([[4.0, 2.0, 0.6], [2.0, 5.0, -1.0], [0.6, -1.0, 3.0]]);
        let inverse = Cholesky::of(&matrix).expect("positive definite").inverse();
        let product = matrix.times(&inverse);
        for row in 0..3 {
            for column in 0..3 {
                let expected = if row == column { 1.0 } else { 0.0 };
                assert!((product.get(row, column) - expected).abs() < 1e-15, "{product:?}");
            }
        }
    }

    #[test]
    fn an_indefinite_matrix_is_refused() {
        assert!(Cholesky::of(&square([[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]])).is_none());
        assert!(Cholesky::of(&square([[f64::NAN, 0.0, 0.0], [0.0; 3], [0.0; 3]])).is_none());
    }
}
