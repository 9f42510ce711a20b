//! Servers, and the connections that instances have to them.
//!
//! A call travels, is served at one moment, and its answer travels back. Between any two of these something can go wrong:
//! the caller may die, the connection may break or stand still, the server may die. What has been sent arrives although
//! its sender is dead, unless the connection was cut before.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::{Rc, Weak};
use std::task::Poll;

use crate::channel::promise;
use crate::executor::{MILLIS, Micros, SECOND, Sim};

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// The broker.
    Kafka,
    /// The database.
    Postgres,
}

/// Why a call brought no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// It was not sent: nothing has happened, and nothing will.
    Away,
    /// It was sent, and its answer did not come: it may have been served, or may still be.
    Lost,
}

/// A server as the network sees it.
pub struct Server {
    sim: Sim,
    service: Service,
    up: Cell<bool>,
    /// Rises when it is started again: what was under way before has no answer.
    incarnation: Cell<u64>,
    frozen_until: Cell<Micros>,
    slow_until: Cell<Micros>,
    /// Calls that wait for something in the server.
    blocked: RefCell<Vec<Blocked>>,
}

struct Blocked {
    incarnation: u64,
    serve: Box<dyn FnMut() -> bool>,
}

impl Server {
    /// A server that is up.
    pub fn new(sim: &Sim, service: Service) -> Rc<Self> {
        Rc::new(Self {
            sim: sim.clone(),
            service,
            up: Cell::new(true),
            incarnation: Cell::new(0),
            frozen_until: Cell::new(0),
            slow_until: Cell::new(0),
            blocked: RefCell::default(),
        })
    }

    /// Whether it can be reached.
    pub fn is_up(&self) -> bool {
        self.up.get()
    }

    /// It dies: connections are reset, calls under way have no answer.
    pub fn kill(&self) {
        self.sim.note(|| format!("{:?} dies", self.service));
        self.up.set(false);
        self.incarnation.set(self.incarnation.get() + 1);
        self.blocked.borrow_mut().clear();
    }

    /// It is there again.
    pub fn start(&self) {
        self.sim.note(|| format!("{:?} is there again", self.service));
        self.up.set(true);
    }

    /// It stands still for that long.
    pub fn freeze(&self, long: Micros) {
        self.frozen_until.set(self.frozen_until.get().max(self.sim.now() + long));
    }

    /// Its disk is slow for that long.
    pub fn slow_down(&self, long: Micros) {
        self.slow_until.set(self.slow_until.get().max(self.sim.now() + long));
    }

    fn serving_time(&self) -> Micros {
        let base = if self.slow_until.get() > self.sim.now() { self.sim.between(20 * MILLIS, 400 * MILLIS) } else { 0 };
        // Now and then something takes much longer than usual.
        match self.sim.below(64) {
            0 => base + self.sim.between(2 * MILLIS, 60 * MILLIS),
            _ => base + self.sim.between(100, 2 * MILLIS),
        }
    }

    fn serve(&self, mut serve: Box<dyn FnMut() -> bool>) {
        if !serve() {
            self.blocked.borrow_mut().push(Blocked { incarnation: self.incarnation.get(), serve });
        }
    }

    /// Something has changed that calls may wait for. They are served in the order in which they came.
    pub fn look_again(&self) {
        let blocked = std::mem::take(&mut *self.blocked.borrow_mut());
        for mut call in blocked {
            if call.incarnation == self.incarnation.get() && !(call.serve)() {
                self.blocked.borrow_mut().push(call);
            }
        }
    }
}

/// What strikes a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strike {
    /// The caller dies just before it is sent.
    CrashBefore,
    /// The caller dies when it is sent: it is served all the same.
    CrashAfter,
    /// The connection breaks before it arrives.
    LoseRequest,
    /// The connection breaks when it has been served.
    LoseAnswer,
    /// It arrives so much later; others overtake it.
    Delay(Micros),
    /// It is served at once, and its answer comes so much later; nothing breaks.
    HoldAnswer(Micros),
    /// It arrives twice: the client has sent it again, since no answer came.
    Twice,
    /// The server refuses it.
    Refuse,
    /// The caller is frozen for so long when it is sent.
    Freeze(Micros),
}

