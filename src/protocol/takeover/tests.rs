use proptest::prelude::*;

use super::*;
use crate::domain::time::Timestamp;
use crate::protocol::beginning::MarkerBehind;

type Attempt = super::Attempt<&'static str, &'static str, u8>;
type Event = super::Event<&'static str, &'static str, u8>;
type Step = super::Step<&'static str, &'static str, u8>;

/// Every fault that an adapter can report.
const FAULTS: [Fault; 5] = [Fault::Refused, Fault::Fenced, Fault::Aborted, Fault::Unknown, Fault::Away];

const ZERO: Duration = Duration::ZERO;
const ALONE: Coordinators = Coordinators::Alone;

fn shard(partition: i32) -> Shard {
    Shard::from_partition(partition).unwrap()
}

fn at(micros: i64) -> Position {
    Position { fire_at: Timestamp::from_micros(micros), callback_id: 0 }
}

/// Shard 0, and shard 1 whose partitions have to be read anew.
fn wanted() -> Vec<Awaiting> {
    [(0, false), (1, true)].map(|(n, anew)| Awaiting { shard: shard(n), number: u64::from(anew), anew }).to_vec()
}

fn begin() -> Attempt {
    Attempt::begin("own", wanted(), at(1))
}

/// Both shards claimed, with epoch 5; others owned shard 0 before.
fn claims() -> BTreeMap<Shard, Claim<&'static str>> {
    let claim = |previous: &[&'static str]| Claim { epoch: 5, previous: previous.to_vec(), confirmed: Some(at(10)) };
    BTreeMap::from([(shard(0), claim(&["own", "other"])), (shard(1), claim(&[]))])
}

fn read() -> BTreeMap<Shard, Read<&'static str>> {
    let read = |places| Read { marker: Some(at(20)), places };
    BTreeMap::from([(shard(0), read("offsets 0")), (shard(1), read("offsets 1"))])
}

fn takeovers() -> BTreeMap<Shard, u8> {
    BTreeMap::from([(shard(0), 10), (shard(1), 11)])
}

/// What happens where nothing goes wrong, step by step.
fn undisturbed() -> Vec<Event> {
    vec![
        Event::Belongs { adopts: true },
        Event::Claimed(claims()),
        Event::Done,
        Event::Read(read()),
        Event::HighestId(0),
        Event::Installed(takeovers()),
        Event::Done,
        Event::Done,
        Event::Done,
        Event::Done,
    ]
}

/// An attempt in which so many of these steps are done.
fn after(steps: usize) -> Attempt {
    let mut attempt = begin();
    undisturbed().into_iter().take(steps).for_each(|event| attempt.handle(event, ZERO));
    attempt
}

fn handle(mut attempt: Attempt, event: Event) -> Step {
    attempt.handle(event, ZERO);
    attempt.step()
}

fn failed(again: Vec<Awaiting>, retry: Retry) -> Step {
    Step::End(Outcome { taken: 0, again, retry: Some(retry) })
}

#[test]
fn a_takeover_goes_through_its_steps_in_order() {
    let both = vec![shard(0), shard(1)];
    let patience = Duration::from_millis(250);
    let chosen = |n: usize, places| {
        let (awaiting, beginning) = (wanted()[n], Beginning::Marker(at(20)));
        Chosen { awaiting, epoch: 5, beginning, places }
    };
    let installed = |n: usize, takeover, places| Installed { awaiting: wanted()[n], epoch: 5, takeover, places };
    let expected = [
        Step::CheckBelonging,
        Step::Claim(both.clone()),
        Step::WaitForHolders(both.clone()),
        Step::ReadStable { shards: both, anew: BTreeSet::from([shard(1)]), pause: ZERO, patience },
        Step::ReadHighestId,
        Step::Install { chosen: vec![chosen(0, "offsets 0"), chosen(1, "offsets 1")], stopped: Vec::new() },
        Step::CommitMarkers(vec![10, 11]),
        Step::ForgetPrevious(vec![(shard(0), 5), (shard(1), 5)]),
        Step::NoteAdoption,
        Step::Start(vec![installed(0, 10, "offsets 0"), installed(1, 11, "offsets 1")]),
        Step::End(Outcome { taken: 2, ..Outcome::default() }),
    ];
    for (steps, expected) in expected.into_iter().enumerate() {
        assert_eq!(after(steps).step(), expected);
    }
    let mut attempt = begin();
    let others = undisturbed().into_iter().skip(1);
    [Event::Belongs { adopts: false }].into_iter().chain(others.take(7)).for_each(|event| attempt.handle(event, ZERO));
    assert!(matches!(attempt.step(), Step::Start(_)), "nothing is to be noted");
}

