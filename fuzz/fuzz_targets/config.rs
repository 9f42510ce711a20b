#![no_main]

use schedule_callback_fuzz::{promptly, targets};

libfuzzer_sys::fuzz_target!(|input: &[u8]| promptly(input, targets::config));
