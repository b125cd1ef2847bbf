//! What a run does, decided by its seed alone.

use std::{fmt, time::Duration};

use rand::{RngExt, SeedableRng, rngs::StdRng, seq::IndexedRandom};

/// What is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Victim {
    /// A `stele serve`.
    Server,
    /// PostgreSQL's postmaster.
    Postmaster,
    /// The `stele worker`.
    Worker,
    /// A `stele keys rotate`, half-way.
    Rotation,
}

impl Victim {
    pub(crate) const ALL: [Self; 4] = [Self::Server, Self::Postmaster, Self::Worker, Self::Rotation];
}

/// One moment at which processes are killed.
#[derive(Clone, Debug)]
pub(crate) struct Blow {
    /// How many more answers the clients have had by then, so that the load is under way.
    pub(crate) after_answers: usize,
    /// How much later it falls, so that it falls anywhere in what the processes do.
    pub(crate) and_then: Duration,
    /// At once, in this order.
    pub(crate) victims: Vec<Victim>,
}

/// A whole run.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    pub(crate) seed: u64,
    pub(crate) servers: usize,
    /// How many clients there are: 32 or 64.
    pub(crate) clients: usize,
    pub(crate) blows: Vec<Blow>,
}

impl Schedule {
    pub(crate) fn of(seed: u64) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let servers = random.random_range(1..=2);
        // mostly once, sometimes up to three times
        let blows = [1, 1, 1, 2, 2, 3].choose(&mut random).copied().unwrap_or(1);
        let blows = (0..blows).map(|_| Blow::at_random(&mut random)).collect();
        let clients = if seed.is_multiple_of(2) { 64 } else { 32 };
        Self { seed, servers, clients, blows }
    }
}

impl Blow {
    fn at_random(random: &mut StdRng) -> Self {
        let count = if random.random_ratio(1, 3) { 2 } else { 1 };
        let victims: Vec<Victim> = Victim::ALL.sample(random, count).copied().collect();
        // a rotation takes longer than what the others do at a time
        let longest = if victims.contains(&Victim::Rotation) { 50_000 } else { 5_000 };
        Self {
            // more than there are clients: some of the answers are from after the restart of the last blow
            after_answers: random.random_range(100..300),
            and_then: Duration::from_micros(random.random_range(0..longest)),
            victims,
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seed {}: {} server(s), {} clients", self.seed, self.servers, self.clients)?;
        for Blow { after_answers, and_then, victims } in &self.blows {
            write!(f, "; after {after_answers} answers and {and_then:?}, {victims:?}")?;
        }
        Ok(())
    }
}