/// A fault that waits for a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aim {
    /// Which fault of the plan it is.
    pub fault: usize,
    /// Not before.
    pub from: Micros,
    /// Of which instance.
    pub instance: usize,
    /// Its name.
    pub call: &'static str,
    /// So many more are left alone.
    pub skip: u32,
    /// What happens.
    pub strike: Strike,
}

/// Whoever has to be told of strikes that are more than the network's.
pub trait Victims {
    /// The instance dies.
    fn crash(&self, instance: usize, fault: usize);
    /// The instance stands still for so long.
    fn freeze(&self, instance: usize, long: Micros);
    /// A fault has struck.
    fn struck(&self, fault: usize);
}

/// One instance's connections to one server, for all its loops.
pub struct Link {
    sim: Sim,
    server: Rc<Server>,
    instance: usize,
    aims: Rc<RefCell<Vec<Aim>>>,
    victims: Weak<dyn Victims>,
    cut_until: Cell<Micros>,
    stalled_until: Cell<Micros>,
    mute_until: Cell<Micros>,
    /// Rises whenever the connection breaks.
    connection: Cell<u64>,
}

impl Link {
    /// A connection that works.
    pub fn new(
        sim: &Sim,
        server: &Rc<Server>,
        instance: usize,
        aims: &Rc<RefCell<Vec<Aim>>>,
        victims: &Weak<dyn Victims>,
    ) -> Rc<Self> {
        Rc::new(Self {
            sim: sim.clone(),
            server: Rc::clone(server),
            instance,
            aims: Rc::clone(aims),
            victims: Weak::clone(victims),
            cut_until: Cell::new(0),
            stalled_until: Cell::new(0),
            mute_until: Cell::new(0),
            connection: Cell::new(0),
        })
    }

    /// Connections are closed, and new ones too, for so long.
    pub fn cut(&self, long: Micros) {
        self.cut_until.set(self.cut_until.get().max(self.sim.now() + long));
        self.connection.set(self.connection.get() + 1);
    }

    /// Nothing passes for so long.
    pub fn stall(&self, long: Micros) {
        self.stalled_until.set(self.stalled_until.get().max(self.sim.now() + long));
    }

    /// Calls pass and answers do not, for so long; then connections are closed.
    pub fn lose_answers(self: &Rc<Self>, long: Micros) {
        self.mute_until.set(self.mute_until.get().max(self.sim.now() + long));
        let link = Rc::clone(self);
        self.sim.after(long, move || link.connection.set(link.connection.get() + 1));
    }

    /// Rises whenever connections were reset, by the server's end or by the network.
    pub fn breaks(&self) -> u64 {
        self.connection.get() + self.server.incarnation.get()
    }

    /// Whether the server can be reached at this moment.
    pub fn is_open(&self) -> bool {
        self.server.is_up() && self.cut_until.get() <= self.sim.now()
    }

    fn aimed(&self, call: &'static str) -> Option<Strike> {
        let mut aims = self.aims.borrow_mut();
        let now = self.sim.now();
        let fits = |aim: &Aim| aim.instance == self.instance && aim.call == call && aim.from <= now;
        let mut struck = None;
        for (index, aim) in aims.iter_mut().enumerate().filter(|(_, aim)| fits(aim)) {
            if aim.skip == 0 {
                struck.get_or_insert(index);
            } else {
                aim.skip -= 1;
            }
        }
        let aim = aims.remove(struck?);
        drop(aims);
        self.sim.note(|| format!("fault: {:?} strikes \"{call}\" of instance {}", aim.strike, self.instance));
        let victims = self.victims.upgrade()?;
        victims.struck(aim.fault);
        match aim.strike {
            Strike::CrashBefore | Strike::CrashAfter => victims.crash(self.instance, aim.fault),
            Strike::Freeze(long) => victims.freeze(self.instance, long),
            _ => {}
        }
        Some(aim.strike)
    }

