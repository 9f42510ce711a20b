//! A TCP proxy on 127.0.0.1 that can break the connections through it.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::ports::free_port;

/// What the proxy does with bytes at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Forward,
    /// Nothing passes, in either direction; connections stay open.
    Stall,
    /// Requests reach the server, its answers do not reach the client.
    StallAnswers,
    /// Answers take so much longer.
    Slow(Duration),
    /// Connections are closed, new ones too.
    Cut,
    /// The proxy is going away.
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Request,
    Answer,
}

/// A proxy; it ends when dropped, with all connections through it.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    server: SocketAddr,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    mode: Mode,
    /// Both ends of every open connection, by the connection's number.
    sockets: HashMap<u64, [TcpStream; 2]>,
    next_connection: u64,
}

impl Proxy {
    /// Forwards a free port to the server's.
    pub fn before(server: SocketAddr) -> Self {
        Self::listen_on(free_port(), server)
    }

    /// Forwards a given port to the server's.
    pub fn listen_on(port: u16, server: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("the port is free");
        let state = Mutex::new(State { mode: Mode::Forward, sockets: HashMap::new(), next_connection: 0 });
        let shared = Arc::new(Shared { server, state, changed: Condvar::new() });
        let for_acceptor = Arc::clone(&shared);
        let acceptor = thread::spawn(move || accept(&listener, &for_acceptor));
        Self { address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)), shared, acceptor: Some(acceptor) }
    }

    /// Where clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes all connections, and every new one, until [`Self::resume`].
    pub fn cut(&self) {
        self.shared.set(Mode::Cut);
    }

    /// Lets nothing pass until [`Self::resume`], as a network that loses every packet. What was under way is kept.
    pub fn stall(&self) {
        self.shared.set(Mode::Stall);
    }

    /// Lets requests pass and keeps the answers back until [`Self::resume`]; followed by [`Self::cut`], the client never
    /// learns what became of its requests.
    pub fn stall_answers(&self) {
        self.shared.set(Mode::StallAnswers);
    }

    /// Makes every answer wait for so long, as a server that is overloaded.
    pub fn slow(&self, by: Duration) {
        self.shared.set(Mode::Slow(by));
    }

    /// Lets everything pass again.
    pub fn resume(&self) {
        self.shared.set(Mode::Forward);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.set(Mode::End);
        // Wakes the acceptor; if that fails, it has ended by itself.
        drop(TcpStream::connect(self.address));
        if let Some(acceptor) = self.acceptor.take() {
            drop(acceptor.join());
        }
    }
}

impl Shared {
    fn set(&self, mode: Mode) {
        let mut state = self.state();
        state.mode = mode;
        if matches!(mode, Mode::Cut | Mode::End) {
            for socket in state.sockets.drain().flat_map(|(_, sockets)| sockets) {
                // One that is closed already needs nothing more.
                drop(socket.shutdown(Shutdown::Both));
            }
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Notes a new connection, unless the proxy lets none in.
    fn enter(&self, sockets: [TcpStream; 2]) -> Option<u64> {
        let mut state = self.state();
        if matches!(state.mode, Mode::Cut | Mode::End) {
            return None;
        }
        let number = state.next_connection;
        state.next_connection += 1;
        state.sockets.insert(number, sockets);
        Some(number)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns once bytes in this direction may pass. Where they never will, the socket they go to has been closed.
    fn wait_to_pass(&self, direction: Direction) {
        let held = |state: &mut State| match state.mode {
            Mode::Stall => true,
            Mode::StallAnswers => direction == Direction::Answer,
            Mode::Forward | Mode::Slow(_) | Mode::Cut | Mode::End => false,
        };
        let state = self.changed.wait_while(self.state(), held).unwrap_or_else(PoisonError::into_inner);
        let slow = match (state.mode, direction) {
            (Mode::Slow(by), Direction::Answer) => by,
            _ => Duration::ZERO,
        };
        drop(state);
        thread::sleep(slow);
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for client in listener.incoming() {
        if shared.state().mode == Mode::End {
            return;
        }
        let Ok(client) = client else { continue };
        let shared = Arc::clone(shared);
        // Where the server is down the client's connection is closed, which is all it needs to know.
        thread::spawn(move || join(&client, &shared).ok());
    }
}

/// Connects the client to the server until either goes away.
fn join(client: &TcpStream, shared: &Shared) -> io::Result<()> {
    let server = TcpStream::connect(shared.server)?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let Some(number) = shared.enter([client.try_clone()?, server.try_clone()?]) else { return Ok(()) };
    thread::scope(|threads| {
        threads.spawn(|| pump(client, &server, Direction::Request, shared));
        pump(&server, client, Direction::Answer, shared);
    });
    shared.state().sockets.remove(&number);
    Ok(())
}

fn pump(mut from: &TcpStream, mut to: &TcpStream, direction: Direction, shared: &Shared) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        shared.wait_to_pass(direction);
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    shared.wait_to_pass(direction);
    // Either end may be closed already, which is what is wanted.
    drop(to.shutdown(Shutdown::Write));
    drop(from.shutdown(Shutdown::Read));
}
