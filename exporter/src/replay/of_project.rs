//! Which project an event of a task is about, told without reading the rest of it.

use std::fmt;

use serde::de::{Deserializer as _, Error as _, IgnoredAny, MapAccess, Visitor};
use stele_domain::ProjectId;

/// The project that a payload names. Reading ends there: what is behind it may be long.
pub(super) fn project_of(payload: &str) -> Result<ProjectId, serde_json::Error> {
    let mut found = None;
    let read = serde_json::Deserializer::from_str(payload).deserialize_map(Finder(&mut found));
    match (found, read) {
        (Some(project), _) => Ok(project),
        (None, Err(error)) => Err(error),
        (None, Ok(())) => Err(serde_json::Error::missing_field("project")),
    }
}

struct Finder<'a>(&'a mut Option<ProjectId>);

impl<'de> Visitor<'de> for Finder<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event of a project")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<&str>()? {
            if key == "project" {
                *self.0 = Some(map.next_value()?);
                break;
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROJECT: &str = "01a22efb-d680-7a4f-983c-44466ff825e2";

    #[test]
    fn a_project_is_found_wherever_it_stands_and_what_follows_is_not_read() {
        let project = PROJECT.parse().expect("an id");
        for payload in [
            format!(r#"{{"project":"{PROJECT}","content":[]}}"#),
            format!(r#"{{"content":[{{"project":"another"}}],"project":"{PROJECT}"}}"#),
            format!(r#"{{"project":"{PROJECT}","content":[NOT JSON"#),
        ] {
            assert_eq!(project_of(&payload).expect(&payload), project);
        }
    }

    #[test]
    fn a_payload_without_a_project_is_refused() {
        for payload in ["", "{}", "[]", r#"{"project":7}"#, r#"{"project":"no id"}"#, r#"{"content""#] {
            assert!(project_of(payload).is_err(), "{payload}");
        }
    }
}
