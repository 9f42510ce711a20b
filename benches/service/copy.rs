//! What the service is compared to: the same rows, in the same batches, copied into tables of the same shape by one
//! connection that does nothing else.

use std::pin::pin;
use std::time::Instant;

use bytes::{Bytes, BytesMut};
use futures_util::{SinkExt, TryStreamExt};
use schedule_callback::domain::time::Timestamp;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, NoTls};

use crate::rig::Scope;

/// The columns of both tables are copied in the order they were made.
const TABLES: [(&str, &str); 2] = [("decision", "decided_at"), ("callback", "created_at")];

/// What one transaction of the service stored: for each table the stream of a binary COPY.
struct Batch(Vec<Bytes>);

/// Reads back what the service has stored since that instant, batch by batch, and stores it again in another
/// database; returns the commands a second.
pub fn again(from: &Scope<'_>, into: &Scope<'_>, since: Timestamp) -> f64 {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
    let copied = runtime.block_on(async {
        let source = connect(&runtime, from).await?;
        let (batches, commands) = read(&source, since).await?;
        let mut target = connect(&runtime, into).await?;
        let began = Instant::now();
        for batch in batches {
            write(&mut target, batch).await?;
        }
        Ok::<_, tokio_postgres::Error>(commands as f64 / began.elapsed().as_secs_f64())
    });
    copied.unwrap_or_else(|error| panic!("the bare COPY: {error:?}"))
}

async fn connect(runtime: &Runtime, scope: &Scope<'_>) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(&scope.postgres.url(&scope.database), NoTls).await?;
    // Ends with the client.
    drop(runtime.spawn(connection));
    Ok(client)
}

/// All rows of a batch of the service have the instant of its decision.
async fn read(source: &Client, since: Timestamp) -> Result<(Vec<Batch>, usize), tokio_postgres::Error> {
    let counts = "select decided_at, count(*) from decision where decided_at >= $1 group by 1 order by 1";
    let (mut batches, mut commands) = (Vec::new(), 0);
    for row in source.query(counts, &[&since]).await? {
        let decided_at: Timestamp = row.get(0);
        commands += usize::try_from(row.get::<_, i64>(1)).unwrap_or(0);
        let mut streams = Vec::new();
        for (table, instant) in TABLES {
            let query =
                format!("copy (select * from {table} where {instant} = '{decided_at}') to stdout (format binary)");
            let stream = source.copy_out(query.as_str()).await?;
            let whole = stream.try_fold(BytesMut::new(), |mut whole, part| {
                whole.extend_from_slice(&part);
                async { Ok(whole) }
            });
            streams.push(whole.await?.freeze());
        }
        batches.push(Batch(streams));
    }
    Ok((batches, commands))
}

async fn write(target: &mut Client, Batch(streams): Batch) -> Result<(), tokio_postgres::Error> {
    let transaction = target.transaction().await?;
    for ((table, _), stream) in TABLES.into_iter().zip(streams) {
        let copy = format!("copy {table} from stdin (format binary)");
        let mut sink = pin!(transaction.copy_in::<_, Bytes>(copy.as_str()).await?);
        sink.send(stream).await?;
        sink.finish().await?;
    }
    transaction.commit().await
}