#[test]
fn a_fault_before_any_epoch_is_raised_costs_nobody_anything() {
    for fault in FAULTS {
        let retry = if fault == Fault::Refused { Retry::Later } else { Retry::Soon };
        assert_eq!(handle(after(0), Event::Failed(fault)), failed(wanted(), retry), "{fault:?}");
        let is_certain = matches!(fault, Fault::Away | Fault::Aborted);
        let retry = if is_certain { Retry::Soon } else { Retry::Later };
        assert_eq!(handle(after(1), Event::Failed(fault)), failed(wanted(), retry), "{fault:?}");
    }
    assert_eq!(handle(after(0), Event::Misplaced), failed(wanted(), Retry::Later));
}

#[test]
fn a_fault_once_epochs_are_raised_is_followed_by_an_ever_later_attempt() {
    for fault in FAULTS {
        for steps in 2..=4 {
            assert_eq!(handle(after(steps), Event::Failed(fault)), failed(wanted(), Retry::Later), "{steps} {fault:?}");
        }
    }
}

#[test]
fn where_the_markers_are_not_committed_the_takeovers_end_whatever_became_of_it() {
    for fault in FAULTS {
        let mut attempt = after(6);
        attempt.handle(Event::Failed(fault), ZERO);
        assert_eq!(attempt.step(), Step::GiveUp { again: vec![10], anew: vec![11] }, "{fault:?}");
        // One of them has been lost meanwhile.
        let again = vec![Awaiting { number: 7, ..wanted()[1] }];
        assert_eq!(handle(attempt, Event::GivenUp(again.clone())), failed(again, Retry::Later));
    }
}

#[test]
fn a_fault_after_the_markers_are_committed_does_not_hold_up_the_beginning() {
    for fault in FAULTS {
        assert_eq!(handle(after(7), Event::Failed(fault)), Step::NoteAdoption);
        assert!(matches!(handle(after(8), Event::Failed(fault)), Step::Start(_)), "{fault:?}");
    }
}

#[test]
fn an_event_that_a_step_cannot_have_changes_nothing() {
    for steps in 0..=10 {
        let attempt = after(steps);
        let events = [
            Event::Answers(ALONE),
            Event::NotAborted,
            Event::NotStable,
            Event::GivenUp(Vec::new()),
            Event::StartedOver(Vec::new()),
        ];
        for event in events {
            if steps == 3 && event == Event::NotStable {
                continue;
            }
            assert_eq!(handle(attempt.clone(), event.clone()), attempt.step(), "{steps} {event:?}");
        }
    }
    for event in undisturbed() {
        assert_eq!(handle(after(10), event), after(10).step(), "it has ended");
    }
}

#[test]
fn what_stays_pending_is_aborted_in_the_names_of_the_previous_owners_and_of_nobody_else() {
    let mut attempt = after(3);
    for seconds in 0..2 {
        assert!(matches!(attempt.step(), Step::ReadStable { .. }));
        attempt.handle(Event::NotStable, Duration::from_secs(seconds));
        assert_eq!(attempt.step(), Step::AskCoordinators);
        attempt.handle(Event::Answers(ALONE), Duration::from_secs(seconds));
    }
    assert_eq!(attempt.step(), Step::AbortInNameOf(BTreeSet::from(["other"])));
    attempt.handle(Event::Done, Duration::from_secs(2));
    assert!(matches!(attempt.step(), Step::ReadStable { pause: ZERO, .. }));
    attempt.handle(Event::Read(read()), Duration::from_secs(2));
    assert_eq!(attempt.step(), Step::ReadHighestId);
}

