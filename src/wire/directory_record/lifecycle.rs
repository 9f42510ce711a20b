//! `lifecycle` of a skill's record → what holds after its callbacks are due (docs/contract.md#life-after-due).

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::directory::{LifecycleRules, Retry, Waits};
use crate::domain::time::duration::{self, micros};
use crate::wire::json::{Node, Value};

/// What the skill's record says; `None` where its callbacks are not tracked. What is left out is the default, and what the
/// object has beside is ignored, as in the record.
///
/// # Errors
/// The name of the first field that is wrong.
pub(super) fn read(skill: Value<'_, '_>) -> Result<Option<Arc<LifecycleRules>>, &'static str> {
    let Some(lifecycle) = skill.member("lifecycle") else { return Ok(None) };
    lifecycle.members().ok_or("lifecycle")?;
    let defaults = LifecycleRules::default();
    let field = |key, name| Field { value: lifecycle.member(key), name };
    let rules = LifecycleRules {
        max_tries: field("maxTries", "lifecycle.maxTries").number(&LifecycleRules::MAX_TRIES, defaults.max_tries)?,
        max_presentations: field("maxPresentations", "lifecycle.maxPresentations")
            .number(&LifecycleRules::MAX_PRESENTATIONS, defaults.max_presentations)?,
        retry: retry(lifecycle.member("retry"), defaults.retry)?,
        handle_within: field("handleWithin", "lifecycle.handleWithin").limit(defaults.handle_within)?,
        release_after: field("releaseAfter", "lifecycle.releaseAfter")
            .length(&LifecycleRules::RELEASE_AFTER)?
            .map(micros),
        is_strict: field("strict", "lifecycle.strict").truth(defaults.is_strict)?,
        expire_after: field("expireAfter", "lifecycle.expireAfter").length(&LifecycleRules::EXPIRE_AFTER)?.map(micros),
    };
    Ok(Some(rules.shared()))
}

fn retry(value: Option<Value<'_, '_>>, defaults: Retry) -> Result<Retry, &'static str> {
    let Some(retry) = value else { return Ok(defaults) };
    retry.members().ok_or("lifecycle.retry")?;
    let waits = |key, name, default| Field { value: retry.member(key), name }.waits(default);
    Ok(Retry {
        no_answer: waits("noAnswer", "lifecycle.retry.noAnswer", defaults.no_answer)?,
        busy: waits("busy", "lifecycle.retry.busy", defaults.busy)?,
        voicemail: waits("voicemail", "lifecycle.retry.voicemail", defaults.voicemail)?,
        abandoned: waits("abandoned", "lifecycle.retry.abandoned", defaults.abandoned)?,
        dial_failed: waits("dialFailed", "lifecycle.retry.dialFailed", defaults.dial_failed)?,
        agent_unavailable: waits("agentUnavailable", "lifecycle.retry.agentUnavailable", defaults.agent_unavailable)?,
    })
}

/// A member of the object, perhaps absent, and its name in what is said of an unreadable one.
#[derive(Clone, Copy)]
struct Field<'d, 'a> {
    value: Option<Value<'d, 'a>>,
    name: &'static str,
}

impl Field<'_, '_> {
    /// A whole number within these limits.
    fn number<N: std::str::FromStr + PartialOrd>(
        self,
        limits: &RangeInclusive<N>,
        default: N,
    ) -> Result<N, &'static str> {
        let Some(value) = self.value else { return Ok(default) };
        let number = match value.node() {
            Node::Number(number) => number.parse().ok(),
            _ => None,
        };
        number.filter(|number| limits.contains(number)).ok_or(self.name)
    }

    fn truth(self, default: bool) -> Result<bool, &'static str> {
        let Some(value) = self.value else { return Ok(default) };
        value.truth().ok_or(self.name)
    }

    /// A duration within these limits, where there is one.
    fn length(self, limits: &RangeInclusive<Duration>) -> Result<Option<Duration>, &'static str> {
        let Some(value) = self.value else { return Ok(None) };
        length(value, limits).map(Some).ok_or(self.name)
    }

    /// `handleWithin`: no duration at all is no limit.
    fn limit(self, default: Option<i64>) -> Result<Option<i64>, &'static str> {
        let Some(value) = self.value else { return Ok(default) };
        if length(value, &(Duration::ZERO..=Duration::ZERO)).is_some() {
            return Ok(None);
        }
        self.length(&LifecycleRules::HANDLE_WITHIN).map(|length| length.map(micros))
    }

    /// A list of durations within the limits of a wait.
    fn waits(self, default: Waits) -> Result<Waits, &'static str> {
        let Some(value) = self.value else { return Ok(default) };
        let waits: Option<Vec<Duration>> =
            value.elements().and_then(|waits| waits.map(|wait| length(wait, &Waits::LENGTH)).collect());
        waits.filter(|waits| waits.len() <= Waits::MAX).map(Waits::new).ok_or(self.name)
    }
}

