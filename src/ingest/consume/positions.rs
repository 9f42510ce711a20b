//! From where on partitions are read: after a takeover, and where one could not be read.

use std::time::Instant;

use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaResult;

use super::super::Stream;
use super::super::judge::{Judge, Line, ShardLines};
use super::{AGAIN, ConsumeStage, SILENT_AGAIN};
use crate::domain::ids::Shard;
use crate::kafka::cluster::Says;
use crate::kafka::member::{Ends, leave_behind};
use crate::readiness::Condition;
use crate::takeover::Start;

impl<C: ConsumerContext + Says + Ends + 'static> ConsumeStage<C> {
    /// Begins to read the shards whose takeover has succeeded, and forgets those that are gone.
    pub(super) fn begin_reading(&mut self) {
        let ended: Vec<Shard> =
            self.judge.reading.extract_if(|_, reading| !reading.owned.is_current()).map(|(shard, _)| shard).collect();
        for shard in ended {
            self.commands.close(shard);
            if let Err(error) = self.amendments.unassign(shard) {
                tracing::warn!(
                    %shard, %error,
                    "the client still reads the amendments of a shard that was given up; the next takeover tries \
                     again to end that"
                );
            }
            for stream in Stream::BOTH {
                self.standstills.end(&self.judge.settings.place(stream, shard));
            }
        }
        self.waiting.extend(self.starts.try_iter());
        self.waiting.retain(|start| start.owned.is_current());
        while let Some(start) = self.waiting.pop() {
            if let Err(error) = self.position(&start) {
                // A broker that is away would hold up each of them: polling comes first, to stay in the group.
                tracing::warn!(
                    shard = %start.owned.shard, %error,
                    "reading a partition could not be begun at its offset; it is tried again"
                );
                self.waiting.push(start);
                break;
            }
            let lines =
                [start.commands, start.amendments].map(|next| Line { next, held: None, is_said: false, silent: None });
            for (line, known) in lines.iter().zip(&start.owned.lines) {
                known.note(line.next);
            }
            self.judge.awaits_answers |= start.owned.unanswered_until().is_some();
            self.judge.reading.insert(start.owned.shard, ShardLines { owned: start.owned, lines });
        }
        if self.waiting.is_empty() {
            self.readiness.ready(Condition::Positions);
        } else {
            self.readiness.waiting(Condition::Positions, "partitions cannot be positioned");
        }
        self.try_again();
    }

    /// Positions both consumers where the takeover found the shard.
    fn position(&mut self, start: &Start) -> KafkaResult<()> {
        let shard = start.owned.shard;
        self.amendments.assign(shard, start.amendments)?;
        self.commands.position(shard, start.commands)
    }

    /// Tries to read on where that was not possible, and where the client hands over nothing although there is something
    /// (`kafka::watch`): after a broker had stood still it was seen to fetch nothing of any partition for ten minutes.
    fn try_again(&mut self) {
        let now = Instant::now();
        let some_stand_still = self.standstills.are_some();
        let mut is_of_no_use = false;
        let Judge { reading, settings, .. } = &mut self.judge;
        for (shard, reading) in reading {
            for stream in Stream::BOTH {
                let line = &mut reading.lines[stream as usize];
                let is_silent = some_stand_still
                    && line.held.is_none()
                    && !line.is_said
                    && line.silent.is_none_or(|at| at <= now)
                    && self.standstills.has(&settings.place(stream, *shard));
                if is_silent {
                    // What is forwarded the service has written itself, so there is nothing that a client cannot take apart.
                    is_of_no_use |= line.silent.is_some() && stream == Stream::Amendments;
                    line.silent = Some(now + SILENT_AGAIN);
                    tracing::warn!(
                        %shard, client = stream.client(), offset = line.next,
                        "the client hands over nothing of a partition that has records: it is positioned there once more"
                    );
                } else if line.held.is_none_or(|at| at > now) {
                    continue;
                }
                let positioned = match stream {
                    Stream::Commands => self.commands.position(*shard, line.next),
                    Stream::Amendments => self.amendments.assign(*shard, line.next),
                };
                match positioned {
                    Ok(()) => line.held = None,
                    Err(error) => {
                        tracing::debug!(
                            %shard, %error,
                            "reading could not be begun again at the offset of a partition that cannot be read"
                        );
                        line.held = Some(now + AGAIN);
                    }
                }
            }
        }
        if is_of_no_use {
            self.read_amendments_anew(now);
        }
    }

    /// Takes another client in place of the one that reads amendments; all of them are positioned in it.
    fn read_amendments_anew(&mut self, now: Instant) {
        match (self.read_amendments)() {
            Ok(consumer) => {
                tracing::error!(
                    "the client of the amendments hands over nothing even so: it is replaced by another one"
                );
                leave_behind(self.amendments.replace(consumer));
                for reading in self.judge.reading.values_mut() {
                    reading.lines[Stream::Amendments as usize].held = Some(now);
                }
            }
            Err(error) => tracing::error!(%error, "another client of the amendments cannot be made; tried again"),
        }
    }
}
