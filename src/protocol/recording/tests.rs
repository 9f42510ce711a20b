use super::*;
use crate::domain::commitment::Position;
use crate::domain::ids::CallbackId;
use crate::domain::time::Timestamp;

const ALL: [Fault; 5] = [Fault::Refused, Fault::Fenced, Fault::Aborted, Fault::Unknown, Fault::Away];

/// Two shards, each under one epoch.
const BOTH: [u8; 2] = [1, 2];

/// A batch that decides these keys, each to be the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Batch(Vec<(u8, &'static str)>);

impl Settled for Batch {
    type Key = u8;
    type Decision = &'static str;

    fn decisions(&self) -> impl Iterator<Item = (u8, &&'static str)> + Clone {
        self.0.iter().map(|(key, decision)| (*key, decision))
    }
}

type Machine<K = EveryRule> = Recording<u8, Batch, K>;

#[expect(clippy::needless_pass_by_value, reason = "a step is written down where it is expected")]
fn hear<K: Keeps<Rule>>(machine: &mut Machine<K>, step: Step<u8>, came: Came<u8, Batch>) {
    assert_eq!(machine.step(), step);
    machine.hear(came);
}

fn batch() -> Batch {
    Batch(vec![(1, "a"), (2, "b")])
}

fn done() -> Came<u8, Batch> {
    Came::Done
}

fn holding<K: Keeps<Rule>>(machine: &mut Machine<K>) {
    hear(machine, Step::Begin, Came::Standing(BOTH.to_vec()));
    hear(machine, Step::Prepare, done());
    hear(machine, Step::HoldEpochs(BOTH.to_vec()), Came::Held(BOTH.to_vec()));
}

fn settling<K: Keeps<Rule>>(machine: &mut Machine<K>) {
    holding(machine);
    hear(machine, Step::LookUp { beyond: true }, Came::Known { beyond: false });
    hear(machine, Step::Settle, Came::Settled(batch()));
}

fn committing<K: Keeps<Rule>>(machine: &mut Machine<K>) {
    settling(machine);
    hear(machine, Step::Write, done());
    assert_eq!(machine.step(), Step::Commit);
}

fn doubting() -> Machine {
    let mut machine = Machine::new();
    committing(&mut machine);
    machine.hear(Came::Failed(Fault::Unknown));
    hear(&mut machine, Step::Wait(WAITS.0), done());
    hear(&mut machine, Step::Begin, Came::Standing(BOTH.to_vec()));
    assert!(machine.is_in_doubt());
    machine
}

