use super::*;

const ALL: [Fault; 5] = [Fault::Refused, Fault::Fenced, Fault::Aborted, Fault::Unknown, Fault::Away];

fn failed(fault: Fault) -> Came {
    Came::Failed { fault, remedy: None, ends: false }
}

fn hear<K: Keeps<Rule>>(machine: &mut Publishing<K>, step: Step, came: Came) {
    assert_eq!(machine.step(), step);
    machine.hear(came);
}

fn ready() -> Publishing {
    let mut machine = Publishing::new();
    hear(&mut machine, Step::MakeReady, Came::Ready { lost_brokers: false });
    machine
}

#[test]
fn answers_are_published_once() {
    let mut machine = ready();
    hear(&mut machine, Step::Publish, Came::Done);
    assert_eq!(machine.step(), Step::Over);
}

#[test]
fn after_an_abort_the_same_is_tried_again_after_ever_longer_waits() {
    let mut machine = ready();
    let mut waits = Vec::new();
    for _ in 0..9 {
        hear(&mut machine, Step::Publish, failed(Fault::Aborted));
        let Step::Wait(wait) = machine.step() else { panic!("{:?}", machine.step()) };
        waits.push(wait.as_millis());
        machine.hear(Came::Done);
        hear(&mut machine, Step::MakeReady, Came::Ready { lost_brokers: false });
    }
    assert_eq!(waits, [20, 40, 80, 160, 320, 640, 1_280, 2_000, 2_000]);
}

#[test]
fn whatever_fails_in_whatever_state_it_is_tried_again_or_taken_over() {
    for fault in ALL {
        let mut machine = Publishing::new();
        hear(&mut machine, Step::MakeReady, failed(fault));
        hear(&mut machine, Step::Wait(WAITS.1), Came::Done);
        assert_eq!((machine.step(), machine.next_wait()), (Step::MakeReady, WAITS.0), "{fault:?}");

        let mut machine = ready();
        hear(&mut machine, Step::Publish, failed(fault));
        if matches!(fault, Fault::Unknown | Fault::Fenced) {
            // What is waited for must come first: until then others hold the shards up.
            hear(&mut machine, Step::TakeOver, Came::Done);
        }
        hear(&mut machine, Step::Wait(WAITS.0), Came::Done);
        assert_eq!(machine.step(), Step::MakeReady, "{fault:?}");
    }
}

#[test]
fn once_all_brokers_were_lost_nothing_is_published_for_what_was_owned_then() {
    let mut machine = Publishing::new();
    hear(&mut machine, Step::MakeReady, Came::Ready { lost_brokers: true });
    hear(&mut machine, Step::TakeOver, Came::Done);
    hear(&mut machine, Step::Publish, Came::NothingLeft);
    assert_eq!(machine.step(), Step::Over);
}

#[test]
fn what_can_be_mended_is_mended_before_the_next_attempt() {
    for (remedy, step) in [(Remedy::Shorten, Step::Shorten), (Remedy::LearnPartitions, Step::LearnPartitions)] {
        let mut machine = ready();
        let came = Came::Failed { fault: Fault::Aborted, remedy: Some(remedy), ends: false };
        hear(&mut machine, Step::Publish, came);
        hear(&mut machine, step, Came::Done);
        hear(&mut machine, Step::Wait(WAITS.0), Came::Done);
    }
}

#[test]
fn a_service_that_ends_breaks_off_once_it_has_tried_for_a_while() {
    let ending = |fault| Came::Failed { fault, remedy: None, ends: true };
    let mut machine = Publishing::new();
    hear(&mut machine, Step::MakeReady, ending(Fault::Away));
    assert_eq!(machine.step(), Step::BreakOff);

    let mut machine = ready();
    let mut attempts = 1;
    hear(&mut machine, Step::Publish, ending(Fault::Aborted));
    while let Step::Wait(_) = machine.step() {
        machine.hear(Came::Done);
        hear(&mut machine, Step::MakeReady, Came::Ready { lost_brokers: false });
        hear(&mut machine, Step::Publish, ending(Fault::Aborted));
        attempts += 1;
    }
    assert_eq!((machine.step(), attempts), (Step::BreakOff, 8));
}

#[test]
fn without_an_assignment_no_later_answer_is_published_either() {
    let mut machine = ready();
    hear(&mut machine, Step::Publish, Came::Unassigned);
    assert_eq!(machine.step(), Step::BreakOff);
}

#[test]
fn what_answers_no_question_changes_nothing() {
    let mut machine = Publishing::new();
    machine.hear(Came::Done);
    machine.hear(Came::NothingLeft);
    assert_eq!(machine, Publishing::new());
}

/// Leaves the only rule out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct NoRule;

impl Keeps<Rule> for NoRule {
    fn keeps(&self, _: Rule) -> bool {
        false
    }
}

#[test]
fn the_rule_can_be_left_out_by_a_test() {
    let mut machine = Publishing::keeping(NoRule);
    hear(&mut machine, Step::MakeReady, Came::Ready { lost_brokers: false });
    hear(&mut machine, Step::Publish, failed(Fault::Unknown));
    assert_eq!(machine.step(), Step::Wait(WAITS.0));
}
