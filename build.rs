//! The sample organisation of `driftgate demo` is part of the binary: a file that is added to it or
//! taken away must lead to a new one.

fn main() {
    println!("cargo::rerun-if-changed=fixtures/organisation");
}