fn finding_out(held: &[u8], known: &[(u8, &'static str)]) -> Machine {
    let mut machine = doubting();
    hear(&mut machine, Step::HoldEpochs(BOTH.to_vec()), Came::Held(held.to_vec()));
    hear(&mut machine, Step::FindOut, Came::Found(known.iter().copied().collect()));
    machine
}

fn finishes<K: Keeps<Rule>>(mut machine: Machine<K>) {
    hear(&mut machine, Step::TellWindow, done());
    hear(&mut machine, Step::Publish, done());
    assert_eq!(machine.step(), Step::Over);
    assert_eq!(machine.into_settled(), Some(batch()));
}

/// A machine before each of its steps that can fail and before its commit, with the step and whether it has settled.
fn before_each_step() -> Vec<(Machine, bool)> {
    let mut machine = Machine::new();
    let mut all = vec![(machine.clone(), false)];
    let answers = [
        Came::Standing(BOTH.to_vec()),
        Came::Done,
        Came::Held(BOTH.to_vec()),
        Came::Known { beyond: false },
        Came::Settled(batch()),
    ];
    for came in answers {
        machine.hear(came);
        all.push((machine.clone(), machine.settled().is_some()));
    }
    all
}

fn at(micros: i64) -> Position {
    Position { fire_at: Timestamp::from_micros(micros), callback_id: 1 }
}

fn moved(was: Option<i64>, becomes: Option<i64>) -> Change<()> {
    Change {
        callback_id: CallbackId::new(1).unwrap(),
        was: was.map(at),
        becomes: becomes.map(|micros| (at(micros), ())),
    }
}

#[test]
fn a_shard_is_held_below_the_earliest_place_and_told_of_what_its_window_reaches() {
    let mut frontier = Frontier::starting_at(at(10));
    frontier.extend_reach(at(50));
    for (was, becomes, below, is_told) in [
        (Some(30), Some(90), 30, true),
        (Some(90), Some(30), 30, true),
        (None, Some(60), 60, false),
        (Some(50), None, 50, true),
    ] {
        let changes = [moved(Some(95), Some(99)), moved(was, becomes)];
        assert_eq!(held_below(&changes), Some(Timestamp::from_micros(below)));
        let hold = frontier.hold();
        let ends = hold_ends(&changes, &mut frontier, hold.clone(), false);
        assert_eq!(ends, HoldEnds { told: is_told.then_some((at(50), hold)), answered: None });
        ends.told.into_iter().for_each(|(_, hold)| frontier.release(hold));
        assert!(frontier.begin_pass(at(11), at(11)).is_some(), "the hold has ended");
        frontier.abort_pass();
        frontier = Frontier::starting_at(at(10));
        frontier.extend_reach(at(50));
    }
    assert_eq!(held_below::<()>(&[]), None);
}

#[test]
fn a_hold_that_waits_for_the_answers_waits_for_the_window_too() {
    let mut frontier = Frontier::starting_at(at(10));
    frontier.extend_reach(at(50));
    for answered_first in [true, false] {
        let hold = frontier.hold();
        let HoldEnds { told, answered } = hold_ends(&[moved(Some(30), None)], &mut frontier, hold, true);
        let (told, answered) = (told.unwrap().1, answered.unwrap());
        let (first, second) = if answered_first { (answered, told) } else { (told, answered) };
        frontier.release(first);
        assert_eq!(frontier.begin_pass(at(20), at(30)), None);
        frontier.release(second);
    }
    // The window reaches less far: only the answers are waited for.
    let hold = frontier.hold();
    let HoldEnds { told, answered } = hold_ends(&[moved(Some(60), None)], &mut frontier, hold, true);
    assert_eq!(told, None);
    assert_eq!(frontier.begin_pass(at(20), at(30)), None);
    frontier.release(answered.unwrap());
    assert_eq!(frontier.begin_pass(at(20), at(30)), Some(at(30)));
}

#[test]
fn an_undisturbed_batch_goes_from_its_epochs_to_its_answers() {
    let mut machine = Machine::new();
    committing(&mut machine);
    machine.hear(done());
    finishes(machine);
}

#[test]
fn a_batch_of_which_everything_is_known_writes_nothing() {
    let mut machine = Machine::new();
    holding(&mut machine);
    hear(&mut machine, Step::LookUp { beyond: true }, Came::Known { beyond: false });
    hear(&mut machine, Step::Settle, Came::Settled(Batch(Vec::new())));
    hear(&mut machine, Step::TellWindow, done());
    assert_eq!(machine.step(), Step::Publish);
}

#[test]
fn whatever_fails_before_the_commit_ends_the_holds_and_is_tried_again_after_a_wait() {
    for fault in ALL {
        for (mut machine, has_settled) in before_each_step() {
            let before = machine.step();
            machine.hear(Came::Failed(fault));
            if fault == Fault::Fenced && before != Step::Begin {
                hear(&mut machine, Step::Disown(BOTH.to_vec()), done());
            }
            if has_settled {
                hear(&mut machine, Step::EndHolds, done());
            }
            if fault != Fault::Fenced {
                hear(&mut machine, Step::Wait(WAITS.0), done());
            }
            assert_eq!(machine.step(), Step::Begin, "{fault:?} at {before:?}");
            assert_eq!((machine.settled(), machine.is_in_doubt()), (None, false), "{fault:?} at {before:?}");
            committing(&mut machine);
        }
    }
}

#[test]
fn a_commit_whose_answer_is_lost_keeps_its_holds_and_one_that_was_refused_does_not() {
    for fault in [Fault::Unknown, Fault::Away] {
        let mut machine = Machine::new();
        committing(&mut machine);
        machine.hear(Came::Failed(fault));
        assert_eq!((machine.step(), machine.is_in_doubt()), (Step::Wait(WAITS.0), true), "{fault:?}");
    }
    for fault in [Fault::Refused, Fault::Aborted] {
        let mut machine = Machine::new();
        committing(&mut machine);
        machine.hear(Came::Failed(fault));
        hear(&mut machine, Step::EndHolds, done());
        assert_eq!((machine.step(), machine.is_in_doubt()), (Step::Wait(WAITS.0), false), "{fault:?}");
    }
    let mut machine = Machine::new();
    committing(&mut machine);
    machine.hear(Came::Failed(Fault::Fenced));
    hear(&mut machine, Step::Disown(BOTH.to_vec()), done());
    assert_eq!(machine.step(), Step::EndHolds);
}

#[test]
fn waits_are_doubled_up_to_the_last() {
    let mut machine = Machine::new();
    let mut waits = Vec::new();
    for _ in 0..8 {
        hear(&mut machine, Step::Begin, Came::Failed(Fault::Away));
        let Step::Wait(wait) = machine.step() else { panic!("{:?}", machine.step()) };
        waits.push(wait.as_millis());
        machine.hear(done());
    }
    assert_eq!(waits, [50, 100, 200, 400, 800, 1_600, 2_000, 2_000]);
}

#[test]
fn a_commit_that_had_come_through_is_told_and_answered() {
    finishes(finding_out(&BOTH, &[(1, "a"), (2, "b")]));
    // Also where the shard is another's by now: what is committed is committed.
    finishes(finding_out(&[1], &[(1, "a"), (2, "b")]));
}

#[test]
fn a_batch_of_which_somebody_else_decided_a_command_is_settled_anew() {
    let mut machine = finding_out(&BOTH, &[(1, "another")]);
    hear(&mut machine, Step::EndHolds, done());
    assert!(!machine.is_in_doubt());
    committing(&mut machine);
}

#[test]
fn what_has_not_come_through_is_written_once_more_and_that_may_fail_like_the_first_time() {
    for fault in ALL.into_iter().filter(|fault| *fault != Fault::Fenced) {
        let mut machine = finding_out(&BOTH, &[]);
        hear(&mut machine, Step::Forget, done());
        hear(&mut machine, Step::Write, Came::Failed(fault));
        hear(&mut machine, Step::Wait(WAITS.0 * 2), done());
        assert!(machine.is_in_doubt(), "{fault:?}");
        hear(&mut machine, Step::Begin, Came::Standing(BOTH.to_vec()));
        hear(&mut machine, Step::HoldEpochs(BOTH.to_vec()), Came::Held(BOTH.to_vec()));
        hear(&mut machine, Step::FindOut, Came::Found(HashMap::new()));
        hear(&mut machine, Step::Forget, done());
        hear(&mut machine, Step::Write, done());
        hear(&mut machine, Step::Commit, Came::Failed(fault));
        assert_eq!((machine.step(), machine.is_in_doubt()), (Step::Wait(WAITS.0 * 4), true), "{fault:?}");
    }
    let mut machine = finding_out(&BOTH, &[]);
    hear(&mut machine, Step::Forget, done());
    hear(&mut machine, Step::Write, done());
    hear(&mut machine, Step::Commit, done());
    finishes(machine);
}

#[test]
fn whatever_fails_while_it_is_found_out_leaves_it_in_doubt() {
    for fault in ALL {
        let mut held = doubting();
        held.hear(Came::Held(BOTH.to_vec()));
        for mut machine in [doubting(), held] {
            machine.hear(Came::Failed(fault));
            assert!(machine.is_in_doubt());
            if fault == Fault::Fenced {
                hear(&mut machine, Step::Disown(BOTH.to_vec()), done());
                hear(&mut machine, Step::EndHolds, done());
            } else {
                hear(&mut machine, Step::Wait(WAITS.0 * 2), done());
            }
            assert_eq!(machine.step(), Step::Begin, "{fault:?}");
        }
    }
}

#[test]
fn the_batch_itself_may_be_who_wrote_its_keys() {
    let mut machine = finding_out(&BOTH, &[]);
    hear(&mut machine, Step::Forget, done());
    hear(&mut machine, Step::Write, Came::Repeated);
    assert!(machine.is_in_doubt());
    hear(&mut machine, Step::Begin, Came::Standing(BOTH.to_vec()));
    hear(&mut machine, Step::HoldEpochs(BOTH.to_vec()), Came::Held(BOTH.to_vec()));
    hear(&mut machine, Step::FindOut, Came::Found([(1, "a"), (2, "b")].into()));
    finishes(machine);
}

#[test]
fn in_doubt_and_fenced_all_its_shards_are_given_up_and_only_then_its_holds() {
    let mut machine = finding_out(&[1], &[]);
    hear(&mut machine, Step::Disown(BOTH.to_vec()), done());
    hear(&mut machine, Step::EndHolds, done());
    hear(&mut machine, Step::Begin, Came::Standing(Vec::new()));
    assert_eq!((machine.step(), machine.into_settled()), (Step::Over, None));
}

#[test]
fn fenced_before_anything_is_settled_only_the_lost_shard_is_given_up() {
    let mut machine = Machine::new();
    hear(&mut machine, Step::Begin, Came::Standing(BOTH.to_vec()));
    hear(&mut machine, Step::Prepare, done());
    hear(&mut machine, Step::HoldEpochs(BOTH.to_vec()), Came::Held(vec![2]));
    hear(&mut machine, Step::Disown(vec![1]), done());
    hear(&mut machine, Step::Begin, Came::Standing(vec![2]));
    hear(&mut machine, Step::Prepare, done());
    assert_eq!(machine.step(), Step::HoldEpochs(vec![2]));
}

#[test]
fn a_key_that_somebody_else_wrote_is_looked_up_again_at_once_and_then_after_waits() {
    let mut machine = Machine::new();
    settling(&mut machine);
    hear(&mut machine, Step::Write, Came::Repeated);
    hear(&mut machine, Step::EndHolds, done());
    holding(&mut machine);
    hear(&mut machine, Step::Forget, done());
    hear(&mut machine, Step::LookUp { beyond: true }, Came::Known { beyond: false });
    hear(&mut machine, Step::Settle, Came::Settled(batch()));
    hear(&mut machine, Step::Write, Came::Repeated);
    hear(&mut machine, Step::EndHolds, done());
    hear(&mut machine, Step::Wait(WAITS.0), done());
    holding(&mut machine);
}

#[test]
fn what_cannot_be_recorded_stops_its_shard_and_the_others_go_on() {
    for (mut machine, has_settled) in before_each_step() {
        machine.hear(Came::Spoilt(vec![1]));
        hear(&mut machine, Step::Stop(vec![1]), done());
        if has_settled {
            hear(&mut machine, Step::EndHolds, done());
        }
        hear(&mut machine, Step::Begin, Came::Standing(vec![2]));
        hear(&mut machine, Step::Prepare, done());
        assert_eq!(machine.step(), Step::HoldEpochs(vec![2]));
    }
}

#[test]
fn what_cannot_be_recorded_in_doubt_stops_its_shard_and_has_the_others_taken_over() {
    let mut machine = finding_out(&BOTH, &[]);
    hear(&mut machine, Step::Forget, done());
    hear(&mut machine, Step::Write, Came::Spoilt(vec![1]));
    hear(&mut machine, Step::Stop(vec![1]), done());
    hear(&mut machine, Step::Disown(vec![2]), done());
    hear(&mut machine, Step::EndHolds, done());
    assert_eq!(machine.step(), Step::Begin);
}

#[test]
fn a_batch_waits_for_a_few_looks_at_the_topics_and_no_more() {
    let mut machine = Machine::new();
    for _ in 0..LOOKS.0 {
        holding(&mut machine);
        hear(&mut machine, Step::LookUp { beyond: true }, Came::Known { beyond: true });
        hear(&mut machine, Step::LookAtTopics(LOOKS.1), done());
    }
    holding(&mut machine);
    hear(&mut machine, Step::LookUp { beyond: false }, Came::Known { beyond: true });
    assert_eq!(machine.step(), Step::Settle);
}

#[test]
fn a_service_that_ends_leaves_the_holds_as_they_are() {
    for (mut machine, _) in before_each_step() {
        machine.hear(Came::Ends);
        assert_eq!((machine.step(), machine.into_settled()), (Step::Over, None));
    }
    let mut machine = doubting();
    machine.hear(Came::Ends);
    assert_eq!(machine.step(), Step::Over);
}

#[test]
fn what_is_committed_cannot_fail_any_more() {
    let mut machine = Machine::new();
    committing(&mut machine);
    machine.hear(done());
    for fault in ALL {
        machine.hear(Came::Failed(fault));
    }
    machine.hear(Came::Repeated);
    machine.hear(Came::Spoilt(vec![1]));
    finishes(machine);
}

#[test]
fn what_answers_no_question_changes_nothing() {
    for (machine, _) in before_each_step() {
        let mut told = machine.clone();
        told.hear(Came::Found(HashMap::new()));
        assert_eq!(told, machine);
    }
    let mut machine = Machine::new();
    machine.hear(done());
    assert_eq!(machine, Machine::new());
}

/// Leaves one rule out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Without(Rule);

impl Keeps<Rule> for Without {
    fn keeps(&self, rule: Rule) -> bool {
        rule != self.0
    }
}

#[test]
fn each_rule_can_be_left_out_by_a_test() {
    let mut machine = Machine::keeping(Without(Rule::EpochsCount));
    hear(&mut machine, Step::Begin, Came::Standing(BOTH.to_vec()));
    hear(&mut machine, Step::Prepare, done());
    hear(&mut machine, Step::HoldEpochs(BOTH.to_vec()), Came::Held(Vec::new()));
    assert_eq!(machine.step(), Step::LookUp { beyond: true });

    let mut machine = Machine::keeping(Without(Rule::DoubtStays));
    committing(&mut machine);
    machine.hear(Came::Failed(Fault::Unknown));
    assert_eq!(machine.step(), Step::EndHolds);

    let mut machine = Machine::keeping(Without(Rule::RecordsFirst));
    settling(&mut machine);
    hear(&mut machine, Step::Publish, done());
    hear(&mut machine, Step::Write, done());
    hear(&mut machine, Step::Commit, done());
    hear(&mut machine, Step::TellWindow, done());
    assert_eq!(machine.step(), Step::Over);

    for (rule, held, step) in
        [(Rule::DoubtEndsTakeover, Vec::new(), Step::EndHolds), (Rule::KeyMayBeOwn, BOTH.to_vec(), Step::Forget)]
    {
        let mut machine = Machine::keeping(Without(rule));
        committing(&mut machine);
        machine.hear(Came::Failed(Fault::Unknown));
        hear(&mut machine, Step::Wait(WAITS.0), done());
        hear(&mut machine, Step::Begin, Came::Standing(BOTH.to_vec()));
        hear(&mut machine, Step::HoldEpochs(BOTH.to_vec()), Came::Held(held));
        hear(&mut machine, Step::FindOut, Came::Found(HashMap::new()));
        assert_eq!(machine.step(), step);
        if rule == Rule::KeyMayBeOwn {
            machine.hear(done());
            hear(&mut machine, Step::Write, Came::Repeated);
            assert_eq!(machine.step(), Step::EndHolds);
        }
    }
}
