mod aggregates;
mod chaos;
mod gates;
mod masks;
mod modes;
mod options;
mod support;
