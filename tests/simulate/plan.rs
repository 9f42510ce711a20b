//! What a seed makes of a world: its size, the commands that are sent, the faults that strike. All of it is an explicit
//! list, so that a failing world can be made smaller.

use std::fmt;

use schedule_callback::domain::life::Outcome;
use schedule_callback::domain::lifecycle::LifecycleRules;

use crate::executor::{MILLIS, Micros, SECOND};
use crate::instance::Settings;
use crate::network::{Service, Strike};
use crate::random::Random;
use crate::rules::LeftOut;

/// A world to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Everything that is not in the lists follows from it.
    pub seed: u64,
    /// How many instances there are.
    pub instances: usize,
    /// How many shards.
    pub shards: i32,
    /// The settings of all instances.
    pub settings: Settings,
    /// What is sent.
    pub orders: Vec<Order>,
    /// What routers make of due events.
    pub reactions: Vec<Reaction>,
    /// What goes wrong.
    pub faults: Vec<Fault>,
    /// Of each skill that is tracked at first, what its record says in turn; `None` where it is not tracked any more.
    pub skills: Vec<Vec<Option<LifecycleRules>>>,
    /// The rule that is left out.
    pub left_out: LeftOut,
}

/// A command record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its number in the plan; other orders name it by that.
    pub number: usize,
    /// When it is sent.
    pub at: Micros,
    /// To which partition.
    pub partition: i32,
    /// What it asks for.
    pub what: Wanted,
}

/// What a command asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A callback at that moment.
    Schedule {
        /// When.
        due: Micros,
    },
    /// What the rules refuse, in one of three ways.
    Impossible {
        /// Which.
        way: u64,
    },
    /// The end of the callback that another order made.
    Cancel {
        /// That order.
        of: usize,
        /// By its id, where that is known by then; else by its command.
        by_id: bool,
    },
    /// Another moment for it.
    Reschedule {
        /// That order.
        of: usize,
        /// By its id, where that is known by then; else by its command.
        by_id: bool,
        /// When.
        due: Micros,
    },
    /// Another order once more.
    Repeat {
        /// That order.
        of: usize,
    },
    /// A callback that is followed after it is due: of a skill that is tracked, or with a `notAfter`.
    Follow {
        /// When.
        due: Micros,
        /// Which skill of the plan's; `None` is one that is never tracked.
        skill: Option<usize>,
        /// For which of the agents who come and go, if for one.
        agent: Option<usize>,
        /// From when on it must not be presented.
        not_after: Option<Micros>,
    },
    /// Another moment and another skill for a callback that is followed.
    Move {
        /// The order that made it.
        of: usize,
        /// When.
        due: Micros,
        /// Which skill; as in `Follow`.
        skill: Option<usize>,
        /// From when on it must not be presented, where that is said.
        not_after: Option<Micros>,
    },
    /// What came of a due event, whether there was one or not.
    Report {
        /// The order that made the callback.
        of: usize,
        /// By its id, where that is known by then; else by its command.
        by_id: bool,
        /// Of which attempt.
        attempt: i64,
        /// What.
        outcome: Outcome,
    },
    /// No command: the directory says that of one of the plan's skills.
    Skill {
        /// Which.
        skill: usize,
        /// Which of the plan's versions.
        version: usize,
    },
    /// No command: an agent comes or goes.
    Agent {
        /// Which.
        agent: usize,
        /// Whether the agent is active.
        is_active: bool,
    },
    /// Something else under another order's command id.
    Reuse {
        /// That order.
        of: usize,
        /// When.
        due: Micros,
    },
}

/// What a router reports of a due event that it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reaction {
    /// Its number in the plan.
    pub number: usize,
    /// The order that made the callback.
    pub of: usize,
    /// Of which of its due events, counted as they are read, from 1.
    pub presentation: u32,
    /// How long after it was read.
    pub after: Micros,
    /// To which partition.
    pub partition: i32,
    /// What came of it.
    pub outcome: Outcome,
    /// How far the attempt that is named is from the one of the event.
    pub off: i64,
    /// With `rescheduled`: how long after the report.
    pub due: Micros,
    /// The same once more: how much later, and to which partition.
    pub again: Option<(Micros, i32)>,
}

