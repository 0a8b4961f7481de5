mod aggregates;
mod chaos;
mod gates;
mod masks;
mod modes;
mod nested;
mod options;
mod support;
