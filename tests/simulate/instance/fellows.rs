//! What the loops of an instance know of each other's producers, as `kafka::fellows`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::executor::{Micros, Sim};

/// Since when the outcome of a transaction of one loop is not known.
pub type Pending = Rc<Cell<Option<Micros>>>;

/// The loops of one instance.
#[derive(Default)]
pub struct Fellows {
    fenced: Cell<u64>,
    loops: RefCell<Vec<Pending>>,
}

impl Fellows {
    /// Another loop.
    pub fn enter(&self) -> Pending {
        let pending = Pending::default();
        self.loops.borrow_mut().push(Rc::clone(&pending));
        pending
    }

    /// All loops need new producers.
    pub fn fence(&self) {
        self.fenced.set(self.fenced.get() + 1);
    }

    /// How often that has happened.
    pub fn fenced(&self) -> u64 {
        self.fenced.get()
    }

    /// How long the outcome of a transaction of any loop has been unknown.
    pub fn pending_for(&self, sim: &Sim) -> Micros {
        let loops = self.loops.borrow();
        loops.iter().filter_map(|pending| pending.get()).map(|since| sim.now() - since).max().unwrap_or_default()
    }
}
