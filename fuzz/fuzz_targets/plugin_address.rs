#![no_main]

#[allow(dead_code, reason = "each target uses one of them")]
#[path = "../bodies.rs"]
mod bodies;
#[path = "../memory_tree.rs"]
mod memory_tree;

libfuzzer_sys::fuzz_target!(|data: &[u8]| bodies::plugin_address(data));
