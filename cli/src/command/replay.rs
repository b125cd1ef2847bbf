//! `stele replay`: one stream, event by event, with the state that each led to.

use anyhow::{Context, bail};
use clap::Args;
use serde::Serialize;
use serde_json::Value;
use stele_domain::{
    Aggregate, AggregateVisitor, Event, ParticipantId, Timestamp,
    personal::{PersonalField, Sealed},
};
use stele_ledger::{AsOf, Ledger, Metadata, Position, Recorded, StreamKey};
use uuid::Uuid;

use crate::{installation, settings::Settings};

/// What stands for the bytes of a personal field.
const SEALED: &str = "sealed";

/// Replay one stream: its events in order, and the state after each of them; personal fields stay sealed
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The stream, such as task/0193a0b1-...; also project, participant, and ledger with the ledger's own id
    #[arg(value_name = "TYPE/UUID")]
    stream: StreamKey,

    /// What the ledger knew: a position, or a time such as 2026-01-31T09:30:00Z [default: everything]
    #[arg(long, value_name = "POSITION|TIME")]
    known_at: Option<AsOf>,

    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

/// An event, and what it led to.
#[derive(Serialize)]
struct Step {
    position: Position,
    version: u64,
    event_id: Uuid,
    name: String,
    schema_version: u16,
    recorded_at: Timestamp,
    occurred_at: Timestamp,
    actor: Option<ParticipantId>,
    payload: Value,
    state: Value,
}

impl Replay {
    pub(crate) async fn run(self, settings: Settings) -> anyhow::Result<()> {
        installation::with(&settings, async |ledger| {
            for step in self.steps(ledger).await? {
                if self.json {
                    println!("{}", serde_json::to_string(&step)?);
                } else {
                    print_step(&step)?;
                }
            }
            Ok(())
        })
        .await
    }

    async fn steps(&self, ledger: &Ledger) -> anyhow::Result<Vec<Step>> {
        let known_at = ledger.as_of(self.known_at.unwrap_or(AsOf::Now)).await?;
        let mut events = ledger.read_stream(self.stream, 0).await?;
        let Some(first) = events.first().map(|event| event.position) else {
            bail!("the ledger `{}` has no stream {}", ledger.name(), self.stream);
        };
        if first > known_at {
            bail!("the stream {} begins at position {first}, after position {known_at}", self.stream);
        }
        events.retain(|event| event.position <= known_at);
        self.stream.stream_type.visit(Fold(&events))
    }
}

/// Folds the events of a stream.
struct Fold<'a>(&'a [Recorded]);

impl AggregateVisitor for Fold<'_> {
    type Output = anyhow::Result<Vec<Step>>;

    fn visit<A: Aggregate>(self) -> Self::Output {
        let mut state = A::default();
        let step = |event| step(&mut state, event).with_context(|| format!("position {}", event.position));
        self.0.iter().map(step).collect()
    }
}

fn step<A: Aggregate>(state: &mut A, recorded: &Recorded) -> anyhow::Result<Step> {
    let mut event: A::Event = recorded.decode()?;
    state.apply(&event);
    for (_, field) in event.personal_fields() {
        conceal(field);
    }
    let metadata: Metadata = serde_json::from_str(&recorded.metadata).context("its metadata")?;
    Ok(Step {
        position: recorded.position,
        version: recorded.stream_version,
        event_id: recorded.event_id,
        name: recorded.name.clone(),
        schema_version: recorded.schema_version,
        recorded_at: recorded.recorded_at,
        occurred_at: recorded.occurred_at,
        actor: metadata.actor,
        payload: serde_json::from_str(&event.payload()?)?,
        state: serde_json::to_value(state)?,
    })
}

/// Shows whose a field is and how it is sealed, but not the bytes: a terminal's history outlives the key to them.
fn conceal(field: &mut dyn PersonalField) {
    if let Some(sealed) = field.sealed().cloned() {
        field.set_sealed(Sealed { data: SEALED.to_owned(), ..sealed });
    }
}

fn print_step(step: &Step) -> anyhow::Result<()> {
    let actor = step.actor.map_or_else(|| "nobody named".to_owned(), |actor| actor.to_string());
    println!("{} at position {}, version {}", step.name, step.position, step.version);
    println!("  recorded  {}", step.recorded_at);
    println!("  happened  {}", step.occurred_at);
    println!("  actor     {actor}");
    println!("  payload   {}", indented(&step.payload)?);
    println!("  state     {}", indented(&step.state)?);
    println!();
    Ok(())
}

fn indented(json: &Value) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(json)?.replace('\n', "\n            "))
}
