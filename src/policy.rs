//! `java.policy`: parse, judge, patch. Pure.
