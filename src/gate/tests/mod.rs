mod judge;
mod waiver;
