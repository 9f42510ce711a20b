//! Lines of any length in bounded memory.

use std::io::{self, BufRead, BufReader, ErrorKind, Read};

/// Large enough that reading costs little beside deciding what was read.
const BUFFER_BYTES: usize = 64 * 1024;

/// The lines of an input: what stands before each line feed, and what follows the last one.
pub(super) struct Lines<R> {
    input: BufReader<R>,
    line: Vec<u8>,
    most_bytes: usize,
}

impl<R: Read> Lines<R> {
    /// Of every line at most that many bytes are kept.
    pub(super) fn new(input: R, most_bytes: usize) -> Self {
        Self { input: BufReader::with_capacity(BUFFER_BYTES, input), line: Vec::new(), most_bytes }
    }

    /// The next line without its end (LF or CR LF); `None` after the last one. `before_waiting` runs each time before
    /// the input is asked for more, which may take as long as a person types.
    ///
    /// # Errors
    /// Those of the input and of `before_waiting`.
    pub(super) fn next(&mut self, mut before_waiting: impl FnMut() -> io::Result<()>) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        let mut has_begun = false;
        loop {
            if self.input.buffer().is_empty() {
                before_waiting()?;
            }
            let available = match self.input.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                available => available?,
            };
            if available.is_empty() {
                return Ok(has_begun.then_some(&self.line[..]));
            }
            has_begun = true;
            let end = available.iter().position(|&byte| byte == b'\n');
            let part = &available[..end.unwrap_or(available.len())];
            // One more, since the last one may turn out to be the CR of the line's end.
            let room = (self.most_bytes + 1).saturating_sub(self.line.len());
            self.line.extend_from_slice(&part[..part.len().min(room)]);
            let used = part.len() + usize::from(end.is_some());
            self.input.consume(used);
            if end.is_some() {
                let line = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
                return Ok(Some(&line[..line.len().min(self.most_bytes)]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An input that gives so many bytes at a time.
    struct Slowly<'a>(&'a [u8], usize);

    impl Read for Slowly<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(buffer.len());
            self.0.take(count as u64).read(buffer).inspect(|&read| self.0 = &self.0[read..])
        }
    }

    fn lines_of(input: &str, at_a_time: usize) -> Vec<String> {
        let mut lines = Lines::new(Slowly(input.as_bytes(), at_a_time), 5);
        let mut all = Vec::new();
        while let Some(line) = lines.next(|| Ok(())).unwrap() {
            all.push(String::from_utf8(line.to_vec()).unwrap());
        }
        all
    }

    #[test]
    fn each_line_comes_without_its_end_however_the_input_is_cut() {
        for at_a_time in [1, 2, 3, 100] {
            assert_eq!(lines_of("", at_a_time), [""; 0]);
            assert_eq!(lines_of("\n", at_a_time), [""]);
            assert_eq!(lines_of("a\r\n\r\nb\rc\nd", at_a_time), ["a", "", "b\rc", "d"]);
        }
    }

    #[test]
    fn of_a_long_line_only_the_beginning_is_kept() {
        for at_a_time in [1, 2, 3, 100] {
            assert_eq!(lines_of("12345\r\n123456\n123456789\na", at_a_time), ["12345", "12345", "12345", "a"]);
        }
    }

    #[test]
    fn what_is_to_be_done_before_waiting_is_done_once_for_all_that_is_there() {
        let mut waits = 0;
        let mut lines = Lines::new(Slowly(b"a\nb\nc\n", 4), 5);
        let mut seen = Vec::new();
        while lines
            .next(|| {
                waits += 1;
                Ok(())
            })
            .unwrap()
            .is_some()
        {
            seen.push(waits);
        }
        assert_eq!((seen, waits), (vec![1, 1, 2], 3));
    }
}
