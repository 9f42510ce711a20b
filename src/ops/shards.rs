//! The table of shards: all of them from the database, this instance's own from its memory.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};

use super::database::Found;
use super::parts::{notice, wide_table};
use super::status::Shown;
use super::written::{ago, between, counted, instant};
use crate::domain::commitment::Position;
use crate::domain::ids::Shard;
use crate::domain::time::Timestamp;
use crate::postgres::overview::ShardRow;

/// What is known of one shard.
#[derive(Default)]
struct Known {
    row: Option<ShardRow>,
    own: Option<Own>,
}

/// A shard of this instance.
struct Own {
    epoch: i64,
    marker: Position,
    cutoff: Position,
}

pub(super) fn content(shown: &Shown, found: &Found<Vec<ShardRow>>, now: Timestamp) -> Markup {
    let shards = collect(shown, found);
    let instance = &*shown.status.instance;
    html! {
        section aria-labelledby="shards" {
            h2 id="shards" { "Shards and their owners" }
            @if let Some(fault) = &found.fault {
                (notice(&html! {
                    @if found.kept.is_some() { "The owners are those of before: they cannot be read now. " }
                    @else { "Only this instance's own shards are shown: the others cannot be read now. " }
                    (fault)
                }))
            }
            p { (owners(&shards, instance)) }
            (wide_table("shards", &html! {
                thead { tr {
                    th scope="col" class="number" { "Shard" }
                    th scope="col" { "Owner" }
                    th scope="col" class="number" { "Epoch" }
                    th scope="col" { "Marker: fired up to" }
                    th scope="col" { "Cutoff: too late to change up to" }
                } }
                tbody { @for (shard, known) in &shards { (line(*shard, known, instance, now)) } }
            }))
            p class="quiet" {
                "A shard is a partition of the command topic. Its marker is what it has fired last; of other instances' \
                shards only the copy in the database is known, at most a minute old."
            }
        }
    }
}

fn collect(shown: &Shown, found: &Found<Vec<ShardRow>>) -> BTreeMap<Shard, Known> {
    let mut shards: BTreeMap<Shard, Known> = BTreeMap::new();
    for row in found.kept.iter().flat_map(|kept| &kept.value) {
        shards.entry(row.shard).or_default().row = Some(row.clone());
    }
    for owned in shown.status.ownership.owned() {
        let (marker, cutoff) = {
            let frontier = owned.frontier();
            (frontier.marker(), frontier.cutoff())
        };
        shards.entry(owned.shard).or_default().own = Some(Own { epoch: owned.epoch, marker, cutoff });
    }
    shards
}

/// How many shards each instance has.
fn owners(shards: &BTreeMap<Shard, Known>, instance: &str) -> String {
    let owners: BTreeSet<Option<&str>> = shards.values().map(|known| known.owner(instance)).collect();
    let parts: Vec<String> = owners
        .into_iter()
        .map(|owner| {
            let number = shards.values().filter(|known| known.owner(instance) == owner).count();
            let owner = match owner {
                Some(owner) if owner == instance => "this instance",
                Some(owner) => owner,
                None => "nobody",
            };
            format!("{} of {owner}", counted(number as u64, "shard"))
        })
        .collect();
    if parts.is_empty() { "No shard has been taken over yet.".to_owned() } else { format!("{}.", parts.join(", ")) }
}

impl Known {
    fn owner<'a>(&'a self, instance: &'a str) -> Option<&'a str> {
        match (&self.own, &self.row) {
            (Some(_), _) => Some(instance),
            (None, row) => row.as_ref().and_then(|row| row.owner.as_deref()),
        }
    }
}

fn line(shard: Shard, known: &Known, instance: &str, now: Timestamp) -> Markup {
    let epoch = known.own.as_ref().map(|own| own.epoch).or(known.row.as_ref().map(|row| row.epoch));
    html! {
        tr {
            th scope="row" class="number" { (shard) }
            td {
                @match known.owner(instance) {
                    Some(owner) if owner == instance => strong { "this instance" },
                    Some(owner) => code { (owner) },
                    None => span class="quiet" { "nobody: stopped in order" },
                }
            }
            td class="number" { @if let Some(epoch) = epoch { (epoch) } }
            @match (&known.own, &known.row) {
                (Some(own), _) => {
                    td { (position(own.marker)) }
                    td { @if own.cutoff == own.marker { span class="quiet" { "the same" } } @else { (position(own.cutoff)) } }
                }
                (None, Some(row)) => {
                    td {
                        @if let Some(confirmed) = row.confirmed { (instant(confirmed)) } @else { "nothing yet" }
                        span class="quiet" { " (copied " (ago(between(row.updated_at, now))) ")" }
                    }
                    td { span class="quiet" { "known to its owner" } }
                }
                (None, None) => { td {} td {} }
            }
        }
    }
}

/// A place in the order of firing; before the first and behind the last of an instant there is no callback.
fn position(position: Position) -> Markup {
    // A shard begins at an instant before all that it may have to fire, which says nothing to anybody.
    if position.callback_id == 0 {
        return html! { "nothing yet" };
    }
    html! {
        (instant(position.fire_at))
        @if (1..i64::MAX).contains(&position.callback_id) {
            ", callback " a href={ "/callback?id=" (position.callback_id) } { (position.callback_id) }
        }
    }
}