    /// Calls the server. `effect` is what it does there, tried again whenever something has changed as long as it is
    /// pending; `refused` is the server's no, where one is aimed at this call.
    ///
    /// # Errors
    /// Where no answer came in time; see [`Broken`].
    pub async fn call<T: 'static>(
        &self,
        name: &'static str,
        patience: Micros,
        mut effect: impl FnMut() -> Poll<T> + 'static,
        refused: Option<T>,
    ) -> Result<T, Broken> {
        let sim = &self.sim;
        let strike = self.aimed(name);
        if strike == Some(Strike::CrashBefore) {
            return pending().await;
        }
        if !self.is_open() {
            sim.sleep(sim.between(200, 2 * MILLIS)).await;
            return Err(Broken::Away);
        }
        sim.note(|| format!("instance {}: {name}", self.instance));
        let (give, answer) = promise::<T>(sim);
        let (connection, incarnation) = (self.connection.get(), self.server.incarnation.get());
        let mut there = self.server.serving_time();
        there += (self.stalled_until.get().max(self.server.frozen_until.get()) - sim.now()).max(0);
        if let Some(Strike::Delay(long)) = strike {
            there += long;
        }
        let mut back = sim.between(50, MILLIS);
        if let Some(Strike::HoldAnswer(long)) = strike {
            back += long;
        }
        if strike == Some(Strike::LoseRequest) {
            self.connection.set(self.connection.get() + 1);
        }
        let (server, network) = (Rc::clone(&self.server), sim.clone());
        let link_state = LinkState { stalled_until: self.stalled_until.get(), mute_until: self.mute_until.get() };
        let lost = matches!(strike, Some(Strike::LoseRequest));
        let twice = strike == Some(Strike::Twice);
        let refusal = refused.filter(|_| strike == Some(Strike::Refuse));
        let mut give = Some(give);
        let mut refusal_given = refusal;
        sim.after(there, move || {
            if lost || server.incarnation.get() != incarnation || !server.is_up() {
                return;
            }
            if let Some(refusal) = refusal_given.take() {
                if let Some(give) = give.take() {
                    network.after(back, move || give.keep(refusal));
                }
                return;
            }
            let (again, network_) = (Rc::clone(&server), network.clone());
            let mut times = if twice { 2 } else { 1 };
            let serve: Box<dyn FnMut() -> bool> = Box::new(move || {
                let Poll::Ready(outcome) = effect() else { return false };
                times -= 1;
                if times > 0 {
                    // The second copy comes right behind; what it is told goes nowhere.
                    drop(effect());
                }
                if let Some(give) = give.take() {
                    let late = (link_state.stalled_until - network_.now()).max(0);
                    if link_state.mute_until <= network_.now() {
                        network_.after(back + late, move || give.keep(outcome));
                    }
                }
                true
            });
            again.serve(serve);
        });
        if strike == Some(Strike::CrashAfter) {
            return pending().await;
        }
        let mut waited = 0;
        let mut answer = Box::pin(answer.wait());
        loop {
            // A connection that breaks is noticed at once, one that stands still only in the end.
            let piece = (patience - waited).min(SECOND / 4);
            match sim.timeout(piece, answer.as_mut()).await {
                Some(Some(outcome)) if strike == Some(Strike::LoseAnswer) => {
                    self.connection.set(self.connection.get() + 1);
                    drop(outcome);
                    return Err(Broken::Lost);
                }
                Some(Some(_)) if self.connection.get() != connection => return Err(Broken::Lost),
                Some(Some(outcome)) => return Ok(outcome),
                Some(None) if self.mute_until.get() <= sim.now() => return Err(Broken::Lost),
                Some(None) => {
                    sim.sleep(self.mute_until.get() - sim.now()).await;
                    return Err(Broken::Lost);
                }
                None => {}
            }
            waited += piece;
            let reset = self.connection.get() != connection || self.server.incarnation.get() != incarnation;
            if reset || waited >= patience {
                return Err(Broken::Lost);
            }
        }
    }

    /// What the server does with something that is sent without waiting for an answer, perhaps by a client that dies.
    pub fn send(&self, delay: Micros, effect: impl FnOnce() + 'static) {
        let server = Rc::clone(&self.server);
        let incarnation = server.incarnation.get();
        self.sim.after(delay, move || {
            if server.incarnation.get() == incarnation {
                effect();
            }
        });
    }
}

#[derive(Clone, Copy)]
struct LinkState {
    stalled_until: Micros,
    mute_until: Micros,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Nobody(RefCell<Vec<(usize, usize)>>);

