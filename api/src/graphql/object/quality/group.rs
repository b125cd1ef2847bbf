//! Whether groups of annotators agree with themselves and with each other.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_graphql::SimpleObject;
use stele_agreement::group::GroupAgreement;
use stele_domain::ParticipantId;
use stele_projections::quality::Judgment;

use super::coefficient::Coefficient;

/// Whether groups of annotators agree with themselves and with each other. Where a group sees what another does not, whoever is of
/// the smaller one is no outlier.
#[derive(SimpleObject)]
#[graphql(name = "Groups")]
pub(super) struct GroupsObject {
    /// Each group with a unit that two of it labelled, in the order of their names.
    within: Vec<GroupWithin>,
    /// Each two groups that labelled the same unit, in the order of their names.
    across: Vec<GroupsAcross>,
}

/// How a group agrees with itself.
#[derive(SimpleObject)]
struct GroupWithin {
    /// The skill that makes the group.
    skill: String,
    /// Annotators of the group who gave a label.
    annotators: usize,
    /// The mean share of a label's unit's other labels in the group that are the same, 0 to 1.
    percent_agreement: Coefficient,
    /// Krippendorff's alpha for nominal data.
    alpha: Coefficient,
}

/// How two groups agree with each other.
#[derive(SimpleObject)]
struct GroupsAcross {
    /// The skill that makes one group.
    skill_a: String,
    /// The skill that makes the other.
    skill_b: String,
    /// The share of pairs of labels, one of each group, that are the same, 0 to 1.
    percent_agreement: Coefficient,
    /// Cross-replication reliability: their agreement beyond chance, 1 at most (Wong, Paritosh & Aroyo 2021).
    kappa: Coefficient,
    /// The same in parts of what their agreement with themselves allows: near 1 where two groups are as one.
    normalised: Coefficient,
}

impl GroupsObject {
    /// Of annotators by the skill that makes their group; those without one are left out.
    pub(super) fn of(judgments: &[Judgment], groups: &HashMap<ParticipantId, String>) -> Self {
        let mut counted = GroupAgreement::new();
        let mut annotators: BTreeMap<&str, BTreeSet<ParticipantId>> = BTreeMap::new();
        for unit in judgments.chunk_by(|one, next| (one.task, one.part) == (next.task, next.part)) {
            let labels = unit.iter().filter_map(|judgment| Some((groups.get(&judgment.annotator())?, judgment)));
            for (group, judgment) in labels.clone() {
                annotators.entry(group).or_default().insert(judgment.annotator());
            }
            let labels: Vec<(&str, &str)> =
                labels.map(|(group, judgment)| (group.as_str(), judgment.category())).collect();
            counted.add(&labels);
        }
        let within = counted.within().map(|(group, counts)| GroupWithin {
            skill: (*group).to_owned(),
            annotators: annotators.get(group).map_or(0, BTreeSet::len),
            percent_agreement: counts.observed_agreement().into(),
            alpha: counts.alpha().into(),
        });
        let across = counted.across().map(|((a, b), counts)| GroupsAcross {
            skill_a: (*a).to_owned(),
            skill_b: (*b).to_owned(),
            percent_agreement: counts.observed_agreement().into(),
            kappa: counts.kappa().into(),
            normalised: counted.normalised(a, b).into(),
        });
        Self { within: within.collect(), across: across.collect() }
    }
}
