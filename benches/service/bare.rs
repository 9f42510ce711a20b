//! What a transaction costs by itself on the same servers, in the broker and in the database: neither can be faster than
//! that.

use std::time::Instant;

use crate::grounds::Ground;
use crate::pipe;
use crate::report::{Section, quantile, sorted};

/// So many of each a round.
const COUNT: u64 = 500;
/// Bytes of a record: about a result, or a due event.
const BYTES: usize = 500;

/// Adds the milliseconds that bare transactions and bare commits take, one after the other.
pub fn rows(section: &mut Section, ground: &Ground<'_>, rounds: u64) {
    let transactions: Vec<_> =
        (1..=rounds).map(|round| pipe::transactions(&ground.scope, COUNT, BYTES, round)).collect();
    let commits: Vec<_> = (1..=rounds).map(|_| commits(ground)).collect();
    let measured = [
        ("a bare transaction, a record in each partition and all offsets", transactions),
        ("a bare commit of one row", commits),
    ];
    for (what, rounds) in measured {
        for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
            let each = rounds.iter().map(|took| quantile(took, share)).collect();
            section.row(&format!("{what}: {name}"), "ms", None, each);
        }
    }
}

/// One row, one commit, one after the other; the milliseconds that each took, sorted.
fn commits(ground: &Ground<'_>) -> Vec<f64> {
    ground.admin.run("create table if not exists bare_commit (value text)");
    let insert = format!("insert into bare_commit values (repeat('x', {BYTES}))");
    let took = (0..COUNT).map(|_| {
        let began = Instant::now();
        ground.admin.run(&insert);
        began.elapsed().as_secs_f64() * 1e3
    });
    sorted(took.collect())
}
