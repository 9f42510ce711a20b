//! What the database holds, as the judge looks at it.

use schedule_callback::domain::ids::Fingerprint;
use schedule_callback::domain::time::Timestamp;
use tokio_postgres::{Client, Error};

use crate::history::{Database, Row, Standing};
use crate::load::SOURCE;

/// What there is of these callbacks and of the commands of these ids, but for what was answered to an id that was used for
/// something else: those rows are not found by the id alone.
pub async fn of(client: &Client, callbacks: &[i64], command_ids: &[&str]) -> Result<Database, Error> {
    let digest = |id: &&str| {
        let Fingerprint(bytes) = Fingerprint::of([b"default".as_slice(), SOURCE.as_bytes(), id.as_bytes()]);
        format!("{:032x}", u128::from_be_bytes(bytes))
    };
    let digests: Vec<String> = command_ids.iter().map(digest).collect();
    let query = "select result_text(result, callback_id) from decision where key = any ($1::text[]::uuid[])";
    let decisions = client.query(query, &[&digests]).await?.iter().map(|row| row.get(0)).collect();
    let callbacks: Vec<i64> = callbacks.to_vec();
    let rows = client.query(&format!("{CALLBACKS} where callback_id = any ($1)"), &[&callbacks]).await?;
    let standings = client.query(&format!("{STANDINGS} where callback_id = any ($1)"), &[&callbacks]).await?;
    Ok(Database {
        callbacks: rows.iter().map(row).collect(),
        decisions,
        standings: standings.iter().map(standing).collect(),
    })
}

/// All of it.
pub async fn whole(client: &Client) -> Result<Database, Error> {
    let decisions = client.query("select result from command", &[]).await?;
    let (rows, standings) = (client.query(CALLBACKS, &[]).await?, client.query(STANDINGS, &[]).await?);
    Ok(Database {
        callbacks: rows.iter().map(row).collect(),
        decisions: decisions.iter().map(|row| row.get(0)).collect(),
        standings: standings.iter().map(standing).collect(),
    })
}

const CALLBACKS: &str = "select callback_id, command_id, revision::bigint, cancelled_at is not null,
        (extract(epoch from scheduled_for) * 1000000)::bigint, (extract(epoch from fire_at) * 1000000)::bigint
    from callback";

const STANDINGS: &str =
    "select callback_id, revision::bigint, attempt::bigint, tries::bigint, status, reason from callback_status";

fn row(row: &tokio_postgres::Row) -> Row {
    Row {
        callback_id: row.get(0),
        command_id: row.get(1),
        revision: row.get(2),
        cancelled: row.get(3),
        scheduled_for: Timestamp::from_micros(row.get(4)),
        fire_at: Timestamp::from_micros(row.get(5)),
    }
}

fn standing(row: &tokio_postgres::Row) -> Standing {
    Standing {
        callback_id: row.get(0),
        revision: row.get(1),
        attempt: row.get(2),
        tries: row.get(3),
        status: row.get(4),
        reason: row.get(5),
    }
}