fn length(value: Value<'_, '_>, limits: &RangeInclusive<Duration>) -> Option<Duration> {
    duration::parse(value.text()?).filter(|length| limits.contains(length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::life::Outcome;
    use crate::wire::json::Document;

    fn read(lifecycle: &str) -> Result<Option<Arc<LifecycleRules>>, &'static str> {
        let skill = format!(r#"{{"skillId":"4711","lifecycle":{lifecycle}}}"#);
        super::read(Document::read(skill.as_bytes()).unwrap().root())
    }

    #[test]
    fn a_skill_without_it_is_not_tracked_and_an_empty_one_takes_the_defaults() {
        assert_eq!(super::read(Document::read(b"{}").unwrap().root()), Ok(None));
        assert_eq!(read("null"), Ok(None));
        for empty in ["{}", r#"{"retry":{},"maxTries":null,"other":[]}"#] {
            assert!(Arc::ptr_eq(&read(empty).unwrap().unwrap(), LifecycleRules::defaults()), "{empty}");
        }
    }

    #[test]
    fn every_rule_is_read() {
        let rules = read(
            r#"{"maxTries":10,"maxPresentations":50,"retry":{"noAnswer":[],"busy":["10s"],"voicemail":["30d"],
                "abandoned":["1m"],"dialFailed":["2m","3m"],"agentUnavailable":["10500ms"]},"handleWithin":"24h",
                "releaseAfter":"168h","strict":true,"expireAfter":"31d"}"#,
        );
        let rules = rules.unwrap().unwrap();
        let second = 1_000_000;
        assert_eq!((rules.max_tries, rules.max_presentations, rules.is_strict), (10, 50, true));
        let waits = [
            (Outcome::NoAnswer, None),
            (Outcome::Busy, Some(10)),
            (Outcome::Voicemail, Some(30 * 86_400)),
            (Outcome::Abandoned, Some(60)),
            (Outcome::DialFailed, Some(180)),
        ];
        for (outcome, seconds) in waits {
            assert_eq!(rules.wait(outcome, 2), seconds.map(|seconds| seconds * second), "{outcome:?}");
        }
        assert_eq!(rules.wait(Outcome::AgentUnavailable, 1), Some(10_500_000));
        assert_eq!(rules.handle_within, Some(86_400 * second));
        assert_eq!(rules.release_after, Some(168 * 3_600 * second));
        assert_eq!(rules.expire_after, Some(31 * 86_400 * second));
        assert_eq!(read(r#"{"handleWithin":"0s"}"#).unwrap().unwrap().handle_within, None);
    }

    #[test]
    fn what_is_outside_its_limits_is_named() {
        let eleven = [r#""10s""#; 11].join(",");
        let too_many = format!(r#"{{"retry":{{"busy":[{eleven}]}}}}"#);
        for (lifecycle, field) in [
            ("true", "lifecycle"),
            ("[]", "lifecycle"),
            (r#"{"maxTries":0}"#, "lifecycle.maxTries"),
            (r#"{"maxTries":11}"#, "lifecycle.maxTries"),
            (r#"{"maxTries":"3"}"#, "lifecycle.maxTries"),
            (r#"{"maxTries":1.5}"#, "lifecycle.maxTries"),
            (r#"{"maxPresentations":51}"#, "lifecycle.maxPresentations"),
            (r#"{"maxPresentations":99999999999}"#, "lifecycle.maxPresentations"),
            (r#"{"retry":[]}"#, "lifecycle.retry"),
            (r#"{"retry":{"noAnswer":"30m"}}"#, "lifecycle.retry.noAnswer"),
            (r#"{"retry":{"noAnswer":["9s"]}}"#, "lifecycle.retry.noAnswer"),
            (r#"{"retry":{"voicemail":["31d"]}}"#, "lifecycle.retry.voicemail"),
            (r#"{"retry":{"abandoned":["2m",null]}}"#, "lifecycle.retry.abandoned"),
            (r#"{"retry":{"dialFailed":["soon"]}}"#, "lifecycle.retry.dialFailed"),
            (r#"{"retry":{"agentUnavailable":[60]}}"#, "lifecycle.retry.agentUnavailable"),
            (&too_many, "lifecycle.retry.busy"),
            (r#"{"handleWithin":"59s"}"#, "lifecycle.handleWithin"),
            (r#"{"handleWithin":"25h"}"#, "lifecycle.handleWithin"),
            (r#"{"handleWithin":0}"#, "lifecycle.handleWithin"),
            (r#"{"releaseAfter":"0s"}"#, "lifecycle.releaseAfter"),
            (r#"{"releaseAfter":"169h"}"#, "lifecycle.releaseAfter"),
            (r#"{"strict":"true"}"#, "lifecycle.strict"),
            (r#"{"expireAfter":"32d"}"#, "lifecycle.expireAfter"),
        ] {
            assert_eq!(read(lifecycle), Err(field), "{lifecycle}");
        }
    }
}