/// Something that goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Its number in the plan.
    pub number: usize,
    /// When; one that is aimed waits for its call from then on.
    pub at: Micros,
    /// What.
    pub what: Trouble,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// An instance dies, and is started again so much later.
    Crash(usize, Micros),
    /// All instances die at once.
    CrashAll(Micros),
    /// An instance is stopped in order, and started again.
    Stop(usize, Micros),
    /// An instance stands still.
    Freeze(usize, Micros),
    /// One instance more comes, and is stopped after so long.
    Extra(Micros),
    /// The broker dies, and is started again.
    KillKafka(Micros),
    /// The database dies, and is started again.
    KillPostgres(Micros),
    /// Everything dies, and is started again.
    PowerCut(Micros),
    /// A server stands still.
    FreezeServer(Service, Micros),
    /// A server's disk is slow.
    Slow(Service, Micros),
    /// An instance's connections to a server are closed, and new ones too.
    Cut(Service, usize, Micros),
    /// Nothing passes between them.
    Stall(Service, usize, Micros),
    /// Calls pass, answers do not, then the connections are closed.
    LoseAnswers(Service, usize, Micros),
    /// A machine's clock is wrong by so much, for so long. It does no harm, so that nothing may be late for longer than after
    /// other faults.
    SetClock(usize, Micros, Micros),
    /// The group expels a member that lives.
    Expel(usize),
    /// The group has all members join again.
    Rebalance,
    /// The broker aborts every open transaction.
    TimeOut,
    /// The broker dies just after the next commit is decided, and forgets it.
    Hang,
    /// The database is a backup of so long ago; instances are started again.
    Restore(Micros),
    /// The so-many-th call of that name by that instance is struck.
    Aimed(usize, &'static str, u32, Strike),
}

/// Calls that strikes are aimed at, and whether the server may refuse them.
const CALLS: [(&str, bool); 19] = [
    ("claim", false),
    ("wait for holders", false),
    ("read highest id", false),
    ("forget previous owners", false),
    ("copy markers", false),
    ("begin", true),
    ("hold epochs", true),
    ("find decisions", true),
    ("write rows", true),
    ("commit rows", false),
    ("load", false),
    ("join", false),
    ("fetch", false),
    ("produce", true),
    ("send offsets", true),
    ("commit events", false),
    ("abort events", false),
    ("read offsets", false),
    ("initialise producer", false),
];

impl Plan {
    /// The world of that seed.
    pub fn of(seed: u64, left_out: LeftOut) -> Self {
        let mut random = Random::of(seed);
        let instances = 2 + usize_of(random.below(3));
        let shards = 1 + i32::try_from(random.below(5)).unwrap_or(0);
        let settings = Settings {
            stage_ahead: *random.one_of(&[0, 0, 500 * MILLIS, 2 * SECOND, 10 * SECOND]).unwrap_or(&0),
            window: *random.one_of(&[4 * SECOND, 20 * SECOND, 60 * SECOND]).unwrap_or(&0),
            window_rows: *random.one_of(&[6, 30, 100_000]).unwrap_or(&6),
            load_rows: *random.one_of(&[2, 10, 500]).unwrap_or(&2),
            pass_rows: *random.one_of(&[2, 8, 10_000]).unwrap_or(&2),
            batch: *random.one_of(&[1, 4, 50]).unwrap_or(&1),
            keep_alive: *random.one_of(&[3 * SECOND, 20 * SECOND, 3_600 * SECOND]).unwrap_or(&0),
            acknowledge_within: 3_600 * SECOND,
            has_state: false,
        };
        let span = random.between(12, 40);
        let (orders, reactions, faults, skills) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut plan = Self { seed, instances, shards, settings, orders, reactions, faults, skills, left_out };
        let span = micros(span) * SECOND;
        plan.send(&mut random, span);
        plan.disturb(&mut random, span);
        plan.live(span);
        plan
    }

    fn send(&mut self, random: &mut Random, span: Micros) {
        let count = usize_of(random.between(20, 140));
        let furthest = random.between(2, 25) * SECOND.unsigned_abs();
        let due = |random: &mut Random, at: Micros| {
            let due = at + micros(random.between(200_000, furthest));
            // Half of them at whole seconds, so that several are due at once.
            if random.below(2) == 0 { due } else { due / SECOND * SECOND + SECOND }
        };
        let mut at = 0;
        for number in 0..count {
            // They come in bursts.
            if random.below(4) == 0 {
                at = micros(random.below(span.unsigned_abs()));
            } else {
                at += micros(random.below(2_000));
            }
            let of = usize_of(random.below(number.max(1) as u64));
            let by_id = random.below(2) == 0;
            let what = match random.below(100) {
                _ if number == 0 => Wanted::Schedule { due: due(random, at) },
                0..52 => Wanted::Schedule { due: due(random, at) },
                52..56 => Wanted::Impossible { way: random.below(3) },
                56..71 => Wanted::Cancel { of, by_id },
                71..86 => Wanted::Reschedule { of, by_id, due: due(random, at) },
                86..96 => Wanted::Repeat { of },
                _ => Wanted::Reuse { of, due: due(random, at) },
            };
            let partition = i32::try_from(random.below(u64::from(self.shards.unsigned_abs()))).unwrap_or(0);
            self.orders.push(Order { number, at, partition, what });
        }
        self.orders.sort_by_key(|order| (order.at, order.number));
    }

    fn disturb(&mut self, random: &mut Random, span: Micros) {
        let count = match random.below(8) {
            0 => 1 + usize_of(random.below(3)),
            1..4 => 3 + usize_of(random.below(12)),
            _ => 15 + usize_of(random.below(60)),
        };
        for number in 0..count {
            let at = micros(random.below(span.unsigned_abs()));
            let what = self.trouble(random);
            self.faults.push(Fault { number, at, what });
        }
        self.faults.sort_by_key(|fault| (fault.at, fault.number));
    }

