#![no_main]

use schedule_callback_fuzz::{promptly, targets};

libfuzzer_sys::fuzz_target!(init: targets::make_ready(), |input: &[u8]| promptly(input, targets::phone));
