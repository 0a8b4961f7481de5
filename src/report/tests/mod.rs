mod documents;
mod human;
mod sample;