#[test]
fn what_hangs_is_ended_in_every_name_once_nothing_builds_on_it() {
    let mut attempt = after(3);
    let mut now = ZERO;
    while attempt.step() != Step::StartOver {
        now += Duration::from_secs(1);
        let event = match attempt.step() {
            Step::ReadStable { .. } => Event::NotStable,
            Step::AbortInNameOf(_) => Event::Done,
            Step::AskCoordinators => Event::Answers(ALONE),
            step => panic!("{step:?}"),
        };
        attempt.handle(event, now);
    }
    let others = vec![Awaiting { shard: shard(2), number: 9, anew: false }];
    attempt.handle(Event::StartedOver(others.clone()), now);
    let owners = BTreeSet::from(["other", "own"]);
    assert_eq!(attempt.step(), Step::EndHanging { owners, shard: Some(shard(0)) });
    attempt.handle(Event::Done, now);
    undisturbed().into_iter().skip(3).for_each(|event| attempt.handle(event, now));
    assert_eq!(attempt.step(), Step::End(Outcome { taken: 2, again: others, retry: None }));
}

#[test]
fn the_waiting_for_stable_offsets_ends() {
    let mut attempt = after(3);
    attempt.handle(Event::NotStable, Duration::from_secs(41));
    assert_eq!(attempt.step(), failed(wanted(), Retry::Later));
    assert_eq!(handle(after(3), Event::Stop), failed(wanted(), Retry::Later));
}

#[test]
fn only_shards_whose_assignment_stands_are_confirmed_and_none_is_forgotten() {
    let one = BTreeMap::from([(shard(1), 11)]);
    assert_eq!(handle(after(5), Event::Installed(one)), Step::CommitMarkers(vec![11]));
    assert_eq!(handle(after(5), Event::Installed(BTreeMap::new())), Step::End(Outcome::default()));
    // The database or the broker say nothing of one of them.
    let mut partly = after(1);
    partly.handle(Event::Claimed(BTreeMap::from([(shard(0), claims()[&shard(0)].clone())])), ZERO);
    assert_eq!(partly.step(), Step::WaitForHolders(vec![shard(0)]));
    partly.handle(Event::Done, ZERO);
    assert_eq!(handle(partly, Event::Read(BTreeMap::new())), failed(vec![wanted()[1], wanted()[0]], Retry::Later));
    assert_eq!(handle(after(1), Event::Claimed(BTreeMap::new())), failed(wanted(), Retry::Later));
}

/// What step T4 says of shard 0, given the broker's marker and its copy.
fn chosen(marker: Option<Position>, confirmed: Option<Position>) -> Result<Beginning, Contradiction> {
    let mut attempt = Attempt::begin("own", vec![wanted()[0]], at(1));
    attempt.handle(Event::Belongs { adopts: false }, ZERO);
    let claim = Claim { epoch: 1, previous: Vec::new(), confirmed };
    attempt.handle(Event::Claimed(BTreeMap::from([(shard(0), claim)])), ZERO);
    attempt.handle(Event::Done, ZERO);
    attempt.handle(Event::Read(BTreeMap::from([(shard(0), Read { marker, places: "" })])), ZERO);
    let Step::Install { chosen, stopped } = handle(attempt, Event::HighestId(100)) else { panic!("not chosen") };
    match (&chosen[..], &stopped[..]) {
        ([one], []) => Ok(one.beginning),
        ([], [(_, contradiction)]) => Err(*contradiction),
        both => panic!("{both:?}"),
    }
}

#[test]
fn a_shard_goes_on_at_its_marker_at_its_copy_or_at_the_beginning_and_else_it_stops() {
    assert_eq!(chosen(Some(at(7)), Some(at(5))), Ok(Beginning::Marker(at(7))));
    assert_eq!(chosen(None, Some(at(5))), Ok(Beginning::Copy(at(5))));
    assert_eq!(chosen(None, None), Ok(Beginning::First(at(1))));
    let behind = MarkerBehind { marker: at(4), confirmed: at(5) };
    assert_eq!(chosen(Some(at(4)), Some(at(5))), Err(behind.into()));
    let marker = Position { callback_id: 101, ..at(7) };
    assert_eq!(chosen(Some(marker), Some(at(5))), Err(Contradiction::LostFuture { marker, highest: 100 }));
}

#[test]
fn a_shard_that_is_stopped_is_not_tried_again() {
    let mut attempt = after(3);
    let mut read = read();
    read.get_mut(&shard(0)).unwrap().marker = Some(at(4));
    attempt.handle(Event::Read(read), ZERO);
    attempt.handle(Event::HighestId(0), ZERO);
    let Step::Install { chosen, stopped } = attempt.step() else { panic!("not chosen") };
    assert_eq!((chosen[0].awaiting, stopped[0].0), (wanted()[1], wanted()[0]));
    attempt.handle(Event::Installed(BTreeMap::from([(shard(1), 11)])), ZERO);
    undisturbed().into_iter().skip(6).for_each(|event| attempt.handle(event, ZERO));
    assert_eq!(attempt.step(), Step::End(Outcome { taken: 1, ..Outcome::default() }));
}

