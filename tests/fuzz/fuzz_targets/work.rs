//! A message on a queue, to be changed wherever that leads somewhere new.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| fuzz::work::check(bytes));
