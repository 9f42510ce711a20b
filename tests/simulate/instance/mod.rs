//! One instance: its loops. They perform what the machines of `schedule_callback::protocol` ask for, against the simulated
//! servers, and hand back what came of it, as the loops of the service do against the real ones.

mod answer;
mod dispatch;
mod fellows;
mod load;
mod member;
mod messages;
mod read;
mod record;
pub mod shared;
mod sweep;
mod takeover;
mod transactor;

use std::rc::Rc;

pub use self::shared::{Notes, Parts, Settings, Shared};
use crate::executor::SECOND;

/// Starts the loops.
pub fn start(shared: &Rc<Shared>) {
    let own = Rc::clone(shared);
    shared.sim.spawn(Some(shared.process), &format!("{} start", shared.name), async move {
        // Nothing begins before another clock than its own was heard.
        while !own.ask_the_time().await {
            own.sim.sleep(SECOND / 4).await;
        }
        start_loops(&own);
    });
}

fn start_loops(shared: &Rc<Shared>) {
    let spawn = |name: &str, future: std::pin::Pin<Box<dyn Future<Output = ()>>>| {
        shared.sim.spawn(Some(shared.process), &format!("{} {name}", shared.name), future);
    };
    spawn("time", Box::pin(Rc::clone(shared).keep_time()));
    spawn("member", Box::pin(member::run(Rc::clone(shared))));
    spawn("read", Box::pin(read::run(Rc::clone(shared))));
    spawn("record", Box::pin(record::run(Rc::clone(shared))));
    spawn("answer", Box::pin(answer::run(Rc::clone(shared))));
    spawn("dispatch", Box::pin(dispatch::run(Rc::clone(shared))));
    spawn("load", Box::pin(load::run(Rc::clone(shared))));
    spawn("sweep", Box::pin(sweep::run(Rc::clone(shared))));
    spawn("takeover", Box::pin(takeover::run(Rc::clone(shared))));
}