    impl Victims for Nobody {
        fn crash(&self, instance: usize, fault: usize) {
            self.0.borrow_mut().push((instance, fault));
        }

        fn freeze(&self, _: usize, _: Micros) {}

        fn struck(&self, _: usize) {}
    }

    /// What comes of one call, and how often it was served, with that strike at it or that done to the connection.
    fn call(
        strike: Option<Strike>,
        disturb: impl FnOnce(&Sim, &Rc<Server>, &Rc<Link>),
    ) -> (Option<Result<u8, Broken>>, u32) {
        let sim = Sim::new(1);
        let server = Server::new(&sim, Service::Kafka);
        let aims = strike.map(|strike| Aim { fault: 3, from: 0, instance: 0, call: "call", skip: 0, strike });
        let aims = Rc::new(RefCell::new(aims.into_iter().collect()));
        let victims: Rc<dyn Victims> = Rc::new(Nobody::default());
        let link = Link::new(&sim, &server, 0, &aims, &Rc::downgrade(&victims));
        let (outcome, times) = (Rc::new(Cell::new(None)), Rc::new(Cell::new(0)));
        let (told, counted, own) = (Rc::clone(&outcome), Rc::clone(&times), Rc::clone(&link));
        sim.spawn(None, "caller", async move {
            let effect = move || {
                counted.set(counted.get() + 1);
                Poll::Ready(1)
            };
            told.set(Some(own.call("call", 5 * SECOND, effect, Some(9)).await));
        });
        disturb(&sim, &server, &link);
        sim.run_until(60 * SECOND);
        (outcome.get(), times.get())
    }

    #[test]
    fn what_strikes_a_call_decides_whether_it_is_served_and_whether_its_caller_hears_of_it() {
        let outcome = |strike| call(strike, |_, _, _| ());
        assert_eq!(outcome(None), (Some(Ok(1)), 1));
        assert_eq!(outcome(Some(Strike::LoseRequest)), (Some(Err(Broken::Lost)), 0));
        assert_eq!(outcome(Some(Strike::LoseAnswer)), (Some(Err(Broken::Lost)), 1));
        assert_eq!(outcome(Some(Strike::Twice)), (Some(Ok(1)), 2));
        assert_eq!(outcome(Some(Strike::Refuse)), (Some(Ok(9)), 0));
        assert_eq!(outcome(Some(Strike::Delay(SECOND))), (Some(Ok(1)), 1));
        assert_eq!(outcome(Some(Strike::HoldAnswer(SECOND))), (Some(Ok(1)), 1));
        assert_eq!(outcome(Some(Strike::HoldAnswer(20 * SECOND))), (Some(Err(Broken::Lost)), 1), "served at once");
        assert_eq!(outcome(Some(Strike::Delay(20 * SECOND))), (Some(Err(Broken::Lost)), 1), "served when nobody waits");
        assert_eq!(outcome(Some(Strike::CrashBefore)), (None, 0));
        assert_eq!(outcome(Some(Strike::CrashAfter)), (None, 1));
    }

    #[test]
    fn a_connection_that_is_cut_refuses_and_one_that_stands_still_is_late() {
        assert_eq!(call(None, |_, _, link| link.cut(SECOND)), (Some(Err(Broken::Away)), 0));
        assert_eq!(call(None, |_, _, link| link.stall(SECOND)), (Some(Ok(1)), 1));
        assert_eq!(call(None, |_, _, link| link.lose_answers(SECOND)), (Some(Err(Broken::Lost)), 1));
        let freeze = |_: &Sim, server: &Rc<Server>, _: &Rc<Link>| server.freeze(10 * SECOND);
        assert_eq!(call(None, freeze), (Some(Err(Broken::Lost)), 1));
    }

    #[test]
    fn a_server_that_dies_serves_nothing_that_is_under_way() {
        let kill = |sim: &Sim, server: &Rc<Server>, _: &Rc<Link>| {
            sim.run_until(1);
            server.kill();
        };
        assert_eq!(call(None, kill), (Some(Err(Broken::Lost)), 0));
        let away = |_: &Sim, server: &Rc<Server>, _: &Rc<Link>| server.kill();
        assert_eq!(call(None, away), (Some(Err(Broken::Away)), 0));
    }
}
