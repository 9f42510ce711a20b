//! From every state the goal can be reached: once nothing more goes wrong, every command is answered and everything
//! due is fired.

use crate::action::{Action, Model};
use crate::invariants;
use crate::state::State;

/// More steps than any undisturbed way takes.
const PATIENCE: usize = 400;

/// Goes on without further faults, each participant in its turn, until nothing is left to do.
///
/// # Errors
/// What is missing at the end, or the rule that was broken, and the steps taken.
pub fn drive(model: &Model, from: &State) -> Result<(), (String, Vec<Action>)> {
    let mut state = from.clone();
    let mut steps = Vec::new();
    while let Some(action) =
        Action::candidates(&state).find(|action| !is_fault(&state, *action) && model.may(&state, *action))
    {
        let next = model.apply(&state, action);
        steps.push(action);
        if let Some(rule) = invariants::broken(&state, &next) {
            return Err((rule.to_owned(), steps));
        }
        if steps.len() > PATIENCE {
            return Err(("goal: it does not come to rest".to_owned(), steps));
        }
        state = next;
    }
    match missing(&state) {
        Some(what) => Err((format!("goal: {what}"), steps)),
        None => Ok(()),
    }
}

/// What nothing obliges anyone to do.
fn is_fault(state: &State, action: Action) -> bool {
    match action {
        Action::Expel(_) => !state.owner_is_dead(),
        Action::KafkaLose(p, kind) => {
            let process = &state.processes[p];
            state.broker.open.iter().any(|open| open.name == process.name && open.kind == kind)
        }
        // Both ends of a transaction that nobody can end any more are searched; here the plainer one is taken.
        Action::TimeOut(n) => {
            let open = &state.broker.open[n];
            let sender = state.processes.iter().find(|process| process.alive && process.name == open.name);
            sender.is_some_and(|sender| sender.producer(open.kind).open.is_some())
        }
        Action::Revoke(_)
        | Action::Crash(_)
        | Action::LoseCommit(_)
        | Action::LoseWrite(_)
        | Action::LoseTakeover(_)
        | Action::KafkaAbort(..)
        | Action::KeepAlive(_)
        | Action::CommitLate(_)
        | Action::RecordLate(_) => true,
        _ => false,
    }
}

fn missing(state: &State) -> Option<String> {
    let unanswered = (0..state.database.decided.len())
        .find(|command| state.broker.results.iter().all(|result| result.command != *command));
    if let Some(command) = unanswered {
        return Some(format!("command {command} has no result"));
    }
    let fired = |id: i64| state.broker.due.iter().any(|due| due.id == id);
    let unfired =
        state.database.rows.iter().find(|(id, row)| !row.cancelled && row.scheduled_for < state.now && !fired(**id));
    unfired.map(|(id, _)| format!("callback {id} is not fired"))
}
