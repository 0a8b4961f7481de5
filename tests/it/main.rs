//! Black-box tests: the binary on real trees, real git and real files. One file a command or kind.

mod support;
