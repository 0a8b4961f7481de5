mod fake;
mod interrupt;
mod order;
mod retry;
mod stop;
mod verdicts;