/// What a server may say to that step, by a number; whoever asks long enough hears everything.
fn said(step: &Step, number: u8, others: &[Awaiting]) -> Event {
    let fault = FAULTS[usize::from(number) % FAULTS.len()];
    match (step, number % 4) {
        (Step::CheckBelonging, 0) => Event::Misplaced,
        (Step::ReadStable { .. }, 0 | 1) => Event::NotStable,
        (Step::AskCoordinators, _) => {
            Event::Answers([Coordinators::Busy, ALONE, Coordinators::Replicated][usize::from(number) % 3])
        }
        (Step::AbortInNameOf(_), 0) => Event::NotAborted,
        (Step::StartOver, _) => Event::StartedOver(others.to_vec()),
        (Step::AbortInNameOf(_) | Step::EndHanging { .. } | Step::Start(_), _) => Event::Done,
        (Step::GiveUp { again, anew }, _) => {
            let given_up =
                wanted().into_iter().filter(|one| again.iter().chain(anew).any(|of| *of == takeovers()[&one.shard]));
            Event::GivenUp(given_up.collect())
        }
        (Step::Install { chosen, .. }, _) => {
            let installed = chosen
                .iter()
                .map(|one| one.awaiting.shard)
                .filter(|shard| number.is_multiple_of(3) || shard.partition() == 0);
            Event::Installed(installed.map(|shard| (shard, takeovers()[&shard])).collect())
        }
        (_, 0) => Event::Failed(fault),
        (Step::CheckBelonging, _) => Event::Belongs { adopts: number.is_multiple_of(2) },
        (Step::Claim(_), 1) => Event::Claimed(claims().into_iter().take(1).collect()),
        (Step::Claim(_), _) => Event::Claimed(claims()),
        (Step::ReadStable { .. }, _) => Event::Read(read()),
        (Step::ReadHighestId, _) => Event::HighestId(0),
        _ => Event::Done,
    }
}

proptest! {
    #[test]
    fn whatever_servers_say_an_attempt_ends_and_forgets_no_shard(
        numbers in prop::collection::vec(any::<u8>(), 200),
        seconds in 0_u64..3,
    ) {
        let others = vec![Awaiting { shard: shard(7), number: 9, anew: false }];
        let mut attempt = begin();
        let (mut now, mut lost, mut started, mut has_others) = (ZERO, Vec::new(), Vec::new(), false);
        let mut seen = Vec::new();
        for number in numbers {
            let step = attempt.step();
            let event = said(&step, number, &others);
            if let (Step::Install { chosen, .. }, Event::Installed(installed)) = (&step, &event) {
                lost.extend(chosen.iter().map(|one| one.awaiting).filter(|one| !installed.contains_key(&one.shard)));
            }
            match &step {
                Step::End(outcome) => {
                    let all: BTreeSet<_> = outcome.again.iter().chain(&lost).chain(&started).copied().collect();
                    let expected = wanted().into_iter().chain(others.iter().copied().filter(|_| has_others)).collect();
                    prop_assert_eq!(all, expected, "{:?}", outcome);
                    prop_assert_eq!(outcome.taken, started.len());
                    return Ok(());
                }
                Step::Start(installed) => {
                    started.extend(installed.iter().map(|one| one.awaiting));
                    prop_assert!(seen.contains(&"wait") && seen.contains(&"read") && seen.contains(&"confirm"));
                }
                Step::StartOver => has_others = true,
                Step::WaitForHolders(_) if event == Event::Done => seen.push("wait"),
                Step::ReadStable { .. } if event != Event::NotStable => seen.push("read"),
                Step::CommitMarkers(_) if event == Event::Done => seen.push("confirm"),
                _ => {}
            }
            attempt.handle(event, now);
            now += Duration::from_secs(seconds);
        }
        // Where no time passes, nothing stable may be waited for without an end.
        prop_assert!(seconds == 0, "it does not end: {:?}", attempt.step());
    }
}