    fn trouble(&self, random: &mut Random) -> Trouble {
        let instance = usize_of(random.below(self.instances as u64));
        let service = if random.below(2) == 0 { Service::Kafka } else { Service::Postgres };
        let down = micros(random.between(1_000, 3_000_000));
        let broken = micros(random.between(50_000, 8_000_000));
        match random.below(100) {
            0..6 => Trouble::Crash(instance, down),
            6..8 => Trouble::CrashAll(down),
            8..11 => Trouble::Stop(instance, down),
            11..14 => Trouble::Freeze(instance, micros(random.between(100_000, 9_000_000))),
            14..16 => Trouble::Extra(broken),
            16..18 => Trouble::KillKafka(down),
            18..20 => Trouble::KillPostgres(down),
            20 => Trouble::PowerCut(down),
            21 => Trouble::FreezeServer(service, broken),
            22..24 => Trouble::Slow(service, broken),
            24..26 => Trouble::Cut(service, instance, broken),
            26..28 => Trouble::Stall(service, instance, broken),
            28..30 => Trouble::LoseAnswers(service, instance, micros(random.between(10_000, 1_000_000))),
            30..34 => {
                let long = if random.below(2) == 0 { broken } else { 3_600 * SECOND };
                Trouble::SetClock(instance, micros(random.below(7_200_000_000)) - 3_600 * SECOND, long)
            }
            34..37 => Trouble::Expel(instance),
            37..39 => Trouble::Rebalance,
            39..41 => Trouble::TimeOut,
            41..43 => Trouble::Hang,
            _ => Self::aimed(random, instance),
        }
    }

    pub fn aimed(random: &mut Random, instance: usize) -> Trouble {
        let call = random.one_of(&CALLS).copied();
        call.map_or(Trouble::Rebalance, |(call, may_refuse)| Self::aimed_at(random, instance, call, may_refuse))
    }

    pub fn aimed_at(random: &mut Random, instance: usize, call: &'static str, may_refuse: bool) -> Trouble {
        let skip = u32::try_from(random.below(3)).unwrap_or(0);
        let strike = match random.below(9) {
            0 => Strike::CrashBefore,
            1 => Strike::CrashAfter,
            2 => Strike::LoseRequest,
            3 => Strike::LoseAnswer,
            4 => Strike::Delay(micros(random.between(1_000, 9_000_000))),
            5 => Strike::Freeze(micros(random.between(1_000, 9_000_000))),
            // Longer than any caller waits, also.
            6 => Strike::HoldAnswer(micros(random.between(1_000, 12_000_000))),
            7 if matches!(call, "produce" | "send offsets" | "commit events" | "abort events") => Strike::Twice,
            _ if may_refuse => Strike::Refuse,
            _ => Strike::LoseAnswer,
        };
        Trouble::Aimed(instance, call, skip, strike)
    }
}

impl Trouble {
    /// How long it takes at most until all is as usual again.
    pub fn lasts(self) -> Micros {
        // A dead member is noticed after 6 s, what it left in the database after 8; takeovers are tried again after up to
        // 5 s, a call that stands still is given up after 10 to 20.
        const SOON: Micros = 25 * SECOND;
        const LATE: Micros = 45 * SECOND;
        match self {
            Self::Aimed(_, _, _, Strike::Refuse) => 4 * SECOND,
            Self::Crash(_, long) | Self::CrashAll(long) | Self::Stop(_, long) | Self::Extra(long) => long + SOON,
            Self::Aimed(_, _, _, Strike::Delay(long) | Strike::HoldAnswer(long) | Strike::Freeze(long))
            | Self::Freeze(_, long)
            | Self::KillKafka(long)
            | Self::KillPostgres(long)
            | Self::PowerCut(long)
            | Self::FreezeServer(_, long)
            | Self::Slow(_, long)
            | Self::Cut(_, _, long)
            | Self::Stall(_, _, long)
            | Self::LoseAnswers(_, _, long) => long + LATE,
            Self::Expel(_) | Self::Rebalance | Self::TimeOut => SOON,
            Self::SetClock(..) | Self::Hang | Self::Restore(_) | Self::Aimed(..) => LATE,
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, at, partition, what } = self;
        write!(f, "{} order {number} to partition {partition}: {what:?}", seconds(*at))
    }
}

impl fmt::Display for Reaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, of, presentation, after, partition, outcome, off, due, again } = self;
        write!(
            f,
            "reaction {number} to due event {presentation} of order {of}: {outcome:?} of attempt {off:+}, {after} us later to \
             partition {partition}; due {due}, again {again:?}"
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} fault {}: {:?}", seconds(self.at), self.number, self.what)
    }
}

/// A moment as traces have it.
pub fn seconds(at: Micros) -> String {
    format!("{:>4}.{:06}", at / SECOND, at % SECOND)
}

pub fn micros(number: u64) -> Micros {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub fn usize_of(number: u64) -> usize {
    usize::try_from(number).unwrap_or(0)
}
